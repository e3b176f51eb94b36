//! JSON values: bodies, tokens, log lines and problems.
//!
//! Not serde_json's `Value`, which keeps the last of two members of one name where other readers keep
//! the first.

mod fields;

pub use fields::{Fields, Misfit};

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, SeqAccess, Visitor},
};

/// A JSON value.
#[derive(Clone)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Whole(i64),
    /// A number with a fraction or an exponent, or one that is too large. No field of ours is such
    /// a number, so its value is not kept.
    OtherNumber,
    /// A text.
    Text(String),
    /// Values in their order.
    List(Vec<Json>),
    /// The members, in the order in which they were written.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// More members than any object of the API has.
    const MOST_MEMBERS: usize = 64;

    /// Reads a whole text. An object with a name that is given twice is refused, because readers
    /// disagree about which of the two counts.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().filter(Self::names_are_unique)
    }

    fn names_are_unique(&self) -> bool {
        match self {
            Self::List(values) => values.iter().all(Self::names_are_unique),
            Self::Object(members) => {
                let unique = |(at, (name, value)): (usize, &(String, Self))| {
                    members.iter().take(at).all(|(earlier, _)| earlier != name)
                        && value.names_are_unique()
                };
                members.len() <= Self::MOST_MEMBERS && members.iter().enumerate().all(unique)
            }
            _ => true,
        }
    }

    /// An object of these members, whose names differ.
    #[must_use]
    pub fn object<'m>(members: impl IntoIterator<Item = (&'m str, Self)>) -> Self {
        let members = members.into_iter().map(|(name, value)| (name.to_owned(), value));
        Self::Object(members.collect())
    }

    /// Adds a member at the end of an object.
    pub fn add(&mut self, name: &str, value: impl Into<Self>) {
        if let Self::Object(members) = self {
            members.push((name.to_owned(), value.into()));
        }
    }

    /// The member of this name, if this is an object that has it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        let Self::Object(members) = self else { return None };
        members.iter().find(|(member, _)| member == name).map(|(_, value)| value)
    }

    /// Takes the member of this name out of an object.
    pub fn take(&mut self, name: &str) -> Option<Self> {
        let Self::Object(members) = self else { return None };
        let at = members.iter().position(|(member, _)| member == name)?;
        Some(members.remove(at).1)
    }

    /// The text, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The number, if it is a whole one that is not negative.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        if let Self::Whole(number) = self { u64::try_from(*number).ok() } else { None }
    }

    /// The values, if it is a list.
    #[must_use]
    pub fn into_list(self) -> Option<Vec<Self>> {
        if let Self::List(values) = self { Some(values) } else { None }
    }

    /// The text, if it is one.
    #[must_use]
    pub fn into_text(self) -> Option<String> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The value as JSON text.
    #[must_use]
    pub fn written(&self) -> String {
        // Writing fails only for names that are no texts; ours are.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for Json {
    fn from(number: u64) -> Self {
        i64::try_from(number).map_or(Self::OtherNumber, Self::Whole)
    }
}

impl<T: Into<Self>> From<Option<T>> for Json {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null | Self::OtherNumber => serializer.serialize_unit(),
            Self::Bool(yes) => serializer.serialize_bool(*yes),
            Self::Whole(number) => serializer.serialize_i64(*number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(values) => serializer.collect_seq(values),
            Self::Object(members) => {
                serializer.collect_map(members.iter().map(|(name, value)| (name, value)))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Json;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("JSON")
            }

            fn visit_unit<E>(self) -> Result<Json, E> {
                Ok(Json::Null)
            }

            fn visit_bool<E>(self, yes: bool) -> Result<Json, E> {
                Ok(Json::Bool(yes))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Json, E> {
                Ok(Json::Whole(number))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
                Ok(number.into())
            }

            fn visit_f64<E>(self, _number: f64) -> Result<Json, E> {
                Ok(Json::OtherNumber)
            }

            fn visit_str<E>(self, text: &str) -> Result<Json, E> {
                Ok(text.into())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = access.next_element()? {
                    values.push(value);
                }
                Ok(Json::List(values))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
                let mut members: Vec<(String, Json)> = Vec::new();
                while let Some(name) = access.next_key()? {
                    members.push((name, access.next_value()?));
                }
                Ok(Json::Object(members))
            }
        }

        deserializer.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests;

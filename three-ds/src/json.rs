//! JSON as a message has it. Unlike other readers this one keeps every member of an object, so that
//! an element that is given twice can be named.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_json::{Number, value::RawValue};

/// A JSON value.
#[derive(Clone)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Value>),
    /// The members in the order in which they were written, those of one name too.
    Object(Vec<(String, Value)>),
}

impl Value {
    /// Reads a whole text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The text, if it is one.
    pub(crate) fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The first member of this name, if this is an object that has it.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        let Self::Object(members) = self else { return None };
        members.iter().find(|(member, _)| member == name).map(|(_, value)| value)
    }

    /// Whether the element counts as missing: null or without content.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Bool(_) | Self::Number(_) => false,
            Self::Text(text) => text.is_empty(),
            Self::List(values) => values.is_empty(),
            Self::Object(members) => members.is_empty(),
        }
    }

    /// How many characters it has when it is written without white space.
    pub(crate) fn characters(&self) -> usize {
        serde_json::to_string(self).map_or(usize::MAX, |text| text.chars().count())
    }
}

/// Writes an object of these members, without white space.
pub(crate) fn object(members: Vec<(&str, Value)>) -> String {
    let members = members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    // Writing fails only for names that are no texts.
    serde_json::to_string(&Value::Object(members)).unwrap_or_default()
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(yes) => serializer.serialize_bool(*yes),
            Self::Number(number) => number.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(values) => serializer.collect_seq(values),
            Self::Object(members) => {
                serializer.collect_map(members.iter().map(|(name, value)| (name, value)))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Value;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("JSON")
            }

            fn visit_unit<E>(self) -> Result<Value, E> {
                Ok(Value::Null)
            }

            fn visit_bool<E>(self, yes: bool) -> Result<Value, E> {
                Ok(Value::Bool(yes))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
                Ok(Value::Number(number.into()))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
                Ok(Value::Number(number.into()))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
                Ok(Number::from_f64(number).map_or(Value::Null, Value::Number))
            }

            fn visit_str<E>(self, text: &str) -> Result<Value, E> {
                Ok(text.into())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = access.next_element()? {
                    values.push(value);
                }
                Ok(Value::List(values))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
                let mut members: Vec<(String, Value)> = Vec::new();
                while let Some(name) = access.next_key()? {
                    members.push((name, access.next_value()?));
                }
                Ok(Value::Object(members))
            }
        }

        deserializer.deserialize_any(Any)
    }
}

/// The members of a message, whose values are still the bytes that came. So a card number is never
/// copied by the reader.
pub(crate) struct Members<'b>(Vec<(String, &'b RawValue)>);

impl<'b> Members<'b> {
    /// Reads a whole body. A byte order mark before it is ignored (RFC 8259 §8.1). `None` for what is
    /// no JSON object in UTF-8.
    pub(crate) fn read(body: &'b [u8]) -> Option<Self> {
        const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
        let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
        serde_json::from_str(std::str::from_utf8(body).ok()?).ok()
    }

    /// The text of the first value of this name, as it was written.
    pub(crate) fn raw(&self, name: &str) -> Option<&'b str> {
        self.0.iter().find(|(member, _)| member == name).map(|(_, value)| value.get())
    }

    /// Whether more than one member has this name.
    pub(crate) fn has_twice(&self, name: &str) -> bool {
        self.0.iter().filter(|(member, _)| member == name).nth(1).is_some()
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(name) = access.next_key()? {
                    members.push((name, access.next_value()?));
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_written_as_it_was_read_with_members_of_one_name() {
        for text in ["null", "[1,-2,1.5,true]", r#"{"a":"割","a":{"b":[]}}"#] {
            let read = Value::parse(text).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), text);
            assert_eq!(read.characters(), text.chars().count());
        }
    }

    #[test]
    fn what_is_no_object_in_utf_8_is_no_message() {
        for body in [&b""[..], b"[]", b"\"a\"", b"{", b"{}x", b"{\"a\":01}", b"\xff{}", b"{\"a\"}"]
        {
            assert!(Members::read(body).is_none(), "{body:?}");
        }
        assert!(Members::read("\u{feff}{\"a\":1}".as_bytes()).is_some());
    }

    #[test]
    fn members_are_found_by_what_their_names_mean() {
        let members = Members::read(br#"{"\u0061":1,"a":[2],"b": {"c" : 3} }"#).unwrap();
        assert_eq!(members.raw("a"), Some("1"));
        assert!(members.has_twice("a"));
        assert!(!members.has_twice("b"));
        assert_eq!(members.raw("b"), Some(r#"{"c" : 3}"#));
        assert_eq!(members.raw("c"), None);
    }
}

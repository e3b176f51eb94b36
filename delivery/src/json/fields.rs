//! Reads a JSON object field by field, so that every misfit is named with what it must be.

use super::Json;

/// Why a body was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// A field is refused.
    Field {
        /// Its name, with those of the objects around it: `transaction.amount`.
        name: String,
        /// What the field must be or do.
        must: String,
    },
    /// The body as a whole is refused: one sentence that says what to send.
    Body(&'static str),
}

impl Misfit {
    /// A field that is refused, and what it must be or do.
    #[must_use]
    pub fn field(name: &str, must: &str) -> Self {
        Self::Field { name: name.to_owned(), must: must.to_owned() }
    }
}

/// The fields of an object that were not read yet.
pub struct Fields {
    /// The names of the objects around it, such as `transaction.`; empty for a whole body.
    prefix: String,
    left: Json,
}

impl Fields {
    /// Reads a whole body. A byte order mark before it is ignored (RFC 8259 §8.1), because some
    /// libraries write one.
    ///
    /// # Errors
    /// A body that is no JSON object in UTF-8.
    pub fn of_body(bytes: &[u8]) -> Result<Self, Misfit> {
        const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
        let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
        match std::str::from_utf8(bytes).ok().and_then(Json::parse) {
            Some(left @ Json::Object(_)) => Ok(Self { prefix: String::new(), left }),
            Some(_) => Err(Misfit::Body("The body must be a JSON object.")),
            None => Err(Misfit::Body(
                "The body is not JSON; send one JSON object in UTF-8, each name once.",
            )),
        }
    }

    /// The fields of a form post, each a text.
    ///
    /// # Errors
    /// A name that is given twice, because readers disagree about which of the two counts, and more
    /// fields than an object of JSON may have.
    pub fn of_form(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, Misfit> {
        let members = pairs.into_iter().take(Json::MOST_MEMBERS + 1);
        let left = Json::Object(members.map(|(name, value)| (name, value.into())).collect());
        if !left.names_are_unique() {
            return Err(Misfit::Body("Send each field once, and none that is not described."));
        }
        Ok(Self { prefix: String::new(), left })
    }

    /// A text that must be there.
    ///
    /// # Errors
    /// A field that is missing, or of another type.
    pub fn text(&mut self, name: &str) -> Result<String, Misfit> {
        self.optional_text(name)?.ok_or_else(|| self.misfit(name, "be given"))
    }

    /// A text that may be absent or null.
    ///
    /// # Errors
    /// A field of another type.
    pub fn optional_text(&mut self, name: &str) -> Result<Option<String>, Misfit> {
        match self.take(name) {
            None => Ok(None),
            Some(Json::Text(text)) => Ok(Some(text)),
            Some(_) => Err(self.misfit(name, "be a string")),
        }
    }

    /// A list of texts that must be there.
    ///
    /// # Errors
    /// A field that is missing, or of another type.
    pub fn texts(&mut self, name: &str) -> Result<Vec<String>, Misfit> {
        self.optional_texts(name)?.ok_or_else(|| self.misfit(name, "be given"))
    }

    /// A list of texts that may be absent or null.
    ///
    /// # Errors
    /// A field of another type.
    pub fn optional_texts(&mut self, name: &str) -> Result<Option<Vec<String>>, Misfit> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let Json::List(values) = value else { return Err(self.misfit(name, "be an array")) };
        let texts = values.into_iter().enumerate().map(|(index, value)| match value {
            Json::Text(text) => Ok(text),
            _ => Err(self.misfit(&format!("{name}[{index}]"), "be a string")),
        });
        texts.collect::<Result<_, _>>().map(Some)
    }

    /// A whole number that must be there.
    ///
    /// # Errors
    /// A field that is missing, or of another type.
    pub fn integer(&mut self, name: &str) -> Result<i64, Misfit> {
        self.optional_integer(name)?.ok_or_else(|| self.misfit(name, "be given"))
    }

    /// A whole number that may be absent or null.
    ///
    /// # Errors
    /// A field of another type.
    pub fn optional_integer(&mut self, name: &str) -> Result<Option<i64>, Misfit> {
        match self.take(name) {
            None => Ok(None),
            Some(Json::Whole(number)) => Ok(Some(number)),
            Some(_) => Err(self.misfit(name, "be a whole number")),
        }
    }

    /// An object that must be there.
    ///
    /// # Errors
    /// A field that is missing, or of another type.
    pub fn object(&mut self, name: &str) -> Result<Self, Misfit> {
        self.optional_object(name)?.ok_or_else(|| self.misfit(name, "be given"))
    }

    /// An object that may be absent or null.
    ///
    /// # Errors
    /// A field of another type.
    pub fn optional_object(&mut self, name: &str) -> Result<Option<Self>, Misfit> {
        match self.take(name) {
            None => Ok(None),
            Some(left @ Json::Object(_)) => {
                Ok(Some(Self { prefix: format!("{}{name}.", self.prefix), left }))
            }
            Some(_) => Err(self.misfit(name, "be an object")),
        }
    }

    /// Ends the reading: a field that nobody asked for is a mistake of the caller's.
    ///
    /// # Errors
    /// The first field that is left.
    pub fn end(self) -> Result<(), Misfit> {
        let Json::Object(left) = &self.left else { return Ok(()) };
        match left.first() {
            None => Ok(()),
            Some((name, _)) => Err(self.misfit(name, "be left out; there is no such field")),
        }
    }

    fn take(&mut self, name: &str) -> Option<Json> {
        self.left.take(name).filter(|value| !matches!(value, Json::Null))
    }

    /// A member whose name is empty is named as it is written, `""`.
    fn misfit(&self, name: &str, must: &str) -> Misfit {
        let name = if name.is_empty() { "\"\"" } else { name };
        Misfit::field(&format!("{}{name}", self.prefix), must)
    }
}

#[cfg(test)]
mod tests;

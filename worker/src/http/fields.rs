//! Reads a JSON object field by field, so that every misfit is named with what it must be.

use crate::{json::Json, problem::Problem};

/// The fields of an object that were not read yet.
pub(crate) struct Fields {
    /// Where the object stands: empty, or `transaction.`
    prefix: String,
    left: Json,
}

impl Fields {
    /// Reads a whole body.
    pub(crate) fn of_body(bytes: &[u8]) -> Result<Self, Problem> {
        match std::str::from_utf8(bytes).ok().and_then(Json::parse) {
            Some(left @ Json::Object(_)) => Ok(Self { prefix: String::new(), left }),
            Some(_) => Err(Problem::invalid("The body must be a JSON object.")),
            None => Err(Problem::invalid(
                "The body is not JSON; send one JSON object in UTF-8, each name once.",
            )),
        }
    }

    /// A text that must be there.
    pub(crate) fn text(&mut self, name: &str) -> Result<String, Problem> {
        self.optional_text(name)?.ok_or_else(|| self.problem(name, "be given"))
    }

    /// A text that may be absent or null.
    pub(crate) fn optional_text(&mut self, name: &str) -> Result<Option<String>, Problem> {
        match self.take(name) {
            None => Ok(None),
            Some(Json::Text(text)) => Ok(Some(text)),
            Some(_) => Err(self.problem(name, "be a string")),
        }
    }

    /// A list of texts that must be there.
    pub(crate) fn texts(&mut self, name: &str) -> Result<Vec<String>, Problem> {
        let Some(value) = self.take(name) else { return Err(self.problem(name, "be given")) };
        let Json::List(values) = value else { return Err(self.problem(name, "be an array")) };
        let texts = values.into_iter().enumerate().map(|(index, value)| match value {
            Json::Text(text) => Ok(text),
            _ => Err(self.problem(&format!("{name}[{index}]"), "be a string")),
        });
        texts.collect()
    }

    /// A whole number that must be there.
    pub(crate) fn integer(&mut self, name: &str) -> Result<i64, Problem> {
        self.optional_integer(name)?.ok_or_else(|| self.problem(name, "be given"))
    }

    /// A whole number that may be absent or null.
    pub(crate) fn optional_integer(&mut self, name: &str) -> Result<Option<i64>, Problem> {
        match self.take(name) {
            None => Ok(None),
            Some(Json::Whole(number)) => Ok(Some(number)),
            Some(_) => Err(self.problem(name, "be a whole number")),
        }
    }

    /// An object that must be there.
    pub(crate) fn object(&mut self, name: &str) -> Result<Self, Problem> {
        match self.take(name) {
            None => Err(self.problem(name, "be given")),
            Some(left @ Json::Object(_)) => {
                Ok(Self { prefix: format!("{}{name}.", self.prefix), left })
            }
            Some(_) => Err(self.problem(name, "be an object")),
        }
    }

    /// Ends the reading: a field that nobody asked for is a mistake of the caller's.
    pub(crate) fn end(self) -> Result<(), Problem> {
        let Json::Object(left) = &self.left else { return Ok(()) };
        match left.first() {
            None => Ok(()),
            Some((name, _)) => Err(self.problem(name, "be left out; there is no such field")),
        }
    }

    fn take(&mut self, name: &str) -> Option<Json> {
        self.left.take(name).filter(|value| !matches!(value, Json::Null))
    }

    fn problem(&self, name: &str, must: &str) -> Problem {
        Problem::field(&format!("{}{name}", self.prefix), must)
    }
}

#[cfg(test)]
mod tests;

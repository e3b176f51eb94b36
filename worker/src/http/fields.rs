//! Reads a JSON object field by field, so that every misfit is named with what it must be.

use serde_json::{Map, Value};

use crate::problem::Problem;

/// The fields of an object that were not read yet.
pub(crate) struct Fields {
    /// Where the object stands: empty, or `transaction.`
    prefix: String,
    left: Map<String, Value>,
}

impl Fields {
    /// Reads a whole body.
    pub(crate) fn of_body(bytes: &[u8]) -> Result<Self, Problem> {
        let broken = || Problem::invalid("The body is not JSON; send one JSON object in UTF-8.");
        let text = std::str::from_utf8(bytes).map_err(|_| broken())?;
        match serde_json::from_str(text).map_err(|_| broken())? {
            Value::Object(left) => Ok(Self { prefix: String::new(), left }),
            _ => Err(Problem::invalid("The body must be a JSON object.")),
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
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.problem(name, "be a string")),
        }
    }

    /// A list of texts that must be there.
    pub(crate) fn texts(&mut self, name: &str) -> Result<Vec<String>, Problem> {
        let Some(value) = self.take(name) else { return Err(self.problem(name, "be given")) };
        let Value::Array(values) = value else { return Err(self.problem(name, "be an array")) };
        let texts = values.into_iter().enumerate().map(|(index, value)| match value {
            Value::String(text) => Ok(text),
            _ => Err(self.problem(&format!("{name}[{index}]"), "be a string")),
        });
        texts.collect()
    }

    /// A whole number that must be there.
    pub(crate) fn integer(&mut self, name: &str) -> Result<i64, Problem> {
        let value = self.take(name).ok_or_else(|| self.problem(name, "be given"))?;
        value.as_i64().ok_or_else(|| self.problem(name, "be a whole number"))
    }

    /// An object that must be there.
    pub(crate) fn object(&mut self, name: &str) -> Result<Self, Problem> {
        match self.take(name) {
            None => Err(self.problem(name, "be given")),
            Some(Value::Object(left)) => {
                Ok(Self { prefix: format!("{}{name}.", self.prefix), left })
            }
            Some(_) => Err(self.problem(name, "be an object")),
        }
    }

    /// Ends the reading: a field that nobody asked for is a mistake of the caller's.
    pub(crate) fn end(self) -> Result<(), Problem> {
        match self.left.keys().next() {
            None => Ok(()),
            Some(name) => Err(self.problem(name, "be left out; there is no such field")),
        }
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        self.left.remove(name).filter(|value| !value.is_null())
    }

    fn problem(&self, name: &str, must: &str) -> Problem {
        Problem::field(&format!("{}{name}", self.prefix), must)
    }
}

#[cfg(test)]
mod tests;

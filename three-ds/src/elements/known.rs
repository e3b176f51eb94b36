//! What a message says, element by element.

use std::collections::BTreeMap;

use super::Channel;
use crate::json::Value;

/// The elements of a message that its tables know, as they were given first.
pub(crate) struct Known<'b> {
    values: BTreeMap<&'static str, Value>,
    raw: BTreeMap<&'static str, &'b str>,
    /// The channel of an AReq.
    pub(crate) channel: Channel,
}

impl<'b> Known<'b> {
    pub(crate) fn new(channel: Channel) -> Self {
        Self { values: BTreeMap::new(), raw: BTreeMap::new(), channel }
    }

    /// Adds an element as it was written; `None` if its value nests too deep to be read.
    pub(crate) fn add(&mut self, name: &'static str, raw: &'b str) -> Option<()> {
        self.raw.insert(name, raw);
        if name != Self::CARD {
            self.values.insert(name, Value::parse(raw)?);
        }
        Some(())
    }

    /// The element that is never a [`Value`].
    pub(crate) const CARD: &'static str = "acctNumber";

    /// An element's value.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// An element's bytes.
    pub(crate) fn raw(&self, name: &str) -> Option<&'b str> {
        self.raw.get(name).copied()
    }

    /// Every element's bytes, by name.
    pub(crate) fn all_raw(&self) -> impl Iterator<Item = (&'static str, &'b str)> {
        self.raw.iter().map(|(name, raw)| (*name, *raw))
    }

    /// An element's text, if it is one with content.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_text).filter(|text| !text.is_empty())
    }

    /// Whether the element is there, with content.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| !value.is_empty())
    }

    /// Whether the element is this text.
    pub(crate) fn says(&self, name: &str, text: &str) -> bool {
        self.text(name) == Some(text)
    }

    /// Whether the element is `true`.
    pub(crate) fn is_true(&self, name: &str) -> bool {
        matches!(self.get(name), Some(Value::Bool(true)))
    }
}

//! Holds the elements of a message to their table.

use super::{
    Channel, Element, Needed,
    form::{Fit, Form, Reserved},
    known::Known,
};
use crate::{erro::ErrorCode, json::Value, pan::Pan, version::Version};

/// Whether an element must be there in the message that is checked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Presence {
    Required,
    Optional,
}

/// What is wrong with the elements of one message, by what is wrong.
pub(crate) struct Findings {
    version: Version,
    missing: Vec<String>,
    invalid: Vec<String>,
    reserved: Vec<String>,
}

impl Findings {
    pub(crate) fn new(version: Version) -> Self {
        Self { version, missing: Vec::new(), invalid: Vec::new(), reserved: Vec::new() }
    }

    /// The finding that counts, with the names of its elements.
    pub(crate) fn worst(self) -> Option<(ErrorCode, Vec<String>)> {
        let findings = [
            (ErrorCode::RequiredElementMissing, self.missing),
            (ErrorCode::FormatInvalid, self.invalid),
            (ErrorCode::ValueReserved, self.reserved),
        ];
        findings.into_iter().find(|(_, names)| !names.is_empty())
    }

    /// Checks an element of the message itself.
    pub(crate) fn check(&mut self, element: &Element, known: &Known<'_>) {
        let presence = match element.needed {
            Needed::When(condition) if condition(known) => Presence::Required,
            Needed::Always => Presence::Required,
            Needed::When(_) | Needed::Never => Presence::Optional,
        };
        if let Form::AccountNumber = element.form {
            return self.check_card(element.name, known.raw(element.name));
        }
        self.check_value(element.name, element.form, presence, known.get(element.name));
    }

    fn check_card(&mut self, name: &str, raw: Option<&str>) {
        match raw {
            None | Some("null" | "\"\"") => self.missing.push(name.to_owned()),
            Some(raw) if pan(raw).is_none() => self.invalid.push(name.to_owned()),
            Some(_) => {}
        }
    }

    fn check_value(&mut self, path: &str, form: Form, presence: Presence, value: Option<&Value>) {
        let Some(value) = value else {
            if presence == Presence::Required {
                self.missing.push(path.to_owned());
            }
            return;
        };
        match value {
            // An object of any form is there also when it is empty.
            Value::Object(_) if matches!(form, Form::AnyObject(_)) => {
                self.check_form(path, form, value);
            }
            value if value.is_empty() && presence == Presence::Required => {
                self.missing.push(path.to_owned());
            }
            // An empty text or null says nothing where nothing had to be said, and is refused (Req
            // 309). In an empty list nothing can be wrong, and in an empty object only what it lacks.
            Value::Null => self.invalid.push(path.to_owned()),
            Value::Text(text) if text.is_empty() => self.invalid.push(path.to_owned()),
            value => self.check_form(path, form, value),
        }
    }

    fn check_form(&mut self, path: &str, form: Form, value: &Value) {
        match (form.fit(value), self.version) {
            (Fit::Invalid, _) | (Fit::Reserved(Reserved::Emvco), Version::V220) => {
                self.invalid.push(path.to_owned());
            }
            (Fit::Reserved(Reserved::DirectoryServer), Version::V220) => {}
            (Fit::Reserved(_), Version::V231) => self.reserved.push(path.to_owned()),
            (Fit::Fits, _) => self.check_inner(path, form, value),
        }
    }

    fn check_inner(&mut self, path: &str, form: Form, value: &Value) {
        match (form, value) {
            (Form::Object(elements), Value::Object(_)) => {
                let version = self.version;
                for inner in elements.iter().filter(|it| it.exists(version, Channel::Other)) {
                    let path = format!("{path}.{}", inner.name);
                    let presence = match inner.needed {
                        Needed::Always => Presence::Required,
                        Needed::When(_) | Needed::Never => Presence::Optional,
                    };
                    self.check_value(&path, inner.form, presence, value.get(inner.name));
                }
            }
            (Form::List(form, _), Value::List(values)) => {
                for value in values {
                    self.check_value(path, *form, Presence::Optional, Some(value));
                }
            }
            _ => {}
        }
    }
}

impl Element {
    /// Whether a value of it has elements of its own. Any other value is read when its form is checked, and
    /// a card number never: as a list or an object it would be copied.
    pub(crate) fn has_elements(&self) -> bool {
        matches!(self.form, Form::Object(_) | Form::List(Form::Object(_), _))
    }

    /// Adds the names of the elements that are given twice in an object, or in the objects of a list.
    pub(crate) fn duplicates(&self, value: &Value, twice: &mut Vec<String>) {
        match (self.form, value) {
            (Form::Object(elements), value) => duplicates(self.name, elements, value, twice),
            (Form::List(Form::Object(elements), _), Value::List(values)) => {
                for value in values {
                    duplicates(self.name, elements, value, twice);
                }
            }
            _ => {}
        }
    }
}

fn duplicates(path: &str, elements: &[Element], value: &Value, twice: &mut Vec<String>) {
    let Value::Object(members) = value else { return };
    for inner in elements {
        let path = format!("{path}.{}", inner.name);
        let mut given = members.iter().filter(|(name, _)| name == inner.name);
        if given.clone().nth(1).is_some() {
            twice.push(path);
        } else if let (Form::Object(elements), Some((_, value))) = (inner.form, given.next()) {
            duplicates(&path, elements, value, twice);
        }
    }
}

/// The card number in an element's bytes. One whose digits are written as escapes is none: no writer
/// of JSON does so, and a reader would have to copy it.
pub(crate) fn pan(raw: &str) -> Option<Pan> {
    Pan::parse(raw.strip_prefix('"')?.strip_suffix('"')?)
}

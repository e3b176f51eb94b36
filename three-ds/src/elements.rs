//! How the elements of messages are described: name, form, when they must be there, and in which
//! version and channel they exist. The tables are below this module, one a message.

pub(crate) mod areq;
pub(crate) mod areq_objects;
pub(crate) mod challenge;
pub(crate) mod check;
pub(crate) mod condition;
pub(crate) mod form;
pub(crate) mod known;

use form::Form;
use known::Known;

use crate::{json::Value, version::Version};

/// A row of a table.
#[derive(Clone, Copy)]
pub(crate) struct Element {
    pub(crate) name: &'static str,
    pub(crate) form: Form,
    pub(crate) needed: Needed,
    channels: Channels,
    versions: Versions,
}

/// When an element must be there. Where it must, null and empty count as missing.
#[derive(Clone, Copy)]
pub(crate) enum Needed {
    /// Always (inclusion R).
    Always,
    /// When a condition holds (inclusion C).
    When(fn(&Known<'_>) -> bool),
    /// Never (inclusion O, and C whose condition only the sender can know).
    Never,
}

/// In which device channels an element exists.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Channels {
    All,
    App,
    Browser,
    /// All but those that the requestor initiates.
    WithCardholder,
    RequestorInitiated,
}

/// In which versions an element exists in this form.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Versions {
    All,
    Only(Version),
}

/// The `deviceChannel` of an AReq.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// 01: an app with a 3DS SDK.
    App,
    /// 02: a browser.
    Browser,
    /// 03: the requestor, without the cardholder.
    RequestorInitiated,
    /// A value that the directory server reserves.
    Other,
}

impl Element {
    const fn new(name: &'static str, form: Form, needed: Needed) -> Self {
        Self { name, form, needed, channels: Channels::All, versions: Versions::All }
    }

    /// An element that must be there.
    pub(crate) const fn required(name: &'static str, form: Form) -> Self {
        Self::new(name, form, Needed::Always)
    }

    /// An element that must be there when a condition holds.
    pub(crate) const fn when(
        name: &'static str,
        form: Form,
        condition: fn(&Known<'_>) -> bool,
    ) -> Self {
        Self::new(name, form, Needed::When(condition))
    }

    /// An element that may be there.
    pub(crate) const fn optional(name: &'static str, form: Form) -> Self {
        Self::new(name, form, Needed::Never)
    }

    const fn app(self) -> Self {
        Self { channels: Channels::App, ..self }
    }

    const fn browser(self) -> Self {
        Self { channels: Channels::Browser, ..self }
    }

    const fn with_cardholder(self) -> Self {
        Self { channels: Channels::WithCardholder, ..self }
    }

    const fn requestor_initiated(self) -> Self {
        Self { channels: Channels::RequestorInitiated, ..self }
    }

    const fn only(self, version: Version) -> Self {
        Self { versions: Versions::Only(version), ..self }
    }

    /// Whether the element exists in messages of this version and channel. One that does not is
    /// ignored, as any that nobody knows (Req 209).
    pub(crate) fn exists(&self, version: Version, channel: Channel) -> bool {
        let in_version = self.versions == Versions::All || self.versions == Versions::Only(version);
        let in_channel = match self.channels {
            Channels::All => true,
            Channels::App => channel == Channel::App,
            Channels::Browser => channel == Channel::Browser,
            Channels::WithCardholder => matches!(channel, Channel::App | Channel::Browser),
            Channels::RequestorInitiated => channel == Channel::RequestorInitiated,
        };
        in_version && in_channel
    }
}

impl Channel {
    /// The channel of an element's value.
    pub(crate) fn of(value: Option<&Value>) -> Self {
        match value.and_then(Value::as_text) {
            Some("01") => Self::App,
            Some("02") => Self::Browser,
            Some("03") => Self::RequestorInitiated,
            _ => Self::Other,
        }
    }
}

//! What all messages have in common: how one is opened, and what is known of its elements.
//!
//! The order of the checks is that of the error codes' authority: JSON, type, duplicates, version,
//! required elements, forms, ISO codes, extensions. The first that finds something ends them, with
//! every element that it found.

use crate::{
    elements::{Channel, Element, check::Findings, known::Known},
    erro::{Erro, ErrorCode, KnownIds, MessageType, Refusal},
    ids::TransId,
    json::{Members, Value},
    version::Version,
};

/// A message whose type and version are known.
pub(crate) struct Opened<'b> {
    members: Members<'b>,
    kind: MessageType,
    /// Its version.
    pub(crate) version: Version,
    /// The transaction ids in it.
    pub(crate) ids: KnownIds,
}

impl<'b> Opened<'b> {
    /// Opens a message of one type: JSON, type, duplicates and version.
    pub(crate) fn open(
        body: &'b [u8],
        kind: MessageType,
        table: &[Element],
        versions: &[Version],
    ) -> Result<Self, Refusal> {
        let Some(members) = Members::read(body) else {
            return Err(invalid_message("Invalid Formatted Message", None, None));
        };
        let ids = ids_of(&members);
        let said = text(&members, "messageVersion");
        let spoken = said.as_deref().and_then(Version::parse).filter(|it| versions.contains(it));
        let refuse = |about, (code, detail)| {
            let version = spoken.unwrap_or(Erro::FALLBACK);
            Refusal::Erro(Box::new(Erro { code, detail, about, version, ids: ids.clone() }))
        };

        let found = text(&members, "messageType").as_deref().and_then(MessageType::parse);
        match found {
            Some(found) if found == kind => {}
            Some(MessageType::Erro) => return Err(Refusal::WasErro),
            Some(_) => {
                let detail = "Invalid Message for the receiving component".to_owned();
                return Err(refuse(found, (ErrorCode::MessageInvalid, detail)));
            }
            None => {
                let detail = "Invalid Message Type".to_owned();
                // 2.3.1 requires a type in every error: there it is the one that was expected.
                let about = spoken.filter(|version| *version == Version::V231).map(|_| kind);
                return Err(refuse(about, (ErrorCode::MessageInvalid, detail)));
            }
        }
        let refuse = |found| refuse(Some(kind), found);

        let twice = table.iter().filter(|element| members.has_twice(element.name));
        let mut twice: Vec<_> = twice.map(|element| element.name.to_owned()).collect();
        for element in table.iter().filter(|element| element.has_elements()) {
            if let Some(value) = members.raw(element.name).and_then(Value::parse) {
                element.duplicates(&value, &mut twice);
            }
        }
        if !twice.is_empty() {
            return Err(refuse(Erro::naming(ErrorCode::DuplicateElement, twice)));
        }

        match (members.raw("messageVersion"), said, spoken) {
            (_, _, Some(version)) => Ok(Self { members, kind, version, ids }),
            (None | Some("null" | "\"\""), ..) => {
                Err(refuse(Erro::naming(ErrorCode::RequiredElementMissing, ["messageVersion"])))
            }
            (Some(_), None, None) => {
                Err(refuse(Erro::naming(ErrorCode::FormatInvalid, ["messageVersion"])))
            }
            (Some(_), Some(_), None) => {
                let spoken = versions.iter().map(|version| version.as_str());
                Err(refuse(Erro::naming(ErrorCode::VersionNotSupported, spoken)))
            }
        }
    }

    /// Checks every element of the table: what is missing, then forms, then what is reserved.
    pub(crate) fn known(&self, table: &'static [Element]) -> Result<Known<'b>, Refusal> {
        let channel = self.members.raw("deviceChannel").and_then(Value::parse);
        let channel = Channel::of(channel.as_ref());
        let exist = || table.iter().filter(|element| element.exists(self.version, channel));
        let mut known = Known::new(channel);
        for element in exist() {
            let Some(raw) = self.members.raw(element.name) else { continue };
            if known.add(element.name, raw).is_none() {
                let detail = "Invalid Formatted Message";
                return Err(invalid_message(detail, Some(self.kind), Some(self)));
            }
        }
        let mut findings = Findings::new(self.version);
        for element in exist() {
            findings.check(element, &known);
        }
        match findings.worst() {
            Some((code, names)) => Err(self.refuse(Erro::naming(code, names))),
            None => Ok(known),
        }
    }

    /// The error about this message.
    pub(crate) fn refuse(&self, (code, detail): (ErrorCode, String)) -> Refusal {
        Refusal::Erro(Box::new(Erro {
            code,
            detail,
            about: Some(self.kind),
            version: self.version,
            ids: self.ids.clone(),
        }))
    }
}

fn invalid_message(detail: &str, about: Option<MessageType>, of: Option<&Opened<'_>>) -> Refusal {
    Refusal::Erro(Box::new(Erro {
        code: ErrorCode::MessageInvalid,
        detail: detail.to_owned(),
        about,
        version: of.map_or(Erro::FALLBACK, |of| of.version),
        ids: of.map(|of| of.ids.clone()).unwrap_or_default(),
    }))
}

/// A member's text, if it is one.
fn text(members: &Members<'_>, name: &str) -> Option<String> {
    match Value::parse(members.raw(name)?) {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    }
}

fn ids_of(members: &Members<'_>) -> KnownIds {
    let id = |name| {
        let text = text(members, name).filter(|_| !members.has_twice(name))?;
        TransId::parse(&text)
    };
    KnownIds {
        three_ds_server: id("threeDSServerTransID"),
        ds: id("dsTransID"),
        acs: id("acsTransID"),
        sdk: id("sdkTransID"),
    }
}

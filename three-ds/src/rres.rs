//! What a directory server answers to an RReq.

use crate::{
    elements::challenge::RRES,
    erro::{Erro, ErrorCode, MessageType, Refusal},
    extension,
    ids::TransId,
    json::{Members, Value},
    message::Opened,
    transaction::Transaction,
    version::Version,
};

/// What the answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Acknowledgement {
    /// The result was received: an RRes, or the error that it was received before.
    Received,
    /// The directory server refuses the RReq, with this code. That ends the telling.
    Refused {
        /// `errorCode`, three digits; `None` for anything else.
        code: Option<u16>,
    },
    /// The answer is invalid. The directory server is told so, and the result is due still.
    Invalid(Box<Erro>),
}

impl Acknowledgement {
    /// Reads an answer to the RReq of a transaction.
    #[must_use]
    pub fn read(body: &[u8], to: &Transaction) -> Self {
        /// The RReq came before (2.3.1.1).
        const DUPLICATE: u16 = 312;
        match Self::rres(body, to) {
            Ok(()) => Self::Received,
            Err(Refusal::Erro(erro)) => {
                // Whatever it is, it stands in an RRes' place.
                let about = erro.about.or(Some(MessageType::RRes));
                Self::Invalid(Box::new(to.says(Erro { about, ..*erro })))
            }
            Err(Refusal::WasErro) => match code(body) {
                Some(DUPLICATE) => Self::Received,
                code => Self::Refused { code },
            },
        }
    }

    fn rres(body: &[u8], to: &Transaction) -> Result<(), Refusal> {
        let opened = Opened::open(body, MessageType::RRes, RRES, &Version::ALL)?;
        let known = opened.known(RRES)?;
        extension::check(&known).map_err(|found| opened.refuse(found))?;
        if opened.version != to.version {
            return Err(opened.refuse(Erro::naming(ErrorCode::FormatInvalid, ["messageVersion"])));
        }
        let ids = [
            ("threeDSServerTransID", &to.three_ds_server_trans_id),
            ("dsTransID", &to.ds_trans_id),
            ("acsTransID", &to.acs_trans_id),
        ];
        let same = |name, id: &TransId| {
            known.text(name).and_then(TransId::parse).is_some_and(|it| it == *id)
        };
        let other = ids.into_iter().filter(|(name, id)| !same(*name, id));
        let other: Vec<_> = other.map(|(name, _)| name).collect();
        if other.is_empty() {
            return Ok(());
        }
        Err(opened.refuse(Erro::naming(ErrorCode::TransactionIdNotRecognised, other)))
    }

    /// The error to a directory server that has not answered in time.
    #[must_use]
    pub fn is_late(to: &Transaction) -> Erro {
        to.says(Erro {
            code: ErrorCode::TimedOut,
            detail: "No RRes came in time".to_owned(),
            about: Some(MessageType::RReq),
            version: to.version,
            ids: to.ids(),
        })
    }
}

fn code(erro: &[u8]) -> Option<u16> {
    let code = Value::parse(Members::read(erro)?.raw("errorCode")?)?;
    let digits = code.as_text().filter(|text| text.len() == 3)?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{Message, transaction};

    fn rres(version: Version) -> Message {
        let to = transaction(version);
        Message(Vec::new())
            .set("messageType", "RRes")
            .set("messageVersion", version.as_str())
            .set("threeDSServerTransID", to.three_ds_server_trans_id.as_str())
            .set("dsTransID", to.ds_trans_id.as_str())
            .set("acsTransID", to.acs_trans_id.as_str())
            .set("resultsStatus", "01")
    }

    fn read(message: &Message) -> Acknowledgement {
        Acknowledgement::read(message.text().as_bytes(), &transaction(Version::V220))
    }

    #[test]
    fn an_rres_of_the_transaction_acknowledges_whatever_it_says_of_the_challenge() {
        let message = rres(Version::V220);
        for status in ["01", "02", "03", "80"] {
            assert_eq!(
                read(&message.clone().set("resultsStatus", status)),
                Acknowledgement::Received
            );
        }
        let upper = message.set("dsTransID", "F25084F0-5B16-4C0A-AE5D-B24808A95E4B");
        assert_eq!(read(&upper.set("sdkTransID", "x")), Acknowledgement::Received);
        let newer = rres(Version::V231).text();
        let read = Acknowledgement::read(newer.as_bytes(), &transaction(Version::V231));
        assert_eq!(read, Acknowledgement::Received);
    }

    #[test]
    fn an_invalid_one_is_answered_with_what_is_wrong_and_acknowledges_nothing() {
        let other = "00000000-0000-4000-8000-000000000000";
        let message = rres(Version::V220);
        for (message, code, detail) in [
            (Message(Vec::new()), "101", "Invalid Message Type"),
            (
                message.clone().set("messageType", "ARes"),
                "101",
                "Invalid Message for the receiving component",
            ),
            (message.clone().set("messageVersion", "2.3.1"), "203", "messageVersion"),
            (message.clone().set("messageVersion", "2.1.0"), "102", "2.2.0,2.3.1"),
            (message.clone().without("resultsStatus"), "201", "resultsStatus"),
            (message.clone().set("resultsStatus", "04"), "203", "resultsStatus"),
            (message.clone().set("acsTransID", other), "301", "acsTransID"),
            (message.clone().set("dsTransID", other), "301", "dsTransID"),
            (message.clone().set("threeDSServerTransID", other), "301", "threeDSServerTransID"),
            (message.clone().set("threeDSServerTransID", "x"), "203", "threeDSServerTransID"),
        ] {
            let Acknowledgement::Invalid(erro) = read(&message) else {
                panic!("{}", message.text())
            };
            assert_eq!((erro.code.as_str(), erro.detail.as_str()), (code, detail));
            let to = transaction(Version::V220);
            assert_eq!((erro.version, erro.ids), (Version::V220, to.ids()));
        }
        for body in [&b""[..], b"<html>", b"null"] {
            for version in Version::ALL {
                let read = Acknowledgement::read(body, &transaction(version));
                let Acknowledgement::Invalid(erro) = read else { panic!("taken") };
                assert_eq!(erro.about, Some(MessageType::RRes));
            }
        }
    }

    #[test]
    fn an_error_ends_the_telling_unless_it_says_that_it_was_told() {
        let erro = |code: &str| {
            read(&Message(Vec::new()).set("messageType", "Erro").set("errorCode", code))
        };
        assert_eq!(erro("312"), Acknowledgement::Received);
        assert_eq!(erro("301"), Acknowledgement::Refused { code: Some(301) });
        for none in ["", "3", "+31", "three", "4111111111111111"] {
            assert_eq!(erro(none), Acknowledgement::Refused { code: None }, "{none}");
        }
    }
}

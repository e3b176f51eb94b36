//! The ARes: what an AReq is answered with.

use crate::{
    areq::{AReq, Category},
    codes::{Method, Reason, Status},
    directory_server::{DirectoryServer, Mandate},
    elements::Channel,
    erro::MessageType,
    ids::TransId,
    json::{Value, object},
    version::Version,
};

/// How an AReq is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// C: the cardholder is asked for a code.
    Challenge,
    /// I: the requestor asked for no challenge and only shares data.
    DataShared,
    /// N or U: there is no challenge, for this reason.
    None(NoChallenge),
}

/// Why there is no challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoChallenge {
    /// The app's channel, or one of the directory server's own.
    ChannelNotSupported,
    /// The requestor has begun it, without the cardholder.
    RequestorInitiated,
    /// A category of the directory server's own.
    CategoryNotSupported,
    /// An amount of zero, or one that is more than an authorisation can have.
    AmountOutOfBounds,
    /// The issuer has not registered the card.
    CardUnknown,
    /// There is no way to send the cardholder a code.
    NoChannel,
    /// The cardholder is locked.
    Locked,
    /// A limit was reached, or the form of another challenge is in use.
    LimitReached,
    /// Something of ours failed.
    Failed,
}

impl NoChallenge {
    /// Every reason.
    pub const ALL: [Self; 9] = [
        Self::ChannelNotSupported,
        Self::RequestorInitiated,
        Self::CategoryNotSupported,
        Self::AmountOutOfBounds,
        Self::CardUnknown,
        Self::NoChannel,
        Self::Locked,
        Self::LimitReached,
        Self::Failed,
    ];

    /// What the directory server is told.
    #[must_use]
    pub fn said(self) -> (Status, Reason) {
        use Status::{NotAuthenticated, NotPossible};
        match self {
            Self::ChannelNotSupported => (NotPossible, Reason::UnsupportedDevice),
            Self::RequestorInitiated => (NotPossible, Reason::RequestorInitiatedNotSupported),
            Self::CategoryNotSupported => (NotPossible, Reason::NonPaymentNotSupported),
            Self::AmountOutOfBounds => (NotPossible, Reason::InvalidTransaction),
            Self::CardUnknown => (NotPossible, Reason::NoCardRecord),
            Self::NoChannel => (NotPossible, Reason::NotEnrolled),
            Self::Locked => (NotAuthenticated, Reason::NotPermitted),
            Self::LimitReached => (NotAuthenticated, Reason::FrequencyLimit),
            Self::Failed => (NotPossible, Reason::TechnicalIssue),
        }
    }
}

impl AReq {
    /// The answer that the message decides alone; `None` where it is for the cardholder's state.
    #[must_use]
    pub fn answer(&self) -> Option<Answer> {
        // Data share only: a challenge would be invalid (table A.15).
        const DATA_SHARE: &str = "06";
        match (self.channel, self.category) {
            (Channel::RequestorInitiated, _) => Some(NoChallenge::RequestorInitiated),
            (Channel::App | Channel::Other, _) => Some(NoChallenge::ChannelNotSupported),
            (Channel::Browser, Category::Other) => Some(NoChallenge::CategoryNotSupported),
            (Channel::Browser, Category::Payment | Category::NonPayment) => {
                let amount = self.purchase.as_ref().map(|purchase| purchase.amount().is_none());
                let unpayable = amount.unwrap_or_default() && self.category == Category::Payment;
                if self.challenge_indicators.iter().any(|indicator| indicator == DATA_SHARE) {
                    return Some(Answer::DataShared);
                }
                unpayable.then_some(NoChallenge::AmountOutOfBounds)
            }
        }
        .map(Answer::None)
    }
}

/// An ARes.
pub struct ARes<'a> {
    /// What is answered.
    pub to: &'a AReq,
    /// The directory server that asked.
    pub directory_server: &'a DirectoryServer,
    /// `acsTransID`
    pub acs_trans_id: &'a TransId,
    /// The answer.
    pub answer: Answer,
    /// `acsURL`: where the CReq goes.
    pub acs_url: &'a str,
    /// The ways in which the cardholder may get the code.
    pub methods: &'a [Method],
    /// `cardholderInfo`: what the requestor shows the cardholder, at most [`Self::MOST_INFO`] characters.
    pub cardholder_info: Option<&'a str>,
}

impl ARes<'_> {
    /// More characters than this `cardholderInfo` has not: the bound of 2.2.0 (table A.1). 2.3.1 has the
    /// same text in an object.
    pub const MOST_INFO: usize = 128;

    /// The message's text.
    #[must_use]
    pub fn json(&self) -> String {
        let Self { to, directory_server, .. } = self;
        let (status, reason) = match self.answer {
            Answer::Challenge => (Status::Challenge, None),
            Answer::DataShared => (Status::Informational, None),
            Answer::None(why) => (why.said().0, Some(why.said().1)),
        };
        let mut members: Vec<(&str, Value)> = vec![
            ("threeDSServerTransID", to.three_ds_server_trans_id.as_str().into()),
            ("acsTransID", self.acs_trans_id.as_str().into()),
            ("dsTransID", to.ds_trans_id.as_str().into()),
        ];
        members.extend(to.sdk_trans_id.as_ref().map(|id| ("sdkTransID", id.as_str().into())));
        members.push(("acsReferenceNumber", directory_server.acs_reference_number.as_str().into()));
        let operator = directory_server.acs_operator_id.as_deref();
        members.extend(operator.map(|id| ("acsOperatorID", id.into())));
        members.push(("dsReferenceNumber", to.ds_reference_number.as_str().into()));
        members.push(("messageType", MessageType::ARes.as_str().into()));
        members.push(("messageVersion", to.version.as_str().into()));
        members.push(("transStatus", status.as_str().into()));
        members.extend(reason.map(|reason| ("transStatusReason", reason.as_str().into())));
        members.extend(self.cardholder_info.map(|text| ("cardholderInfo", info(to.version, text))));
        if self.answer == Answer::Challenge {
            let mandated = match directory_server.challenge_mandated {
                Mandate::Mandated => "Y",
                Mandate::NotMandated => "N",
            };
            members.push(("acsChallengeMandated", mandated.into()));
            members.push(("acsURL", self.acs_url.into()));
            members.push(match to.version {
                Version::V220 => ("authenticationType", Method::TYPE.into()),
                Version::V231 => ("authenticationMethod", methods(self.methods)),
            });
        }
        object(members)
    }
}

/// `cardholderInfo`
fn info(version: Version, text: &str) -> Value {
    match version {
        Version::V220 => text.into(),
        Version::V231 => Value::Object(vec![("text".to_owned(), text.into())]),
    }
}

/// `authenticationMethod` of 2.3.1
pub(crate) fn methods(methods: &[Method]) -> Value {
    Value::List(methods.iter().map(|method| method.as_str().into()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        fixtures::{Message, directory_server},
        version::Version::{V220, V231},
    };

    fn json(message: &Message, answer: Answer) -> String {
        json_with(message, answer, None)
    }

    fn json_with(message: &Message, answer: Answer, cardholder_info: Option<&str>) -> String {
        let ares = ARes {
            to: &message.areq(),
            directory_server: &directory_server(),
            acs_trans_id: &TransId::parse("d7c1ee99-9478-44a6-b1f2-391e29c6b340").unwrap(),
            answer,
            acs_url: "https://acs.example/3ds/challenge",
            methods: &[Method::Sms],
            cardholder_info,
        };
        ares.json()
    }

    #[test]
    fn a_challenge_is_said_as_each_version_says_it() {
        assert_eq!(
            json(&Message::payment(V220), Answer::Challenge),
            r#"{"threeDSServerTransID":"8a880dc0-d2d2-4067-bcb1-b08d1690b26e","acsTransID":"d7c1ee99-9478-44a6-b1f2-391e29c6b340","dsTransID":"f25084f0-5b16-4c0a-ae5d-b24808a95e4b","acsReferenceNumber":"TEST_ACS_0001","dsReferenceNumber":"TEST_DS_0001","messageType":"ARes","messageVersion":"2.2.0","transStatus":"C","acsChallengeMandated":"N","acsURL":"https://acs.example/3ds/challenge","authenticationType":"02"}"#
        );
        let newer = json(&Message::payment(V231), Answer::Challenge);
        assert!(newer.ends_with(r#""authenticationMethod":["02"]}"#), "{newer}");
        assert!(!newer.contains("authenticationType"));
    }

    #[test]
    fn where_there_is_no_challenge_its_elements_are_left_out() {
        for answer in [Answer::DataShared, Answer::None(NoChallenge::Locked)] {
            let text = json(&Message::payment(V220), answer);
            for name in ["acsURL", "acsChallengeMandated", "authenticationType", "eci"] {
                assert!(!text.contains(name), "{name}: {text}");
            }
        }
        let text = json(&Message::payment(V220), Answer::DataShared);
        assert!(text.ends_with(r#""transStatus":"I"}"#), "{text}");
    }

    #[test]
    fn what_the_cardholder_is_told_is_a_text_and_in_2_3_1_in_an_object() {
        let refused = Answer::None(NoChallenge::LimitReached);
        for (version, said) in [(V220, r#""安全のため""#), (V231, r#"{"text":"安全のため"}"#)]
        {
            let text = json_with(&Message::payment(version), refused, Some("安全のため"));
            let end = format!(r#""transStatusReason":"04","cardholderInfo":{said}}}"#);
            assert!(text.ends_with(&end), "{text}");
        }
    }

    #[test]
    fn every_reason_has_its_codes() {
        use NoChallenge as No;
        for (why, status, reason) in [
            (No::ChannelNotSupported, "U", "03"),
            (No::RequestorInitiated, "U", "21"),
            (No::CategoryNotSupported, "U", "20"),
            (No::AmountOutOfBounds, "U", "07"),
            (No::CardUnknown, "U", "08"),
            (No::NoChannel, "U", "13"),
            (No::Locked, "N", "12"),
            (No::LimitReached, "N", "04"),
            (No::Failed, "U", "22"),
        ] {
            for version in Version::ALL {
                let text = json(&Message::payment(version), Answer::None(why));
                let end = format!(r#""transStatus":"{status}","transStatusReason":"{reason}"}}"#);
                assert!(text.ends_with(&end), "{why:?}: {text}");
            }
        }
    }

    #[test]
    fn what_the_message_decides_alone() {
        let browser = Message::payment(V220);
        let answer = |message: &Message| message.areq().answer();
        let none = |why| Some(Answer::None(why));
        let share = |message: &Message| message.clone().set("threeDSRequestorChallengeInd", "06");
        for (message, expected) in [
            (browser.clone(), None),
            (Message::payment(V231), None),
            (Message::non_payment(V220), None),
            (Message::non_payment(V231), None),
            (browser.clone().set("deviceChannel", "01"), none(NoChallenge::ChannelNotSupported)),
            (browser.clone().set("deviceChannel", "80"), none(NoChallenge::ChannelNotSupported)),
            (browser.clone().set("deviceChannel", "03"), none(NoChallenge::RequestorInitiated)),
            (browser.clone().set("messageCategory", "80"), none(NoChallenge::CategoryNotSupported)),
            (browser.clone().set("purchaseAmount", "0"), none(NoChallenge::AmountOutOfBounds)),
            (
                browser.clone().set("purchaseAmount", "1000000000000"),
                none(NoChallenge::AmountOutOfBounds),
            ),
            (share(&browser), Some(Answer::DataShared)),
            (share(&Message::non_payment(V220)), Some(Answer::DataShared)),
            (
                Message::payment(V231).json("threeDSRequestorChallengeInd", r#"["02","06"]"#),
                Some(Answer::DataShared),
            ),
            (share(&browser).set("deviceChannel", "01"), none(NoChallenge::ChannelNotSupported)),
        ] {
            assert_eq!(answer(&message), expected, "{}", message.text());
        }
        for indicator in ["01", "02", "03", "04", "05", "07", "08", "09"] {
            let message = browser.clone().set("threeDSRequestorChallengeInd", indicator);
            assert_eq!(answer(&message), None, "{indicator}");
        }
    }

    #[test]
    fn an_app_gets_its_id_back_and_an_operator_is_named() {
        let app = Message::payment(V220)
            .set("deviceChannel", "01")
            .set("sdkTransID", "b2385523-a66c-4907-ac3c-91848e8c0067");
        let text = json(&app, Answer::None(NoChallenge::ChannelNotSupported));
        assert!(text.contains(r#""sdkTransID":"b2385523-a66c-4907-ac3c-91848e8c0067""#), "{text}");
        assert!(!text.contains("acsOperatorID"));
    }
}

//! Messages that are changed at random: whatever comes, there is an answer, and nothing of what came
//! is in it.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use proptest::{collection::vec, prelude::*, sample::Index};
use zeroize::Zeroizing;

use crate::{
    areq::AReq,
    ares::{ARes, Answer},
    codes::Method,
    creq::ChallengePost,
    erro::{Erro, Refusal},
    fixtures::{Message, card_key, directory_server, transaction},
    ids::TransId,
    json::Value,
    rres::Acknowledgement,
    version::Version,
};

/// Stands where the sender can put anything. No name of ours has it.
const MARK: &str = "Zq7WxK";
const CARD: &str = "4111111111111111";

/// One change of a message.
#[derive(Clone, Debug)]
enum Change {
    Remove(Index),
    Set(Index, String),
    Again(Index),
    Swap(Index, Index),
    Add(String, String),
    Rename(Index, String),
}

/// A value as JSON text: forms that some element has, and others.
fn any_json() -> impl Strategy<Value = String> {
    let texts = prop_oneof![
        Just(String::new()),
        Just(MARK.to_owned()),
        Just(format!("https://{MARK}.example/")),
        Just(CARD.to_owned()),
        "[0-9]{1,20}",
        "[a-zA-Z0-9 ./:-]{0,60}",
        "\\PC{0,30}",
        Just("割".repeat(3000)),
    ];
    let leaf = prop_oneof![
        texts.prop_map(|text| serde_json::to_string(&text).unwrap()),
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("1e999".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>()
            .prop_map(|number| format!("{number:?}").replace("NaN", "0").replace("inf", "0")),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let names = prop_oneof![
            Just("id".to_owned()),
            Just("data".to_owned()),
            Just("criticalityIndicator".to_owned()),
            Just("cc".to_owned()),
            Just("chAccAgeInd".to_owned()),
            Just(MARK.to_owned()),
        ];
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(|values| format!("[{}]", values.join(","))),
            vec((names, inner), 0..4).prop_map(|members| {
                let members = members.iter().map(|(name, value)| format!("\"{name}\":{value}"));
                format!("{{{}}}", members.collect::<Vec<_>>().join(","))
            }),
        ]
    })
}

fn any_name() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(MARK.to_owned()),
        Just(CARD.to_owned()),
        Just("messageExtension".to_owned()),
        Just("acctInfo".to_owned()),
        Just("mobilePhone".to_owned()),
        Just("threeDSRequestorChallengeInd".to_owned()),
        Just("email".to_owned()),
        "[a-zA-Z]{1,12}",
    ]
}

fn any_change() -> impl Strategy<Value = Change> {
    prop_oneof![
        any::<Index>().prop_map(Change::Remove),
        (any::<Index>(), any_json()).prop_map(|(at, json)| Change::Set(at, json)),
        any::<Index>().prop_map(Change::Again),
        (any::<Index>(), any::<Index>()).prop_map(|(one, other)| Change::Swap(one, other)),
        (any_name(), any_json()).prop_map(|(name, json)| Change::Add(name, json)),
        (any::<Index>(), any_name()).prop_map(|(at, name)| Change::Rename(at, name)),
    ]
}

/// The message's text after these changes. Values are JSON text, so that they need not be valid.
fn changed(message: &Message, changes: &[Change]) -> String {
    let mut members: Vec<_> = message
        .0
        .iter()
        .map(|(name, value)| (name.clone(), serde_json::to_string(value).unwrap()))
        .collect();
    for change in changes {
        let count = members.len();
        match change {
            Change::Add(name, json) => members.push((name.clone(), json.clone())),
            _ if count == 0 => {}
            Change::Remove(at) => {
                members.remove(at.index(count));
            }
            Change::Set(at, json) => members[at.index(count)].1.clone_from(json),
            Change::Again(at) => members.push(members[at.index(count)].clone()),
            Change::Swap(one, other) => members.swap(one.index(count), other.index(count)),
            Change::Rename(at, name) => members[at.index(count)].0.clone_from(name),
        }
    }
    let members = members.iter().map(|(name, value)| format!("\"{name}\":{value}"));
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

fn creq(version: Version) -> Message {
    let of = transaction(version);
    Message(Vec::new())
        .set("threeDSServerTransID", of.three_ds_server_trans_id.as_str())
        .set("acsTransID", of.acs_trans_id.as_str())
        .set("messageType", "CReq")
        .set("messageVersion", version.as_str())
        .set("challengeWindowSize", "05")
}

fn any_version() -> impl Strategy<Value = Version> {
    prop_oneof![Just(Version::V220), Just(Version::V231)]
}

/// Whether an error is a whole one that repeats nothing.
fn is_sound(erro: &Erro) -> Result<(), TestCaseError> {
    let text = erro.json();
    prop_assert!(!text.contains(MARK) && !text.contains(CARD), "{text}");
    prop_assert!(erro.detail.chars().count() <= 2048);
    let read = Value::parse(&text);
    for name in [
        "errorCode",
        "errorComponent",
        "errorDescription",
        "errorDetail",
        "messageType",
        "messageVersion",
    ] {
        let said = read.as_ref().and_then(|read| read.get(name)).and_then(Value::as_text);
        prop_assert!(said.is_some_and(|said| !said.is_empty()), "{name}: {text}");
    }
    Ok(())
}

fn answered(read: Result<AReq, Refusal>) -> Result<(), TestCaseError> {
    match read {
        Err(Refusal::Erro(erro)) => is_sound(&erro),
        Err(Refusal::WasErro) => Ok(()),
        Ok(areq) => {
            let acs_trans_id = TransId::parse("d7c1ee99-9478-44a6-b1f2-391e29c6b340").unwrap();
            let ares = ARes {
                to: &areq,
                directory_server: &directory_server(),
                acs_trans_id: &acs_trans_id,
                answer: areq.answer().unwrap_or(Answer::Challenge),
                acs_url: "https://acs.example/3ds/challenge",
                methods: &[Method::Sms],
                cardholder_info: None,
            };
            let text = ares.json();
            prop_assert!(!text.contains(MARK) && !text.contains(CARD), "{text}");
            prop_assert!(!areq.seller.shown_name.as_str().trim().is_empty());
            prop_assert!(areq.card.last4.as_str().len() == 4);
            Ok(())
        }
    }
}

proptest! {
    #[test]
    fn a_changed_areq_is_answered(version in any_version(), changes in vec(any_change(), 1..4)) {
        let text = changed(&Message::payment(version), &changes);
        answered(AReq::read(Zeroizing::new(text.into_bytes()), &directory_server(), &[card_key()]))?;
    }

    #[test]
    fn an_areq_with_changed_bytes_is_answered(
        version in any_version(),
        bytes in vec((any::<Index>(), any::<u8>()), 0..4),
        end in any::<Index>(),
    ) {
        let mut text = Message::payment(version).text().into_bytes();
        for (at, byte) in bytes {
            let at = at.index(text.len());
            text[at] = byte;
        }
        text.truncate(text.len().min(end.index(text.len() * 2)));
        answered(AReq::read(Zeroizing::new(text), &directory_server(), &[card_key()]))?;
    }

    #[test]
    fn any_bytes_are_answered(bytes in vec(any::<u8>(), 0..200)) {
        answered(AReq::read(Zeroizing::new(bytes.clone()), &directory_server(), &[card_key()]))?;
        if let Ok(post) = ChallengePost::read(&bytes) {
            let _ = post.creq();
        }
        let _ = Acknowledgement::read(&bytes, &transaction(Version::V220));
    }

    #[test]
    fn a_changed_creq_is_answered(
        version in any_version(),
        changes in vec(any_change(), 1..4),
        session in "\\PC{0,40}",
    ) {
        let text = changed(&creq(version), &changes);
        let field = Base64UrlUnpadded::encode_string(text.as_bytes());
        let body = format!("creq={field}&threeDSSessionData={session}");
        let Ok(post) = ChallengePost::read(body.as_bytes()) else { return Ok(()) };
        let of = transaction(version);
        match post.creq() {
            Err(Refusal::Erro(erro)) => is_sound(&of.says(*erro))?,
            Err(Refusal::WasErro) => {}
            Ok(creq) => {
                if let Err(erro) = creq.is_of(&of) {
                    is_sound(&erro)?;
                }
            }
        }
    }

    #[test]
    fn a_post_with_changed_bytes_is_answered(
        bytes in vec((any::<Index>(), any::<u8>()), 0..4),
        end in any::<Index>(),
    ) {
        let field = Base64UrlUnpadded::encode_string(creq(Version::V220).text().as_bytes());
        let mut body = format!("creq={field}&threeDSSessionData=abc").into_bytes();
        for (at, byte) in bytes {
            let at = at.index(body.len());
            body[at] = byte;
        }
        body.truncate(body.len().min(end.index(body.len() * 2)));
        if let Ok(Err(Refusal::Erro(erro))) = ChallengePost::read(&body).map(|post| post.creq()) {
            is_sound(&erro)?;
        }
    }

    #[test]
    fn a_changed_rres_is_told_apart(changes in vec(any_change(), 0..4)) {
        let of = transaction(Version::V220);
        let rres = creq(Version::V220)
            .set("messageType", "RRes")
            .set("dsTransID", of.ds_trans_id.as_str())
            .set("resultsStatus", "01");
        if let Acknowledgement::Invalid(erro) =
            Acknowledgement::read(changed(&rres, &changes).as_bytes(), &of)
        {
            is_sound(&erro)?;
        }
    }
}

use base64ct::{Base64, Base64Url};

use super::*;
use crate::{
    fixtures::{Message, transaction},
    version::Version::{V220, V231},
};

fn creq(version: Version) -> Message {
    let of = transaction(version);
    Message(Vec::new())
        .set("threeDSServerTransID", of.three_ds_server_trans_id.as_str())
        .set("acsTransID", of.acs_trans_id.as_str())
        .set("messageType", "CReq")
        .set("messageVersion", version.as_str())
        .set("challengeWindowSize", "05")
}

fn post(message: &str) -> String {
    format!("creq={}", Base64UrlUnpadded::encode_string(message.as_bytes()))
}

fn read(body: &str) -> Result<CReq, Refusal> {
    ChallengePost::read(body.as_bytes()).unwrap().creq()
}

#[track_caller]
fn finds(body: &str, code: &str, detail: &str) -> Erro {
    let Err(Refusal::Erro(erro)) = read(body) else { panic!("taken: {body}") };
    assert_eq!((erro.code.as_str(), erro.detail.as_str()), (code, detail), "{body}");
    *erro
}

#[test]
fn a_creq_is_read_however_a_requestor_encodes_it() {
    // A text whose base64 has both letters in which the alphabets differ, and padding.
    let message = creq(V220).set("note", "~~~???>>>~").text();
    let pretty = message.replace(',', ",\r\n   ").replace('{', "{ ").replace('}', "\n}\n");
    for message in [&message, &pretty] {
        let bytes = message.as_bytes();
        let standard = Base64::encode_string(bytes);
        let escaped = |text: &str| text.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
        let lines = standard.as_bytes().chunks(76).map(|it| std::str::from_utf8(it).unwrap());
        let lines = lines.collect::<Vec<_>>().join("\r\n");
        for field in [
            Base64UrlUnpadded::encode_string(bytes),
            Base64Url::encode_string(bytes),
            escaped(&Base64Url::encode_string(bytes)),
            escaped(&standard),
            standard.trim_end_matches('=').to_owned(),
            standard.clone(),
            escaped(&lines).replace("\r\n", "%0D%0A"),
            format!("+{}+%0A", Base64UrlUnpadded::encode_string(bytes)),
        ] {
            let creq =
                read(&format!("creq={field}")).unwrap_or_else(|_| panic!("refused: {field}"));
            assert_eq!(creq.acs_trans_id.as_str(), "d7c1ee99-9478-44a6-b1f2-391e29c6b340");
            assert_eq!(creq.version, V220);
        }
    }
}

#[test]
fn sizes_are_those_of_the_protocol() {
    for good in ["01", "02", "03", "04", "05"] {
        for version in Version::ALL {
            let creq = creq(version).set("challengeWindowSize", good);
            assert!(read(&post(&creq.text())).is_ok(), "{good}");
        }
    }
    for bad in ["00", "06", "5", "005", "80"] {
        for version in Version::ALL {
            finds(
                &post(&creq(version).set("challengeWindowSize", bad).text()),
                "203",
                "challengeWindowSize",
            );
        }
    }
}

#[test]
fn every_element_is_required_and_has_its_form() {
    for version in Version::ALL {
        for name in ["threeDSServerTransID", "acsTransID", "messageVersion", "challengeWindowSize"]
        {
            finds(&post(&creq(version).without(name).text()), "201", name);
            finds(&post(&creq(version).set(name, "").text()), "201", name);
            finds(&post(&creq(version).json(name, "null").text()), "201", name);
            finds(&post(&creq(version).json(name, "5").text()), "203", name);
        }
        let both = creq(version).without("acsTransID").without("challengeWindowSize");
        finds(&post(&both.text()), "201", "acsTransID,challengeWindowSize");
        finds(&post(&creq(version).set("acsTransID", "ch_1").text()), "203", "acsTransID");
    }
}

#[test]
fn what_is_no_creq_is_101() {
    for body in ["creq=!!!", "creq=AAAA", "creq=e30x", "creq=%FF", "creq=W10"] {
        finds(body, "101", "Invalid Formatted Message");
    }
    finds(&post("{}"), "101", "Invalid Message Type");
    let erro = finds(
        &post(&creq(V220).set("messageType", "AReq").text()),
        "101",
        "Invalid Message for the receiving component",
    );
    assert!(erro.ids.acs.is_some());
    let erro = read(&post(&creq(V220).set("messageType", "Erro").text()));
    assert!(matches!(erro, Err(Refusal::WasErro)));
}

#[test]
fn versions_duplicates_and_extensions_are_checked_as_in_an_areq() {
    finds(&post(&creq(V220).set("messageVersion", "2.1.0").text()), "102", "2.2.0,2.3.1");
    let mut twice = creq(V220);
    twice.0.push(("challengeWindowSize".to_owned(), "01".into()));
    finds(&post(&twice.text()), "204", "challengeWindowSize");
    let critical = r#"[{"name":"n","id":"A000000004","criticalityIndicator":true,"data":{"a":1}}]"#;
    finds(&post(&creq(V220).json("messageExtension", critical).text()), "202", "A000000004");
    let harmless = critical.replace("true", "false");
    assert!(read(&post(&creq(V220).json("messageExtension", &harmless).text())).is_ok());
}

#[test]
fn what_the_app_or_a_requestor_adds_is_ignored() {
    let message = creq(V220)
        .set("dsTransID", "no id")
        .set("challengeCancel", "01")
        .json("sdkCounterStoA", "0")
        .set("challengeDataEntry", "123456");
    assert!(read(&post(&message.text())).is_ok());
    let fields = format!("a=b&{}&&x&=y&creqs=1", post(&creq(V220).text()));
    assert!(read(&fields).is_ok());
}

#[test]
fn a_post_has_one_creq() {
    let bad = |body: &str| ChallengePost::read(body.as_bytes()).err();
    for none in ["", "creq=", "creq", "threeDSSessionData=a", "CREQ=e30", "cres=e30"] {
        assert_eq!(bad(none), Some(BadPost::NoCreq), "{none}");
    }
    for twice in [
        "creq=e30&creq=e30",
        "creq=e30&cre%71=e30",
        "threeDSSessionData=&creq=e30&threeDSSessionData=",
    ] {
        assert_eq!(bad(twice), Some(BadPost::FieldTwice), "{twice}");
    }
}

#[test]
fn session_data_is_kept_to_the_byte() {
    let body = post(&creq(V220).text());
    let session =
        |field: &str| read(&format!("{body}&threeDSSessionData={field}")).unwrap().session_data;
    assert_eq!(session("abc-_"), Some("abc-_".to_owned()));
    assert_eq!(session("YWI%3D%3D%2B%2F"), Some("YWI==+/".to_owned()));
    assert_eq!(session("a+b%20c%0D%0A%26%3D"), Some("a b c\r\n&=".to_owned()));
    assert_eq!(session("%E5%89%B2%E7%AC%A6%00"), Some("割符\0".to_owned()));
    assert_eq!(session(""), None);
    let longest = "a".repeat(1024);
    assert_eq!(session(&longest), Some(longest.clone()));
    finds(&format!("{body}&threeDSSessionData={longest}a"), "203", "threeDSSessionData");
    finds(
        &format!("{body}&threeDSSessionData={}", "%E5%89%B2".repeat(342)),
        "203",
        "threeDSSessionData",
    );
    finds(&format!("{body}&threeDSSessionData=%FF"), "203", "threeDSSessionData");
}

#[test]
fn a_creq_belongs_to_the_transaction_whose_ids_and_version_it_has() {
    let other = "00000000-0000-4000-8000-000000000000";
    let of = transaction(V220);
    let found = |message: &Message| match read(&post(&message.text())).unwrap().is_of(&of) {
        Ok(()) => None,
        Err(erro) => Some((erro.code.as_str(), erro.detail, erro.ids == of.ids(), erro.version)),
    };
    assert_eq!(found(&creq(V220)), None);
    let upper = creq(V220).set("acsTransID", "D7C1EE99-9478-44A6-B1F2-391E29C6B340");
    assert_eq!(found(&upper), None);
    for (message, code, detail) in [
        (creq(V231), "203", "messageVersion"),
        (creq(V220).set("threeDSServerTransID", other), "301", "threeDSServerTransID"),
        (creq(V220).set("acsTransID", other), "301", "acsTransID"),
    ] {
        assert_eq!(found(&message), Some((code, detail.to_owned(), true, V220)));
    }
}

#[test]
fn a_late_creq_is_402() {
    let erro = CReq::is_late(&transaction(V231));
    assert_eq!(
        (erro.code.as_str(), erro.about, erro.version),
        ("402", Some(MessageType::CReq), V231)
    );
    assert_eq!(erro.ids, transaction(V231).ids());
}

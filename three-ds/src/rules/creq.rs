//! CReqs, and the form that they come in.

use base64ct::{Base64, Base64Unpadded, Base64Url, Base64UrlUnpadded, Encoding as _};

use super::{refused, repeated};
use crate::{
    creq::{BadPost, CReq, ChallengePost},
    erro::{ErrorCode, Refusal},
    fixtures::transaction,
    version::Version::{self, V220, V231},
};

const SERVER: &str = "8a880dc0-d2d2-4067-bcb1-b08d1690b26e";
const ACS: &str = "d7c1ee99-9478-44a6-b1f2-391e29c6b340";

fn json(version: Version) -> String {
    let version = version.as_str();
    format!(
        r#"{{"threeDSServerTransID":"{SERVER}","acsTransID":"{ACS}","messageType":"CReq","messageVersion":"{version}","challengeWindowSize":"02"}}"#
    )
}

fn read(body: &str) -> Result<CReq, Refusal> {
    ChallengePost::read(body.as_bytes()).unwrap().creq()
}

fn posted(json: &str) -> Result<CReq, Refusal> {
    read(&format!("creq={}", Base64UrlUnpadded::encode_string(json.as_bytes())))
}

fn answer(json: &str) -> String {
    match posted(json) {
        Ok(_) => "form".to_owned(),
        Err(refusal) => refused(&refusal),
    }
}

/// What is replaced in a valid CReq, by what, and the answer.
const CASES: &[(&str, &str, &str)] = &[
    ("\"02\"", "\"01\"", "form"),
    ("\"02\"", "\"05\"", "form"),
    ("\"02\"", "\"00\"", "203 challengeWindowSize"),
    ("\"02\"", "\"06\"", "203 challengeWindowSize"),
    ("\"02\"", "\"2\"", "203 challengeWindowSize"),
    ("\"02\"", "2", "203 challengeWindowSize"),
    ("\"02\"", "\"\"", "201 challengeWindowSize"),
    ("\"02\"", "null", "201 challengeWindowSize"),
    (",\"challengeWindowSize\":\"02\"", "", "201 challengeWindowSize"),
    ("\"02\"", "\"02\",\"challengeWindowSize\":\"02\"", "204 challengeWindowSize"),
    ("\"acsTransID\":", "\"other\":", "201 acsTransID"),
    ("\"threeDSServerTransID\":", "\"other\":", "201 threeDSServerTransID"),
    (ACS, "", "201 acsTransID"),
    (ACS, "d7c1ee9994784-4a6-b1f2-391e29c6b340", "203 acsTransID"),
    (SERVER, "x", "203 threeDSServerTransID"),
    ("CReq", "CRes", "101"),
    ("CReq", "AReq", "101"),
    ("CReq", "creq", "101"),
    ("CReq", "Erro", "no answer"),
    ("\"messageVersion\":", "\"other\":", "201 messageVersion"),
    ("\"02\"", "\"02\",\"dsTransID\":\"x\"", "form"),
    ("\"02\"", "\"02\",\"sdkTransID\":7,\"challengeDataEntry\":\"1\"", "form"),
    ("\"02\"", "\"02\",\"messageExtension\":[]", "form"),
    ("\"02\"", "\"06\",\"threeDSRequestorAppURL\":null", "203 challengeWindowSize"),
    (
        "\"02\"",
        "\"02\",\"messageExtension\":[{\"name\":\"n\",\"id\":\"i\",\"criticalityIndicator\":true,\"data\":{}}]",
        "202 i",
    ),
    ("{\"", " {\r\n\t \"", "form"),
    ("\"}", "\"}\n \n", "form"),
    ("\"}", "\"", "101"),
    ("{\"", "[{\"", "101"),
];

#[test]
fn elements() {
    for version in Version::ALL {
        for (from, to, expected) in CASES {
            let valid = json(version);
            let changed = valid.replacen(from, to, 1);
            assert_ne!(changed, valid, "{from}");
            assert_eq!(answer(&changed), *expected, "{version:?} {from} {to}");
        }
    }
    assert_eq!(answer(&json(V220).replace("2.2.0", "2.1.0")), "102 2.2.0,2.3.1");
}

#[test]
fn alphabets_padding_and_white_space() {
    for white in ["", " ", "  ", "\n\n\n"] {
        for text in ["?>~", "割符", ""] {
            let json = json(V231).replace("\"02\"", &format!("\"02\",\"x\":\"{text}\"")) + white;
            let json = json.as_bytes();
            let percent =
                |text: String| text.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
            let standard = Base64::encode_string(json);
            let lines: Vec<_> = standard
                .as_bytes()
                .chunks(76)
                .map(|line| std::str::from_utf8(line).unwrap())
                .collect();
            for field in [
                Base64UrlUnpadded::encode_string(json),
                Base64Url::encode_string(json),
                Base64Unpadded::encode_string(json),
                standard.clone(),
                percent(standard.clone()),
                format!("{}==", Base64UrlUnpadded::encode_string(json)),
                percent(lines.join("\r\n")).replace("\r\n", "%0D%0A"),
                format!("+{}+", percent(standard.clone())),
                format!("%20{}%0A", percent(standard)),
            ] {
                assert!(read(&format!("creq={field}")).is_ok(), "{field}");
            }
        }
    }
    for field in ["%00", "A", "====", "%ff", "eyJ9", "{}", "e30", "%E5%89%B2", "a%zz"] {
        let Err(Refusal::Erro(erro)) = read(&format!("creq={field}")) else { panic!("{field}") };
        assert_eq!(erro.code, ErrorCode::MessageInvalid, "{field}");
    }
}

#[test]
fn the_form() {
    let creq = Base64UrlUnpadded::encode_string(json(V220).as_bytes());
    for (body, expected) in [
        ("", Some(BadPost::NoCreq)),
        ("&&&", Some(BadPost::NoCreq)),
        ("creq", Some(BadPost::NoCreq)),
        ("creq=", Some(BadPost::NoCreq)),
        ("CReq=x", Some(BadPost::NoCreq)),
        ("threeDSSessionData=x", Some(BadPost::NoCreq)),
        ("creq=x&creq=x", Some(BadPost::FieldTwice)),
        ("creq=x&%63req=x", Some(BadPost::FieldTwice)),
        ("creq=x&threeDSSessionData=a&threeDSSessionData=a", Some(BadPost::FieldTwice)),
        ("creq=x&other=a&other=b&=&%", None),
    ] {
        assert_eq!(ChallengePost::read(body.as_bytes()).err(), expected, "{body}");
    }
    assert!(read(&format!("a=b&%63%72eq={creq}&c")).is_ok());
}

/// What is posted as session data, and what goes back; `Err` is refused.
#[test]
fn session_data_comes_back_to_the_byte() {
    let creq = Base64UrlUnpadded::encode_string(json(V220).as_bytes());
    let cases: &[(&str, Result<Option<&str>, ()>)] = &[
        ("abc", Ok(Some("abc"))),
        ("abc%3D%3D", Ok(Some("abc=="))),
        ("abc==", Ok(Some("abc=="))),
        ("a%2Bb%2Fc", Ok(Some("a+b/c"))),
        ("a+b", Ok(Some("a b"))),
        ("%20a%20", Ok(Some(" a "))),
        ("%3Cb%3E%22%26", Ok(Some("<b>\"&"))),
        ("%E5%89%B2%E7%AC%A6", Ok(Some("割符"))),
        ("%00", Ok(Some("\0"))),
        ("%ff", Err(())),
        ("%E5%89", Err(())),
        ("«x*1025»", Err(())),
        ("«%E5%89%B2*342»", Err(())),
    ];
    for (posted, expected) in cases {
        let body = repeated(&format!("threeDSSessionData={posted}&creq={creq}"));
        match (read(&body), expected) {
            (Ok(creq), Ok(expected)) => assert_eq!(creq.session_data.as_deref(), *expected),
            (Err(refusal), Err(())) => assert_eq!(refused(&refusal), "203 threeDSSessionData"),
            (other, _) => panic!("{posted}: {other:?}"),
        }
    }
    for longest in ["x".repeat(1024), "割".repeat(341) + "x"] {
        let encoded: String = longest.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let read = read(&format!("creq={creq}&threeDSSessionData={encoded}")).unwrap();
        assert_eq!(read.session_data.as_deref(), Some(longest.as_str()));
    }
    let broken = ChallengePost::read(b"creq=x&threeDSSessionData=abc").unwrap();
    assert!(broken.creq().is_err() && broken.session_data() == Some("abc"));
}

#[test]
fn of_which_transaction() {
    let other = "00000000-9478-44a6-b1f2-391e29c6b340";
    for (from, to, expected) in [
        ("02", "03", None),
        (ACS, "D7C1EE99-9478-44A6-B1F2-391E29C6B340", None),
        ("2.2.0", "2.3.1", Some("203 messageVersion")),
        (ACS, other, Some("301 acsTransID")),
        (SERVER, other, Some("301 threeDSServerTransID")),
    ] {
        let creq = posted(&json(V220).replacen(from, to, 1)).unwrap();
        let said = creq.is_of(&transaction(V220)).err().map(|erro| refused(&Refusal::Erro(erro)));
        assert_eq!(said.as_deref(), expected, "{to}");
    }
}

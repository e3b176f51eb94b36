use super::*;
use crate::provider::tests::{header, message};

/// The account of AWS's suite (aws-c-auth, tests/aws-signing-test-suite/v4).
fn aws() -> Aws {
    Aws {
        region: "us-east-1".to_owned(),
        key_id: "AKIDEXAMPLE".to_owned(),
        secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned(),
        session_token: None,
    }
}

/// The session token of the suite's `post-sts-header-before`.
const STS: &str = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";

#[test]
fn signs_as_the_suite_does() {
    for (headers, body, names, signature) in [
        (
            "host:example.amazonaws.com\nx-amz-date:20150830T123600Z\n",
            "",
            "host;x-amz-date",
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
        ),
        (
            "content-length:13\n\
             content-type:application/x-www-form-urlencoded\n\
             host:example.amazonaws.com\n\
             x-amz-content-sha256:9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e\n\
             x-amz-date:20150830T123600Z\n",
            "Param1=value1",
            "content-length;content-type;host;x-amz-content-sha256;x-amz-date",
            "d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b",
        ),
        (
            &format!(
                "host:example.amazonaws.com\nx-amz-date:20150830T123600Z\nx-amz-security-token:{STS}\n"
            ),
            "",
            "host;x-amz-date;x-amz-security-token",
            "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead",
        ),
    ] {
        assert_eq!(
            aws().authorization("service", "/", headers, names, body, "20150830T123600Z"),
            format!(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
                 SignedHeaders={names}, Signature={signature}"
            )
        );
    }
}

#[test]
fn a_call_is_signed_with_its_host_its_port_and_the_time() {
    let now = Timestamp::parse_rfc3339("2015-08-30T12:36:00Z").unwrap();
    let signed = |origin: &str, path: &str| {
        let mut call = Call::form(format!("{origin}{path}"), &[("Message", &message().text)]);
        aws().sign("sns", (origin, path), &mut call, now);
        call
    };
    let there = signed("https://sns.us-east-1.amazonaws.com", "/");
    assert_eq!(header(&there, "x-amz-date"), "20150830T123600Z");
    let here = header(&there, "authorization");
    assert!(here.contains("SignedHeaders=content-type;host;x-amz-date,"), "{here}");
    let local = signed("http://127.0.0.1:1234", "/");
    for (origin, path) in [
        ("https://sns.us-east-1.amazonaws.com", "/otp"),
        ("http://127.0.0.1:12345", "/"),
        ("http://127.0.0.1", "/"),
    ] {
        let other = signed(origin, path);
        assert_ne!(header(&other, "authorization"), here);
        assert_ne!(header(&other, "authorization"), header(&local, "authorization"));
    }
}

#[test]
fn a_session_token_is_sent_and_signed() {
    let now = Timestamp::parse_rfc3339("2015-08-30T12:36:00Z").unwrap();
    let signed = |session_token: Option<&str>| {
        let mut call = Call::form("https://sns.us-east-1.amazonaws.com/".to_owned(), &[("a", "b")]);
        let account = Aws { session_token: session_token.map(str::to_owned), ..aws() };
        account.sign("sns", ("https://sns.us-east-1.amazonaws.com", "/"), &mut call, now);
        call
    };
    let with = signed(Some("AQoDYXdzEPT//example=="));
    assert_eq!(header(&with, "x-amz-security-token"), "AQoDYXdzEPT//example==");
    let names = "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token,";
    assert!(header(&with, "authorization").contains(names), "{}", header(&with, "authorization"));
    let other = signed(Some("another"));
    assert_ne!(header(&with, "authorization"), header(&other, "authorization"));
    let without = signed(None);
    assert!(without.headers.iter().all(|(name, _)| *name != "x-amz-security-token"));
}

#[test]
fn a_service_has_its_domain_in_every_region() {
    for (region, origin) in [
        ("ap-northeast-1", "https://sns.ap-northeast-1.amazonaws.com"),
        ("cn-north-1", "https://sns.cn-north-1.amazonaws.com.cn"),
    ] {
        assert_eq!(Aws { region: region.to_owned(), ..aws() }.origin("sns"), origin);
    }
}

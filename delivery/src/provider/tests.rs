use warifu_core::{
    contact::{Destination, EmailAddress, PhoneNumber},
    locale::Locale,
};

use super::*;
use crate::{message::About, providers::cloudflare_email::CloudflareEmail};

/// A header of a call.
pub(crate) fn header<'a>(call: &'a Call, name: &str) -> &'a str {
    let given = call.headers.iter().filter(|(given, _)| *given == name).collect::<Vec<_>>();
    match given[..] {
        [(_, value)] => value,
        _ => panic!("{} headers {name}", given.len()),
    }
}

/// A message that holds every character that could end a field.
pub(crate) fn message() -> Message {
    Message {
        id: "msg_1".to_owned(),
        to: Destination::Sms(PhoneNumber::parse("+819012341234").unwrap()),
        subject: None,
        text: "1&2=3+4 5%\"\\\n</Code>".to_owned(),
        sender: "わりふ".to_owned(),
        locale: Locale::Ja,
        about: About::Notification,
    }
}

/// A provider that takes each 4xx for a bad destination.
struct Strict;

impl Provider for Strict {
    fn call(&self, _message: &Message, _now: Timestamp) -> Call {
        Call::form("https://provider.example/".to_owned(), &[("To", "+81")])
    }

    fn refuses_destination(&self, _answer: &Answer) -> bool {
        true
    }
}

#[test]
fn an_answer_is_a_refusal_only_where_it_is_sure_that_nothing_is_sent() {
    for (status, verdict) in [
        (200, Verdict::Accepted),
        (202, Verdict::Accepted),
        (302, Verdict::Refused("redirected")),
        (400, Verdict::BadDestination),
        (422, Verdict::BadDestination),
        (429, Verdict::Refused("too many requests")),
        (500, Verdict::Unknown("provider's fault")),
        (502, Verdict::Unknown("provider's fault")),
        (503, Verdict::Unknown("provider's fault")),
        (504, Verdict::Unknown("provider's fault")),
    ] {
        let answer = Answer { status, text: String::new(), retry_after: None };
        assert_eq!(Verdict::of(&Strict, &answer), verdict, "{status}");
    }
}

#[test]
fn without_an_answer_the_result_is_unknown_unless_nothing_was_asked() {
    for (error, verdict) in [
        ("TimeoutError", Verdict::Unknown("timed out")),
        ("Error", Verdict::Unknown("connection failed")),
        ("", Verdict::Unknown("connection failed")),
        (NOT_ASKED, Verdict::Refused("not asked")),
    ] {
        assert_eq!(Verdict::of_error(error), verdict, "{error}");
        let mailed = CloudflareEmail::verdict(Err(error.to_owned()));
        assert_eq!(mailed, verdict, "{error}");
    }
    for (code, verdict) in [
        ("E_RECIPIENT_SUPPRESSED", Verdict::BadDestination),
        ("E_RATE_LIMIT_EXCEEDED", Verdict::Refused("request refused")),
        ("E_DELIVERY_FAILED", Verdict::Unknown("provider's fault")),
        ("E_INTERNAL_SERVER_ERROR", Verdict::Unknown("provider's fault")),
    ] {
        assert_eq!(CloudflareEmail::verdict(Err(code.to_owned())), verdict, "{code}");
    }
}

#[test]
fn a_quoted_address_that_one_provider_calls_bad_goes_to_the_next() {
    let mail = |text| Destination::Email(EmailAddress::parse(text).unwrap());
    let refused = Verdict::Refused("request refused");
    assert_eq!(Verdict::BadDestination.about(&mail("taro..k@docomo.ne.jp")), refused);
    for to in [mail("taro.k@docomo.ne.jp"), message().to] {
        assert_eq!(Verdict::BadDestination.about(&to), Verdict::BadDestination);
    }
    assert_eq!(Verdict::Accepted.about(&mail("taro..k@docomo.ne.jp")), Verdict::Accepted);
}

#[test]
fn a_field_cannot_end_itself() {
    let text = message().text;
    let call = Call::form(String::new(), &[("Body", text.as_str()), ("To", "+81")]);
    assert_eq!(call.body, "Body=1%262%3D3%2B4+5%25%22%5C%0A%3C%2FCode%3E&To=%2B81");
    let body = Json::object([("text", text.as_str().into()), ("$", 1.into())]);
    let call = Call::json(String::new(), &body);
    assert_eq!(call.body, r#"{"text":"1&2=3+4 5%\"\\\n</Code>","$":1}"#);
}

#[test]
fn credentials_are_written_as_the_standards_say() {
    // RFC 7617 §2.
    let mut call = Call::form(String::new(), &[("To", "+81")]);
    call.basic("Aladdin", "open sesame");
    assert_eq!(header(&call, "authorization"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    let mut call = Call::form(String::new(), &[("To", "+81")]);
    call.bearer("SG.1");
    assert_eq!(header(&call, "authorization"), "Bearer SG.1");
}

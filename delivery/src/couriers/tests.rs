use warifu_core::contact::SendChannel;

use super::{Couriers, EMAIL_COURIER, MOST_SECONDS, Named, SMS_COURIER};
use crate::{bound_line::BoundSites, fixtures::with, provider_name::ProviderName};

/// That of SendGrid's own library's tests.
const EVENT_KEY: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==";

/// Every provider's account.
const ACCOUNTS: [(&str, &str); 18] = [
    ("AWS_REGION", "ap-northeast-1"),
    ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
    ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
    ("SES_CONFIGURATION_SET", "warifu"),
    ("SES_TOPIC_ARN", "arn:aws:sns:ap-northeast-1:123456789012:warifu-mail"),
    ("SNS_SENDER_ID", "WARIFU"),
    ("SENDGRID_API_KEY", "SG.1"),
    ("SENDGRID_EVENT_KEY", EVENT_KEY),
    ("RESEND_API_KEY", "re_1"),
    ("TWILIO_ACCOUNT_SID", "AC0123456789abcdef0123456789abcdef"),
    ("TWILIO_AUTH_TOKEN", "fedcba9876543210"),
    ("TWILIO_FROM", "+15005550006"),
    ("VONAGE_API_KEY", "abcd1234"),
    ("VONAGE_API_SECRET", "Zm9v"),
    ("VONAGE_FROM", "WARIFU"),
    ("COURIER_WEBHOOK_URL", "https://gateway.example/otp"),
    ("COURIER_WEBHOOK_SECRETS", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
    ("PROVIDER_TIMEOUT_SECONDS", "6"),
];

const LISTS: [(&str, &str); 2] = [
    ("EMAIL_COURIER", "webhook,ses, sendgrid,resend"),
    ("SMS_COURIER", "twilio,vonage,sns,webhook"),
];

/// One mail account that needs no settings of its own.
const USUAL: [(&str, &str); 3] =
    [("EMAIL_COURIER", "cloudflare"), ("MAIL_FROM", "otp@mail.example"), ("SMS_COURIER", "none")];

fn read(texts: &[(&str, &str)], is_development: bool) -> Result<Couriers, String> {
    let both = texts.contains(&("SMS_TO_EMAIL", "on"));
    let texts = [&USUAL[..], texts].concat();
    with(&texts, is_development, |settings| Couriers::read(settings, both))
}

/// The couriers of both lists, or why they are refused.
fn changed(changes: &[(&str, &str)], is_development: bool) -> Result<Couriers, String> {
    read(&[&LISTS[..], &ACCOUNTS, changes].concat(), is_development)
}

fn why(changes: &[(&str, &str)]) -> String {
    changed(changes, false).err().unwrap_or_default()
}

fn why_in_development(changes: &[(&str, &str)]) -> String {
    changed(changes, true).err().unwrap_or_default()
}

#[test]
fn lists_are_read_in_their_order() {
    let couriers = changed(&[], false).unwrap();
    let names =
        |list: &[Named]| list.iter().map(|named| named.name.as_str()).collect::<Vec<_>>().join(" ");
    assert_eq!(names(&couriers.email), "webhook ses sendgrid resend");
    assert_eq!(names(&couriers.sms), "twilio vonage sns webhook");
    assert_eq!(couriers.milliseconds, 6000);
    let couriers = read(&[], false).unwrap();
    assert_eq!(names(&couriers.email), "cloudflare");
    assert_eq!(names(&couriers.sms), "");
    assert_eq!(couriers.milliseconds, 3000);
}

#[test]
fn what_a_list_names_has_to_be_set_up() {
    assert_eq!(why(&[]), "");
    for name in [
        "MAIL_FROM",
        "AWS_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "SENDGRID_API_KEY",
        "RESEND_API_KEY",
        "TWILIO_ACCOUNT_SID",
        "TWILIO_AUTH_TOKEN",
        "TWILIO_FROM",
        "VONAGE_API_KEY",
        "VONAGE_API_SECRET",
        "VONAGE_FROM",
        "COURIER_WEBHOOK_URL",
        "COURIER_WEBHOOK_SECRETS",
    ] {
        assert_eq!(why(&[(name, "")]), format!("{name} must be set"));
    }
    let optional =
        ["SES_CONFIGURATION_SET", "SES_TOPIC_ARN", "SNS_SENDER_ID", "SENDGRID_EVENT_KEY"];
    for optional in optional {
        assert_eq!(why(&[(optional, "")]), "");
    }
}

#[test]
fn they_alone_tell_of_deliveries_who_carry_and_are_set_up_for_it() {
    let sources = |changes: &[(&str, &str)]| {
        let receipt_sources = changed(changes, false).unwrap().receipt_sources;
        let known = |name: &&str| {
            ProviderName::parse(name).is_some_and(|name| receipt_sources.of(name).is_some())
        };
        let all = ["twilio", "ses", "sendgrid", "resend", "vonage", "sns", "webhook", ""];
        all.into_iter().filter(known).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(sources(&[]), "twilio ses sendgrid");
    assert_eq!(sources(&[("SMS_COURIER", "vonage")]), "ses sendgrid");
    assert_eq!(sources(&[("EMAIL_COURIER", "ses")]), "twilio ses");
    assert_eq!(sources(&[("EMAIL_COURIER", "cloudflare")]), "twilio");
    assert_eq!(sources(&[("SES_TOPIC_ARN", "")]), "twilio sendgrid");
    assert_eq!(sources(&[("SENDGRID_EVENT_KEY", "")]), "twilio ses");
}

#[test]
fn a_channel_has_receipts_where_one_of_its_couriers_tells() {
    let channels = |changes: &[(&str, &str)]| {
        let couriers = changed(changes, false).unwrap();
        [SendChannel::Email, SendChannel::Sms].map(|channel| couriers.send_receipts(channel))
    };
    assert_eq!(channels(&[]), [true, true]);
    assert_eq!(channels(&[("SMS_COURIER", "vonage,sns")]), [true, false]);
    assert_eq!(channels(&[("EMAIL_COURIER", "cloudflare,resend")]), [false, true]);
    assert_eq!(channels(&[("SES_TOPIC_ARN", ""), ("SENDGRID_EVENT_KEY", "")]), [false, true]);
    assert_eq!(channels(&[("EMAIL_COURIER", "none"), ("SMS_COURIER", "none")]), [false, false]);
}

#[test]
fn what_no_list_names_is_not_looked_at() {
    let lists = [("EMAIL_COURIER", "none"), ("SMS_COURIER", "none")];
    for text in ["", "\n"] {
        let settings = ACCOUNTS.map(|(name, _)| (name, text));
        let (_, accounts) = settings.split_last().unwrap();
        assert_eq!(why(&[accounts, &lists, &[("MAIL_FROM", text)]].concat()), "");
    }
}

#[test]
fn what_does_not_fit_is_named() {
    let long = "a".repeat(65);
    for (name, values) in [
        ("EMAIL_COURIER", &["smtp", "ses,", ",ses", "ses,ses", "twilio", "none,ses", "outbox"][..]),
        ("EMAIL_COURIER", &["cloudflare,ses,sendgrid,resend,webhook"]),
        ("SMS_COURIER", &["cloudflare", "twilio twilio", "twilio,none", "outbox", "twilio,outbox"]),
        (
            "MAIL_FROM",
            &[
                "otp",
                "わりふ@mail.example",
                "otp@mail.example\n",
                "a <otp@mail.example>",
                "otp..a@mail.example",
            ],
        ),
        (
            "AWS_REGION",
            &["tokyo1", "ap-northeast", "ap-northeast-1.evil.example", "AP-NORTHEAST-1"],
        ),
        ("AWS_ACCESS_KEY_ID", &["AKIDEXAMPLE/", "AKID EXAMPLE"]),
        ("AWS_SECRET_ACCESS_KEY", &["a b", "a\n"]),
        ("SES_CONFIGURATION_SET", &["a b", &long]),
        ("SES_TOPIC_ARN", &["warifu-mail", "arn:aws:sns:tokyo:123456789012:a", "a:b:c:d:e:f"]),
        ("SENDGRID_EVENT_KEY", &["AAAA", "?", &EVENT_KEY[4..]]),
        ("SNS_SENDER_ID", &["WA", "12345", "WARIFUWARIFU", "WARI-FU"]),
        ("SENDGRID_API_KEY", &["SG.1\r\nx: y", "é"]),
        ("RESEND_API_KEY", &["re 1"]),
        ("TWILIO_ACCOUNT_SID", &["AC0", "SK0123456789abcdef0123456789abcdef", "AC/../"]),
        ("TWILIO_AUTH_TOKEN", &["a b"]),
        ("TWILIO_FROM", &["+1", "+81 90", "WARIFUWARIFU", "MG0123456789"]),
        ("VONAGE_API_KEY", &["a:b"]),
        ("VONAGE_API_SECRET", &["a b"]),
        ("VONAGE_FROM", &["+819012341234", "WARIFUWARIFUWARIFU"]),
        (
            "COURIER_WEBHOOK_URL",
            &["http://gateway.example/", "http://localhost/", "https://a:b@gateway.example/", "x"],
        ),
        (
            "COURIER_WEBHOOK_SECRETS",
            &["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_AAAA", "whsec_?", &long],
        ),
        ("PROVIDER_TIMEOUT_SECONDS", &["", "0", "11", "3.5", "-1", "x", "7"]),
        ("PROVIDER_ORIGINS", &["ses=http://127.0.0.1:1"]),
    ] {
        for value in values {
            let why = why(&[(name, value)]);
            assert!(why.starts_with(&format!("{name} must ")), "{name}={value}: {why}");
        }
    }
}

#[test]
fn a_time_out_is_bounded_by_the_longer_list() {
    let two = [("EMAIL_COURIER", "ses,sendgrid"), ("SMS_COURIER", "twilio")];
    assert_eq!(why(&[&two[..], &[("PROVIDER_TIMEOUT_SECONDS", "10")]].concat()), "");
    let three = ("SMS_COURIER", "twilio,sns,vonage");
    for (seconds, fits) in [("8", true), ("9", false)] {
        let refused = why(&[two[0], three, ("PROVIDER_TIMEOUT_SECONDS", seconds)]);
        assert_eq!(refused.is_empty(), fits, "{seconds}: {refused}");
    }
    let both = ("SMS_TO_EMAIL", "on");
    for (seconds, fits) in [("4", true), ("5", false)] {
        let refused = why(&[two[0], three, both, ("PROVIDER_TIMEOUT_SECONDS", seconds)]);
        assert_eq!(refused.is_empty(), fits, "{seconds}, both lists: {refused}");
    }
}

#[test]
fn the_documents_say_how_long_a_list_may_take() {
    for (document, said) in [
        (include_str!("../../../docs/issuer/settings.md"), format!("at most {MOST_SECONDS} |")),
        (include_str!("../../../docs/walkthroughs.md"), format!("a list {MOST_SECONDS} seconds")),
    ] {
        let line = document.lines().find(|line| line.contains("`PROVIDER_TIMEOUT_SECONDS`"));
        assert!(line.is_some_and(|line| line.contains(&said)), "{said}");
    }
}

#[test]
fn servers_of_this_machine_stand_for_providers_in_development_alone() {
    let origins =
        "ses=http://127.0.0.1:1, twilio=http://127.0.0.1:2, amazon-sns=http://127.0.0.1:3";
    assert_eq!(why_in_development(&[("PROVIDER_ORIGINS", origins)]), "");
    for bad in [
        "ses",
        "ses=",
        "ses=http://127.0.0.1:1/x",
        "ses=http://127.0.0.1:1@x:1",
        "ses=https://x",
        "smtp=http://127.0.0.1:1",
        "x,y",
    ] {
        let why = why_in_development(&[("PROVIDER_ORIGINS", bad)]);
        assert!(why.starts_with("PROVIDER_ORIGINS must "), "{bad}: {why}");
    }
    for list in ["EMAIL_COURIER", "SMS_COURIER"] {
        assert_eq!(why_in_development(&[(list, "outbox")]), "");
        assert!(why_in_development(&[(list, "outbox,webhook")]).starts_with(list));
    }
    assert_eq!(why_in_development(&[("COURIER_WEBHOOK_URL", "http://localhost:1/otp")]), "");
}

#[test]
fn a_line_that_binds_a_code_is_one_of_three() {
    let read = |text| with(&[("SMS_BOUND_LINE", text)], false, BoundSites::read);
    assert!(matches!(read("merchant"), Ok(BoundSites::Merchant)));
    assert!(matches!(read("merchant-and-frame"), Ok(BoundSites::MerchantAndFrame)));
    for none in ["none", ""] {
        assert!(matches!(read(none), Ok(BoundSites::None)));
    }
    let must = "SMS_BOUND_LINE must be none, merchant or merchant-and-frame";
    assert_eq!(read("shop.example").err().as_deref(), Some(must));
}

/// The refusal of a list that cannot be used names what can stand in one.
#[test]
fn the_sentence_of_a_list_names_every_provider_of_its_channel() {
    for (setting, channel) in [(EMAIL_COURIER, SendChannel::Email), (SMS_COURIER, SendChannel::Sms)]
    {
        let must = setting.refused().must;
        let (_, named) = must.split_once("at most 4 of ").unwrap();
        let (named, _) = named.split_once(", each once").unwrap();
        let carries = |name: &ProviderName| name.carries(channel) && *name != ProviderName::Outbox;
        let carriers = ProviderName::ALL.into_iter().filter(carries).map(ProviderName::as_str);
        assert_eq!(named.split(", ").collect::<Vec<_>>(), carriers.collect::<Vec<_>>());
    }
}

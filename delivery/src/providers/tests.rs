use serde_json::{Value, json};
use warifu_core::{
    contact::{Destination, EmailAddress, SendChannel},
    time::Timestamp,
};

use super::{
    cloudflare_email::CloudflareEmail, resend::Resend, sendgrid::SendGrid, ses::Ses,
    webhook::Webhook,
};
use crate::{
    fixtures::with,
    message::Message,
    provider::{Provider, tests::message},
    provider_name::ProviderName,
};

const ACCOUNTS: [(&str, &str); 7] = [
    ("MAIL_FROM", "otp@mail.example"),
    ("AWS_REGION", "ap-northeast-1"),
    ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
    ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
    ("SENDGRID_API_KEY", "SG.1"),
    ("COURIER_WEBHOOK_URL", "https://gateway.example/"),
    ("COURIER_WEBHOOK_SECRETS", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
];

/// What each provider of e-mail is posted, and where in it the recipient stands.
fn posted(mail: &Message) -> [(&'static str, Value, &'static str); 5] {
    let texts = [&ACCOUNTS[..], &[("RESEND_API_KEY", "re_1")]].concat();
    with(&texts, false, |settings| {
        let body = |provider: &dyn Provider| {
            serde_json::from_str(&provider.call(mail, Timestamp::from_millis(0)).body).unwrap()
        };
        let cloudflare = CloudflareEmail::read(settings).mail(mail);
        [
            ("cloudflare", serde_json::from_str(&cloudflare).unwrap(), "/to"),
            ("ses", body(&Ses::read(settings)), "/Destination/ToAddresses/0"),
            ("sendgrid", body(&SendGrid::read(settings)), "/personalizations/0/to/0/email"),
            ("resend", body(&Resend::read(settings)), "/to"),
            ("webhook", body(&Webhook::read(settings)), "/data/to"),
        ]
    })
    .unwrap()
}

fn mail(to: &str) -> Message {
    let to = Destination::Email(EmailAddress::parse(to).unwrap());
    Message { to, subject: Some("subject".to_owned()), ..message() }
}

#[test]
fn every_provider_of_mail_is_looked_at() {
    let carries =
        |name: &ProviderName| name.carries(SendChannel::Email) && *name != ProviderName::Outbox;
    let carriers = ProviderName::ALL.into_iter().filter(carries).map(ProviderName::as_str);
    let looked_at = posted(&mail("taro@mail.jp")).map(|(name, ..)| name);
    assert_eq!(carriers.collect::<Vec<_>>(), looked_at);
}

/// `docs/issuer/providers.md` says why, with the providers' own words.
#[test]
fn every_provider_gets_the_quotes_that_an_address_needs_and_no_others() {
    for (to, written) in [
        ("sample..name@docomo.ne.jp", r#""sample..name"@docomo.ne.jp"#),
        (r#""sample.name"@docomo.ne.jp"#, "sample.name@docomo.ne.jp"),
    ] {
        for (name, body, place) in posted(&mail(to)) {
            assert_eq!(body.pointer(place), Some(&json!(written)), "{name}: {body}");
        }
    }
}

/// Cloudflare refuses a header that its list does not allow; it allows this one with this value:
/// <https://developers.cloudflare.com/email-service/reference/headers/>.
#[test]
fn every_mail_says_that_no_person_wrote_it() {
    for (name, body, _) in posted(&mail("taro@mail.jp")) {
        let named = json!({ "Auto-Submitted": "auto-generated" });
        let (place, headers) = match name {
            "ses" => {
                let listed = json!([{ "Name": "Auto-Submitted", "Value": "auto-generated" }]);
                ("/Content/Simple/Headers", Some(listed))
            }
            // A gateway writes its headers itself.
            "webhook" => ("/data/headers", None),
            _ => ("/headers", Some(named)),
        };
        assert_eq!(body.pointer(place), headers.as_ref(), "{name}: {body}");
    }
}

use serde_json::{Value, json};
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::fixtures::problem_json;

const NUMBER: &str = "+819012341234";

fn read(body: &Value) -> Result<Registration, Problem> {
    registration(Fields::of_body(body.to_string().as_bytes())?, BoundBy::Issuer)
}

#[wasm_bindgen_test]
fn what_fits_is_taken() {
    let both = [Some("taro@mail.jp"), Some(NUMBER)];
    let old = [Some("\"taro..k\"@docomo.ne.jp"), None];
    for (body, [email, phone], message, channel) in [
        (json!({}), [None, None], None, None),
        (
            json!({ "email": null, "phone": null, "personal_message": null, "channel": null }),
            [None, None],
            None,
            None,
        ),
        (json!({ "email": "taro@mail.jp", "phone": NUMBER }), both, None, None),
        (
            json!({ "email": "taro@mail.jp", "channel": "email" }),
            [both[0], None],
            None,
            Some(SendChannel::Email),
        ),
        (
            json!({ "phone": NUMBER, "channel": "sms", "personal_message": " ハワイ大好き " }),
            [None, both[1]],
            Some("ハワイ大好き"),
            Some(SendChannel::Sms),
        ),
        (json!({ "email": "taro..k@docomo.ne.jp" }), old, None, None),
        (json!({ "email": "\"taro..k\"@docomo.ne.jp" }), old, None, None),
        // Which of two is chosen is for the rules.
        (
            json!({ "email": "taro@mail.jp", "phone": NUMBER, "channel": "sms" }),
            both,
            None,
            Some(SendChannel::Sms),
        ),
    ] {
        let taken = read(&body).unwrap_or_else(|_| panic!("{body} was refused"));
        for (channel, text) in [(SendChannel::Email, email), (SendChannel::Sms, phone)] {
            let to = taken.destination(channel);
            assert_eq!(to.as_ref().map(|to| to.reveal()), text, "{body}");
        }
        let personal = taken.personal_message.as_ref().map(PersonalMessage::as_str);
        assert_eq!(personal, message, "{body}");
        assert_eq!(taken.channel, channel, "{body}");
    }
}

#[wasm_bindgen_test]
async fn a_misfit_is_named_with_what_it_must_be() {
    let address = "be one e-mail address such as taro@mail.example";
    let long = "have at most 254 characters, and at most 64 before the @";
    let underscore = "have a domain without an underscore; no domain of mail has one";
    let e164 = "be an E.164 number such as +819012341234";
    let no_texts = |kind: &str| format!("be a mobile number; {kind} cannot receive text messages");
    let nobody = no_texts("numbers with a 0 after 060, 070 or 090 are nobody's and");
    let line = "be one line without control characters or direction overrides";
    let word = "be email or sms; an app is added by the cardholder on the enrollment pages";
    let given = "name a channel whose destination is given too";
    let unknown = "be left out; there is no such field";
    for (field, value, must) in [
        ("email", json!(""), address),
        ("email", json!("taro"), address),
        ("email", json!("Taro <taro@mail.jp>"), address),
        ("email", json!("taro@mail.jp\r\nBcc: a@mail.jp"), address),
        ("email", json!("taro..k,m@docomo.ne.jp"), address),
        (
            "email",
            json!("ｔａｒｏ@mail.jp"),
            "be in half-width characters such as taro@mail.example",
        ),
        ("email", json!("taro@mail_x.jp"), underscore),
        ("email", json!("taro@mail.jp."), "end without a dot"),
        ("email", json!("taro@例え.jp"), "be in ASCII, its domain in the xn-- form"),
        ("email", json!(format!("{}@mail.jp", "a".repeat(65))), long),
        ("email", json!(["taro@mail.jp"]), "be a string"),
        ("phone", json!(""), e164),
        ("phone", json!("09012341234"), e164),
        ("phone", json!("+81-90-1234-1234"), e164),
        ("phone", json!("＋819012341234"), "be in half-width characters such as +819012341234"),
        ("phone", json!("+8109012345678"), "have no 0 after +81: 090-1234-1234 is +819012341234"),
        ("phone", json!("+8190123412345"), "have 10 digits after +81"),
        ("phone", json!("+818001234567"), &no_texts("0120 and 0800 are toll-free and")),
        ("phone", json!("+819001234567"), &nobody),
        ("phone", json!("+815012341234"), &no_texts("050 is IP telephony and")),
        ("phone", json!("+812041234567"), &no_texts("0204 is for pagers and")),
        ("phone", json!("+812012341234"), &no_texts("020 is for machines and")),
        ("phone", json!("+81312345678"), &no_texts("fixed-line and service numbers of Japan")),
        ("phone", json!(819_012_341_234_u64), "be a string"),
        ("personal_message", json!(""), "not be empty"),
        ("personal_message", json!("\u{3000}"), "not be empty"),
        ("personal_message", json!("あ".repeat(41)), "have at most 40 characters"),
        ("personal_message", json!("a\nb"), line),
        (
            "personal_message",
            json!("ハワイ\u{3164}"),
            "have no character that shows nothing, such as U+3164",
        ),
        ("personal_message", json!("\u{202e}a"), line),
        ("personal_message", json!({}), "be a string"),
        ("channel", json!(""), word),
        ("channel", json!("Email"), word),
        ("channel", json!("app"), word),
        ("channel", json!("post"), word),
        ("channel", json!(true), "be a string"),
        ("channel", json!("email"), given),
        ("channel", json!("sms"), given),
        ("locale", json!("ja"), unknown),
        ("terms", json!(null), unknown),
        ("id", json!("taro"), unknown),
    ] {
        let body = json!({ field: value });
        let Err(problem) = read(&body) else { panic!("{body} was taken") };
        let json = problem_json(&problem).await;
        assert_eq!(json["code"], "invalid_request", "{body}");
        assert_eq!(json["field"], field, "{body}");
        assert_eq!(json["detail"], format!("{field} must {must}."), "{body}");
    }
}

#[wasm_bindgen_test]
async fn a_channel_needs_its_own_destination() {
    for body in [
        json!({ "phone": NUMBER, "channel": "email" }),
        json!({ "email": "taro@mail.jp", "channel": "sms" }),
    ] {
        let Err(problem) = read(&body) else { panic!("{body} was taken") };
        assert_eq!(problem_json(&problem).await["field"], "channel", "{body}");
    }
}

/// An answer and a log may be read by more people than a request.
#[wasm_bindgen_test]
async fn a_misfit_is_not_quoted() {
    for (field, value) in [
        ("email", "012345@"),
        ("phone", "0123456789"),
        ("personal_message", "012345\u{0}"),
        ("channel", "012345"),
    ] {
        let Err(problem) = read(&json!({ field: value })) else { panic!("{value} was taken") };
        assert!(!problem_json(&problem).await.to_string().contains("012345"), "{field}");
        assert_eq!(problem.cause(), None, "{field}");
    }
}

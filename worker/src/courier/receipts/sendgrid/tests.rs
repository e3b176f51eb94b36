use wasm_bindgen_test::wasm_bindgen_test;

use super::*;

// The vector of SendGrid's own library.
const PUBLISHED: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==";
const SIGNATURE: &str = "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=";
const AT: &str = "1600112502";
const BODY: &str = concat!(
    r#"[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address","#,
    r#""sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA","#,
    r#""sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0","#,
    r#""smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]"#,
    "\r\n",
);

fn events(key: &str) -> SendGridEvents {
    SendGridEvents { key: Base64::decode_vec(key).unwrap() }
}

#[wasm_bindgen_test]
async fn the_signature_is_the_published_one_and_of_these_very_bytes() {
    let events = events(PUBLISHED);
    assert!(events.signed(AT, BODY.as_bytes(), SIGNATURE).await);
    assert!(!events.signed("1600112503", BODY.as_bytes(), SIGNATURE).await);
    assert!(!events.signed(AT, BODY.trim_end().as_bytes(), SIGNATURE).await);
    assert!(!events.signed(AT, BODY.replace("dropped", "delivered").as_bytes(), SIGNATURE).await);
    for wrong in ["", "AAAA", &SIGNATURE.replace("MEUC", "MEQC"), &SIGNATURE.replace("GH", "GI")] {
        assert!(!events.signed(AT, BODY.as_bytes(), wrong).await, "{wrong}");
    }
}

#[wasm_bindgen_test]
async fn only_a_key_proves_itself() {
    assert!(events(PUBLISHED).prove().await.is_ok());
    for wrong in ["", "AAAA", &PUBLISHED.replace("83T4", "93T4")] {
        let why = events(wrong).prove().await.err().map(|ConfigError(why)| why);
        assert!(why.is_some_and(|why| why.starts_with("SENDGRID_EVENT_KEY must ")), "{wrong}");
    }
}

#[wasm_bindgen_test]
fn ten_minutes_either_side_are_now() {
    let now = Timestamp::from_millis(1_600_112_502_900);
    for (at, fits) in [
        ("1600112502", true),
        ("1600111902", true),
        ("1600113102", true),
        ("1600111901", false),
        ("1600113103", false),
        ("", false),
        ("1600112502.0", false),
        ("-1", false),
        ("99999999999999999999", false),
    ] {
        assert_eq!(is_now(at, now), fits, "{at}");
    }
}

#[wasm_bindgen_test]
fn only_news_of_our_messages_are_receipts() {
    let told = |event: &str| {
        let receipt = receipt(&Json::parse(event).unwrap())?;
        Some(format!("{} {}", receipt.number, receipt.delivery.as_str()))
    };
    let event = |word: &str, number: &str| {
        let challenge = "ch_Zm9vYmFyYmF6cXV4cXV1eA";
        format!(r#"{{"event":"{word}","challenge":"{challenge}","delivery":{number}}}"#)
    };
    for (word, state) in [
        ("processed", "sent"),
        ("delivered", "delivered"),
        ("bounce", "bounced"),
        ("dropped", "failed"),
    ] {
        assert_eq!(told(&event(word, r#""3""#)), Some(format!("3 {state}")));
    }
    for word in ["deferred", "open", "click", "spamreport", "unsubscribe", "", "Delivered"] {
        assert_eq!(told(&event(word, r#""3""#)), None, "{word}");
    }
    for number in [r#""""#, r#""-1""#, r#""x""#, r#""4294967296""#, "3", "null", "[]"] {
        assert_eq!(told(&event("delivered", number)), None, "{number}");
    }
    for other in ["null", "[]", "{}", r#"{"event":"delivered"}"#] {
        assert_eq!(told(other), None, "{other}");
    }
}

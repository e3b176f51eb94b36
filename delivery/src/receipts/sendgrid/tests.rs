use super::*;
use crate::receipts::tests::is_true;

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

fn signed(at: &str, body: &str, signature: &str) -> bool {
    let events = SendGridEvents { key: Base64::decode_vec(PUBLISHED).unwrap() };
    let claim = events.claim_of(at, body.as_bytes(), signature);
    claim.is_some_and(|claim| is_true(&claim))
}

#[test]
fn the_signature_is_the_published_one_and_of_these_very_bytes() {
    assert!(signed(AT, BODY, SIGNATURE));
    assert!(!signed("1600112503", BODY, SIGNATURE));
    assert!(!signed(AT, BODY.trim_end(), SIGNATURE));
    assert!(!signed(AT, &BODY.replace("dropped", "delivered"), SIGNATURE));
    for wrong in ["", "AAAA", &SIGNATURE.replace("MEUC", "MEQC"), &SIGNATURE.replace("GH", "GI")] {
        assert!(!signed(AT, BODY, wrong), "{wrong}");
    }
}

#[test]
fn a_key_is_one_of_this_curve_whole_and_without_lines() {
    assert!(is_key(PUBLISHED));
    for wrong in [
        "",
        "AAAA",
        &PUBLISHED[..120],
        &PUBLISHED.replace("DAQcDQg", "DAQgDQg"),
        &PUBLISHED.replace("AE83", "AC83"),
        &format!("{PUBLISHED}\n"),
        &format!("-----BEGIN PUBLIC KEY-----\n{PUBLISHED}\n-----END PUBLIC KEY-----"),
    ] {
        assert!(!is_key(wrong), "{wrong}");
    }
}

#[test]
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

/// Every event of the page below, and the names in SendGrid's settings.
/// <https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event>
#[test]
fn only_news_of_our_messages_are_receipts() {
    let state_of = |event: &str| {
        let receipt = receipt(&Json::parse(event).unwrap())?;
        Some(format!("{} {}", receipt.number, receipt.delivery.as_str()))
    };
    let event = |word: &str, number: &str| {
        let challenge = "ch_Zm9vYmFyYmF6cXV4cXV1eA";
        format!(r#"{{"event":"{word}","challenge":"{challenge}","delivery":{number}}}"#)
    };
    let told = |word: &str| state_of(&event(word, r#""3""#));
    for (words, state) in [
        // Delivery events.
        (&["processed", "Processed"][..], Some("sent")),
        (&["delivered", "Delivered"], Some("delivered")),
        (&["bounce", "Bounce"], Some("bounced")),
        (&["dropped", "Dropped"], Some("failed")),
        (&["deferred", "Deferred"], None),
        // Engagement and account events, as posts have them and as the settings page writes them.
        (&["open", "click", "spamreport", "unsubscribe", "Spam Reports"], None),
        (&["group_unsubscribe", "group_resubscribe", "Group Unsubscribes"], None),
        (&["account_status_change"], None),
        // No event of the documentation. `bounced` and `blocked` are groups of bounces in its
        // statistics.
        (&["", " ", "bounced", "blocked", "sent", "delivered2", "配信"], None),
    ] {
        for word in words {
            assert_eq!(told(word), state.map(|state| format!("3 {state}")), "{word}");
        }
    }
    // Whatever the type or the reason of a bounce.
    for members in [
        r#""type":"bounce","status":"5.1.1","reason":"550 5.1.1 user unknown","bounce_classification":"Invalid Address""#,
        r#""type":"blocked","status":"4.2.2","bounce_classification":"Mailbox Unavailable""#,
        r#""type":"blocked","reason":"unable to get mx info","tls":0"#,
        r#""type":null"#,
    ] {
        let bounce = event("bounce", r#""3""#).replace('}', &format!(",{members}}}"));
        assert_eq!(state_of(&bounce).as_deref(), Some("3 bounced"), "{members}");
    }
    for number in [r#""""#, r#""-1""#, r#""x""#, r#""4294967296""#, "3", "null", "[]"] {
        assert_eq!(state_of(&event("delivered", number)), None, "{number}");
    }
    for other in ["null", "[]", "{}", r#"{"event":"delivered"}"#] {
        assert_eq!(state_of(other), None, "{other}");
    }
}

use super::*;

#[test]
fn a_topic_has_its_form() {
    for (arn, expected) in [
        ("arn:aws:sns:ap-northeast-1:123456789012:warifu-mail", Some("ap-northeast-1")),
        ("arn:aws-cn:sns:cn-north-1:123456789012:a", Some("cn-north-1")),
        ("", None),
        ("arn:aws:sqs:ap-northeast-1:123456789012:warifu-mail", None),
        ("arn:aws:sns:ap-northeast-1.evil.example:123456789012:warifu-mail", None),
        ("arn:aws:sns::123456789012:warifu-mail", None),
        ("arn:aws:sns:ap-northeast-1:12345678901:warifu-mail", None),
        ("arn:aws:sns:ap-northeast-1:123456789012:warifu mail", None),
        ("arn:aws:sns:ap-northeast-1:123456789012:", None),
        ("arn:aws:sns:ap-northeast-1:123456789012:a:b", None),
        ("arn:aws:sns:ap-northeast-1:123456789012:a&Token=", None),
    ] {
        assert_eq!(region(arn), expected, "{arn}");
    }
}

/// The name in the first line is of the examples of Amazon's documentation.
#[test]
fn a_certificate_has_its_name() {
    const REAL: &str = "SimpleNotificationService-f3ecfb7224c7233fe7bb5f59f96de52f.pem";
    assert!(is_certificate(REAL));
    for other in [
        "",
        "other.pem",
        "SimpleNotificationService-.pem",
        "SimpleNotificationService-f3ecfb7224c7233fe7bb5f59f96de52.pem",
        "SimpleNotificationService-f3ecfb7224c7233fe7bb5f59f96de52f0.pem",
        "SimpleNotificationService-F3ECFB7224C7233FE7BB5F59F96DE52F.pem",
        "SimpleNotificationService-g3ecfb7224c7233fe7bb5f59f96de52f.pem",
        "SimpleNotificationService-f3ecfb7224c7233fe7bb5f59f96de52f.crt",
        "simplenotificationservice-f3ecfb7224c7233fe7bb5f59f96de52f.pem",
        "a/SimpleNotificationService-f3ecfb7224c7233fe7bb5f59f96de52f.pem",
        "SimpleNotificationService-f3ecfb7224c7233fe7bb5f59f96de52f.pem?x",
    ] {
        assert!(!is_certificate(other), "{other}");
    }
}

#[test]
fn an_hour_back_and_five_minutes_ahead_are_now() {
    let now = Timestamp::parse_rfc3339("2026-11-22T05:00:00Z").unwrap();
    for (at, fits) in [
        ("2026-11-22T05:00:00.000Z", true),
        ("2026-11-22T04:00:00.000Z", true),
        ("2026-11-22T05:05:00.000Z", true),
        ("2026-11-22T03:59:59.999Z", false),
        ("2026-11-22T05:05:00.001Z", false),
        ("2026-11-22", false),
        ("", false),
    ] {
        assert_eq!(is_now(at, now), fits, "{at}");
    }
}

#[test]
fn what_is_signed_has_the_order_of_the_documentation() {
    let signed = |text: &str| Envelope(Json::parse(text).unwrap()).signed();
    let notification = r#"{"Type":"Notification","TopicArn":"t","Timestamp":"z","Message":"x\ny",
        "MessageId":"m","Token":"k","SubscribeURL":"u","UnsubscribeURL":"v","Signature":"s"}"#;
    let expected = "Message\nx\ny\nMessageId\nm\nTimestamp\nz\nTopicArn\nt\nType\nNotification\n";
    assert_eq!(signed(notification).as_deref(), Some(expected));
    let subject = notification.replace(r#""Token""#, r#""Subject""#);
    let expected = expected.replace("Timestamp", "Subject\nk\nTimestamp");
    assert_eq!(signed(&subject), Some(expected));
    for kind in ["SubscriptionConfirmation", "UnsubscribeConfirmation"] {
        let expected = format!(
            "Message\nx\ny\nMessageId\nm\nSubscribeURL\nu\nTimestamp\nz\nToken\nk\nTopicArn\nt\n\
             Type\n{kind}\n"
        );
        assert_eq!(signed(&notification.replace("Notification", kind)), Some(expected));
    }
    for other in ["{}", r#"{"Type":1}"#, r#"{"Type":"notification"}"#, "[]", "1"] {
        assert_eq!(signed(other), None, "{other}");
    }
}

#[test]
fn a_certificate_is_read_out_of_its_lines() {
    let pem = |base64: &str| {
        format!("x\n-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\ny")
    };
    assert_eq!(certificate_in(&pem("AQID\r\nBAUG\r\nBw==")), Some(vec![1, 2, 3, 4, 5, 6, 7]));
    for bad in ["", "AQID", &pem("AQI"), &pem("?"), "-----BEGIN CERTIFICATE-----\nAQID"] {
        assert_eq!(certificate_in(bad), None, "{bad}");
    }
}

const OURS: &str = r#"{"challenge":["ch_Zm9vYmFyYmF6cXV4cXV1eA"],"delivery":["2"]}"#;

/// The receipts in a message, as text.
fn states(message: &str) -> Result<String, Misfit> {
    let receipts = super::receipts(message)?;
    let texts = receipts.iter().map(|receipt| {
        let Receipt { challenge, number, delivery } = receipt;
        format!("{} {number} {}", challenge.as_str(), delivery.as_str())
    });
    Ok(texts.collect::<Vec<_>>().join("; "))
}

/// What an event of one of our messages becomes. `details` are members of the event.
#[track_caller]
fn check(kind: &str, details: &str, state: Option<&str>) {
    let event = format!(r#"{{"eventType":"{kind}",{details}"mail":{{"tags":{OURS}}}}}"#);
    let expected = state.map(|state| format!("ch_Zm9vYmFyYmF6cXV4cXV1eA 2 {state}"));
    assert_eq!(states(&event), Ok(expected.unwrap_or_default()), "{event}");
}

/// Every `eventType` of the page below, and how the names are written elsewhere: the API's
/// `MatchingEventTypes` are `RENDERING_FAILURE` and `DELIVERY_DELAY`.
/// <https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html>
/// <https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_EventDestination.html>
#[test]
fn each_kind_of_event_tells_what_it_means() {
    for (kinds, state) in [
        (&["Send", "SEND", "send"][..], Some("sent")),
        (&["Delivery", "DELIVERY"], Some("delivered")),
        (&["Reject", "REJECT"], Some("failed")),
        (&["Rendering Failure", "RenderingFailure", "RENDERING_FAILURE"], Some("failed")),
        (&["DeliveryDelay", "Delivery Delay", "DELIVERY_DELAY"], None),
        (&["Complaint", "COMPLAINT", "Open", "OPEN", "Click", "CLICK"], None),
        (&["Subscription", "SUBSCRIPTION"], None),
        // No kind of the documentation.
        (&["", " ", "Delivered", "Bounced", "Sent", "Send2", "Quarantine", "送信"], None),
    ] {
        for kind in kinds {
            check(kind, "", state);
        }
    }
}

/// Every `bounceType` and `bounceSubType` of the same page. A bounce is an e-mail that Amazon got at
/// the message's return path, with a delivery status notification (RFC 3464) in it or without one.
/// Without, it may be the automatic answer of a reader who has the message, which Amazon publishes
/// as a bounce too:
/// <https://docs.aws.amazon.com/ses/latest/dg/monitor-sending-activity-using-notifications.html>
#[test]
fn a_bounce_is_one_unless_it_may_be_an_automatic_answer() {
    const FAILED: &str = r#"[{"emailAddress":"a@b","action":"failed","status":"5.1.1"}]"#;
    const SPELLED: &str = r#"[{"emailAddress":"a@b","action":"Failed"}]"#;
    const DELAYED: &str = r#"[{"emailAddress":"a@b","action":"delayed","status":"4.0.0"}]"#;
    const RELAYED: &str = r#"[{"emailAddress":"a@b","action":"relayed"}]"#;
    const BARE: &str = r#"[{"emailAddress":"a@b"}]"#;
    const NONE: &str = "[]";
    const ALL: [&str; 6] = [FAILED, SPELLED, DELAYED, RELAYED, BARE, NONE];
    let (bounced, failed) = (Some("bounced"), Some("failed"));
    for (kind, sub, recipients, state) in [
        ("Permanent", "General", &ALL[..], bounced),
        ("PERMANENT", "General", &ALL, bounced),
        ("Permanent", "NoEmail", &ALL, bounced),
        ("Permanent", "UnsubscribedRecipient", &ALL, bounced),
        // The message never left Amazon.
        ("Permanent", "Suppressed", &ALL, failed),
        ("Permanent", "OnAccountSuppressionList", &ALL, failed),
        // Amazon read why: no automatic answer says that.
        ("Transient", "MailboxFull", &[FAILED, SPELLED, BARE, NONE], bounced),
        ("Transient", "MessageTooLarge", &[FAILED, SPELLED, BARE, NONE], bounced),
        ("Transient", "ContentRejected", &[FAILED, SPELLED, BARE, NONE], bounced),
        ("Transient", "AttachmentRejected", &[FAILED, SPELLED, BARE, NONE], bounced),
        ("Transient", "CustomTimeoutExceeded", &[FAILED, SPELLED, BARE, NONE], bounced),
        // The receiving server still tries.
        ("Transient", "MailboxFull", &[DELAYED, RELAYED], None),
        ("Transient", "General", &[FAILED, SPELLED], bounced),
        ("Transient", "General", &[DELAYED, RELAYED, BARE, NONE], None),
        ("Undetermined", "Undetermined", &[FAILED, SPELLED], bounced),
        ("Undetermined", "Undetermined", &[DELAYED, RELAYED, BARE, NONE], None),
        ("UNDETERMINED", "Undetermined", &[BARE, NONE], None),
        // No type of the documentation.
        ("Other", "General", &ALL, bounced),
        ("", "", &ALL, bounced),
    ] {
        for recipients in recipients {
            let details = format!(
                r#""bounce":{{"bounceType":"{kind}","bounceSubType":"{sub}","bouncedRecipients":{recipients}}},"#
            );
            for event in ["Bounce", "BOUNCE"] {
                check(event, &details, state);
            }
        }
    }
    for details in ["", r#""bounce":null,"#, r#""bounce":{},"#, r#""bounce":[1],"#] {
        check("Bounce", details, bounced);
    }
}

/// A complaint is of a message that was read, but for one `complaintSubType`.
#[test]
fn a_message_that_amazon_held_back_after_an_older_complaint_failed() {
    let details = |sub: &str| format!(r#""complaint":{{"complaintSubType":{sub}}},"#);
    check("Complaint", &details(r#""OnAccountSuppressionList""#), Some("failed"));
    for other in ["null", r#""""#, r#""abuse""#] {
        check("Complaint", &details(other), None);
    }
}

#[test]
fn only_messages_of_ours_have_receipts() {
    let event = |kind: &str, tags: &str| {
        format!(r#"{{"eventType":"{kind}","mail":{{"destination":["a@b"],"tags":{tags}}}}}"#)
    };
    for tags in ["{}", "null", r#"{"challenge":["x"],"delivery":["1"]}"#, r#"{"challenge":[]}"#] {
        assert_eq!(states(&event("Send", tags)).as_deref(), Ok(""), "{tags}");
    }
    let words = "Successfully validated SNS topic for Amazon SES event publishing.";
    for nothing in ["", words, "{}", r#"{"notificationType":"Bounce","mail":{}}"#] {
        assert_eq!(states(nothing).as_deref(), Ok(""), "{nothing}");
    }
    assert_eq!(states("{"), Err(Misfit::field("Message", "be a JSON object")));
}

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

#[test]
fn each_kind_of_event_tells_what_it_means() {
    let states = |message: &str| {
        let receipts = super::receipts(message)?;
        let texts = receipts.iter().map(|receipt| {
            let Receipt { challenge, number, delivery } = receipt;
            format!("{} {number} {}", challenge.as_str(), delivery.as_str())
        });
        Ok::<_, Misfit>(texts.collect::<Vec<_>>().join("; "))
    };
    const OURS: &str = r#"{"challenge":["ch_Zm9vYmFyYmF6cXV4cXV1eA"],"delivery":["2"]}"#;
    let event = |kind: &str, tags: &str| {
        format!(r#"{{"eventType":"{kind}","mail":{{"destination":["a@b"],"tags":{tags}}}}}"#)
    };
    for (kind, state) in [
        ("Send", "sent"),
        ("Delivery", "delivered"),
        ("Bounce", "bounced"),
        ("Reject", "failed"),
        ("Rendering Failure", "failed"),
    ] {
        let expected = format!("ch_Zm9vYmFyYmF6cXV4cXV1eA 2 {state}");
        assert_eq!(states(&event(kind, OURS)), Ok(expected));
    }
    for kind in ["DeliveryDelay", "Complaint", "Open", "Click", "Subscription", ""] {
        assert_eq!(states(&event(kind, OURS)).as_deref(), Ok(""), "{kind}");
    }
    for tags in ["{}", "null", r#"{"challenge":["x"],"delivery":["1"]}"#, r#"{"challenge":[]}"#] {
        assert_eq!(states(&event("Send", tags)).as_deref(), Ok(""), "{tags}");
    }
    let words = "Successfully validated SNS topic for Amazon SES event publishing.";
    for nothing in ["", words, "{}", r#"{"notificationType":"Bounce","mail":{}}"#] {
        assert_eq!(states(nothing).as_deref(), Ok(""), "{nothing}");
    }
    assert_eq!(states("{"), Err(Misfit::field("Message", "be a JSON object")));
}

use super::*;
use crate::receipts::tests::is_true;

fn signed(token: &str, address: &str, fields: &[(String, String)], by: &str) -> bool {
    claim(token, address.to_owned(), fields, by).is_some_and(|claim| is_true(&claim))
}

/// Those of Twilio's documentation and of its own library's tests.
#[test]
fn signatures_are_those_that_twilio_publishes() {
    const ADDRESS: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";
    for (from, signature) in [
        ("+12349013030", "0/KCTR6DLpKmkAf8muzZqo1nDgQ="),
        ("+14158675309", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
    ] {
        let from = from.replace('+', "%2B");
        let form = format!(
            "To=%2B18005551212&Caller={from}&Digits=1234&From={from}&CallSid=CA1234567890ABCDE"
        );
        let mut fields = sorted(form.as_bytes());
        assert!(signed("12345", ADDRESS, &fields, signature), "{signature}");
        assert!(!signed("12346", ADDRESS, &fields, signature), "another token");
        let elsewhere = "https://mycompany.com/myapp.php?foo=1&bar=3";
        assert!(!signed("12345", elsewhere, &fields, signature), "another address");
        for wrong in ["", "0", "AAAA", &signature.replace('=', ""), &signature.to_lowercase()] {
            assert!(!signed("12345", ADDRESS, &fields, wrong), "{wrong}");
        }
        fields[2].1.push('5');
        assert!(!signed("12345", ADDRESS, &fields, signature), "another field");
    }
}

/// What a callback of this status becomes.
fn told(status: &str) -> Result<Option<String>, Misfit> {
    let account = TwilioAccount { id: String::new(), token: String::new() };
    let mut form = form_urlencoded::Serializer::new(String::new());
    let body =
        form.append_pair("SmsStatus", "failed").append_pair("MessageStatus", status).finish();
    let post = Post {
        origin: "https://otp.example",
        target: "/v1/receipts/twilio?challenge=ch_Zm9vYmFyYmF6cXV4cXV1eA&delivery=4",
        header: &|_| None,
        body: body.as_bytes(),
    };
    match account.message(&post)? {
        ReceiptMessage::Receipts(receipts) => Ok(receipts.first().map(|receipt| {
            assert_eq!((receipts.len(), receipt.number), (1, 4));
            receipt.delivery.as_str().to_owned()
        })),
        ReceiptMessage::Confirm(_) => panic!("Twilio asks for no consent"),
    }
}

/// Every status of a message on the page below. Those of Twilio's event streams are written in
/// capitals, and so is the `EventType` of some callbacks.
/// <https://www.twilio.com/docs/messaging/api/message-resource#message-status-values>
#[test]
fn each_status_tells_what_it_means() {
    for (statuses, state) in [
        (&["sent", "SENT", "Sent"][..], Some("sent")),
        (&["delivered", "DELIVERED"], Some("delivered")),
        // Of channels that tell when a message is read.
        (&["read", "READ"], Some("delivered")),
        (&["undelivered", "UNDELIVERED"], Some("bounced")),
        (&["failed", "FAILED", "canceled", "CANCELED"], Some("failed")),
        // Before it is sent.
        (&["accepted", "scheduled", "queued", "sending", "QUEUED"], None),
        // Of messages to a number of the issuer.
        (&["receiving", "received"], None),
        // Some of its segments came. Nobody knows whether the code was in them.
        (&["partially_delivered", "PARTIALLY_DELIVERED"], None),
        // No status of the documentation.
        (&["delivered2", "deliver", "unknown", "送信"], None),
    ] {
        for status in statuses {
            assert_eq!(told(status), Ok(state.map(str::to_owned)), "{status}");
        }
    }
    for nothing in ["", " ", "_"] {
        assert_eq!(told(nothing), Err(Misfit::field("MessageStatus", "be given")));
    }
}

//! Twilio's status callbacks: a form, signed with the account's token together with the address
//! that it was posted to, which holds our references.

use base64ct::{Base64, Encoding as _};
use warifu_core::cardholder::Delivery;

use super::{Post, Receipt, not_signed};
use crate::{
    courier::{
        config::{SECRET, Settings},
        twilio::ACCOUNT,
    },
    problem::Problem,
    webcrypto,
};

pub(super) struct TwilioAccount {
    id: String,
    token: String,
}

impl TwilioAccount {
    pub(super) fn read(settings: &mut Settings) -> Self {
        Self {
            id: settings.required("TWILIO_ACCOUNT_SID", &ACCOUNT),
            token: settings.required("TWILIO_AUTH_TOKEN", &SECRET),
        }
    }

    pub(super) async fn read_post(&self, post: &Post<'_>) -> Result<Vec<Receipt>, Problem> {
        let mut fields: Vec<(String, String)> =
            form_urlencoded::parse(post.body).into_owned().collect();
        fields.sort_unstable();
        let mut address = post.origin.to_owned();
        address.push_str(&post.incoming.target());
        let signature = post.header("x-twilio-signature");
        if !signed(&self.token, &address, &fields, &signature).await {
            return Err(not_signed());
        }
        let field = |name: &str| {
            let found = fields.iter().find(|(field, _)| field == name);
            found.map_or("", |(_, value)| value.as_str())
        };
        if field("AccountSid") != self.id {
            return Err(not_signed());
        }
        let delivery = match field("MessageStatus") {
            "sent" => Some(Delivery::Sent),
            "delivered" | "read" => Some(Delivery::Delivered),
            "undelivered" => Some(Delivery::Bounced),
            "failed" | "canceled" => Some(Delivery::Failed),
            "" => return Err(Problem::field("MessageStatus", "be given")),
            _ => None,
        };
        let reference = |name: &str| post.incoming.query(name).unwrap_or_default();
        let receipt = Receipt::of(&reference("challenge"), &reference("delivery"), delivery);
        Ok(receipt.into_iter().collect())
    }
}

/// Whether it is the account's signature: of the address, then of each field's name and value, in
/// the order of the names.
async fn signed(token: &str, address: &str, fields: &[(String, String)], signature: &str) -> bool {
    let mut text = address.to_owned();
    for (name, value) in fields {
        text.push_str(name);
        text.push_str(value);
    }
    let Ok(signature) = Base64::decode_vec(signature) else { return false };
    let hmac = [("name", "HMAC"), ("hash", "SHA-1")];
    webcrypto::verified("raw", token.as_bytes(), &hmac, &signature, text.as_bytes()).await
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    /// Those of Twilio's documentation and of its own library's tests.
    #[wasm_bindgen_test]
    async fn signatures_are_those_that_twilio_publishes() {
        const ADDRESS: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";
        for (from, signature) in [
            ("+12349013030", "0/KCTR6DLpKmkAf8muzZqo1nDgQ="),
            ("+14158675309", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ] {
            let fields = [
                ("CallSid", "CA1234567890ABCDE"),
                ("Caller", from),
                ("Digits", "1234"),
                ("From", from),
                ("To", "+18005551212"),
            ];
            let mut fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
            assert!(signed("12345", ADDRESS, &fields, signature).await, "{signature}");
            assert!(!signed("12346", ADDRESS, &fields, signature).await, "another token");
            let elsewhere = "https://mycompany.com/myapp.php?foo=1&bar=3";
            assert!(!signed("12345", elsewhere, &fields, signature).await, "another address");
            for wrong in ["", "0", "AAAA", &signature.replace('=', ""), &signature.to_lowercase()] {
                assert!(!signed("12345", ADDRESS, &fields, wrong).await, "{wrong}");
            }
            fields[2].1.push('5');
            assert!(!signed("12345", ADDRESS, &fields, signature).await, "another field");
        }
    }
}

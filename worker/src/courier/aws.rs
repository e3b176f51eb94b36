//! An account of Amazon Web Services and its Signature Version 4, which SES and SNS share.

use sha2::{Digest as _, Sha256};
use warifu_core::{
    digest::{hex, hmac_sha256},
    time::Timestamp,
};

use super::{
    config::{Form, SECRET, Settings, is_word},
    message::without,
    provider::Call,
};

pub(super) struct Aws {
    region: String,
    key_id: String,
    secret: String,
}

pub(super) const REGION: Form = Form {
    must: "be a region such as ap-northeast-1",
    fits: |text| {
        is_word(text, 9..=30, "-")
            && text == text.to_ascii_lowercase()
            && text.as_bytes().last().is_some_and(u8::is_ascii_digit)
    },
};

const KEY_ID: Form =
    Form { must: "be 1 to 128 letters and digits", fits: |text| is_word(text, 1..=128, "") };

impl Aws {
    pub(super) fn read(settings: &mut Settings) -> Self {
        Self {
            region: settings.required("AWS_REGION", &REGION),
            key_id: settings.required("AWS_ACCESS_KEY_ID", &KEY_ID),
            secret: settings.required("AWS_SECRET_ACCESS_KEY", &SECRET),
        }
    }

    pub(super) fn origin(&self, service: &str) -> String {
        format!("https://{service}.{}.amazonaws.com", self.region)
    }

    /// Signs a call to this path of an origin; it is written as it is signed, and has no query.
    pub(super) fn sign(
        &self,
        service: &str,
        (origin, path): (&str, &str),
        call: &mut Call,
        now: Timestamp,
    ) {
        let time = without(&now.rfc3339(), |letter| matches!(letter, '-' | ':'));
        let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        let host = host.unwrap_or_default();
        let media_type = call.headers.first().map_or("", |(_, value)| value);
        // In the order of their names.
        let headers = format!("content-type:{media_type}\nhost:{host}\nx-amz-date:{time}\n");
        let names = "content-type;host;x-amz-date";
        let authorization = self.authorization(service, path, &headers, names, &call.body, &time);
        call.header("x-amz-date", time);
        call.header("authorization", authorization);
    }

    fn authorization(
        &self,
        service: &str,
        path: &str,
        headers: &str,
        names: &str,
        body: &str,
        time: &str,
    ) -> String {
        let hash = |text: &str| hex(&Sha256::digest(text.as_bytes()));
        let request = hash(&format!("POST\n{path}\n\n{headers}\n{names}\n{}", hash(body)));
        let day = time.get(..8).unwrap_or_default();
        let scope = format!("{day}/{}/{service}/aws4_request", self.region);
        let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{request}");
        let mut key = hmac_sha256(format!("AWS4{}", self.secret).as_bytes(), day.as_bytes());
        for part in [&self.region, service, "aws4_request", &to_sign] {
            key = hmac_sha256(&key, part.as_bytes());
        }
        format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={}",
            self.key_id,
            hex(&key)
        )
    }
}

#[cfg(test)]
mod tests;

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

const REGION: Form = Form {
    must: "be a region such as ap-northeast-1",
    fits: |text| {
        let fits = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        text.ends_with(|last: char| last.is_ascii_digit())
            && text.contains('-')
            && text.bytes().all(fits)
    },
};

const KEY_ID: Form =
    Form { must: "be 1 to 128 letters and digits", fits: |text| is_word(text, 1..=128) };

impl Aws {
    pub(super) fn read(settings: &mut Settings) -> Self {
        Self {
            region: settings.required("AWS_REGION", &REGION),
            key_id: settings.required("AWS_ACCESS_KEY_ID", &KEY_ID),
            secret: settings.required("AWS_SECRET_ACCESS_KEY", &SECRET),
        }
    }

    pub(super) fn origin(&self, service: &str) -> String {
        ["https://", service, ".", &self.region, ".amazonaws.com"].concat()
    }

    /// Signs a call whose path is written as it is signed, and which has no query.
    pub(super) fn sign(&self, service: &str, call: &mut Call, now: Timestamp) {
        let time = without(&now.rfc3339(), |letter| matches!(letter, '-' | ':'));
        let (_, address) = call.url.split_once("://").unwrap_or_default();
        let (host, path) = address.split_at(address.find('/').unwrap_or(address.len()));
        let media_type = call.headers.first().map_or("", |(_, value)| value);
        // In the order of their names.
        let headers =
            ["content-type:", media_type, "\nhost:", host, "\nx-amz-date:", &time, "\n"].concat();
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
        let request = ["POST\n", path, "\n\n", headers, "\n", names, "\n", &hash(body)].concat();
        let day = time.get(..8).unwrap_or_default();
        let scope = [day, "/", &self.region, "/", service, "/aws4_request"].concat();
        let to_sign = ["AWS4-HMAC-SHA256\n", time, "\n", &scope, "\n", &hash(&request)].concat();
        let mut key = hmac_sha256(["AWS4", &self.secret].concat().as_bytes(), day.as_bytes());
        for part in [&self.region, service, "aws4_request", &to_sign] {
            key = hmac_sha256(&key, part.as_bytes());
        }
        let credential = ["AWS4-HMAC-SHA256 Credential=", &self.key_id, "/", &scope].concat();
        [&credential, ", SignedHeaders=", names, ", Signature=", &hex(&key)].concat()
    }
}

#[cfg(test)]
mod tests;

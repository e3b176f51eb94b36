//! An account of Amazon Web Services and its Signature Version 4, which SES and SNS share.

use sha2::{Digest as _, Sha256};
use warifu_core::{
    digest::{hex, hmac_sha256},
    time::Timestamp,
};

use super::{
    config::{Settings, is_token, is_word},
    provider::Call,
};
use crate::config::ConfigError;

pub(super) struct Aws {
    region: String,
    key_id: String,
    secret: String,
}

impl Aws {
    pub(super) fn read(settings: &Settings) -> Result<Self, ConfigError> {
        let must = "be a region such as ap-northeast-1";
        let region = settings.required("AWS_REGION", must, |region| {
            let is_part = |part: &str| is_word(part, 1..=20) && part == part.to_ascii_lowercase();
            region.split('-').count() >= 3 && region.split('-').all(is_part)
        })?;
        let must = "be 1 to 128 letters and digits";
        let key_id = settings.required("AWS_ACCESS_KEY_ID", must, |id| is_word(id, 1..=128))?;
        let must = "be printable ASCII, no spaces";
        let secret = settings.required("AWS_SECRET_ACCESS_KEY", must, is_token)?;
        Ok(Self { region, key_id, secret })
    }

    pub(super) fn origin(&self, service: &str) -> String {
        format!("https://{service}.{}.amazonaws.com", self.region)
    }

    /// Signs a call whose path is written as it is signed, and which has no query.
    pub(super) fn signed(&self, service: &str, call: Call, now: Timestamp) -> Call {
        let time: String =
            now.rfc3339().chars().filter(|letter| !matches!(letter, '-' | ':')).collect();
        let (_, address) = call.url.split_once("://").unwrap_or_default();
        let (host, _) = address.split_once('/').unwrap_or_default();
        let path = address.strip_prefix(host).unwrap_or_default();
        // In the order of their names.
        let mut headers: Vec<_> =
            call.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        headers.extend([("host", host), ("x-amz-date", &time)]);
        let authorization = self.authorization(service, path, &headers, &call.body, &time);
        call.with_header("x-amz-date", time).with_header("authorization", authorization)
    }

    fn authorization(
        &self,
        service: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
        time: &str,
    ) -> String {
        let hash = |text: &str| hex(&Sha256::digest(text.as_bytes()));
        let lines: String =
            headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let names: Vec<_> = headers.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        let request = format!("POST\n{path}\n\n{lines}\n{names}\n{}", hash(body));
        let day = time.get(..8).unwrap_or_default();
        let scope = format!("{day}/{}/{service}/aws4_request", self.region);
        let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hash(&request));
        let start = hmac_sha256(format!("AWS4{}", self.secret).as_bytes(), day.as_bytes());
        let key = [&self.region, service, "aws4_request", &to_sign];
        let signature = key.iter().fold(start, |key, part| hmac_sha256(&key, part.as_bytes()));
        format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={}",
            self.key_id,
            hex(&signature)
        )
    }
}

#[cfg(test)]
mod tests;

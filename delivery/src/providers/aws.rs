//! An account of Amazon Web Services and its Signature Version 4, which SES and SNS share.

use sha2::{Digest as _, Sha256};
use warifu_core::{
    digest::{hex, hmac_sha256},
    time::Timestamp,
};

use crate::{
    provider::Call,
    settings::{Setting, Settings, header_secret, is_word},
};

pub(crate) struct Aws {
    region: String,
    key_id: String,
    secret: String,
    /// Of credentials that the Security Token Service gave for a time.
    session_token: Option<String>,
}

pub(crate) const REGION: Setting =
    Setting::required("AWS_REGION", "be a region such as ap-northeast-1", is_region);

pub(crate) fn is_region(text: &str) -> bool {
    is_word(text, 9..=30, "-")
        && text == text.to_ascii_lowercase()
        && text.as_bytes().last().is_some_and(u8::is_ascii_digit)
}

pub(crate) const KEY_ID: Setting =
    Setting::required("AWS_ACCESS_KEY_ID", "be 1 to 128 letters and digits", |text| {
        is_word(text, 1..=128, "")
    });

pub(crate) const SECRET_KEY: Setting = header_secret("AWS_SECRET_ACCESS_KEY");

pub(crate) const SESSION_TOKEN: Setting =
    Setting::optional("AWS_SESSION_TOKEN", "be printable ASCII, no spaces", |text| {
        text.bytes().all(|byte| byte.is_ascii_graphic())
    });

impl Aws {
    pub(crate) fn read(settings: &mut Settings) -> Self {
        Self {
            region: settings.required(&REGION),
            key_id: settings.required(&KEY_ID),
            secret: settings.required(&SECRET_KEY),
            session_token: settings.optional(&SESSION_TOKEN),
        }
    }

    pub(crate) fn origin(&self, service: &str) -> String {
        origin(service, &self.region)
    }

    /// Signs a call to a path of an origin. The path has no query, and no character that would have
    /// to be escaped.
    pub(crate) fn sign(
        &self,
        service: &str,
        (origin, path): (&str, &str),
        call: &mut Call,
        now: Timestamp,
    ) {
        let time = now.rfc3339().replace(['-', ':'], "");
        let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        let host = host.unwrap_or_default();
        let media_type = call.headers.first().map_or("", |(_, value)| value);
        // The headers that are signed, in the order of their names.
        let mut headers = format!("content-type:{media_type}\nhost:{host}\nx-amz-date:{time}\n");
        let mut names = "content-type;host;x-amz-date".to_owned();
        if let Some(token) = &self.session_token {
            headers += &format!("x-amz-security-token:{token}\n");
            names += ";x-amz-security-token";
        }
        let authorization = self.authorization(service, path, &headers, &names, &call.body, &time);
        call.header("x-amz-date", time);
        if let Some(token) = &self.session_token {
            call.header("x-amz-security-token", token.clone());
        }
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

/// Where a service of AWS is in a region. Those of China have a domain of their own.
pub(crate) fn origin(service: &str, region: &str) -> String {
    let country = if region.starts_with("cn-") { ".cn" } else { "" };
    format!("https://{service}.{region}.amazonaws.com{country}")
}

#[cfg(test)]
mod tests;

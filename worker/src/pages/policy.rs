//! HTML answers with a strict content security policy.

use base64ct::{Base64, Encoding as _};
use sha2::{Digest as _, Sha256};

use super::Accent;
use crate::http::{Address, Response};

/// The one style of a page, inlined so that the first paint waits for nothing.
pub(crate) struct Style {
    pub(crate) css: String,
    source: String,
}

impl Style {
    /// The style of the challenge form and its notices, in the issuer's colour.
    pub(crate) fn frame(accent: &Accent) -> Self {
        Self::new(format!("{}{}", accent.css, include_str!(env!("WARIFU_STYLE_FRAME"))))
    }

    /// The style of the enrollment pages: that of the form, and what is theirs alone.
    pub(crate) fn enrollment(frame: &Self) -> Self {
        Self::new(format!("{}{}", frame.css, include_str!(env!("WARIFU_STYLE_ENROLLMENT"))))
    }

    fn new(css: String) -> Self {
        // A trailing line end would be part of the hashed text.
        let css = css.trim().to_owned();
        let source = format!("'sha256-{}'", Base64::encode_string(&Sha256::digest(css.as_bytes())));
        Self { css, source }
    }
}

/// Who may frame a page.
#[derive(Clone, Copy)]
pub(crate) enum Framing<'a> {
    /// These origins. The widget runs in it.
    By(&'a str),
    /// Nobody: a page of its own, without script.
    Never,
}

/// An HTML answer. Its forms lead to us and, in the end, to the origin of `return_url`.
pub(crate) fn html(
    body: &str,
    style: &Style,
    framing: Framing<'_>,
    return_url: Option<&str>,
) -> Response {
    let source = &style.source;
    let (script, ancestors) = match framing {
        Framing::By(origins) => {
            ("script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; img-src 'self'; ", origins)
        }
        Framing::Never => ("", "'none'"),
    };
    let returns = return_url.and_then(Address::parse);
    let forms = returns.map(|url| format!(" {}", url.origin())).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; {script}style-src {source}; form-action 'self'{forms}; \
         base-uri 'none'; frame-ancestors {ancestors}"
    );
    Response::with_body(200, "text/html; charset=utf-8", body.to_owned())
        .with_header("Content-Security-Policy", policy)
        .with_header("Permissions-Policy", "otp-credentials=(self)")
        .with_header("Cross-Origin-Resource-Policy", "cross-origin")
        .with_header("Cross-Origin-Embedder-Policy", "require-corp")
        .with_header("Vary", "Sec-Fetch-Dest")
        // The address holds the client secret.
        .with_header("X-Robots-Tag", "noindex")
}

#[cfg(test)]
mod tests;

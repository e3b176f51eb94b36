//! HTML answers with a strict content security policy.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};
use worker::{Headers, Response, Result};

use super::Accent;

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

    /// The style of the development outbox.
    pub(crate) fn outbox() -> Self {
        Self::new(include_str!(env!("WARIFU_STYLE_OUTBOX")).to_owned())
    }

    fn new(css: String) -> Self {
        // A trailing line end would be part of the hashed text.
        let css = css.trim().to_owned();
        let source = format!("'sha256-{}'", STANDARD.encode(Sha256::digest(css.as_bytes())));
        Self { css, source }
    }
}

/// An HTML answer. `ancestors` may frame it; `return_origin` may be reached from its forms.
pub(crate) fn html(
    body: &str,
    style: &Style,
    ancestors: &str,
    return_origin: Option<&str>,
) -> Result<Response> {
    let source = &style.source;
    let forms = return_origin.map(|origin| format!(" {origin}")).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src {source}; \
         connect-src 'self'; img-src 'self'; form-action 'self'{forms}; base-uri 'none'; \
         frame-ancestors {ancestors}"
    );
    let headers = Headers::new();
    for (name, value) in [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Security-Policy", policy.as_str()),
        ("Permissions-Policy", "otp-credentials=(self)"),
        ("Cross-Origin-Resource-Policy", "cross-origin"),
        ("Cross-Origin-Embedder-Policy", "require-corp"),
        ("Vary", "Sec-Fetch-Dest"),
        // The address holds the client secret.
        ("X-Robots-Tag", "noindex"),
    ] {
        headers.set(name, value)?;
    }
    Ok(Response::from_bytes(body.as_bytes().to_vec())?.with_headers(headers))
}

#[cfg(test)]
mod tests;

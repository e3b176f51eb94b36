//! HTML answers with a strict content security policy.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};

use super::Accent;
use crate::http::Response;

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
) -> Response {
    let source = &style.source;
    let forms = return_origin.map(|origin| format!(" {origin}")).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src {source}; \
         connect-src 'self'; img-src 'self'; form-action 'self'{forms}; base-uri 'none'; \
         frame-ancestors {ancestors}"
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

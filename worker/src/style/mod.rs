//! The inlined style of a page, in the issuer's colour, with its hash for the content security
//! policy.

mod accent;

pub(crate) use accent::Accent;

use base64ct::{Base64, Encoding as _};
use sha2::{Digest as _, Sha256};

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

    /// The style of forms in requestors' frames: that of the form, and what is theirs alone.
    pub(crate) fn requestor(frame: &Self) -> Self {
        Self::new(format!("{}{}", frame.css, include_str!(env!("WARIFU_STYLE_REQUESTOR"))))
    }

    pub(crate) fn new(css: String) -> Self {
        // A trailing line end would be part of the hashed text.
        let css = css.trim().to_owned();
        let source = format!("'sha256-{}'", Base64::encode_string(&Sha256::digest(css.as_bytes())));
        Self { css, source }
    }

    /// What the policy calls it (CSP 3 §2.3.1).
    pub(crate) fn source(&self) -> &str {
        &self.source
    }
}

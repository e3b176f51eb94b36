//! HTML answers with a strict content security policy.

use crate::{http::Address, response::Response, style::Style};

/// Who may frame a page.
#[derive(Clone, Copy)]
pub(crate) enum Framing<'a> {
    /// Pages of these origins, separated by spaces. The page may run the widget.
    By(&'a str),
    /// Any page, also one whose origin is opaque, which `frame-ancestors *` would refuse. The page may
    /// run the widget.
    Anybody {
        /// Our own: where the page's origin is opaque, WebKit finds no page of ours in `'self'`.
        origin: &'a str,
        /// The origins of its images, each with a space before it.
        images: &'a str,
    },
    /// No page. The page may run no script.
    Never,
}

/// An HTML answer. Its forms lead to us and, in the end, to the origin of `return_url`.
pub(crate) fn html(
    body: &str,
    style: &Style,
    framing: Framing<'_>,
    return_url: Option<&str>,
) -> Response {
    let source = style.source();
    const WIDGET: &str = "script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; img-src 'self'";
    let (script, ancestors) = match framing {
        Framing::By(origins) => (format!("{WIDGET}; "), format!("; frame-ancestors {origins}")),
        Framing::Anybody { images, .. } => (format!("{WIDGET}{images}; "), String::new()),
        Framing::Never => (String::new(), "; frame-ancestors 'none'".to_owned()),
    };
    let embedder = match framing {
        // Images of other sites come without credentials, whatever their servers say of it.
        Framing::Anybody { images, .. } if !images.is_empty() => "credentialless",
        Framing::Anybody { .. } | Framing::By(_) | Framing::Never => "require-corp",
    };
    let returns = return_url.and_then(Address::parse);
    let forms = match framing {
        Framing::Anybody { origin, .. } => Some(origin.to_owned()).filter(|own| !own.is_empty()),
        Framing::By(_) | Framing::Never => returns.map(|url| url.origin()),
    };
    let forms = forms.map(|origin| format!(" {origin}")).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; {script}style-src {source}; form-action 'self'{forms}; \
         base-uri 'none'{ancestors}"
    );
    let page = Response::with_body(200, "text/html; charset=utf-8", body.to_owned())
        .with_header("Content-Security-Policy", policy)
        .with_header("Permissions-Policy", "otp-credentials=(self)")
        .with_header("Cross-Origin-Resource-Policy", "cross-origin")
        .with_header("Cross-Origin-Embedder-Policy", embedder)
        .with_header("Vary", "Sec-Fetch-Dest")
        // The address holds the client secret.
        .with_header("X-Robots-Tag", "noindex");
    match framing {
        // A requestor's page may open it in a window of its own, where the requestor's last page looks
        // for its opener; a window that a sandbox opened would show no page with this policy.
        Framing::Anybody { .. } => page,
        // A page that opened it in a window of its own gets no hold of that window.
        Framing::By(_) | Framing::Never => {
            page.with_header("Cross-Origin-Opener-Policy", "same-origin")
        }
    }
}

#[cfg(test)]
mod tests;

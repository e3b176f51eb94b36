//! HTML answers with a strict content security policy.

use crate::{http::Address, response::Response, style::Style};

/// Who may frame a page.
#[derive(Clone, Copy)]
pub(crate) enum Framing<'a> {
    /// Pages of these origins, separated by spaces. The page may run the widget.
    By(&'a str),
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
        // A page that opened it in a window of its own gets no hold of that window.
        .with_header("Cross-Origin-Opener-Policy", "same-origin")
        .with_header("Cross-Origin-Embedder-Policy", "require-corp")
        .with_header("Vary", "Sec-Fetch-Dest")
        // The address holds the client secret.
        .with_header("X-Robots-Tag", "noindex")
}

#[cfg(test)]
mod tests;

//! What a directory server's challenge has of its own on pages, and its last page. That one posts the
//! result to the requestor's page, by itself where scripts run.

use askama::Template;
use base64ct::{Base64, Encoding as _};
use sha2::{Digest as _, Sha256};
use warifu_core::locale::Locale;

use crate::{
    config::{Config, Served},
    form_record::FormRecord,
    http::Address,
    problem::Problem,
    response::Response,
    style::Style,
    three_ds::transaction,
};

/// What stands at the top of a form in a requestor's frame: the issuer at the left, the scheme at the
/// right. Images are empty where the settings have none.
pub(super) struct Brands<'a> {
    pub(super) scheme: &'a str,
    pub(super) issuer_image: &'a str,
    pub(super) scheme_image: &'a str,
}

impl<'a> Brands<'a> {
    /// Those of a directory server's challenge; without one, the programme alone.
    pub(super) fn of(config: &'a Config, record: &FormRecord, locale: Locale) -> Self {
        let FormRecord::Live(record) = record else { return Self::none(config, locale) };
        let Ok(of) = transaction(record) else { return Self::none(config, locale) };
        Self::by(config, config.three_ds.directory_server(&of.directory_server), locale)
    }

    /// Those of a challenge that this directory server asked for; `None` for one that is listed no more.
    fn by(config: &'a Config, served: Option<&'a Served>, locale: Locale) -> Self {
        let name = served.and_then(|served| served.scheme_name.as_ref());
        let image = served.and_then(|served| served.scheme_image.as_deref());
        Self {
            scheme: name.map_or(config.programme.of(locale), |name| name.of(locale)),
            issuer_image: config.three_ds.issuer_image.as_deref().unwrap_or_default(),
            scheme_image: image.unwrap_or_default(),
        }
    }

    fn none(config: &'a Config, locale: Locale) -> Self {
        Self { scheme: config.programme.of(locale), issuer_image: "", scheme_image: "" }
    }

    /// The origins of the images, each with a space before it.
    pub(super) fn sources(&self) -> String {
        let origins = [self.issuer_image, self.scheme_image].into_iter().filter_map(Address::parse);
        origins.map(|image| format!(" {}", image.origin())).collect()
    }
}

/// The page's one script.
const SCRIPT: &str = "document.forms[0].submit()";

#[derive(Template)]
#[template(path = "three-ds-end.html")]
struct FinalView<'a> {
    ja: bool,
    style: &'a str,
    script: &'static str,
    issuer: &'a str,
    scheme: &'a str,
    to: &'a str,
    fields: &'a [(&'static str, String)],
}

/// Shows the last page of a challenge that `served` asked for, if that is listed still. It posts these
/// fields to the requestor's page at `to`.
pub(crate) fn final_page(
    config: &Config,
    served: Option<&Served>,
    locale: Locale,
    to: &str,
    fields: &[(&'static str, String)],
) -> Result<Response, Problem> {
    let style = Style::requestor(&config.style);
    let view = FinalView {
        ja: locale.is_japanese(),
        style: &style.css,
        script: SCRIPT,
        issuer: config.issuer_name.of(locale),
        scheme: Brands::by(config, served, locale).scheme,
        to,
        fields,
    };
    let script = Base64::encode_string(&Sha256::digest(SCRIPT.as_bytes()));
    // A requestor's page may answer with a redirect to another origin, which this policy covers too. In
    // 2.2.0 it may also be one of http.
    let plain = Address::parse(to).is_some_and(|to| to.is_http());
    let forms = if plain || config.is_development() { "https: http:" } else { "https:" };
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{script}'; style-src {}; base-uri 'none'; \
         form-action {forms}",
        style.source()
    );
    Ok(Response::with_body(200, "text/html; charset=utf-8", view.render()?)
        .with_header("Content-Security-Policy", policy)
        // With no referrer the requestor's page would get `Origin: null`.
        .with_header("Referrer-Policy", "strict-origin")
        .with_header("Cross-Origin-Resource-Policy", "cross-origin")
        .with_header("Cross-Origin-Embedder-Policy", "require-corp")
        .with_header("X-Robots-Tag", "noindex"))
}

#[cfg(test)]
mod tests;

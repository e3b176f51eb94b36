//! The page on which a cardholder says that they did not make a purchase.

use askama::Template;
use warifu_core::cardholder::View;

use super::{Framing, Purchase, html, three_ds::Brands};
use crate::{config::Config, form_record::FormRecord, problem::Problem, response::Response};

#[derive(Template)]
#[template(path = "fraud-report.html")]
struct FraudReportView<'a> {
    ja: bool,
    test: bool,
    style: &'a str,
    issuer: &'a str,
    programme: &'a str,
    contact: &'a str,
    purchase: Purchase<'a>,
    action: &'a str,
    /// The form's address; empty where the page was not opened from the form.
    form: &'a str,
    reported: bool,
    /// Whether something is bought.
    paid: bool,
}

/// What the page is shown with.
pub(crate) struct Shown<'a> {
    /// Where the page posts to.
    pub(crate) action: &'a str,
    /// The address of the form that it was opened from. `None` for an address of a notification,
    /// from which no form can be opened.
    pub(crate) form: Option<&'a str>,
    pub(crate) view: &'a View,
    /// Our own origin.
    pub(crate) origin: &'a str,
}

/// Shows the purchase and asks, or says that it was reported. It runs no script. Only from the form
/// can it be in a frame, of the same pages.
pub(crate) fn show(
    config: &Config,
    record: &FormRecord,
    shown: &Shown<'_>,
) -> Result<Response, Problem> {
    let sheet = record.sheet();
    let locale = sheet.locale;
    let style = &config.style;
    let view = FraudReportView {
        ja: locale.is_japanese(),
        test: record.is_test(),
        style: &style.css,
        issuer: config.issuer_name.of(locale),
        programme: Brands::of(config, record, locale).scheme,
        contact: config.issuer_contact.of(locale),
        purchase: Purchase::of(sheet.transaction, locale),
        action: shown.action,
        form: shown.form.unwrap_or_default(),
        reported: shown.view.fraud_reported_at.is_some(),
        paid: sheet.transaction.amount.is_some(),
    };
    let origins = sheet.origins.join(" ");
    let framing = match shown.form {
        Some(_) if record.is_three_ds() => Framing::Anybody { origin: shown.origin, images: "" },
        Some(_) => Framing::By(&origins),
        None => Framing::Never,
    };
    Ok(html(&view.render()?, style, framing, None))
}

#[cfg(test)]
mod tests;

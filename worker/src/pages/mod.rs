//! What people read: views for the templates, which hold every word.

pub(crate) mod challenge;
pub(crate) mod enrollment;
pub(crate) mod fraud_report;
pub(crate) mod front;
pub(crate) mod notice;
mod policy;
pub(crate) mod problem;
pub(crate) mod three_ds;
pub(crate) mod words;

pub(crate) use policy::{Framing, html};

use askama::Template;
use warifu_core::{display, locale::Locale, transaction::Transaction};

/// Where the widget is served; its name holds the hash of its content.
const WIDGET: &str = env!("WARIFU_WIDGET");

/// A purchase as `purchase.html` shows it.
struct Purchase<'a> {
    merchant: &'a str,
    /// Empty where nothing is paid.
    amount: String,
    date: String,
    card: String,
}

impl<'a> Purchase<'a> {
    fn of(transaction: &'a Transaction, locale: Locale) -> Self {
        Self {
            merchant: transaction.merchant_name.as_str(),
            amount: transaction
                .amount
                .as_ref()
                .map(|amount| display::amount(amount, locale))
                .unwrap_or_default(),
            date: display::day(transaction.purchased_at),
            card: display::card(&transaction.card_last4),
        }
    }
}

/// Renders the template of one language.
fn render<J: Template, E: Template>(locale: Locale, ja: J, en: E) -> Result<String, askama::Error> {
    match locale {
        Locale::Ja => ja.render(),
        Locale::En => en.render(),
    }
}

/// Declares the two templates of one view.
macro_rules! in_both_languages {
    ($render:ident, $view:ident $(<$life:lifetime>)?, $ja:literal, $en:literal) => {
        pub(crate) fn $render(
            locale: warifu_core::locale::Locale,
            view: &$view,
        ) -> Result<String, askama::Error> {
            #[derive(askama::Template)]
            #[template(path = $ja)]
            struct Ja<'v> { view: &'v $view $(<$life>)? }
            #[derive(askama::Template)]
            #[template(path = $en)]
            struct En<'v> { view: &'v $view $(<$life>)? }
            crate::pages::render(locale, Ja { view }, En { view })
        }
    };
}
pub(crate) use in_both_languages;

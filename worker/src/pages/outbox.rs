//! The development outbox as a page.

use askama::Template;
use warifu_core::time::Timestamp;
use worker::Response;

use super::{Style, html};
use crate::{courier::Kept, problem::Problem};

struct OutboxView<'a> {
    style: &'a str,
    deliveries: &'a [Kept],
    now: String,
}

#[derive(Template)]
#[template(path = "outbox.html")]
struct Page<'a> {
    view: OutboxView<'a>,
}

pub(crate) fn show(deliveries: &[Kept], now: Timestamp) -> Result<Response, Problem> {
    let style = Style::outbox();
    let view = OutboxView { style: &style.css, deliveries, now: now.rfc3339() };
    Ok(html(&Page { view }.render()?, &style, "'none'", None)?)
}

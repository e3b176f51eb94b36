//! The development outbox as a page.

use askama::Template;
use warifu_core::time::Timestamp;

use super::{Framing, Style, html};
use crate::{http::Response, json::Json, problem::Problem};

struct OutboxView<'a> {
    style: &'a str,
    deliveries: Vec<OutboxRow<'a>>,
    now: String,
}

struct OutboxRow<'a> {
    channel: &'a str,
    to: &'a str,
    subject: Option<&'a str>,
    text: &'a str,
    code: &'a str,
    challenge: &'a str,
    send: u64,
    at: &'a str,
}

impl<'a> OutboxRow<'a> {
    fn of(message: &'a Json) -> Self {
        let text = |name: &str| message.get(name).and_then(Json::as_str);
        Self {
            channel: text("channel").unwrap_or_default(),
            to: text("to").unwrap_or_default(),
            subject: text("subject"),
            text: text("text").unwrap_or_default(),
            code: text("code").unwrap_or_default(),
            challenge: text("challenge").unwrap_or_default(),
            send: message.get("send").and_then(Json::as_u64).unwrap_or_default(),
            at: text("at").unwrap_or_default(),
        }
    }
}

#[derive(Template)]
#[template(path = "outbox.html")]
struct Page<'a> {
    view: OutboxView<'a>,
}

pub(crate) fn show(deliveries: &[Json], now: Timestamp) -> Result<Response, Problem> {
    let style = Style::outbox();
    let deliveries = deliveries.iter().map(OutboxRow::of).collect();
    let view = OutboxView { style: &style.css, deliveries, now: now.rfc3339() };
    Ok(html(&Page { view }.render()?, &style, Framing::Never, None))
}

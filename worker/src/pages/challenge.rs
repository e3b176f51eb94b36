//! The challenge form, in each of its states.

use askama::Template;
use warifu_core::{
    attempt::AttemptId,
    cardholder::{DeliveryState, Ended, Status, View},
    contact::Via,
};

use super::{
    Framing, Purchase, WIDGET, html,
    three_ds::Brands,
    words::{self, Reason, StatusMessage},
};
use crate::{
    config::Config,
    form_record::FormRecord,
    http::Address,
    problem::{Problem, ProblemCode},
    random,
    response::Response,
    style::Style,
};

#[derive(Template)]
#[template(path = "challenge.html")]
struct ChallengeView<'a> {
    ja: bool,
    test: bool,
    style: &'a str,
    assets: &'static str,
    action: &'a str,
    /// The name of the attempts that this page posts, by the widget or without script.
    attempt: String,
    origins: String,
    issuer: &'a str,
    programme: &'a str,
    issuer_image: &'a str,
    scheme_image: &'a str,
    contact: &'a str,
    purchase: Purchase<'a>,
    personal_message: String,
    sms: bool,
    app: bool,
    destination: String,
    sent: String,
    send: u32,
    code_expires_in: u64,
    resend_in: u64,
    resends_left: u32,
    delivery: &'static str,
    next: u64,
    status: &'static str,
    notice: String,
    error: String,
    ended: String,
    response: &'a str,
    return_to: &'a str,
    error_code: &'static str,
    framed: bool,
    /// Whether a directory server asked for it: the form is then in a requestor's frame.
    three_ds: bool,
    /// Whether something is bought: a directory server also asks for challenges without a payment.
    paid: bool,
    /// Whether the cardholder said that the purchase is not theirs.
    reported: bool,
    /// Whether wrong codes, or a full mailbox, keep it from sending and comparing codes.
    locked: bool,
    /// Where the cardholder can let it in; empty where the issuer has no such site.
    member_site: String,
}

/// What a page shows besides the challenge itself.
#[derive(Default)]
pub(crate) struct Shown<'a> {
    /// Something that was refused.
    pub(crate) problem: Option<&'a Problem>,
    /// The attestation, once verified.
    pub(crate) attestation: Option<&'a str>,
    /// Where the browser goes on when the challenge has ended.
    pub(crate) return_to: Option<&'a str>,
    /// Whether a frame of another page shows it.
    pub(crate) framed: bool,
    /// Our own origin.
    pub(crate) origin: &'a str,
}

/// Shows the form of one challenge at `action`, its address.
pub(crate) fn show(
    config: &Config,
    record: &FormRecord,
    seen: &View,
    action: &str,
    shown: &Shown<'_>,
) -> Result<Response, Problem> {
    let sheet = record.sheet();
    let locale = sheet.locale;
    let of_requestor = record.is_three_ds().then(|| Style::requestor(&config.style));
    let style = of_requestor.as_ref().unwrap_or(&config.style);
    let via = seen.via.as_ref();
    let app = via == Some(&Via::App);
    let sent = words::sent(locale, seen)?;
    let ended = match seen.status.ended() {
        Some(Ended::Canceled) if seen.fraud_reported_at.is_some() => {
            words::refusal(locale, Reason::FraudReported)?
        }
        Some(ended) => words::refusal(locale, Reason::of_end(ended))?,
        None => String::new(),
    };
    // When the challenge has ended, the page says so and leaves out the refusal that follows from
    // it.
    let refused = shown.problem.map(Reason::of).or_else(|| Reason::of_lock(seen));
    let refused = refused.filter(|_| ended.is_empty());
    let refused = refused.map(|reason| words::refusal(locale, reason));
    // Leaves out what the sentence of the send says already. That earlier codes no longer work, it does
    // not say.
    let news = StatusMessage::of(seen)
        .filter(|event| match event {
            StatusMessage::Sending { send } | StatusMessage::Sent { send } => *send > 1,
            StatusMessage::Unconfirmed { .. }
            | StatusMessage::Delivered { .. }
            | StatusMessage::Lost { .. } => true,
            StatusMessage::Diverting
            | StatusMessage::Diverted
            | StatusMessage::Verified
            | StatusMessage::Canceled => false,
        })
        .filter(|_| ended.is_empty() && shown.problem.is_none());
    let notice = news.map(|event| words::event(locale, event)).transpose()?.unwrap_or_default();
    let brands = Brands::of(config, record, locale);
    let images = brands.sources();
    // Where the widget goes at the end, in whichever way that comes.
    let end = if record.is_three_ds() { format!("{action}/end") } else { String::new() };
    let view = ChallengeView {
        ja: locale.is_japanese(),
        test: record.is_test(),
        style: &style.css,
        assets: WIDGET,
        action,
        attempt: AttemptId::random(random::bytes()?).reveal().to_owned(),
        origins: sheet.origins.join(" "),
        issuer: config.issuer_name.of(locale),
        programme: brands.scheme,
        issuer_image: brands.issuer_image,
        scheme_image: brands.scheme_image,
        contact: config.issuer_contact.of(locale),
        purchase: Purchase::of(sheet.transaction, locale),
        personal_message: seen
            .personal_message
            .as_ref()
            .map(|text| text.as_str().to_owned())
            .unwrap_or_default(),
        sms: matches!(via, Some(Via::Sms(_))),
        app,
        destination: words::unbroken(via.and_then(Via::destination).unwrap_or_default()),
        sent,
        send: seen.send,
        code_expires_in: seen.code_expires_in,
        resend_in: seen.resend_in,
        resends_left: seen.resends_left,
        delivery: seen.delivery.map_or("", DeliveryState::as_str),
        next: next_look(config, record, seen).unwrap_or_default(),
        status: seen.status.as_str(),
        notice,
        error: refused.transpose()?.unwrap_or_default(),
        ended,
        response: shown.attestation.unwrap_or_default(),
        return_to: shown.return_to.unwrap_or(&end),
        error_code: client_error(seen, shown.problem),
        // No requestor's page speaks to the form.
        framed: shown.framed && !record.is_three_ds(),
        three_ds: record.is_three_ds(),
        paid: sheet.transaction.amount.is_some(),
        reported: seen.fraud_reported_at.is_some(),
        locked: is_locked(seen) || is_full(seen, shown.problem),
        member_site: member_site(config, record).unwrap_or_default(),
    };
    let framing = match record.is_three_ds() {
        true => Framing::Anybody { origin: shown.origin, images: &images },
        false => Framing::By(&view.origins),
    };
    let response = html(&view.render()?, style, framing, sheet.return_url);
    match shown.problem {
        Some(problem) => Ok(problem.mark(response)),
        None => Ok(response),
    }
}

/// In how many seconds a form asks again how its newest send stands. `None` when no more news of the
/// send can come.
pub(crate) fn next_look(config: &Config, record: &FormRecord, seen: &View) -> Option<u64> {
    look_after(seen, record.sends_receipts(config, seen))
}

/// The same, where receipts of the send can come or cannot. Each question is a request, a read and a
/// call of the object, so that most purchases have one, and two where receipts are late.
fn look_after(seen: &View, receipts: bool) -> Option<u64> {
    /// Most providers have answered by the first; a report that is lost reads as unconfirmed by the last.
    const SENDING: &[u64] = &[6, 15, 35];
    const TAKEN: &[u64] = &[30, 120];
    let ages = match seen.delivery? {
        DeliveryState::Sending => SENDING,
        DeliveryState::Unconfirmed | DeliveryState::Sent if receipts => TAKEN,
        DeliveryState::Unconfirmed
        | DeliveryState::Sent
        | DeliveryState::Delivered
        | DeliveryState::Bounced
        | DeliveryState::Failed => &[],
    };
    let next = ages.iter().find(|age| **age > seen.send_age);
    next.map(|age| age - seen.send_age).filter(|_| seen.status == Status::Pending)
}

fn is_locked(seen: &View) -> bool {
    seen.locked_until.is_some() || seen.sign_in_needed
}

/// Whether the destination takes no more messages and no code is under way. Messages of a purchase that
/// its owner let in have places of their own.
fn is_full(seen: &View, problem: Option<&Problem>) -> bool {
    let limited = problem.is_some_and(|problem| problem.code == ProblemCode::DestinationLimited);
    limited && seen.code_expires_in == 0
}

/// The member site's address for this purchase, which it can ask about first.
fn member_site(config: &Config, record: &FormRecord) -> Option<String> {
    // No member has a purchase of a test.
    let FormRecord::Live(record) = record else { return None };
    let site = Address::parse(config.member_site.as_deref()?)?;
    Some(site.with_query("warifu-challenge", record.id.as_str()))
}

/// The error code that the merchant's page gets of a form that cannot go on, or that no code reaches;
/// empty while all is well.
fn client_error(seen: &View, problem: Option<&Problem>) -> &'static str {
    match seen.status {
        Status::Failed => "attempts-exceeded",
        Status::Expired => "challenge-expired",
        Status::Pending if is_locked(seen) => "locked",
        Status::Pending
            if problem.is_some_and(|problem| problem.code == ProblemCode::NotEnrolled) =>
        {
            "internal"
        }
        Status::Pending if is_undeliverable(seen, problem) => "undeliverable",
        Status::Pending | Status::Verified | Status::Canceled => "",
    }
}

/// Whether the newest code did not arrive, or none lives and the destination takes none now.
fn is_undeliverable(seen: &View, problem: Option<&Problem>) -> bool {
    let too_new = problem.is_some_and(|problem| problem.code == ProblemCode::DestinationTooNew);
    let lost = matches!(seen.delivery, Some(DeliveryState::Bounced | DeliveryState::Failed));
    lost || is_full(seen, problem) || (too_new && seen.code_expires_in == 0)
}

#[cfg(test)]
mod tests;

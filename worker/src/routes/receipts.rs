//! `POST /v1/receipts/…`: what providers tell of a delivery afterwards.

use warifu_core::cardholder::{Act, Reply};

use super::{all, unexpected};
use crate::{
    courier::{Post, Receipt, Teller},
    edge::Edge,
    http::{self, Incoming, Response},
    limits, object,
    problem::{Problem, ProblemCode},
    store::Store,
};

/// The largest post, in bytes. SendGrid gathers events up to 768 KB.
const MOST: usize = 1024 * 1024;

/// How many receipts of one post are noted at a time.
const AT_ONCE: usize = 50;

/// Takes receipts of whoever is set up to tell, once the signature was found right. What they say
/// of a challenge that nobody knows any more is no mistake of theirs.
pub(crate) async fn take(
    edge: &Edge,
    incoming: &mut Incoming,
    teller: Teller,
) -> Result<Response, Problem> {
    let tellers = &edge.config.couriers.tellers;
    if !tellers.knows(teller) {
        return Err(ProblemCode::NotFound.problem());
    }
    limits::address(edge, incoming).await?;
    let body = incoming.body_up_to(MOST).await.map_err(|problem| match problem.code {
        ProblemCode::BodyTooLarge => ProblemCode::BodyTooLarge.saying("Send at most 1 MiB."),
        _ => problem,
    })?;
    let post = Post { origin: &edge.origin, incoming, body: body.bytes() };
    let receipts = tellers.read_post(teller, &post).await.inspect_err(|problem| {
        if problem.code == ProblemCode::InvalidSignature {
            edge.event("receipt_refused", &[("provider", teller.as_str())]);
        }
    })?;
    for group in receipts.chunks(AT_ONCE) {
        for noted in all(group.iter().map(|receipt| note(edge, receipt))).await {
            noted?;
        }
    }
    Ok(http::empty(204))
}

/// Has the cardholder object note one receipt, if there is still a challenge that it is about.
async fn note(edge: &Edge, receipt: &Receipt) -> Result<(), Problem> {
    let Receipt { challenge, number, delivery } = receipt;
    let Some(record) = Store::of(edge)?.challenge(challenge).await? else { return Ok(()) };
    match object::act(edge, &record, Act::Receipt(*number, *delivery)).await? {
        Reply::Seen(_) => {
            let number = number.to_string();
            let facts = [
                ("challenge", challenge.as_str()),
                ("delivery", &number),
                ("state", delivery.as_str()),
            ];
            edge.event("receipt", &facts);
        }
        // Forgotten, or never opened.
        Reply::Refused(refusal, _) => edge.fault(&Problem::refused(refusal)),
        other => return Err(unexpected(other)),
    }
    Ok(())
}

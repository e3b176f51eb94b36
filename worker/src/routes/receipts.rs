//! `POST /v1/receipts/…`: receipts of providers. The signature is checked first; a post without a
//! right one is not read any further.

use std::cell::RefCell;

use futures_util::future::join_all;
use warifu_core::cardholder::{ChallengeCommand, Refused, Reply};
use warifu_delivery::{
    provider_name::ProviderName,
    receipts::{
        Key, Post, Receipt, ReceiptMessage, SignatureClaim,
        certificates::{Certificates, Lookup, Published},
        published_key,
    },
};

use super::unexpected;
use crate::{
    cardholder_client, clock,
    http::{Incoming, network},
    limits,
    log::LogEvent,
    outbound,
    problem::{Problem, ProblemCode},
    request_context::RequestContext,
    response::Response,
    store::Store,
    webcrypto,
};

/// The largest post, in bytes. SendGrid gathers events up to 768 KB.
const MOST: usize = 1024 * 1024;

/// How many receipts of one post are noted at the same time.
const AT_ONCE: usize = 50;

/// How long a provider's answer to our own request is waited for, in milliseconds.
const PATIENCE: u32 = 5000;

thread_local! {
    /// What this isolate knows of published certificates.
    static PUBLISHED: RefCell<Certificates> = RefCell::default();
}

/// Takes a post of a provider whose receipts are set up. A receipt of a challenge that is forgotten
/// is no mistake of the provider, and is answered like any other.
pub(crate) async fn take(
    ctx: &RequestContext,
    incoming: &mut Incoming,
    provider: ProviderName,
) -> Result<Response, Problem> {
    let source = ctx.config.couriers.receipt_sources.of(provider);
    let source = source.ok_or_else(|| ProblemCode::NotFound.problem())?;
    limits::receipts(ctx, incoming).await?;
    let body = incoming.body_up_to(MOST).await.map_err(|problem| match problem.code {
        ProblemCode::BodyTooLarge => ProblemCode::BodyTooLarge.saying("Send at most 1 MiB."),
        _ => problem,
    })?;
    let (target, header) = (incoming.target(), |name: &str| incoming.header(name));
    let post = Post { origin: &ctx.origin, target: &target, header: &header, body: body.bytes() };
    let signed = match source.claim(&post, clock::platform()) {
        Some(claim) => is_true(claim, &network(&incoming.address())).await,
        None => Ok(false),
    };
    let refused = match signed {
        Ok(true) => None,
        Ok(false) => Some(ProblemCode::InvalidSignature.problem()),
        Err(problem) => Some(problem),
    };
    if let Some(problem) = refused {
        if problem.cause().is_none() {
            ctx.log(&LogEvent::ReceiptRefused { provider: provider.as_str() });
        }
        return Err(problem);
    }
    match source.message(&post)? {
        ReceiptMessage::Receipts(receipts) => {
            for group in receipts.chunks(AT_ONCE) {
                for noted in
                    join_all(group.iter().map(|receipt| note(ctx, provider, receipt))).await
                {
                    noted?;
                }
            }
        }
        ReceiptMessage::Confirm(address) => {
            let answer = outbound::get(&address, PATIENCE).await;
            if !answer.is_ok_and(|answer| answer.status == 200) {
                return Err(Problem::unavailable("a provider did not take our confirmation"));
            }
            ctx.log(&LogEvent::ReceiptsConfirmed { provider: provider.as_str() });
        }
    }
    Ok(Response::empty(204))
}

/// Whether the signature of a claim is right. `source`: who posted it.
async fn is_true(claim: SignatureClaim, source: &str) -> Result<bool, Problem> {
    let SignatureClaim { key, algorithm, signature, signed } = claim;
    let (format, key) = match key {
        Key::Shared(key) => ("raw", key),
        Key::Public(key) => ("spki", key),
        Key::Published(address) => match published(&address, source).await? {
            Some(key) => ("spki", key),
            None => return Ok(false),
        },
    };
    let verified = webcrypto::verified(format, &key, algorithm, &signature, &signed).await;
    verified.map_err(|_| Problem::internal("WebCrypto failed to check a signature"))
}

/// The key of the certificate at this address. `None` when there is no such certificate. While it
/// cannot be asked for, the provider is told when to come again.
async fn published(address: &str, source: &str) -> Result<Option<Vec<u8>>, Problem> {
    let look = |known: &mut Certificates| known.look(address, source, clock::platform());
    match PUBLISHED.with_borrow_mut(look) {
        Lookup::Known(key) => return Ok(Some(key)),
        Lookup::Absent => return Ok(None),
        Lookup::Later(seconds) => {
            // Whoever posts can bring this about, so it is no fault of ours.
            return Err(ProblemCode::Unavailable.problem().after(seconds));
        }
        Lookup::Ask => {}
    }
    let published = match outbound::get(address, PATIENCE).await {
        Ok(answer) if answer.status == 200 => {
            published_key(&answer.text).map_or(Published::Unknown, Published::Key)
        }
        Ok(answer) if matches!(answer.status, 400..=499) => Published::Absent,
        Ok(_) | Err(_) => Published::Unknown,
    };
    PUBLISHED.with_borrow_mut(|known| {
        known.learn(address, source, &published, clock::platform());
    });
    match published {
        Published::Key(key) => Ok(Some(key)),
        Published::Absent => Ok(None),
        Published::Unknown => Err(Problem::unavailable("a provider's certificate was not there")),
    }
}

/// Has the cardholder object note one receipt, if its challenge is still kept.
async fn note(
    ctx: &RequestContext,
    provider: ProviderName,
    receipt: &Receipt,
) -> Result<(), Problem> {
    let Receipt { challenge, number, delivery } = receipt;
    let Some(record) = Store::of(&ctx.env)?.challenge(challenge).await? else { return Ok(()) };
    let command = ChallengeCommand::Receipt(*number, provider.id(), *delivery);
    match cardholder_client::apply(ctx, &record, command).await? {
        Reply::Seen(_) => {
            ctx.log(&LogEvent::Receipt { challenge, delivery: *number, state: *delivery });
        }
        // The challenge was forgotten, or never opened.
        Reply::Refused(Refused::Rule(refusal), _) => ctx.fault(&Problem::refused(refusal)),
        other => return Err(unexpected(other)),
    }
    Ok(())
}

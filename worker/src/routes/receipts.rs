//! `POST /v1/receipts/…`: receipts of providers. The signature is checked first; a post without a
//! right one is not read any further.

use std::cell::RefCell;

use futures_util::future::join_all;
use warifu_core::cardholder::{ChallengeCommand, Refused, Reply};
use warifu_delivery::{
    provider_name::ProviderName,
    receipts::{Key, Post, Receipt, ReceiptMessage, SignatureClaim, published_key},
};

use super::unexpected;
use crate::{
    cardholder_client, clock,
    http::Incoming,
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

/// How many published keys are kept: there is one, or two while it is replaced.
const KEYS: usize = 4;

thread_local! {
    /// Keys of certificates by their addresses.
    static PUBLISHED: RefCell<Vec<(String, Vec<u8>)>> = const { RefCell::new(Vec::new()) };
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
        Some(claim) => is_true(claim).await?,
        None => false,
    };
    if !signed {
        ctx.log(&LogEvent::ReceiptRefused { provider: provider.as_str() });
        return Err(ProblemCode::InvalidSignature.problem());
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

/// Whether the signature of a claim is right.
async fn is_true(claim: SignatureClaim) -> Result<bool, Problem> {
    let SignatureClaim { key, algorithm, signature, signed } = claim;
    let (format, key) = match key {
        Key::Shared(key) => ("raw", key),
        Key::Public(key) => ("spki", key),
        Key::Published(address) => match published(address).await? {
            Some(key) => ("spki", key),
            None => return Ok(false),
        },
    };
    let verified = webcrypto::verified(format, &key, algorithm, &signature, &signed).await;
    verified.map_err(|_| Problem::internal("WebCrypto failed to check a signature"))
}

/// The key of the certificate at this address, which is fetched once. `None` when there is no such
/// certificate.
async fn published(address: String) -> Result<Option<Vec<u8>>, Problem> {
    let known = PUBLISHED.with_borrow(|keys| {
        keys.iter().find(|(known, _)| *known == address).map(|(_, key)| key.clone())
    });
    if known.is_some() {
        return Ok(known);
    }
    let answer = outbound::get(&address, PATIENCE).await.ok();
    let key = match &answer {
        Some(answer) if answer.status == 200 => published_key(&answer.text),
        Some(answer) if matches!(answer.status, 400..=499) => return Ok(None),
        _ => None,
    };
    let key = key.ok_or_else(|| Problem::unavailable("a provider's certificate was not there"))?;
    PUBLISHED.with_borrow_mut(|keys| {
        keys.truncate(KEYS - 1);
        keys.insert(0, (address, key.clone()));
    });
    Ok(Some(key))
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

//! `/v1/siteverify`: a merchant's server spends an attestation, once. The answer has the shape of
//! the challenge services that merchants know.

use std::ops::Not;

use serde::Serialize;
use warifu_core::{
    attestation::TestClaims,
    cardholder::{ChallengeCommand, Refusal, Refused, Reply, View},
    digest::{Digest, Hasher},
    secret::KeyMode,
};

use crate::{
    auth::{self, KeyHolder},
    form_record::FormRecord,
    http::{self, Body, Incoming, merchant_host},
    log::LogEvent,
    problem::{Problem, ProblemCode},
    request_context::RequestContext,
    response::Response,
    routes::unexpected,
    signing::AttestationClaims,
    store::Store,
    test_mode::dummy::Dummy,
};

/// Why an attestation was not redeemed.
#[derive(Clone, Copy)]
enum ErrorCode {
    MissingInputSecret,
    InvalidInputSecret,
    MissingInputResponse,
    InvalidInputResponse,
    BadRequest,
    TimeoutOrDuplicate,
    InternalError,
}

impl ErrorCode {
    /// The code on the wire.
    fn as_str(self) -> &'static str {
        match self {
            Self::MissingInputSecret => "missing-input-secret",
            Self::InvalidInputSecret => "invalid-input-secret",
            Self::MissingInputResponse => "missing-input-response",
            Self::InvalidInputResponse => "invalid-input-response",
            Self::BadRequest => "bad-request",
            Self::TimeoutOrDuplicate => "timeout-or-duplicate",
            Self::InternalError => "internal-error",
        }
    }
}

struct Submitted {
    secret: Option<String>,
    response: Option<String>,
    idempotency_key: Option<String>,
}

/// Answers 200 to whatever it could read: success or not is in the body.
pub(crate) async fn siteverify(
    ctx: &RequestContext,
    incoming: &mut Incoming,
) -> Result<Response, Problem> {
    let body = incoming.body().await?;
    if !body.is_json() && !body.is_form() {
        return Err(ProblemCode::UnsupportedMediaType
            .saying("Send the body as application/json or application/x-www-form-urlencoded."));
    }
    let Some(submitted) = read(&body) else {
        ctx.log(&LogEvent::CallRefused { problem: ErrorCode::BadRequest.as_str() });
        return failure(400, ErrorCode::BadRequest);
    };
    match redeem(ctx, incoming, &submitted).await {
        Ok(Ok(Some((record, view)))) => success(&record, &view),
        Ok(Ok(None)) => dummy_success(),
        Ok(Err(code)) => {
            match code {
                // Its line was written where the key was refused.
                ErrorCode::InvalidInputSecret => {}
                _ => ctx.log(&LogEvent::CallRefused { problem: code.as_str() }),
            }
            failure(200, code)
        }
        Err(problem)
            if matches!(problem.code, ProblemCode::RateLimited | ProblemCode::TooManyWrongKeys) =>
        {
            Err(problem)
        }
        Err(problem) => {
            // The merchant's library reads only the body, so the fault is logged here.
            ctx.fault(&problem);
            failure(200, ErrorCode::InternalError)
        }
    }
}

/// Reads what was sent, JSON and form post alike. `None` when a field is not described or given twice.
fn read(body: &Body) -> Option<Submitted> {
    const LONGEST_KEY: usize = 255;
    let fields = if body.is_json() { body.json() } else { body.form() };
    let mut fields = fields.ok()?;
    // The field is taken for compatibility, and not checked: the code was bound to more than an
    // address.
    fields.optional_text("remoteip").ok()?;
    let submitted = Submitted {
        secret: fields.optional_text("secret").ok()?,
        response: fields.optional_text("response").ok()?,
        idempotency_key: fields.optional_text("idempotency_key").ok()?,
    };
    fields.end().ok()?;
    let key_fits = submitted.idempotency_key.as_ref().is_none_or(|key| key.len() <= LONGEST_KEY);
    key_fits.then_some(submitted)
}

/// What was redeemed; `None` where the dummy secret that passes was brought.
type Redeemed = Option<(FormRecord, View)>;

async fn redeem(
    ctx: &RequestContext,
    incoming: &Incoming,
    submitted: &Submitted,
) -> Result<Result<Redeemed, ErrorCode>, Problem> {
    let Some(secret) = submitted.secret.as_deref().filter(|text| !text.is_empty()) else {
        return Ok(Err(ErrorCode::MissingInputSecret));
    };
    let response = submitted.response.as_deref().filter(|text| !text.is_empty());
    if let Some(dummy) = Dummy::of(secret).filter(|_| ctx.config.test_mode.takes(KeyMode::Test)) {
        return Ok(match (dummy, response) {
            (_, None) => Err(ErrorCode::MissingInputResponse),
            (Dummy::Pass, Some(_)) => Ok(None),
            (Dummy::Fail, Some(_)) => Err(ErrorCode::InvalidInputResponse),
            (Dummy::Spent, Some(_)) => Err(ErrorCode::TimeoutOrDuplicate),
        });
    }
    let Some(holder) = auth::merchant_of_secret(ctx, incoming, secret).await? else {
        return Ok(Err(ErrorCode::InvalidInputSecret));
    };
    let Some(token) = response else {
        return Ok(Err(ErrorCode::MissingInputResponse));
    };
    let (record, issued_at) = match attested(ctx, &holder, token).await? {
        Ok(attested) => attested,
        Err(code) => return Ok(Err(code)),
    };
    let idempotency = submitted.idempotency_key.as_deref().map(idempotency_digest);
    let command = ChallengeCommand::Redeem { issued_at, idempotency };
    Ok(match record.apply(ctx, command).await? {
        Reply::Redeemed(view) => {
            ctx.log(&LogEvent::Redeemed { challenge: record.of_challenge().challenge });
            Ok(Some((record, view)))
        }
        Reply::Refused(Refused::NotRedeemable | Refused::Rule(Refusal::UnknownChallenge), _) => {
            Err(ErrorCode::TimeoutOrDuplicate)
        }
        Reply::Refused(Refused::Rule(_), _) => Err(ErrorCode::InvalidInputResponse),
        other => return Err(unexpected(other)),
    })
}

/// The record of the challenge that an attestation is of, and when that was verified. A test key takes
/// attestations of tests, and a live one the others.
async fn attested(
    ctx: &RequestContext,
    holder: &KeyHolder,
    token: &str,
) -> Result<Result<(FormRecord, u64), ErrorCode>, Problem> {
    let fault = |_| Problem::internal("WebCrypto failed to check a signature");
    let (store, signing) = (Store::of(&ctx.env)?, &ctx.config.signing);
    let (record, issued_at) = match holder {
        KeyHolder::Live(merchant) => {
            let claims = signing.verify(token).await.map_err(fault)?;
            let Some(claims) = own(ctx, claims, merchant.id.as_str()) else {
                return Ok(Err(ErrorCode::InvalidInputResponse));
            };
            let record = store.challenge(&claims.challenge).await?;
            (record.map(FormRecord::Live), claims.issued_at)
        }
        KeyHolder::Test(merchant) => {
            let claims = signing.verify_test(token).await.map_err(fault)?;
            let audience = TestClaims::audience(merchant.id.as_str());
            let Some(claims) = own(ctx, claims, &audience) else {
                return Ok(Err(ErrorCode::InvalidInputResponse));
            };
            let record = store.test_challenge(&claims.challenge).await?;
            (record.map(FormRecord::Test), claims.issued_at)
        }
    };
    Ok(record.map(|record| (record, issued_at)).ok_or(ErrorCode::TimeoutOrDuplicate))
}

/// The claims, if we made them for this audience.
fn own<Id>(
    ctx: &RequestContext,
    claims: Option<AttestationClaims<Id>>,
    audience: &str,
) -> Option<AttestationClaims<Id>> {
    claims.filter(|claims| claims.audience == audience && claims.issuer == ctx.origin)
}

fn idempotency_digest(key: &str) -> Digest {
    Hasher::new("warifu/redeem/v1").field(key.as_bytes()).finish()
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Success<'a> {
    success: bool,
    challenge: &'a str,
    #[serde(rename = "challenge_ts")]
    challenge_ts: String,
    hostname: String,
    amount: u64,
    currency: &'a str,
    #[serde(rename = "card_last4")]
    card_last4: &'a str,
    reference: Option<&'a str>,
    merchant: &'a str,
    channel: &'a str,
    /// Only of a test.
    #[serde(skip_serializing_if = "Not::not")]
    test: bool,
    error_codes: [&'static str; 0],
}

fn success(record: &FormRecord, view: &View) -> Result<Response, Problem> {
    let transaction = record.sheet().transaction;
    let amount = transaction.amount.as_ref();
    let amount = amount.ok_or_else(|| Problem::internal("nothing is paid"))?;
    let currency = amount.currency();
    let answer = Success {
        success: true,
        challenge: record.of_challenge().challenge,
        challenge_ts: view.outcome.map_or(view.opened_at, |outcome| outcome.at).rfc3339(),
        hostname: merchant_host(record.sheet(), view).unwrap_or_default(),
        amount: amount.minor(),
        currency: currency.code(),
        card_last4: transaction.card_last4.as_str(),
        reference: transaction.reference.as_ref().map(|text| text.as_str()),
        merchant: transaction.merchant.as_str(),
        channel: view.via.as_ref().map_or("", |via| via.channel().as_str()),
        test: record.is_test(),
        error_codes: [],
    };
    Ok(http::json(200, &answer)?)
}

/// The answer to the dummy secret that always passes: of the example purchase of the guide.
fn dummy_success() -> Result<Response, Problem> {
    let answer = Success {
        success: true,
        challenge: "ch_test_AAAAAAAAAAAAAAAAAAAAAA",
        challenge_ts: "2023-02-12T15:00:00Z".to_owned(),
        hostname: "shop.example".to_owned(),
        amount: 3150,
        currency: "JPY",
        card_last4: "1234",
        reference: Some("order-1"),
        merchant: "maru-shop",
        channel: "email",
        test: true,
        error_codes: [],
    };
    Ok(http::json(200, &answer)?)
}

fn failure(status: u16, code: ErrorCode) -> Result<Response, Problem> {
    #[derive(Serialize)]
    #[serde(rename_all = "kebab-case")]
    struct Failure {
        success: bool,
        error_codes: [&'static str; 1],
    }
    Ok(http::json(status, &Failure { success: false, error_codes: [code.as_str()] })?)
}

#[cfg(test)]
mod tests;

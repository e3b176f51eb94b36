//! `/v1/siteverify`: a merchant's server spends an attestation, once. The answer has the shape of
//! the challenge services that merchants know.

use serde::Serialize;
use warifu_core::{
    cardholder::{ChallengeCommand, Refusal, Refused, Reply, View},
    digest::{Digest, Hasher},
    record::ChallengeRecord,
};

use crate::{
    auth, cardholder_client,
    http::{self, Body, Incoming, merchant_host},
    log::LogEvent,
    problem::{Problem, ProblemCode},
    request_context::RequestContext,
    response::Response,
    routes::unexpected,
    signing::AttestationClaims,
    store::Store,
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
        Ok(Ok((record, view))) => success(&record, &view),
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

type Redeemed = Result<(ChallengeRecord, View), ErrorCode>;

async fn redeem(
    ctx: &RequestContext,
    incoming: &Incoming,
    submitted: &Submitted,
) -> Result<Redeemed, Problem> {
    let Some(secret) = submitted.secret.as_deref().filter(|text| !text.is_empty()) else {
        return Ok(Err(ErrorCode::MissingInputSecret));
    };
    let Some(merchant) = auth::merchant_of_secret(ctx, incoming, secret).await? else {
        return Ok(Err(ErrorCode::InvalidInputSecret));
    };
    let Some(token) = submitted.response.as_deref().filter(|text| !text.is_empty()) else {
        return Ok(Err(ErrorCode::MissingInputResponse));
    };
    let claims = ctx.config.signing.verify(token).await;
    let claims = claims.map_err(|_| Problem::internal("WebCrypto failed to check a signature"))?;
    let own = claims
        .filter(|claims| claims.audience == merchant.id.as_str() && claims.issuer == ctx.origin);
    let Some(AttestationClaims { challenge, issued_at, .. }) = own else {
        return Ok(Err(ErrorCode::InvalidInputResponse));
    };
    let Some(record) = Store::of(&ctx.env)?.challenge(&challenge).await? else {
        return Ok(Err(ErrorCode::TimeoutOrDuplicate));
    };
    let idempotency = submitted.idempotency_key.as_deref().map(idempotency_digest);
    let command = ChallengeCommand::Redeem { issued_at, idempotency };
    Ok(match cardholder_client::apply(ctx, &record, command).await? {
        Reply::Redeemed(view) => {
            ctx.log(&LogEvent::Redeemed { challenge: &record.id });
            Ok((record, view))
        }
        Reply::Refused(Refused::NotRedeemable | Refused::Rule(Refusal::UnknownChallenge), _) => {
            Err(ErrorCode::TimeoutOrDuplicate)
        }
        Reply::Refused(Refused::Rule(_), _) => Err(ErrorCode::InvalidInputResponse),
        other => return Err(unexpected(other)),
    })
}

fn idempotency_digest(key: &str) -> Digest {
    Hasher::new("warifu/redeem/v1").field(key.as_bytes()).finish()
}

fn success(record: &ChallengeRecord, view: &View) -> Result<Response, Problem> {
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
        error_codes: [&'static str; 0],
    }
    let transaction = &record.transaction;
    let currency = transaction.amount.currency();
    let answer = Success {
        success: true,
        challenge: record.id.as_str(),
        challenge_ts: view.outcome.map_or(view.opened_at, |outcome| outcome.at).rfc3339(),
        hostname: merchant_host(record, view).unwrap_or_default(),
        amount: transaction.amount.minor(),
        currency: currency.code(),
        card_last4: transaction.card_last4.as_str(),
        reference: transaction.reference.as_ref().map(|text| text.as_str()),
        merchant: transaction.merchant.as_str(),
        channel: view.via.as_ref().map_or("", |via| via.channel().as_str()),
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

//! The whole route table, and what every answer has in common.

use warifu_core::secret::KeyMode;
use warifu_delivery::provider_name::ProviderName;
use worker::{Context, Env, Method, Request};

use crate::{
    http::Incoming,
    problem::Problem,
    request_context::RequestContext,
    response::Response,
    routes::{
        cardholders, challenges, endpoints, enrollment, form, front, keys, merchants, own_merchant,
        problems, receipts, siteverify, three_ds, well_known,
    },
};

/// What a path serves, for each method.
enum Route<'a> {
    Front,
    Health,
    Jwks,
    SecurityText,
    ProblemType(&'a str),
    Challenges,
    Challenge(&'a str),
    CancelChallenge(&'a str),
    OwnMerchant,
    Siteverify,
    Cardholder(&'a str),
    UnlockCardholder(&'a str),
    CardholderChallenges(&'a str),
    Card(&'a str, &'a str),
    ReleaseChallenge(&'a str, &'a str),
    ExpectedPurchase(&'a str),
    EnrollmentSessions(&'a str),
    Cardholders,
    Merchants,
    Merchant(&'a str),
    MerchantKeys(&'a str),
    EventEndpoint(&'a str, KeyMode),
    EventRotation(&'a str, KeyMode),
    MerchantKey(&'a str, &'a str),
    Receipts(ProviderName),
    Form(&'a str),
    FormPost(&'a str, form::Posted),
    FormDelivery(&'a str),
    FormEnd(&'a str),
    AReq,
    CReq,
    FormFraudReport(&'a str),
    FraudReport(&'a str),
    Enrollment(&'a str),
    EnrollmentConfirm(&'a str),
    EnrollmentDone(&'a str),
    EnrollmentPost(&'a str, enrollment::Posted),
}

fn find<'a>(path: &[&'a str]) -> Option<Route<'a>> {
    use KeyMode::{Live, Test};
    Some(match *path {
        [""] => Route::Front,
        ["healthz"] => Route::Health,
        [".well-known", "jwks.json"] => Route::Jwks,
        [".well-known", "security.txt"] => Route::SecurityText,
        ["problems", slug] => Route::ProblemType(slug),
        // Merchants
        ["v1", "challenges"] => Route::Challenges,
        ["v1", "challenges", id] => Route::Challenge(id),
        ["v1", "challenges", id, "cancel"] => Route::CancelChallenge(id),
        ["v1", "merchant"] => Route::OwnMerchant,
        ["v1", "siteverify"] => Route::Siteverify,
        // The issuer
        ["v1", "cardholders"] => Route::Cardholders,
        ["v1", "cardholders", id] => Route::Cardholder(id),
        ["v1", "cardholders", id, "cards", digest] => Route::Card(id, digest),
        ["v1", "cardholders", id, "challenges"] => Route::CardholderChallenges(id),
        ["v1", "cardholders", id, "challenges", ch, "release"] => Route::ReleaseChallenge(id, ch),
        ["v1", "cardholders", id, "expected-purchase"] => Route::ExpectedPurchase(id),
        ["v1", "cardholders", id, "enrollment-sessions"] => Route::EnrollmentSessions(id),
        ["v1", "cardholders", id, "unlock"] => Route::UnlockCardholder(id),
        ["v1", "merchants"] => Route::Merchants,
        ["v1", "merchants", id] => Route::Merchant(id),
        ["v1", "merchants", id, "event-endpoint"] => Route::EventEndpoint(id, Live),
        ["v1", "merchants", id, "event-endpoint", "rotate"] => Route::EventRotation(id, Live),
        ["v1", "merchants", id, "test-event-endpoint"] => Route::EventEndpoint(id, Test),
        ["v1", "merchants", id, "test-event-endpoint", "rotate"] => Route::EventRotation(id, Test),
        ["v1", "merchants", id, "keys"] => Route::MerchantKeys(id),
        ["v1", "merchants", id, "keys", key] => Route::MerchantKey(id, key),
        // Providers
        ["v1", "receipts", "twilio"] => Route::Receipts(ProviderName::Twilio),
        ["v1", "receipts", "ses"] => Route::Receipts(ProviderName::Ses),
        ["v1", "receipts", "sendgrid"] => Route::Receipts(ProviderName::SendGrid),
        // Directory servers, and browsers that requestors send
        ["3ds", "areq"] => Route::AReq,
        ["3ds", "challenge"] => Route::CReq,
        // Browsers
        ["challenge", secret] => Route::Form(secret),
        ["challenge", secret, "delivery"] => Route::FormDelivery(secret),
        ["challenge", secret, "end"] => Route::FormEnd(secret),
        ["challenge", secret, "verify"] => Route::FormPost(secret, form::Posted::Verify),
        ["challenge", secret, "resend"] => Route::FormPost(secret, form::Posted::Resend),
        ["challenge", secret, "cancel"] => Route::FormPost(secret, form::Posted::Cancel),
        ["challenge", secret, "report"] => Route::FormFraudReport(secret),
        ["report", token] => Route::FraudReport(token),
        ["enrollment", token] => Route::Enrollment(token),
        ["enrollment", token, "done"] => Route::EnrollmentDone(token),
        ["enrollment", token, "confirm"] => Route::EnrollmentConfirm(token),
        ["enrollment", token, "change"] => Route::EnrollmentPost(token, enrollment::Posted::Change),
        ["enrollment", token, "cancel"] => Route::EnrollmentPost(token, enrollment::Posted::Cancel),
        _ => return None,
    })
}

async fn run(
    ctx: &RequestContext,
    incoming: &mut Incoming,
    route: Route<'_>,
) -> Result<Response, Problem> {
    use Method::{Delete, Get, Head, Post, Put};
    let Some(method) = incoming.method() else { return Err(Problem::not_allowed(route.allow())) };
    match (route, method) {
        (Route::Front, Get | Head) => front::show(ctx, incoming),
        (Route::Health, Get | Head) => well_known::health(),
        (Route::Jwks, Get | Head) => well_known::jwks(ctx),
        (Route::SecurityText, Get | Head) => well_known::security_text(ctx).await,
        (Route::ProblemType(slug), Get | Head) => problems::show(ctx, incoming, slug),
        (Route::Challenges, Post) => challenges::create(ctx, incoming).await,
        (Route::Challenges, Get) => challenges::list(ctx, incoming).await,
        (Route::Challenge(id), Get) => challenges::read(ctx, incoming, id).await,
        (Route::CancelChallenge(id), Post) => challenges::cancel(ctx, incoming, id).await,
        (Route::OwnMerchant, Get) => own_merchant::read(ctx, incoming).await,
        (Route::Siteverify, Post) => siteverify::siteverify(ctx, incoming).await,
        (Route::Cardholder(id), Put) => cardholders::put(ctx, incoming, id).await,
        (Route::Cardholder(id), Get) => cardholders::read(ctx, incoming, id).await,
        (Route::Cardholder(id), Delete) => cardholders::delete(ctx, incoming, id).await,
        (Route::UnlockCardholder(id), Post) => cardholders::unlock(ctx, incoming, id).await,
        (Route::CardholderChallenges(id), Get) => {
            cardholders::list_challenges(ctx, incoming, id).await
        }
        (Route::Card(id, card), Put) => cardholders::cards::put(ctx, incoming, id, card).await,
        (Route::Card(id, card), Delete) => {
            cardholders::cards::delete(ctx, incoming, id, card).await
        }
        (Route::ReleaseChallenge(id, challenge), Post) => {
            cardholders::release(ctx, incoming, id, challenge).await
        }
        (Route::ExpectedPurchase(id), Put) => {
            cardholders::expected_purchase::put(ctx, incoming, id).await
        }
        (Route::ExpectedPurchase(id), Delete) => {
            cardholders::expected_purchase::delete(ctx, incoming, id).await
        }
        (Route::EnrollmentSessions(id), Post) => enrollment::start(ctx, incoming, id).await,
        (Route::Cardholders, Post) => cardholders::import(ctx, incoming).await,
        (Route::Cardholders, Get) => cardholders::list(ctx, incoming).await,
        (Route::Merchants, Get) => merchants::list(ctx, incoming).await,
        (Route::Merchant(id), Put) => merchants::put(ctx, incoming, id).await,
        (Route::Merchant(id), Get) => merchants::read(ctx, incoming, id).await,
        (Route::Merchant(id), Delete) => merchants::delete(ctx, incoming, id).await,
        (Route::EventEndpoint(id, mode), Put) => endpoints::put(ctx, incoming, id, mode).await,
        (Route::EventEndpoint(id, mode), Get) => endpoints::read(ctx, incoming, id, mode).await,
        (Route::EventEndpoint(id, mode), Delete) => {
            endpoints::delete(ctx, incoming, id, mode).await
        }
        (Route::EventRotation(id, mode), Post) => endpoints::rotate(ctx, incoming, id, mode).await,
        (Route::MerchantKeys(id), Post) => keys::mint(ctx, incoming, id).await,
        (Route::MerchantKey(id, key), Delete) => keys::revoke(ctx, incoming, id, key).await,
        (Route::Receipts(provider), Post) => receipts::take(ctx, incoming, provider).await,
        (Route::AReq, Post) => three_ds::answer(ctx, incoming).await,
        (Route::CReq, Post) => three_ds::open(ctx, incoming).await,
        (Route::FormEnd(secret), Get) => form::end(ctx, incoming, secret).await,
        (Route::Form(secret), Get) => form::show(ctx, incoming, secret).await,
        (Route::FormDelivery(secret), Get) => form::delivery(ctx, incoming, secret).await,
        (Route::FormPost(secret, _), Get) => Ok(form::begin_again(secret)),
        (Route::FormPost(secret, what), Post) => form::post(ctx, incoming, secret, what).await,
        (Route::FormFraudReport(secret), Get) => {
            form::fraud_report::show_in_form(ctx, incoming, secret).await
        }
        (Route::FormFraudReport(secret), Post) => {
            form::fraud_report::post_in_form(ctx, incoming, secret).await
        }
        (Route::FraudReport(token), Get) => form::fraud_report::show(ctx, incoming, token).await,
        (Route::FraudReport(token), Post) => form::fraud_report::post(ctx, incoming, token).await,
        (Route::Enrollment(token), Get) => enrollment::show(ctx, incoming, token).await,
        (Route::EnrollmentConfirm(token), Get) => enrollment::confirm(ctx, incoming, token).await,
        (Route::EnrollmentDone(token), Get) => enrollment::done(ctx, incoming, token).await,
        (Route::EnrollmentPost(token, _), Get) => Ok(enrollment::begin_again(token)),
        (Route::EnrollmentPost(token, what), Post) => {
            enrollment::post(ctx, incoming, token, what).await
        }
        (route, _) => Err(Problem::not_allowed(route.allow())),
    }
}

impl Route<'_> {
    /// The path with its parameters by their names, for the log: a parameter can be a secret.
    fn path(&self) -> &'static str {
        match self {
            Self::Front => "/",
            Self::Health => "/healthz",
            Self::Jwks => "/.well-known/jwks.json",
            Self::SecurityText => "/.well-known/security.txt",
            Self::ProblemType(_) => "/problems/{type}",
            Self::Challenges => "/v1/challenges",
            Self::Challenge(_) => "/v1/challenges/{id}",
            Self::CancelChallenge(_) => "/v1/challenges/{id}/cancel",
            Self::OwnMerchant => "/v1/merchant",
            Self::Siteverify => "/v1/siteverify",
            Self::Cardholder(_) => "/v1/cardholders/{id}",
            Self::UnlockCardholder(_) => "/v1/cardholders/{id}/unlock",
            Self::CardholderChallenges(_) => "/v1/cardholders/{id}/challenges",
            Self::Card(..) => "/v1/cardholders/{id}/cards/{digest}",
            Self::ReleaseChallenge(..) => "/v1/cardholders/{id}/challenges/{challenge}/release",
            Self::ExpectedPurchase(_) => "/v1/cardholders/{id}/expected-purchase",
            Self::EnrollmentSessions(_) => "/v1/cardholders/{id}/enrollment-sessions",
            Self::Cardholders => "/v1/cardholders",
            Self::Merchants => "/v1/merchants",
            Self::Merchant(_) => "/v1/merchants/{id}",
            Self::MerchantKeys(_) => "/v1/merchants/{id}/keys",
            Self::EventEndpoint(_, KeyMode::Live) => "/v1/merchants/{id}/event-endpoint",
            Self::EventRotation(_, KeyMode::Live) => "/v1/merchants/{id}/event-endpoint/rotate",
            Self::EventEndpoint(_, KeyMode::Test) => "/v1/merchants/{id}/test-event-endpoint",
            Self::EventRotation(_, KeyMode::Test) => {
                "/v1/merchants/{id}/test-event-endpoint/rotate"
            }
            Self::MerchantKey(..) => "/v1/merchants/{id}/keys/{key}",
            Self::Receipts(_) => "/v1/receipts/{provider}",
            Self::Form(_) => "/challenge/{client_secret}",
            Self::FormPost(_, form::Posted::Verify) => "/challenge/{client_secret}/verify",
            Self::FormPost(_, form::Posted::Resend) => "/challenge/{client_secret}/resend",
            Self::FormPost(_, form::Posted::Cancel) => "/challenge/{client_secret}/cancel",
            Self::FormDelivery(_) => "/challenge/{client_secret}/delivery",
            Self::FormEnd(_) => "/challenge/{client_secret}/end",
            Self::AReq => "/3ds/areq",
            Self::CReq => "/3ds/challenge",
            Self::FormFraudReport(_) => "/challenge/{client_secret}/report",
            Self::FraudReport(_) => "/report/{token}",
            Self::Enrollment(_) => "/enrollment/{token}",
            Self::EnrollmentConfirm(_) => "/enrollment/{token}/confirm",
            Self::EnrollmentDone(_) => "/enrollment/{token}/done",
            Self::EnrollmentPost(_, enrollment::Posted::Change) => "/enrollment/{token}/change",
            Self::EnrollmentPost(_, enrollment::Posted::Cancel) => "/enrollment/{token}/cancel",
        }
    }

    fn allow(&self) -> &'static str {
        match self {
            Self::Front | Self::Health | Self::Jwks | Self::SecurityText | Self::ProblemType(_) => {
                "GET, HEAD"
            }
            Self::Challenge(_)
            | Self::OwnMerchant
            | Self::Merchants
            | Self::CardholderChallenges(_)
            | Self::Form(_)
            | Self::FormDelivery(_)
            | Self::FormEnd(_)
            | Self::Enrollment(_)
            | Self::EnrollmentConfirm(_)
            | Self::EnrollmentDone(_) => "GET",
            Self::Challenges | Self::Cardholders => "GET, POST",
            Self::CancelChallenge(_)
            | Self::Siteverify
            | Self::UnlockCardholder(_)
            | Self::ReleaseChallenge(..)
            | Self::EnrollmentSessions(_)
            | Self::MerchantKeys(_)
            | Self::EventRotation(..)
            | Self::Receipts(_)
            | Self::AReq
            | Self::CReq => "POST",
            Self::Cardholder(_) | Self::Merchant(_) | Self::EventEndpoint(..) => "GET, PUT, DELETE",
            Self::Card(..) | Self::ExpectedPurchase(_) => "PUT, DELETE",
            Self::MerchantKey(..) => "DELETE",
            Self::FormPost(..)
            | Self::EnrollmentPost(..)
            | Self::FormFraudReport(_)
            | Self::FraudReport(_) => "GET, POST",
        }
    }
}

/// The header with the id of the request, by which its lines are found.
const REQUEST_ID: &str = "Request-Id";

/// Answers one request; a problem becomes its answer here and nowhere else, but for the challenge
/// form's, which speak to a person.
pub(crate) async fn answer(request: Request, env: Env, context: Context) -> Response {
    let mut incoming = match Incoming::new(request) {
        Ok(incoming) => incoming,
        Err(problem) => return finish(problem.answer("", None)),
    };
    let response = match RequestContext::new(env, context, &incoming).await {
        Ok(ctx) => match dispatch(&ctx, &mut incoming).await {
            Ok(response) => response,
            Err(problem) => {
                ctx.refused(&problem);
                problem.answer(&ctx.origin, None)
            }
        },
        Err(problem) => problem.answer(&incoming.origin(), None),
    };
    finish(response.with_header(REQUEST_ID, incoming.id()))
}

/// Answers a request whose own answer a trap made impossible: a page where a form or page was asked
/// for.
pub(crate) async fn unavailable(request: Request, env: Env, context: Context) -> Response {
    let trapped = Problem::unavailable("the Worker trapped");
    let incoming = match Incoming::new(request) {
        Ok(incoming) => incoming,
        Err(problem) => return finish(problem.answer("", None)),
    };
    let answered = match RequestContext::new(env, context, &incoming).await {
        Ok(ctx) if incoming.has_secret_address() => form::notice(&ctx, &incoming, &trapped),
        Ok(ctx) => {
            ctx.fault(&trapped);
            Err(trapped)
        }
        Err(problem) => Err(problem),
    };
    let answered = answered.unwrap_or_else(|problem| problem.answer(&incoming.origin(), None));
    finish(answered.with_header(REQUEST_ID, incoming.id()))
}

async fn dispatch(ctx: &RequestContext, incoming: &mut Incoming) -> Result<Response, Problem> {
    let path = incoming.segments().to_vec();
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let route = find(&path);
    let for_directory_servers = matches!(route, Some(Route::AReq));
    ctx.config.refuse_other_host(&incoming.host(), for_directory_servers)?;
    let Some(route) = route else { return problems::unknown_address(ctx, incoming) };
    if let Some(method) = incoming.method() {
        ctx.calls(method.as_ref(), route.path());
    }
    run(ctx, incoming, route).await
}

/// Headers of every answer, unless the handler chose its own.
fn finish(response: Response) -> Response {
    response
        .with_header("Cache-Control", "no-store")
        // What is no page renders nothing and is framed by nobody. A page has a policy of its own.
        .with_header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
        .with_header("Referrer-Policy", "no-referrer")
        .with_header("Strict-Transport-Security", "max-age=31536000")
        .with_header("X-Content-Type-Options", "nosniff")
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn a_path_in_the_log_is_that_of_its_route_and_has_no_parameter() {
        for path in [
            "/",
            "/healthz",
            "/.well-known/jwks.json",
            "/.well-known/security.txt",
            "/problems/{type}",
            "/v1/challenges",
            "/v1/challenges/{id}",
            "/v1/challenges/{id}/cancel",
            "/v1/merchant",
            "/v1/siteverify",
            "/v1/cardholders",
            "/v1/merchants",
            "/v1/cardholders/{id}",
            "/v1/cardholders/{id}/challenges",
            "/v1/cardholders/{id}/cards/{digest}",
            "/v1/cardholders/{id}/challenges/{challenge}/release",
            "/v1/cardholders/{id}/expected-purchase",
            "/v1/cardholders/{id}/enrollment-sessions",
            "/v1/cardholders/{id}/unlock",
            "/v1/merchants/{id}",
            "/v1/merchants/{id}/event-endpoint",
            "/v1/merchants/{id}/event-endpoint/rotate",
            "/v1/merchants/{id}/test-event-endpoint",
            "/v1/merchants/{id}/test-event-endpoint/rotate",
            "/v1/merchants/{id}/keys",
            "/v1/merchants/{id}/keys/{key}",
            "/challenge/{client_secret}",
            "/challenge/{client_secret}/delivery",
            "/challenge/{client_secret}/end",
            "/3ds/areq",
            "/3ds/challenge",
            "/challenge/{client_secret}/verify",
            "/challenge/{client_secret}/resend",
            "/challenge/{client_secret}/cancel",
            "/challenge/{client_secret}/report",
            "/report/{token}",
            "/enrollment/{token}",
            "/enrollment/{token}/done",
            "/enrollment/{token}/confirm",
            "/enrollment/{token}/change",
            "/enrollment/{token}/cancel",
        ] {
            let asked = path.replace('{', "secret").replace('}', "");
            let parts: Vec<&str> = asked.split('/').skip(1).collect();
            assert_eq!(find(&parts).map(|route| route.path()), Some(path));
        }
    }
}

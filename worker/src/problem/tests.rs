use std::{collections::BTreeSet, iter::successors};

use serde_json::{Value, json};
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::fixtures::{header, problem_json};

/// Every code with its status; a new one does not compile until it has its place here.
fn codes() -> impl Iterator<Item = (ProblemCode, u16)> {
    use ProblemCode as Code;
    let after = |(code, _): &(Code, u16)| {
        Some(match code {
            Code::InvalidRequest => (Code::UnsupportedMediaType, 415),
            Code::UnsupportedMediaType => (Code::BodyTooLarge, 413),
            Code::BodyTooLarge => (Code::MissingKey, 401),
            Code::MissingKey => (Code::InvalidKey, 401),
            Code::InvalidKey => (Code::InsufficientScope, 403),
            Code::InsufficientScope => (Code::InvalidSignature, 401),
            Code::InvalidSignature => (Code::NotFound, 404),
            Code::NotFound => (Code::ChallengeNotFound, 404),
            Code::ChallengeNotFound => (Code::CardholderNotFound, 404),
            Code::CardholderNotFound => (Code::MerchantNotFound, 404),
            Code::MerchantNotFound => (Code::KeyNotFound, 404),
            Code::KeyNotFound => (Code::EndpointNotFound, 404),
            Code::EndpointNotFound => (Code::EventsNotSetUp, 409),
            Code::EventsNotSetUp => (Code::MethodNotAllowed, 405),
            Code::MethodNotAllowed => (Code::OriginNotAllowed, 403),
            Code::OriginNotAllowed => (Code::MisdirectedRequest, 421),
            Code::MisdirectedRequest => (Code::UnknownCardholder, 422),
            Code::UnknownCardholder => (Code::NotEnrolled, 422),
            Code::NotEnrolled => (Code::CardholderLocked, 403),
            Code::CardholderLocked => (Code::IdempotencyConflict, 422),
            Code::IdempotencyConflict => (Code::ChallengeVerified, 409),
            Code::ChallengeVerified => (Code::ChallengeFailed, 409),
            Code::ChallengeFailed => (Code::ChallengeExpired, 409),
            Code::ChallengeExpired => (Code::ChallengeCanceled, 409),
            Code::ChallengeCanceled => (Code::MalformedCode, 422),
            Code::MalformedCode => (Code::WrongCode, 422),
            Code::WrongCode => (Code::CodeExpired, 422),
            Code::CodeExpired => (Code::CodeNotSent, 409),
            Code::CodeNotSent => (Code::CodeUsed, 422),
            Code::CodeUsed => (Code::AppCodeExpected, 409),
            Code::AppCodeExpected => (Code::ResendTooSoon, 429),
            Code::ResendTooSoon => (Code::NoResendsLeft, 409),
            Code::NoResendsLeft => (Code::DestinationLimited, 429),
            Code::DestinationLimited => (Code::DestinationTooNew, 403),
            Code::DestinationTooNew => (Code::RateLimited, 429),
            Code::RateLimited => (Code::TooManyWrongKeys, 429),
            Code::TooManyWrongKeys => (Code::TooManyUnknownCardholders, 429),
            Code::TooManyUnknownCardholders => (Code::NoDestination, 422),
            Code::NoDestination => (Code::CountryNotAllowed, 422),
            Code::CountryNotAllowed => (Code::TooManyCards, 422),
            Code::TooManyCards => (Code::EnrollmentSessionNotFound, 404),
            Code::EnrollmentSessionNotFound => (Code::EnrollmentSessionExpired, 410),
            Code::EnrollmentSessionExpired => (Code::EnrollmentSessionUsed, 409),
            Code::EnrollmentSessionUsed => (Code::ChannelNotOffered, 409),
            Code::ChannelNotOffered => (Code::TermsChanged, 409),
            Code::TermsChanged => (Code::InsufficientUserAuthentication, 403),
            Code::InsufficientUserAuthentication => (Code::Misconfigured, 500),
            Code::Misconfigured => (Code::Internal, 500),
            Code::Internal => (Code::Unavailable, 503),
            Code::Unavailable => return None,
        })
    };
    successors(Some((Code::InvalidRequest, 400)), after)
}

#[wasm_bindgen_test]
fn every_code_is_found_by_its_address() {
    let all: Vec<_> = codes().map(|(code, _)| code).collect();
    assert_eq!(ProblemCode::ALL.to_vec(), all);
    for code in all {
        assert_eq!(ProblemCode::of_slug(&code.slug()), Some(code));
    }
    for unknown in ["", "none", "not_found", "Not-Found", "not-found/"] {
        assert_eq!(ProblemCode::of_slug(unknown), None);
    }
}

#[wasm_bindgen_test]
async fn every_code_is_answered_whole() {
    let mut seen = BTreeSet::new();
    for (code, status) in codes() {
        let response = code.problem().answer("https://otp.example", None);
        assert_eq!(response.status_code(), status, "{code:?}");
        let media_type = header(&response, "Content-Type");
        assert_eq!(media_type.as_deref(), Some("application/problem+json"), "{code:?}");
        let json = problem_json(&code.problem()).await;
        assert_eq!(json["status"], status, "{code:?}");
        for sentence in ["title", "detail"] {
            assert!(json[sentence].as_str().unwrap().len() > 5, "{code:?}");
        }
        assert!(json["detail"].as_str().unwrap().ends_with('.'), "{code:?}");
        assert_eq!(json.as_object().unwrap().len(), 5, "{json}");
        seen.insert(json["code"].as_str().unwrap().to_owned());
    }
    assert_eq!(seen.len(), codes().count(), "no two codes are called the same");
}

#[wasm_bindgen_test]
async fn the_address_and_the_code_are_one_name() {
    for (code, _) in codes() {
        let json = problem_json(&code.problem()).await;
        let address = json["type"].as_str().unwrap();
        let slug = address.strip_prefix("https://otp.example/problems/").unwrap();
        assert!(slug.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{slug}");
        assert_eq!(json["code"], slug.replace('-', "_"));
        // And back to the name in this crate.
        let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
        let name: String = slug.split('-').map(capital).collect();
        assert_eq!(name, format!("{code:?}"));
    }
}

#[wasm_bindgen_test]
fn a_wrong_credential_is_told_how_to_be_right() {
    for (code, status) in codes() {
        let response = code.problem().answer("", None);
        let scheme = header(&response, "WWW-Authenticate");
        assert_eq!(scheme.as_deref(), (status == 401).then_some("Bearer"), "{code:?}");
    }
}

#[wasm_bindgen_test]
async fn a_wait_is_in_the_header_and_in_the_body() {
    for (problem, seconds) in [
        (Problem::rate_limited(60), Some(60)),
        (Problem::unavailable("it is away"), Some(1)),
        (Problem::not_shown(), Some(1)),
        (Problem::refused(Refusal::ResendTooSoon(Seconds(29))), Some(29)),
        (Problem::refused(Refusal::DestinationLimited(Seconds(541))), Some(541)),
        (Problem::refused(Refusal::NoResendsLeft), None),
        (Problem::internal("it broke"), None),
    ] {
        let response = problem.answer("", None);
        let stated = header(&response, "Retry-After");
        assert_eq!(stated, seconds.map(|seconds: u64| seconds.to_string()), "{:?}", problem.code);
        assert_eq!(
            problem_json(&problem).await.get("retry_after"),
            seconds.map(Value::from).as_ref()
        );
    }
}

#[wasm_bindgen_test]
fn a_method_that_is_not_allowed_is_told_those_that_are() {
    let problem = Problem::not_allowed("GET, PUT, DELETE");
    let response = problem.answer("", None);
    assert_eq!(response.status_code(), 405);
    assert_eq!(header(&response, "Allow").as_deref(), Some("GET, PUT, DELETE"));
    let other = Problem::internal("it broke").answer("", None);
    assert_eq!(header(&other, "Allow"), None);
}

#[wasm_bindgen_test]
async fn a_page_gets_the_status_and_headers_of_its_problem() {
    let page = Response::with_body(200, "text/html", "a page".to_owned());
    let marked = Problem::rate_limited(60).mark(page);
    assert_eq!(marked.status_code(), 429);
    assert_eq!(header(&marked, "Retry-After").as_deref(), Some("60"));
    assert_eq!(crate::fixtures::text(marked).await, "a page");
}

#[wasm_bindgen_test]
async fn every_refusal_of_the_rules_has_its_code_and_its_facts() {
    let until = Timestamp::parse_rfc3339("2023-02-14T00:00:00Z").unwrap();
    for (refusal, code, facts) in [
        (Refusal::UnknownCardholder, "unknown_cardholder", json!({})),
        (Refusal::NotEnrolled, "not_enrolled", json!({})),
        (
            Refusal::Locked(until),
            "cardholder_locked",
            json!({ "locked_until": "2023-02-14T00:00:00Z" }),
        ),
        (Refusal::SignInNeeded, "cardholder_locked", json!({})),
        (
            Refusal::DestinationTooNew(Seconds(7200)),
            "destination_too_new",
            json!({ "retry_after": 7200 }),
        ),
        (Refusal::RecordConflict, "idempotency_conflict", json!({})),
        (Refusal::UnknownChallenge, "challenge_not_found", json!({})),
        // Not json apart from a challenge that never was.
        (Refusal::RecordAltered, "challenge_not_found", json!({})),
        (
            Refusal::Ended(Ended::Verified),
            "challenge_verified",
            json!({ "challenge_status": "verified" }),
        ),
        (
            Refusal::Ended(Ended::Failed),
            "challenge_failed",
            json!({ "challenge_status": "failed" }),
        ),
        (
            Refusal::Ended(Ended::Expired),
            "challenge_expired",
            json!({ "challenge_status": "expired" }),
        ),
        (
            Refusal::Ended(Ended::Canceled),
            "challenge_canceled",
            json!({ "challenge_status": "canceled" }),
        ),
        (
            Refusal::WrongCode(TriesLeft(4)),
            "wrong_code",
            json!({ "tries_left": 4, "challenge_status": "pending" }),
        ),
        (
            Refusal::WrongCode(TriesLeft(0)),
            "wrong_code",
            json!({ "tries_left": 0, "challenge_status": "failed" }),
        ),
        (Refusal::CodeExpired(TriesLeft(3)), "code_expired", json!({ "tries_left": 3 })),
        (Refusal::CodeNotSent, "code_not_sent", json!({})),
        (Refusal::ResendTooSoon(Seconds(9)), "resend_too_soon", json!({ "retry_after": 9 })),
        (Refusal::NoResendsLeft, "no_resends_left", json!({})),
        (
            Refusal::DestinationLimited(Seconds(9)),
            "destination_limited",
            json!({ "retry_after": 9 }),
        ),
        (Refusal::TooManyChallenges(Seconds(9)), "rate_limited", json!({ "retry_after": 9 })),
        (
            Refusal::CodeUsed(TriesLeft(4)),
            "code_used",
            json!({ "tries_left": 4, "challenge_status": "pending" }),
        ),
        (
            Refusal::CodeUsed(TriesLeft(0)),
            "code_used",
            json!({ "tries_left": 0, "challenge_status": "failed" }),
        ),
        (Refusal::AppCodeExpected, "app_code_expected", json!({})),
        (Refusal::UnknownSession, "enrollment_session_not_found", json!({})),
        (Refusal::SessionOver(SessionEnd::Expired), "enrollment_session_expired", json!({})),
        // However it ended, it is used: which way is on the pages, for whom they are.
        (Refusal::SessionOver(SessionEnd::Changed), "enrollment_session_used", json!({})),
        (Refusal::SessionOver(SessionEnd::Canceled), "enrollment_session_used", json!({})),
        (Refusal::SessionOver(SessionEnd::Failed), "enrollment_session_used", json!({})),
        (Refusal::ChannelNotOffered, "channel_not_offered", json!({})),
    ] {
        let mut json = problem_json(&Problem::refused(refusal)).await;
        assert_eq!(json["code"], code);
        let members = json.as_object_mut().unwrap();
        for common in ["type", "title", "status", "code", "detail"] {
            assert!(members.remove(common).is_some(), "{code} without {common}");
        }
        assert_eq!(json, facts, "{code}");
    }
}

#[wasm_bindgen_test]
async fn a_caller_never_reads_the_cause() {
    for problem in [
        Problem::internal("a stored secret"),
        Problem::unavailable("a stored secret"),
        Problem::misconfigured("a stored secret", "be set"),
        Problem::from(SettingError::new("a stored secret", "be set")),
        Problem::from(serde_json::from_str::<u8>("\"a stored secret\"").unwrap_err()),
    ] {
        let json = problem_json(&problem).await;
        assert!(!json.to_string().contains("a stored secret"), "{json}");
        assert!(json["status"].as_u64().unwrap() >= 500, "{json}");
    }
}

#[wasm_bindgen_test]
fn words_of_ours_about_json_are_not_the_json() {
    // serde's own error quotes what it read.
    let error = serde_json::from_str::<u8>("\"012345\"").unwrap_err();
    assert!(error.to_string().contains("012345"));
    let cause = Problem::from(error).0.cause.unwrap();
    assert!(!cause.contains("012345"), "{cause}");
}

#[wasm_bindgen_test]
async fn the_most_particular_sentence_is_told() {
    let problem = Problem::field("origins[0]", "be an origin");
    assert_eq!(problem_json(&problem).await["detail"], "origins[0] must be an origin.");
    assert_eq!(problem_json(&problem).await["field"], "origins[0]");
    let answer = problem.answer("", Some("読めませんでした。".to_owned()));
    let answer: Value = serde_json::from_str(&crate::fixtures::text(answer).await).unwrap();
    assert_eq!(answer["detail"], "読めませんでした。");
}

/// The audit record names a rule as merchants know it. `ended` and `over` stand for several codes, and
/// what no merchant may learn has a name of its own.
#[wasm_bindgen_test]
fn a_rule_is_named_as_its_problem() {
    let until = Timestamp::from_millis(1_800_000_000_000);
    for refusal in [
        Refusal::UnknownCardholder,
        Refusal::NotEnrolled,
        Refusal::Locked(until),
        Refusal::RecordConflict,
        Refusal::UnknownChallenge,
        Refusal::WrongCode(TriesLeft(1)),
        Refusal::CodeExpired(TriesLeft(1)),
        Refusal::CodeNotSent,
        Refusal::CodeUsed(TriesLeft(1)),
        Refusal::AppCodeExpected,
        Refusal::ResendTooSoon(Seconds(1)),
        Refusal::NoResendsLeft,
        Refusal::DestinationLimited(Seconds(1)),
        Refusal::TooManyChallenges(Seconds(1)),
        Refusal::UnknownSession,
        Refusal::ChannelNotOffered,
    ] {
        assert_eq!(Problem::refused(refusal).code.name(), refusal.rule());
    }
}

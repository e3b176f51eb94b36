//! Keys at each door, with a limiter that lets nobody pass and a store that notes what is read.

use warifu_core::{secret::MasterKey, time::Timestamp};
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::fixtures::{Bindings, Console, Platform, configured, incoming};

const MAC_KEY: &str = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA";
const OTHER_MAC_KEY: &str = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8";
const LIVE: &str = "wk_live_";

/// The bindings of a deployment whose store has one merchant with this key.
fn bindings(key: &ApiKey) -> Bindings {
    let owner = r#"{"merchant":"maru-shop","id":"key_1","created_at":1}"#;
    let merchant = r#"{"name":"●●shop","origins":[]}"#;
    let key = format!("key:{}", key.fingerprint());
    Bindings::new(&[(&key, owner), ("merchant:maru-shop", merchant)])
}

/// The context of a request to a deployment with some settings changed.
async fn ctx(
    bindings: &Bindings,
    settings: &[(&str, &str)],
    incoming: &Incoming,
) -> RequestContext {
    let config = configured(settings).unwrap_or_else(|error| panic!("{error}"));
    let ctx = Platform::new().ctx(config, incoming).await;
    bindings.bind(&ctx.env);
    ctx
}

fn call(key: &str) -> Incoming {
    let bearer = format!("Bearer {key}");
    let headers = [("authorization", bearer.as_str()), ("cf-connecting-ip", "::ffff:192.0.2.1")];
    incoming("https://otp.example/v1/challenges", &headers, Some("{}"))
}

fn minted(mac_key: Option<&str>) -> ApiKey {
    let key = mac_key.map(|key| MasterKey::parse(key).unwrap());
    ApiKey::mint(LIVE, [7; 32], key.as_ref())
}

fn with_mac() -> String {
    format!("m2:{OTHER_MAC_KEY},m1:{MAC_KEY}")
}

fn named(holder: KeyHolder) -> String {
    match holder {
        KeyHolder::Live(merchant) => merchant.id.as_str().to_owned(),
        KeyHolder::Test(merchant) => format!("test/{}", merchant.id.as_str()),
    }
}

/// What a merchant's door answers.
async fn at_merchants_door(
    bindings: &Bindings,
    settings: &[(&str, &str)],
    key: &str,
) -> Result<String, ProblemCode> {
    let incoming = call(key);
    let answer = merchant(&ctx(bindings, settings, &incoming).await, &incoming).await;
    let answer = answer.map(named);
    answer.map_err(|problem| problem.code)
}

#[wasm_bindgen_test]
async fn a_made_up_key_is_refused_without_a_read() {
    let old = minted(None);
    let good = minted(Some(MAC_KEY));
    let foreign = ApiKey::mint(LIVE, [7; 32], MasterKey::parse(&"A".repeat(43)).as_ref());
    let required = with_mac();
    let required = [("KEY_MAC_KEYS", required.as_str()), ("KEY_MAC_REQUIRED", "on")];
    for (key, settings) in [
        (foreign.reveal(), &required[..1]),
        ("wk_live_unknown", &required[..1]),
        (&good.reveal().replace("live", "test"), &required[..1]),
        ("", &required[..1]),
        // Without a MAC key nothing can have been made with one.
        (good.reveal(), &[]),
        // A deployment that takes no keys from before.
        (old.reveal(), &required),
    ] {
        let bound = bindings(&ApiKey::presented(key));
        let answer = at_merchants_door(&bound, settings, key).await;
        assert_eq!(answer, Err(ProblemCode::TooManyWrongKeys), "{key}");
        assert!(bound.asked("reads").is_empty(), "{key}: {:?}", bound.asked("reads"));
        assert_eq!(bound.asked("FAILURE_RATE"), ["wrong-key/192.0.2.1"], "{key}");
    }
}

/// The limiter lets nobody pass here: a right key does not ask it.
#[wasm_bindgen_test]
async fn a_right_key_is_not_refused_for_wrong_ones_of_its_address() {
    let macs = with_mac();
    let settings = [("KEY_MAC_KEYS", macs.as_str())];
    for key in [minted(Some(MAC_KEY)), minted(Some(OTHER_MAC_KEY)), minted(None)] {
        let bound = bindings(&key);
        let answer = at_merchants_door(&bound, &settings, key.reveal()).await;
        assert_eq!(answer.as_deref(), Ok("maru-shop"));
        assert!(bound.asked("FAILURE_RATE").is_empty());
        let read = [format!("key:{}", key.fingerprint()), "merchant:maru-shop".to_owned()];
        assert_eq!(bound.asked("reads"), read);
    }
}

/// KV is read for the first call alone; each call is counted in the merchant's rate.
#[wasm_bindgen_test]
async fn a_key_that_was_proved_a_moment_ago_is_not_read_again_and_is_counted_all_the_same() {
    let (key, old) = (minted(None), Timestamp::from_millis(0));
    let (bound, incoming) = (bindings(&key), call(key.reveal()));
    let ctx = ctx(&bound, &[], &incoming).await;
    for _ in 0..3 {
        assert!(merchant(&ctx, &incoming).await.is_ok());
    }
    assert_eq!(bound.asked("reads").len(), 2);
    assert_eq!(bound.asked("MERCHANT_RATE"), ["maru-shop"; 3]);
    assert!(ctx.merchants.find(&key.fingerprint(), old).is_some());
    ctx.merchants.forget();
    assert!(merchant(&ctx, &incoming).await.is_ok());
    assert_eq!(bound.asked("reads").len(), 4);
}

/// It may be a new one, which another location does not see yet.
#[wasm_bindgen_test]
async fn a_key_that_proves_nothing_is_looked_for_each_time() {
    let bound = bindings(&minted(None));
    let other = ApiKey::mint(LIVE, [8; 32], None);
    let incoming = call(other.reveal());
    let ctx = ctx(&bound, &[], &incoming).await;
    for reads in 1..=3 {
        assert!(merchant(&ctx, &incoming).await.is_err());
        assert_eq!(bound.asked("reads").len(), reads);
    }
}

#[wasm_bindgen_test]
async fn a_key_of_ours_that_is_revoked_counts_as_wrong() {
    let macs = with_mac();
    let settings = [("KEY_MAC_KEYS", macs.as_str())];
    let (held, revoked) = (minted(Some(OTHER_MAC_KEY)), minted(Some(MAC_KEY)));
    let bound = bindings(&held);
    let answer = at_merchants_door(&bound, &settings, revoked.reveal()).await;
    assert_eq!(answer, Err(ProblemCode::TooManyWrongKeys));
    assert_eq!(bound.asked("reads").len(), 1);
    assert_eq!(bound.asked("FAILURE_RATE").len(), 1);
}

/// A removed merchant's key that outlived it is no key of the next merchant of the id: it neither
/// uses up the rate of that one, nor is its line that one's.
#[wasm_bindgen_test]
async fn a_key_that_outlived_its_merchant_is_a_wrong_key_and_nothing_of_the_next_one_s() {
    let key = minted(None);
    let name = format!("key:{}", key.fingerprint());
    let owner = r#"{"merchant":"maru-shop","id":"key_1","created_at":1}"#;
    let again = r#"{"name":"●●shop","origins":[],"removed_at":2}"#;
    let bound = Bindings::new(&[(&name, owner), ("merchant:maru-shop", again)]);
    let (console, incoming) = (Console::listen(), call(key.reveal()));
    let ctx = ctx(&bound, &[], &incoming).await;
    let refused = merchant(&ctx, &incoming).await.map(drop).map_err(|problem| problem.code);
    assert_eq!(refused, Err(ProblemCode::TooManyWrongKeys));
    assert!(bound.asked("MERCHANT_RATE").is_empty());
    assert_eq!(bound.asked("FAILURE_RATE").len(), 1);
    let [line] = &console.logged()[..] else { panic!("{:?}", console.logged()) };
    assert_eq!(line["event"], "key_throttled");
    assert!(line["merchant"].is_null() && line["by"] != "merchant", "{line}");
}

#[wasm_bindgen_test]
async fn a_deployment_of_before_counts_failures_with_the_rate_of_addresses() {
    let key = minted(None);
    let bound = bindings(&key).without("FAILURE_RATE");
    let answer = at_merchants_door(&bound, &[], "wk_live_unknown").await;
    assert_eq!(answer, Err(ProblemCode::TooManyWrongKeys));
    assert_eq!(bound.asked("ADDRESS_RATE"), ["wrong-key/192.0.2.1"]);
}

#[wasm_bindgen_test]
async fn a_secret_of_siteverify_is_a_merchant_s_key() {
    let key = minted(None);
    for (secret, answer) in [
        (key.reveal(), Ok(Some("maru-shop".to_owned()))),
        ("wk_live_unknown", Err(ProblemCode::TooManyWrongKeys)),
    ] {
        let incoming = call("");
        let ctx = ctx(&bindings(&key), &[], &incoming).await;
        let found = merchant_of_secret(&ctx, &incoming, secret).await;
        let found = found.map(|found| found.map(named));
        assert_eq!(found.map_err(|problem| problem.code), answer, "{secret}");
    }
}

#[wasm_bindgen_test]
async fn the_issuer_s_keys_are_counted_and_scoped_alike() {
    const SUPPORT: &str = "wk_issuer_ssssssssssssssssssssssssssssssss";
    let keys = format!("desk:support:{SUPPORT}");
    let all = "wk_issuer_0123456789abcdef0123456789abcdef";
    for (key, act, answer, failures) in [
        (all, IssuerAct::Register, Ok(()), 0),
        (SUPPORT, IssuerAct::Support, Ok(()), 0),
        (SUPPORT, IssuerAct::ReadRegistration, Ok(()), 0),
        (
            SUPPORT,
            IssuerAct::StartSession,
            Err((ProblemCode::InsufficientScope, Some("sessions"))),
            0,
        ),
        (SUPPORT, IssuerAct::Register, Err((ProblemCode::InsufficientScope, Some("registry"))), 0),
        (&SUPPORT[1..], IssuerAct::Support, Err((ProblemCode::TooManyWrongKeys, None)), 1),
        ("wk_live_unknown", IssuerAct::Support, Err((ProblemCode::TooManyWrongKeys, None)), 1),
    ] {
        let incoming = call(key);
        let bound = bindings(&minted(None));
        let ctx = ctx(&bound, &[("ISSUER_KEYS", keys.as_str())], &incoming).await;
        let passed = issuer(&ctx, &incoming, act).await;
        let passed = passed.map_err(|problem| (problem.code, problem.facts.scope));
        assert_eq!(passed, answer, "{key} {act:?}");
        assert_eq!(bound.asked("FAILURE_RATE").len(), failures, "{key}");
        assert!(bound.asked("reads").is_empty());
    }
}

#[wasm_bindgen_test]
async fn without_a_key_nothing_counts() {
    let incoming = incoming("https://otp.example/v1/challenges", &[], Some("{}"));
    let bound = bindings(&minted(None));
    let ctx = ctx(&bound, &[], &incoming).await;
    let refused = merchant(&ctx, &incoming).await.map(drop).map_err(|problem| problem.code);
    assert_eq!(refused, Err(ProblemCode::MissingKey));
    assert!(bound.asked("FAILURE_RATE").is_empty());
}

/// Several keys of a merchant are valid at once: which one leaked, its lines say.
#[wasm_bindgen_test]
async fn a_line_of_a_merchants_call_names_the_key_that_was_used() {
    let key = minted(None);
    let incoming = call(key.reveal());
    let console = Console::listen();
    let ctx = ctx(&bindings(&key), &[], &incoming).await;
    assert!(merchant(&ctx, &incoming).await.is_ok());
    ctx.refused(&ProblemCode::NotEnrolled.problem());
    let [line] = &console.logged()[..] else { panic!("{:?}", console.logged()) };
    let who = ["by", "merchant", "key"].map(|name| line[name].clone());
    assert_eq!(who, ["merchant", "maru-shop", "key_1"]);
    assert!(!line.to_string().contains(key.reveal()));
}

/// A test key is let in as one, counted apart from live ones, and asks nothing where test mode is off.
#[wasm_bindgen_test]
async fn a_test_key_is_let_in_for_tests_and_where_they_are_on() {
    let mac = MasterKey::parse(MAC_KEY).unwrap();
    let macs = with_mac();
    for key in [None, Some(&mac)].map(|mac| ApiKey::mint("wk_test_", [7; 32], mac)) {
        let bound = bindings(&key);
        let on = [("KEY_MAC_KEYS", macs.as_str())];
        let answer = at_merchants_door(&bound, &on, key.reveal()).await;
        assert_eq!(answer.as_deref(), Ok("test/maru-shop"));
        assert_eq!(bound.asked("MERCHANT_RATE"), ["test/maru-shop"]);
        let bound = bindings(&key);
        let off = [on[0], ("TEST_MODE", "off")];
        let answer = at_merchants_door(&bound, &off, key.reveal()).await;
        assert_eq!(answer, Err(ProblemCode::TooManyWrongKeys));
        assert!(bound.asked("reads").is_empty());
    }
}

/// A deployment for tests alone looks nothing up for a live key.
#[wasm_bindgen_test]
async fn a_live_key_is_not_let_in_where_tests_alone_are_taken() {
    let key = minted(None);
    let bound = bindings(&key);
    let answer = at_merchants_door(&bound, &[("TEST_MODE", "only")], key.reveal()).await;
    assert_eq!(answer, Err(ProblemCode::TooManyWrongKeys));
    assert!(bound.asked("reads").is_empty());
    assert!(at_merchants_door(&bindings(&key), &[], key.reveal()).await.is_ok());
}

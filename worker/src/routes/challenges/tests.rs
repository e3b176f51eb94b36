use warifu_core::{
    cardholder::{Refusal, Refused},
    contact::Via,
    secret::ApiKey,
    wire,
};
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::fixtures::{Bindings, Objects, Platform, config, incoming};

const WHOLE: &str = r#"{"cardholder":"taro","transaction":{"amount":3150,"currency":"JPY",
    "purchased_at":"2023-02-13T00:00:00+09:00","card_last4":"1234","reference":"order-1"},
    "locale":"en","return_url":"https://shop.example/done"}"#;

fn read(body: &str) -> Result<Submitted, Option<String>> {
    let fields = Fields::of_body(body.as_bytes()).map_err(Problem::from);
    let submitted = fields.and_then(Submitted::read);
    submitted.map_err(|problem| problem.facts.field.clone())
}

fn misfit(body: &str) -> Option<String> {
    read(body).err().unwrap_or_else(|| panic!("{body} was taken"))
}

#[wasm_bindgen_test]
fn a_whole_request_is_read() {
    let Ok(submitted) = read(WHOLE) else { panic!("it was refused") };
    assert_eq!(submitted.cardholder, "taro");
    assert_eq!(submitted.transaction.amount, 3150);
    assert_eq!(submitted.transaction.currency, "JPY");
    assert_eq!(submitted.transaction.purchased_at, "2023-02-13T00:00:00+09:00");
    assert_eq!(submitted.transaction.card_last4, "1234");
    assert_eq!(submitted.transaction.reference.as_deref(), Some("order-1"));
    assert_eq!(submitted.locale.as_deref(), Some("en"));
    assert_eq!(submitted.return_url.as_deref(), Some("https://shop.example/done"));
}

#[wasm_bindgen_test]
fn only_reference_locale_and_return_url_may_be_left_out() {
    let least = r#"{"cardholder":"taro","transaction":{"amount":3150,"currency":"JPY",
        "purchased_at":"2023-02-13T00:00:00+09:00","card_last4":"1234"}}"#;
    assert!(read(least).is_ok());
    for (member, field) in [
        (r#""cardholder""#, "cardholder"),
        (r#""transaction""#, "transaction"),
        (r#""amount""#, "transaction.amount"),
        (r#""currency""#, "transaction.currency"),
        (r#""purchased_at""#, "transaction.purchased_at"),
        (r#""card_last4""#, "transaction.card_last4"),
    ] {
        // A renamed field is missing and unknown at once. The answer names the missing one.
        assert_eq!(misfit(&least.replace(member, r#""other""#)).as_deref(), Some(field));
    }
}

#[wasm_bindgen_test]
fn a_member_too_many_or_of_another_type_is_named() {
    for (from, to, field) in [
        (r#""amount":3150"#, r#""amount":"3150""#, "transaction.amount"),
        (r#""amount":3150"#, r#""amount":31.5"#, "transaction.amount"),
        (r#""card_last4":"1234""#, r#""card_last4":1234"#, "transaction.card_last4"),
        (r#""cardholder":"taro""#, r#""cardholder":["taro"]"#, "cardholder"),
        (r#""locale":"en""#, r#""locale":1"#, "locale"),
        // The merchant's name comes from its registration, so a caller cannot state it.
        (r#""amount":3150"#, r#""merchant_name":"a","amount":3150"#, "transaction.merchant_name"),
        (r#""cardholder":"taro""#, r#""merchant":"a","cardholder":"taro""#, "merchant"),
        // Of a card nothing is taken but four digits (PCI DSS 3.3.1).
        (r#""amount":3150"#, r#""card_number":"1","amount":3150"#, "transaction.card_number"),
        (r#""amount":3150"#, r#""cvc":"123","amount":3150"#, "transaction.cvc"),
    ] {
        assert!(WHOLE.contains(from));
        assert_eq!(misfit(&WHOLE.replace(from, to)).as_deref(), Some(field), "{to}");
    }
}

#[wasm_bindgen_test]
fn an_idempotency_key_is_a_token_or_a_string_in_quotes() {
    let longest = "a".repeat(255);
    for (header, key) in [
        ("order-1", "order-1"),
        ("\"order-1\"", "order-1"),
        ("  order-1 ", "order-1"),
        ("a b", "a b"),
        ("a\"b", "a\"b"),
        ("\"a", "\"a"),
        ("\" a \"", " a "),
        (longest.as_str(), longest.as_str()),
    ] {
        let read = idempotency_key(header.to_owned());
        assert_eq!(read.ok().as_deref(), Some(key), "{header}");
    }
    let too_long = "a".repeat(256);
    for bad in ["", " ", "\"\"", "割符", "a\tb", "a\nb", "a\u{7f}", too_long.as_str()] {
        let problem = idempotency_key(bad.to_owned()).err();
        let field = problem.and_then(|problem| problem.facts.field.clone());
        assert_eq!(field.as_deref(), Some("Idempotency-Key"), "{bad}");
    }
}

fn taken(url: &str) -> Option<String> {
    let origins = ["https://shop.example".to_owned(), "http://localhost:3000".to_owned()];
    match return_url(url.to_owned(), &origins) {
        Ok(url) => Some(url),
        Err(problem) => {
            assert_eq!(problem.facts.field.as_deref(), Some("return_url"));
            None
        }
    }
}

#[wasm_bindgen_test]
fn a_return_address_is_one_of_the_merchant_s_own() {
    for (url, as_kept) in [
        ("https://shop.example", "https://shop.example/"),
        ("https://shop.example/done?a=b#c", "https://shop.example/done?a=b#c"),
        ("https://SHOP.example:443/done", "https://shop.example/done"),
        ("https://shop.example/完了", "https://shop.example/%E5%AE%8C%E4%BA%86"),
        ("http://localhost:3000/done", "http://localhost:3000/done"),
        ("https://shop.example/@evil.example", "https://shop.example/@evil.example"),
    ] {
        assert_eq!(taken(url).as_deref(), Some(as_kept), "{url}");
    }
}

#[wasm_bindgen_test]
fn an_attestation_is_sent_nowhere_else() {
    for url in [
        "",
        "/done",
        "//shop.example/done",
        "https://evil.example/",
        "https://shop.example.evil.example/",
        "https://evil.example/https://shop.example",
        "https://shop.example@evil.example/",
        "https://a:b@shop.example/",
        "https://a@shop.example/",
        "https://evil.example\\@shop.example/",
        "http://shop.example/",
        "https://shop.example:8443/",
        "http://localhost/",
        "https://localhost:3000/",
        "https://www.shop.example/",
        "javascript://shop.example/%0aalert(1)",
        "data:text/html,a",
        "ftp://shop.example/",
        // Its origin is the shop's, as the URL standard has it.
        "blob:https://shop.example/0",
    ] {
        assert_eq!(taken(url), None, "{url}");
    }
}

#[wasm_bindgen_test]
fn a_return_address_has_a_bound() {
    let of_length = |length: usize| format!("{:a<length$}", "https://shop.example/");
    assert_eq!(taken(&of_length(2048)).map(|url| url.len()), Some(2048));
    assert_eq!(taken(&of_length(2049)), None);
}

/// A deployment of one merchant, whose cardholders' objects give this answer.
struct Deployment {
    bound: Bindings,
    objects: Objects,
}

impl Deployment {
    fn new(reply: Option<Reply>) -> Self {
        let key = format!("key:{}", minted().fingerprint());
        let owner = r#"{"merchant":"maru-shop","id":"key_1","created_at":1}"#;
        let merchant = r#"{"name":"●●shop","origins":["https://shop.example"]}"#;
        let bound = Bindings::new(&[(&key, owner), ("merchant:maru-shop", merchant)]);
        let reply = reply.map(|reply| wire::write_reply(&reply).unwrap());
        Self { bound, objects: Objects::answering(&Vec::from_iter(reply)) }
    }

    /// Creates a challenge, and waits for what follows the answer. Answers what it came to, and what
    /// was written.
    async fn create(&self, headers: &[(&str, &str)]) -> (Result<u16, ProblemCode>, Vec<String>) {
        let bearer = format!("Bearer {}", minted().reveal());
        let ours = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        let headers = [&ours, headers].concat();
        let mut incoming = incoming("https://otp.example/v1/challenges", &headers, Some(WHOLE));
        let platform = Platform::new();
        let ctx = platform.ctx(config(), &incoming).await;
        self.bound.bind(&ctx.env);
        self.objects.bind(&ctx.env, "CARDHOLDERS");
        let answer = create(&ctx, &mut incoming).await;
        let answer = answer.map(|answer| answer.status_code()).map_err(|problem| problem.code);
        platform.written_elsewhere().await;
        (answer, self.bound.asked("writes"))
    }
}

fn minted() -> ApiKey {
    ApiKey::mint("wk_live_", [7; 32], None)
}

fn opened() -> Reply {
    Reply::Opened {
        via: Via::App,
        expires_at: Timestamp::from_millis(1),
        status: Status::Pending,
        id: None,
        opened_at: None,
        forgotten: None,
        to: None,
    }
}

fn unknown() -> Reply {
    Reply::Refused(Refused::Rule(Refusal::UnknownCardholder), None)
}

/// The key of the record in a list of writes that begins with its write.
fn record_of(writes: &[String]) -> &str {
    let first = writes.first().and_then(|write| write.strip_prefix("put "));
    first.filter(|key| key.starts_with("challenge:ch_")).unwrap_or_else(|| panic!("{writes:?}"))
}

/// The record is written while the object decides, so it is there although nothing was opened.
#[wasm_bindgen_test]
async fn the_record_of_a_create_that_opens_nothing_is_deleted_after_the_answer() {
    for (reply, code) in
        [(Some(unknown()), ProblemCode::UnknownCardholder), (None, ProblemCode::Unavailable)]
    {
        let (answer, writes) = Deployment::new(reply).create(&[]).await;
        assert_eq!(answer, Err(code));
        let record = record_of(&writes);
        assert_eq!(writes, [format!("put {record}"), format!("delete {record}")]);
    }
    let (answer, writes) = Deployment::new(Some(opened())).create(&[]).await;
    assert_eq!((answer, writes.len()), (Ok(201), 1), "{writes:?}");
    record_of(&writes);
}

/// Whoever gets this has no client secret: what the object opened is shown to nobody.
#[wasm_bindgen_test]
async fn a_create_whose_record_is_not_written_fails_although_the_object_opened_it() {
    let mut deployment = Deployment::new(Some(opened()));
    deployment.bound = deployment.bound.without_writes();
    let (answer, writes) = deployment.create(&[]).await;
    // It was written again, twice.
    assert_eq!((answer, writes.len()), (Err(ProblemCode::Unavailable), 3), "{writes:?}");
}

/// Under an idempotency key the object may keep an earlier attempt, whose record must stay as it is.
#[wasm_bindgen_test]
async fn under_an_idempotency_key_the_record_is_written_once_the_object_has_decided() {
    let headers = [("idempotency-key", "order-1")];
    let (answer, writes) = Deployment::new(Some(unknown())).create(&headers).await;
    assert_eq!((answer, writes.len()), (Err(ProblemCode::UnknownCardholder), 0), "{writes:?}");
    let (answer, writes) = Deployment::new(Some(opened())).create(&headers).await;
    assert_eq!((answer, writes.len()), (Ok(201), 1), "{writes:?}");
}

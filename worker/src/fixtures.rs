//! What the tests of this crate share: one deployment, one purchase, and answers read back.

mod bindings;
mod objects;

pub(crate) use bindings::Bindings;
pub(crate) use objects::Objects;

use std::rc::Rc;

use js_sys::{Array, Function, Object, Promise, Reflect};
use serde_json::Value;
use warifu_core::{
    cardholder::{DeliveryState, SessionState, SessionView, Status, View},
    contact::{MaskedDestination, Via},
    fixtures,
    ids::MerchantId,
    locale::Locale,
    record::{ChallengeRecord, ThreeDsRecord},
    text::PersonalMessage,
    time::Timestamp,
};
use warifu_three_ds::{
    areq::Category, ids::TransId, pan::CardDigest, transaction::Transaction, version::Version,
};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, Request, RequestInit};
use worker::Context;

pub(crate) use warifu_core::fixtures::{record, test_record};

pub(crate) use crate::config::tests::{config, configured};
use crate::{
    config::{Config, tests::settings},
    http::Incoming,
    problem::Problem,
    request_context::RequestContext,
    response::Response,
};

/// Frozen JSON of `worker/fixtures/frozen.txt`, by name.
pub(crate) fn frozen(name: &str) -> &'static str {
    let mut lines = include_str!("../fixtures/frozen.txt").lines();
    let found = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    found.unwrap_or_else(|| panic!("{name} is not in frozen.txt"))
}

/// RFC 7515 §A.3.1.
pub(crate) const JWK: &str = r#"{"kty":"EC","crv":"P-256","kid":"a",
    "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    "d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#;

/// The example purchase at a requestor's, asked for by the directory server `ds`.
pub(crate) fn requested(locale: Locale) -> ChallengeRecord {
    let mut record = record(locale);
    let id = TransId::parse("2c0f40ad-ca51-47ab-8da9-348b162673aa").unwrap();
    let transaction = Transaction {
        version: Version::V220,
        category: Category::Payment,
        directory_server: "ds".to_owned(),
        three_ds_server_trans_id: id.clone(),
        ds_trans_id: id.clone(),
        acs_trans_id: id,
        ds_url: "https://ds.example/results".to_owned(),
        notification_url: "https://shop.example/notification".to_owned(),
        card: CardDigest::parse(&"0".repeat(64)).unwrap(),
    };
    record.three_ds = Some(ThreeDsRecord {
        transaction: transaction.write().ok().unwrap(),
        content: String::new(),
        value_key: None,
    });
    record.origins.clear();
    record.transaction.merchant = MerchantId::parse("3ds_shop").unwrap();
    record
}

/// The settings of a deployment that answers the directory server `ds`, with these members besides.
pub(crate) fn directory_servers(more: &str) -> [(&'static str, String); 6] {
    let ds = format!(
        r#"[{{"id":"ds","versions":["2.2.0"],"results_origins":["https://ds.example"],
        "acs_reference_number":"ACS","authentication_value":"hmac"{more}}}]"#
    );
    let keys = "ds:0123456789abcdef0123456789abcdef".to_owned();
    let key = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA";
    [
        ("DIRECTORY_SERVERS", ds),
        ("DIRECTORY_SERVER_KEYS", keys),
        ("CARD_KEYS", format!("c1:{key}")),
        ("AV_KEYS", format!("7:{key}")),
        ("EVENTS", "bound".to_owned()),
        ("KNOWN_REQUESTS", "bound".to_owned()),
    ]
}

/// The example purchase just after its first code was sent.
pub(crate) fn sent() -> View {
    let opened_at = Timestamp::parse_rfc3339("2023-02-13T00:00:00+09:00").unwrap();
    View {
        status: Status::Pending,
        opened_at,
        expires_at: opened_at,
        outcome: None,
        redeemed: false,
        hostname: None,
        redeemable: false,
        via: Some(Via::Email(email())),
        delivery: Some(DeliveryState::Sending),
        diverted: false,
        diverts: false,
        send_age: 0,
        personal_message: Some(PersonalMessage::parse("ハワイ大好き").unwrap()),
        send: 1,
        tries: 0,
        tries_left: 5,
        resends_left: 3,
        code_expires_in: 600,
        resend_in: 30,
        locked_until: None,
        fraud_reported_at: None,
        sign_in_needed: false,
        destination_since: None,
        shown: true,
        three_ds: None,
    }
}

/// The example cardholder, on the way from the app to another method.
pub(crate) fn session(locale: Locale) -> SessionView {
    SessionView {
        state: SessionState::Open,
        expires_at: Timestamp::parse_rfc3339("2023-02-13T00:15:00+09:00").unwrap(),
        locale,
        return_url: None,
        current: Some(Via::App),
        email: Some(email()),
        phone: Some(phone()),
        app: None,
        tries_left: 5,
    }
}

/// The example cardholder's address.
pub(crate) fn email() -> MaskedDestination {
    fixtures::email().masked()
}

/// The example cardholder's number.
pub(crate) fn phone() -> MaskedDestination {
    fixtures::phone().masked()
}

/// A request as the router reads it.
pub(crate) fn incoming(url: &str, headers: &[(&str, &str)], body: Option<&str>) -> Incoming {
    let all = Headers::new().unwrap();
    for (name, value) in headers {
        all.set(name, value).unwrap();
    }
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_headers(&all);
    init.set_body(&body.into());
    let request = Request::new_with_str_and_init(url, &init).unwrap();
    Incoming::new(request.into()).unwrap_or_else(|_| panic!("{url} is not a URL"))
}

/// A platform that records what it is given.
pub(crate) struct Platform(Object);

impl Platform {
    pub(crate) fn new() -> Self {
        let platform = Function::new_no_args(
            "const noted = { elsewhere: [], later: [] };
            const LogWriter = { write: async (line) => { noted.elsewhere.push(line); } };
            const waitUntil = (promise) => noted.later.push(promise);
            noted.context = { waitUntil, exports: { LogWriter } };
            return noted;",
        );
        Self(platform.call0(&JsValue::NULL).unwrap().unchecked_into())
    }

    /// The context of a request.
    pub(crate) async fn ctx(&self, config: Config, incoming: &Incoming) -> RequestContext {
        let env = settings(&[]);
        let context = Context::new(self.noted("context").unchecked_into());
        let ctx = RequestContext::new(env.unchecked_into(), context, incoming).await;
        let mut ctx = ctx.unwrap_or_else(|problem| panic!("{:?}", problem.cause()));
        ctx.config = Rc::new(config);
        // The isolate's own would hold what other tests proved.
        ctx.merchants = Rc::default();
        ctx
    }

    /// Changes the invocation's context: `change` is the body of a JavaScript function of
    /// `context`.
    pub(crate) fn change_context(&self, change: &str) {
        let change = Function::new_with_args("context", change);
        change.call1(&JsValue::NULL, &self.noted("context")).unwrap();
    }

    /// Waits for the work after the answer. Returns the lines that the log writer got.
    pub(crate) async fn written_elsewhere(&self) -> Vec<String> {
        let later: Array = self.noted("later").unchecked_into();
        JsFuture::from(Promise::all(&later)).await.unwrap();
        let lines: Array = self.noted("elsewhere").unchecked_into();
        lines.iter().map(|line| line.as_string().unwrap()).collect()
    }

    fn noted(&self, name: &str) -> JsValue {
        Reflect::get(&self.0, &name.into()).unwrap()
    }
}

/// Everything that is written to the console until it is dropped.
pub(crate) struct Console {
    lines: Array,
    restore: Function,
}

impl Console {
    pub(crate) fn listen() -> Self {
        let listen = Function::new_no_args(
            "const log = console.log, lines = [];
            console.log = (line) => lines.push(line);
            return [lines, () => { console.log = log; }];",
        );
        let parts: Array = listen.call0(&JsValue::NULL).unwrap().unchecked_into();
        Self { lines: parts.get(0).unchecked_into(), restore: parts.get(1).unchecked_into() }
    }

    pub(crate) fn logged(&self) -> Vec<Value> {
        let line = |line: JsValue| serde_json::from_str(&line.as_string().unwrap()).unwrap();
        self.lines.iter().map(line).collect()
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        drop(self.restore.call0(&JsValue::NULL));
    }
}

/// The body of an answer.
pub(crate) async fn text(response: Response) -> String {
    response.into_body()
}

/// The body of a problem's answer.
pub(crate) async fn problem_json(problem: &Problem) -> Value {
    let response = problem.answer("https://otp.example", None);
    serde_json::from_str(&text(response).await).unwrap()
}

/// A header of an answer.
pub(crate) fn header(response: &Response, name: &str) -> Option<String> {
    response.header(name).map(str::to_owned)
}

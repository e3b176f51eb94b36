use js_sys::{Array, Function, Object};
use serde_json::{Value, json};
use warifu_core::ids::MerchantId;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;
use worker::Env;

use super::*;
use crate::fixtures::{Console, Platform, configured, incoming};

/// A queue that takes messages, or fails.
fn queue(sends: &str) -> (Env, Array) {
    let (env, taken) = (Object::new(), Array::new());
    let bind = format!(
        "class WorkerQueue {{ async send(body) {{ {sends} }} }}; env.EVENTS = new WorkerQueue();"
    );
    let bind = Function::new_with_args("env, taken", &bind);
    bind.call2(&JsValue::NULL, &env, &taken).unwrap();
    (env.unchecked_into(), taken)
}

/// The lines that a request writes which does something, and what the queue took.
async fn acted(sends: &str, issuer_is_told: bool) -> (Vec<Value>, Vec<Value>) {
    let url = if issuer_is_told { "https://issuer.example/events" } else { "" };
    let secret = "whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=";
    let bound =
        [("EVENTS", "bound"), ("ISSUER_EVENTS_URL", url), ("ISSUER_EVENTS_SECRETS", secret)];
    let config = configured(&bound).unwrap_or_else(|error| panic!("{error}"));
    let (platform, console) = (Platform::new(), Console::listen());
    let headers = [("cf-ray", "8a1b2c3d4e5f6071-NRT")];
    let incoming = incoming("https://otp.example/v1/merchants/shop", &headers, None);
    let mut ctx = platform.ctx(config, &incoming).await;
    let (env, taken) = queue(sends);
    ctx.env = env;
    ctx.called_by(Caller::Issuer { key: "support desk".to_owned() });
    let merchant = MerchantId::parse("maru-shop").unwrap();
    done(&ctx, &Act::MerchantRegistered { merchant: &merchant }).await;
    let read = |text: JsValue| serde_json::from_str(&text.as_string().unwrap()).unwrap();
    (console.logged(), taken.iter().map(read).collect())
}

const WHO: &str = r#""by":"issuer","issuer_key":"support desk","request":"8a1b2c3d4e5f6071-NRT""#;

fn line(facts: &str) -> Value {
    serde_json::from_str(&format!("{{{facts},{WHO}}}")).unwrap()
}

const DONE: &str = r#""event":"merchant_registered","merchant":"maru-shop""#;

#[wasm_bindgen_test]
async fn an_act_is_logged_and_its_event_is_in_the_queue_whole() {
    let (lines, taken) = acted("taken.push(body)", true).await;
    assert_eq!(lines, [line(DONE)]);
    let [message] = &taken[..] else { panic!("{taken:?}") };
    assert_eq!(message["act"], "audit.merchant.registered");
    let payload: Value = serde_json::from_str(message["payload"].as_str().unwrap()).unwrap();
    assert_eq!(payload["type"], "audit.merchant.registered");
    let data = json!({
        "issuer_key": "support desk",
        "request": "8a1b2c3d4e5f6071-NRT",
        "merchant": "maru-shop",
    });
    assert_eq!(payload["data"], data);
}

#[wasm_bindgen_test]
async fn an_act_that_the_queue_does_not_take_is_done_and_logged_whole() {
    let (lines, _) = acted("throw new Error('away')", true).await;
    let lost = r#""event":"audit_not_queued","type":"audit.merchant.registered","merchant":"maru-shop","why":"a binding of the platform failed""#;
    assert_eq!(lines, [line(DONE), line(lost)]);
}

#[wasm_bindgen_test]
async fn an_issuer_without_an_endpoint_has_lines_and_no_events() {
    let (lines, taken) = acted("taken.push(body)", false).await;
    assert_eq!(lines, [line(DONE)]);
    assert_eq!(taken, [] as [Value; 0]);
}

//! What becomes of an event that is told after an answer, when its receiver or the queue is away.

use js_sys::{Array, Function, Object};
use warifu_core::{
    cardholder::{Event, EventKind, Reply},
    fixtures::record,
    locale::Locale,
    wire::{self, CardholderCall},
};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;
use worker::Env;

use super::*;
use crate::fixtures::{Console, Platform, configured, incoming, sent};

/// Tells one event to an issuer that answers so, where the queue does so with a message. Answers the
/// events that the object was told of, how many messages the queue took, and how many lines there are.
async fn told(status: u16, sends: &str) -> (Vec<u32>, u32, usize) {
    let (env, asked, taken) = (Object::new(), Array::new(), Array::new());
    let bind = format!(
        "class WorkerQueue {{ async send(body) {{ {sends} }} }}
        class DurableObjectNamespace {{
            getByName(name) {{
                const fetch = async (request) => {{
                    asked.push(await request.text());
                    return new Response(reply);
                }};
                return {{ name, fetch }};
            }}
        }}
        env.EVENTS = new WorkerQueue();
        env.CARDHOLDERS = new DurableObjectNamespace();
        const original = globalThis.fetch;
        globalThis.fetch = async () => new Response(null, {{ status: {status} }});
        return () => {{ globalThis.fetch = original; }};"
    );
    let reply = wire::write_reply(&Reply::Settled).unwrap();
    let bind = Function::new_with_args("env, asked, taken, reply", &bind);
    let arguments = Array::of4(&env, &asked, &taken, &reply.into());
    let restore: Function = bind.apply(&JsValue::NULL, &arguments).unwrap().unchecked_into();

    let bound = [
        ("EVENTS", "bound"),
        ("ISSUER_EVENTS_URL", "https://issuer.example/events"),
        ("ISSUER_EVENTS_SECRETS", "whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="),
    ];
    let config = configured(&bound).unwrap_or_else(|error| panic!("{error}"));
    let (platform, console) = (Platform::new(), Console::listen());
    let incoming = incoming("https://otp.example/v1/siteverify", &[], None);
    let mut ctx = platform.ctx(config, &incoming).await;
    ctx.env = env.unchecked_into::<Env>();
    let (record, at) = (record(Locale::Ja), sent().opened_at);
    // A lock is told to the issuer alone.
    let event =
        Event { number: 7, kind: EventKind::Locked, challenge: record.id.clone(), at, test: false };
    let due = vec![DueEvent { event, facts: EventFacts::Seen(sent()) }];
    tell(&ctx, &record.cardholder, due, Some(&record)).await;
    restore.call0(&JsValue::NULL).unwrap();

    let settled = asked.iter().flat_map(|call| {
        let call = wire::read_cardholder_call(&call.as_string().unwrap());
        match call.ok().unwrap() {
            CardholderCall::Decide(_, Command::Settled(numbers), _) => numbers,
            CardholderCall::Decide(..) => panic!("the object was asked something else"),
        }
    });
    (settled.collect(), taken.length(), console.logged().len())
}

#[wasm_bindgen_test]
async fn what_was_received_is_taken_over_and_in_no_queue() {
    for status in [204, 410] {
        assert_eq!(told(status, "taken.push(body)").await, (vec![7], 0, 0), "{status}");
    }
}

#[wasm_bindgen_test]
async fn what_was_not_received_is_taken_over_when_the_queue_has_its_repetition() {
    assert_eq!(told(500, "taken.push(body)").await, (vec![7], 1, 1));
}

/// The object still has the event, and its alarm tells it.
#[wasm_bindgen_test]
async fn what_neither_receiver_nor_queue_took_is_not_taken_over() {
    assert_eq!(told(500, "throw new Error('away')").await, (vec![], 0, 2));
}

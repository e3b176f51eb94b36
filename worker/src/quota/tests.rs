//! Which objects are asked for a destination, and what their answers come to. What an object decides is
//! tested in core.

use js_sys::{Array, Function, Object};
use warifu_core::{
    contact::EmailAddress,
    wire::{QuotaCall, write_limit},
};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::fixtures::{Platform, config, incoming};

/// A request whose destinations' objects answer so: `bucket` and `own` are bodies of functions that may
/// give the answers `free` and `limited`. Beside it, a list of the names and bodies that were asked.
async fn ctx(bucket: &str, own: &str) -> (RequestContext, Array) {
    let incoming = incoming("https://otp.example/v1/challenges", &[], None);
    let mut ctx = Platform::new().ctx(config(), &incoming).await;
    let (env, asked) = (Object::new(), Array::new());
    let bind = format!(
        "class DurableObjectNamespace {{
            getByName(name) {{
                const fetch = async (request) => {{
                    asked.push([name, await request.text()]);
                    if (name.startsWith('bucket/')) {{ {bucket} }} else {{ {own} }}
                }};
                return {{ fetch }};
            }}
        }}
        env.DESTINATIONS = new DurableObjectNamespace();"
    );
    let bind = Function::new_with_args("env, asked, free, limited", &bind);
    let answer = |until| JsValue::from(write_limit(until).unwrap());
    let arguments = [env.clone().into(), asked.clone().into(), answer(None), answer(Some(until()))];
    bind.apply(&JsValue::NULL, &arguments.into_iter().collect()).unwrap();
    ctx.env = env.unchecked_into();
    (ctx, asked)
}

fn until() -> Timestamp {
    Timestamp::from_millis(1_900_000_000_000)
}

const FREE: &str = "return new Response(free)";
const LIMITED: &str = "return new Response(limited)";
/// What an object answers that decided nothing.
const UNDECIDED: &str = "return new Response('', { status: 500 })";
const AWAY: &str = "throw new Error('it is away')";

fn taro() -> Destination {
    Destination::Email(EmailAddress::parse("taro@mail.jp").unwrap())
}

/// The names that were asked, and whether each was asked as a bucket.
fn calls(ctx: &RequestContext, asked: &Array) -> Vec<&'static str> {
    let (_, key) = ctx.config.active_master_key().unwrap_or_else(|_| panic!("no key"));
    let name = destination::name(key, &taro());
    let call = |call: JsValue| {
        let call: Array = call.unchecked_into();
        let text = |index| call.get(index).as_string().unwrap();
        match wire::read_quota_call(&text(1)) {
            Ok((_, QuotaCall::InBucket(row, _))) => {
                assert!(row == name && text(0) == name.bucket(), "{}", text(0));
                "bucket"
            }
            Ok((_, QuotaCall::Own(_))) => {
                assert_eq!(text(0), name.own_object());
                "own"
            }
            Err(why) => panic!("{why:?}"),
        }
    };
    asked.iter().map(call).collect()
}

#[wasm_bindgen_test]
async fn a_bucket_is_asked_and_the_own_object_only_where_it_decides_nothing() {
    for (bucket, own, limit, objects) in [
        (FREE, AWAY, Some(None), vec!["bucket"]),
        (LIMITED, AWAY, Some(Some(until())), vec!["bucket"]),
        (UNDECIDED, FREE, Some(None), vec!["bucket", "own"]),
        (UNDECIDED, LIMITED, Some(Some(until())), vec!["bucket", "own"]),
        (UNDECIDED, UNDECIDED, None, vec!["bucket", "own"]),
        (UNDECIDED, AWAY, None, vec!["bucket", "own"]),
        // Whether it reserved a place is not known: nothing is sent.
        (AWAY, FREE, None, vec!["bucket"]),
        ("return new Response('of another version')", FREE, None, vec!["bucket"]),
    ] {
        let (ctx, asked) = ctx(bucket, own).await;
        let answered = ask(&ctx, &taro(), &QuotaCommand::Clear).await;
        assert_eq!(answered.ok(), limit, "{bucket} {own}");
        assert_eq!(calls(&ctx, &asked), objects, "{bucket} {own}");
    }
}

#[wasm_bindgen_test]
async fn a_destination_is_cleared_in_its_bucket_and_in_its_own_object() {
    for (bucket, own, cleared, objects) in [
        (FREE, FREE, true, vec!["bucket", "own"]),
        (UNDECIDED, FREE, true, vec!["bucket", "own", "own"]),
        (FREE, AWAY, false, vec!["bucket", "own"]),
        (AWAY, FREE, false, vec!["bucket"]),
    ] {
        let (ctx, asked) = ctx(bucket, own).await;
        assert_eq!(clear(&ctx, &[taro()]).await.is_ok(), cleared, "{bucket} {own}");
        assert_eq!(calls(&ctx, &asked), objects, "{bucket} {own}");
    }
}

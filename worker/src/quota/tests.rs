//! Which objects are asked for a destination, and what their answers come to. What an object decides is
//! tested in core.

use warifu_core::{
    contact::EmailAddress,
    wire::{QuotaCall, write_limit},
};
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::fixtures::{Objects, Platform, config, incoming};

/// A request whose destinations' objects answer so: `bucket` and `own` are bodies of functions that may
/// give the answers `free` and `limited`. Beside it, the objects.
async fn ctx(bucket: &str, own: &str) -> (RequestContext, Objects) {
    let incoming = incoming("https://otp.example/v1/challenges", &[], None);
    let ctx = Platform::new().ctx(config(), &incoming).await;
    let answer = format!(
        "const [free, limited] = given;
        if (name.startsWith('bucket/')) {{ {bucket} }} else {{ {own} }}"
    );
    let given = [None, Some(until())].map(|until| write_limit(until).unwrap());
    let objects = Objects::new(&answer, &given);
    objects.bind(&ctx.env, CLASS);
    (ctx, objects)
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

/// Whether the destination's bucket was asked or its own object, one after the other.
fn calls(ctx: &RequestContext, asked: &Objects) -> Vec<&'static str> {
    let (_, key) = ctx.config.active_master_key().unwrap_or_else(|_| panic!("no key"));
    let name = destination::name(key, &taro());
    let call = |(object, text): (String, String)| match wire::read_quota_call(&text) {
        Ok((_, QuotaCall::InBucket(row, _))) => {
            assert!(row == name && object == name.bucket(), "{object}");
            "bucket"
        }
        Ok((_, QuotaCall::Own(_))) => {
            assert_eq!(object, name.own_object());
            "own"
        }
        Ok((_, QuotaCall::Early(..))) => panic!("{object} is asked early"),
        Err(why) => panic!("{why:?}"),
    };
    asked.asked().into_iter().map(call).collect()
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

//! What becomes of a slot that was asked for early. Which slots there are is tested in core.

use warifu_core::{
    contact::{Destination, EmailAddress},
    destination::EarlyReply,
    fixtures,
    locale::Locale,
    time::Timestamp,
    wire::QuotaCall,
};
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::fixtures::{Objects, Platform, config, incoming, record};

/// What a bucket answers to who asks early.
#[derive(Clone, Copy)]
enum Bucket {
    Says(EarlyReply),
    /// It runs the release before, or cannot read the row.
    DecidesNothing,
    Away,
}

use Bucket::{Away, DecidesNothing, Says};

/// A form that is shown, and the buckets that it asks.
struct Form {
    platform: Platform,
    ctx: RequestContext,
    buckets: Objects,
}

impl Form {
    async fn shown(bucket: Bucket) -> Self {
        let platform = Platform::new();
        let incoming = incoming("https://otp.example/challenge/secret", &[], None);
        let ctx = platform.ctx(config(), &incoming).await;
        let early = match bucket {
            Says(_) => "if (this.asked.length === 1) return new Response(given[0]);",
            DecidesNothing => {
                "if (this.asked.length === 1) return new Response('', { status: 500 });"
            }
            Away => "if (this.asked.length === 1) throw new Error('it is away');",
        };
        let reply = match bucket {
            Says(reply) => reply,
            DecidesNothing | Away => EarlyReply::Held,
        };
        let given = [wire::write_answer(&reply), wire::write_limit(None)].map(Result::unwrap);
        let buckets = Objects::new(&format!("{early} return new Response(given[1]);"), &given);
        buckets.bind(&ctx.env, CLASS);
        Self { platform, ctx, buckets }
    }

    fn locator(&self, to: Option<&Destination>) -> Locator {
        let mut locator = record(Locale::Ja).locator();
        locator.destination = to.map(|to| self.name(to));
        locator
    }

    fn name(&self, to: &Destination) -> DestinationName {
        let key = self.ctx.config.active_master_key();
        destination::name(key.unwrap_or_else(|_| panic!("no key")).1, to)
    }

    fn ask(&self, to: Option<&Destination>) -> AskedEarly {
        AskedEarly::first(&self.ctx, &record(Locale::Ja).id, &self.locator(to))
    }

    /// What the buckets were asked, once all that goes on after the answer is over.
    async fn asked(&self) -> Vec<&'static str> {
        // What goes on can begin more that does.
        for _ in 0..3 {
            self.platform.written_elsewhere().await;
        }
        let first = |(bucket, text): (String, String)| {
            let (name, what) = match wire::read_quota_call(&text).unwrap().1 {
                QuotaCall::Early(name, ..) => (name, "early"),
                QuotaCall::InBucket(name, QuotaCommand::ReleaseEarly(_)) => (name, "give back"),
                QuotaCall::InBucket(..) | QuotaCall::Own(_) => panic!("{bucket}: {text}"),
            };
            assert!(name == self.name(&taro()) && bucket == name.bucket());
            what
        };
        self.buckets.asked().into_iter().map(first).collect()
    }
}

fn taro() -> Destination {
    fixtures::email()
}

fn another() -> Destination {
    Destination::Email(EmailAddress::parse("another@mail.jp").unwrap())
}

fn order(number: u32, to: Destination, places: Places) -> DeliveryOrder {
    DeliveryOrder { opened_at: until(), number, send: 1, to, places }
}

fn until() -> Timestamp {
    Timestamp::from_millis(1_900_000_000_000)
}

/// What the slot comes to: `granted`, `limited`, `none` where it has to be asked for now, or `fault`.
async fn comes_to(form: &Form, order: &DeliveryOrder) -> &'static str {
    let early = form.ask(Some(&taro()));
    match early.admission(&form.ctx, &record(Locale::Ja), order).await {
        Ok(Some(Admission::Granted)) => "granted",
        Ok(Some(Admission::Limited(at))) => {
            assert_eq!(at, until());
            "limited"
        }
        Ok(None) => "none",
        Err(_) => "fault",
    }
}

#[wasm_bindgen_test]
async fn a_slot_is_used_by_its_message_and_else_given_back() {
    use EarlyReply::{Held, Taken, Until};
    const EARLY: &[&str] = &["early"];
    const GIVEN_BACK: &[&str] = &["early", "give back"];
    let first = |places| order(1, taro(), places);
    for (number, (bucket, order, comes, asked)) in (0..).zip([
        (Says(Taken), first(Places::Common), "granted", EARLY),
        (Says(Taken), first(Places::All), "granted", EARLY),
        // The message asks for one of its own kind, which replaces this one.
        (Says(Taken), first(Places::Kept), "none", EARLY),
        (Says(Until(until())), first(Places::Common), "limited", EARLY),
        // There may be a kept one.
        (Says(Until(until())), first(Places::All), "none", EARLY),
        (Says(Until(until())), first(Places::Kept), "none", EARLY),
        // Another showing of the form has it, and may give it back.
        (Says(Held), first(Places::Common), "none", EARLY),
        // The cardholder changed their destination since the challenge was created.
        (Says(Taken), order(1, another(), Places::Common), "none", GIVEN_BACK),
        (Says(Until(until())), order(1, another(), Places::Common), "none", EARLY),
        // The first message was refused by its provider, and the form is loaded again.
        (Says(Taken), order(2, taro(), Places::Common), "none", GIVEN_BACK),
        (DecidesNothing, first(Places::Common), "none", EARLY),
        // It may have reserved the slot all the same.
        (Away, first(Places::Common), "fault", GIVEN_BACK),
    ]) {
        let form = Form::shown(bucket).await;
        assert_eq!(comes_to(&form, &order).await, comes, "{number}");
        assert_eq!(form.asked().await, asked, "{number}");
    }
}

/// The form was not let in, its record is gone, or its challenge has ended.
#[wasm_bindgen_test]
async fn where_no_message_is_ordered_the_slot_is_given_back() {
    for (reply, asked) in [
        (EarlyReply::Taken, &["early", "give back"][..]),
        (EarlyReply::Until(until()), &["early"]),
        // Its message was ordered before: a form that is loaded again.
        (EarlyReply::Held, &["early"]),
    ] {
        // Nobody waits for the answer, or it has come already.
        for waits in [false, true] {
            let form = Form::shown(Says(reply)).await;
            let early = form.ask(Some(&taro()));
            if waits {
                form.platform.written_elsewhere().await;
            }
            drop(early);
            assert_eq!(form.asked().await, asked, "{reply:?} {waits}");
        }
    }
}

#[wasm_bindgen_test]
async fn where_the_client_secret_names_no_destination_nothing_is_asked_early() {
    let form = Form::shown(Says(EarlyReply::Taken)).await;
    for early in [form.ask(None), AskedEarly::not()] {
        let order = order(1, taro(), Places::Common);
        let admission = early.admission(&form.ctx, &record(Locale::Ja), &order).await;
        assert!(matches!(admission, Ok(None)));
    }
    assert!(form.asked().await.is_empty());
}

//! For whom a call of the pages of a fraud report counts, and what the log has of a report.

use js_sys::{Function, Object, Reflect};
use serde_json::Value;
use warifu_core::{
    cardholder::{Reply, View},
    fixtures::record,
    locale::Locale,
    wire,
};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::fixtures::{Bindings, Console, Platform, config, incoming, sent};

/// What is called with a secret or a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    ShowInForm,
    PostInForm,
    Show,
    Post,
}

/// Cardholders' objects that show a challenge so.
fn objects(view: View) -> Object {
    let reply = wire::write_reply(&Reply::Seen(view)).unwrap();
    let make = Function::new_with_args(
        "reply",
        "class DurableObjectNamespace {
            getByName(name) { return { fetch: async () => new Response(reply), name }; }
        }
        return new DurableObjectNamespace();",
    );
    make.call1(&JsValue::NULL, &reply.into()).unwrap().unchecked_into()
}

/// Calls; the status of the answer, and the lines.
async fn called(call: Call, bindings: &Bindings, text: &str) -> (u16, Vec<Value>) {
    let headers = [
        ("cf-connecting-ip", "192.0.2.1"),
        ("accept", "text/html"),
        ("sec-fetch-site", "same-origin"),
        ("origin", "https://otp.example"),
    ];
    let console = Console::listen();
    // At another address than a form's, so that the lines are written here.
    let incoming = incoming("https://otp.example/x", &headers, Some(""));
    let ctx = Platform::new().ctx(config(), &incoming).await;
    bindings.bind(&ctx.env);
    Reflect::set(ctx.env.as_ref(), &"CARDHOLDERS".into(), &objects(sent())).unwrap();
    let answer = match call {
        Call::ShowInForm => show_in_form(&ctx, &incoming, text).await,
        Call::PostInForm => post_in_form(&ctx, &incoming, text).await,
        Call::Show => show(&ctx, &incoming, text).await,
        Call::Post => post(&ctx, &incoming, text).await,
    };
    (answer.unwrap_or_else(|problem| panic!("{:?}", problem.code)).status_code(), console.logged())
}

fn bindings() -> Bindings {
    let (record, stored) = (record(Locale::Ja), serde_json::to_string(&record(Locale::Ja)));
    Bindings::new(&[(&format!("challenge:{}", record.id), &stored.unwrap())])
}

/// The client secret of the example challenge, or its token.
fn right(call: Call) -> String {
    let (config, id) = (config(), record(Locale::Ja).id);
    let (_, master) = config.active_master_key().ok().unwrap();
    match call {
        Call::ShowInForm | Call::PostInForm => {
            record(Locale::Ja).client_secret(master, None).reveal().to_owned()
        }
        Call::Show | Call::Post => FraudReportToken::derive(master, &id, sent().opened_at).reveal(),
    }
}

const CALLS: [Call; 4] = [Call::ShowInForm, Call::PostInForm, Call::Show, Call::Post];

/// The rate of addresses lets nobody pass here: it is not asked. A carrier's customers share one.
#[wasm_bindgen_test]
async fn a_right_secret_or_token_counts_for_its_challenge_and_for_no_address() {
    for call in CALLS {
        let bindings = bindings().open("FORM_RATE");
        let (status, lines) = called(call, &bindings, &right(call)).await;
        let redirected = call == Call::PostInForm;
        assert_eq!(status, if redirected { 303 } else { 200 }, "{call:?}: {lines:?}");
        assert!(bindings.asked("ADDRESS_RATE").is_empty(), "{call:?}");
        // Whoever holds the form does not use up the calls of whoever has the token.
        let id = record(Locale::Ja).id.to_string();
        let by_token = matches!(call, Call::Show | Call::Post);
        let counted = if by_token { format!("report/{id}") } else { id };
        assert_eq!(bindings.asked("FORM_RATE"), [counted], "{call:?}");
    }
}

#[wasm_bindgen_test]
async fn a_made_up_one_counts_for_its_address_and_reads_nothing() {
    for call in CALLS {
        let right = right(call);
        for made_up in [format!("{}{}", &right[..right.len() - 2], "__"), "x".to_owned()] {
            for (bindings, status) in [(bindings(), 429), (bindings().open("ADDRESS_RATE"), 404)] {
                assert_eq!(called(call, &bindings, &made_up).await.0, status, "{call:?}");
                assert_eq!(bindings.asked("ADDRESS_RATE"), ["192.0.2.1"]);
                assert!(bindings.asked("FORM_RATE").is_empty());
                assert!(bindings.asked("reads").is_empty());
            }
        }
    }
}

#[wasm_bindgen_test]
async fn a_report_is_a_line_and_a_look_is_none() {
    for call in CALLS {
        let (_, lines) = called(call, &bindings().open("FORM_RATE"), &right(call)).await;
        let record = record(Locale::Ja);
        let reports = matches!(call, Call::PostInForm | Call::Post);
        assert_eq!(lines.len(), usize::from(reports), "{call:?}: {lines:?}");
        for line in lines {
            assert_eq!(line["event"], "fraud_reported");
            assert_eq!(line["challenge"], record.id.as_str());
            assert_eq!(line["merchant"], "maru-shop");
            assert_eq!(line["cardholder"], "taro");
            assert_eq!(line["by"], "cardholder");
        }
    }
}

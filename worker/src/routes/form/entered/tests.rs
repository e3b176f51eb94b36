//! Record and object asked at the same time, in every order of failure: what the browser is told, and
//! what the object is asked again.

use warifu_core::{
    cardholder::{DeliveryOrder, Places},
    fixtures,
    locale::Locale,
    time::Timestamp,
    wire,
};
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::fixtures::{Bindings, Objects, Platform, config, incoming, sent as view};

fn record() -> ChallengeRecord {
    fixtures::record(Locale::Ja)
}

/// A deployment whose KV has this record under the challenge's id, and whose object gives these
/// replies.
struct Deployment {
    kv: Bindings,
    object: Objects,
}

impl Deployment {
    fn new(record: Option<&ChallengeRecord>, replies: &[Reply]) -> Self {
        let key = format!("challenge:{}", fixtures::record(Locale::Ja).id);
        let stored = record.map(|record| serde_json::to_string(record).unwrap());
        let entries: Vec<_> = stored.iter().map(|text| (key.as_str(), text.as_str())).collect();
        let replies: Vec<_> =
            replies.iter().map(|reply| wire::write_reply(reply).unwrap()).collect();
        let kv = Bindings::new(&entries).open("FORM_RATE");
        Self { kv, object: Objects::answering(&replies) }
    }

    /// What asking with this client secret comes to: whether the object gave a reply, or the problem.
    async fn ask(&self, secret: &str, command: ChallengeCommand) -> Result<bool, ProblemCode> {
        let incoming = incoming("https://otp.example/challenge/x", &[], Some(""));
        let ctx = Platform::new().ctx(config(), &incoming).await;
        self.kv.bind(&ctx.env);
        self.object.bind(&ctx.env, "CARDHOLDERS");
        let asked = async {
            let located = Entered::by(&ctx, &incoming, secret).await?.located(&ctx).await?;
            let (opened, reply) = located.ask(&ctx, command).await?;
            let FormRecord::Live(read) = &opened.record else { panic!("a test") };
            assert!(read.digest() == record().digest());
            Ok::<bool, Problem>(reply.is_ok())
        };
        asked.await.map_err(|problem| problem.code)
    }

    /// How often the cardholder's object was asked.
    fn questions(&self) -> usize {
        let asked = self.object.names();
        assert!(asked.iter().all(|name| name == "taro"), "{asked:?}");
        asked.len()
    }
}

/// A client secret of the example challenge, as this release makes it or as the one before did.
fn secret(of_before: bool) -> String {
    let config = config();
    let (_, master) = config.active_master_key().ok().unwrap();
    let secret = match of_before {
        true => ClientSecret::of_before(master, &record().id),
        false => record().client_secret(master, None),
    };
    secret.reveal().to_owned()
}

fn ordered() -> Reply {
    let order = DeliveryOrder {
        send: 1,
        number: 1,
        to: fixtures::email(),
        opened_at: Timestamp::from_millis(1),
        places: Places::default(),
    };
    Reply::Send(view(), order)
}

fn present() -> ChallengeCommand {
    ChallengeCommand::Present { hostname: None, known_browser: false }
}

#[wasm_bindgen_test]
async fn what_both_say_is_answered_with_a_secret_of_either_release() {
    for of_before in [false, true] {
        let deployment = Deployment::new(Some(&record()), &[Reply::Seen(view())]);
        assert_eq!(deployment.ask(&secret(of_before), present()).await, Ok(true));
        assert_eq!(deployment.questions(), 1);
    }
}

/// The record is there, so that the page can say what happened.
#[wasm_bindgen_test]
async fn an_object_that_is_away_is_told_with_the_record() {
    let deployment = Deployment::new(Some(&record()), &[]);
    assert_eq!(deployment.ask(&secret(false), present()).await, Ok(false));
}

/// The object may have ordered a send by then. It is taken back, so that nobody waits for its code.
#[wasm_bindgen_test]
async fn without_the_pinned_record_nothing_is_shown_and_a_send_is_taken_back() {
    let mut altered = record();
    altered.return_url = Some("https://evil.example/".to_owned());
    for stored in [None, Some(&altered)] {
        for (reply, questions) in [(ordered(), 2), (Reply::Seen(view()), 1)] {
            let deployment = Deployment::new(stored, &[reply, Reply::Seen(view())]);
            let answer = deployment.ask(&secret(false), present()).await;
            assert_eq!(answer, Err(ProblemCode::ChallengeNotFound));
            assert_eq!(deployment.questions(), questions);
        }
        // A release before locators reads first, and asks only about what it has read.
        let deployment = Deployment::new(None, &[Reply::Seen(view())]);
        let answer = deployment.ask(&secret(true), present()).await;
        assert_eq!((answer, deployment.questions()), (Err(ProblemCode::ChallengeNotFound), 0));
    }
}

/// What could not be taken back is said to be unavailable: the browser comes again.
#[wasm_bindgen_test]
async fn a_send_that_cannot_be_taken_back_is_a_fault() {
    let deployment = Deployment::new(None, &[ordered()]);
    let answer = deployment.ask(&secret(false), present()).await;
    assert_eq!((answer, deployment.questions()), (Err(ProblemCode::Unavailable), 2));
}

//! The objects that know which requests directory servers made before, for many transactions each.
//! What they decide is in `core/src/known_request.rs`.

use warifu_core::{
    known_request::{self, KnownRequest, ROWS},
    rules::Rules,
    time::Timestamp,
    wire,
};
use worker::{DurableObject, Env, Request, Response, State, durable_object};

use super::{ObjectState, answer, bucket::Row, request_of, unreadable};

/// Tells a repeat of a directory server's request from another one with its ids.
#[durable_object(alarm)]
pub struct KnownRequestObject {
    object: ObjectState,
}

impl DurableObject for KnownRequestObject {
    fn new(state: State, env: Env) -> Self {
        Self { object: ObjectState::new(&state, &env) }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let id = request_of(&request);
        let outcome = match wire::read_asked::<known_request::Request>(&request.text().await?) {
            Ok((now, asked)) => {
                let key = asked.key();
                let decide = |known: KnownRequest, _: &Rules| {
                    let (after, repetition) = known.decide(asked, now);
                    (after, wire::write_answer(&repetition))
                };
                self.object.decide_in_bucket(&key, now, decide).await
            }
            Err(error) => Err(unreadable(error)),
        };
        answer(outcome, id.as_deref())
    }

    /// Forgets the transactions that are known no more.
    async fn alarm(&self) -> worker::Result<Response> {
        let swept = self.object.sweep::<KnownRequest>().await;
        self.object.end_alarm(swept).await
    }
}

impl Row for KnownRequest {
    const ROWS: &'static str = ROWS;

    fn over_at(&self, _: &Rules) -> Option<Timestamp> {
        self.forgotten_at()
    }
}

//! Asks the cardholder object: one command, one reply.

use std::pin::pin;

use futures_util::future::{Either, select};
#[cfg(feature = "next-version")]
use warifu_core::cardholder::{Refusal, Refused};
use warifu_core::{
    cardholder::{Act, Command, Reply},
    ids::CardholderId,
    record::ChallengeRecord,
    time::Timestamp,
    wire,
};
use worker::{Env, Method, Request, RequestInit};

use crate::{bindings::wait, edge::Edge, problem::Problem};

/// The cardholders' objects, as they are bound.
const CLASS: &str = "CARDHOLDERS";

/// How long an object is waited for. Far longer than a decision takes. When the time is over, the
/// object may still carry out what it was asked.
const PATIENCE_MS: u32 = 10_000;

/// Has the cardholder's object decide `command`. The reply comes back when the new state is
/// durable.
pub(crate) async fn ask(
    edge: &Edge,
    who: &CardholderId,
    command: Command,
) -> Result<Reply, Problem> {
    let now = edge.now().await?;
    ask_at(edge, who, command, now).await
}

/// Decides `command` at a time that was taken for several.
pub(crate) async fn ask_at(
    edge: &Edge,
    who: &CardholderId,
    command: Command,
    now: Timestamp,
) -> Result<Reply, Problem> {
    let body = wire::write_command(&command, now)?;
    let reply = wire::read_reply(&ask_by_name(&edge.env, CLASS, who.as_str(), &body).await?)?;
    #[cfg(feature = "next-version")]
    let reply = match reply {
        Reply::Waiting(view, wait) => {
            Reply::Refused(Refused::Rule(Refusal::ResendTooSoon(wait)), Some(view))
        }
        other => other,
    };
    Ok(reply)
}

/// Decides one act on a record's challenge.
pub(crate) async fn act(edge: &Edge, record: &ChallengeRecord, act: Act) -> Result<Reply, Problem> {
    let command = Command::Challenge { id: record.id.clone(), record: record.digest(), act };
    ask(edge, &record.cardholder, command).await
}

/// Asks an object of a class by its name. The address does not matter: the body is the message.
///
/// # Errors
/// 503 when the object fails or does not answer in time. Whether it did what was asked is then
/// unknown, so only a command that may be carried out twice may be repeated.
pub(crate) async fn ask_by_name(
    env: &Env,
    class: &str,
    name: &str,
    text: &str,
) -> Result<String, Problem> {
    let objects = env.durable_object(class).map_err(|_| Problem::unbound(class))?;
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_body(Some(text.into()));
    let request = Request::new_with_init("https://object/", &init)?;
    let object = objects.get_by_name(name)?;
    let answered = pin!(async {
        let mut answer = object.fetch_with_request(request).await?;
        let text = answer.text().await?;
        Ok((answer.status_code(), text))
    });
    let (status, text) = match select(answered, wait(PATIENCE_MS)).await {
        Either::Left((answer, _)) => answer.map_err(away)?,
        Either::Right(_) => {
            return Err(Problem::unavailable(format!("an object of {class} did not answer")));
        }
    };
    if status != 200 {
        return Err(Problem::unavailable(format!("an object of {class} failed")));
    }
    Ok(text)
}

/// The object, or the way to it, failed. What the platform says of that names nobody.
fn away(error: worker::Error) -> Problem {
    Problem::unavailable(error)
}

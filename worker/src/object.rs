//! Asks the cardholder object: one command, one reply.

#[cfg(feature = "next-version")]
use warifu_core::cardholder::Refusal;
use warifu_core::{
    cardholder::{Act, Command, Reply},
    ids::CardholderId,
    record::ChallengeRecord,
    time::Timestamp,
    wire,
};
use worker::Date;

use crate::{edge::Edge, platform, problem::Problem};

/// The cardholders' objects, as they are bound.
const CLASS: &str = "CARDHOLDERS";

/// Decides `command` in the cardholder's object; what comes back is durable.
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
    let reply = wire::read_reply(&ask_text(edge, who.as_str(), &body).await?)?;
    #[cfg(feature = "next-version")]
    let reply = match reply {
        Reply::Waiting(view, wait) => Reply::Refused(Refusal::ResendTooSoon(wait), Some(view)),
        other => other,
    };
    Ok(reply)
}

/// Asks an object of ours by its name.
pub(crate) async fn ask_text(edge: &Edge, name: &str, body: &str) -> Result<String, Problem> {
    let reply = platform::ask(&edge.env, CLASS, name, body).await?;
    reply.ok_or_else(|| Problem::unavailable("the cardholder object failed"))
}

/// Decides one act on a record's challenge.
pub(crate) async fn act(edge: &Edge, record: &ChallengeRecord, act: Act) -> Result<Reply, Problem> {
    let command = Command::Challenge { id: record.id.clone(), record: record.digest(), act };
    ask(edge, &record.cardholder, command).await
}

/// Writes a log line from an object's invocation, whose address says nothing. The object is of the
/// cardholders' class and stores nothing.
pub(crate) async fn write_line(edge: &Edge, line: &str) -> Result<(), Problem> {
    // No cardholder's id has a space. Sixteen of them, so that none has to write every line.
    let name = format!("the log {}", Date::now().as_millis() % 16);
    platform::ask(&edge.env, CLASS, &name, line).await.map(drop)
}

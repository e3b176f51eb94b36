//! Asks the cardholder object: one command, one reply.

use warifu_core::{
    cardholder::{Act, Command, Reply},
    ids::CardholderId,
    record::ChallengeRecord,
    time::Timestamp,
    wire,
};
use worker::Date;

use crate::{edge::Edge, problem::Problem};

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
    let stub = edge.env.durable_object("CARDHOLDERS")?.get_by_name(who.as_str())?;
    let mut response = stub.fetch_with_request(post(&body)?).await.map_err(Problem::unavailable)?;
    if response.status_code() != 200 {
        return Err(Problem::unavailable("the cardholder object failed"));
    }
    Ok(wire::read_reply(&response.text().await?)?)
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
    let object = edge.env.durable_object("CARDHOLDERS")?.get_by_name(&name)?;
    object.fetch_with_request(post(line)?).await?;
    Ok(())
}

/// A request to an object of ours: its address does not matter, the body is the message.
pub(crate) fn post(body: &str) -> worker::Result<worker::Request> {
    let init = web_sys::RequestInit::new();
    init.set_method("POST");
    init.set_body(&body.into());
    Ok(web_sys::Request::new_with_str_and_init("https://object/", &init)?.into())
}

//! Asks the cardholder object: one command, one reply.

use serde::{Deserialize, Serialize};
use warifu_core::{
    cardholder::{Command, Reply},
    ids::CardholderId,
    time::Timestamp,
};

use crate::{edge::Edge, problem::Problem};

/// What travels to the object. The time is the request's own, so that one request has one time.
#[derive(Serialize, Deserialize)]
pub(crate) struct Envelope {
    pub(crate) now: Timestamp,
    pub(crate) command: Command,
}

/// Decides `command` in the cardholder's object; what comes back is durable.
pub(crate) async fn ask(
    edge: &Edge,
    who: &CardholderId,
    command: Command,
) -> Result<Reply, Problem> {
    let body = serde_json::to_string(&Envelope { now: edge.now, command })?;
    let stub = edge.env.durable_object("CARDHOLDERS")?.get_by_name(who.as_str())?;
    let mut response = stub.fetch_with_request(post(&body)?).await.map_err(Problem::unavailable)?;
    if response.status_code() != 200 {
        return Err(Problem::unavailable("the cardholder object failed"));
    }
    Ok(serde_json::from_str(&response.text().await?)?)
}

/// A request to an object of ours: its address does not matter, the body is the message.
pub(crate) fn post(body: &str) -> worker::Result<worker::Request> {
    let init = web_sys::RequestInit::new();
    init.set_method("POST");
    init.set_body(&body.into());
    Ok(web_sys::Request::new_with_str_and_init("https://object/", &init)?.into())
}

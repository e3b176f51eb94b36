//! Asks the cardholder object: one command, one reply.

use serde::{Deserialize, Serialize};
use warifu_core::{
    cardholder::{Command, Reply},
    ids::CardholderId,
    time::Timestamp,
};
use worker::{Method, Request, RequestInit};

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
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_body(Some(body.into()));
    let request = Request::new_with_init("https://cardholder/", &init)?;
    let stub = edge.env.durable_object("CARDHOLDERS")?.get_by_name(who.as_str())?;
    let mut response = stub.fetch_with_request(request).await.map_err(Problem::unavailable)?;
    if response.status_code() != 200 {
        return Err(Problem::unavailable("the cardholder object failed"));
    }
    Ok(serde_json::from_str(&response.text().await?)?)
}

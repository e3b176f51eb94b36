//! `/v1/merchants/{id}/event-endpoint`: where a merchant's server is told what happened.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde::Serialize;
use warifu_core::{time::Timestamp, webhook::WebhookSecret};

use super::merchants::parse;
use crate::{
    auth,
    edge::Edge,
    events::{Endpoint, may_receive},
    http::{self, Incoming, Response},
    problem::{Problem, ProblemCode},
    random,
    store::Store,
};

/// How long the former secret signs beside a new one, in seconds.
const OVERLAP: std::time::Duration = std::time::Duration::from_secs(86_400);

#[derive(Serialize)]
struct Answer<'a> {
    url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    former_until: Option<String>,
}

/// Registers the endpoint, with a secret that this answer shows and no other.
pub(crate) async fn put(
    edge: &Edge,
    incoming: &mut Incoming,
    id: &str,
) -> Result<Response, Problem> {
    const LONGEST: usize = 2048;
    auth::issuer(edge, incoming)?;
    let merchant = parse(id)?;
    let mut fields = incoming.body().await?.json()?;
    let url = fields.text("url")?;
    fields.end()?;
    if url.len() > LONGEST || !may_receive(&url, edge.config.is_development()) {
        let must = "be an https address of at most 2048 characters, without credentials";
        return Err(Problem::field("url", must));
    }
    let store = Store::of(edge)?;
    store.merchant(&merchant).await?.ok_or_else(|| ProblemCode::MerchantNotFound.problem())?;
    let endpoint = Endpoint { url, key: active(edge)?, salt: salt()?, former: None };
    store.put_endpoint(&merchant, &endpoint).await?;
    shown(edge, &merchant, &endpoint)
}

/// The endpoint, without its secret.
pub(crate) async fn read(edge: &Edge, incoming: &Incoming, id: &str) -> Result<Response, Problem> {
    auth::issuer(edge, incoming)?;
    let endpoint = known(edge, id).await?;
    let former_until = former_until(&endpoint);
    Ok(http::json(200, &Answer { url: &endpoint.url, secret: None, former_until })?)
}

/// Makes a new secret; the former signs beside it for a day.
pub(crate) async fn rotate(
    edge: &Edge,
    incoming: &Incoming,
    id: &str,
) -> Result<Response, Problem> {
    auth::issuer(edge, incoming)?;
    let before = known(edge, id).await?;
    let merchant = parse(id)?;
    let until = edge.now().await?.plus(OVERLAP);
    let key = active(edge)?;
    // Both are derived from one key: a new key begins with a secret of its own.
    let former = (before.key == key).then_some((before.salt, until));
    let endpoint = Endpoint { url: before.url, key, salt: salt()?, former };
    Store::of(edge)?.put_endpoint(&merchant, &endpoint).await?;
    shown(edge, &merchant, &endpoint)
}

/// Forgets the endpoint.
pub(crate) async fn delete(
    edge: &Edge,
    incoming: &Incoming,
    id: &str,
) -> Result<Response, Problem> {
    auth::issuer(edge, incoming)?;
    known(edge, id).await?;
    Store::of(edge)?.delete_endpoint(&parse(id)?).await?;
    Ok(http::empty(204))
}

async fn known(edge: &Edge, id: &str) -> Result<Endpoint, Problem> {
    let endpoint = Store::of(edge)?.endpoint(&parse(id)?).await?;
    endpoint.ok_or_else(|| ProblemCode::EndpointNotFound.problem())
}

fn active(edge: &Edge) -> Result<String, Problem> {
    let active = edge.config.active_event_key();
    let (id, _) = active.ok_or_else(|| ProblemCode::EventsNotSetUp.problem())?;
    Ok(id.clone())
}

fn salt() -> Result<String, Problem> {
    Ok(Base64UrlUnpadded::encode_string(&random::bytes::<16>()?))
}

fn former_until(endpoint: &Endpoint) -> Option<String> {
    endpoint.former.as_ref().map(|(_, until): &(String, Timestamp)| until.rfc3339())
}

fn shown(
    edge: &Edge,
    merchant: &warifu_core::ids::MerchantId,
    endpoint: &Endpoint,
) -> Result<Response, Problem> {
    let key = edge.config.event_key(&endpoint.key);
    let key = key.ok_or_else(|| Problem::internal("the event key just used is gone"))?;
    let secret = Some(WebhookSecret::derive(key, merchant, &endpoint.salt).reveal());
    let former_until = former_until(endpoint);
    Ok(http::json(200, &Answer { url: &endpoint.url, secret, former_until })?)
}

//! `/v1/merchants`: the issuer registers who may ask for challenges, and lists them.

use serde::Serialize;
use warifu_core::{
    ids::MerchantId,
    text::{MerchantName, MixedWord, mixed_words},
};

use super::{bad_id, bad_text};
use crate::{
    audit, auth,
    http::{self, Address, Incoming, is_local},
    issuer_keys::IssuerAct,
    listing::{Asked, Lengths},
    log::Act,
    problem::{Problem, ProblemCode},
    request_context::RequestContext,
    response::Response,
    store::{KeyEntry, Listed, Merchant, MerchantEntry, Store},
};

#[derive(Serialize)]
struct Answer<'a> {
    id: &'a MerchantId,
    name: &'a MerchantName,
    origins: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    keys: Option<Vec<KeyEntry>>,
    warnings: Vec<Warning>,
}

/// What the issuer should look at before it trusts a name that was taken.
#[derive(Serialize)]
struct Warning {
    field: &'static str,
    code: &'static str,
    detail: String,
}

impl<'a> Answer<'a> {
    fn of(id: &'a MerchantId, merchant: &'a Merchant, keys: Option<Vec<KeyEntry>>) -> Self {
        let Merchant { name, origins, .. } = merchant;
        Self { id, name, origins, keys, warnings: warnings(name) }
    }
}

/// One warning for each word that can be mistaken for another. Such a name is not refused, because
/// some merchants are called so.
fn warnings(name: &MerchantName) -> Vec<Warning> {
    let warning = |MixedWord { word, scripts }: &MixedWord<'_>| Warning {
        field: "name",
        code: "mixed_scripts",
        detail: format!(
            "{word} mixes letters of {}, which can look alike. Check that the merchant is called so.",
            scripts.join(" and ")
        ),
    };
    mixed_words(name.as_str()).iter().map(warning).collect()
}

/// Registers a merchant, or replaces its name and origins; open challenges keep theirs.
///
/// Always 200: whether it was new would have to be read, and a key of KV that is read before it is
/// written stays missing for a minute.
pub(crate) async fn put(
    ctx: &RequestContext,
    incoming: &mut Incoming,
    id: &str,
) -> Result<Response, Problem> {
    auth::issuer(ctx, incoming, IssuerAct::Register).await?;
    let id = parse(id)?;
    if id.is_of_directory_server() {
        let reserved = MerchantId::OF_DIRECTORY_SERVER;
        let must =
            format!("not begin with {reserved}, as the merchants that directory servers name");
        return Err(Problem::field("id", must));
    }
    let mut fields = incoming.body().await?.json()?;
    let (name, origins) = (fields.text("name")?, fields.texts("origins")?);
    fields.end()?;
    let name = MerchantName::parse(&name).map_err(|error| bad_text("name", error))?;
    const MOST_ORIGINS: usize = 10;
    if !(1..=MOST_ORIGINS).contains(&origins.len()) {
        return Err(Problem::field("origins", format!("list 1 to {MOST_ORIGINS} origins")));
    }
    if let Some(index) = origins.iter().position(|origin| !is_origin(origin)) {
        let must =
            "be an origin such as https://shop.example, without path; http only for localhost";
        return Err(Problem::field(&format!("origins[{index}]"), must));
    }
    let merchant = Store::of(&ctx.env)?.put_merchant(&id, name, origins).await;
    ctx.merchants.forget();
    let merchant = merchant?;
    audit::done(ctx, &Act::MerchantRegistered { merchant: &id }).await;
    Ok(http::json(200, &Answer::of(&id, &merchant, None))?)
}

/// A merchant and the ids of its keys.
pub(crate) async fn read(
    ctx: &RequestContext,
    incoming: &Incoming,
    id: &str,
) -> Result<Response, Problem> {
    auth::issuer(ctx, incoming, IssuerAct::Register).await?;
    let id = parse(id)?;
    let store = Store::of(&ctx.env)?;
    let merchant =
        store.merchant(&id).await?.ok_or_else(|| ProblemCode::MerchantNotFound.problem())?;
    let keys = Some(store.keys(&id).await?);
    Ok(http::json(200, &Answer::of(&id, &merchant, keys))?)
}

/// Lists merchants by id.
pub(crate) async fn list(ctx: &RequestContext, incoming: &Incoming) -> Result<Response, Problem> {
    #[derive(Serialize)]
    struct Answer {
        merchants: Vec<MerchantEntry>,
        next_cursor: Option<String>,
    }
    auth::issuer(ctx, incoming, IssuerAct::Register).await?;
    // A merchant that a version before lists registered is read for its name.
    const LENGTHS: Lengths = Lengths { usual: 100, most: 100 };
    let mut asked = Asked::read(ctx, incoming, "merchants".to_owned(), LENGTHS)?;
    let after = asked.after.take();
    let Listed { entries, next } = Store::of(&ctx.env)?.merchants(asked.limit, after).await?;
    let next_cursor = next.map(|next| asked.next(&next)).transpose()?;
    Ok(http::json(200, &Answer { merchants: entries, next_cursor })?)
}

/// Forgets a merchant and its keys; its challenges run out by themselves.
pub(crate) async fn delete(
    ctx: &RequestContext,
    incoming: &Incoming,
    id: &str,
) -> Result<Response, Problem> {
    auth::issuer(ctx, incoming, IssuerAct::Register).await?;
    let id = parse(id)?;
    let store = Store::of(&ctx.env)?;
    store.merchant(&id).await?.ok_or_else(|| ProblemCode::MerchantNotFound.problem())?;
    let (act, now) = (Act::MerchantRemoved { merchant: &id }, ctx.now().await?);
    audit::tell(ctx, &act).await;
    let deleted = store.delete_merchant(&id, now).await;
    ctx.merchants.forget();
    deleted?;
    audit::log(ctx, &act);
    Ok(Response::empty(204))
}

pub(super) fn parse(id: &str) -> Result<MerchantId, Problem> {
    MerchantId::parse(id).map_err(bad_id)
}

/// Whether it is exactly an origin, over TLS unless it is this machine.
fn is_origin(text: &str) -> bool {
    Address::parse(text).is_some_and(|url| {
        let safe = url.is_https() || (url.is_http() && is_local(&url.host()));
        // A browser's URL parser takes hosts such as `*.example`; the frame's policy would read
        // that as every subdomain, and a `;` as its own end.
        let host = url.host();
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        let named = host == "[::1]" || host.bytes().all(plain);
        safe && named && url.origin() == text
    })
}

#[cfg(test)]
mod tests;

//! Asks a Durable Object, bounded in time. An object that nobody asked before is made near to the
//! place that the deployment names.

use worker::{Env, Headers, Method, ObjectNamespace, Request, RequestInit, Stub};

use crate::{
    bindings::{whole_text, within},
    problem::Problem,
};

/// How long an object is waited for. Far longer than a decision takes. When the time is over, the
/// object may still carry out what it was asked.
const PATIENCE_MS: u32 = 10_000;

/// The header that tells an object in which request it is asked.
pub(crate) const REQUEST: &str = "request-id";

/// Who asks an object.
pub(crate) struct Asking<'a> {
    pub(crate) env: &'a Env,
    /// Near to which place an object is made that nobody asked before.
    pub(crate) location: Option<&'a str>,
    /// The id of the request in which it is asked, for the object's own lines.
    pub(crate) request: Option<&'a str>,
}

/// Asks an object of a class by its name. The address does not matter: the body is the message.
///
/// # Errors
/// 503 when the object fails or does not answer in time. It is then unknown whether the object
/// carried out the command, so a caller may repeat only a command that may be carried out twice.
pub(crate) async fn ask(
    asking: &Asking<'_>,
    class: &str,
    name: &str,
    text: &str,
) -> Result<String, Problem> {
    let decided = ask_if_it_can(asking, class, name, text).await?;
    decided.ok_or_else(|| failed(class))
}

/// The same; `None` when the object is there and answers that it decided nothing: it could not read
/// the command or what it stored, for example because one of both is of another release.
///
/// # Errors
/// 503 when the object does not answer in time, or the way to it fails.
pub(crate) async fn ask_if_it_can(
    asking: &Asking<'_>,
    class: &str,
    name: &str,
    text: &str,
) -> Result<Option<String>, Problem> {
    let objects = objects(asking.env, class)?;
    let object = match asking.location {
        Some(location) => objects.get_by_name_with_location_hint(name, location)?,
        None => objects.get_by_name(name)?,
    };
    asked(object, class, text, asking.request).await
}

/// The same of an object by its own id, as an object writes it where it does not know its name.
pub(crate) async fn ask_by_id(
    asking: &Asking<'_>,
    class: &str,
    id: &str,
    text: &str,
) -> Result<String, Problem> {
    let object = objects(asking.env, class)?.id_from_string(id)?.get_stub()?;
    asked(object, class, text, asking.request).await?.ok_or_else(|| failed(class))
}

fn objects(env: &Env, class: &str) -> Result<ObjectNamespace, Problem> {
    env.durable_object(class).map_err(|_| Problem::unbound(class))
}

async fn asked(
    object: Stub,
    class: &str,
    text: &str,
    request: Option<&str>,
) -> Result<Option<String>, Problem> {
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_body(Some(text.into()));
    if let Some(id) = request {
        let headers = Headers::new();
        headers.set(REQUEST, id)?;
        init.with_headers(headers);
    }
    let request = Request::new_with_init("https://object/", &init)?;
    let answered = async {
        let answer = object.fetch_with_request(request).await?;
        let status = answer.status_code();
        Ok((status, whole_text(answer).await?))
    };
    let Some(answer) = within(PATIENCE_MS, answered).await else {
        return Err(Problem::unavailable(format!("an object of {class} did not answer")));
    };
    let (status, text) = answer.map_err(away)?;
    Ok((status == 200).then_some(text))
}

fn failed(class: &str) -> Problem {
    Problem::unavailable(format!("an object of {class} failed"))
}

/// The problem when the object, or the way to it, failed. The platform's message about it names
/// nobody.
fn away(error: worker::Error) -> Problem {
    Problem::unavailable(error)
}

#[cfg(test)]
mod tests;

//! `/v1/cardholders/{id}`: the issuer states contacts.

use serde::Serialize;
use warifu_core::{
    cardholder::{Command, Description, Refusal, Registration, Reply},
    contact::{Channel, ContactError, EmailAddress, PhoneNumber},
    ids::CardholderId,
    text::{PersonalMessage, TextError},
};

use super::{bad_id, unexpected};
use crate::{
    auth,
    edge::Edge,
    http::{self, Fields, Incoming, Response},
    object,
    problem::{Problem, ProblemCode},
};

/// Registers a cardholder, or replaces what is registered.
pub(crate) async fn put(
    edge: &Edge,
    incoming: &mut Incoming,
    id: &str,
) -> Result<Response, Problem> {
    auth::issuer(edge, incoming)?;
    let id = parse(id)?;
    let registration = check(incoming.body().await?.json()?)?;
    match object::ask(edge, &id, Command::Register(registration)).await? {
        Reply::Registered { new, description } => {
            describe(if new { 201 } else { 200 }, &id, description)
        }
        other => Err(unexpected(other)),
    }
}

/// What is registered, masked.
pub(crate) async fn read(edge: &Edge, incoming: &Incoming, id: &str) -> Result<Response, Problem> {
    described(edge, incoming, id, Command::Describe).await
}

/// Lifts a lock and starts the count of wrong codes anew.
pub(crate) async fn unlock(
    edge: &Edge,
    incoming: &Incoming,
    id: &str,
) -> Result<Response, Problem> {
    described(edge, incoming, id, Command::Unlock).await
}

async fn described(
    edge: &Edge,
    incoming: &Incoming,
    id: &str,
    command: Command,
) -> Result<Response, Problem> {
    auth::issuer(edge, incoming)?;
    let id = parse(id)?;
    match object::ask(edge, &id, command).await? {
        Reply::Described(description) => describe(200, &id, description),
        other => Err(missing(other)),
    }
}

/// Erases everything about a cardholder.
pub(crate) async fn delete(
    edge: &Edge,
    incoming: &Incoming,
    id: &str,
) -> Result<Response, Problem> {
    auth::issuer(edge, incoming)?;
    match object::ask(edge, &parse(id)?, Command::Forget).await? {
        Reply::Forgotten => Ok(http::empty(204)),
        other => Err(missing(other)),
    }
}

fn parse(id: &str) -> Result<CardholderId, Problem> {
    CardholderId::parse(id).map_err(bad_id)
}

fn check(mut fields: Fields) -> Result<Registration, Problem> {
    let email = fields.optional_text("email")?;
    let phone = fields.optional_text("phone")?;
    let message = fields.optional_text("personal_message")?;
    let channel = fields.optional_text("channel")?;
    fields.end()?;

    let email = email.as_deref().map(EmailAddress::parse).transpose();
    let phone = phone.as_deref().map(PhoneNumber::parse).transpose();
    let message = message.as_deref().map(PersonalMessage::parse).transpose();
    let channel = match channel.as_deref() {
        None => None,
        Some("email") => Some(Channel::Email),
        Some("sms") => Some(Channel::Sms),
        Some(_) => return Err(Problem::field("channel", "be email or sms")),
    };
    let registration = Registration {
        email: email.map_err(|error| contact("email", error))?,
        phone: phone.map_err(|error| contact("phone", error))?,
        personal_message: message.map_err(|error| text("personal_message", error))?,
        channel,
    };
    if let Some(channel) = registration.channel
        && registration.destination(channel).is_none()
    {
        return Err(Problem::field("channel", "name a channel whose destination is given too"));
    }
    Ok(registration)
}

fn contact(field: &str, error: ContactError) -> Problem {
    let must = match error {
        ContactError::NotAnAddress => "be one e-mail address such as taro@mail.example",
        ContactError::NotE164 => "be an E.164 number such as +819012341234",
        ContactError::NotMobile => {
            "be a mobile number; 050, 020 and fixed-line numbers of Japan cannot receive text messages"
        }
    };
    Problem::field(field, must)
}

/// Says what a short text must be.
pub(super) fn text(field: &str, error: TextError) -> Problem {
    match error {
        TextError::Empty => Problem::field(field, "not be empty"),
        TextError::TooLong { max } => {
            Problem::field(field, format!("have at most {max} characters"))
        }
        TextError::Forbidden => {
            Problem::field(field, "be one line without control characters or direction overrides")
        }
    }
}

fn missing(reply: Reply) -> Problem {
    match reply {
        Reply::Refused(Refusal::UnknownCardholder, _) => ProblemCode::CardholderNotFound.problem(),
        other => unexpected(other),
    }
}

fn describe(status: u16, id: &CardholderId, description: Description) -> Result<Response, Problem> {
    #[derive(Serialize)]
    struct Answer<'a> {
        id: &'a CardholderId,
        email: Option<&'a str>,
        phone: Option<&'a str>,
        channel: Option<Channel>,
        enrolled: bool,
        locked_until: Option<String>,
    }
    let answer = Answer {
        id,
        email: description.email.as_ref().map(|to| to.as_str()),
        phone: description.phone.as_ref().map(|to| to.as_str()),
        channel: description.channel,
        enrolled: description.channel.is_some(),
        locked_until: description.locked_until.map(|until| until.rfc3339()),
    };
    Ok(http::json(status, &answer)?)
}

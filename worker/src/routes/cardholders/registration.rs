//! What the issuer states of a cardholder, checked field by field.

use warifu_core::{
    cardholder::{BoundBy, Registration},
    contact::{EmailAddress, EmailError, PhoneError, PhoneNumber, SendChannel},
    text::PersonalMessage,
};
use warifu_delivery::json::Fields;

use crate::{problem::Problem, routes::bad_text};

/// Checks what a body or a line states.
pub(super) fn registration(mut fields: Fields, by: BoundBy) -> Result<Registration, Problem> {
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
        Some("email") => Some(SendChannel::Email),
        Some("sms") => Some(SendChannel::Sms),
        Some(_) => {
            let must = "be email or sms; an app is added by the cardholder on the enrollment pages";
            return Err(Problem::field("channel", must));
        }
    };
    let registration = Registration {
        email: email.map_err(address)?,
        phone: phone.map_err(number)?,
        personal_message: message.map_err(|error| bad_text("personal_message", error))?,
        channel,
        by,
    };
    if let Some(channel) = registration.channel
        && registration.destination(channel).is_none()
    {
        return Err(Problem::field("channel", "name a channel whose destination is given too"));
    }
    Ok(registration)
}

fn address(error: EmailError) -> Problem {
    let must = match error {
        EmailError::FullWidth => "be in half-width characters such as taro@mail.example",
        EmailError::Underscore => "have a domain without an underscore; no domain of mail has one",
        EmailError::TrailingDot => "end without a dot",
        EmailError::NotAscii => "be in ASCII, its domain in the xn-- form",
        EmailError::TooLong => "have at most 254 characters, and at most 64 before the @",
        EmailError::NotAnAddress => "be one e-mail address such as taro@mail.example",
    };
    Problem::field("email", must)
}

fn number(error: PhoneError) -> Problem {
    let without = |kind: &str| {
        let must = format!("be a mobile number; {kind} cannot receive text messages");
        Problem::field("phone", must)
    };
    match error {
        PhoneError::NotE164 => Problem::field("phone", "be an E.164 number such as +819012341234"),
        PhoneError::FullWidth => {
            Problem::field("phone", "be in half-width characters such as +819012341234")
        }
        PhoneError::TrunkZero => {
            Problem::field("phone", "have no 0 after +81: 090-1234-1234 is +819012341234")
        }
        PhoneError::WrongLength => Problem::field("phone", "have 10 digits after +81"),
        PhoneError::Unassigned => {
            without("numbers with a 0 after 060, 070 or 090 are nobody's and")
        }
        PhoneError::TollFree => without("0120 and 0800 are toll-free and"),
        PhoneError::IpTelephony => without("050 is IP telephony and"),
        PhoneError::Pager => without("0204 is for pagers and"),
        PhoneError::Machine => without("020 is for machines and"),
        PhoneError::NotMobile => without("fixed-line and service numbers of Japan"),
    }
}

#[cfg(test)]
mod tests;

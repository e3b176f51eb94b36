//! The forms of elements, and whether a value has one.

use std::net::IpAddr;

use chrono::{NaiveDate, NaiveDateTime};
use email_address::EmailAddress;
use url::Url;

use super::Element;
use crate::{ids::TransId, json::Value};

/// The form of an element's value. Lengths are in characters, one of Unicode each.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    /// A text of so many characters.
    Text(usize, usize),
    /// So many ASCII digits.
    Digits(usize, usize),
    /// Two digits with these meanings. 80 to 99 are the directory server's.
    Codes(&'static [&'static str]),
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// At most so many digits, a number between two.
    Number(usize, u32, u32),
    /// `true` or `false`.
    Boolean,
    /// `true`.
    True,
    /// A transaction id.
    TransId,
    /// A fully qualified http or https URL of at most so many characters.
    Url(usize),
    /// The same, https alone.
    HttpsUrl(usize),
    /// An IPv4 or IPv6 address.
    IpAddress,
    /// An address by RFC 5322 §3.4.
    Email,
    /// `YYMM`.
    YearMonth,
    /// `YYYYMMDD`.
    Date,
    /// `YYYYMMDDHHMM`.
    DateMinute,
    /// `YYYYMMDDHHMMSS`.
    DateSecond,
    /// Minutes with or without a sign.
    TimeZone,
    /// A card number. It is read from the body itself and never a [`Value`].
    AccountNumber,
    /// An object of these elements; others in it are ignored.
    Object(&'static [Element]),
    /// Any object of at most so many characters.
    AnyObject(usize),
    /// Anything of at most so many characters.
    Any(usize),
    /// An array of at most so many values of one form.
    List(&'static Form, usize),
}

/// What a value that is no object and no list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// It has the form.
    Fits,
    /// It has not.
    Invalid,
    /// It has the form of a code that nobody has given a meaning yet, or that the directory server
    /// reserves.
    Reserved(Reserved),
}

/// Who may give a code its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reserved {
    /// EMVCo.
    Emvco,
    /// The directory server.
    DirectoryServer,
}

impl Form {
    /// Whether a value has this form. Of objects and lists only the outermost layer is looked at.
    pub(crate) fn fit(self, value: &Value) -> Fit {
        let fits = match (self, value) {
            (Self::Codes(defined), Value::Text(text)) => return code(defined, text),
            (Self::Boolean, Value::Bool(_)) | (Self::True, Value::Bool(true)) => true,
            (Self::Object(_), Value::Object(_)) => true,
            (Self::AnyObject(most), Value::Object(_)) | (Self::Any(most), _) => {
                value.characters() <= most
            }
            (Self::List(_, most), Value::List(values)) => values.len() <= most,
            (form, Value::Text(text)) => form.fits_text(text),
            _ => false,
        };
        if fits { Fit::Fits } else { Fit::Invalid }
    }

    fn fits_text(self, text: &str) -> bool {
        match self {
            Self::Text(least, most) => (least..=most).contains(&text.chars().count()),
            Self::Digits(least, most) => (least..=most).contains(&text.len()) && is_digits(text),
            Self::OneOf(values) => values.contains(&text),
            Self::Number(digits, least, most) => {
                let number = text.parse().is_ok_and(|number| (least..=most).contains(&number));
                text.len() <= digits && is_digits(text) && number
            }
            Self::TransId => TransId::parse(text).is_some(),
            Self::Url(most) => is_url(text, most, &["http", "https"]),
            Self::HttpsUrl(most) => is_url(text, most, &["https"]),
            Self::IpAddress => text.parse::<IpAddr>().is_ok(),
            Self::Email => text.chars().count() <= 254 && EmailAddress::is_valid(text),
            Self::YearMonth => date(&format!("20{text}01"), "YYYYMMDD"),
            Self::Date => date(text, "YYYYMMDD"),
            Self::DateMinute => moment(&format!("{text}00"), "YYYYMMDDHHMMSS"),
            Self::DateSecond => moment(text, "YYYYMMDDHHMMSS"),
            Self::TimeZone => {
                let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
                (1..=4).contains(&digits.len()) && is_digits(digits)
            }
            Self::Codes(_)
            | Self::Boolean
            | Self::True
            | Self::AccountNumber
            | Self::Object(_)
            | Self::AnyObject(_)
            | Self::Any(_)
            | Self::List(..) => false,
        }
    }
}

fn code(defined: &[&str], text: &str) -> Fit {
    if defined.contains(&text) {
        return Fit::Fits;
    }
    match text.parse::<u8>() {
        Ok(1..=79) if text.len() == 2 && is_digits(text) => Fit::Reserved(Reserved::Emvco),
        Ok(80..=99) if text.len() == 2 => Fit::Reserved(Reserved::DirectoryServer),
        _ => Fit::Invalid,
    }
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a text is a URL as it stands. The WHATWG parser mends much: white space, backslashes,
/// missing slashes and slashes before the host. What it would have to mend is none here.
fn is_url(text: &str, most: usize, schemes: &[&str]) -> bool {
    let mended = |c: char| c.is_whitespace() || c.is_control() || c == '\\';
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    text.chars().count() <= most
        && !rest.starts_with('/')
        && !text.contains(mended)
        && schemes.iter().any(|known| scheme.eq_ignore_ascii_case(known))
        && Url::parse(text).is_ok_and(|url| url.host().is_some())
}

fn date(text: &str, form: &str) -> bool {
    text.len() == form.len() && is_digits(text) && NaiveDate::parse_from_str(text, "%Y%m%d").is_ok()
}

fn moment(text: &str, form: &str) -> bool {
    text.len() == form.len() && is_digits(text) && parse_moment(text).is_some()
}

/// Reads `YYYYMMDDHHMMSS`. A second 60, which the parser takes in every minute, is none.
pub(crate) fn parse_moment(text: &str) -> Option<NaiveDateTime> {
    let moment = NaiveDateTime::parse_from_str(text, "%Y%m%d%H%M%S").ok()?;
    (moment.and_utc().timestamp_subsec_nanos() == 0).then_some(moment)
}

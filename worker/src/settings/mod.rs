//! Every setting and secret: its name, its form, its bounds and its default. What providers and
//! messages need is in `warifu-delivery`, beside what uses it. docs/issuer/settings.md explains each,
//! and a test holds it to this list.

mod limits;
mod test_mode;
mod three_ds;

pub(crate) use limits::{ANNOUNCE_DESTINATION_CHANGES, NOTIFICATIONS, RETENTION, rules};
pub(crate) use test_mode::TestMode;
pub(crate) use three_ds::{
    AV_KEYS, CARD_KEYS, DIRECTORY_SERVER_KEYS, DIRECTORY_SERVER_ORIGIN, DIRECTORY_SERVERS,
    ISSUER_IMAGE_URL,
};

use warifu_core::text::first_invisible;
#[cfg(test)]
use warifu_delivery::couriers;
use warifu_delivery::settings::{Setting, Settings};

use crate::http::RECEIVER;

/// Whether the deployment is a development server's, which answers this machine alone.
pub(crate) const WARIFU_ENV: Setting =
    Setting::required("WARIFU_ENV", "be production or development", |text| {
        matches!(text, "production" | "development")
    });

/// Where browsers reach us.
pub(crate) const PUBLIC_ORIGIN: Setting =
    Setting::optional("PUBLIC_ORIGIN", "be an origin such as https://otp.example", any);

/// Near to which place the platform makes objects that nobody asked before.
pub(crate) const OBJECT_LOCATION: Setting = Setting::optional(
    "OBJECT_LOCATION",
    "be one of wnam, enam, sam, weur, eeur, apac, oc, afr, me",
    |text| ["wnam", "enam", "sam", "weur", "eeur", "apac", "oc", "afr", "me"].contains(&text),
);

/// Whom to tell of a vulnerability, as `/.well-known/security.txt` says it (RFC 9116 §2.5.3).
pub(crate) const SECURITY_CONTACT: Setting = Setting::optional(
    "SECURITY_CONTACT",
    "be one address that begins with https://, mailto: or tel:, in ASCII without spaces",
    is_contact,
);

fn is_contact(text: &str) -> bool {
    const SCHEMES: [&str; 3] = ["https://", "mailto:", "tel:"];
    let named = SCHEMES.iter().find_map(|scheme| text.strip_prefix(scheme));
    named.is_some_and(|rest| !rest.is_empty()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The issuer's name, in Japanese and in English.
pub(crate) const ISSUER_NAME: [Setting; 2] = [
    Setting::required("ISSUER_NAME", NAME, is_name),
    Setting::optional("ISSUER_NAME_EN", NAME, is_name),
];

const NAME: &str = "be a name of at most 120 bytes, which are 40 kanji, without characters that show \
                    nothing";

/// The names of issuer and programme are in the QR code of an app's entry, which has to fit a screen.
/// A byte there is at most three characters.
fn is_name(text: &str) -> bool {
    text.len() <= 120 && is_seen(text)
}

/// Whether every character shows something, or is white space.
fn is_seen(text: &str) -> bool {
    first_invisible(text).is_none()
}

/// Where cardholders ask, as it stands in a sentence, in Japanese and in English.
pub(crate) const ISSUER_CONTACT: [Setting; 2] = [
    Setting::required("ISSUER_CONTACT", CONTACT, is_seen),
    Setting::optional("ISSUER_CONTACT_EN", CONTACT, is_seen),
];

const CONTACT: &str = "say whom to ask, without characters that show nothing";

/// The programme, such as J/Secure, in Japanese and in English.
pub(crate) const PROGRAMME_NAME: [Setting; 2] = [
    Setting::required("PROGRAMME_NAME", NAME, is_name),
    Setting::optional("PROGRAMME_NAME_EN", NAME, is_name),
];

/// The issuer's colour.
pub(crate) const ACCENT_COLOR: Setting = Setting::required(
    "ACCENT_COLOR",
    "be #rrggbb and dark enough to be read on white (contrast 4.5)",
    any,
);

/// The terms that cardholders accept when they enroll, in Japanese and in English.
pub(crate) const TERMS_URL: [Setting; 2] = [
    Setting::required("TERMS_URL", "be an https address", any),
    english("TERMS_URL_EN", "be an https address"),
];

/// The version of the terms.
pub(crate) const TERMS_VERSION: Setting =
    Setting::required("TERMS_VERSION", "be 1 to 40 printable ASCII characters", any);

/// Where cardholders sign in and let a challenge in that wrong codes keep out.
pub(crate) const MEMBER_SITE_URL: Setting =
    Setting::optional("MEMBER_SITE_URL", "be an https address", any);

/// The key of the issuer's own systems that may do everything.
pub(crate) const ISSUER_KEY: Setting = Setting::optional(
    "ISSUER_KEY",
    "be wk_issuer_ and at least 32 random characters",
    is_issuer_key,
);

/// Whether a text has the form of an issuer's key.
pub(crate) fn is_issuer_key(text: &str) -> bool {
    const SHORTEST: usize = "wk_issuer_".len() + 32;
    text.starts_with("wk_issuer_") && text.len() >= SHORTEST
}

/// More keys of the issuer's systems, each with a name and a scope.
pub(crate) const ISSUER_KEYS: Setting = Setting::optional(
    "ISSUER_KEYS",
    "list <name>:<scope>:<key>, with a scope of sessions, support, registry or all, a key of \
        wk_issuer_ and at least 32 letters, digits, - or _, and each name and key once",
    any,
);

const KEYS: &str = "list <id>:<32 bytes in base64url>, each id once, the active one first";

/// The keys that codes and client secrets are derived from.
pub(crate) const MASTER_KEYS: Setting = Setting::required("MASTER_KEYS", KEYS, any);

/// The keys that merchants' secrets for events are derived from.
pub(crate) const EVENT_KEYS: Setting = Setting::optional("EVENT_KEYS", KEYS, any);

/// The keys that make the MAC in merchants' keys.
pub(crate) const KEY_MAC_KEYS: Setting = Setting::optional("KEY_MAC_KEYS", KEYS, any);

/// Whether merchants' keys without a MAC are refused.
pub(crate) const KEY_MAC_REQUIRED: Setting = switch("KEY_MAC_REQUIRED");

/// Whether test keys and the dummy secrets are taken, and whether anything else is.
pub(crate) const TEST_MODE: Setting = Setting::text(
    "TEST_MODE",
    "be on, off or only",
    |text| TestMode::parse(text).is_some(),
    TestMode::On.as_str(),
);

/// The keys that sign attestations.
pub(crate) const ATTESTATION_KEYS: Setting = Setting::required(
    "ATTESTATION_KEYS",
    "be a JSON array of private P-256 JWKs, each with a kid of its own",
    any,
);

/// The keys that seal the secrets of authenticator apps.
pub(crate) const APP_KEYS: Setting = Setting::optional(
    "APP_KEYS",
    "list <id>:<32 bytes in base64url>, each id once and without a dot, the active one first",
    any,
);

/// The address that the issuer's events are posted to.
pub(crate) const ISSUER_EVENTS_URL: Setting = Setting::optional("ISSUER_EVENTS_URL", RECEIVER, any);

/// The secrets that sign the issuer's events.
pub(crate) const ISSUER_EVENTS_SECRETS: Setting = Setting::optional(
    "ISSUER_EVENTS_SECRETS",
    "list whsec_ and 24 to 64 bytes in base64, separated by spaces",
    any,
);

/// Whether the issuer gets an audit record of each challenge that ended.
pub(crate) const AUDIT_CHALLENGES: Setting = switch_that_is_on("AUDIT_CHALLENGES");

/// How long after each attempt an event is posted again, in seconds: most of a day in all. One more
/// number than wrangler.toml's `max_retries`, because the first attempt is of another message than
/// the others.
pub(crate) const EVENT_RETRY_SECONDS: Setting = Setting::text(
    "EVENT_RETRY_SECONDS",
    "list 1 to 12 whole numbers from 1 to 43200",
    |text| retry_waits(text).is_some(),
    BACK_OFF,
);

/// The waits of a deployment that chooses none.
const BACK_OFF: &str = "5,30,120,600,1800,3600,10800,21600,43200";

/// The longest wait before an event is posted again, in seconds. The queue takes no more than a
/// day.
pub(crate) const LONGEST_RETRY_WAIT: u32 = 43_200;

/// The settings of this file.
#[cfg(test)]
const OWN: [&Setting; 28] = [
    &WARIFU_ENV,
    &PUBLIC_ORIGIN,
    &OBJECT_LOCATION,
    &SECURITY_CONTACT,
    &ISSUER_NAME[0],
    &ISSUER_NAME[1],
    &ISSUER_CONTACT[0],
    &ISSUER_CONTACT[1],
    &PROGRAMME_NAME[0],
    &PROGRAMME_NAME[1],
    &ACCENT_COLOR,
    &TERMS_URL[0],
    &TERMS_URL[1],
    &TERMS_VERSION,
    &MEMBER_SITE_URL,
    &ISSUER_KEY,
    &ISSUER_KEYS,
    &MASTER_KEYS,
    &EVENT_KEYS,
    &KEY_MAC_KEYS,
    &KEY_MAC_REQUIRED,
    &TEST_MODE,
    &ATTESTATION_KEYS,
    &APP_KEYS,
    &ISSUER_EVENTS_URL,
    &ISSUER_EVENTS_SECRETS,
    &AUDIT_CHALLENGES,
    &EVENT_RETRY_SECONDS,
];

/// Every setting and secret that any deployment can have.
#[cfg(test)]
fn registry() -> impl Iterator<Item = &'static Setting> {
    OWN.into_iter().chain(limits::SETTINGS).chain(three_ds::SETTINGS).chain(couriers::SETTINGS)
}

/// Reads `EVENT_RETRY_SECONDS`; `None` for a text of another form.
pub(crate) fn retry_waits(text: &str) -> Option<Vec<u32>> {
    const MOST: usize = 12;
    let second = |text: &str| {
        text.trim().parse().ok().filter(|wait| (1..=LONGEST_RETRY_WAIT).contains(wait))
    };
    let waits: Option<Vec<u32>> = text.split(',').map(second).collect();
    waits.filter(|waits| waits.len() <= MOST)
}

/// The waits of a deployment whose settings are refused.
pub(crate) fn usual_retry_waits() -> Vec<u32> {
    retry_waits(BACK_OFF).unwrap_or_default()
}

/// A setting that is on or off; off where it is not set.
const fn switch(name: &'static str) -> Setting {
    on_or_off(name, "off")
}

/// A setting that is on or off; on where it is not set.
const fn switch_that_is_on(name: &'static str) -> Setting {
    on_or_off(name, "on")
}

const fn on_or_off(name: &'static str, default: &'static str) -> Setting {
    Setting::text(name, "be on or off", |text| matches!(text, "on" | "off"), default)
}

/// Whether a setting that is on or off is on.
pub(crate) fn is_on(settings: &mut Settings<'_>, setting: &Setting) -> bool {
    settings.required(setting) == "on"
}

/// Whether no name is empty and none is given twice.
pub(crate) fn distinct<'a>(names: impl Iterator<Item = &'a str> + Clone) -> bool {
    let earlier = names.clone();
    names.enumerate().all(|(index, name)| {
        !name.is_empty() && earlier.clone().take(index).all(|other| other != name)
    })
}

/// A text that is read in Japanese where there is no English one.
const fn english(name: &'static str, must: &'static str) -> Setting {
    Setting::optional(name, must, any)
}

/// Every text fits. Where not every text can be used, the reader of the setting checks it, and says
/// what is wrong.
fn any(_: &str) -> bool {
    true
}

#[cfg(test)]
mod tests;

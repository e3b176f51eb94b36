//! The settings of EMV 3-D Secure: which directory servers are answered, and the keys of cards and
//! authentication values. What they mean is read in `config/three_ds.rs`.

use warifu_delivery::settings::Setting;

use super::any;

/// The directory servers that are answered.
pub(crate) const DIRECTORY_SERVERS: Setting =
    Setting::optional("DIRECTORY_SERVERS", "be a JSON array of directory servers", any);

/// The keys by which directory servers prove themselves where they do it by no certificate.
pub(crate) const DIRECTORY_SERVER_KEYS: Setting = Setting::optional(
    "DIRECTORY_SERVER_KEYS",
    "list <id>:<at least 32 letters, digits, - or _>, each id one of DIRECTORY_SERVERS and each key once",
    any,
);

/// Where directory servers reach us, if not where browsers do.
pub(crate) const DIRECTORY_SERVER_ORIGIN: Setting = Setting::optional(
    "DIRECTORY_SERVER_ORIGIN",
    "be an origin such as https://acs.example, of another host than PUBLIC_ORIGIN",
    any,
);

/// The keys of card digests.
pub(crate) const CARD_KEYS: Setting = Setting::optional(
    "CARD_KEYS",
    "list <id>:<32 bytes in base64url>, each id once, the active one first",
    any,
);

/// The keys of authentication values.
pub(crate) const AV_KEYS: Setting = Setting::optional(
    "AV_KEYS",
    "list <number from 0 to 255>:<32 bytes in base64url>, each number once, the active one first",
    any,
);

/// The issuer's image, in the forms that requestors' pages show.
pub(crate) const ISSUER_IMAGE_URL: Setting =
    Setting::optional("ISSUER_IMAGE_URL", "be an https address", any);

/// The settings of this file.
#[cfg(test)]
pub(super) const SETTINGS: [&Setting; 6] = [
    &DIRECTORY_SERVERS,
    &DIRECTORY_SERVER_KEYS,
    &DIRECTORY_SERVER_ORIGIN,
    &CARD_KEYS,
    &AV_KEYS,
    &ISSUER_IMAGE_URL,
];

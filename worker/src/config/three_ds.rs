//! The directory servers of EMV 3-D Secure that are answered, from their settings.

use serde::Deserialize;
use warifu_core::secret::ApiKey;
use warifu_delivery::settings::{Setting, SettingError, Settings};
use warifu_three_ds::{
    authentication_value::ValueKey,
    client_certificate::Fingerprint,
    directory_server::{DirectoryServer, Eci, Mandate, ResultsOrigin},
    pan::CardKey,
    version::Version,
};

use super::{EVENTS, KNOWN_REQUESTS, Localized};
use crate::{
    http::Address,
    settings::{
        AV_KEYS, CARD_KEYS, DIRECTORY_SERVER_KEYS, DIRECTORY_SERVER_ORIGIN, DIRECTORY_SERVERS,
        ISSUER_IMAGE_URL, distinct,
    },
};

/// What a deployment knows of EMV 3-D Secure. Without a directory server it answers none.
#[derive(Default)]
pub(crate) struct ThreeDs {
    pub(crate) directory_servers: Vec<Served>,
    /// Where directory servers reach us, if not where browsers do.
    pub(crate) origin: Option<String>,
    /// The issuer's image, shown in place of its name.
    pub(crate) issuer_image: Option<String>,
    /// The keys of card digests, the newest first.
    pub(crate) card_keys: Vec<CardKey>,
    /// The keys of authentication values by the number that is written for them, the newest first.
    value_keys: Vec<(String, ValueKey)>,
}

/// A directory server that is answered, and how it is reached.
pub(crate) struct Served {
    pub(crate) it: DirectoryServer,
    /// The key by which it proves itself, where it does it by no certificate.
    pub(crate) key: Option<ApiKey>,
    /// The binding of the certificate that we show it.
    pub(crate) client_certificate: Option<String>,
    /// Where authentication values come from.
    pub(crate) values: Values,
    /// The scheme's name on pages; without one the programme's stands there.
    pub(crate) scheme_name: Option<Localized>,
    /// The address of the scheme's image, which is shown in place of the name.
    pub(crate) scheme_image: Option<String>,
    /// The server of this machine that stands for it on a development server.
    pub(crate) development_origin: Option<String>,
}

/// Where authentication values come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Values {
    /// They are made of a key of `AV_KEYS`.
    Hmac,
    /// The issuer's service at this address makes them.
    Service(String),
    /// There are none: nothing is paid by this directory server's transactions.
    None,
}

/// A directory server as `DIRECTORY_SERVERS` has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: String,
    versions: Vec<String>,
    #[serde(default)]
    reference_numbers: Vec<String>,
    results_origins: Vec<String>,
    #[serde(default)]
    certificates: Vec<String>,
    client_certificate: Option<String>,
    acs_reference_number: String,
    acs_operator_id: Option<String>,
    #[serde(default)]
    challenge_mandated: bool,
    #[serde(default)]
    eci: WrittenEci,
    authentication_value: WrittenValues,
    scheme_name: Option<WrittenName>,
    scheme_image: Option<String>,
    development_origin: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenEci {
    authenticated: Option<String>,
    not_authenticated: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum WrittenValues {
    Hmac,
    None,
    Service(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenName {
    ja: String,
    en: Option<String>,
}

impl ThreeDs {
    /// Reads the settings.
    pub(super) fn read(
        settings: &mut Settings<'_>,
        is_bound: &dyn Fn(&str) -> bool,
    ) -> Result<Self, SettingError> {
        let Some(text) = settings.optional(&DIRECTORY_SERVERS) else { return Ok(Self::default()) };
        let development = settings.is_development();
        let card_keys = listed(settings, &CARD_KEYS, |_, key| CardKey::parse(key))?;
        let value_keys =
            listed(settings, &AV_KEYS, |number, key| ValueKey::parse(number.parse().ok()?, key))?;
        let keys = listed(settings, &DIRECTORY_SERVER_KEYS, |_, key| {
            is_key(key).then(|| ApiKey::presented(key))
        })?;
        let written: Vec<Written> = serde_json::from_str(&text).map_err(|_| {
            must("be a JSON array of directory servers, with the members that the guide lists")
        })?;
        if !distinct(written.iter().map(|one| one.id.as_str())) {
            return Err(must("give each directory server an id of its own"));
        }
        if keys.iter().any(|(id, _)| written.iter().all(|one| one.id != *id))
            || !distinct(keys.iter().map(|(_, key)| key.reveal()))
        {
            return Err(DIRECTORY_SERVER_KEYS.refused());
        }
        let mut keys = keys;
        let mut directory_servers = Vec::new();
        for one in written {
            let at = keys.iter().position(|(id, _)| *id == one.id);
            let key = at.map(|at| keys.swap_remove(at).1);
            let served = Served::of(one, key, development)?;
            if served.values == Values::Hmac && value_keys.is_empty() {
                return Err(SettingError::new(
                    AV_KEYS.name,
                    "be set where a directory server's authentication_value is hmac",
                ));
            }
            directory_servers.push(served);
        }
        if !directory_servers.is_empty() && card_keys.is_empty() {
            return Err(SettingError::new(
                CARD_KEYS.name,
                "be set where DIRECTORY_SERVERS lists one",
            ));
        }
        let shown = directory_servers.iter().filter_map(|it| it.client_certificate.as_deref());
        if shown.into_iter().any(|binding| !is_bound(binding)) {
            return Err(must("name a binding of this deployment as its client_certificate"));
        }
        // What a directory server did not take is told again out of the queue.
        let unbound = [EVENTS, KNOWN_REQUESTS].into_iter().find(|name| !is_bound(name));
        if let Some(name) = unbound.filter(|_| !directory_servers.is_empty()) {
            return Err(SettingError::new(name, "be bound where DIRECTORY_SERVERS lists one"));
        }
        let origin = settings.optional(&DIRECTORY_SERVER_ORIGIN);
        let issuer_image = settings.optional(&ISSUER_IMAGE_URL);
        let image = issuer_image.as_deref().map(Address::parse);
        if image.is_some_and(|url| !url.is_some_and(|url| url.is_web(development))) {
            return Err(ISSUER_IMAGE_URL.refused());
        }
        let card_keys = card_keys.into_iter().map(|(_, key)| key).collect();
        Ok(Self { directory_servers, origin, issuer_image, card_keys, value_keys })
    }

    /// The directory server of this id.
    pub(crate) fn directory_server(&self, id: &str) -> Option<&Served> {
        self.directory_servers.iter().find(|served| served.it.id == id)
    }

    /// The key of new authentication values, and its number.
    pub(crate) fn active_value_key(&self) -> Option<&(String, ValueKey)> {
        self.value_keys.first()
    }

    /// The key of this number, if the deployment still has it.
    pub(crate) fn value_key(&self, number: &str) -> Option<&ValueKey> {
        self.value_keys.iter().find(|(known, _)| known == number).map(|(_, key)| key)
    }
}

impl Served {
    fn of(written: Written, key: Option<ApiKey>, development: bool) -> Result<Self, SettingError> {
        let about = |what: &str| must(&format!("have {what} in {}", written.id));
        let id = &written.id;
        if !(1..=32).contains(&id.len()) || !id.bytes().all(is_id) {
            return Err(must("have ids of 1 to 32 letters, digits, - or _"));
        }
        let versions: Option<Vec<_>> =
            written.versions.iter().map(|text| Version::parse(text)).collect();
        let versions = versions.filter(|versions| !versions.is_empty());
        let versions = versions.ok_or_else(|| about("versions of 2.2.0 and 2.3.1"))?;
        let origins: Option<Vec<_>> =
            written.results_origins.iter().map(|text| results_origin(text, development)).collect();
        let origins = origins.filter(|origins| !origins.is_empty());
        let results_origins =
            origins.ok_or_else(|| about("results_origins, exact origins of https"))?;
        let certificates: Option<Vec<_>> =
            written.certificates.iter().map(|text| Fingerprint::parse(text)).collect();
        let certificates = certificates
            .ok_or_else(|| about("certificates, SHA-256 fingerprints of 64 hexadecimal digits"))?;
        if certificates.is_empty() && key.is_none() {
            return Err(about("certificates, or a key in DIRECTORY_SERVER_KEYS,"));
        }
        if !(1..=32).contains(&written.acs_reference_number.chars().count()) {
            return Err(about("an acs_reference_number of 1 to 32 characters"));
        }
        if written
            .acs_operator_id
            .as_ref()
            .is_some_and(|id| !(1..=32).contains(&id.chars().count()))
        {
            return Err(about("an acs_operator_id of 1 to 32 characters"));
        }
        let codes = [&written.eci.authenticated, &written.eci.not_authenticated];
        if codes
            .into_iter()
            .flatten()
            .any(|eci| eci.len() != 2 || !eci.bytes().all(|byte| byte.is_ascii_digit()))
        {
            return Err(about("two digits in eci"));
        }
        let values = match written.authentication_value {
            WrittenValues::Hmac => Values::Hmac,
            WrittenValues::None if !development => {
                return Err(about("hmac or a service as its authentication_value"));
            }
            WrittenValues::None => Values::None,
            WrittenValues::Service(url) => {
                let fits = Address::parse(&url).is_some_and(|url| url.is_web(development));
                Values::Service(Some(url).filter(|_| fits).ok_or_else(|| {
                    about("an https address of the service in authentication_value")
                })?)
            }
        };
        let image = written.scheme_image.as_deref().map(Address::parse);
        if image.is_some_and(|url| !url.is_some_and(|url| url.is_web(development))) {
            return Err(about("an https address in scheme_image"));
        }
        let local = written.development_origin.as_deref();
        if local.is_some_and(|text| !development || ResultsOrigin::parse_local(text).is_none()) {
            return Err(about(
                "no development_origin but http of this machine, in development alone,",
            ));
        }
        let scheme_name = written
            .scheme_name
            .map(|WrittenName { ja, en }| Localized { en: en.unwrap_or_else(|| ja.clone()), ja });
        Ok(Self {
            key,
            client_certificate: written.client_certificate,
            values,
            scheme_name,
            scheme_image: written.scheme_image,
            development_origin: written.development_origin,
            it: DirectoryServer {
                id: written.id,
                versions,
                reference_numbers: written.reference_numbers,
                results_origins,
                certificates,
                acs_reference_number: written.acs_reference_number,
                acs_operator_id: written.acs_operator_id,
                challenge_mandated: match written.challenge_mandated {
                    true => Mandate::Mandated,
                    false => Mandate::NotMandated,
                },
                eci: Eci {
                    authenticated: written.eci.authenticated,
                    not_authenticated: written.eci.not_authenticated,
                },
            },
        })
    }

    /// Where what is posted to this address goes: there, or to the server of this machine that stands
    /// for the directory server.
    pub(crate) fn address(&self, url: &str) -> String {
        let stand_in = self.development_origin.as_deref().zip(Address::parse(url));
        stand_in.map_or_else(|| url.to_owned(), |(origin, url)| format!("{origin}{}", url.target()))
    }

    /// Where a browser posts what goes to a `notificationURL`: there. On a development server a
    /// requestor of this machine has addresses at the directory server's origin, because 2.3.1 takes
    /// https alone, and is reached where that one is.
    pub(crate) fn notification_address(&self, url: &str) -> String {
        if self.it.takes_results_at(url) { self.address(url) } else { url.to_owned() }
    }
}

fn results_origin(text: &str, development: bool) -> Option<ResultsOrigin> {
    let local = || ResultsOrigin::parse_local(text).filter(|_| development);
    ResultsOrigin::parse(text).or_else(local)
}

fn must(what: &str) -> SettingError {
    SettingError::new(DIRECTORY_SERVERS.name, what)
}

fn is_id(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

fn is_key(text: &str) -> bool {
    const SHORTEST: usize = 32;
    text.len() >= SHORTEST && text.bytes().all(is_id)
}

/// Reads `<name>:<value>,…`; nothing where the setting is absent.
fn listed<T>(
    settings: &mut Settings<'_>,
    setting: &Setting,
    read: impl Fn(&str, &str) -> Option<T>,
) -> Result<Vec<(String, T)>, SettingError> {
    let Some(text) = settings.optional(setting) else { return Ok(Vec::new()) };
    let entry = |entry: &str| {
        let (name, value) = entry.trim().split_once(':')?;
        Some((name.to_owned(), read(name, value)?))
    };
    let entries: Option<Vec<_>> = text.split(',').map(entry).collect();
    let entries = entries.filter(|all| distinct(all.iter().map(|(name, _)| name.as_str())));
    entries.ok_or_else(|| setting.refused())
}

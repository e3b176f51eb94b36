//! Every setting and secret: its name, its form, and what is refused.

use std::{cell::RefCell, rc::Rc};

use warifu_core::{
    enrollment::TermsVersion,
    locale::Locale,
    object_clock::ObjectClock,
    rules::{Reached, Rules, SettingError},
    secret::{ApiKey, MasterKey},
};
use worker::Env;

use crate::{
    bindings,
    courier::{BoundLine, Couriers},
    events::{self, IssuerEvents},
    http::{Address, is_local},
    pages::{Accent, Style, messages::Messages},
    sealing::SealingKeys,
    signing::SigningKeys,
};

/// A configuration that cannot be used: one sentence for the log that names the setting.
pub(crate) struct ConfigError(pub(crate) String);

impl ConfigError {
    pub(crate) fn new(name: &str, must: &str) -> Self {
        Self(format!("{name} must {must}"))
    }
}

impl From<SettingError> for ConfigError {
    fn from(error: SettingError) -> Self {
        Self::new(error.name, &error.must)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Environment {
    Production,
    Development,
}

/// A text in both languages.
pub(crate) struct Localized {
    ja: String,
    en: String,
}

impl Localized {
    pub(crate) fn of(&self, locale: Locale) -> &str {
        match locale {
            Locale::Ja => &self.ja,
            Locale::En => &self.en,
        }
    }
}

/// A deployment's settings, checked.
pub(crate) struct Config {
    environment: Environment,
    /// Where browsers reach us; from the request itself on a development server.
    pub(crate) public_origin: Option<String>,
    pub(crate) issuer_name: Localized,
    pub(crate) issuer_contact: Localized,
    pub(crate) programme: String,
    /// The terms that cardholders accept when they enroll.
    pub(crate) terms_url: Localized,
    pub(crate) terms_version: TermsVersion,
    /// Whether a destination is told that it was replaced.
    pub(crate) announces_changes: bool,
    /// The form's style in the issuer's colour, with its hash.
    pub(crate) style: Style,
    /// The wording of mail and text messages.
    pub(crate) messages: Messages,
    pub(crate) bound_line: BoundLine,
    pub(crate) couriers: Couriers,
    pub(crate) rules: Rules,
    pub(crate) issuer_key: ApiKey,
    pub(crate) signing: SigningKeys,
    pub(crate) app_keys: SealingKeys,
    /// Derive merchants' secrets for events, by key id; the first one is for new secrets.
    event_keys: Vec<(String, MasterKey)>,
    pub(crate) issuer_events: Option<IssuerEvents>,
    /// How long after each attempt an event is told again, in seconds.
    pub(crate) event_waits: Vec<u32>,
    /// By key id; the first one is for new challenges.
    master_keys: Vec<(String, MasterKey)>,
}

thread_local! {
    static CONFIG: RefCell<Option<Rc<Config>>> = const { RefCell::new(None) };
}

/// The configuration, read once by each isolate: its bindings never change.
pub(crate) async fn of_isolate(env: &Env) -> Result<Rc<Config>, ConfigError> {
    if let Some(config) = CONFIG.with(|slot| slot.borrow().clone()) {
        return Ok(config);
    }
    let config = Rc::new(Config::read(env)?);
    let proved = config.signing.prove().await;
    proved.map_err(|_| {
        ConfigError::new("ATTESTATION_KEYS", "hold keys whose d belongs to their x and y")
    })?;
    CONFIG.with(|slot| slot.replace(Some(Rc::clone(&config))));
    Ok(config)
}

/// A setting or a secret.
fn setting(env: &Env, name: &str) -> Option<String> {
    env.var(name).ok().map(|text| text.to_string())
}

/// The clock of an object's alarms.
pub(crate) fn object_clock(env: &Env) -> ObjectClock {
    ObjectClock::of_environment(setting(env, "WARIFU_ENV").as_deref())
}

/// The rules alone, for the cardholder object.
pub(crate) fn rules(env: &Env) -> Result<Rules, SettingError> {
    let set = |name: &str| setting(env, name).unwrap_or_default();
    let reached = Reached {
        email: set("EMAIL_COURIER") != "none",
        sms: set("SMS_COURIER") != "none",
        app: !set("APP_KEYS").is_empty(),
    };
    let rules = Rules::from_settings(|name| setting(env, name))?;
    Ok(Rules { reached, events: bindings::is_bound(env, events::QUEUE), ..rules })
}

impl Config {
    fn read(env: &Env) -> Result<Self, ConfigError> {
        let optional = |name: &str| setting(env, name).filter(|value| !value.is_empty());
        let required = |name: &str| optional(name).ok_or_else(|| ConfigError::new(name, "be set"));
        let localized = |name: &str| {
            let ja = required(name)?;
            let en = optional(&format!("{name}_EN")).unwrap_or_else(|| ja.clone());
            Ok::<_, ConfigError>(Localized { ja, en })
        };

        let environment = match required("WARIFU_ENV")?.as_str() {
            "production" => Environment::Production,
            "development" => Environment::Development,
            _ => {
                return Err(ConfigError::new("WARIFU_ENV", "be production or development"));
            }
        };
        let config = Self {
            environment,
            public_origin: optional("PUBLIC_ORIGIN").map(|text| own_origin(&text)).transpose()?,
            issuer_name: localized("ISSUER_NAME")?,
            issuer_contact: localized("ISSUER_CONTACT")?,
            programme: required("PROGRAMME_NAME")?,
            terms_url: terms_url(localized("TERMS_URL")?, environment)?,
            terms_version: TermsVersion::parse(&required("TERMS_VERSION")?).ok_or_else(|| {
                ConfigError::new("TERMS_VERSION", "be 1 to 40 printable ASCII characters")
            })?,
            announces_changes: on(optional("ANNOUNCE_DESTINATION_CHANGES").as_deref())?,
            style: Style::frame(&Accent::parse(&required("ACCENT_COLOR")?)?),
            messages: Messages::read(&optional)?,
            bound_line: BoundLine::read(optional("SMS_BOUND_LINE").as_deref())?,
            couriers: Couriers::read(&optional, environment == Environment::Development)?,
            rules: rules(env)?,
            issuer_key: issuer_key(&required("ISSUER_KEY")?)?,
            signing: SigningKeys::parse(&required("ATTESTATION_KEYS")?)?,
            app_keys: SealingKeys::parse(optional("APP_KEYS").as_deref())?,
            event_keys: match optional("EVENT_KEYS") {
                Some(text) => keys("EVENT_KEYS", &text)?,
                None => Vec::new(),
            },
            issuer_events: IssuerEvents::read(&optional, environment == Environment::Development)?,
            event_waits: events::waits(optional("EVENT_RETRY_SECONDS").as_deref())?,
            master_keys: keys("MASTER_KEYS", &required("MASTER_KEYS")?)?,
        };
        if config.issuer_events.is_some() && !config.rules.events {
            return Err(ConfigError::new(events::QUEUE, "be bound where ISSUER_EVENTS_URL is set"));
        }
        if environment == Environment::Production {
            config.refuse_development_parts(env)?;
        }
        Ok(config)
    }

    pub(crate) fn is_development(&self) -> bool {
        self.environment == Environment::Development
    }

    /// What keys of merchants begin with here: a key of a test never works where money moves.
    pub(crate) fn merchant_key_prefix(&self) -> &'static str {
        match self.environment {
            Environment::Production => "wk_live_",
            Environment::Development => "wk_test_",
        }
    }

    /// The master key of new challenges and its id.
    pub(crate) fn active_master_key(&self) -> Option<&(String, MasterKey)> {
        self.master_keys.first()
    }

    /// Every master key, the active one first.
    pub(crate) fn master_keys(&self) -> impl Iterator<Item = &MasterKey> {
        self.master_keys.iter().map(|(_, key)| key)
    }

    /// The master key of that id, as long as it is kept.
    pub(crate) fn master_key(&self, id: &str) -> Option<&MasterKey> {
        self.master_keys.iter().find(|(known, _)| known == id).map(|(_, key)| key)
    }

    /// The key of new event secrets and its id, if merchants are told anything.
    pub(crate) fn active_event_key(&self) -> Option<&(String, MasterKey)> {
        self.event_keys.first()
    }

    /// The event key of that id, as long as it is kept.
    pub(crate) fn event_key(&self, id: &str) -> Option<&MasterKey> {
        self.event_keys.iter().find(|(known, _)| known == id).map(|(_, key)| key)
    }

    fn refuse_development_parts(&self, env: &Env) -> Result<(), ConfigError> {
        if bindings::is_bound(env, "DEV_TOOLS") {
            return Err(ConfigError::new("DEV_TOOLS", "not be bound in production"));
        }
        if self.public_origin.is_none() {
            return Err(ConfigError::new("PUBLIC_ORIGIN", "be set in production"));
        }
        Ok(())
    }

    /// A development configuration shows codes to everybody, so it answers only this machine.
    pub(crate) fn refuse_public_development(&self, host: &str) -> Result<(), ConfigError> {
        if self.is_development() && !is_local(host) {
            return Err(ConfigError::new("WARIFU_ENV", "be production on a public host"));
        }
        Ok(())
    }
}

fn own_origin(text: &str) -> Result<String, ConfigError> {
    let url = Address::parse(text).filter(Address::is_https);
    let origin = url.map(|url| url.origin()).filter(|origin| origin == text);
    origin.ok_or_else(|| {
        ConfigError::new("PUBLIC_ORIGIN", "be an origin such as https://otp.example")
    })
}

fn terms_url(terms: Localized, environment: Environment) -> Result<Localized, ConfigError> {
    let fits = |text: &str| {
        Address::parse(text).is_some_and(|url| {
            let local = environment == Environment::Development && is_local(&url.host());
            (url.is_https() || local && url.is_http()) && !url.has_credentials()
        })
    };
    if fits(&terms.ja) && fits(&terms.en) {
        Ok(terms)
    } else {
        Err(ConfigError::new("TERMS_URL and TERMS_URL_EN", "be https addresses"))
    }
}

fn on(text: Option<&str>) -> Result<bool, ConfigError> {
    match text {
        Some("on") => Ok(true),
        Some("off") | None => Ok(false),
        Some(_) => Err(ConfigError::new("ANNOUNCE_DESTINATION_CHANGES", "be on or off")),
    }
}

fn issuer_key(text: &str) -> Result<ApiKey, ConfigError> {
    const SHORTEST: usize = "wk_issuer_".len() + 32;
    if !text.starts_with("wk_issuer_") || text.len() < SHORTEST {
        return Err(ConfigError::new(
            "ISSUER_KEY",
            "be wk_issuer_ and at least 32 random characters",
        ));
    }
    Ok(ApiKey::presented(text))
}

/// Whether every name is given, and once.
pub(crate) fn distinct<'a>(names: impl Iterator<Item = &'a str> + Clone) -> bool {
    let earlier = names.clone();
    names.enumerate().all(|(index, name)| {
        !name.is_empty() && earlier.clone().take(index).all(|other| other != name)
    })
}

fn keys(name: &str, text: &str) -> Result<Vec<(String, MasterKey)>, ConfigError> {
    let keys: Option<Vec<_>> = text
        .split(',')
        .map(|entry| {
            let (id, key) = entry.trim().split_once(':')?;
            Some((id.to_owned(), MasterKey::parse(key)?))
        })
        .collect();
    let keys = keys.filter(|keys| distinct(keys.iter().map(|(id, _)| id.as_str())));
    keys.ok_or_else(|| {
        ConfigError::new(
            name,
            "list <id>:<32 bytes in base64url>, each id once, the active one first",
        )
    })
}

#[cfg(test)]
pub(crate) mod tests;

//! The configuration of a deployment: its settings and secrets, read once and checked.

mod issuer_events;
mod three_ds;

pub(crate) use issuer_events::IssuerEvents;
pub(crate) use three_ds::{Served, ThreeDs, Values};

use std::{cell::RefCell, rc::Rc};

use warifu_core::{
    enrollment::TermsVersion, known_request::KNOWN_FOR, locale::Locale, object_clock::ObjectClock,
    rules::Rules, secret::MasterKey,
};
use warifu_delivery::{
    bound_line::BoundSites,
    couriers::Couriers,
    notification::NotificationWordings,
    settings::{Setting, SettingError, Settings},
    wording::{Issuer, Wordings},
};
use worker::Env;

use crate::{
    bindings,
    http::{Address, is_local},
    issuer_keys::IssuerKeys,
    problem::{Problem, ProblemCode},
    sealing::SealingKeys,
    settings::{self, TestMode, distinct, is_on},
    signing::SigningKeys,
    style::{Accent, Style},
};

/// The binding of the queue of events.
pub(crate) const EVENTS: &str = "EVENTS";

/// The binding of the objects that know what directory servers asked.
pub(crate) const KNOWN_REQUESTS: &str = "KNOWN_REQUESTS";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Environment {
    Production,
    Development,
}

impl Environment {
    /// The environment of a deployment whose `WARIFU_ENV` is this. What is not exactly
    /// `development` is production.
    fn of(text: Option<&str>) -> Self {
        match text {
            Some("development") => Self::Development,
            Some(_) | None => Self::Production,
        }
    }
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
    /// The origin where browsers reach us. `None` on a development server, which takes it from each
    /// request.
    pub(crate) public_origin: Option<String>,
    /// Whom to tell of a vulnerability (RFC 9116); `None` where nobody is named.
    pub(crate) security_contact: Option<String>,
    pub(crate) issuer_name: Localized,
    pub(crate) issuer_contact: Localized,
    pub(crate) programme: Localized,
    /// The terms that cardholders accept when they enroll.
    pub(crate) terms_url: Localized,
    pub(crate) terms_version: TermsVersion,
    /// Where cardholders sign in, to let a challenge in that wrong codes keep out.
    pub(crate) member_site: Option<String>,
    /// Near to which place objects are made.
    pub(crate) object_location: Option<String>,
    /// The form's style in the issuer's colour, with its hash.
    pub(crate) style: Style,
    /// The wording of mail and text messages.
    pub(crate) wordings: Wordings,
    /// The wording of notifications.
    pub(crate) notification_wordings: NotificationWordings,
    /// Which sites a text message binds its code to.
    pub(crate) bound_sites: BoundSites,
    pub(crate) couriers: Couriers,
    pub(crate) rules: Rules,
    pub(crate) issuer_keys: IssuerKeys,
    pub(crate) signing: SigningKeys,
    pub(crate) app_keys: SealingKeys,
    /// The keys that derive merchants' secrets for events, by key id. The first one is for new
    /// secrets.
    event_keys: Vec<(String, MasterKey)>,
    /// The keys that make the MAC in merchants' keys, by key id. The first one is for new keys.
    key_mac_keys: Vec<(String, MasterKey)>,
    /// Whether merchants' keys without a MAC are refused.
    pub(crate) key_mac_required: bool,
    pub(crate) test_mode: TestMode,
    pub(crate) issuer_events: Option<IssuerEvents>,
    /// Whether the issuer gets an audit record of each challenge that ended.
    pub(crate) audits_challenges: bool,
    /// How long after each attempt an event is posted again, in seconds.
    pub(crate) event_waits: Vec<u32>,
    /// The directory servers of EMV 3-D Secure that are answered.
    pub(crate) three_ds: ThreeDs,
    /// The master keys by key id. The first one is for new challenges.
    master_keys: Vec<(String, MasterKey)>,
}

thread_local! {
    static CONFIG: RefCell<Option<Rc<Config>>> = const { RefCell::new(None) };
}

/// The configuration, read once by each isolate: its bindings never change.
pub(crate) async fn of_isolate(env: &Env) -> Result<Rc<Config>, SettingError> {
    if let Some(config) = CONFIG.with(|slot| slot.borrow().clone()) {
        return Ok(config);
    }
    let config = Rc::new(Config::read(env)?);
    let proved = config.signing.prove().await;
    proved.map_err(|_| {
        SettingError::new("ATTESTATION_KEYS", "hold keys whose d belongs to their x and y")
    })?;
    CONFIG.with(|slot| slot.replace(Some(Rc::clone(&config))));
    Ok(config)
}

/// The text of a setting or a secret.
fn text(env: &Env, name: &str) -> Option<String> {
    env.var(name).ok().map(|text| text.to_string())
}

/// The rules of the deployment. An object reads nothing else of the settings but its clock.
pub(crate) fn rules(env: &Env) -> Result<Rules, SettingError> {
    settings::rules(&|name| text(env, name), bindings::is_bound(env, EVENTS))
}

/// The clock of an object's alarms.
pub(crate) fn object_clock(env: &Env) -> ObjectClock {
    match Environment::of(text(env, settings::WARIFU_ENV.name).as_deref()) {
        Environment::Production => ObjectClock::Platform,
        Environment::Development => ObjectClock::Movable(0),
    }
}

impl Config {
    fn read(env: &Env) -> Result<Self, SettingError> {
        let given = |name: &str| text(env, name);
        let environment = Environment::of(given(settings::WARIFU_ENV.name).as_deref());
        let mut settings = Settings::new(&given, environment == Environment::Development);
        let from = &mut settings;
        // Its form refuses what names neither environment.
        from.required(&settings::WARIFU_ENV);
        let rules = rules(env);
        let config = Self {
            environment,
            public_origin: from.optional(&settings::PUBLIC_ORIGIN),
            security_contact: from.optional(&settings::SECURITY_CONTACT),
            object_location: from.optional(&settings::OBJECT_LOCATION),
            issuer_name: localized(from, &settings::ISSUER_NAME),
            issuer_contact: localized(from, &settings::ISSUER_CONTACT),
            programme: localized(from, &settings::PROGRAMME_NAME),
            terms_url: localized(from, &settings::TERMS_URL),
            terms_version: terms_version(from)?,
            member_site: from.optional(&settings::MEMBER_SITE_URL),
            style: Style::frame(&accent(from)?),
            wordings: {
                let wordings = Wordings::read(from);
                from.accept(wordings)?
            },
            notification_wordings: {
                let wordings = NotificationWordings::read(from);
                from.accept(wordings)?
            },
            bound_sites: BoundSites::read(from),
            couriers: {
                let sms_to_email = rules.as_ref().is_ok_and(|rules| rules.sms_to_email);
                Couriers::read(from, sms_to_email)
            },
            rules: from.accept(rules)?,
            issuer_keys: {
                let single = from.optional(&settings::ISSUER_KEY);
                let list = from.optional(&settings::ISSUER_KEYS);
                from.accept(IssuerKeys::read(single.as_deref(), list.as_deref()))?
            },
            signing: {
                let keys = SigningKeys::parse(&from.required(&settings::ATTESTATION_KEYS));
                from.accept(keys)?
            },
            app_keys: {
                let keys = SealingKeys::parse(from.optional(&settings::APP_KEYS).as_deref());
                from.accept(keys)?
            },
            event_keys: optional_keys(from, &settings::EVENT_KEYS)?,
            key_mac_keys: optional_keys(from, &settings::KEY_MAC_KEYS)?,
            key_mac_required: is_on(from, &settings::KEY_MAC_REQUIRED),
            test_mode: TestMode::parse(&from.required(&settings::TEST_MODE)).unwrap_or_default(),
            issuer_events: {
                let issuer = IssuerEvents::read(from);
                from.accept(issuer)?
            },
            audits_challenges: is_on(from, &settings::AUDIT_CHALLENGES),
            three_ds: {
                let is_bound = |name: &str| bindings::is_bound(env, name);
                let three_ds = ThreeDs::read(from, &is_bound);
                from.accept(three_ds)?
            },
            event_waits: {
                let waits = from.required(&settings::EVENT_RETRY_SECONDS);
                settings::retry_waits(&waits).unwrap_or_default()
            },
            master_keys: {
                let text = from.required(&settings::MASTER_KEYS);
                from.accept(keys(&settings::MASTER_KEYS, &text))?
            },
        };
        config.check_addresses(from);
        if config.key_mac_required && config.key_mac_keys.is_empty() {
            let name = settings::KEY_MAC_REQUIRED.name;
            from.refuse(SettingError::new(name, "be off where KEY_MAC_KEYS is not set"));
        }
        if config.issuer_events.is_some() && !config.rules.events {
            from.refuse(SettingError::new(EVENTS, "be bound where ISSUER_EVENTS_URL is set"));
        }
        // A transaction that is known is a repeat, whose challenge must still be there.
        if !config.three_ds.directory_servers.is_empty() && config.rules.retention < KNOWN_FOR {
            from.refuse(SettingError::new(
                settings::RETENTION.name,
                "be 86400 or more where DIRECTORY_SERVERS lists one",
            ));
        }
        for setting in [&settings::NOTIFICATIONS, &settings::ANNOUNCE_DESTINATION_CHANGES] {
            if given(setting.name).as_deref() == Some("on") && !config.rules.events {
                let must = format!("be bound where {} is on", setting.name);
                from.refuse(SettingError::new(EVENTS, &must));
            }
        }
        if !config.is_development() {
            config.refuse_development_parts(env, from);
        }
        settings.accepted().map(|()| config)
    }

    fn check_addresses(&self, settings: &mut Settings<'_>) {
        if self.public_origin.as_deref().is_some_and(|text| !is_own_origin(text)) {
            settings.refuse(settings::PUBLIC_ORIGIN.refused());
        }
        let member_site = self.member_site.as_deref().map(Address::parse);
        let is_web =
            |url: Option<Address>| url.is_some_and(|url| url.is_web(self.is_development()));
        if member_site.is_some_and(|url| !is_web(url)) {
            settings.refuse(settings::MEMBER_SITE_URL.refused());
        }
        if let Some(theirs) = &self.three_ds.origin {
            let host = |origin: &str| Address::parse(origin).map(|origin| origin.host());
            let own = self.public_origin.as_deref().and_then(host);
            if !is_own_origin(theirs) || host(theirs) == own {
                settings.refuse(settings::DIRECTORY_SERVER_ORIGIN.refused());
            }
        }
        let terms = [&self.terms_url.ja, &self.terms_url.en];
        for (text, setting) in terms.into_iter().zip(&settings::TERMS_URL) {
            if !Address::parse(text).is_some_and(|url| url.is_web(self.is_development())) {
                settings.refuse(setting.refused());
            }
        }
    }

    /// The issuer's name, programme and contact, for messages.
    pub(crate) fn issuer(&self, locale: Locale) -> Issuer<'_> {
        Issuer {
            name: self.issuer_name.of(locale),
            programme: self.programme.of(locale),
            contact: self.issuer_contact.of(locale),
        }
    }

    pub(crate) fn is_development(&self) -> bool {
        self.environment == Environment::Development
    }

    /// The id of the master key of new challenges, and the key.
    pub(crate) fn active_master_key(&self) -> Result<(&str, &MasterKey), Problem> {
        self.named_master_keys().next().ok_or_else(|| Problem::internal("there is no master key"))
    }

    /// Every master key, the active one first.
    pub(crate) fn master_keys(&self) -> impl Iterator<Item = &MasterKey> {
        self.master_keys.iter().map(|(_, key)| key)
    }

    /// Every master key with its id, the active one first.
    pub(crate) fn named_master_keys(&self) -> impl Iterator<Item = (&str, &MasterKey)> {
        self.master_keys.iter().map(|(id, key)| (id.as_str(), key))
    }

    /// The master key of this id, if the deployment still has it.
    pub(crate) fn master_key(&self, id: &str) -> Option<&MasterKey> {
        self.master_keys.iter().find(|(known, _)| known == id).map(|(_, key)| key)
    }

    /// The key of new event secrets and its id. `None` where merchants are told of no events.
    pub(crate) fn active_event_key(&self) -> Option<&(String, MasterKey)> {
        self.event_keys.first()
    }

    /// The event key of this id, if the deployment still has it.
    pub(crate) fn event_key(&self, id: &str) -> Option<&MasterKey> {
        self.event_keys.iter().find(|(known, _)| known == id).map(|(_, key)| key)
    }

    /// The key of the MAC in new merchants' keys. `None` where they have none.
    pub(crate) fn active_key_mac_key(&self) -> Option<&MasterKey> {
        self.key_mac_keys().next()
    }

    /// Every key of the MAC in merchants' keys, the active one first.
    pub(crate) fn key_mac_keys(&self) -> impl Iterator<Item = &MasterKey> {
        self.key_mac_keys.iter().map(|(_, key)| key)
    }

    fn refuse_development_parts(&self, env: &Env, settings: &mut Settings<'_>) {
        if bindings::is_bound(env, "DEV_TOOLS") {
            settings.refuse(SettingError::new("DEV_TOOLS", "not be bound in production"));
        }
        if self.public_origin.is_none() {
            settings.refuse(SettingError::new("PUBLIC_ORIGIN", "be set in production"));
        }
    }

    /// Refuses a request that names another host than the deployment's origin: a route too many, or a
    /// domain that somebody points here, must serve neither forms nor the API. The status is RFC 9110
    /// §15.5.20, which tells a client that the same request is right elsewhere; 404 would say that
    /// there is nothing. The port and the scheme are the platform's, which ends TLS. Without an own
    /// origin, on a development server, every host is ours.
    ///
    /// Directory servers may have a host of their own, so that no browser is asked for a certificate.
    pub(crate) fn refuse_other_host(
        &self,
        host: &str,
        for_directory_servers: bool,
    ) -> Result<(), Problem> {
        let theirs = self.three_ds.origin.as_ref().filter(|_| for_directory_servers);
        let own = theirs.or(self.public_origin.as_ref());
        let own = own.and_then(|origin| Address::parse(origin));
        if own.is_some_and(|own| own.host() != host) {
            return Err(ProblemCode::MisdirectedRequest.problem());
        }
        Ok(())
    }

    /// Refuses a request from outside of this machine on a development server, because that shows
    /// codes to everybody.
    pub(crate) fn refuse_public_development(&self, host: &str) -> Result<(), SettingError> {
        if self.is_development() && !is_local(host) {
            return Err(SettingError::new("WARIFU_ENV", "be production on a public host"));
        }
        Ok(())
    }
}

fn localized(settings: &mut Settings<'_>, [ja, en]: &[Setting; 2]) -> Localized {
    let ja = settings.required(ja);
    let en = settings.optional(en).unwrap_or_else(|| ja.clone());
    Localized { ja, en }
}

fn is_own_origin(text: &str) -> bool {
    let url = Address::parse(text).filter(Address::is_https);
    url.is_some_and(|url| url.origin() == text)
}

fn terms_version(settings: &mut Settings<'_>) -> Result<TermsVersion, SettingError> {
    let version = TermsVersion::parse(&settings.required(&settings::TERMS_VERSION));
    settings.accept(version.ok_or_else(|| settings::TERMS_VERSION.refused()))
}

fn accent(settings: &mut Settings<'_>) -> Result<Accent, SettingError> {
    let accent = Accent::parse(&settings.required(&settings::ACCENT_COLOR));
    settings.accept(accent.ok_or_else(|| settings::ACCENT_COLOR.refused()))
}

/// The keys of a secret that may be absent.
fn optional_keys(
    settings: &mut Settings<'_>,
    setting: &Setting,
) -> Result<Vec<(String, MasterKey)>, SettingError> {
    match settings.optional(setting) {
        Some(text) => settings.accept(keys(setting, &text)),
        None => Ok(Vec::new()),
    }
}

/// Reads `<id>:<32 bytes in base64url>,…`.
fn keys(setting: &Setting, text: &str) -> Result<Vec<(String, MasterKey)>, SettingError> {
    let keys: Option<Vec<_>> = text
        .split(',')
        .map(|entry| {
            let (id, key) = entry.trim().split_once(':')?;
            Some((id.to_owned(), MasterKey::parse(key)?))
        })
        .collect();
    let keys = keys.filter(|keys| distinct(keys.iter().map(|(id, _)| id.as_str())));
    keys.ok_or_else(|| setting.refused())
}

#[cfg(test)]
pub(crate) mod tests;

//! The numbers of the rules that a deployment may choose, and what its bindings make of the rules.

use std::time::Duration;

use warifu_core::{
    contact::Country,
    rules::{AvailableChannels, Quota, Rules, SmsBudgetMode, SmsBudgetRules},
    sign_in::{Acr, SignInDemand},
};
use warifu_delivery::{
    couriers::{EMAIL_COURIER, SMS_COURIER},
    settings::{Setting, SettingError, Settings},
};

use super::{APP_KEYS, distinct, is_on, switch, switch_that_is_on};

const CODE_LIFE: Setting = Setting::number("CODE_LIFE_SECONDS", 60, 600, "600");
const CHALLENGE_LIFE: Setting = Setting::number("CHALLENGE_LIFE_SECONDS", 120, 3600, "1800");
const ATTESTATION_LIFE: Setting = Setting::number("ATTESTATION_LIFE_SECONDS", 60, 900, "300");
pub(crate) const RETENTION: Setting =
    Setting::number("RETENTION_SECONDS", 3600, 7 * 86400, "86400");
const TRIES: Setting = Setting::number("TRIES", 1, 10, "5");
const ENROLLMENT_SESSION: Setting = Setting::number("ENROLLMENT_SESSION_SECONDS", 60, 3600, "900");

/// How old a destination has to be that replaced another one before a code is sent there.
const DESTINATION_MIN_AGE: Setting =
    Setting::number("DESTINATION_MIN_AGE_SECONDS", 0, 30 * 86400, "0");

/// How often one merchant is told in an hour that a cardholder is unknown or not enrolled.
const UNKNOWN_CARDHOLDERS: Setting = Setting::number("UNKNOWN_CARDHOLDERS_PER_HOUR", 1, 1000, "20");

/// One wait for each resend, in seconds; empty for no resends.
const RESEND_WAITS: Setting = Setting::text(
    "RESEND_WAIT_SECONDS",
    "list at most 5 numbers from 10 to 600, such as 30,60,120",
    |text| waits(text).is_some(),
    "30,60,120",
);

/// Whether a code goes by e-mail after a text message with it failed.
const SMS_TO_EMAIL: Setting = switch("SMS_TO_EMAIL");

/// The countries whose numbers get text messages.
const SMS_COUNTRIES: Setting = Setting::text(
    "SMS_COUNTRIES",
    "list countries by ISO 3166-1, such as JP or JP,US, each once",
    |text| countries(text).is_some(),
    "JP",
);

/// What becomes of a text message beyond a budget of unverified ones.
const SMS_BUDGET_MODE: Setting = Setting::text(
    "SMS_BUDGET_MODE",
    "be record_only or deny",
    |text| matches!(text, "record_only" | "deny"),
    "record_only",
);
const COUNTRY_BUDGET: Setting = Setting::number("SMS_BUDGET_COUNTRY", 10, 10_000, "2000");
const MERCHANT_BUDGET: Setting = Setting::number("SMS_BUDGET_MERCHANT", 10, 10_000, "200");

/// Whether the cardholder is told of failures, locks and changes, where the queue for it is bound.
pub(crate) const NOTIFICATIONS: Setting = switch_that_is_on("NOTIFICATIONS");

/// Whether a destination that was replaced or removed is told too.
pub(crate) const ANNOUNCE_DESTINATION_CHANGES: Setting =
    switch_that_is_on("ANNOUNCE_DESTINATION_CHANGES");

/// The authentication context class references of which one is demanded before an enrollment session.
const ENROLLMENT_ACR: Setting = Setting::optional(
    "ENROLLMENT_ACR",
    "list references of 1 to 255 printable ASCII characters, separated by spaces",
    |text| references(text).is_some(),
);

/// How long ago a member may have signed in before an enrollment session, in seconds.
const ENROLLMENT_AUTH_MAX_AGE: Setting =
    Setting::optional("ENROLLMENT_AUTH_MAX_AGE", "be a whole number from 60 to 86400", |text| {
        max_age(text).is_some()
    });

/// Every setting of this file.
#[cfg(test)]
pub(super) const SETTINGS: [&Setting; 18] = [
    &CODE_LIFE,
    &CHALLENGE_LIFE,
    &ATTESTATION_LIFE,
    &RETENTION,
    &TRIES,
    &RESEND_WAITS,
    &ENROLLMENT_SESSION,
    &DESTINATION_MIN_AGE,
    &UNKNOWN_CARDHOLDERS,
    &SMS_TO_EMAIL,
    &SMS_COUNTRIES,
    &SMS_BUDGET_MODE,
    &COUNTRY_BUDGET,
    &MERCHANT_BUDGET,
    &NOTIFICATIONS,
    &ANNOUNCE_DESTINATION_CHANGES,
    &ENROLLMENT_ACR,
    &ENROLLMENT_AUTH_MAX_AGE,
];

/// The rules of a deployment. `events`: whether it has the queue for them.
///
/// # Errors
/// The first setting that is out of its bounds.
pub(crate) fn rules(
    given: &dyn Fn(&str) -> Option<String>,
    events: bool,
) -> Result<Rules, SettingError> {
    // None of these settings depends on the kind of deployment.
    let mut settings = Settings::new(given, false);
    let is_set = |setting: &Setting| given(setting.name).is_some_and(|text| !text.is_empty());
    let carries = |setting: &Setting| given(setting.name).as_deref() != Some("none");
    let available = AvailableChannels {
        email: carries(&EMAIL_COURIER),
        sms: carries(&SMS_COURIER),
        app: is_set(&APP_KEYS),
    };
    let notifications = is_on(&mut settings, &NOTIFICATIONS) && events;
    let rules = Rules {
        code_life: seconds(&mut settings, &CODE_LIFE),
        challenge_life: seconds(&mut settings, &CHALLENGE_LIFE),
        attestation_life: seconds(&mut settings, &ATTESTATION_LIFE),
        retention: seconds(&mut settings, &RETENTION),
        tries: count(&mut settings, &TRIES),
        resend_waits: waits(&settings.allowing_empty(&RESEND_WAITS)).unwrap_or_default(),
        enrollment_life: seconds(&mut settings, &ENROLLMENT_SESSION),
        destination_min_age: seconds(&mut settings, &DESTINATION_MIN_AGE),
        available,
        sms_countries: countries(&settings.required(&SMS_COUNTRIES)).unwrap_or_default(),
        sms_budget: SmsBudgetRules {
            mode: match settings.required(&SMS_BUDGET_MODE).as_str() {
                "deny" => SmsBudgetMode::Deny,
                _ => SmsBudgetMode::RecordOnly,
            },
            country: count(&mut settings, &COUNTRY_BUDGET) as usize,
            merchant: count(&mut settings, &MERCHANT_BUDGET) as usize,
        },
        sms_to_email: is_on(&mut settings, &SMS_TO_EMAIL),
        sign_in: SignInDemand {
            acr: settings
                .optional(&ENROLLMENT_ACR)
                .and_then(|text| references(&text))
                .unwrap_or_default(),
            max_age: settings.optional(&ENROLLMENT_AUTH_MAX_AGE).and_then(|text| max_age(&text)),
        },
        events,
        unknown_answers: Quota {
            count: count(&mut settings, &UNKNOWN_CARDHOLDERS) as usize,
            ..Rules::default().unknown_answers
        },
        notifications,
        notifies_former: is_on(&mut settings, &ANNOUNCE_DESTINATION_CHANGES) && notifications,
        ..Rules::default()
    };
    settings.accepted().map(|()| rules)
}

fn seconds(settings: &mut Settings<'_>, setting: &Setting) -> Duration {
    Duration::from_secs(settings.number(setting))
}

/// A count. Its bounds are far below what it is read into.
fn count(settings: &mut Settings<'_>, setting: &Setting) -> u32 {
    u32::try_from(settings.number(setting)).unwrap_or_default()
}

/// Reads `SMS_COUNTRIES`; `None` for a text of another form.
fn countries(text: &str) -> Option<Vec<Country>> {
    let names = text.split(',').map(str::trim);
    distinct(names.clone()).then(|| names.map(Country::parse).collect()).flatten()
}

fn references(text: &str) -> Option<Vec<Acr>> {
    text.split(' ').filter(|part| !part.is_empty()).map(Acr::parse).collect()
}

fn max_age(text: &str) -> Option<Duration> {
    let seconds = text.trim().parse().ok().filter(|seconds| (60..=86_400).contains(seconds));
    seconds.map(Duration::from_secs)
}

fn waits(text: &str) -> Option<Vec<Duration>> {
    const MOST: usize = 5;
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    let waits: Option<Vec<Duration>> = parts
        .map(|part| match part.parse() {
            Ok(seconds @ 10..=600) => Some(Duration::from_secs(seconds)),
            _ => None,
        })
        .collect();
    waits.filter(|waits| waits.len() <= MOST)
}

#[cfg(test)]
mod tests {
    use warifu_delivery::settings::Form;
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    fn with(name: &str, value: &str) -> Result<Rules, SettingError> {
        rules(&|asked| (asked == name).then(|| value.to_owned()), false)
    }

    /// Without `APP_KEYS` there is no app; all else is the rules' own.
    fn usual() -> Rules {
        Rules {
            available: AvailableChannels { app: false, ..Rules::default().available },
            ..Rules::default()
        }
    }

    #[wasm_bindgen_test]
    fn nothing_set_is_the_default_of_the_rules() {
        assert_eq!(rules(&|_| None, false), Ok(usual()));
    }

    #[wasm_bindgen_test]
    fn a_number_out_of_its_bounds_is_refused_by_name() {
        let mut numbers = 0;
        for setting in SETTINGS {
            let Form::Number { low, high } = setting.form else { continue };
            let name = setting.name;
            numbers += 1;
            assert!(with(name, &low.to_string()).is_ok(), "{name} {low}");
            assert!(with(name, &high.to_string()).is_ok(), "{name} {high}");
            let below = low.checked_sub(1).map_or("-1".to_owned(), |below| below.to_string());
            for bad in
                [below, (high + 1).to_string(), "-1".to_owned(), "ten".to_owned(), "".to_owned()]
            {
                let refused = with(name, &bad).map_err(|error| error.name);
                assert_eq!(refused, Err(name.to_owned()), "{bad}");
            }
        }
        assert_eq!(numbers, 10);
    }

    #[wasm_bindgen_test]
    fn enrollment_sessions_are_as_long_as_a_deployment_says() {
        let enrollment_life = Duration::from_secs(61);
        let rules = with("ENROLLMENT_SESSION_SECONDS", "61").unwrap();
        assert_eq!(rules, Rules { enrollment_life, ..usual() });
    }

    #[wasm_bindgen_test]
    fn countries_are_named_by_their_codes_and_japan_is_the_usual_one() {
        let countries = |text| with("SMS_COUNTRIES", text).map(|rules| rules.sms_countries);
        let named =
            |codes: &[&str]| Ok(codes.iter().filter_map(|code| Country::parse(code)).collect());
        assert_eq!(countries(""), named(&["JP"]));
        assert_eq!(countries("JP, US,GB"), named(&["JP", "US", "GB"]));
        for bad in ["jp", "JP,", "JP,JP", "JP;US", "81", "XX", "UK", "*"] {
            assert!(countries(bad).is_err(), "{bad}");
        }
        let mode = |text| with("SMS_BUDGET_MODE", text).map(|rules| rules.sms_budget.mode);
        assert_eq!(mode("deny"), Ok(SmsBudgetMode::Deny));
        assert_eq!(mode("record_only"), Ok(SmsBudgetMode::RecordOnly));
        assert!(mode("off").is_err());
    }

    #[wasm_bindgen_test]
    fn waits_are_the_resends() {
        assert_eq!(with("RESEND_WAIT_SECONDS", "15, 20").unwrap().sends(), 3);
        assert_eq!(with("RESEND_WAIT_SECONDS", "").unwrap().sends(), 1);
        for bad in ["5", "30;60", "1,2,3", "30,30,30,30,30,30"] {
            assert!(with("RESEND_WAIT_SECONDS", bad).is_err(), "{bad}");
        }
    }
}

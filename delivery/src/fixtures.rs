//! What the tests of this crate share: the example issuer and purchase, and settings.

use std::time::Duration;

pub(crate) use warifu_core::fixtures::{email, phone, record};
use warifu_core::{
    cardholder::{DeliveryOrder, Places},
    code::Code,
    locale::Locale,
    record::ChallengeRecord,
    secret::MasterKey,
    time::Timestamp,
};

use crate::{
    message::{Composer, Dispatch},
    settings::Settings,
    wording::{Issuer, Wordings},
};

/// Reads settings of these texts.
pub(crate) fn with<T>(
    texts: &[(&str, &str)],
    is_development: bool,
    read: impl FnOnce(&mut Settings<'_>) -> T,
) -> Result<T, String> {
    let given = |name: &str| {
        // The last one counts.
        let found = texts.iter().rev().find(|(known, _)| *known == name);
        found.map(|(_, text)| (*text).to_owned())
    };
    let mut settings = Settings::new(&given, is_development);
    let value = read(&mut settings);
    settings.accepted().map(|()| value).map_err(|error| error.to_string())
}

/// Our wordings, or those of some settings.
pub(crate) fn wordings(texts: &[(&str, &str)]) -> Result<Wordings, String> {
    with(texts, false, Wordings::read)?.map_err(|error| error.to_string())
}

/// The example issuer.
pub(crate) fn issuer(locale: Locale) -> Issuer<'static> {
    match locale {
        Locale::Ja => Issuer {
            name: "株式会社ジェーシービー",
            programme: "J/Secure",
            contact: "カード裏面に記載のカード発行会社",
        },
        Locale::En => Issuer {
            name: "JCB Co., Ltd.",
            programme: "J/Secure",
            contact: "the issuer named on your card",
        },
    }
}

/// What the example issuer writes with.
pub(crate) fn composer(wordings: &Wordings, locale: Locale) -> Composer<'_> {
    let code_life = Duration::from_secs(600);
    Composer { wordings, issuer: issuer(locale), code_life, origin: "https://otp.example" }
}

/// The code of a delivery of that purchase.
pub(crate) fn code(record: &ChallengeRecord, number: u32) -> Code {
    let master = MasterKey::parse("AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA").unwrap();
    record.code_key(&master).code(Timestamp::from_millis(0), number)
}

/// A send by a text message.
pub(crate) fn dispatch(send: u32) -> Dispatch {
    let order = DeliveryOrder {
        opened_at: Timestamp::from_millis(0),
        number: send,
        send,
        to: phone(),
        places: Places::Common,
    };
    Dispatch { order, diverted: false, origin_bound: None }
}

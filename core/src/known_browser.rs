//! Browsers that verified a challenge before: what a cookie says of one, and whether it is ours.
//!
//! A known browser is let in where a stranger's is not. The mark proves nothing else: the code is
//! asked for as everywhere.

use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use subtle::ConstantTimeEq as _;

use crate::{
    digest,
    ids::{CardholderId, MerchantId},
    secret::MasterKey,
    time::Timestamp,
};

/// The cookie of a browser in which a cardholder verified at a merchant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Its name. It tells neither cardholder nor merchant to who has not the key.
    pub name: String,
    /// When it was set, in seconds, and a MAC of all.
    pub value: String,
}

impl Mark {
    /// How long a browser stays known after the newest success in it. RFC 6265bis lets a browser keep
    /// a cookie for at most 400 days.
    pub const LIFE: Duration = Duration::from_secs(180 * 86_400);

    /// The mark of a browser that verifies now.
    #[must_use]
    pub fn of(
        key: &MasterKey,
        cardholder: &CardholderId,
        merchant: &MerchantId,
        now: Timestamp,
    ) -> Self {
        let issued = now.unix_seconds();
        let value = format!("{issued}.{}", proof(key, cardholder, merchant, issued));
        Self { name: name(key, cardholder, merchant), value }
    }

    /// Whether `cookie`, looked up by name, is a mark of this cardholder and merchant that has not run
    /// out.
    #[must_use]
    pub fn is_known(
        key: &MasterKey,
        cardholder: &CardholderId,
        merchant: &MerchantId,
        now: Timestamp,
        cookie: impl Fn(&str) -> Option<String>,
    ) -> bool {
        let Some(value) = cookie(&name(key, cardholder, merchant)) else { return false };
        let Some((issued, shown)) = value.split_once('.') else { return false };
        let Ok(issued) = issued.parse::<u64>() else { return false };
        let ours = proof(key, cardholder, merchant, issued);
        let at = Timestamp::from_millis(issued.saturating_mul(1000));
        now < at.plus(Self::LIFE) && bool::from(ours.as_bytes().ct_eq(shown.as_bytes()))
    }
}

fn name(key: &MasterKey, cardholder: &CardholderId, merchant: &MerchantId) -> String {
    let fields = [cardholder.as_str().as_bytes(), merchant.as_str().as_bytes()];
    let mac = digest::mac(key.bytes(), "warifu/known-browser-name/v1", &fields);
    let short: Vec<u8> = mac.into_iter().take(9).collect();
    format!("__Host-warifu-{}", Base64UrlUnpadded::encode_string(&short))
}

fn proof(key: &MasterKey, cardholder: &CardholderId, merchant: &MerchantId, issued: u64) -> String {
    let issued = issued.to_be_bytes();
    let fields = [cardholder.as_str().as_bytes(), merchant.as_str().as_bytes(), &issued];
    Base64UrlUnpadded::encode_string(&digest::mac(key.bytes(), "warifu/known-browser/v1", &fields))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(letter: &str) -> MasterKey {
        MasterKey::parse(&letter.repeat(43)).unwrap()
    }

    fn taro() -> CardholderId {
        CardholderId::parse("taro").unwrap()
    }

    fn shop() -> MerchantId {
        MerchantId::parse("maru-shop").unwrap()
    }

    fn now() -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000)
    }

    #[test]
    fn a_mark_is_known_for_180_days_and_for_its_cardholder_merchant_and_key_alone() {
        let mark = Mark::of(&key("A"), &taro(), &shop(), now());
        let jar = |name: &str| (name == mark.name).then(|| mark.value.clone());
        let known = |letter, cardholder: &CardholderId, merchant: &MerchantId, at| {
            Mark::is_known(&key(letter), cardholder, merchant, at, jar)
        };
        let end = now().plus(Mark::LIFE);
        let before = Timestamp::from_millis(end.millis() - 1);
        assert!(known("A", &taro(), &shop(), now()));
        assert!(known("A", &taro(), &shop(), before));
        assert!(!known("A", &taro(), &shop(), end));
        assert!(!known("E", &taro(), &shop(), now()));
        assert!(!known("A", &CardholderId::parse("jiro").unwrap(), &shop(), now()));
        assert!(!known("A", &taro(), &MerchantId::parse("other").unwrap(), now()));
    }

    #[test]
    fn a_value_that_was_moved_or_altered_is_not_known() {
        let other = MerchantId::parse("other").unwrap();
        let mark = Mark::of(&key("A"), &taro(), &shop(), now());
        let moved = Mark::of(&key("A"), &taro(), &other, now()).value;
        let later = mark.value.replace("1800000000.", "1800000001.");
        assert_ne!(later, mark.value);
        let values = [
            moved,
            later,
            String::new(),
            ".".to_owned(),
            "1800000000.".to_owned(),
            "x.y".to_owned(),
        ];
        for value in values {
            let jar = |name: &str| (name == mark.name).then(|| value.clone());
            assert!(!Mark::is_known(&key("A"), &taro(), &shop(), now(), jar), "{value}");
        }
        assert!(!Mark::is_known(&key("A"), &taro(), &shop(), now(), |_| None));
    }

    #[test]
    fn a_name_fits_a_cookie_and_says_nothing() {
        let mark = Mark::of(&key("A"), &taro(), &shop(), now());
        assert_eq!(mark.name.len(), "__Host-warifu-".len() + 12);
        assert!(!mark.name.contains("taro") && !mark.name.contains("maru"));
    }
}

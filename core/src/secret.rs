//! What makes a value a secret here: no `Debug`, no `Display`, no `Serialize`, and equality in
//! constant time.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use subtle::{Choice, ConstantTimeEq as _};

use crate::digest::{self, Hasher};

/// A 256-bit key, from which codes, client secrets and tokens are derived.
pub struct MasterKey([u8; 32]);

impl MasterKey {
    /// Reads 32 bytes of base64url text; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = Base64UrlUnpadded::decode_vec(text.trim_end_matches('=')).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// What a merchant's key is for. Its prefix says it, and nothing else does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyMode {
    /// For real purchases.
    Live,
    /// For tests, which reach no provider and no cardholder.
    Test,
}

impl KeyMode {
    /// The prefix of its keys.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Live => "wk_live_",
            Self::Test => "wk_test_",
        }
    }

    /// Its name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Test => "test",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Live, Self::Test].into_iter().find(|mode| mode.as_str() == name)
    }
}

/// What a merchant's key shows by itself, before anything is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyProof {
    /// A key of this deployment has made its MAC. Whose it is, and whether it is revoked, is for
    /// whoever looks it up.
    Made,
    /// It has no MAC, as keys that were made before there was one. It may be made up.
    WithoutMac,
    /// We have not made it: its form, its prefix or its MAC is another.
    MadeUp,
}

/// A key that proves who calls our API: `wk_live_…`, `wk_test_…` or `wk_issuer_…`.
pub struct ApiKey(String);

impl ApiKey {
    /// The letters of 256 random bits.
    const RANDOM: usize = 43;
    /// The letters of a MAC: its first 132 bits.
    const MAC: usize = 22;

    /// Takes a presented key. Its form is not checked: a key of a wrong form is not found.
    #[must_use]
    pub fn presented(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// A new key of `prefix` (such as `wk_test_`) and 256 random bits. With `mac_key` it ends with a
    /// MAC of both, so that a made-up key is told apart from it without a look-up.
    #[must_use]
    pub fn mint(prefix: &str, random: [u8; 32], mac_key: Option<&MasterKey>) -> Self {
        let random = Base64UrlUnpadded::encode_string(&random);
        let mac = mac_key.map(|key| mac(key, prefix, &random)).unwrap_or_default();
        Self(format!("{prefix}{random}{mac}"))
    }

    /// What a merchant's key is for, as its prefix says. A text of another form is taken for a live key,
    /// and proves nothing as one.
    #[must_use]
    pub fn mode(&self) -> KeyMode {
        match self.0.starts_with(KeyMode::Test.prefix()) {
            true => KeyMode::Test,
            false => KeyMode::Live,
        }
    }

    /// What the key shows of itself: whether one of `mac_keys` has made it, for this `prefix`. The
    /// MAC is compared in constant time, with that of every key.
    #[must_use]
    pub fn proof<'a>(
        &self,
        prefix: &str,
        mac_keys: impl IntoIterator<Item = &'a MasterKey>,
    ) -> KeyProof {
        let letters = self.0.strip_prefix(prefix);
        let parts = letters.and_then(|letters| letters.split_at_checked(Self::RANDOM));
        let written = |random: &str| Base64UrlUnpadded::decode_vec(random).is_ok();
        let Some((random, presented)) = parts.filter(|(random, _)| written(random)) else {
            return KeyProof::MadeUp;
        };
        if presented.is_empty() {
            return KeyProof::WithoutMac;
        }
        let mut ours = Choice::from(0);
        for key in mac_keys {
            ours |= mac(key, prefix, random).as_bytes().ct_eq(presented.as_bytes());
        }
        if bool::from(ours) { KeyProof::Made } else { KeyProof::MadeUp }
    }

    /// SHA-256 of the key in hexadecimal. It is stored and looked up instead of the key.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.digest().hex()
    }

    /// The one of `known` whose key is this one. All of them are compared, in constant time,
    /// whichever it is and however long they are.
    #[must_use]
    pub fn find<'a, T>(&self, known: &'a [T], key: impl Fn(&T) -> &Self) -> Option<&'a T> {
        let presented = self.digest();
        let mut found = None;
        for candidate in known {
            if bool::from(key(candidate).digest().bytes().ct_eq(presented.bytes())) {
                found = Some(candidate);
            }
        }
        found
    }

    fn digest(&self) -> digest::Digest {
        Hasher::new("warifu/api-key/v1").field(self.0.as_bytes()).finish()
    }

    /// The key's text, for the one answer that shows it to the issuer.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// The MAC in a merchant's key: the first 132 bits of HMAC-SHA-256, as base64url.
fn mac(key: &MasterKey, prefix: &str, random: &str) -> String {
    let fields = [prefix.as_bytes(), random.as_bytes()];
    let mut mac = Base64UrlUnpadded::encode_string(&digest::mac(
        key.bytes(),
        "warifu/api-key-mac/v1",
        &fields,
    ));
    mac.truncate(ApiKey::MAC);
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIVE: &str = "wk_live_";

    fn server_key(byte: u8) -> MasterKey {
        MasterKey([byte; 32])
    }

    fn minted(byte: u8, key: u8) -> ApiKey {
        ApiKey::mint(LIVE, [byte; 32], Some(&server_key(key)))
    }

    #[test]
    fn a_new_key_shows_that_we_made_it_and_a_made_up_one_does_not() {
        let keys = [server_key(1)];
        let key = minted(7, 1);
        assert_eq!(key.reveal().len(), LIVE.len() + 43 + 22);
        assert_eq!(key.proof(LIVE, &keys), KeyProof::Made);
        // One made with another key, of another deployment, and a MAC on other random bits.
        assert_eq!(minted(7, 2).proof(LIVE, &keys), KeyProof::MadeUp);
        assert_eq!(key.proof("wk_test_", &keys), KeyProof::MadeUp);
        let moved = key.reveal().replace(LIVE, "wk_test_");
        assert_eq!(ApiKey::presented(&moved).proof("wk_test_", &keys), KeyProof::MadeUp);
        let end = LIVE.len() + 43;
        let spliced = format!("{}{}", &key.0[..end], &minted(8, 1).0[end..]);
        assert_eq!(ApiKey::presented(&spliced).proof(LIVE, &keys), KeyProof::MadeUp);
        // Without a key of ours nothing passes for made by us.
        assert_eq!(key.proof(LIVE, &[]), KeyProof::MadeUp);
    }

    /// Every single letter counts, also the last one, whose low bits are no part of the bytes.
    #[test]
    fn a_changed_letter_anywhere_makes_it_another_key() {
        let keys = [server_key(1)];
        let key = minted(7, 1);
        for place in LIVE.len()..key.0.len() {
            let mut letters = key.0.clone().into_bytes();
            letters[place] = if letters[place] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(letters).unwrap();
            assert_eq!(ApiKey::presented(&changed).proof(LIVE, &keys), KeyProof::MadeUp, "{place}");
        }
    }

    #[test]
    fn what_has_not_the_form_of_a_key_is_made_up() {
        let keys = [server_key(1)];
        let random = "A".repeat(43);
        for bad in [
            String::new(),
            LIVE.to_owned(),
            "wk_live_unknown".to_owned(),
            format!("{LIVE}{}", "A".repeat(42)),
            format!("{LIVE}{}", "A".repeat(44)),
            format!("{LIVE}{}", "A".repeat(65)),
            format!("{LIVE}{}", "A".repeat(400)),
            format!("{LIVE}{}", "あ".repeat(22)),
            format!("{LIVE}{}+", "A".repeat(42)),
            format!("wk_issuer_{random}"),
            random.clone(),
        ] {
            assert_eq!(ApiKey::presented(&bad).proof(LIVE, &keys), KeyProof::MadeUp, "{bad}");
        }
    }

    #[test]
    fn a_key_from_before_there_was_a_mac_has_to_be_looked_up() {
        let old = ApiKey::mint(LIVE, [7; 32], None);
        assert_eq!(old.reveal(), "wk_live_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc");
        assert_eq!(old.proof(LIVE, &[server_key(1)]), KeyProof::WithoutMac);
        assert_eq!(old.proof(LIVE, &[]), KeyProof::WithoutMac);
    }

    #[test]
    fn a_key_of_an_earlier_server_key_counts_as_long_as_that_is_kept() {
        let key = minted(7, 1);
        assert_eq!(key.proof(LIVE, &[server_key(2), server_key(1)]), KeyProof::Made);
        assert_eq!(key.proof(LIVE, &[server_key(1), server_key(2)]), KeyProof::Made);
        assert_eq!(key.proof(LIVE, &[server_key(2)]), KeyProof::MadeUp);
    }

    /// Keys that merchants hold for years: another MAC would refuse all of them.
    #[test]
    fn the_form_of_a_key_is_pinned() {
        assert_eq!(
            minted(7, 1).reveal(),
            "wk_live_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcVaA5qResMafrnjqlliRRqh"
        );
    }

    #[test]
    fn of_several_keys_the_one_that_is_presented_is_found() {
        let known = ["wk_issuer_a", "wk_issuer_bb", "wk_issuer_c"].map(ApiKey::presented);
        for key in &known {
            let found = ApiKey::presented(key.reveal()).find(&known, |key| key);
            assert_eq!(found.map(ApiKey::reveal), Some(key.reveal()));
        }
        for other in ["", "wk_issuer_", "wk_issuer_d", "wk_issuer_b"] {
            assert!(ApiKey::presented(other).find(&known, |key| key).is_none(), "{other}");
        }
    }
}

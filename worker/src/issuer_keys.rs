//! The keys of the issuer's own systems: each has a name and a scope, and several are valid at once.

use warifu_core::secret::ApiKey;
use warifu_delivery::settings::SettingError;

use crate::settings::{ISSUER_KEYS, distinct, is_issuer_key};

/// What a key of the issuer may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// To start enrollment sessions.
    Sessions,
    /// To read cardholders and their challenges, to let a challenge in or expect a purchase, and to
    /// unlock.
    Support,
    /// To register, change, import and erase cardholders, merchants, their keys and endpoints.
    Registry,
    /// Everything.
    All,
}

impl Scope {
    /// The scope's name in settings and answers.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Sessions => "sessions",
            Self::Support => "support",
            Self::Registry => "registry",
            Self::All => "all",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        let all = [Self::Sessions, Self::Support, Self::Registry, Self::All];
        all.into_iter().find(|scope| scope.as_str() == name)
    }

    /// Whether a key of this scope may do this.
    pub(crate) fn allows(self, act: IssuerAct) -> bool {
        match self {
            Self::All => true,
            // Who may replace what is registered may read it.
            Self::Registry if act == IssuerAct::ReadRegistration => true,
            Self::Sessions | Self::Support | Self::Registry => self == act.scope(),
        }
    }
}

/// What a call of the issuer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IssuerAct {
    /// It starts an enrollment session.
    StartSession,
    /// It reads what is registered of a cardholder.
    ReadRegistration,
    /// It lists a cardholder's challenges, lets one in, expects a purchase, or unlocks.
    Support,
    /// It changes what is registered of cardholders and merchants, or reads a merchant.
    Register,
}

impl IssuerAct {
    /// The narrowest scope that allows it.
    pub(crate) fn scope(self) -> Scope {
        match self {
            Self::StartSession => Scope::Sessions,
            Self::ReadRegistration | Self::Support => Scope::Support,
            Self::Register => Scope::Registry,
        }
    }
}

/// One key of the issuer.
pub(crate) struct IssuerKey {
    /// The name in the log. It is no secret.
    pub(crate) name: String,
    pub(crate) scope: Scope,
    key: ApiKey,
}

/// Every key of the issuer.
pub(crate) struct IssuerKeys(Vec<IssuerKey>);

impl IssuerKeys {
    /// The name of the key that `ISSUER_KEY` is.
    const SINGLE: &str = "issuer";

    /// Reads both settings: `ISSUER_KEY`, which may do everything, and the list `ISSUER_KEYS`.
    pub(crate) fn read(single: Option<&str>, list: Option<&str>) -> Result<Self, SettingError> {
        let single = single.map(|key| IssuerKey {
            name: Self::SINGLE.to_owned(),
            scope: Scope::All,
            key: ApiKey::presented(key),
        });
        let listed: Option<Vec<_>> =
            list.into_iter().flat_map(|list| list.split(',')).map(entry).collect();
        let listed = listed.ok_or_else(|| ISSUER_KEYS.refused())?;
        let keys: Vec<_> = single.into_iter().chain(listed).collect();
        if keys.is_empty() {
            return Err(SettingError::new("ISSUER_KEY", "be set"));
        }
        // One key under two names would leave open which of them the log names.
        let names = keys.iter().map(|key| key.name.as_str());
        if !distinct(names) || !distinct(keys.iter().map(|key| key.key.reveal())) {
            return Err(ISSUER_KEYS.refused());
        }
        Ok(Self(keys))
    }

    /// The key that is presented. It is compared with all of them, in constant time.
    pub(crate) fn find(&self, presented: &ApiKey) -> Option<&IssuerKey> {
        presented.find(&self.0, |known| &known.key)
    }
}

/// Reads `<name>:<scope>:<key>`.
fn entry(text: &str) -> Option<IssuerKey> {
    let mut parts = text.trim().splitn(3, ':');
    let (name, scope, key) = (parts.next()?, Scope::parse(parts.next()?)?, parts.next()?);
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let named = (1..=40).contains(&name.len()) && name.bytes().all(fits);
    // The list separates by commas and colons, so a key has none.
    let whole = is_issuer_key(key) && key.bytes().all(fits);
    (named && whole).then(|| IssuerKey {
        name: name.to_owned(),
        scope,
        key: ApiKey::presented(key),
    })
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    fn key(letter: &str) -> String {
        format!("wk_issuer_{}", letter.repeat(32))
    }

    fn read(single: Option<&str>, list: &str) -> Result<IssuerKeys, SettingError> {
        IssuerKeys::read(single, Some(list).filter(|list| !list.is_empty()))
    }

    fn found(keys: &IssuerKeys, key: &str) -> Option<(String, Scope)> {
        keys.find(&ApiKey::presented(key)).map(|key| (key.name.clone(), key.scope))
    }

    #[wasm_bindgen_test]
    fn the_single_key_may_do_everything_beside_those_of_the_list() {
        let (a, b, c) = (key("a"), key("b"), key("c"));
        let list = format!("member-site:sessions:{b}, desk_1:support:{c}");
        let keys = read(Some(&a), &list).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(found(&keys, &a), Some(("issuer".to_owned(), Scope::All)));
        assert_eq!(found(&keys, &b), Some(("member-site".to_owned(), Scope::Sessions)));
        assert_eq!(found(&keys, &c), Some(("desk_1".to_owned(), Scope::Support)));
        for other in [key("d"), a[..a.len() - 1].to_owned(), format!("{a}a"), String::new()] {
            assert_eq!(found(&keys, &other), None, "{other}");
        }
    }

    #[wasm_bindgen_test]
    fn either_setting_is_enough_and_one_must_be_set() {
        assert!(read(Some(&key("a")), "").is_ok());
        assert!(read(None, &format!("core:all:{}", key("a"))).is_ok());
        let refused = read(None, "").map(drop);
        assert_eq!(refused, Err(SettingError::new("ISSUER_KEY", "be set")));
    }

    #[wasm_bindgen_test]
    fn a_list_that_leaves_something_open_is_refused_by_name() {
        let (a, b) = (key("a"), key("b"));
        for bad in [
            b.clone(),
            format!("core:{b}"),
            format!("core:every:{b}"),
            format!(":all:{b}"),
            format!("a name:all:{b}"),
            format!("{}:all:{b}", "n".repeat(41)),
            "core:all:wk_issuer_short".to_owned(),
            format!("core:all:{}", "b".repeat(50)),
            format!("core:all:{b}:{b}"),
            format!("core:all:{b},"),
            format!("core:all:{b},core:support:{}", key("c")),
            format!("core:all:{b},desk:support:{b}"),
            // The name and the key of ISSUER_KEY.
            format!("issuer:all:{b}"),
            format!("core:all:{a}"),
        ] {
            let refused = read(Some(&a), &bad).map(drop).map_err(|error| error.name);
            assert_eq!(refused, Err("ISSUER_KEYS".to_owned()), "{bad}");
        }
    }

    /// The table of docs/issuer/api.md.
    #[wasm_bindgen_test]
    fn each_scope_allows_its_own_acts_and_no_other() {
        use IssuerAct::{ReadRegistration, Register, StartSession, Support};
        let acts = [StartSession, ReadRegistration, Support, Register];
        for (scope, allowed) in [
            (Scope::Sessions, vec![StartSession]),
            (Scope::Support, vec![ReadRegistration, Support]),
            (Scope::Registry, vec![ReadRegistration, Register]),
            (Scope::All, acts.to_vec()),
        ] {
            for act in acts {
                assert_eq!(scope.allows(act), allowed.contains(&act), "{scope:?} {act:?}");
                // What a refusal names is enough.
                assert!(act.scope().allows(act));
            }
        }
    }
}

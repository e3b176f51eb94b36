//! The merchants whose keys this isolate proved a moment ago. A purchase calls with the same key
//! several times, and KV would answer each time what it answered before: it is some seconds behind
//! itself anyway.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc, time::Duration};

use warifu_core::time::Timestamp;

use crate::store::{KeyOwner, Merchant};

/// How long a proved key is remembered: about what passes between the first call of a purchase and the
/// last. A revoked key passes for so much longer than KV is behind itself.
const REMEMBERED: Duration = Duration::from_secs(30);

/// How many keys are remembered. Beyond them, KV is asked.
const MOST: usize = 1_000;

/// The proved keys, by fingerprint. A key that proved nothing is not remembered: it may be new.
#[derive(Default)]
pub(crate) struct KnownMerchants(RefCell<Known>);

#[derive(Default)]
struct Known {
    keys: BTreeMap<String, Proved>,
    /// How often something was changed here.
    changes: u64,
}

struct Proved {
    owner: KeyOwner,
    registered: Merchant,
    until: Timestamp,
}

/// When a look-up in KV began, as the changes tell it.
#[derive(Clone, Copy)]
pub(crate) struct AsOf(u64);

thread_local! {
    static ISOLATE: Rc<KnownMerchants> = Rc::default();
}

impl KnownMerchants {
    /// Those of this isolate.
    pub(crate) fn of_isolate() -> Rc<Self> {
        ISOLATE.with(Rc::clone)
    }

    /// The merchant of a key that was proved a moment before `now`.
    pub(crate) fn find(&self, fingerprint: &str, now: Timestamp) -> Option<(KeyOwner, Merchant)> {
        let known = self.0.borrow();
        let proved = known.keys.get(fingerprint).filter(|proved| now < proved.until)?;
        Some((proved.owner.clone(), proved.registered.clone()))
    }

    /// Before KV is asked for a key.
    pub(crate) fn as_of(&self) -> AsOf {
        AsOf(self.0.borrow().changes)
    }

    /// Remembers a key that KV proved. What was read before a change here is not remembered, because
    /// it can be what was changed.
    pub(crate) fn remember(
        &self,
        fingerprint: String,
        (owner, registered): (&KeyOwner, &Merchant),
        as_of: AsOf,
        now: Timestamp,
    ) {
        let mut known = self.0.borrow_mut();
        if known.changes != as_of.0 {
            return;
        }
        if known.keys.len() >= MOST {
            known.keys.retain(|_, proved| now < proved.until);
        }
        if known.keys.len() < MOST {
            let until = now.plus(REMEMBERED);
            let (owner, registered) = (owner.clone(), registered.clone());
            known.keys.insert(fingerprint, Proved { owner, registered, until });
        }
    }

    /// Forgets all, once a merchant was registered or removed or a key was revoked here.
    pub(crate) fn forget(&self) {
        let mut known = self.0.borrow_mut();
        known.keys.clear();
        known.changes += 1;
    }
}

#[cfg(test)]
mod tests;

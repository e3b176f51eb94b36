//! The challenges of which it is known that they ended without being verified, so that their objects
//! need not be asked who wants what again. An end is final. What is known here only refuses.

use std::{collections::BTreeMap, time::Duration};

use super::{Ended, Refusal, Refused, Reply, Status, TriesLeft, View};
use crate::{digest::Digest, ids::ChallengeId, rules::Rules, time::Timestamp};

/// How long an end is remembered: about as long as KV shows a record that was deleted elsewhere. An
/// erased challenge is told as ended for so long, and then as unknown.
const REMEMBERED: Duration = Duration::from_secs(60);

/// How many ends are remembered. Beyond them, the objects are asked.
const MOST: usize = 1_000;

/// Ends that objects told, each with what its answer is written with.
pub struct KnownEnds<T>(BTreeMap<ChallengeId, KnownEnd<T>>);

/// What the form of a challenge was posted for: a code, or another send.
pub struct Post<'a> {
    /// The challenge.
    pub id: &'a ChallengeId,
    /// The digest of the caller's record.
    pub record: Digest,
    /// The digest of the code with its attempt's name, if it has one.
    pub attempt: Option<Digest>,
}

struct KnownEnd<T> {
    ended: Ended,
    record: Digest,
    /// The name of the attempt that is answered with what it got, and not with the end.
    last: LastName,
    until: Timestamp,
    with: T,
}

/// What is known of the attempt that failed a challenge: the same attempt gets the same answer again.
enum LastName {
    /// It had a name or none, and its answer was seen.
    Seen(Option<Digest>),
    /// Nothing.
    Unknown,
    /// No attempt gets its answer again: the challenge did not fail.
    None,
}

impl LastName {
    /// Whether an attempt is surely another one.
    fn is_not(&self, attempt: Option<Digest>) -> bool {
        match self {
            Self::Seen(last) => attempt.is_none() || attempt != *last,
            Self::Unknown => attempt.is_none(),
            Self::None => true,
        }
    }
}

impl<T> Default for KnownEnds<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> KnownEnds<T> {
    /// How a challenge ended, if the object would refuse what is asked with that at `now`, and what was
    /// kept beside the end. `None` where only the object can tell.
    #[must_use]
    pub fn find(&self, asked: &Post<'_>, now: Timestamp) -> Option<(Ended, &T)> {
        let known = self.0.get(asked.id).filter(|known| now < known.until)?;
        let is_refused = known.record == asked.record && known.last.is_not(asked.attempt);
        is_refused.then_some((known.ended, &known.with))
    }

    /// Learns from the reply to what was asked, if it tells an end whose refusals are all the same from
    /// then on. `with` makes what is kept beside the end.
    pub fn learn(
        &mut self,
        asked: &Post<'_>,
        reply: &Reply,
        rules: &Rules,
        now: Timestamp,
        with: impl FnOnce(&View) -> T,
    ) {
        let Some((ended, last, view)) = told(reply, asked.attempt) else { return };
        if self.0.len() >= MOST {
            self.0.retain(|_, known| now < known.until);
        }
        if self.0.len() < MOST || self.0.contains_key(asked.id) {
            let until = now.plus(REMEMBERED).min(rules.forgotten_at(view.expires_at));
            let (record, with) = (asked.record, with(view));
            self.0.insert(asked.id.clone(), KnownEnd { ended, record, last, until, with });
        }
    }

    /// Forgets a challenge, which was erased.
    pub fn forget(&mut self, id: &ChallengeId) {
        self.0.remove(id);
    }
}

/// The end that a reply tells, and how the challenge stands.
fn told(reply: &Reply, attempt: Option<Digest>) -> Option<(Ended, LastName, &View)> {
    let Reply::Refused(Refused::Rule(refusal), Some(view)) = reply else { return None };
    let (ended, last) = match (refusal, view.status) {
        (Refusal::Ended(Ended::Failed), Status::Failed) => (Ended::Failed, LastName::Unknown),
        (Refusal::Ended(ended @ (Ended::Expired | Ended::Canceled)), _) => (*ended, LastName::None),
        (Refusal::WrongCode(TriesLeft(0)) | Refusal::CodeUsed(TriesLeft(0)), Status::Failed) => {
            (Ended::Failed, LastName::Seen(attempt))
        }
        _ => return None,
    };
    // A directory server's challenge has more to tell after its end.
    view.three_ds.is_none().then_some((ended, last, view))
}

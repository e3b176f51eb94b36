//! The ended challenges that this isolate remembers. Whoever goes on to type codes into one of them is
//! refused without KV and without the cardholder's object.

use std::{cell::RefCell, rc::Rc};

use warifu_core::{
    cardholder::{Ended, KnownEnds, Post, Reply, View},
    digest::Digest,
    ids::ChallengeId,
    record::ChallengeRecord,
    rules::Rules,
    time::Timestamp,
};

/// An ended challenge, as it was when its end was told. The channel of its log lines is that of then.
#[derive(Clone)]
pub(crate) struct EndedChallenge {
    pub(crate) record: ChallengeRecord,
    pub(crate) view: View,
}

/// What an isolate remembers.
#[derive(Default)]
pub(crate) struct RememberedEnds(RefCell<KnownEnds<EndedChallenge>>);

thread_local! {
    static ISOLATE: Rc<RememberedEnds> = Rc::default();
}

impl RememberedEnds {
    /// Those of this isolate.
    pub(crate) fn of_isolate() -> Rc<Self> {
        ISOLATE.with(Rc::clone)
    }

    /// How a challenge ended, if what is asked of it is refused with that.
    pub(crate) fn find(&self, asked: &Post<'_>, now: Timestamp) -> Option<(Ended, EndedChallenge)> {
        let ends = self.0.borrow();
        ends.find(asked, now).map(|(ended, challenge)| (ended, challenge.clone()))
    }

    /// Learns from the reply to what was asked of the challenge of a record.
    pub(crate) fn learn(
        &self,
        record: &ChallengeRecord,
        attempt: Option<Digest>,
        reply: &Reply,
        rules: &Rules,
        now: Timestamp,
    ) {
        let asked = Post { id: &record.id, record: record.digest(), attempt };
        self.0.borrow_mut().learn(&asked, reply, rules, now, |view| EndedChallenge {
            record: record.clone(),
            view: view.clone(),
        });
    }

    /// Forgets a challenge whose record is deleted here.
    pub(crate) fn forget(&self, id: &ChallengeId) {
        self.0.borrow_mut().forget(id);
    }
}

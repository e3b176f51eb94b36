//! What a directory server asked before: a repeat of a request for authentication is told from another
//! one with the ids of the first. A row for each transaction, many in one object; see [`crate::bucket`].

use std::time::Duration;

use minicbor::{Decode, Encode};

use crate::{digest::Digest, optional, time::Timestamp};

/// The beginning of every row's key.
pub const ROWS: &str = "request:";

/// How long a transaction is known. Directory servers repeat a request within seconds. A challenge is
/// kept as long at least, so that a repeat finds it.
pub const KNOWN_FOR: Duration = Duration::from_secs(86_400);

/// Over how many objects the transactions are spread.
const BUCKETS: u8 = 64;

/// A request for authentication.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Request {
    /// The name of its transaction, which a repeat has too.
    #[n(0)]
    pub transaction: Digest,
    /// What it says.
    #[n(1)]
    pub content: Digest,
    /// The name of the master key from which the id of its challenge would be made now.
    #[n(2)]
    pub master_key: String,
    /// The number of the key from which its authentication value would be made now, if it is made here.
    #[cbor(n(3), with = "optional", has_nil)]
    pub value_key: Option<String>,
}

impl Request {
    /// The name of the object that knows the transaction.
    #[must_use]
    pub fn object(&self) -> String {
        let [first, ..] = self.transaction.bytes();
        format!("requests/{:02}", first % BUCKETS)
    }

    /// The key of its row. All keys have one length.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{ROWS}{}", self.transaction.hex())
    }
}

/// What is kept of the first request of a transaction; nothing before it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct KnownRequest {
    #[cbor(n(0), with = "optional", has_nil)]
    first: Option<First>,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct First {
    #[n(0)]
    content: Digest,
    #[n(1)]
    master_key: String,
    #[n(2)]
    at: Timestamp,
    #[cbor(n(3), with = "optional", has_nil)]
    value_key: Option<String>,
}

/// Whether a request is the first one of its transaction.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub enum Repetition {
    /// It is, or says what the first one said.
    #[n(0)]
    Same {
        /// The name of the master key from which the id of the challenge is made.
        #[n(0)]
        master_key: String,
        /// When the first one came.
        #[n(1)]
        at: Timestamp,
        /// The number of the key from which the authentication value is made; `None` where none is made
        /// here, or where a release before this field took the first one.
        #[cbor(n(2), with = "optional", has_nil)]
        value_key: Option<String>,
    },
    /// It says something else.
    #[n(1)]
    Changed,
}

impl KnownRequest {
    /// Takes a request at `now`.
    #[must_use]
    pub fn decide(self, request: Request, now: Timestamp) -> (Self, Repetition) {
        let Request { transaction: _, content, master_key, value_key } = request;
        let known = self.first.filter(|first| now < first.at.plus(KNOWN_FOR));
        let first = known.unwrap_or(First { content, master_key, at: now, value_key });
        let repetition = match first.content == content {
            true => Repetition::Same {
                master_key: first.master_key.clone(),
                at: first.at,
                value_key: first.value_key.clone(),
            },
            false => Repetition::Changed,
        };
        (Self { first: Some(first) }, repetition)
    }

    /// When it is known no more.
    #[must_use]
    pub fn forgotten_at(&self) -> Option<Timestamp> {
        self.first.as_ref().map(|first| first.at.plus(KNOWN_FOR))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        digest::Hasher,
        wire::{self, frozen},
    };

    fn digest(text: &str) -> Digest {
        Hasher::new(text).finish()
    }

    fn request(content: &str, key: &str) -> Request {
        let (transaction, content) = (digest("transaction"), digest(content));
        let (master_key, value_key) = (key.to_owned(), Some(format!("value-{key}")));
        Request { transaction, content, master_key, value_key }
    }

    fn same(key: &str, at: Timestamp) -> Repetition {
        let (master_key, value_key) = (key.to_owned(), Some(format!("value-{key}")));
        Repetition::Same { master_key, at, value_key }
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(1_000 * seconds)
    }

    #[test]
    fn a_repeat_has_the_first_one_s_keys_and_a_changed_one_is_told() {
        let (known, first) = KnownRequest::default().decide(request("a", "k1"), at(10));
        assert_eq!(first, same("k1", at(10)));
        let (again, repeat) = known.clone().decide(request("a", "k2"), at(20));
        assert_eq!((again, repeat), (known.clone(), first));
        let (after, changed) = known.clone().decide(request("b", "k1"), at(30));
        assert_eq!((after, changed), (known.clone(), Repetition::Changed));
        assert_eq!(known.forgotten_at(), Some(at(10 + 86_400)));
    }

    #[test]
    fn after_a_day_a_transaction_is_new() {
        let (known, _) = KnownRequest::default().decide(request("a", "k1"), at(10));
        let (_, before) = known.clone().decide(request("b", "k2"), at(10 + 86_399));
        assert_eq!(before, Repetition::Changed);
        let (after, then) = known.decide(request("b", "k2"), at(10 + 86_400));
        let now = at(10 + 86_400);
        assert_eq!(then, same("k2", now));
        assert_eq!(after.forgotten_at(), Some(at(10 + 2 * 86_400)));
    }

    #[test]
    fn rows_are_spread_over_the_objects_by_their_transaction() {
        let [one, other] =
            ["a", "b"].map(|name| Request { transaction: digest(name), ..request("", "") });
        assert_ne!(one.key(), other.key());
        assert_eq!(one.key().len(), ROWS.len() + 64);
        assert_eq!(one.object(), Request { content: digest("x"), ..one.clone() }.object());
        assert!(one.object().starts_with("requests/"));
    }

    #[test]
    fn stored_form_and_protocol_are_frozen() {
        let before = Request { value_key: None, ..request("a", "k1") };
        let (known_before, same_before) = KnownRequest::default().decide(before.clone(), at(10));
        let now = request("a", "k1");
        let (known, same) = KnownRequest::default().decide(now.clone(), at(10));
        let lines = vec![
            ("request.asked", wire::write_asked(&before, at(10)).unwrap()),
            ("request.known", wire::write_state(&known_before).unwrap()),
            ("request.same", wire::write_answer(&same_before).unwrap()),
            ("request.changed", wire::write_answer(&Repetition::Changed).unwrap()),
            ("request.asked.value_key", wire::write_asked(&now, at(10)).unwrap()),
            ("request.known.value_key", wire::write_state(&known).unwrap()),
            ("request.same.value_key", wire::write_answer(&same).unwrap()),
        ];
        frozen::hold(&lines);
        for (name, request) in [("request.asked", before), ("request.asked.value_key", now)] {
            assert_eq!(wire::read_asked(frozen::text(name)), Ok((at(10), request)));
        }
        for (name, row) in [("request.known", known_before), ("request.known.value_key", known)] {
            assert_eq!(wire::read_state(frozen::text(name)), Ok(row));
        }
        for (name, reply) in [
            ("request.same", same_before),
            ("request.same.value_key", same),
            ("request.changed", Repetition::Changed),
        ] {
            assert_eq!(wire::read_answer(frozen::text(name)), Ok(reply));
        }
    }
}

//! What a directory server asked before: a repeat of a request for authentication is told from another
//! one with the ids of the first. A row for each transaction, many in one object; see [`crate::bucket`].

use std::time::Duration;

use minicbor::{Decode, Encode};

use crate::{digest::Digest, optional, time::Timestamp};

/// The beginning of every row's key.
pub const ROWS: &str = "request:";

/// How long a transaction is known. Directory servers repeat a request within seconds; a challenge and
/// what is stored of it is over by then.
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
    },
    /// It says something else.
    #[n(1)]
    Changed,
}

impl KnownRequest {
    /// Takes a request at `now`.
    #[must_use]
    pub fn decide(self, request: Request, now: Timestamp) -> (Self, Repetition) {
        let Request { transaction: _, content, master_key } = request;
        let known = self.first.filter(|first| now < first.at.plus(KNOWN_FOR));
        let first = known.unwrap_or(First { content, master_key, at: now });
        let repetition = match first.content == content {
            true => Repetition::Same { master_key: first.master_key.clone(), at: first.at },
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

    fn request(content: &str, master_key: &str) -> Request {
        let master_key = master_key.to_owned();
        Request { transaction: digest("transaction"), content: digest(content), master_key }
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(1_000 * seconds)
    }

    #[test]
    fn a_repeat_has_the_first_one_s_master_key_and_a_changed_one_is_told() {
        let (known, first) = KnownRequest::default().decide(request("a", "k1"), at(10));
        assert_eq!(first, Repetition::Same { master_key: "k1".to_owned(), at: at(10) });
        let (again, same) = known.clone().decide(request("a", "k2"), at(20));
        assert_eq!((again, same), (known.clone(), first));
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
        assert_eq!(then, Repetition::Same { master_key: "k2".to_owned(), at: now });
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
        let asked = request("a", "k1");
        let (known, same) = KnownRequest::default().decide(asked.clone(), at(10));
        let lines = vec![
            ("request.asked", wire::write_request(&asked, at(10)).unwrap()),
            ("request.known", wire::write_known_request(&known).unwrap()),
            ("request.same", wire::write_repetition(&same).unwrap()),
            ("request.changed", wire::write_repetition(&Repetition::Changed).unwrap()),
        ];
        frozen::hold(&lines);
        assert_eq!(wire::read_request(frozen::text("request.asked")), Ok((at(10), asked)));
        assert_eq!(wire::read_known_request(frozen::text("request.known")), Ok(known));
        assert_eq!(wire::read_repetition(frozen::text("request.same")), Ok(same));
        assert_eq!(wire::read_repetition(frozen::text("request.changed")), Ok(Repetition::Changed));
    }
}

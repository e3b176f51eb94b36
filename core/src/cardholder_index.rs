//! The index of cardholders: one object has the ids of all, because objects cannot be enumerated. A row
//! each, named by the id; nothing else is kept of anybody.
//!
//! What is asked and answered is here. There is nothing to decide: the object adds, removes and reads rows.

use minicbor::{Decode, Encode};

use crate::{ids::CardholderId, optional};

/// The beginning of every row's key.
pub const ROWS: &str = "id:";

/// The most that one page has.
pub const MOST: u16 = 1_000;

/// What the Worker asks of the index.
#[derive(Encode, Decode)]
#[cbor(map)]
pub enum IndexCommand {
    /// These cardholders are registered. Those that the index has cost no write.
    #[n(0)]
    Add(#[n(0)] Vec<CardholderId>),
    /// This cardholder is erased.
    #[n(1)]
    Remove(#[n(0)] CardholderId),
    /// The ids behind this one, in their order, byte by byte.
    #[n(2)]
    List(#[cbor(n(0), with = "optional", has_nil)] Option<CardholderId>, #[n(1)] u16),
}

/// What the index answers.
#[derive(Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub enum IndexReply {
    /// It is added, or removed.
    #[n(0)]
    Done,
    /// A page of ids, and whether there are more behind it.
    #[n(1)]
    Listed(#[n(0)] Vec<CardholderId>, #[n(1)] bool),
}

/// The key of a cardholder's row.
#[must_use]
pub fn key(id: &CardholderId) -> String {
    format!("{ROWS}{}", id.as_str())
}

/// The id in a row's key.
#[must_use]
pub fn id_of(key: &str) -> Option<CardholderId> {
    CardholderId::parse(key.strip_prefix(ROWS)?).ok()
}

/// What sorts behind the row of this id and before every other row behind it: no id has a letter as small
/// as this one.
#[must_use]
pub fn behind(id: &CardholderId) -> String {
    format!("{}!", key(id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{self, frozen};

    fn id(text: &str) -> CardholderId {
        CardholderId::parse(text).unwrap()
    }

    #[test]
    fn what_is_behind_an_id_is_every_greater_one_and_no_other() {
        let ids =
            ["-", "-a", ".a", "0", "A", "Z", "_", "a", "a-", "a.", "a0", "aA", "a_", "aa", "b"];
        assert!(ids.is_sorted());
        for (at, text) in ids.iter().enumerate() {
            let start = behind(&id(text));
            let found: Vec<_> = ids.iter().filter(|other| key(&id(other)) >= start).collect();
            assert_eq!(found, ids[at + 1..].iter().collect::<Vec<_>>(), "{text}");
        }
    }

    #[test]
    fn a_key_says_whose_it_is() {
        assert_eq!(id_of(&key(&id("taro"))), Some(id("taro")));
        for other in ["id", "id:", "seconds_ahead", "id:a b"] {
            assert_eq!(id_of(other), None, "{other}");
        }
    }

    #[test]
    fn stored_form_and_protocol_are_frozen() {
        let commands = || {
            [
                ("index.add", IndexCommand::Add(vec![id("taro"), id("hanako")])),
                ("index.remove", IndexCommand::Remove(id("taro"))),
                ("index.list", IndexCommand::List(None, 100)),
                ("index.list_after", IndexCommand::List(Some(id("taro")), MOST)),
            ]
        };
        let replies = || {
            [
                ("indexed.done", IndexReply::Done),
                ("indexed.listed", IndexReply::Listed(vec![id("taro")], true)),
            ]
        };
        let mut lines = vec![("index.row", key(&id("taro")))];
        lines.extend(commands().map(|(name, asked)| (name, wire::write_answer(&asked).unwrap())));
        lines.extend(replies().map(|(name, reply)| (name, wire::write_answer(&reply).unwrap())));
        frozen::hold(&lines);
        for (name, asked) in commands() {
            let read: IndexCommand = wire::read_answer(frozen::text(name)).unwrap();
            assert_eq!(wire::write_answer(&read), wire::write_answer(&asked), "{name}");
        }
        for (name, reply) in replies() {
            assert_eq!(wire::read_answer(frozen::text(name)), Ok(reply), "{name}");
        }
    }
}

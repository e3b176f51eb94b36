//! What is stored of a transaction when its challenge is opened. It never changes.

use minicbor::{Decode, Encode};
use warifu_core::wire::{self, State, Unreadable};

use crate::{
    areq::{AReq, Category},
    erro::{Erro, KnownIds},
    ids::TransId,
    pan::CardDigest,
    version::Version,
};

/// One transaction that is challenged.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Transaction {
    /// `messageVersion`
    #[n(0)]
    pub version: Version,
    /// `messageCategory`
    #[n(1)]
    pub category: Category,
    /// Our name for the directory server.
    #[n(2)]
    pub directory_server: String,
    /// `threeDSServerTransID`
    #[n(3)]
    pub three_ds_server_trans_id: TransId,
    /// `dsTransID`
    #[n(4)]
    pub ds_trans_id: TransId,
    /// `acsTransID`
    #[n(5)]
    pub acs_trans_id: TransId,
    /// `dsURL`: where the RReq goes.
    #[n(6)]
    pub ds_url: String,
    /// `notificationURL`: where the CRes goes.
    #[n(7)]
    pub notification_url: String,
    /// The card, for the authentication value.
    #[n(8)]
    pub card: CardDigest,
}

impl State for Transaction {
    /// Transactions were stored by a reader of their own before they were by core's.
    const FORMAT: u8 = 1;
}

impl Transaction {
    /// The transaction of an AReq that is answered with a challenge; `None` for one that is not of a
    /// browser.
    #[must_use]
    pub fn of(areq: &AReq, from: &str, acs_trans_id: TransId, card: CardDigest) -> Option<Self> {
        Some(Self {
            version: areq.version,
            category: areq.category,
            directory_server: from.to_owned(),
            three_ds_server_trans_id: areq.three_ds_server_trans_id.clone(),
            ds_trans_id: areq.ds_trans_id.clone(),
            acs_trans_id,
            ds_url: areq.ds_url.clone(),
            notification_url: areq.notification_url.clone()?,
            card,
        })
    }

    /// Its stored form.
    ///
    /// # Errors
    /// Never for this type; the format allows for others.
    pub fn write(&self) -> Result<String, Unreadable> {
        wire::write_state(self)
    }

    /// Reads a stored form.
    ///
    /// # Errors
    /// [`Unreadable`] for bytes that this version does not know.
    pub fn read(text: &str) -> Result<Self, Unreadable> {
        wire::read_state(text)
    }

    /// Its transaction ids.
    #[must_use]
    pub fn ids(&self) -> KnownIds {
        KnownIds {
            three_ds_server: Some(self.three_ds_server_trans_id.clone()),
            ds: Some(self.ds_trans_id.clone()),
            acs: Some(self.acs_trans_id.clone()),
            sdk: None,
        }
    }

    /// An error about this transaction: in its version, with its ids.
    #[must_use]
    pub fn says(&self, erro: Erro) -> Erro {
        Erro { version: self.version, ids: self.ids(), ..erro }
    }
}

#[cfg(test)]
mod tests {
    use base64ct::{Base64UrlUnpadded, Encoding as _};

    use super::*;
    use crate::fixtures::{Message, transaction};

    /// Transactions are stored so until they are forgotten, a day after their end.
    const FROZEN: &str = "AakAggCgAYIAoAJkdGVzdAN4JDhhODgwZGMwLWQyZDItNDA2Ny1iY2IxLWIwOGQxNjkwYjI2ZQR4JGYyNTA4NGYwLTViMTYtNGMwYS1hZTVkLWIyNDgwOGE5NWU0YgV4JGQ3YzFlZTk5LTk0NzgtNDRhNi1iMWYyLTM5MWUyOWM2YjM0MAZ4Gmh0dHBzOi8vZHMuZXhhbXBsZS9yZXN1bHRzB3gfaHR0cHM6Ly9zaG9wLmV4YW1wbGUvM2RzL25vdGlmeQhYIIbqZYD6FRJAEdhcJTGxNXHiYYJtGyEos7CJyVZ3_VAm";

    #[test]
    fn the_stored_form_is_frozen() {
        let stored = transaction(Version::V220);
        assert_eq!(stored.write().unwrap(), FROZEN);
        assert!(Transaction::read(FROZEN).unwrap() == stored);
    }

    #[test]
    fn what_is_not_known_is_not_read() {
        let text = transaction(Version::V231).write().unwrap();
        let bytes = Base64UrlUnpadded::decode_vec(&text).unwrap();
        let longer = [&bytes[..], &[0]].concat();
        for (changed, why) in [
            (&bytes[1..], Unreadable::Newer),
            (&[2, 0xa0], Unreadable::Newer),
            (&bytes[..bytes.len() - 1], Unreadable::Damaged),
            (&longer, Unreadable::Damaged),
            (&[], Unreadable::Damaged),
            (&[1], Unreadable::Damaged),
            (&[1, 0xa0], Unreadable::Damaged),
        ] {
            let text = Base64UrlUnpadded::encode_string(changed);
            assert_eq!(Transaction::read(&text).err(), Some(why), "{text}");
        }
        assert_eq!(Transaction::read("no base64!").err(), Some(Unreadable::Damaged));
    }

    #[test]
    fn only_a_browser_s_transaction_has_a_challenge() {
        let app = Message::payment(Version::V220).set("deviceChannel", "01").areq();
        let stored = transaction(Version::V220);
        assert!(Transaction::of(&app, "test", stored.acs_trans_id, stored.card).is_none());
    }
}

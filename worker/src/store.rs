//! Workers KV: every key and its form.
//!
//! | key | value | written |
//! | --- | --- | --- |
//! | `challenge:<id>` | the challenge record | once, with a TTL; deleted when its cardholder is erased |
//! | `test-challenge:<id>` | the record of a test challenge | once, with a TTL |
//! | `card:<digest>` | the cardholder whose card it is | by the issuer |
//! | `merchant:<id>` | name and origins; when one of this id was removed before; metadata: the name | by the issuer |
//! | `removed:<merchant>` | when it was removed last | when it is removed; stays |
//! | `events-of:<merchant>` | where its events go, and what derives their secret | by the issuer |
//! | `test-events-of:<merchant>` | the same, of tests | by the issuer |
//! | `key:<SHA-256>` | whose key it is, and when it was made | once; deleted to revoke |
//! | `keys-of:<merchant>:<key id>` | the key's SHA-256; metadata when it was made, and its mode | with the former |

mod endpoint;
mod merchants;
mod stored;

pub(crate) use endpoint::{Endpoint, Former};
pub(crate) use merchants::{KeyEntry, KeyOwner, Merchant, MerchantEntry, Removal};

use serde::Serialize;
use serde_json::Value;
use warifu_core::{
    digest::Digest,
    ids::{CardholderId, ChallengeId},
    record::ChallengeRecord,
    rules::Rules,
    test_mode::{TestChallengeId, TestRecord},
    time::Timestamp,
};
use warifu_delivery::json::Fields;
use worker::{Env, KvError, KvStore};

use self::stored::Misread;
use crate::{
    bindings::{wait, within},
    problem::Problem,
};

/// Entries of a list, and where it goes on if it does.
pub(crate) struct Listed<T> {
    pub(crate) entries: Vec<T>,
    pub(crate) next: Option<String>,
}

/// How long a record that is missing is waited for, before each further read.
const PAUSES_MS: [u32; 2] = [50, 200];

/// How long KV is waited for, in milliseconds.
const PATIENCE_MS: u32 = 5_000;

/// How long after a write KV takes the next one of the same key.
pub(crate) const ONE_WRITE_A_SECOND_MS: u32 = 1_100;

/// How long a record that KV did not take is held back, before it is written each further time. Of three
/// that write the same record at once, KV then takes each.
const WRITTEN_AGAIN_MS: [u32; 2] = [ONE_WRITE_A_SECOND_MS, 2 * ONE_WRITE_A_SECOND_MS];

pub(crate) struct Store(KvStore);

impl Store {
    pub(crate) fn of(env: &Env) -> Result<Self, Problem> {
        const NAMESPACE: &str = "WARIFU";
        env.kv(NAMESPACE).map(Self).map_err(|_| Problem::unbound(NAMESPACE))
    }

    /// Writes a record, once. A retry of a create, or of an AReq, writes the same bytes again, and KV may
    /// refuse that for a second. The record ends when the object forgets the challenge, which runs out
    /// at `expires_at`.
    pub(crate) async fn put_challenge(
        &self,
        record: &ChallengeRecord,
        expires_at: Timestamp,
        rules: &Rules,
        now: Timestamp,
    ) -> Result<(), Problem> {
        let (key, value) = (challenge_key(&record.id), serde_json::to_string(record)?);
        self.put_record(&key, &value, record_life(expires_at, rules, now)).await
    }

    /// Writes a record, and again where KV does not take it. KV that does not answer is waited for once.
    async fn put_record(&self, key: &str, value: &str, ttl_seconds: u64) -> Result<(), Problem> {
        for pause in WRITTEN_AGAIN_MS {
            let put = self.0.put(key, value)?.expiration_ttl(ttl_seconds);
            match within(PATIENCE_MS, put.execute()).await {
                Some(Ok(())) => return Ok(()),
                Some(Err(_)) => wait(pause).await,
                None => return Err(late()),
            }
        }
        let put = self.0.put(key, value)?.expiration_ttl(ttl_seconds);
        answered(put.execute()).await
    }

    /// Reads a record. A location may not have seen the write yet, so a missing record is read
    /// twice more. `None` when it is still missing.
    pub(crate) async fn challenge(
        &self,
        id: &ChallengeId,
    ) -> Result<Option<ChallengeRecord>, Problem> {
        for pause in PAUSES_MS {
            if let Some(record) = self.record(id).await? {
                return Ok(Some(record));
            }
            wait(pause).await;
        }
        self.record(id).await
    }

    /// Reads a record once: `None` also when this location has not seen the write yet.
    pub(crate) async fn record(
        &self,
        id: &ChallengeId,
    ) -> Result<Option<ChallengeRecord>, Problem> {
        self.get(&challenge_key(id), stored::record).await
    }

    /// The cardholder for whom a card was registered last. Their object knows whether it still is
    /// theirs.
    pub(crate) async fn card(&self, card: &Digest) -> Result<Option<CardholderId>, Problem> {
        let owner = answered(self.0.get(&card_key(card)).text()).await?;
        Ok(owner.and_then(|owner| CardholderId::parse(&owner).ok()))
    }

    /// Writes whose card it is.
    pub(crate) async fn put_card(
        &self,
        card: &Digest,
        owner: &CardholderId,
    ) -> Result<(), Problem> {
        answered(self.0.put(&card_key(card), owner.as_str())?.execute()).await
    }

    /// Deletes whose card it is.
    pub(crate) async fn delete_card(&self, card: &Digest) -> Result<(), Problem> {
        self.delete(&card_key(card)).await
    }

    /// Deletes a record.
    pub(crate) async fn delete_challenge(&self, id: &ChallengeId) -> Result<(), Problem> {
        self.delete(&challenge_key(id)).await
    }

    /// Writes the record of a test challenge.
    pub(crate) async fn put_test_challenge(
        &self,
        record: &TestRecord,
        expires_at: Timestamp,
        rules: &Rules,
        now: Timestamp,
    ) -> Result<(), Problem> {
        let (key, value) = (test_challenge_key(&record.id), serde_json::to_string(record)?);
        self.put_record(&key, &value, record_life(expires_at, rules, now)).await
    }

    /// Reads the record of a test challenge, as [`Self::challenge`] does.
    pub(crate) async fn test_challenge(
        &self,
        id: &TestChallengeId,
    ) -> Result<Option<TestRecord>, Problem> {
        for pause in PAUSES_MS {
            if let Some(record) = self.test_record(id).await? {
                return Ok(Some(record));
            }
            wait(pause).await;
        }
        self.test_record(id).await
    }

    /// Reads it once.
    pub(crate) async fn test_record(
        &self,
        id: &TestChallengeId,
    ) -> Result<Option<TestRecord>, Problem> {
        self.get(&test_challenge_key(id), stored::test_record).await
    }

    async fn put<T: Serialize>(&self, key: &str, value: &T) -> Result<(), Problem> {
        answered(self.0.put(key, serde_json::to_string(value)?)?.execute()).await
    }

    async fn delete(&self, key: &str) -> Result<(), Problem> {
        answered(self.0.delete(key)).await
    }

    /// Every key of a prefix: its name, and its metadata if it has any.
    async fn list(&self, prefix: &str) -> Result<Vec<(String, Option<Value>)>, Problem> {
        let mut keys = Vec::new();
        let mut cursor = None;
        loop {
            let mut list = self.0.list().prefix(prefix.to_owned());
            if let Some(cursor) = cursor {
                list = list.cursor(cursor);
            }
            let page = answered(list.execute()).await?;
            keys.extend(page.keys.into_iter().map(|key| (key.name, key.metadata)));
            cursor = page.cursor.filter(|_| !page.list_complete);
            if cursor.is_none() {
                return Ok(keys);
            }
        }
    }

    /// One page of the keys of a prefix, without that, in their order.
    async fn page(
        &self,
        prefix: &str,
        limit: usize,
        after: Option<String>,
    ) -> Result<Listed<(String, Option<Value>)>, Problem> {
        let mut list = self.0.list().prefix(prefix.to_owned());
        list = list.limit(u64::try_from(limit).unwrap_or(u64::MAX));
        if let Some(after) = after {
            list = list.cursor(after);
        }
        let page = answered(list.execute()).await?;
        let keys = page.keys.into_iter();
        let named = |name: String| name.strip_prefix(prefix).unwrap_or_default().to_owned();
        let entries = keys.map(|key| (named(key.name), key.metadata)).collect();
        Ok(Listed { entries, next: page.cursor.filter(|_| !page.list_complete) })
    }

    async fn get<T>(
        &self,
        key: &str,
        read: impl Fn(Fields) -> Result<T, Misread>,
    ) -> Result<Option<T>, Problem> {
        let Some(text) = answered(self.0.get(key).text()).await? else { return Ok(None) };
        let value = Fields::of_body(text.as_bytes()).map_err(Misread::from).and_then(read);
        value.map(Some).map_err(|why| match why {
            Misread::Newer => Problem::unavailable("a stored value is of a newer version"),
            Misread::Damaged => Problem::internal("a stored value was not understood"),
        })
    }
}

/// What KV answers, if it does in time.
async fn answered<T>(asked: impl Future<Output = Result<T, KvError>>) -> Result<T, Problem> {
    Ok(within(PATIENCE_MS, asked).await.ok_or_else(late)??)
}

fn late() -> Problem {
    Problem::unavailable("KV did not answer")
}

fn card_key(card: &Digest) -> String {
    format!("card:{}", card.hex())
}

fn challenge_key(id: &ChallengeId) -> String {
    format!("challenge:{id}")
}

fn test_challenge_key(id: &TestChallengeId) -> String {
    format!("test-challenge:{id}")
}

/// How long a record is kept, in seconds.
fn record_life(expires_at: Timestamp, rules: &Rules, now: Timestamp) -> u64 {
    /// The shortest TTL that KV takes.
    const FLOOR_SECONDS: u64 = 60;
    rules.forgotten_at(expires_at).seconds_from(now).max(FLOOR_SECONDS)
}

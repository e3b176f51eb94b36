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
mod stored;

pub(crate) use endpoint::{Endpoint, Former};

use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use warifu_core::{
    digest::Digest,
    ids::{CardholderId, ChallengeId, KeyId, MerchantId},
    record::ChallengeRecord,
    rules::Rules,
    secret::KeyMode,
    test_mode::{TestChallengeId, TestRecord},
    text::MerchantName,
    time::Timestamp,
};
use warifu_delivery::json::{Fields, Json};
use worker::{Env, KvError, KvStore};

use self::stored::Misread;
use crate::{
    bindings::{wait, within},
    problem::Problem,
};

/// A merchant as the issuer registered it.
#[derive(Clone, Serialize)]
pub(crate) struct Merchant {
    pub(crate) name: MerchantName,
    pub(crate) origins: Vec<String>,
    /// When a merchant of this id was removed last, if one was. Keys from before then are not this
    /// merchant's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) removed_at: Option<Timestamp>,
}

impl Merchant {
    /// Whether a key belongs to this registration, and not to one of the same id that was removed.
    pub(crate) fn owns(&self, key: &KeyOwner) -> bool {
        self.removed_at.is_none_or(|removed_at| key.created_at > Some(removed_at))
    }
}

/// The owner of a key: what KV has of it.
#[derive(Clone, Serialize)]
pub(crate) struct KeyOwner {
    pub(crate) merchant: MerchantId,
    pub(crate) id: KeyId,
    /// `None` for a key that a version before this member made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) created_at: Option<Timestamp>,
}

/// The note that a merchant was removed.
#[derive(Serialize)]
pub(crate) struct Removal {
    pub(crate) at: Timestamp,
}

/// What the list of keys shows of a key.
#[derive(Serialize, Deserialize)]
struct KeyMetadata {
    created_at: String,
    /// Missing for a key that a version before this member made.
    #[serde(default)]
    mode: Option<String>,
}

/// What the list of merchants shows of a merchant.
#[derive(Serialize, Deserialize)]
struct MerchantMetadata {
    name: String,
}

/// A merchant as it is listed.
#[derive(Serialize)]
pub(crate) struct MerchantEntry {
    pub(crate) id: String,
    /// `None` for one that was removed while the list was read.
    pub(crate) name: Option<String>,
}

/// Entries of a list, and where it goes on if it does.
pub(crate) struct Listed<T> {
    pub(crate) entries: Vec<T>,
    pub(crate) next: Option<String>,
}

/// A key as it is listed.
#[derive(Serialize)]
pub(crate) struct KeyEntry {
    pub(crate) id: String,
    pub(crate) created_at: String,
    /// What it is for; `None` where that was not noted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mode: Option<String>,
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

    /// Registers a merchant, or replaces its name and origins.
    ///
    /// Whether one of this id was removed is a key of its own, which is read here although it may
    /// never have been written. That a miss is remembered for a minute costs little: see
    /// docs/decisions/merchant-removal.md.
    pub(crate) async fn put_merchant(
        &self,
        id: &MerchantId,
        name: MerchantName,
        origins: Vec<String>,
    ) -> Result<Merchant, Problem> {
        let removal = self.get(&removal_key(id), stored::removal).await?;
        let removed_at = removal.map(|removal| removal.at);
        let merchant = Merchant { name, origins, removed_at };
        let listed = MerchantMetadata { name: merchant.name.as_str().to_owned() };
        let put = self.0.put(&merchant_key(id), serde_json::to_string(&merchant)?)?;
        answered(put.metadata(listed)?.execute()).await?;
        Ok(merchant)
    }

    /// Merchants by id, from where an earlier page ended.
    pub(crate) async fn merchants(
        &self,
        limit: usize,
        after: Option<String>,
    ) -> Result<Listed<MerchantEntry>, Problem> {
        let Listed { entries, next } = self.page(MERCHANT, limit, after).await?;
        let named = entries.into_iter().map(async |(id, metadata)| {
            let metadata = metadata.and_then(|metadata| serde_json::from_value(metadata).ok());
            let name = match metadata {
                Some(MerchantMetadata { name }) => Some(name),
                // A version before this member registered it. The list has the key, so it was written.
                None => self.named(&id).await?,
            };
            Ok(MerchantEntry { id, name })
        });
        let entries: Result<Vec<_>, Problem> = join_all(named).await.into_iter().collect();
        Ok(Listed { entries: entries?, next })
    }

    async fn named(&self, id: &str) -> Result<Option<String>, Problem> {
        let merchant = self.get(&format!("{MERCHANT}{id}"), stored::merchant).await?;
        Ok(merchant.map(|merchant| merchant.name.as_str().to_owned()))
    }

    pub(crate) async fn merchant(&self, id: &MerchantId) -> Result<Option<Merchant>, Problem> {
        self.get(&merchant_key(id), stored::merchant).await
    }

    /// Forgets a merchant and every key of it that is listed. A key that the list does not show yet
    /// stays stored, and is refused since it is older than the removal.
    pub(crate) async fn delete_merchant(
        &self,
        id: &MerchantId,
        now: Timestamp,
    ) -> Result<(), Problem> {
        self.put(&removal_key(id), &Removal { at: now }).await?;
        let prefix = format!("keys-of:{}:", id.as_str());
        for (name, _) in self.list(&prefix).await? {
            if let Some(fingerprint) = answered(self.0.get(&name).text()).await? {
                self.delete_key_at(&name, &fingerprint).await?;
            }
        }
        self.delete_endpoint(id, KeyMode::Live).await?;
        self.delete_endpoint(id, KeyMode::Test).await?;
        self.delete(&merchant_key(id)).await
    }

    pub(crate) async fn put_key(
        &self,
        fingerprint: &str,
        owner: &KeyOwner,
        mode: KeyMode,
        created_at: Timestamp,
    ) -> Result<(), Problem> {
        self.put(&format!("key:{fingerprint}"), owner).await?;
        let mode = Some(mode.as_str().to_owned());
        let listed = KeyMetadata { created_at: created_at.rfc3339(), mode };
        let put = self.0.put(&listed_key(&owner.merchant, &owner.id), fingerprint)?;
        answered(put.metadata(listed)?.execute()).await
    }

    pub(crate) async fn key_owner(&self, fingerprint: &str) -> Result<Option<KeyOwner>, Problem> {
        self.get(&format!("key:{fingerprint}"), stored::key_owner).await
    }

    pub(crate) async fn keys(&self, merchant: &MerchantId) -> Result<Vec<KeyEntry>, Problem> {
        let prefix = format!("keys-of:{}:", merchant.as_str());
        let entries = self.list(&prefix).await?.into_iter().map(|(name, metadata)| {
            let metadata = metadata.and_then(|metadata| serde_json::from_value(metadata).ok());
            let (created_at, mode) = metadata
                .map(|KeyMetadata { created_at, mode }| (created_at, mode))
                .unwrap_or_default();
            let id = name.strip_prefix(&prefix).unwrap_or_default().to_owned();
            KeyEntry { id, created_at, mode }
        });
        Ok(entries.collect())
    }

    pub(crate) async fn put_endpoint(
        &self,
        merchant: &MerchantId,
        mode: KeyMode,
        endpoint: &Endpoint,
    ) -> Result<(), Problem> {
        let value = endpoint_value(endpoint).written();
        answered(self.0.put(&endpoint_key(merchant, mode), value)?.execute()).await
    }

    pub(crate) async fn endpoint(
        &self,
        merchant: &MerchantId,
        mode: KeyMode,
    ) -> Result<Option<Endpoint>, Problem> {
        self.get(&endpoint_key(merchant, mode), stored::endpoint).await
    }

    pub(crate) async fn delete_endpoint(
        &self,
        merchant: &MerchantId,
        mode: KeyMode,
    ) -> Result<(), Problem> {
        self.delete(&endpoint_key(merchant, mode)).await
    }

    /// The fingerprint of a merchant's key, if the merchant has one of that id.
    pub(crate) async fn listed_key(
        &self,
        merchant: &MerchantId,
        id: &KeyId,
    ) -> Result<Option<String>, Problem> {
        answered(self.0.get(&listed_key(merchant, id)).text()).await
    }

    /// Revokes a key.
    pub(crate) async fn delete_key(
        &self,
        merchant: &MerchantId,
        id: &KeyId,
        fingerprint: &str,
    ) -> Result<(), Problem> {
        self.delete_key_at(&listed_key(merchant, id), fingerprint).await
    }

    async fn delete_key_at(&self, listed: &str, fingerprint: &str) -> Result<(), Problem> {
        // The entry that proves the key is deleted first, then the one that lists it. A crash
        // between the two leaves a key that is listed and proves nothing.
        self.delete(&format!("key:{fingerprint}")).await?;
        self.delete(listed).await
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

fn endpoint_value(endpoint: &Endpoint) -> Json {
    let former = endpoint.former.as_ref();
    Json::object([
        ("url", endpoint.url.as_str().into()),
        ("key", endpoint.key.as_str().into()),
        ("salt", endpoint.salt.as_str().into()),
        ("former_key", former.map(|former| former.key.as_str()).into()),
        ("former_salt", former.map(|former| former.salt.as_str()).into()),
        ("former_until", former.map(|former| former.until.millis()).into()),
    ])
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

/// The beginning of merchants' keys.
const MERCHANT: &str = "merchant:";

fn merchant_key(id: &MerchantId) -> String {
    format!("{MERCHANT}{}", id.as_str())
}

fn endpoint_key(id: &MerchantId, mode: KeyMode) -> String {
    let id = id.as_str();
    match mode {
        KeyMode::Live => format!("events-of:{id}"),
        KeyMode::Test => format!("test-events-of:{id}"),
    }
}

fn removal_key(id: &MerchantId) -> String {
    format!("removed:{}", id.as_str())
}

fn listed_key(merchant: &MerchantId, id: &KeyId) -> String {
    format!("keys-of:{}:{}", merchant.as_str(), id.as_str())
}

//! Workers KV: every key and its form.
//!
//! | key | value | written |
//! | --- | --- | --- |
//! | `challenge:<id>` | the challenge record | once, with a TTL |
//! | `merchant:<id>` | name and origins | by the issuer |
//! | `key:<SHA-256>` | whose key it is | once; deleted to revoke |
//! | `keys-of:<merchant>:<key id>` | the key's SHA-256; metadata when it was made | with the former |

use std::time::Duration;

use serde::{Deserialize, Serialize};
use warifu_core::{
    ids::{ChallengeId, KeyId, MerchantId},
    record::ChallengeRecord,
    rules::Rules,
    text::MerchantName,
    time::Timestamp,
};
use worker::{Delay, kv::KvStore};

use crate::{edge::Edge, problem::Problem};

/// A merchant as the issuer registered it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Merchant {
    pub(crate) name: MerchantName,
    pub(crate) origins: Vec<String>,
}

/// Whose key a key is.
#[derive(Serialize, Deserialize)]
pub(crate) struct KeyOwner {
    pub(crate) merchant: MerchantId,
    pub(crate) id: KeyId,
}

/// A key as it is listed.
#[derive(Serialize)]
pub(crate) struct KeyEntry {
    pub(crate) id: String,
    pub(crate) created_at: String,
}

#[derive(Serialize)]
struct KeyMetadata {
    created_at: String,
}

pub(crate) struct Store(KvStore);

impl Store {
    pub(crate) fn of(edge: &Edge) -> Result<Self, Problem> {
        Ok(Self(edge.env.kv("WARIFU")?))
    }

    /// Writes a record, once. A retry of a create writes the same bytes again.
    pub(crate) async fn put_challenge(
        &self,
        record: &ChallengeRecord,
        rules: &Rules,
    ) -> Result<(), Problem> {
        const FLOOR_SECONDS: u64 = 60;
        let life = rules.challenge_life + rules.retention;
        self.put(&challenge_key(&record.id), record, Some(life.as_secs().max(FLOOR_SECONDS))).await
    }

    /// Reads a record. A location that has not seen the write yet gets two more chances; a record
    /// that stays missing is none.
    pub(crate) async fn challenge(
        &self,
        id: &ChallengeId,
    ) -> Result<Option<ChallengeRecord>, Problem> {
        const PAUSES_MS: [u64; 2] = [50, 200];
        for pause in PAUSES_MS {
            if let Some(record) = self.get(&challenge_key(id)).await? {
                return Ok(Some(record));
            }
            Delay::from(Duration::from_millis(pause)).await;
        }
        self.get(&challenge_key(id)).await
    }

    pub(crate) async fn put_merchant(
        &self,
        id: &MerchantId,
        merchant: &Merchant,
    ) -> Result<(), Problem> {
        self.put(&merchant_key(id), merchant, None).await
    }

    pub(crate) async fn merchant(&self, id: &MerchantId) -> Result<Option<Merchant>, Problem> {
        self.get(&merchant_key(id)).await
    }

    /// Forgets a merchant and every key of it.
    pub(crate) async fn delete_merchant(&self, id: &MerchantId) -> Result<(), Problem> {
        let prefix = format!("keys-of:{}:", id.as_str());
        for key in self.list(&prefix).await? {
            self.delete_key_at(&key.name).await?;
        }
        Ok(self.0.delete(&merchant_key(id)).await?)
    }

    pub(crate) async fn put_key(
        &self,
        fingerprint: &str,
        owner: &KeyOwner,
        created_at: Timestamp,
    ) -> Result<(), Problem> {
        self.put(&format!("key:{fingerprint}"), owner, None).await?;
        let metadata = KeyMetadata { created_at: created_at.rfc3339() };
        let listed = self.0.put(&listed_key(owner), fingerprint)?;
        Ok(listed.metadata(metadata)?.execute().await?)
    }

    pub(crate) async fn key_owner(&self, fingerprint: &str) -> Result<Option<KeyOwner>, Problem> {
        self.get(&format!("key:{fingerprint}")).await
    }

    pub(crate) async fn keys(&self, merchant: &MerchantId) -> Result<Vec<KeyEntry>, Problem> {
        let prefix = format!("keys-of:{}:", merchant.as_str());
        let listed = self.list(&prefix).await?;
        Ok(listed
            .into_iter()
            .map(|key| KeyEntry {
                id: key.name.trim_start_matches(&prefix).to_owned(),
                created_at: key
                    .metadata
                    .and_then(|metadata| metadata.get("created_at")?.as_str().map(str::to_owned))
                    .unwrap_or_default(),
            })
            .collect())
    }

    /// Revokes a key; `false` when the merchant has none of that id.
    pub(crate) async fn delete_key(&self, owner: &KeyOwner) -> Result<bool, Problem> {
        self.delete_key_at(&listed_key(owner)).await
    }

    async fn delete_key_at(&self, listed: &str) -> Result<bool, Problem> {
        let Some(fingerprint) = self.0.get(listed).text().await? else {
            return Ok(false);
        };
        // First what proves, then what lists: a crash between leaves a key that proves nothing.
        self.0.delete(&format!("key:{fingerprint}")).await?;
        self.0.delete(listed).await?;
        Ok(true)
    }

    async fn list(&self, prefix: &str) -> Result<Vec<worker::kv::Key>, Problem> {
        let mut keys = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let mut page = self.0.list().prefix(prefix.to_owned());
            if let Some(cursor) = cursor.take() {
                page = page.cursor(cursor);
            }
            let page = page.execute().await?;
            keys.extend(page.keys);
            match page.cursor {
                Some(next) if !page.list_complete => cursor = Some(next),
                _ => return Ok(keys),
            }
        }
    }

    async fn put<T: Serialize>(
        &self,
        key: &str,
        value: &T,
        ttl: Option<u64>,
    ) -> Result<(), Problem> {
        let mut put = self.0.put(key, serde_json::to_string(value)?)?;
        if let Some(seconds) = ttl {
            put = put.expiration_ttl(seconds);
        }
        Ok(put.execute().await?)
    }

    async fn get<T: for<'de> Deserialize<'de>>(&self, key: &str) -> Result<Option<T>, Problem> {
        let text = self.0.get(key).text().await?;
        Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
    }
}

fn challenge_key(id: &ChallengeId) -> String {
    format!("challenge:{id}")
}

fn merchant_key(id: &MerchantId) -> String {
    format!("merchant:{}", id.as_str())
}

fn listed_key(owner: &KeyOwner) -> String {
    format!("keys-of:{}:{}", owner.merchant.as_str(), owner.id.as_str())
}

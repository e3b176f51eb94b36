//! Merchants, their keys and the endpoints of their events.

use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use warifu_core::{
    ids::{KeyId, MerchantId},
    secret::KeyMode,
    text::MerchantName,
    time::Timestamp,
};
use warifu_delivery::json::Json;

use super::{Endpoint, Listed, Store, answered, stored};
use crate::problem::Problem;

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

/// A key as it is listed.
#[derive(Serialize)]
pub(crate) struct KeyEntry {
    pub(crate) id: String,
    pub(crate) created_at: String,
    /// What it is for; `None` where that was not noted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mode: Option<String>,
}

impl Store {
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
}

pub(super) fn endpoint_value(endpoint: &Endpoint) -> Json {
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

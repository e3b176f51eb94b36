//! How many sends one destination takes in a time, over all cardholders who registered it. Decided
//! by the destination's object, which every send to it asks.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use minicbor::{Decode, Encode};

use crate::{
    cardholder::NotificationKind,
    contact::Destination,
    digest::{self, Hasher},
    ids::ChallengeId,
    rules::{Quota, Rules, notification_quotas},
    secret::MasterKey,
    time::Timestamp,
};

/// Stands for one provider's message of a delivery in the list of sends. It is a digest, so it does
/// not say of which challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct DeliveryRef(#[n(0)] u64);

impl DeliveryRef {
    /// The reference of one provider's message of a delivery. `number` is the delivery's, and
    /// `others` counts the providers that were asked before and may have sent it.
    #[must_use]
    pub fn of(id: &ChallengeId, number: u32, others: u32) -> Self {
        let hasher = Hasher::new("warifu/ticket/v1").field(id.as_str().as_bytes());
        let hasher = hasher.field(&number.to_be_bytes()).field(&others.to_be_bytes());
        Self::first_bytes(hasher)
    }
}

impl DeliveryRef {
    /// The reference of a notification: of which object, its number, and how often it says that
    /// something happened. The same one asked again is another message.
    #[must_use]
    pub fn of_notification(object: &str, number: u32, count: u32) -> Self {
        let hasher = Hasher::new("warifu/notification-ticket/v1").field(object.as_bytes());
        Self::first_bytes(hasher.field(&number.to_be_bytes()).field(&count.to_be_bytes()))
    }

    fn first_bytes(hasher: Hasher) -> Self {
        let digest = hasher.finish();
        let eight = digest.bytes().iter().take(8);
        Self(eight.fold(0, |delivery_ref, byte| delivery_ref << 8 | u64::from(*byte)))
    }
}

/// What the Worker asks of a destination.
#[derive(Encode, Decode)]
#[cbor(map)]
pub enum QuotaCommand {
    /// A slot for one message.
    #[n(0)]
    Reserve(#[n(0)] DeliveryRef),
    /// To give the slot of a message back: a provider refused it, or none was asked.
    #[n(1)]
    Release(#[n(0)] DeliveryRef),
    /// A slot for one notification. It is asked of an object of its own for each kind
    /// ([`notification_name`]), so that notifications and codes take nothing from each other.
    #[n(10)]
    ReserveNotification(#[n(0)] DeliveryRef),
}

#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct Slot {
    #[n(0)]
    delivery_ref: DeliveryRef,
    #[n(1)]
    at: Timestamp,
}

/// Times of the sends to one destination, as far back as the longest quota reaches. The destination
/// itself is not stored.
#[derive(Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DestinationQuota(#[n(0)] Vec<Slot>);

impl DestinationQuota {
    /// Decides what was asked at one time. Beside the new state it returns `None`, or the time from
    /// which a slot is free: then the quotas are used up and no slot was taken.
    #[must_use]
    pub fn decide(
        mut self,
        command: QuotaCommand,
        rules: &Rules,
        now: Timestamp,
    ) -> (Self, Option<Timestamp>) {
        self.forget(rules, now);
        let limit = match command {
            QuotaCommand::Reserve(delivery_ref) => self.reserve(delivery_ref, &rules.quotas(), now),
            QuotaCommand::ReserveNotification(delivery_ref) => {
                self.reserve(delivery_ref, &notification_quotas(), now)
            }
            QuotaCommand::Release(delivery_ref) => {
                if let Some(index) =
                    self.0.iter().rposition(|slot| slot.delivery_ref == delivery_ref)
                {
                    self.0.remove(index);
                }
                None
            }
        };
        (self, limit)
    }

    /// Takes a slot, or says from when one is free.
    fn reserve(
        &mut self,
        delivery_ref: DeliveryRef,
        quotas: &[Quota],
        now: Timestamp,
    ) -> Option<Timestamp> {
        let limit = self.blocked_until(quotas, now);
        if limit.is_none() {
            self.0.push(Slot { delivery_ref, at: now });
        }
        limit
    }

    /// Forgets the sends that no quota counts any more.
    pub fn forget(&mut self, rules: &Rules, now: Timestamp) {
        self.0.retain(|slot| now < forgotten_at(slot, rules));
    }

    /// When the last of the sends can be forgotten; `None` when there is none.
    #[must_use]
    pub fn forgotten_at(&self, rules: &Rules) -> Option<Timestamp> {
        self.0.last().map(|slot| forgotten_at(slot, rules))
    }

    fn blocked_until(&self, quotas: &[Quota], now: Timestamp) -> Option<Timestamp> {
        let opens = |quota: &Quota| {
            let recent = |slot: &&Slot| now < slot.at.plus(quota.window);
            let surplus = self.0.iter().filter(recent).count().checked_sub(quota.count)?;
            // A slot is free when the oldest of the last `count` sends leaves the window.
            self.0.iter().filter(recent).nth(surplus).map(|slot| slot.at.plus(quota.window))
        };
        quotas.iter().filter_map(opens).max()
    }
}

/// When the last quota has ceased to count a send.
fn forgotten_at(slot: &Slot, rules: &Rules) -> Timestamp {
    let quotas = rules.quotas().into_iter().chain(notification_quotas());
    slot.at.plus(quotas.map(|quota| quota.window).max().unwrap_or_default())
}

/// The name of a destination's object. It is a MAC, so that the name tells the destination to
/// nobody without the key.
#[must_use]
pub fn name(key: &MasterKey, to: &Destination) -> String {
    // Nearly every mail server delivers upper and lower case to one mailbox.
    let normal = to.reveal().to_ascii_lowercase();
    let fields = [to.channel().as_str().as_bytes(), normal.as_bytes()];
    let mac = digest::mac(key.bytes(), "warifu/destination/v1", &fields);
    Base64UrlUnpadded::encode_string(&mac)
}

/// The name of the object that counts the notifications of one kind to a destination, those to a
/// former destination apart: one that was only written in other letters is told both. It tells the
/// destination to nobody without the key, and is no other object's.
#[must_use]
pub fn notification_name(
    key: &MasterKey,
    to: &Destination,
    kind: NotificationKind,
    is_former: bool,
) -> String {
    let destination = name(key, to);
    let former = [u8::from(is_former)];
    let fields = [kind.as_str().as_bytes(), destination.as_bytes(), &former];
    let mac = digest::mac(key.bytes(), "warifu/notifications/v1", &fields);
    Base64UrlUnpadded::encode_string(&mac)
}

#[cfg(test)]
mod tests;

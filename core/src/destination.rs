//! How many unverified sends one destination takes in a time, over all cardholders who registered it.
//! Decided in the destination's bucket, which every send to it asks. A send whose challenge was
//! verified does not count.

use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use minicbor::{Decode, Encode};

use crate::{
    cardholder::{NotificationKind, Places},
    contact::Destination,
    digest::{self, Hasher},
    ids::{ChallengeId, MerchantId},
    optional,
    rules::{Quota, Rules},
    secret::MasterKey,
    sparse,
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
        Self(digest::first_64_bits(hasher.finish().bytes()))
    }

    /// The reference of a notification: of which object, its number, and how often it says that
    /// something happened. The same one asked again is another message.
    #[must_use]
    pub fn of_notification(object: &str, number: u32, count: u32) -> Self {
        let hasher = Hasher::new("warifu/notification-ticket/v1").field(object.as_bytes());
        let hasher = hasher.field(&number.to_be_bytes()).field(&count.to_be_bytes());
        Self(digest::first_64_bits(hasher.finish().bytes()))
    }
}

/// Who causes a message, as the list of sends has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Sender {
    /// Stands for the challenge.
    #[n(0)]
    pub challenge: ChallengeRef,
    /// Stands for the merchant: a MAC, so that it tells the merchant to nobody without the key.
    #[n(1)]
    pub merchant: u64,
    /// Which places the message may take.
    #[n(2)]
    pub places: Places,
}

/// Stands for a challenge in the list of sends. It is a digest, so it does not say which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct ChallengeRef(#[n(0)] u64);

impl ChallengeRef {
    /// The reference of a challenge.
    #[must_use]
    pub fn of(id: &ChallengeId) -> Self {
        let digest = Hasher::new("warifu/sends-of/v1").field(id.as_str().as_bytes()).finish();
        Self(digest::first_64_bits(digest.bytes()))
    }
}

impl Sender {
    /// The sender of a challenge's messages to a destination.
    #[must_use]
    pub fn of(
        key: &MasterKey,
        to: &Destination,
        id: &ChallengeId,
        merchant: &MerchantId,
        places: Places,
    ) -> Self {
        Self::at(key, name(key, to), id, merchant, places)
    }

    /// The same, to the destination of this name.
    #[must_use]
    pub fn at(
        key: &MasterKey,
        name: DestinationName,
        id: &ChallengeId,
        merchant: &MerchantId,
        places: Places,
    ) -> Self {
        let name = name.own_object();
        let fields = [name.as_bytes(), merchant.as_str().as_bytes()];
        let mac = digest::mac(key.bytes(), "warifu/destination-merchant/v1", &fields);
        Self { challenge: ChallengeRef::of(id), merchant: digest::first_64_bits(&mac), places }
    }
}

/// What the Worker asks of a destination. Numbers 11 and 13 are commands to a bucket ([`crate::wire`]).
#[derive(Encode, Decode)]
#[cbor(map)]
pub enum QuotaCommand {
    /// A slot for one message. A version before senders names none.
    #[n(0)]
    Reserve(#[n(0)] DeliveryRef, #[cbor(n(1), with = "optional", has_nil)] Option<Sender>),
    /// To give the slot of a message back: a provider refused it, or none was asked.
    #[n(1)]
    Release(#[n(0)] DeliveryRef),
    /// To give back every slot of a challenge: it was verified.
    #[n(2)]
    Verified(#[n(0)] ChallengeRef),
    /// To give back every slot: the issuer unlocked a cardholder.
    #[n(3)]
    Clear,
    /// A slot for one notification. Each kind is counted under a name of its own
    /// ([`notification_name`]), so that notifications and codes take nothing from each other.
    #[n(10)]
    ReserveNotification(#[n(0)] DeliveryRef),
    /// To give back a slot that was reserved early, unless its message has asked for it since.
    #[n(12)]
    ReleaseEarly(#[n(0)] DeliveryRef),
}

/// What is answered to who reserves a slot early: before it is known whether the message is ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub enum EarlyReply {
    /// The slot was taken. Whoever asked uses it or gives it back.
    #[n(0)]
    Taken,
    /// No slot was taken: there is none until this time.
    #[n(1)]
    Until(#[n(0)] Timestamp),
    /// Somebody else has taken the slot of this message before.
    #[n(2)]
    Held,
}

#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct Slot {
    #[n(0)]
    delivery_ref: DeliveryRef,
    #[n(1)]
    at: Timestamp,
    #[cbor(n(2), with = "optional", has_nil)]
    sender: Option<Sender>,
    /// Whether it is one of the places that are kept for known browsers and owners.
    #[cbor(n(3), default)]
    kept: bool,
    /// Whether it was reserved early, and its message did not ask for it since.
    #[cbor(n(4), with = "sparse", has_nil)]
    early: bool,
}

/// How often a destination takes a notification of one kind, over all cardholders who registered it:
/// the first at once, then one an hour, and three a day. They count apart from codes.
const NOTIFICATIONS: [Quota; 2] = [
    Quota { count: 1, window: Duration::from_secs(3600) },
    Quota { count: 3, window: Duration::from_secs(24 * 3600) },
];

/// Times of the unverified sends to one destination, as far back as they count. The destination itself
/// is not stored.
#[derive(Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DestinationQuota(#[n(0)] Vec<Slot>);

impl DestinationQuota {
    /// Decides what was asked at one time. Beside the new state it returns `None`, or the time from
    /// which a slot is free: then the limits are reached and no slot was taken.
    #[must_use]
    pub fn decide(
        mut self,
        command: QuotaCommand,
        rules: &Rules,
        now: Timestamp,
    ) -> (Self, Option<Timestamp>) {
        self.forget(rules, now);
        match command {
            QuotaCommand::Reserve(delivery_ref, sender) => {
                // One that was reserved early is this one's.
                self.release_early(delivery_ref);
                match self.place(sender.as_ref(), rules, now) {
                    Some(kept) => {
                        self.0.push(Slot { delivery_ref, at: now, sender, kept, early: false });
                    }
                    None => {
                        let frees = self.frees(sender.as_ref(), rules);
                        return (self, Some(frees.unwrap_or(now)));
                    }
                }
            }
            QuotaCommand::ReserveNotification(delivery_ref) => {
                if let Some(until) = self.blocked_until(&NOTIFICATIONS, now) {
                    return (self, Some(until));
                }
                let slot = Slot { delivery_ref, at: now, sender: None, kept: false, early: false };
                self.0.push(slot);
            }
            QuotaCommand::Release(delivery_ref) => {
                if let Some(index) =
                    self.0.iter().rposition(|slot| slot.delivery_ref == delivery_ref)
                {
                    self.0.remove(index);
                }
            }
            QuotaCommand::Verified(challenge) => {
                self.0.retain(|slot| slot.sender.is_none_or(|sender| sender.challenge != challenge))
            }
            QuotaCommand::Clear => self.0.clear(),
            QuotaCommand::ReleaseEarly(delivery_ref) => self.release_early(delivery_ref),
        }
        (self, None)
    }

    /// Reserves a slot at `now` for a message of which it is not known yet whether it is ordered. A
    /// message has one such slot, whoever asks for it.
    #[must_use]
    pub fn reserve_early(
        mut self,
        delivery_ref: DeliveryRef,
        sender: Sender,
        rules: &Rules,
        now: Timestamp,
    ) -> (Self, EarlyReply) {
        self.forget(rules, now);
        if self.0.iter().any(|slot| slot.delivery_ref == delivery_ref) {
            return (self, EarlyReply::Held);
        }
        let sender = Some(sender);
        let Some(kept) = self.place(sender.as_ref(), rules, now) else {
            let frees = self.frees(sender.as_ref(), rules);
            return (self, EarlyReply::Until(frees.unwrap_or(now)));
        };
        self.0.push(Slot { delivery_ref, at: now, sender, kept, early: true });
        (self, EarlyReply::Taken)
    }

    fn release_early(&mut self, delivery_ref: DeliveryRef) {
        self.0.retain(|slot| !slot.early || slot.delivery_ref != delivery_ref);
    }

    /// Until when a destination takes nothing that was asked for a place at `now` until it had none.
    #[must_use]
    pub fn full_until(rules: &Rules, now: Timestamp) -> Timestamp {
        let mut quota = Self::default();
        for number in 0..=u64::MAX {
            let reserve = QuotaCommand::Reserve(DeliveryRef(number), None);
            let (after, until) = quota.decide(reserve, rules, now);
            if let Some(until) = until {
                return until;
            }
            quota = after;
        }
        now
    }

    /// Forgets the sends that do not count any more.
    pub fn forget(&mut self, rules: &Rules, now: Timestamp) {
        self.0.retain(|slot| now < slot.at.plus(rules.window));
    }

    /// When the last of the sends can be forgotten; `None` when there is none.
    #[must_use]
    pub fn forgotten_at(&self, rules: &Rules) -> Option<Timestamp> {
        self.0.last().map(|slot| slot.at.plus(rules.window))
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

    /// The place for one more message at a time: whether it is a kept one. `None` when there is none.
    fn place(&self, sender: Option<&Sender>, rules: &Rules, at: Timestamp) -> Option<bool> {
        let limits = &rules.unverified_sends;
        let counted = || self.0.iter().filter(|slot| at < slot.at.plus(rules.window));
        let kept = counted().filter(|slot| slot.kept).count();
        let common = counted().count() - kept;
        let merchant = sender.map(|sender| sender.merchant);
        let from = |slot: &&Slot| slot.sender.map(|sender| sender.merchant) == merchant;
        let here = counted().filter(|slot| !slot.kept).filter(from).count();
        let has_common = (common < limits.common && here < limits.merchant)
            || (common < limits.most && here == 0);
        let has_kept = kept < limits.kept;
        match sender.map_or(Places::Common, |sender| sender.places) {
            Places::Common | Places::All if has_common => Some(false),
            Places::All | Places::Kept if has_kept => Some(true),
            Places::Common | Places::All | Places::Kept => None,
        }
    }

    /// When there is a place again.
    fn frees(&self, sender: Option<&Sender>, rules: &Rules) -> Option<Timestamp> {
        let mut ends = self.0.iter().map(|slot| slot.at.plus(rules.window));
        ends.find(|at| self.place(sender, rules, *at).is_some())
    }
}

/// In how many buckets destinations are counted. At 1,000 challenges a second a bucket is asked some
/// thirty times a second, and an object answers some hundred. Another number begins every count anew.
const BUCKETS: u8 = 64;

/// What the key of every destination's row in a bucket begins with.
pub const ROWS: &str = "destination:";

/// The name under which one destination's messages are counted: codes under one, and notifications
/// of each kind under one of their own. It is a MAC, so that it tells the destination to nobody
/// without the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct DestinationName(#[cbor(n(0), with = "minicbor::bytes")] [u8; 32]);

impl DestinationName {
    /// The name of the bucket that counts.
    #[must_use]
    pub fn bucket(&self) -> String {
        let [first, ..] = self.0;
        format!("bucket/{:02}", first % BUCKETS)
    }

    /// The key of the destination's row in its bucket. All keys have one length.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{ROWS}{}", self.own_object())
    }

    /// The name of the object that counts for this destination alone, as in the release before buckets.
    /// No bucket has such a name.
    #[must_use]
    pub fn own_object(&self) -> String {
        Base64UrlUnpadded::encode_string(&self.0)
    }
}

/// The name under which codes to a destination are counted.
#[must_use]
pub fn name(key: &MasterKey, to: &Destination) -> DestinationName {
    // Nearly every mail server delivers upper and lower case to one mailbox.
    let normal = to.reveal().to_ascii_lowercase();
    let fields = [to.channel().as_str().as_bytes(), normal.as_bytes()];
    DestinationName(digest::mac(key.bytes(), "warifu/destination/v1", &fields))
}

/// The name under which notifications of one kind to a destination are counted, those to a former
/// destination apart: one that was only written in other letters is told both.
#[must_use]
pub fn notification_name(
    key: &MasterKey,
    to: &Destination,
    kind: NotificationKind,
    is_former: bool,
) -> DestinationName {
    let destination = name(key, to).own_object();
    let former = [u8::from(is_former)];
    let fields = [kind.as_str().as_bytes(), destination.as_bytes(), &former];
    DestinationName(digest::mac(key.bytes(), "warifu/notifications/v1", &fields))
}

#[cfg(test)]
mod tests;

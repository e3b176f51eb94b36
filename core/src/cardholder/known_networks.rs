//! The networks from which the cardholder verified: learned with a right code, known for half a year.
//!
//! A directory server's challenge has no cookie by which a browser could be known again. What its AReq
//! has is the address that the shop's server saw.

use std::time::Duration;

use minicbor::{Decode, Encode};

use super::Cardholder;
use crate::{ids::ChallengeId, known_browser, known_network::NetworkMark, time::Timestamp};

/// A network, and when somebody verified from there last.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct KnownNetwork {
    #[n(0)]
    mark: NetworkMark,
    #[n(1)]
    at: Timestamp,
}

/// The newest different ones, the one of the newest success last.
#[derive(Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub(super) struct KnownNetworks(#[n(0)] Vec<KnownNetwork>);

impl KnownNetworks {
    /// How many are known at most: at home, at work, by the telephone's carrier, and one more.
    const MOST: usize = 4;

    /// How long one stays known after the newest success from there: as long as a browser.
    pub(super) const LIFE: Duration = known_browser::Mark::LIFE;

    /// Forgets those that are known no more.
    pub(super) fn settle(&mut self, now: Timestamp) {
        self.0.retain(|known| now < known.at.plus(Self::LIFE));
    }

    fn learn(&mut self, mark: NetworkMark, now: Timestamp) {
        self.0.retain(|known| known.mark != mark);
        self.0.push(KnownNetwork { mark, at: now });
        let surplus = self.0.len().saturating_sub(Self::MOST);
        self.0.drain(..surplus);
    }

    /// Whether one of these marks is known. A network has one for each master key.
    pub(super) fn have(&self, marks: &[NetworkMark]) -> bool {
        self.0.iter().any(|known| marks.contains(&known.mark))
    }

    /// When the first is known no more.
    pub(super) fn forgotten_at(&self) -> Option<Timestamp> {
        self.0.iter().map(|known| known.at.plus(Self::LIFE)).min()
    }
}

impl Cardholder {
    /// Learns the network from which a challenge was verified, as our own edge saw it.
    ///
    /// Of a directory server's challenge it is learned where the shop's server saw the same: a shop that
    /// names its own proxy in place of its buyers teaches nothing. Of a merchant's challenge there is no
    /// second witness, and the edge saw the cardholder's browser itself. It is learned for those who have
    /// a card by which a directory server could ask, and for nobody else.
    pub(super) fn learn_network(
        &mut self,
        id: &ChallengeId,
        seen: Option<NetworkMark>,
        now: Timestamp,
    ) {
        let is_seen = match self.kept(id).and_then(|challenge| challenge.three_ds.as_ref()) {
            Some(three_ds) => three_ds.network == seen,
            None => !self.cards.is_empty(),
        };
        if let Some(mark) = seen.filter(|_| is_seen) {
            self.known_networks.learn(mark, now);
        }
    }
}

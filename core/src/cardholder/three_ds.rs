//! A challenge that a directory server of EMV 3-D Secure asked for: what it has besides. Its time runs
//! from page to page, it has one conclusion, and that is told until the directory server has it.
//!
//! What is said in which message is in the crate `warifu-three-ds`.

use std::time::Duration;

use minicbor::{Decode, Encode};

use super::{
    Cardholder, Challenge, ChallengeCommand, DeliveryState, Ended, EventKind, Outcome, Refusal,
    Reply, Seconds, Status, decide::Ruled, known_networks::KnownNetworks,
};
use crate::{
    digest::Digest, ids::ChallengeId, known_network::NetworkMark, money::Amount, optional,
    rules::Rules, sparse, time::Timestamp,
};

/// How long the first CReq may take after the ARes (EMV 3-D Secure 2.2.0, Req 219).
pub const FIRST_REQUEST: Duration = Duration::from_secs(30);
/// How long a page may be shown (EMV 3-D Secure 2.2.0, §5.5).
pub const PAGE: Duration = Duration::from_secs(600);
/// How long such a challenge is open at most, however often a page is shown.
pub const LONGEST_THREE_DS: Duration = Duration::from_secs(5400);

/// How many open forms of one merchant a cardholder has at most that requestors' pages have opened, and as
/// many again from known networks.
///
/// Such a form is ended by nobody else's challenge, and what was not told is not forgotten. So these
/// bounds keep what directory servers ask for below all that an object keeps:
/// docs/decisions/limits-under-abuse.md has the figures.
const MOST_FORMS_OF_A_MERCHANT: usize = 5;
/// From how many challenges on that are open or not told, of all merchants, each has one of them at most.
const EACH_HAS_ONE_FROM: usize = 100;

/// How many cards of one cardholder are registered at most.
pub const MOST_CARDS: usize = 50;

/// How such a challenge ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub enum Conclusion {
    /// The right code came in time.
    #[n(0)]
    Verified,
    /// Every try was spent on a wrong code.
    #[n(1)]
    TriesUsedUp,
    /// Wrong codes, in this challenge or in others, kept it from sending and comparing codes.
    #[n(2)]
    Locked,
    /// The cardholder gave it up.
    #[n(3)]
    Canceled,
    /// A page was shown, and its time ran out.
    #[n(4)]
    PageExpired,
    /// No CReq came in time.
    #[n(5)]
    NeverRequested,
    /// A CReq was invalid.
    #[n(6)]
    RequestInvalid,
    /// No code reached the cardholder, who gave it up.
    #[n(7)]
    Undeliverable,
}

/// The authentication value that the issuer's service made, or that it made none.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Pinned(#[cbor(n(0), with = "optional", has_nil)] pub Option<String>);

/// Whether the directory server has the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub enum Telling {
    /// There is none yet.
    #[n(0)]
    NotEnded,
    /// It is to be told.
    #[n(1)]
    Due,
    /// It has it, or has refused it for good.
    #[n(2)]
    Told,
}

/// What is seen of such a challenge besides.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ThreeDsView {
    /// Whether a CReq came.
    #[n(0)]
    pub requested: bool,
    /// What the requestor gets back with the result.
    #[cbor(n(1), with = "optional", has_nil)]
    pub session_data: Option<String>,
    /// How it ended.
    #[cbor(n(2), with = "optional", has_nil)]
    pub conclusion: Option<Conclusion>,
    /// The authentication value of the issuer's service, once it was asked.
    #[cbor(n(3), with = "optional", has_nil)]
    pub value: Option<Pinned>,
    /// Whether the directory server has the result.
    #[n(4)]
    pub telling: Telling,
}

/// What tells a buyer from a stranger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KnownBy {
    /// The browser verified at the merchant before.
    Browser,
    /// The cardholder verified from the network before. Others can be in it too.
    Network,
}

/// What is stored of such a challenge besides.
#[derive(Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct ThreeDs {
    #[n(0)]
    requested: bool,
    #[cbor(n(1), with = "optional", has_nil)]
    session_data: Option<String>,
    #[cbor(n(2), default)]
    request_invalid: bool,
    #[cbor(n(3), with = "optional", has_nil)]
    conclusion: Option<Conclusion>,
    #[cbor(n(4), with = "optional", has_nil)]
    value: Option<Pinned>,
    #[cbor(n(5), default)]
    told: bool,
    /// The network that the shop's server saw the buyer in, by the challenge's master key.
    #[cbor(n(6), with = "optional", has_nil)]
    pub(super) network: Option<NetworkMark>,
    /// Whether the cardholder had verified from that network when it was opened.
    #[cbor(n(7), with = "sparse", has_nil)]
    known_network: bool,
}

/// What a directory server asks, as far as rules read it.
pub(super) struct AuthenticationRequest {
    /// The card, by its digest.
    pub(super) card: Digest,
    /// The network that the shop's server saw the buyer in, by each master key, the challenge's own first.
    pub(super) networks: Vec<NetworkMark>,
    /// What is to be paid, where something is.
    pub(super) amount: Option<Amount>,
}

impl ThreeDs {
    /// What there is of one that is opened.
    pub(super) fn opened(asked: &AuthenticationRequest, known: &KnownNetworks) -> Self {
        Self {
            network: asked.networks.first().copied(),
            known_network: known.have(&asked.networks),
            ..Self::default()
        }
    }

    pub(super) fn view(&self) -> ThreeDsView {
        let telling = match self.conclusion {
            None => Telling::NotEnded,
            Some(_) if self.told => Telling::Told,
            Some(_) => Telling::Due,
        };
        ThreeDsView {
            requested: self.requested,
            session_data: self.session_data.clone(),
            conclusion: self.conclusion,
            value: self.value.clone(),
            telling,
        }
    }
}

impl ChallengeCommand {
    /// Whether it has a page shown to the cardholder.
    pub(super) fn shows_a_page(&self) -> bool {
        match self {
            Self::Requested { .. } | Self::Present { .. } | Self::Resend | Self::Verify { .. } => {
                true
            }
            Self::Open(_)
            | Self::OpenTest(_)
            | Self::OpenThreeDs { .. }
            | Self::RequestInvalid
            | Self::PinValue(_)
            | Self::VerifyTest { .. }
            | Self::Release
            | Self::Read
            | Self::Report(..)
            | Self::Receipt(..)
            | Self::Cancel
            | Self::ReportFraud
            | Self::Redeem { .. } => false,
        }
    }
}

impl Challenge {
    /// Whether a directory server asked for it, and its form is in use: a CReq came.
    pub(super) fn is_in_use_by_requestor(&self) -> bool {
        self.three_ds.as_ref().is_some_and(|it| it.requested)
    }

    /// What tells its buyer from a stranger, if something does.
    pub(super) fn known_by(&self) -> Option<KnownBy> {
        match &self.three_ds {
            _ if self.known_browser => Some(KnownBy::Browser),
            Some(three_ds) if three_ds.known_network => Some(KnownBy::Network),
            Some(_) | None => None,
        }
    }

    /// Whether a directory server asked for it and was not told yet how it ended: it is open, or its
    /// result is due.
    pub(super) fn is_open_or_untold(&self) -> bool {
        self.three_ds.as_ref().is_some_and(|it| !it.told)
    }

    /// Gives a directory server's challenge the time of a page that is shown now.
    pub(super) fn page_shown(&mut self, now: Timestamp) {
        if self.three_ds.is_some() && self.status() == Status::Pending {
            let last = self.opened_at.plus(LONGEST_THREE_DS);
            self.expires_at = self.expires_at.max(now.plus(PAGE)).min(last);
        }
    }
}

impl Cardholder {
    /// Registers a card, by its digest. One that is registered stays so.
    pub(super) fn add_card(&mut self, card: Digest, rules: &Rules) -> Ruled<Reply> {
        self.known.as_ref().ok_or(Refusal::UnknownCardholder)?;
        if !self.cards.contains(&card) {
            if self.cards.len() >= MOST_CARDS {
                return Err(Refusal::TooManyCards);
            }
            self.cards.push(card);
        }
        self.described(Vec::new(), rules)
    }

    /// Takes a card out of those that are registered.
    pub(super) fn remove_card(&mut self, card: Digest, rules: &Rules) -> Ruled<Reply> {
        self.known.as_ref().ok_or(Refusal::UnknownCardholder)?;
        self.cards.retain(|known| *known != card);
        self.described(Vec::new(), rules)
    }

    /// Refuses a challenge of a directory server for a card that is not the cardholder's.
    pub(super) fn has_card(&self, card: Digest) -> Ruled<()> {
        self.known.as_ref().ok_or(Refusal::UnknownCardholder)?;
        self.cards.contains(&card).then_some(()).ok_or(Refusal::UnknownCard)
    }

    /// Refuses a new challenge of a directory server whose codes would not be compared now: no form would
    /// be there to say why. After wrong codes that lock the cardholder at every merchant the refusal is
    /// that lock. After wrong codes that keep out this merchant alone it is that of too many challenges,
    /// until codes are compared there again.
    pub(super) fn takes_now(
        &self,
        challenge: &Challenge,
        rules: &Rules,
        now: Timestamp,
    ) -> Ruled<()> {
        match (self.kept_out(challenge, rules, now), self.locked_at(rules, now)) {
            (None, _) => Ok(()),
            (Some(_), Some(locked)) => Err(locked),
            (Some(refusal), None) => {
                let until = refusal.locked_until().unwrap_or(now);
                Err(Refusal::TooManyChallenges(Seconds(until.seconds_from(now))))
            }
        }
    }

    /// Refuses a new challenge of a directory server at a merchant that has enough of them. Those from
    /// known networks count by themselves, so that forms that others left keep none of them out.
    pub(super) fn has_few_at(&self, new: &Challenge, now: Timestamp) -> Ruled<()> {
        let from_known = |it: &Challenge| it.three_ds.as_ref().is_some_and(|it| it.known_network);
        let is_alike =
            |it: &&Challenge| it.merchant == new.merchant && from_known(it) == from_known(new);
        let owed = || self.challenges.iter().filter(|challenge| challenge.is_open_or_untold());
        let here = || owed().filter(is_alike);
        let is_form = |challenge: &&Challenge| {
            challenge.is_in_use_by_requestor() && challenge.status() == Status::Pending
        };
        let is_crowded = EACH_HAS_ONE_FROM <= owed().count();
        let has_few = here().filter(is_form).count() < MOST_FORMS_OF_A_MERCHANT;
        if has_few && !(is_crowded && here().next().is_some()) {
            return Ok(());
        }
        let frees = here().map(|challenge| challenge.expires_at).min().unwrap_or(now);
        Err(Refusal::TooManyChallenges(Seconds(frees.seconds_from(now))))
    }

    /// Notes that a CReq came. The first one says what the requestor gets back.
    pub(super) fn requested(
        &mut self,
        id: &ChallengeId,
        session_data: Option<String>,
        rules: &Rules,
        now: Timestamp,
    ) -> Ruled<Reply> {
        let challenge = self.opened(id)?;
        let is_open = challenge.status() == Status::Pending;
        let three_ds = challenge.three_ds.as_mut().ok_or(Refusal::UnknownChallenge)?;
        if is_open && !three_ds.requested {
            (three_ds.requested, three_ds.session_data) = (true, session_data);
        }
        self.seen(id, rules, now, Reply::Seen)
    }

    /// Ends a challenge whose CReq was invalid.
    pub(super) fn request_invalid(
        &mut self,
        id: &ChallengeId,
        rules: &Rules,
        now: Timestamp,
    ) -> Ruled<Reply> {
        let challenge = self.opened(id)?;
        let is_open = challenge.status() == Status::Pending;
        let three_ds = challenge.three_ds.as_mut().ok_or(Refusal::UnknownChallenge)?;
        three_ds.request_invalid |= is_open;
        challenge.end(Ended::Canceled, now);
        self.seen(id, rules, now, Reply::Seen)
    }

    /// Keeps what the issuer's service answered first.
    pub(super) fn pin_value(
        &mut self,
        id: &ChallengeId,
        value: Option<String>,
        rules: &Rules,
        now: Timestamp,
    ) -> Ruled<Reply> {
        let three_ds = self.opened(id)?.three_ds.as_mut().ok_or(Refusal::UnknownChallenge)?;
        three_ds.value.get_or_insert(Pinned(value));
        self.seen(id, rules, now, Reply::Seen)
    }

    /// Concludes the challenges of directory servers that have ended, each once, with an event.
    pub(super) fn conclude(&mut self, rules: &Rules) {
        let concluded: Vec<_> = self
            .challenges
            .iter()
            .filter(|challenge| {
                challenge.three_ds.as_ref().is_some_and(|it| it.conclusion.is_none())
            })
            .filter_map(|challenge| {
                let Outcome { status, at } = challenge.outcome?;
                let three_ds = challenge.three_ds.as_ref()?;
                let conclusion = self.conclusion(challenge, three_ds, status, at, rules);
                Some((challenge.id.clone(), conclusion, at))
            })
            .collect();
        for (id, conclusion, at) in concluded {
            let three_ds = self.challenge(&id).and_then(|challenge| challenge.three_ds.as_mut());
            if let Some(three_ds) = three_ds {
                three_ds.conclusion = Some(conclusion);
                self.events.push(EventKind::ThreeDsResult, id, rules, at);
            }
        }
    }

    /// As what a challenge ended at `at`, whenever that is noticed.
    fn conclusion(
        &self,
        challenge: &Challenge,
        three_ds: &ThreeDs,
        status: Ended,
        at: Timestamp,
        rules: &Rules,
    ) -> Conclusion {
        let kept_out = |last: Timestamp| {
            let open = Challenge { outcome: None, ..challenge.clone() };
            self.kept_out(&open, rules, last).is_some()
        };
        // Its code dies with it, which is no lock.
        let before = Timestamp::from_millis(at.millis().saturating_sub(1));
        match status {
            Ended::Verified => Conclusion::Verified,
            Ended::Failed => Conclusion::TriesUsedUp,
            Ended::Canceled if three_ds.request_invalid => Conclusion::RequestInvalid,
            // Also one that made room for another one: its browser would find it ended.
            Ended::Expired | Ended::Canceled if !three_ds.requested => Conclusion::NeverRequested,
            // Who says that the purchase is not theirs has decided, whatever else kept them.
            Ended::Canceled if challenge.fraud_reported_at.is_some() => Conclusion::Canceled,
            Ended::Expired if kept_out(before) => Conclusion::Locked,
            Ended::Expired => Conclusion::PageExpired,
            Ended::Canceled if kept_out(at) => Conclusion::Locked,
            Ended::Canceled if self.got_no_code(challenge, at, rules) => Conclusion::Undeliverable,
            Ended::Canceled => Conclusion::Canceled,
        }
    }

    /// Whether no code reached the cardholder, as far as that is known: the newest delivery was lost or
    /// never ordered, and none before it can still be used.
    fn got_no_code(&self, challenge: &Challenge, at: Timestamp, rules: &Rules) -> bool {
        let lost = challenge.delivery(at).is_none_or(DeliveryState::is_lost);
        let older = challenge.sends.last().is_some_and(|send| !send.delivery(at).is_lost());
        let has_code = older && challenge.has_living_code(rules, at);
        lost && !has_code && challenge.tries == 0 && !self.uses_app()
    }

    /// Notes which results were told, of the events that were taken over.
    pub(super) fn note_told(&mut self, numbers: &[u32]) {
        let told: Vec<_> = self.events.results(numbers).collect();
        for id in told {
            let three_ds = self.challenge(&id).and_then(|challenge| challenge.three_ds.as_mut());
            if let Some(three_ds) = three_ds {
                three_ds.told = true;
            }
        }
    }
}

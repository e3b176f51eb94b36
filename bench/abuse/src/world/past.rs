//! What happened before the simulation: each cardholder bought by 3-D Secure from their own network, so
//! that it is known.

use std::time::Duration;

use warifu_core::{
    cardholder::{ChallengeCommand, Command, DeliveryReport, ProviderId, Reply},
    code::{CodeKey, SubmittedCode},
    digest::Hasher,
    ids::{ChallengeId, MerchantId},
    time::Timestamp,
};

use super::{
    Browser, DAY, EPOCH, World,
    object::{amount, card_digest, master, network},
};

impl World {
    /// The purchase, ten days before the simulation's second 0. All but the network is forgotten by then.
    pub(super) fn bought_before(&mut self, card: usize) {
        let at = Timestamp::from_millis((EPOCH - 10 * DAY) * 1000);
        let record = Hasher::new("bought before").finish();
        let (id, salt) = ChallengeId::random(*record.bytes());
        let key = || CodeKey::derive(&master(), &id, &salt, &record);
        let network = network(card, Browser::Known);
        let to_it = |command| Command::Challenge {
            id: id.clone(),
            record,
            command,
            merchant: MerchantId::parse("3ds_before").ok(),
        };
        let right = SubmittedCode::parse(key().code(at, 1).reveal()).expect("six digits");
        let accepted = DeliveryReport::Accepted { by: ProviderId(0), may_have_sent: Vec::new() };
        for command in [
            ChallengeCommand::OpenThreeDs {
                card: card_digest(card),
                networks: vec![network],
                amount: Some(amount(1)),
            },
            ChallengeCommand::Requested { session_data: None },
            ChallengeCommand::Present { hostname: None, known_browser: false },
            ChallengeCommand::Report(1, accepted),
        ] {
            self.decide_at(at, card, to_it(command));
        }
        let code = right;
        let verify = ChallengeCommand::Verify {
            key: key(),
            app: None,
            code,
            attempt: None,
            network: Some(network),
        };
        let verified = self.decide_at(at, card, to_it(verify));
        assert!(matches!(verified, Reply::Verified(..)), "the purchase went well");
        for later in [Duration::from_secs(60), Duration::from_secs(9 * DAY)] {
            if let Reply::Woken(events, _) = self.decide_at(at.plus(later), card, Command::Wake) {
                let told = events.into_iter().map(|event| event.number).collect();
                self.decide_at(at.plus(later), card, Command::Settled(told));
            }
        }
    }
}

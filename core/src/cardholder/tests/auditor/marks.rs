//! The books of what lets a directory server's challenge in where others are not: known networks, and
//! the purchase that the owner expects.

use super::{
    super::{
        ChallengeCommand, Command, Reply, Timestamp,
        three_ds_marks::{amount, network},
    },
    Auditor,
};
use crate::{
    cardholder::{EXPECTED_FOR, ExpectedPurchase},
    known_browser::Mark,
    known_network::NetworkMark,
};

/// What is known besides challenges.
#[derive(Default)]
pub(super) struct MarkBooks {
    /// Networks from which a right code came, the newest last, and when that was.
    networks: Vec<(NetworkMark, Timestamp)>,
    expected: Option<ExpectedPurchase>,
}

/// The network from which a code comes, if the command says it.
pub(super) fn network_of(command: &Command) -> Option<NetworkMark> {
    match command {
        Command::Challenge { command: ChallengeCommand::Verify { network, .. }, .. } => *network,
        _ => None,
    }
}

impl Auditor {
    /// The owner expects a purchase of so many yen, or none.
    pub(in super::super) fn expect(&mut self, yen: Option<i64>) {
        let until = self.shell.now.plus(EXPECTED_FOR);
        let expected = yen.map(|yen| ExpectedPurchase { amount: amount(yen), until });
        let command = match expected {
            Some(ExpectedPurchase { amount, .. }) => Command::ExpectPurchase(amount),
            None => Command::ExpectNothing,
        };
        let Reply::Described(description, _) = self.ask(command) else { panic!("not described") };
        assert_eq!(description.expected, expected);
        if expected.is_some() {
            self.wrong_in_a_row = 0;
        }
        self.mark_books.expected = expected;
    }

    /// Whether a purchase of so many yen is expected.
    pub(super) fn expects(&self, yen: Option<i64>) -> bool {
        let expected = self.mark_books.expected.filter(|it| self.shell.now < it.until);
        yen.is_some_and(|yen| expected.is_some_and(|it| it.amount == amount(yen)))
    }

    pub(super) fn took_expected(&mut self) {
        self.mark_books.expected = None;
    }

    /// Whether the cardholder verified from this network lately.
    pub(super) fn knows(&self, from: Option<u8>) -> bool {
        let now = self.shell.now;
        let known = self.mark_books.networks.iter().filter(|(_, at)| now < at.plus(Mark::LIFE));
        from.is_some_and(|from| known.rev().take(4).any(|(mark, _)| *mark == network(from)))
    }

    /// A right code came from this network, where the shop's server had seen the buyer in `said`.
    pub(super) fn learn_network(&mut self, number: u32, seen: Option<NetworkMark>) {
        let is_seen = match self.said_from(number) {
            Some(said) => said.map(network) == seen,
            None => self.knows_card,
        };
        let Some(mark) = seen.filter(|_| is_seen) else { return };
        self.mark_books.networks.retain(|(known, _)| *known != mark);
        self.mark_books.networks.push((mark, self.shell.now));
    }

    /// Until when marks are kept, if nobody asks any more.
    pub(super) fn marks_end(&self) -> Option<Timestamp> {
        let networks = self.mark_books.networks.iter().map(|(_, at)| at.plus(Mark::LIFE));
        networks.chain(self.mark_books.expected.map(|expected| expected.until)).max()
    }
}

//! The books of challenges that directory servers ask for: how long each lasts, as what it ended, and
//! whether that was told.

use super::{
    super::{
        ChallengeCommand, Channel, Command, Refusal, Refused, Reply, Timestamp, at_merchant,
        cancel, id, read, record, shown,
        three_ds::{card, invalid, requested, to_three_ds},
        three_ds_marks::asked_from,
    },
    Account, Auditor, Cardholder, Ended, EventKind, Status,
};
use crate::cardholder::{Conclusion, FIRST_REQUEST, LONGEST_THREE_DS, PAGE, Pinned, Telling, View};

/// What is known of one besides.
pub(super) struct ThreeDsBooks {
    /// Where the shop's server saw the buyer.
    from: Option<u8>,
    /// Whether the cardholder had verified from there.
    known: bool,
    opened_at: Timestamp,
    expires_at: Timestamp,
    /// What the first CReq had for the requestor, once it came.
    requested: Option<Option<String>>,
    invalid: bool,
    reported: bool,
    /// As what it was given up.
    given_up: Option<Conclusion>,
    conclusion: Option<Conclusion>,
    value: Option<Pinned>,
}

impl Auditor {
    pub(in super::super) fn add_card(&mut self) {
        self.card(Command::AddCard(card(1)), true);
    }

    pub(in super::super) fn remove_card(&mut self) {
        self.card(Command::RemoveCard(card(1)), false);
    }

    fn card(&mut self, command: Command, known: bool) {
        let Reply::Described(description, _) = self.ask(command) else { panic!("not described") };
        assert_eq!(description.cards.contains(&card(1)), known);
        self.knows_card = known;
    }

    /// Opens another one, which is refused exactly where a merchant's would be kept out, and where a purchase
    /// is expected where one would be that its owner let in. A known network is let in at most where a
    /// known browser is.
    pub(in super::super) fn open_for_directory_server(
        &mut self,
        from: Option<u8>,
        yen: Option<i64>,
    ) {
        let number = self.newest + 1;
        let merchant = format!("3ds_shop-{}", number % 2);
        let (known, expected) = (self.knows(from), self.expects(yen));
        // Whether a merchant's would be kept out, in a known browser or in another one.
        let kept_out = [false, true].map(|known_browser| {
            let mut merchant_s = self.shell.clone();
            let open = at_merchant(&merchant, number, ChallengeCommand::Open(None));
            merchant_s.ask(open);
            if let Some(challenge) = merchant_s.state.challenge(&id(number)) {
                (challenge.known_browser, challenge.released) = (known_browser, expected);
            }
            let view = shown(merchant_s.ask(read(number)));
            view.is_some_and(|view| view.locked_until.is_some() || view.sign_in_needed)
        });
        let [kept_out, kept_out_known] = kept_out;
        let has_five = self.has_five_forms_like(number, known) && !expected;
        match self.ask(at_merchant(&merchant, number, asked_from(from, yen))) {
            Reply::Opened { status: Status::Pending, .. } => {
                assert!(self.knows_card && self.enrolled().is_some() && !has_five);
                assert!(!kept_out || known && !kept_out_known, "let in");
            }
            Reply::Refused(Refused::Rule(refusal), None) => {
                return match refusal {
                    Refusal::UnknownCard => assert!(!self.knows_card),
                    Refusal::NotEnrolled => assert!(self.enrolled().is_none()),
                    Refusal::Locked(_) | Refusal::SignInNeeded => {
                        assert!(kept_out && self.locked());
                    }
                    Refusal::TooManyChallenges(_) => {
                        assert!(has_five || kept_out && !self.locked());
                    }
                    _ => panic!("not opened: {refusal:?}"),
                };
            }
            _ => panic!("not an answer to opening"),
        }
        self.newest = number;
        if expected {
            self.took_expected();
        }
        let now = self.shell.now;
        let account = self.account(number);
        (account.known_browser, account.released) = (known, expected);
        account.three_ds = Some(ThreeDsBooks {
            from,
            known,
            opened_at: now,
            expires_at: now.plus(FIRST_REQUEST),
            requested: None,
            invalid: false,
            reported: false,
            given_up: None,
            conclusion: None,
            value: None,
        });
    }

    pub(in super::super) fn requested(&mut self, number: u32, data: Option<&str>) {
        let is_open = self.is_open(number);
        let reply = self.ask(requested(number, data));
        self.is_seen(number, &reply);
        if let Some(books) = self.books(number).filter(|_| is_open) {
            books.requested.get_or_insert(data.map(str::to_owned));
        }
    }

    pub(in super::super) fn request_invalid(&mut self, number: u32) {
        let is_open = self.is_open(number);
        let reply = self.ask(invalid(number));
        self.is_seen(number, &reply);
        if let Some(books) = self.books(number) {
            books.invalid |= is_open;
        }
    }

    pub(in super::super) fn pin_value(&mut self, number: u32, value: Option<&str>) {
        let value = value.map(str::to_owned);
        let reply = self.ask(to_three_ds(number, ChallengeCommand::PinValue(value.clone())));
        if self.is_seen(number, &reply)
            && let Some(books) = self.books(number)
        {
            books.value.get_or_insert(Pinned(value));
        }
    }

    /// Whether a challenge was seen: a merchant's takes no such command, and one may be forgotten.
    fn is_seen(&mut self, number: u32, reply: &Reply) -> bool {
        match reply {
            Reply::Seen(view) => {
                assert!(view.three_ds.is_some());
                true
            }
            Reply::Refused(Refused::Rule(Refusal::UnknownChallenge), view) => {
                assert!(view.is_none() || self.books(number).is_none());
                false
            }
            _ => panic!("not an answer to a directory server's command"),
        }
    }

    pub(in super::super) fn cancel(&mut self, number: u32) {
        let conclusion = self.given_up(number);
        let is_open = self.is_open(number);
        self.ask(cancel(number));
        if let Some(books) = self.books(number).filter(|_| is_open) {
            books.given_up = Some(conclusion);
        }
    }

    /// As what a challenge ends that is given up now.
    fn given_up(&mut self, number: u32) -> Conclusion {
        if self.kept_out(number) {
            return Conclusion::Locked;
        }
        let (now, app) = (self.shell.now, self.enrolled() == Some(Channel::App));
        let living = self.has_living_code(number);
        let account = self.account(number);
        let newest = account.sends.last();
        let is_lost = newest.is_none_or(|sent| sent.delivery(now).is_lost());
        let has_code = !is_lost && living;
        match (account.untaken || is_lost) && !has_code && account.comparisons == 0 && !app {
            true => Conclusion::Undeliverable,
            false => Conclusion::Canceled,
        }
    }

    /// Where the shop's server saw the buyer of a directory server's challenge; `None` for a merchant's.
    pub(super) fn said_from(&self, number: u32) -> Option<Option<u8>> {
        Some(self.accounts.get(&number)?.three_ds.as_ref()?.from)
    }

    pub(super) fn is_from_known_network(&self, number: u32) -> bool {
        let account = self.accounts.get(&number);
        account.and_then(|account| account.three_ds.as_ref()).is_some_and(|books| books.known)
    }

    pub(super) fn note_report(&mut self, number: u32) {
        if let Some(books) = self.books(number) {
            books.reported = true;
        }
    }

    /// The open challenge of a directory server that a command has a page shown of.
    pub(super) fn shows_page(&self, command: &Command) -> Option<u32> {
        let Command::Challenge { id: of, record: digest, command, .. } = command else {
            return None;
        };
        let is_page = matches!(
            command,
            ChallengeCommand::Requested { .. }
                | ChallengeCommand::Present { .. }
                | ChallengeCommand::Resend
                | ChallengeCommand::Verify { .. }
        );
        let all = self.accounts.iter().filter(|(_, account)| account.three_ds.is_some());
        let numbers = all.map(|(number, _)| *number);
        numbers.filter(|_| is_page).find(|number| {
            id(*number) == *of && record(*number) == *digest && self.is_open(*number)
        })
    }

    pub(super) fn page_shown(&mut self, number: Option<u32>) {
        let now = self.shell.now;
        if let Some(books) = number.and_then(|number| self.books(number)) {
            let last = books.opened_at.plus(LONGEST_THREE_DS);
            books.expires_at = books.expires_at.max(now.plus(PAGE)).min(last);
        }
    }

    /// Whether nothing is different from `before` but the time of a page that is shown.
    pub(super) fn has_only_shown(&self, number: u32, mut before: Cardholder) -> bool {
        if let Some(challenge) = before.challenge(&id(number)) {
            challenge.page_shown(self.shell.now);
        }
        self.shell.state == before
    }

    fn is_open(&self, number: u32) -> bool {
        let view = shown(self.shell.clone().ask(read(number)));
        view.is_some_and(|view| view.status == Status::Pending)
    }

    /// Whether the merchant of this one has five forms open that requestors' pages have opened, of buyers
    /// from known networks or of others. The random sequences are too short for a hundred that are open or
    /// not told.
    fn has_five_forms_like(&self, number: u32, known: bool) -> bool {
        let mut shell = self.shell.clone();
        let alike = |(other, account): (&u32, &Account)| {
            let books = account.three_ds.as_ref()?;
            let is_alike = books.known == known && other % 2 == number % 2;
            (is_alike && books.requested.is_some()).then_some(*other)
        };
        let here = self.accounts.iter().filter_map(alike);
        let seen = here.filter_map(|other| shown(shell.ask(read(other)))?.three_ds);
        5 <= seen.filter(|it| it.telling == Telling::NotEnded).count()
    }

    fn books(&mut self, number: u32) -> Option<&mut ThreeDsBooks> {
        self.accounts.get_mut(&number)?.three_ds.as_mut()
    }

    /// A directory server's challenge that ends has one result.
    pub(super) fn expect_result(&mut self, number: u32, at: Timestamp) {
        if self.books(number).is_some() {
            self.event_books.expect(EventKind::ThreeDsResult, number, at);
        }
    }

    pub(super) fn audit_three_ds(&mut self, number: u32, view: &View) {
        let is_told = self.event_books.is_told(number);
        let (Some(books), Some(seen)) = (self.books(number), &view.three_ds) else {
            assert!(self.books(number).is_none() && view.three_ds.is_none());
            return;
        };
        assert_eq!(view.expires_at, books.expires_at, "time of {number}");
        assert_eq!(seen.requested, books.requested.is_some());
        assert_eq!(seen.session_data, books.requested.clone().flatten());
        assert_eq!(seen.value, books.value);
        assert!(!view.redeemable && !view.redeemed, "an attestation of {number}");
        let ended = view.outcome.map(|outcome| outcome.status);
        let possible: &[Conclusion] = match ended {
            None => &[],
            Some(Ended::Verified) => &[Conclusion::Verified],
            Some(Ended::Failed) => &[Conclusion::TriesUsedUp],
            Some(Ended::Canceled) if books.invalid => &[Conclusion::RequestInvalid],
            Some(_) if books.requested.is_none() => &[Conclusion::NeverRequested],
            Some(Ended::Expired) => &[Conclusion::PageExpired, Conclusion::Locked],
            Some(Ended::Canceled) if books.reported => &[Conclusion::Canceled],
            Some(Ended::Canceled) => books.given_up.as_slice(),
        };
        match seen.conclusion {
            Some(conclusion) => assert!(possible.contains(&conclusion), "{conclusion:?} {ended:?}"),
            None => assert_eq!(possible, [], "no conclusion"),
        }
        if books.conclusion.is_some() {
            assert_eq!(seen.conclusion, books.conclusion, "another result of {number}");
        }
        books.conclusion = seen.conclusion;
        let telling = match (ended, is_told) {
            (None, _) => Telling::NotEnded,
            (Some(_), false) => Telling::Due,
            (Some(_), true) => Telling::Told,
        };
        assert_eq!(seen.telling, telling);
    }
}

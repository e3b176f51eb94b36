//! What lets a directory server's challenge in where others are not: a network from which the cardholder
//! verified before, and a purchase that the owner expects.

use super::{
    ChallengeCommand, Command, DAY, MINUTE, Refusal, Reply, ReplyKind, Seconds, Shell, at_merchant,
    open, present, taro,
    three_ds::{asking, card, open_three_ds, requested, to_three_ds},
    to_challenge,
};
use crate::{
    cardholder::Places,
    ids::CardholderId,
    known_network::NetworkMark,
    money::{Amount, Currency},
    secret::MasterKey,
};

/// Half a year: how long a network is known.
const LIFE: u64 = 180 * DAY;
/// How long a purchase is expected.
const EXPECTED: u64 = 30 * MINUTE;

pub(super) fn amount(yen: i64) -> Amount {
    Amount::new(yen, Currency::parse("JPY").unwrap()).unwrap()
}

pub(super) fn network(number: u8) -> NetworkMark {
    let key = MasterKey::parse(&"A".repeat(43)).unwrap();
    let taro = CardholderId::parse("taro").unwrap();
    NetworkMark::of(&key, &taro, &format!("203.0.113.{number}")).unwrap()
}

/// A directory server asks, for a buyer in one of these networks.
pub(super) fn asked_from(
    networks: impl IntoIterator<Item = u8>,
    yen: Option<i64>,
) -> ChallengeCommand {
    let networks = networks.into_iter().map(network).collect();
    ChallengeCommand::OpenThreeDs { card: card(1), networks, amount: yen.map(amount) }
}

/// A directory server asks at the usual merchant, for a buyer in one of these networks.
pub(super) fn open_from(number: u32, networks: &[u8], yen: Option<i64>) -> Command {
    to_three_ds(number, asked_from(networks.iter().copied(), yen))
}

/// A code that comes from a network.
pub(super) fn from_network(mut command: Command, number: u8) -> Command {
    if let Command::Challenge { command: ChallengeCommand::Verify { network: seen, .. }, .. } =
        &mut command
    {
        *seen = Some(network(number));
    }
    command
}

/// The same challenge as a directory server's commands name it.
fn of_directory_server(command: Command) -> Command {
    let Command::Challenge { id, record, command, .. } = command else { panic!("no challenge") };
    Command::Challenge { id, record, command, merchant: None }
}

impl Shell {
    /// Opens a directory server's challenge, shows its form, and submits the right code.
    #[track_caller]
    fn buys_from(&mut self, number: u32, said: u8, seen: u8) {
        self.must(open_from(number, &[said], None), &ReplyKind::Opened);
        self.must(requested(number, None), &ReplyKind::Seen);
        self.must(to_three_ds(number, showing()), &ReplyKind::Sent(1));
        let right = from_network(of_directory_server(self.right(number, 1)), seen);
        self.must(right, &ReplyKind::Verified);
        let told = self.woken().into_iter().map(|event| event.number).collect();
        self.must(Command::Settled(told), &ReplyKind::Settled);
    }

    /// A stranger spends the tries of a challenge that is opened so; the usual merchant waits then.
    #[track_caller]
    fn stranger_guesses(&mut self, number: u32, open: Command) {
        self.must(open, &ReplyKind::Opened);
        self.must(requested(number, None), &ReplyKind::Seen);
        self.must(to_three_ds(number, showing()), &ReplyKind::Sent(1));
        for left in (0..5).rev() {
            let wrong = of_directory_server(self.wrong(number));
            let refusal = Refusal::WrongCode(super::TriesLeft(left));
            self.refuses(wrong, refusal);
        }
    }

    /// Whether a directory server's challenge is let in; it is opened then.
    fn lets_in(&mut self, open: Command) -> bool {
        match self.reply_kind(open) {
            ReplyKind::Opened => true,
            ReplyKind::No(
                Refusal::TooManyChallenges(_) | Refusal::Locked(_) | Refusal::SignInNeeded,
            ) => false,
            other => panic!("{other:?}"),
        }
    }

    fn is_known(&self, number: u8) -> bool {
        self.state.known_networks.have(&[network(number)])
    }

    fn expects(&mut self, yen: i64) {
        self.must(Command::ExpectPurchase(amount(yen)), &ReplyKind::Described);
    }
}

fn showing() -> ChallengeCommand {
    ChallengeCommand::Present { hostname: None, known_browser: false }
}

/// A cardholder with all that marks leave: a network that is known, a challenge from there, and a
/// purchase that is expected.
pub(super) fn marked() -> Shell {
    let mut shell = Shell::with_card();
    shell.buys_from(1, 1, 1);
    shell.must(open_from(2, &[1, 2], Some(980)), &ReplyKind::Opened);
    shell.expects(3150);
    shell
}

#[test]
fn where_others_wait_a_network_that_verified_is_let_in_three_times_a_day() {
    let mut shell = Shell::with_card();
    shell.buys_from(1, 1, 1);
    shell.stranger_guesses(2, open_three_ds(2));
    assert!(!shell.lets_in(open_three_ds(3)));
    assert!(!shell.lets_in(open_from(3, &[2], None)));
    shell.must(open_from(4, &[1], None), &ReplyKind::Opened);
    shell.must(requested(4, None), &ReplyKind::Seen);
    shell.must(to_three_ds(4, showing()), &ReplyKind::Sent(1));
    for left in (0..3).rev() {
        let wrong = of_directory_server(shell.wrong(4));
        shell.refuses(wrong, Refusal::WrongCode(super::TriesLeft(left)));
    }
    assert!(!shell.lets_in(open_from(5, &[1], None)));
    shell.wait(DAY);
    assert!(shell.lets_in(open_from(5, &[1], None)));
}

/// A stranger behind the owner's address has three wrong codes of the six that are kept for known
/// browsers, and three of their ten messages. None of the last ten of a row.
#[test]
fn whoever_shares_a_network_takes_nothing_that_is_kept_for_known_browsers() {
    let mut shell = Shell::with_card();
    shell.buys_from(1, 1, 1);
    shell.locks_after(1);
    shell.must(open(2), &ReplyKind::Opened);
    shell.must(present(2), &ReplyKind::Sent(1));
    let wrong = shell.wrong(2);
    shell.ask(wrong);
    // Messages: each challenge is given up, and leaves its tries.
    let mut places = Vec::new();
    for number in 3..8 {
        shell.must(open_from(number, &[1], None), &ReplyKind::Opened);
        shell.must(requested(number, None), &ReplyKind::Seen);
        let Reply::Send(_, order) = shell.ask(to_three_ds(number, showing())) else {
            panic!("no send")
        };
        places.push(order.places);
        shell.must(to_three_ds(number, ChallengeCommand::Cancel), &ReplyKind::Canceled);
        let told = shell.woken().into_iter().map(|event| event.number).collect();
        shell.must(Command::Settled(told), &ReplyKind::Settled);
    }
    let (kept, common) = (Places::Kept, Places::Common);
    assert_eq!(places, [kept, kept, kept, common, common]);
    shell.must(open_from(8, &[1], None), &ReplyKind::Opened);
    shell.must(requested(8, None), &ReplyKind::Seen);
    shell.ask(to_three_ds(8, showing()));
    for left in (0..3).rev() {
        let wrong = of_directory_server(shell.wrong(8));
        shell.refuses(wrong, Refusal::WrongCode(super::TriesLeft(left)));
    }
    assert!(!shell.lets_in(open_from(9, &[1], None)));
    shell.must(open(9), &ReplyKind::Opened);
    let by_browser = ChallengeCommand::Present { hostname: None, known_browser: true };
    shell.must(to_challenge(9, by_browser), &ReplyKind::Sent(1));
    assert_eq!(shell.view(9).tries_left, 3);

    let mut shell = Shell::with_card();
    shell.buys_from(1, 1, 1);
    shell.state.failures = 90;
    let refused = shell.reply_kind(open_from(2, &[1], None));
    assert_eq!(refused, ReplyKind::No(Refusal::SignInNeeded));
}

#[test]
fn a_network_is_learned_where_shop_and_edge_saw_the_same() {
    let mut shell = Shell::with_card();
    shell.buys_from(1, 1, 2);
    assert!(!shell.is_known(1) && !shell.is_known(2));
    // A shop that does not say the address.
    shell.must(open_three_ds(2), &ReplyKind::Opened);
    shell.must(requested(2, None), &ReplyKind::Seen);
    shell.must(to_three_ds(2, showing()), &ReplyKind::Sent(1));
    let right = from_network(of_directory_server(shell.right(2, 1)), 1);
    shell.must(right, &ReplyKind::Verified);
    assert!(!shell.is_known(1));
    shell.buys_from(3, 1, 1);
    assert!(shell.is_known(1));
}

#[test]
fn a_merchant_s_challenge_teaches_what_the_edge_saw_for_who_has_a_card() {
    let mut shell = Shell::presented();
    let right = from_network(shell.right(1, 1), 1);
    shell.must(right, &ReplyKind::Verified);
    assert!(!shell.is_known(1), "no directory server could ask for them");
    let mut shell = Shell::with_card();
    shell.must(open(1), &ReplyKind::Opened);
    shell.must(present(1), &ReplyKind::Sent(1));
    let wrong = from_network(shell.wrong(1), 1);
    shell.refuses(wrong, Refusal::WrongCode(super::TriesLeft(4)));
    assert!(!shell.is_known(1), "a wrong code teaches nothing");
    let right = from_network(shell.right(1, 1), 1);
    shell.must(right, &ReplyKind::Verified);
    assert!(shell.is_known(1));
}

#[test]
fn four_networks_are_known_the_newest_and_each_for_half_a_year() {
    let mut shell = Shell::with_card();
    let began = shell.now;
    for (number, from) in (1..).zip([1, 2, 3, 4]) {
        shell.buys_from(number, from, from);
        shell.wait(MINUTE);
    }
    // A success renews.
    shell.buys_from(5, 1, 1);
    shell.wait(MINUTE);
    shell.buys_from(6, 5, 5);
    let known = |shell: &Shell| (1..=5).filter(|it| shell.is_known(*it)).collect::<Vec<u8>>();
    assert_eq!(known(&shell), [1, 3, 4, 5]);
    shell.wait_until(began, (LIFE + 2 * MINUTE) * 1000 - 1);
    shell.must(Command::Describe, &ReplyKind::Described);
    assert_eq!(known(&shell), [1, 3, 4, 5]);
    shell.wait_millis(1);
    shell.must(Command::Describe, &ReplyKind::Described);
    assert_eq!(known(&shell), [1, 4, 5]);
    let (_, at) = shell.left_alone();
    assert_eq!(at, began.plus(std::time::Duration::from_secs(LIFE + 13 * MINUTE)));
    assert!(shell.keeps_only_what_is_registered());
}

#[test]
fn a_network_of_any_master_key_is_known_and_an_erasure_forgets_all() {
    let mut shell = Shell::with_card();
    shell.buys_from(1, 1, 1);
    shell.stranger_guesses(2, open_three_ds(2));
    // The newest key makes another mark of the same network.
    assert!(shell.lets_in(open_from(3, &[9, 1], None)));
    shell.must(Command::Forget, &ReplyKind::Forgotten);
    shell.ask(Command::Register(taro()));
    assert!(!shell.is_known(1));
}

#[test]
fn one_expected_purchase_is_let_in_by_its_amount_with_all_its_tries() {
    let mut shell = Shell::with_card();
    shell.stranger_guesses(1, open_three_ds(1));
    shell.expects(3150);
    let seen = shell.describe().expected.map(|it| (it.amount, it.until.seconds_from(shell.now)));
    assert_eq!(seen, Some((amount(3150), EXPECTED)));
    for other in [None, Some(3149), Some(315_000)] {
        assert!(!shell.lets_in(open_from(2, &[], other)), "{other:?}");
    }
    let dollars = Amount::new(3150, Currency::parse("USD").unwrap()).ok();
    let in_dollars =
        ChallengeCommand::OpenThreeDs { card: card(1), networks: Vec::new(), amount: dollars };
    assert!(!shell.lets_in(to_three_ds(2, in_dollars)));
    shell.stranger_guesses(2, open_from(2, &[], Some(3150)));
    // It took the expectation with it; the same message again finds it.
    assert_eq!(shell.describe().expected, None);
    shell.must(open_from(2, &[], Some(3150)), &ReplyKind::Opened);
    assert!(!shell.lets_in(open_from(3, &[], Some(3150))));
}

/// What a stranger guesses where a purchase was expected counts in the row, and in no day.
#[test]
fn the_owner_s_word_ends_the_row_and_is_good_where_the_day_is_spent() {
    let mut shell = Shell::with_card();
    shell.locks_after(5);
    shell.stranger_guesses(1, open_three_ds(1));
    assert!(shell.describe().locked_until.is_some());
    assert_eq!(shell.state.failures, 5);
    shell.expects(3150);
    assert_eq!(shell.state.failures, 0);
    shell.stranger_guesses(2, open_from(2, &[], Some(3150)));
    assert_eq!(shell.state.failures, 5);
    shell.expects(3150);
    assert!(shell.lets_in(open_from(3, &[], Some(3150))));
}

#[test]
fn an_expectation_ends_after_thirty_minutes_with_another_one_or_when_it_is_taken_back() {
    let mut shell = Shell::with_card();
    shell.stranger_guesses(1, open_three_ds(1));
    shell.expects(3150);
    shell.expects(980);
    assert!(!shell.lets_in(open_from(2, &[], Some(3150))));
    shell.must(Command::ExpectNothing, &ReplyKind::Described);
    assert!(!shell.lets_in(open_from(2, &[], Some(980))));
    // The merchant waits until its ten wrong codes are a day old.
    shell.wait(15 * MINUTE);
    shell.stranger_guesses(2, open_three_ds(2));
    shell.expects(3150);
    shell.wait(EXPECTED - 1);
    let mut in_time = shell.clone();
    assert!(in_time.lets_in(open_from(3, &[], Some(3150))));
    shell.wait(1);
    assert!(!shell.lets_in(open_from(3, &[], Some(3150))));
    assert_eq!(shell.describe().expected, None);
    let mut nobody = Shell::empty();
    nobody.refuses(Command::ExpectPurchase(amount(1)), Refusal::UnknownCardholder);
    nobody.refuses(Command::ExpectNothing, Refusal::UnknownCardholder);
}

#[test]
fn an_expectation_that_nobody_took_is_forgotten_by_an_alarm() {
    let mut shell = Shell::with_card();
    let began = shell.now;
    shell.expects(3150);
    assert!(!shell.keeps_only_what_is_registered());
    let (alarms, at) = shell.left_alone();
    assert_eq!((alarms, at), (1, began.plus(std::time::Duration::from_secs(40 * MINUTE))));
    assert!(shell.keeps_only_what_is_registered());
}

/// Five forms of one shop are left, or a hundred of many: neither keeps the owner's purchase out.
#[test]
fn forms_that_are_left_keep_no_expected_purchase_out() {
    let mut shell = Shell::with_card();
    let shop = |number: u32| format!("3ds_shop_{number}");
    for number in 0..100 {
        let at = at_merchant(&shop(number / 5), number, asking());
        shell.must(at, &ReplyKind::Opened);
        let requested = ChallengeCommand::Requested { session_data: None };
        shell.must(at_merchant(&shop(number / 5), number, requested), &ReplyKind::Seen);
    }
    let at = |number| at_merchant(&shop(0), number, asked_from([], Some(3150)));
    let refused = shell.reply_kind(at(100));
    assert_eq!(refused, ReplyKind::No(Refusal::TooManyChallenges(Seconds(600))));
    shell.expects(3150);
    shell.must(at(100), &ReplyKind::Opened);
    assert!(!shell.lets_in(at(101)));
}

#[test]
fn forms_that_are_left_at_a_shop_keep_no_known_network_out_there() {
    let mut shell = Shell::with_card();
    shell.buys_from(1, 1, 1);
    for number in 2..7 {
        shell.must(open_from(number, &[2], None), &ReplyKind::Opened);
        shell.must(requested(number, None), &ReplyKind::Seen);
    }
    assert!(!shell.lets_in(open_from(7, &[2], None)));
    // Whoever shares the network has five of their own.
    for number in 7..12 {
        shell.must(open_from(number, &[1], None), &ReplyKind::Opened);
        shell.must(requested(number, None), &ReplyKind::Seen);
    }
    assert!(!shell.lets_in(open_from(12, &[1], None)));
}

/// A wrong code that came from a known network, and one of a stranger.
pub(super) fn guessed() -> Shell {
    let mut shell = Shell::with_card();
    shell.buys_from(1, 1, 1);
    shell.locks_after(1);
    for (number, from) in [(2, 2), (3, 1)] {
        shell.must(open_from(number, &[from], None), &ReplyKind::Opened);
        shell.must(requested(number, None), &ReplyKind::Seen);
        shell.must(to_three_ds(number, showing()), &ReplyKind::Sent(1));
        let wrong = of_directory_server(shell.wrong(number));
        shell.ask(wrong);
    }
    shell
}

/// Two hundred forms are shown in which no code came, each of a merchant of its own.
#[test]
fn an_expected_purchase_has_one_of_many_forms_make_room() {
    let mut shell = Shell::with_card();
    for number in 1..=200 {
        let merchant = format!("shop-{number}");
        let opened = at_merchant(&merchant, number, ChallengeCommand::Open(None));
        shell.must(opened, &ReplyKind::Opened);
        let Reply::Send(_, order) = shell.ask(at_merchant(&merchant, number, showing())) else {
            panic!("no send")
        };
        let limited = crate::cardholder::DeliveryReport::Limited(shell.now);
        shell.ask(at_merchant(&merchant, number, ChallengeCommand::Report(order.number, limited)));
    }
    assert!(!shell.lets_in(open_from(201, &[], Some(3150))));
    shell.expects(3150);
    assert!(shell.lets_in(open_from(201, &[], Some(3150))));
}

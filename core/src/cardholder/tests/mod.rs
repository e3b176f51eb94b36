//! The rules, one behaviour a test, driven as the cardholder object drives them.
//!
//! Here is the [`Shell`] that the tests share: it loads, decides and saves as the object does. The
//! behaviour is in the files beside this one.

mod admission;
mod app;
mod attempts;
mod audit;
mod auditor;
mod authenticator;
mod authenticators;
mod available;
mod contract;
mod deliveries;
mod destinations;
mod ended;
mod enrollment;
mod events;
mod flow;
mod forgetting;
mod fraud_reports;
mod frozen;
mod known_ends;
mod limits;
mod listed;
mod locks;
mod no_room;
mod notifications;
mod random;
mod receipts;
mod registration;
mod saving;
mod sends;
mod sessions;
mod switching;
mod test_courses;
mod three_ds;
mod three_ds_marks;
mod three_ds_openings;
mod three_ds_results;
mod unknown_results;
mod versions;

use std::time::Duration;

use super::{
    AppProof, BoundBy, Cardholder, ChallengeCommand, Command, DeliveryReport, DeliveryState,
    Description, EventKind, NotificationKind, ProviderId, Refusal, Refused, Registration, Reply,
    Seconds, SessionEnd, SessionState, TriesLeft, View,
};
use crate::{
    code::{CodeKey, SubmittedCode},
    contact::{Channel, EmailAddress, PhoneNumber, SendChannel},
    digest::{Digest, Hasher},
    ids::{ChallengeId, MerchantId, Salt},
    rules::{Rules, WrongCodeLimits},
    secret::MasterKey,
    text::PersonalMessage,
    time::Timestamp,
    transaction::tests::coffee,
    wire::{self, CardholderCall, Unreadable},
};

/// The command that an object would be asked to decide, and when.
fn read_command(text: &str) -> Result<(Timestamp, Command), Unreadable> {
    let CardholderCall::Decide(now, command, _) = wire::read_cardholder_call(text)?;
    Ok((now, command))
}

const MINUTE: u64 = 60;
const DAY: u64 = 86_400;

/// What a test compares of a reply. Replies have no `Debug`: they hold the personal message.
#[derive(Debug, PartialEq, Eq)]
enum ReplyKind {
    Registered { new: bool },
    Described,
    Forgotten,
    Woken(Vec<EventKind>),
    Settled,
    Opened,
    Seen,
    Challenges(usize),
    Sent(u32),
    Unseal,
    Verified,
    Canceled,
    Redeemed,
    NotRedeemable,
    Session(SessionState),
    Notification(NotificationKind, u32),
    Audited,
    No(Refusal),
}

impl From<&Reply> for ReplyKind {
    fn from(reply: &Reply) -> Self {
        match reply {
            Reply::Registered { new, .. } => Self::Registered { new: *new },
            Reply::Described(..) => Self::Described,
            Reply::Forgotten => Self::Forgotten,
            Reply::Woken(events, _) => Self::Woken(events.iter().map(|event| event.kind).collect()),
            Reply::Settled => Self::Settled,
            Reply::Opened { .. } => Self::Opened,
            Reply::Seen(_) => Self::Seen,
            Reply::Challenges(list) => Self::Challenges(list.len()),
            Reply::Send(_, order) => Self::Sent(order.send),
            Reply::Unseal(_) => Self::Unseal,
            Reply::Verified(..) => Self::Verified,
            Reply::Canceled(_) => Self::Canceled,
            Reply::Redeemed(_) => Self::Redeemed,
            Reply::Session(view) => Self::Session(view.state),
            Reply::Notification(told) => Self::Notification(told.kind, told.count),
            Reply::Audited(_) => Self::Audited,
            Reply::Refused(Refused::NotRedeemable, _) => Self::NotRedeemable,
            Reply::Refused(Refused::Rule(refusal), _) | Reply::NotEnrolling(refusal, _) => {
                Self::No(*refusal)
            }
        }
    }
}

/// What the reply shows of a challenge.
fn shown(reply: Reply) -> Option<View> {
    match reply {
        Reply::Seen(view)
        | Reply::Send(view, _)
        | Reply::Verified(view, _)
        | Reply::Canceled(view)
        | Reply::Redeemed(view) => Some(view),
        Reply::Refused(_, view) => view,
        Reply::Registered { .. }
        | Reply::Described(..)
        | Reply::Forgotten
        | Reply::Woken(..)
        | Reply::Notification(_)
        | Reply::Settled
        | Reply::Opened { .. }
        | Reply::Challenges(_)
        | Reply::Unseal(_)
        | Reply::Session(_)
        | Reply::Audited(_)
        | Reply::NotEnrolling(..) => None,
    }
}

/// Loads, decides, saves: one cardholder in memory, with the clock in the test's hand. Challenges
/// are named by number; all are of one equal transaction.
#[derive(Clone)]
struct Shell {
    state: Cardholder,
    rules: Rules,
    now: Timestamp,
}

impl Shell {
    /// Wrong codes of this weight in all lock the cardholder; nothing is counted by merchant.
    fn locks_after(&mut self, day: u32) {
        self.rules.wrong_codes = WrongCodeLimits {
            day,
            merchant_wait_from: u32::MAX,
            merchant_day: u32::MAX,
            wary_from: u32::MAX,
            ..self.rules.wrong_codes
        };
    }

    /// Nobody is registered.
    fn empty() -> Self {
        Self {
            state: Cardholder::default(),
            rules: Rules::default(),
            now: Timestamp::from_millis(1_800_000_000_000),
        }
    }

    /// Taro is registered and chose e-mail.
    fn new() -> Self {
        let mut shell = Self::empty();
        shell.ask(Command::Register(taro()));
        shell
    }

    /// Taro, with challenge 1 open.
    fn opened() -> Self {
        let mut shell = Self::new();
        shell.must(open(1), &ReplyKind::Opened);
        shell
    }

    /// Taro, with challenge 1 open and its first code sent.
    fn presented() -> Self {
        let mut shell = Self::opened();
        shell.must(present(1), &ReplyKind::Sent(1));
        shell
    }

    /// Taro, with challenge 1 verified.
    fn verified() -> Self {
        let mut shell = Self::presented();
        shell.must(shell.right(1, 1), &ReplyKind::Verified);
        shell
    }

    fn ask(&mut self, command: Command) -> Reply {
        let (state, reply) = std::mem::take(&mut self.state).decide(command, &self.rules, self.now);
        self.state = state;
        reply
    }

    fn reply_kind(&mut self, command: Command) -> ReplyKind {
        ReplyKind::from(&self.ask(command))
    }

    #[track_caller]
    fn must(&mut self, command: Command, expected: &ReplyKind) {
        assert_eq!(self.reply_kind(command), *expected);
    }

    #[track_caller]
    fn refuses(&mut self, command: Command, refusal: Refusal) {
        assert_eq!(self.reply_kind(command), ReplyKind::No(refusal));
    }

    #[track_caller]
    fn view(&mut self, number: u32) -> View {
        match self.ask(read(number)) {
            Reply::Seen(view) => view,
            other => panic!("challenge {number}: {:?}", ReplyKind::from(&other)),
        }
    }

    #[track_caller]
    fn describe(&mut self) -> Description {
        match self.ask(Command::Describe) {
            Reply::Described(description, _) => description,
            other => panic!("{:?}", ReplyKind::from(&other)),
        }
    }

    /// How the rules see a challenge that may not be there.
    fn peek(&self, number: u32) -> Option<View> {
        self.state.view(&id(number), &self.rules, self.now)
    }

    /// The code of delivery `delivery`; of a challenge that is not there, as if it were opened now.
    fn code(&self, number: u32, delivery: u32) -> String {
        let opened_at = self.peek(number).map_or(self.now, |view| view.opened_at);
        key(number).code(opened_at, delivery).reveal().to_owned()
    }

    /// Submits the code of delivery `delivery` of the same challenge.
    fn right(&self, number: u32, delivery: u32) -> Command {
        submit(number, &self.code(number, delivery))
    }

    /// Submits what is the code of no delivery of that challenge.
    fn wrong(&self, number: u32) -> Command {
        let most = self.rules.deliveries();
        let codes: Vec<_> = (1..=most).map(|delivery| self.code(number, delivery)).collect();
        let mut guesses = (0..=most).map(|guess| format!("{guess:06}"));
        submit(number, &guesses.find(|guess| !codes.contains(guess)).unwrap())
    }

    /// When the attestation of a challenge was issued, if it has one, in seconds; else some time.
    fn issued_at(&self, number: u32) -> u64 {
        let outcome = self.peek(number).and_then(|view| view.outcome);
        outcome.map_or(self.now, |outcome| outcome.at).unix_seconds()
    }

    fn redeem(&self, number: u32, idempotency: Option<&str>) -> Command {
        redeem_issued_at(number, self.issued_at(number), idempotency)
    }

    /// Every command about a challenge but the one that opens it, with the record `shown`.
    fn commands_with_record(&self, number: u32, shown: Digest) -> Vec<(&'static str, Command)> {
        let commands = [
            ("read", read(number)),
            ("present", present(number)),
            ("resend", resend(number)),
            ("carried", refused_by_provider(number, 1)),
            ("receipt", receipt(number, 1, DeliveryState::Bounced)),
            ("verify", self.right(number, 1)),
            ("cancel", cancel(number)),
            ("report_fraud", report_fraud(number)),
            ("redeem", self.redeem(number, None)),
            ("release", release(number)),
            ("requested", three_ds::requested(number, None)),
            ("request_invalid", three_ds::invalid(number)),
            ("pin_value", three_ds::to_three_ds(number, ChallengeCommand::PinValue(None))),
        ];
        commands.map(|(name, command)| (name, with_record(command, shown))).into()
    }

    fn wait(&mut self, seconds: u64) {
        self.wait_millis(seconds * 1000);
    }

    fn wait_millis(&mut self, millis: u64) {
        self.now = self.now.plus(Duration::from_millis(millis));
    }

    /// Goes on until `millis` after `start`.
    fn wait_until(&mut self, start: Timestamp, millis: u64) {
        self.now = start.plus(Duration::from_millis(millis));
    }
}

fn taro() -> Registration {
    Registration {
        email: Some(EmailAddress::parse("taro@mail.jp").unwrap()),
        phone: Some(PhoneNumber::parse("+819012341234").unwrap()),
        personal_message: Some(PersonalMessage::parse("ひまわり").unwrap()),
        channel: Some(SendChannel::Email),
        by: BoundBy::Issuer,
    }
}

fn identity(number: u32) -> (ChallengeId, Salt) {
    let mut random = [0; 32];
    random[..4].copy_from_slice(&number.to_be_bytes());
    ChallengeId::random(random)
}

fn id(number: u32) -> ChallengeId {
    identity(number).0
}

/// Stands for the digest of the challenge's record; the core compares it and looks no further.
fn record(number: u32) -> Digest {
    Hasher::new("record").field(&number.to_be_bytes()).finish()
}

fn key(number: u32) -> CodeKey {
    let master = MasterKey::parse(&"A".repeat(43)).unwrap();
    let (id, salt) = identity(number);
    CodeKey::derive(&master, &id, &salt, &coffee().digest())
}

fn to_challenge(number: u32, command: ChallengeCommand) -> Command {
    at_merchant("maru-shop", number, command)
}

/// A command to a challenge of this merchant.
fn at_merchant(merchant: &str, number: u32, command: ChallengeCommand) -> Command {
    let merchant = MerchantId::parse(merchant).ok();
    Command::Challenge { id: id(number), record: record(number), command, merchant }
}

fn open(number: u32) -> Command {
    to_challenge(number, ChallengeCommand::Open(None))
}

fn read(number: u32) -> Command {
    to_challenge(number, ChallengeCommand::Read)
}

fn present(number: u32) -> Command {
    to_challenge(number, showing(false))
}

/// The form is shown, in a browser that verified at the merchant before or in another.
fn showing(known_browser: bool) -> ChallengeCommand {
    ChallengeCommand::Present { hostname: None, known_browser }
}

fn resend(number: u32) -> Command {
    to_challenge(number, ChallengeCommand::Resend)
}

fn audit(number: u32) -> Command {
    Command::Audit { id: id(number), record: record(number) }
}

fn cancel(number: u32) -> Command {
    to_challenge(number, ChallengeCommand::Cancel)
}

/// The cardholder says that the purchase is not theirs.
fn report_fraud(number: u32) -> Command {
    to_challenge(number, ChallengeCommand::ReportFraud)
}

fn release(number: u32) -> Command {
    to_challenge(number, ChallengeCommand::Release)
}

fn submit(number: u32, typed: &str) -> Command {
    submit_with(number, None, typed)
}

fn submit_with(number: u32, app: Option<AppProof>, typed: &str) -> Command {
    let code = SubmittedCode::parse(typed).unwrap();
    let (key, attempt, network) = (key(number), None, None);
    to_challenge(number, ChallengeCommand::Verify { key, app, code, attempt, network })
}

fn redeem_issued_at(number: u32, issued_at: u64, idempotency: Option<&str>) -> Command {
    let idempotency = idempotency.map(|key| Hasher::new(key).finish());
    to_challenge(number, ChallengeCommand::Redeem { issued_at, idempotency })
}

/// Provider 1 accepted it; those of `may_have_sent` were asked before.
fn accepted(number: u32, delivery: u32, may_have_sent: &[u8]) -> Command {
    accepted_by(1, number, delivery, may_have_sent)
}

fn accepted_by(by: u8, number: u32, delivery: u32, may_have_sent: &[u8]) -> Command {
    let may_have_sent = may_have_sent.iter().copied().map(ProviderId).collect();
    let accepted = DeliveryReport::Accepted { by: ProviderId(by), may_have_sent };
    to_challenge(number, ChallengeCommand::Report(delivery, accepted))
}

/// No provider accepted it; `first` and `others` may have sent it.
fn unknown(number: u32, delivery: u32, first: u8, others: &[u8]) -> Command {
    let others = others.iter().copied().map(ProviderId).collect();
    to_challenge(
        number,
        ChallengeCommand::Report(
            delivery,
            DeliveryReport::Unknown { first: ProviderId(first), others },
        ),
    )
}

fn refused_by_provider(number: u32, delivery: u32) -> Command {
    to_challenge(number, ChallengeCommand::Report(delivery, DeliveryReport::NotTaken))
}

/// The report that the destination has no slot until then.
fn limited(number: u32, delivery: u32, until: Timestamp) -> Command {
    to_challenge(number, ChallengeCommand::Report(delivery, DeliveryReport::Limited(until)))
}

fn receipt(number: u32, delivery: u32, state: DeliveryState) -> Command {
    receipt_of(1, number, delivery, state)
}

/// The receipt of provider `by`: what became of its message.
fn receipt_of(by: u8, number: u32, delivery: u32, state: DeliveryState) -> Command {
    to_challenge(number, ChallengeCommand::Receipt(delivery, ProviderId(by), state))
}

fn with_record(mut command: Command, shown: Digest) -> Command {
    if let Command::Challenge { record, .. } = &mut command {
        *record = shown;
    }
    command
}

//! The life of an enrollment session: opened, shown, over, forgotten.

use super::{
    Channel, Command, DAY, Duration, MINUTE, Refusal, Reply, ReplyKind, SessionEnd, SessionState,
    Shell, Timestamp, TriesLeft,
    authenticator::{
        CHANGED, OPEN, app_code, change, change_to_app, enrolling, give_up, offer, proof, show,
        start, terms,
    },
    open, present, submit,
};
use crate::{
    cardholder::{Choice, SessionCommand},
    contact::Via,
    locale::Locale,
};

/// A way for session 1 to be over, and the state it leaves.
type Ending = (SessionState, fn(&mut Shell));

const ENDINGS: [Ending; 4] = [
    (SessionState::Changed, |shell| shell.must(change(1, Choice::Sms), &CHANGED)),
    (SessionState::Canceled, |shell| {
        shell.must(give_up(1), &ReplyKind::Session(SessionState::Canceled));
    }),
    (SessionState::Failed, |shell| {
        for left in (0..5).rev() {
            let wrong = change_to_app(1, 1, &shell.no_code_of(1));
            shell.refuses(wrong, Refusal::WrongCode(TriesLeft(left)));
        }
    }),
    (SessionState::Expired, |shell| shell.wait(15 * MINUTE)),
];

/// Everything that could change something in session 1.
fn changes(shell: &Shell) -> [(&'static str, Command); 5] {
    [
        ("e-mail", change(1, Choice::Email)),
        ("text message", change(1, Choice::Sms)),
        ("app", change_to_app(1, 1, &app_code(1, shell.now))),
        ("another app", offer(1, 2)),
        ("cancel", give_up(1)),
    ]
}

#[test]
fn a_session_shows_what_it_was_started_with_and_what_is_registered() {
    let mut shell = Shell::new();
    let Reply::Session(started) = shell.ask(start(1)) else {
        panic!("not started");
    };
    assert_eq!(started.state, SessionState::Open);
    assert_eq!(started.expires_at, shell.now.plus(Duration::from_secs(15 * MINUTE)));
    assert_eq!(started.locale, Locale::En);
    assert_eq!(started.return_url.as_deref(), Some("https://member.example/back"));
    assert_eq!(started.current.as_ref().and_then(Via::destination), Some("***@mail.jp"));
    assert_eq!(started.email.as_ref().unwrap().as_str(), "***@mail.jp");
    assert_eq!(started.phone.as_ref().unwrap().as_str(), "***-****-1234");
    assert!(started.app.is_none());
    assert_eq!(started.tries_left, 5);
    shell.wait(MINUTE);
    assert!(shell.session(1) == started);

    shell.ask(enrolling(
        2,
        SessionCommand::Start { locale: Locale::Ja, return_url: None, sign_in: None },
    ));
    let second = shell.session(2);
    assert_eq!((second.locale, second.return_url), (Locale::Ja, None));
    assert!(shell.session(1) == started);
}

#[test]
fn showing_changes_nothing() {
    let mut shell = Shell::offered();
    let before = shell.state.clone();
    for _ in 0..3 {
        shell.must(show(1), &OPEN);
    }
    assert!(shell.state == before);
}

#[test]
fn a_session_that_nobody_started_is_unknown_and_shows_nothing() {
    let mut shell = Shell::offered();
    shell.must(start(2), &OPEN);
    let before = shell.state.clone();
    for command in [
        SessionCommand::Show,
        SessionCommand::OfferApp(proof(1).sealed),
        SessionCommand::Change { to: Choice::Sms, terms: terms() },
        SessionCommand::Cancel,
    ] {
        let reply = shell.ask(enrolling(9, command));
        assert!(matches!(reply, Reply::NotEnrolling(Refusal::UnknownSession, None)));
    }
    assert!(shell.state == before);
}

#[test]
fn nobody_unknown_has_sessions() {
    let mut shell = Shell::empty();
    for command in [start(1), show(1), offer(1, 1), change(1, Choice::Email), give_up(1)] {
        let reply = shell.ask(command);
        assert!(matches!(reply, Reply::NotEnrolling(Refusal::UnknownCardholder, None)));
    }
    assert!(shell.state == Shell::empty().state);
}

#[test]
fn a_session_that_is_over_changes_nothing_and_says_so() {
    for (state, end) in ENDINGS {
        let mut shell = Shell::offered();
        end(&mut shell);
        let before = shell.session(1);
        assert_eq!(before.state, state);
        let stored = shell.state.clone();
        for (name, command) in changes(&shell) {
            let Reply::NotEnrolling(refusal, Some(view)) = shell.ask(command) else {
                panic!("{name} after {state:?}");
            };
            assert_eq!(refusal, Refusal::SessionOver(state.ended().unwrap()), "{name}");
            assert!(view == before, "{name} after {state:?} showed something else");
        }
        assert!(shell.state == stored, "{state:?} was changed");
        shell.must(show(1), &ReplyKind::Session(state));
    }
}

#[test]
fn a_session_over_stays_as_it_ended_when_its_time_runs_out() {
    for (state, end) in ENDINGS {
        let mut shell = Shell::offered();
        end(&mut shell);
        shell.wait(30 * MINUTE);
        assert_eq!(shell.session(1).state, state);
        let over = Refusal::SessionOver(state.ended().unwrap());
        shell.refuses(change(1, Choice::Email), over);
    }
}

#[test]
fn a_session_changes_until_fifteen_minutes_to_the_millisecond() {
    let expired = || ReplyKind::No(Refusal::SessionOver(SessionEnd::Expired));
    for (millis, expected) in [(899_999, None), (900_000, Some(expired)), (900_001, Some(expired))]
    {
        for (name, command) in changes(&Shell::offered()) {
            let mut shell = Shell::offered();
            shell.wait_millis(millis);
            // What the app shows by then.
            let late = change_to_app(1, 1, &app_code(1, shell.now));
            let command = if name == "app" { late } else { command };
            let kind = shell.reply_kind(command);
            match expected {
                Some(expired) => assert_eq!(kind, expired(), "{name} after {millis} ms"),
                None => assert!(matches!(kind, ReplyKind::Session(_)), "{name} after {millis} ms"),
            }
        }
    }
}

#[test]
fn a_deployment_chooses_how_long_a_session_is_open() {
    let mut shell = Shell::new();
    shell.rules.enrollment_life = Duration::from_secs(60);
    shell.must(start(1), &OPEN);
    shell.wait_millis(59_999);
    shell.must(show(1), &OPEN);
    shell.wait_millis(1);
    shell.must(show(1), &ReplyKind::Session(SessionState::Expired));
}

#[test]
fn a_session_is_forgotten_an_hour_after_its_time_whatever_became_of_it() {
    for (state, end) in ENDINGS {
        let mut shell = Shell::offered();
        let expires_at = shell.session(1).expires_at;
        end(&mut shell);
        shell.wait_until(expires_at, 60 * MINUTE * 1000 - 1);
        shell.must(show(1), &ReplyKind::Session(state));
        shell.wait_until(expires_at, 60 * MINUTE * 1000);
        shell.refuses(show(1), Refusal::UnknownSession);
        shell.refuses(change(1, Choice::Email), Refusal::UnknownSession);
        assert!(shell.state.sessions.is_empty());
    }
}

#[test]
fn a_sixth_session_takes_the_place_of_the_oldest() {
    let mut shell = Shell::offered();
    for number in 2..=5 {
        shell.wait(1);
        shell.must(start(number), &OPEN);
    }
    shell.must(give_up(3), &ReplyKind::Session(SessionState::Canceled));
    let before = [1, 2, 3, 4, 5].map(|number| shell.session(number));
    shell.must(start(6), &OPEN);
    shell.refuses(show(1), Refusal::UnknownSession);
    shell.refuses(change(1, Choice::Sms), Refusal::UnknownSession);
    assert!([2, 3, 4, 5].map(|number| shell.session(number))[..] == before[1..]);
    shell.must(start(7), &OPEN);
    shell.refuses(show(2), Refusal::UnknownSession);
    shell.must(change(7, Choice::Sms), &CHANGED);
    shell.must(change(6, Choice::Email), &CHANGED);
}

#[test]
fn each_of_two_sessions_changes_once_and_the_later_change_holds() {
    let mut shell = Shell::new();
    for number in [1, 2] {
        shell.must(start(number), &OPEN);
    }
    shell.must(change(2, Choice::Sms), &CHANGED);
    shell.must(change(1, Choice::Email), &CHANGED);
    assert_eq!(shell.describe().channel, Some(Channel::Email));
    for number in [1, 2] {
        let over = Refusal::SessionOver(SessionEnd::Changed);
        shell.refuses(change(number, Choice::Sms), over);
    }
    assert_eq!(shell.describe().channel, Some(Channel::Email));
}

#[test]
fn a_session_touches_no_challenge_no_count_of_wrong_codes_and_no_lock() {
    type Step = fn(&mut Shell);
    let wrong: Step = |shell| {
        let wrong = shell.wrong(1);
        shell.ask(wrong);
    };
    let cases: [(u32, Step); 2] = [(9, |_| {}), (3, wrong)];
    for (day, third) in cases {
        let mut shell = Shell::opened();
        shell.locks_after(day);
        shell.must(present(1), &ReplyKind::Sent(1));
        wrong(&mut shell);
        wrong(&mut shell);
        third(&mut shell);
        let (view, failures) = (shell.view(1), shell.state.failures);
        let locked = shell.describe().locked_until;
        assert_eq!(locked.is_some(), day == 3);

        shell.must(start(1), &OPEN);
        shell.must(offer(1, 1), &OPEN);
        for left in [4, 3] {
            let wrong = change_to_app(1, 1, &shell.no_code_of(1));
            shell.refuses(wrong, Refusal::WrongCode(TriesLeft(left)));
        }
        shell.must(change(1, Choice::Email), &CHANGED);
        assert!(shell.view(1) == view);
        assert_eq!((shell.state.failures, shell.describe().locked_until), (failures, locked));
    }
}

#[test]
fn what_becomes_of_a_challenge_touches_no_session() {
    let mut shell = Shell::offered();
    let before = shell.session(1);
    shell.must(open(1), &ReplyKind::Opened);
    shell.must(present(1), &ReplyKind::Sent(1));
    let wrong = shell.wrong(1);
    shell.ask(wrong);
    shell.must(submit(1, &shell.code(1, 1)), &ReplyKind::Verified);
    shell.must(Command::Unlock, &ReplyKind::Described);
    assert!(shell.session(1) == before);
    shell.must(open(2), &ReplyKind::Opened);
    shell.must(present(2), &ReplyKind::Sent(1));
}

/// Two Workers' clocks need not agree.
#[test]
fn a_session_that_expired_by_one_clock_is_open_by_one_that_is_behind() {
    let mut shell = Shell::offered();
    shell.wait(15 * MINUTE);
    shell.must(show(1), &ReplyKind::Session(SessionState::Expired));
    shell.now = Timestamp::from_millis(shell.now.millis() - 1);
    shell.must(change(1, Choice::Sms), &CHANGED);
    shell.wait(DAY);
    shell.refuses(show(1), Refusal::UnknownSession);
}

//! What a cardholder changes to in an enrollment session, and what it takes.

use super::{
    Channel, Command, MINUTE, Refusal, Registration, Reply, ReplyKind, SessionEnd, SessionState,
    Shell, SubmittedCode, TriesLeft,
    authenticator::{
        CHANGED, OPEN, STEP_MILLIS, app_code, change, change_to_app, enrolling, give_up, offer,
        proof, resealed, sealed, start, stores, terms,
    },
    open, present, submit_with, taro,
};
use crate::{
    cardholder::{AppProof, Choice, SessionCommand},
    contact::Via,
    enrollment::{Acceptance, TermsVersion},
};

#[test]
fn a_change_takes_effect_at_the_next_challenge_from_every_channel_to_every_channel() {
    let channels = [Channel::Email, Channel::Sms, Channel::App];
    for (from, to) in channels.iter().flat_map(|from| channels.map(|to| (*from, to))) {
        let mut shell = Shell::new();
        shell.choose(1, from);
        shell.wait_millis(STEP_MILLIS);
        assert_eq!(shell.describe().channel, Some(from));
        shell.choose(2, to);
        assert_eq!(shell.describe().channel, Some(to), "{from:?} to {to:?}");
        let view = shell.session(2);
        assert_eq!(view.current.map(|via| via.channel()), Some(to));

        let Reply::Opened { via, .. } = shell.ask(open(1)) else {
            panic!("not opened");
        };
        assert_eq!(via.channel(), to);
        match shell.ask(present(1)) {
            Reply::Send(_, order) => assert_eq!(Channel::from(order.to.channel()), to),
            Reply::Seen(view) => assert_eq!((view.via, to), (Some(Via::App), Channel::App)),
            other => panic!("{:?}", ReplyKind::from(&other)),
        }
    }
}

#[test]
fn the_newest_terms_accepted_are_known_with_their_time() {
    let accept = |number, version| {
        let terms = TermsVersion::parse(version).unwrap();
        enrolling(number, SessionCommand::Change { to: Choice::Sms, terms })
    };
    let mut shell = Shell::new();
    assert_eq!(shell.describe().terms, None);
    shell.must(start(1), &OPEN);
    shell.must(start(2), &OPEN);
    shell.wait_millis(61_234);
    let first = Acceptance { version: terms(), at: shell.now };
    shell.must(accept(1, "2026-04"), &CHANGED);
    assert_eq!(shell.describe().terms.as_ref(), Some(&first));
    shell.wait(MINUTE);
    // A command that changes no enrollment notes no terms.
    shell.must(start(3), &OPEN);
    shell.must(offer(3, 1), &OPEN);
    let over = Refusal::SessionOver(SessionEnd::Changed);
    shell.refuses(accept(1, "2027-01"), over);
    let wrong = change_to_app(3, 1, &shell.no_code_of(1));
    shell.refuses(wrong, Refusal::WrongCode(TriesLeft(4)));
    shell.must(give_up(3), &ReplyKind::Session(SessionState::Canceled));
    assert_eq!(shell.describe().terms, Some(first));
    shell.must(accept(2, "2026-05"), &CHANGED);
    let second = Acceptance { version: TermsVersion::parse("2026-05").unwrap(), at: shell.now };
    assert_eq!(shell.describe().terms.as_ref(), Some(&second));
    // A registration by the issuer leaves the accepted terms as they are.
    shell.ask(Command::Register(taro()));
    assert_eq!(shell.describe().terms, Some(second));
}

#[test]
fn a_channel_without_a_destination_is_not_offered_and_ends_no_session() {
    let nobody = Registration {
        email: None,
        phone: None,
        personal_message: None,
        channel: None,
        by: super::BoundBy::Issuer,
    };
    let only_email = Registration { phone: None, ..taro() };
    let only_phone = Registration { email: None, channel: None, ..taro() };
    for (registration, email, phone) in
        [(nobody, false, false), (only_email, true, false), (only_phone, false, true)]
    {
        for removed_after_the_start in [false, true] {
            let mut shell = Shell::new();
            if removed_after_the_start {
                shell.must(start(1), &OPEN);
            }
            shell.ask(Command::Register(registration.clone()));
            if !removed_after_the_start {
                shell.must(start(1), &OPEN);
            }
            let view = shell.session(1);
            assert_eq!((view.email.is_some(), view.phone.is_some()), (email, phone));
            let known = shell.describe();
            for (to, there) in [(Choice::Email, email), (Choice::Sms, phone)] {
                let mut shell = shell.clone();
                if there {
                    shell.must(change(1, to), &CHANGED);
                } else {
                    shell.refuses(change(1, to), Refusal::ChannelNotOffered);
                    assert_eq!(shell.describe(), known);
                    assert_eq!(shell.session(1).state, SessionState::Open);
                }
            }
        }
    }
}

#[test]
fn a_cardholder_without_destinations_enrolls_an_app() {
    let mut shell = Shell::empty();
    shell.ask(Command::Register(Registration {
        email: None,
        phone: None,
        personal_message: None,
        channel: None,
        by: super::BoundBy::Issuer,
    }));
    shell.must(start(1), &OPEN);
    assert_eq!(shell.session(1).current, None);
    shell.must(offer(1, 1), &OPEN);
    shell.must(change_to_app(1, 1, &app_code(1, shell.now)), &CHANGED);
    assert_eq!(shell.describe().channel, Some(Channel::App));
}

#[test]
fn the_app_that_was_offered_first_stays_the_one_of_its_session() {
    let mut shell = Shell::offered();
    shell.must(offer(1, 2), &OPEN);
    assert!(shell.session(1).app == Some(sealed(1)));
    let second = change_to_app(1, 2, &app_code(2, shell.now));
    shell.refuses(second, Refusal::ChannelNotOffered);
    assert_eq!(shell.session(1).tries_left, 5);
    // Another session offers another app.
    shell.must(start(2), &OPEN);
    shell.must(offer(2, 2), &OPEN);
    assert!(shell.session(2).app == Some(sealed(2)));
    shell.must(change_to_app(1, 1, &app_code(1, shell.now)), &CHANGED);
}

#[test]
fn no_app_is_enrolled_that_was_not_offered_in_this_session() {
    let mut shell = Shell::offered();
    shell.must(start(2), &OPEN);
    let here = app_code(1, shell.now);
    shell.refuses(change_to_app(2, 1, &here), Refusal::ChannelNotOffered);
    let code = SubmittedCode::parse(&here).unwrap();
    let foreign = AppProof { sealed: resealed(1), ..proof(1) };
    let foreign = change(1, Choice::App { proof: foreign, code });
    shell.refuses(foreign, Refusal::ChannelNotOffered);
    for number in [1, 2] {
        let view = shell.session(number);
        assert_eq!((view.state, view.tries_left), (SessionState::Open, 5));
    }
    assert_eq!(shell.describe().channel, Some(Channel::Email));
}

#[test]
fn a_clock_one_step_ahead_or_behind_enrolls_its_app() {
    for (millis_into_step, back, ahead) in [(0, 30_000, 59_999), (29_999, 59_999, 30_000)] {
        let mut shell = Shell::offered();
        shell.wait_millis(millis_into_step);
        let early = shell.earlier_code(1, back);
        let late = shell.later_code(1, ahead);
        for good in [early, app_code(1, shell.now), late] {
            shell.clone().must(change_to_app(1, 1, &good), &CHANGED);
        }
        for bad in [shell.earlier_code(1, back + 1), shell.later_code(1, ahead + 1)] {
            shell.clone().refuses(change_to_app(1, 1, &bad), Refusal::WrongCode(TriesLeft(4)));
        }
    }
}

#[test]
fn the_fifth_wrong_code_ends_the_session_and_changes_nothing() {
    let mut shell = Shell::offered();
    let before = shell.describe();
    let wrong = |shell: &Shell| change_to_app(1, 1, &shell.no_code_of(1));
    for left in (1..5).rev() {
        shell.refuses(wrong(&shell), Refusal::WrongCode(TriesLeft(left)));
        let view = shell.session(1);
        assert_eq!((view.state, view.tries_left), (SessionState::Open, left));
        assert!(view.app == Some(sealed(1)));
    }
    let mut right = shell.clone();
    right.must(change_to_app(1, 1, &app_code(1, right.now)), &CHANGED);

    let Reply::NotEnrolling(refusal, Some(view)) = shell.ask(wrong(&shell)) else {
        panic!("not refused");
    };
    assert_eq!(refusal, Refusal::WrongCode(TriesLeft(0)));
    assert_eq!((view.state, view.tries_left), (SessionState::Failed, 0));
    let failed = Refusal::SessionOver(SessionEnd::Failed);
    shell.refuses(change_to_app(1, 1, &app_code(1, shell.now)), failed);
    shell.refuses(change(1, Choice::Sms), failed);
    assert_eq!(shell.describe(), before);
}

#[test]
fn tries_are_those_of_one_session() {
    let mut shell = Shell::offered();
    for left in [4, 3] {
        let wrong = change_to_app(1, 1, &shell.no_code_of(1));
        shell.refuses(wrong, Refusal::WrongCode(TriesLeft(left)));
    }
    shell.must(start(2), &OPEN);
    shell.must(offer(2, 2), &OPEN);
    assert_eq!((shell.session(1).tries_left, shell.session(2).tries_left), (3, 5));
}

#[test]
fn the_code_that_enrolled_an_app_confirms_no_challenge() {
    for ahead in [0, STEP_MILLIS] {
        let mut shell = Shell::offered();
        let code = shell.later_code(1, ahead);
        shell.must(change_to_app(1, 1, &code), &CHANGED);
        shell.must(open(1), &ReplyKind::Opened);
        shell.used(submit_with(1, Some(proof(1)), &code), 4);
        // The code that the app showed before the one that proved it is used up too.
        let before = shell.earlier_code(1, STEP_MILLIS);
        shell.used(submit_with(1, Some(proof(1)), &before), 3);
        shell.wait_millis(ahead + STEP_MILLIS);
        shell.must(shell.right_by_app(1, 1), &ReplyKind::Verified);
    }
}

#[test]
fn a_new_app_takes_the_place_of_the_old_one() {
    let mut shell = Shell::with_app();
    shell.must(open(1), &ReplyKind::Opened);
    shell.enroll_app(2, 2);
    assert!(!stores(&shell, 1));
    shell.wait_millis(STEP_MILLIS);
    shell.must(shell.right_by_app(1, 1), &ReplyKind::Unseal);
    shell.must(shell.right_by_app(1, 2), &ReplyKind::Verified);
}

#[test]
fn a_secret_is_stored_once_enrolled_or_while_it_is_offered_and_not_longer() {
    let mut shell = Shell::offered();
    assert!(stores(&shell, 1));
    shell.must(change_to_app(1, 1, &app_code(1, shell.now)), &CHANGED);
    assert!(stores(&shell, 1));
    assert!(shell.session(1).app.is_none());
    let endings: [fn(&mut Shell); 5] = [
        |shell| shell.must(change(1, Choice::Sms), &CHANGED),
        |shell| shell.must(give_up(1), &ReplyKind::Session(SessionState::Canceled)),
        |shell| {
            for left in (0..5).rev() {
                let wrong = change_to_app(1, 1, &shell.no_code_of(1));
                shell.refuses(wrong, Refusal::WrongCode(TriesLeft(left)));
            }
        },
        |shell| {
            shell.wait(75 * MINUTE);
            shell.must(Command::Describe, &ReplyKind::Described);
        },
        |shell| shell.must(Command::Forget, &ReplyKind::Forgotten),
    ];
    for (index, end) in endings.into_iter().enumerate() {
        let mut shell = Shell::offered();
        end(&mut shell);
        assert!(!stores(&shell, 1), "ending {index}");
    }
}

//! Challenges that ask for the code of an app.

use super::{
    AppProof, Channel, Command, DAY, Duration, MINUTE, Refusal, Refused, Reply, ReplyKind, Shell,
    Timestamp, TriesLeft,
    authenticator::{STEP_MILLIS, app_code, proof, resealed, sealed, secret},
    cancel, identity, open, present, resend, shown, submit, submit_with,
};
use crate::{
    attestation::Claims,
    cardholder::{Ended, Outcome, Status},
    contact::Via,
    ids::CardholderId,
    locale::Locale,
    record::{ChallengeRecord, ThreeDsRecord},
    transaction::tests::coffee,
};

#[test]
fn a_challenge_by_app_is_opened_and_shown_without_a_send() {
    let mut shell = Shell::with_app();
    let Reply::Opened { via, status, .. } = shell.ask(open(1)) else {
        panic!("not opened");
    };
    assert_eq!((via, status), (Via::App, Status::Pending));
    for _ in 0..3 {
        let view = shown(shell.ask(present(1))).unwrap();
        assert_eq!((view.via, view.send, view.tries_left), (Some(Via::App), 0, 5));
        assert_eq!((view.resends_left, view.code_expires_in, view.resend_in), (0, 0, 0));
        assert!(view.personal_message.is_some());
        shell.refuses(resend(1), Refusal::AppCodeExpected);
        shell.wait(MINUTE);
    }
    shell.must(shell.right_by_app(1, 1), &ReplyKind::Verified);
}

#[test]
fn the_secret_is_asked_for_and_that_spends_nothing() {
    let outdated = AppProof { secret: secret(1), sealed: resealed(1), resealed: None };
    let of_another = AppProof { secret: secret(2), sealed: sealed(2), resealed: Some(sealed(1)) };
    for app in [None, Some(outdated), Some(of_another)] {
        let mut shell = Shell::asked_for_app();
        let before = shell.state.clone();
        let Reply::Unseal(asked) = shell.ask(submit_with(1, app, &app_code(1, shell.now))) else {
            panic!("not asked");
        };
        assert!(asked == sealed(1));
        assert!(shell.state == before, "asking changed something");
        shell.must(shell.right_by_app(1, 1), &ReplyKind::Verified);
        assert_eq!(shell.view(1).tries, 1);
    }
}

#[test]
fn a_clock_one_step_ahead_or_behind_verifies() {
    // The app was enrolled two steps ago.
    for (millis_into_step, back, ahead) in [(0, 30_000, 59_999), (29_999, 59_999, 30_000)] {
        let mut shell = Shell::asked_for_app();
        shell.wait_millis(STEP_MILLIS + millis_into_step);
        let by_app = |typed: &str| submit_with(1, Some(proof(1)), typed);
        for good in [
            shell.earlier_code(1, back),
            app_code(1, shell.now),
            shell.later_code(1, STEP_MILLIS - 1 - millis_into_step),
            shell.later_code(1, ahead),
        ] {
            shell.clone().must(by_app(&good), &ReplyKind::Verified);
        }
        for bad in [shell.earlier_code(1, back + 1), shell.later_code(1, ahead + 1)] {
            shell.clone().refuses(by_app(&bad), Refusal::WrongCode(TriesLeft(4)));
        }
    }
}

#[test]
fn each_step_is_accepted_once_over_all_challenges_and_so_is_every_one_before_it() {
    // One case for each of the three steps around now, accepted first.
    for first in 0..3 {
        let mut shell = Shell::asked_for_app();
        shell.must(open(2), &ReplyKind::Opened);
        shell.wait_millis(STEP_MILLIS);
        let before = shell.earlier_code(1, STEP_MILLIS);
        let codes = [before, app_code(1, shell.now), shell.later_code(1, STEP_MILLIS)];
        let by_app = |number, step: usize| submit_with(number, Some(proof(1)), &codes[step]);
        shell.must(by_app(1, first), &ReplyKind::Verified);
        shell.refuses(by_app(1, first), Refusal::Ended(Ended::Verified));
        for step in 0..3 {
            let mut shell = shell.clone();
            if step <= first {
                shell.used(by_app(2, step), 4);
                let view = shell.view(2);
                assert_eq!((view.tries, view.status), (1, Status::Pending));
                shell.used(by_app(2, first), 3);
            } else {
                shell.must(by_app(2, step), &ReplyKind::Verified);
            }
        }
    }
}

#[test]
fn a_step_stays_used_when_the_clock_goes_back_and_when_an_hour_went_by() {
    let mut shell = Shell::asked_for_app();
    let code = app_code(1, shell.now);
    shell.must(shell.right_by_app(1, 1), &ReplyKind::Verified);
    shell.must(open(2), &ReplyKind::Opened);
    let at = shell.now;
    for seconds in [0, 1, 29] {
        shell.wait_until(at, seconds * 1000);
        let mut behind = shell.clone();
        behind.now = Timestamp::from_millis(shell.now.millis() - STEP_MILLIS);
        for shell in [&mut behind, &mut shell] {
            let left = shell.view(2).tries_left - 1;
            shell.used(submit_with(2, Some(proof(1)), &code), left);
        }
    }
    // Two steps later the code belongs to no step around now.
    shell.wait_until(at, 2 * STEP_MILLIS);
    let old = submit_with(2, Some(proof(1)), &code);
    shell.refuses(old, Refusal::WrongCode(TriesLeft(1)));
}

#[test]
fn a_used_code_is_a_try_and_weighs_as_much_as_a_wrong_one() {
    let mut shell = Shell::with_app();
    shell.locks_after(21);
    shell.must(open(1), &ReplyKind::Opened);
    let code = shell.earlier_code(1, STEP_MILLIS);
    let used = |number| submit_with(number, Some(proof(1)), &code);
    for left in (0..5).rev() {
        assert_eq!(shell.view(1).status, Status::Pending);
        shell.used(used(1), left);
    }
    let failed = Outcome { status: Ended::Failed, at: shell.now };
    assert_eq!(shell.view(1).outcome, Some(failed));
    shell.refuses(shell.right_by_app(1, 1), Refusal::Ended(Ended::Failed));
    shell.must(open(2), &ReplyKind::Opened);
    shell.used(used(2), 1);
    assert_eq!(shell.describe().locked_until, None);
    shell.refuses(shell.wrong_by_app(2, 1), Refusal::WrongCode(TriesLeft(0)));
    let until = shell.now.plus(Duration::from_secs(DAY));
    assert_eq!(shell.describe().locked_until, Some(until));
}

#[test]
fn the_fifth_wrong_code_of_an_app_ends_the_challenge() {
    let mut shell = Shell::asked_for_app();
    shell.locks_after(100);
    for left in (0..5).rev() {
        let wrong = shell.wrong_by_app(1, 1);
        let Reply::Refused(Refused::Rule(Refusal::WrongCode(tries_left)), Some(view)) =
            shell.ask(wrong)
        else {
            panic!("not wrong");
        };
        assert_eq!(tries_left, TriesLeft(left));
        assert_eq!((view.tries, view.tries_left), (5 - left, left));
        assert_eq!(view.status == Status::Failed, left == 0);
        assert_eq!(view.via, Some(Via::App));
    }
    shell.refuses(shell.right_by_app(1, 1), Refusal::Ended(Ended::Failed));
    // The right code that was refused is not used up.
    shell.must(open(2), &ReplyKind::Opened);
    shell.must(shell.right_by_app(2, 1), &ReplyKind::Verified);
}

#[test]
fn a_lock_refuses_an_app_too_until_the_issuer_lifts_it_or_a_day_went_by() {
    let lifted_by: [fn(&mut Shell); 2] =
        [|shell| shell.must(Command::Unlock, &ReplyKind::Described), |shell| shell.wait(DAY)];
    for lift in lifted_by {
        let mut shell = Shell::with_app();
        shell.locks_after(9);
        shell.rules.challenge_life = Duration::from_secs(2 * DAY);
        for number in [1, 2] {
            shell.must(open(number), &ReplyKind::Opened);
        }
        for left in [2, 1, 0] {
            let wrong = shell.wrong_by_app(1, 1);
            shell.refuses(wrong, Refusal::WrongCode(TriesLeft(left)));
        }
        let locked = Refusal::Locked(shell.now.plus(Duration::from_secs(DAY)));
        for command in [shell.right_by_app(2, 1), submit(2, &app_code(1, shell.now)), present(2)] {
            shell.refuses(command, locked);
        }
        shell.refuses(resend(2), Refusal::AppCodeExpected);
        lift(&mut shell);
        shell.must(shell.right_by_app(2, 1), &ReplyKind::Verified);
        assert_eq!(shell.view(2).tries, 1);
    }
}

#[test]
fn only_a_right_code_stores_the_secret_sealed_anew() {
    let with_newer_key = || Some(AppProof { resealed: Some(resealed(1)), ..proof(1) });
    let asked_as = |shell: &Shell| match shell.clone().ask(submit(1, "000000")) {
        Reply::Unseal(asked) => asked,
        other => panic!("{:?}", ReplyKind::from(&other)),
    };
    let mut shell = Shell::asked_for_app();
    shell.locks_after(100);
    shell.must(open(2), &ReplyKind::Opened);
    let used = shell.earlier_code(1, STEP_MILLIS);
    for (typed, refusal) in [
        (shell.no_code_of(1), Refusal::WrongCode(TriesLeft(4))),
        (used, Refusal::CodeUsed(TriesLeft(3))),
    ] {
        shell.refuses(submit_with(1, with_newer_key(), &typed), refusal);
        assert!(asked_as(&shell) == sealed(1));
    }
    let right = submit_with(2, with_newer_key(), &app_code(1, shell.now));
    shell.must(right, &ReplyKind::Verified);
    assert!(asked_as(&shell) == resealed(1));
    // A secret that was sealed anew is still that of the same app.
    let again = |shell: &Shell| {
        let proof = AppProof { sealed: resealed(1), ..proof(1) };
        submit_with(1, Some(proof), &app_code(1, shell.now))
    };
    shell.used(again(&shell), 2);
    shell.wait_millis(STEP_MILLIS);
    shell.must(shell.right_by_app(1, 1), &ReplyKind::Unseal);
    shell.must(again(&shell), &ReplyKind::Verified);
}

#[test]
fn an_ended_challenge_compares_no_code_of_an_app_and_asks_for_no_secret() {
    type End = fn(&mut Shell);
    let endings: [(Ended, End); 2] = [
        (Ended::Canceled, |shell| shell.must(cancel(1), &ReplyKind::Canceled)),
        (Ended::Expired, |shell| shell.wait(30 * MINUTE)),
    ];
    for (ended, end) in endings {
        let mut shell = Shell::asked_for_app();
        end(&mut shell);
        shell.refuses(shell.right_by_app(1, 1), Refusal::Ended(ended));
        shell.refuses(submit(1, "000000"), Refusal::Ended(ended));
        let view = shell.view(1);
        assert_eq!((view.via, view.tries), (Some(Via::App), 0));
    }
}

#[test]
fn an_attestation_names_the_app_as_the_channel() {
    let claims = |shell: &mut Shell| {
        let (id, salt) = identity(1);
        let record = ChallengeRecord {
            id,
            cardholder: CardholderId::parse("taro").unwrap(),
            transaction: coffee(),
            salt,
            master_key: "k1".to_owned(),
            locale: Locale::Ja,
            return_url: None,
            origins: Vec::new(),
            three_ds: None,
        };
        Claims::of(&record, &shell.view(1), "https://otp.example", &shell.rules)
    };
    let mut shell = Shell::asked_for_app();
    assert_eq!(claims(&mut shell), None);
    shell.must(shell.right_by_app(1, 1), &ReplyKind::Verified);
    assert_eq!(claims(&mut shell).unwrap().channel, "app");
    // The attestation names the channel by which the challenge was verified, whatever is chosen
    // later.
    shell.choose(2, Channel::Sms);
    assert_eq!(claims(&mut shell).unwrap().channel, "app");
    assert_eq!(claims(&mut Shell::verified()).unwrap().channel, "email");
}

#[test]
fn nothing_is_attested_of_a_directory_server_s_challenge_or_where_nothing_is_paid() {
    let (rules, view) = {
        let mut shell = Shell::verified();
        (shell.rules.clone(), shell.view(1))
    };
    let claims =
        |record: &ChallengeRecord| Claims::of(record, &view, "https://otp.example", &rules);
    let paid = crate::fixtures::record(Locale::Ja);
    assert!(claims(&paid).is_some());
    let mut unpaid = paid.clone();
    unpaid.transaction.amount = None;
    assert_eq!(claims(&unpaid), None);
    let (transaction, content) = (String::new(), String::new());
    let three_ds = Some(ThreeDsRecord { transaction, content, value_key: None });
    assert_eq!(claims(&ChallengeRecord { three_ds, ..paid }), None);
}

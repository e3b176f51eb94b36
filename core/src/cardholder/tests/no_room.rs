//! Bounds that are less than what one wrong code weighs: a code is compared by none of them.

use super::{
    Duration, MINUTE, Refusal, ReplyKind, Shell, open, present, release, showing, to_challenge,
};

#[test]
fn where_the_day_has_no_room_for_an_app_s_wrong_code_the_owner_signs_in() {
    let mut shell = Shell::with_app();
    shell.rules.wrong_codes.day = 2;
    shell.must(open(1), &ReplyKind::Opened);
    shell.refuses(present(1), Refusal::SignInNeeded);
    let view = shell.view(1);
    assert_eq!((view.sign_in_needed, view.locked_until), (true, None));
    assert!(shell.describe().sign_in_needed);
    shell.must(release(1), &ReplyKind::Seen);
    shell.must(present(1), &ReplyKind::Seen);
    shell.must(shell.right_by_app(1, 1), &ReplyKind::Verified);
}

#[test]
fn a_known_browser_that_was_let_in_compares_no_app_s_code_where_it_has_no_room_for_one() {
    let mut shell = Shell::new();
    (shell.rules.wrong_codes.day, shell.rules.wrong_codes.day_known) = (0, 2);
    shell.must(open(1), &ReplyKind::Opened);
    shell.must(to_challenge(1, showing(true)), &ReplyKind::Sent(1));
    assert_eq!(shell.view(1).tries_left, 2);
    shell.enroll_app(1, 1);
    shell.refuses(shell.wrong_by_app(1, 1), Refusal::SignInNeeded);
    assert_eq!(shell.view(1).tries, 0);
}

/// Waiting helps, so nobody is told to sign in.
#[test]
fn where_known_browsers_have_no_room_they_wait_as_everybody_does() {
    let mut shell = Shell::presented();
    shell.rules.wrong_codes.day_known = 0;
    for _ in 0..5 {
        shell.ask(shell.wrong(1));
    }
    let until = shell.now.plus(Duration::from_secs(15 * MINUTE));
    shell.must(open(2), &ReplyKind::Opened);
    shell.refuses(to_challenge(2, showing(true)), Refusal::Locked(until));
}

//! The list of a cardholder's challenges, for the issuer.

use super::{
    Channel, Command, DAY, MINUTE, Refusal, Registration, Reply, ReplyKind, SendChannel, Shell,
    TriesLeft, authenticator::STEP_MILLIS, cancel, id, open, present, taro,
};
use crate::{
    cardholder::{Status, View},
    ids::ChallengeId,
};

#[track_caller]
fn listed(shell: &mut Shell) -> Vec<(ChallengeId, View)> {
    match shell.ask(Command::Challenges) {
        Reply::Challenges(list) => list,
        other => panic!("{:?}", ReplyKind::from(&other)),
    }
}

fn ids(list: &[(ChallengeId, View)]) -> Vec<&str> {
    list.iter().map(|(id, _)| id.as_str()).collect()
}

/// Taro, with a challenge of every status: 5 is open.
fn lived() -> Shell {
    let mut shell = Shell::verified();
    shell.must(open(2), &ReplyKind::Opened);
    shell.must(present(2), &ReplyKind::Sent(1));
    for left in (0..5).rev() {
        shell.refuses(shell.wrong(2), Refusal::WrongCode(TriesLeft(left)));
    }
    shell.must(open(3), &ReplyKind::Opened);
    shell.wait(30 * MINUTE);
    shell.must(open(4), &ReplyKind::Opened);
    shell.must(cancel(4), &ReplyKind::Canceled);
    shell.must(open(5), &ReplyKind::Opened);
    shell.must(present(5), &ReplyKind::Sent(1));
    shell
}

#[test]
fn nobody_unknown_has_a_list_and_a_new_cardholder_an_empty_one() {
    Shell::empty().refuses(Command::Challenges, Refusal::UnknownCardholder);
    assert!(listed(&mut Shell::new()).is_empty());
}

#[test]
fn the_newest_challenge_is_listed_first_whatever_became_of_it() {
    let mut shell = lived();
    let before = shell.state.clone();
    let list = listed(&mut shell);
    let expected = [5, 4, 3, 2, 1].map(id);
    assert_eq!(ids(&list), expected.each_ref().map(ChallengeId::as_str));
    let statuses: Vec<_> = list.iter().map(|(_, view)| view.status).collect();
    let expected =
        [Status::Pending, Status::Canceled, Status::Expired, Status::Failed, Status::Verified];
    assert_eq!(statuses, expected);
    assert!(shell.state == before, "listing changed something");
}

#[test]
fn what_is_listed_is_what_a_merchant_reads_without_the_personal_message() {
    let mut shell = lived();
    for (number, (_, view)) in [5, 4, 3, 2, 1].into_iter().zip(listed(&mut shell)) {
        let read = shell.view(number);
        assert_eq!(read.personal_message == taro().personal_message, number == 5);
        assert!(view.personal_message.is_none(), "{number}");
        assert!(view == View { personal_message: None, ..read }, "{number}");
    }
}

#[test]
fn a_list_tells_how_each_code_came_after_the_channel_was_changed() {
    let mut shell = lived();
    shell.choose(1, Channel::App);
    shell.wait_millis(STEP_MILLIS);
    shell.must(open(6), &ReplyKind::Opened);
    shell.must(shell.right_by_app(6, 1), &ReplyKind::Verified);
    shell.ask(Command::Register(Registration { channel: Some(SendChannel::Sms), ..taro() }));
    let list = listed(&mut shell);
    let channel = |(_, view): &(_, View)| view.via.as_ref().map(|via| via.channel());
    assert_eq!(channel(&list[0]), Some(Channel::App));
    assert_eq!(channel(&list[1]), Some(Channel::Email));
}

#[test]
fn a_challenge_leaves_the_list_when_it_is_forgotten() {
    let mut shell = lived();
    let forgotten_at = shell.view(1).expires_at.plus(super::Duration::from_secs(DAY));
    shell.wait_until(forgotten_at, 0);
    let list = listed(&mut shell);
    // The challenges that were opened at the same time are forgotten with it.
    let expected = [5, 4].map(id);
    assert_eq!(ids(&list), expected.each_ref().map(ChallengeId::as_str));
    shell.must(Command::Forget, &ReplyKind::Forgotten);
    shell.refuses(Command::Challenges, Refusal::UnknownCardholder);
}

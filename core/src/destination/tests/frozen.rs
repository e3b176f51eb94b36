//! The bytes of what is stored and asked.

use super::*;
use crate::wire::{Unreadable, frozen};

/// `core/fixtures/frozen.txt` says what a change costs.
#[test]
fn stored_form_and_protocol_are_frozen() {
    let mut door = Door::new();
    let empty = wire::write_state(&door.slots).unwrap();
    let sender = sender(2, Places::All);
    let commands = [
        ("wanted.place", QuotaCommand::Reserve(DeliveryRef(1), None)),
        ("wanted.place.of", QuotaCommand::Reserve(DeliveryRef(u64::MAX), Some(sender))),
        ("wanted.return", QuotaCommand::Release(DeliveryRef(1))),
        ("wanted.verified", QuotaCommand::Verified(sender.challenge)),
        ("wanted.clear", QuotaCommand::Clear),
        ("wanted.notification", QuotaCommand::ReserveNotification(DeliveryRef(1))),
        ("wanted.return_early", QuotaCommand::ReleaseEarly(DeliveryRef(1))),
    ];
    door.ask(&commands[0].1);
    door.ask(&commands[1].1);
    let two = wire::write_state(&door.slots).unwrap();
    let mut early = Door::new();
    early.early(1, 2);
    let early = wire::write_state(&early.slots).unwrap();
    let early_reply = |reply| wire::write_answer(&reply).unwrap();
    let early_wanted = wire::write_early_command(TARO, DeliveryRef(1), sender, door.now).unwrap();
    let limit = |until| wire::write_limit(until).unwrap();
    let written = |command: &QuotaCommand| wire::write_quota_command(command, door.now).unwrap();
    let mut lines = vec![
        ("places.none", empty),
        ("places.two", two),
        ("limit.none", limit(None)),
        ("limit.until", limit(Some(door.now))),
        ("places.early", early),
        ("early.taken", early_reply(EarlyReply::Taken)),
        ("early.until", early_reply(EarlyReply::Until(door.now))),
        ("early.held", early_reply(EarlyReply::Held)),
        ("wanted.early", early_wanted),
    ];
    lines.extend(commands.iter().map(|(name, command)| (*name, written(command))));
    let in_bucket =
        |command: &QuotaCommand| wire::write_bucket_command(TARO, command, door.now).unwrap();
    let bucket_lines = commands
        .each_ref()
        .map(|(name, command)| (name.replace("wanted.", "wanted.in_bucket."), in_bucket(command)));
    frozen::hold(&bucket_lines);
    frozen::hold(&lines);
    assert!(wire::read_state(frozen::text("places.two")) == Ok(door.slots));
    assert!(wire::read_state(frozen::text("places.none")) == Ok(DestinationQuota::default()));
    for (name, command) in &commands {
        let Ok((now, QuotaCall::Own(read))) = wire::read_quota_call(frozen::text(name)) else {
            panic!("{name} is read otherwise");
        };
        assert_eq!((now, written(&read)), (door.now, written(command)), "{name}");
        let name = name.replace("wanted.", "wanted.in_bucket.");
        let Ok((now, QuotaCall::InBucket(to, read))) = wire::read_quota_call(frozen::text(&name))
        else {
            panic!("{name} is read otherwise");
        };
        assert_eq!((now, to, written(&read)), (door.now, TARO, written(command)), "{name}");
    }
    assert_eq!(wire::read_limit(frozen::text("limit.none")), Ok(None));
    assert_eq!(wire::read_limit(frozen::text("limit.until")), Ok(Some(door.now)));
}

/// While a deployment rolls out, a Worker of this release asks objects of the one before.
#[test]
fn an_object_of_the_release_before_buckets_refuses_their_commands() {
    let commands = [
        QuotaCommand::Reserve(DeliveryRef(1), None),
        QuotaCommand::Verified(ChallengeRef(1)),
        QuotaCommand::Clear,
    ];
    for command in commands {
        let asked = wire::write_bucket_command(TARO, &command, Timestamp::from_millis(1)).unwrap();
        assert_eq!(wire::read_quota_command(&asked).err(), Some(Unreadable::Newer));
    }
}

//! Bytes of a newer version: what it added is ignored, and what only it knows is never guessed.

use base64ct::{Base64UrlUnpadded, Encoding as _};

use super::{
    Shell,
    contract::{every_refusal, lived, notified},
    frozen::{every_reply, full_view, named_commands},
    read_command,
};
use crate::{
    cardholder::{Cardholder, Reply, View},
    destination::{DestinationQuota, EarlyReply},
    wire::{self, QuotaCall, Unreadable, frozen, item::Item},
};

/// No variant and no field of ours has this number.
const UNKNOWN: u64 = 9_000;

/// Reads, and writes again what was understood.
type Again = fn(&str) -> Result<String, Unreadable>;

fn state_again(text: &str) -> Result<String, Unreadable> {
    wire::write_state::<Cardholder>(&wire::read_state(text)?)
}

fn command_again(text: &str) -> Result<String, Unreadable> {
    let (now, command) = read_command(text)?;
    wire::write_command(&command, now)
}

fn reply_again(text: &str) -> Result<String, Unreadable> {
    wire::write_reply(&wire::read_reply(text)?)
}

fn wanted_again(text: &str) -> Result<String, Unreadable> {
    match wire::read_quota_call(text)? {
        (now, QuotaCall::Own(command)) => wire::write_quota_command(&command, now),
        (now, QuotaCall::InBucket(name, command)) => {
            wire::write_bucket_command(name, &command, now)
        }
        (now, QuotaCall::Early(name, message, sender)) => {
            wire::write_early_command(name, message, sender, now)
        }
    }
}

fn limit_again(text: &str) -> Result<String, Unreadable> {
    wire::write_limit(wire::read_limit(text)?)
}

fn early_again(text: &str) -> Result<String, Unreadable> {
    wire::write_answer::<EarlyReply>(&wire::read_answer(text)?)
}

fn places_again(text: &str) -> Result<String, Unreadable> {
    wire::write_state::<DestinationQuota>(&wire::read_state(text)?)
}

/// One of everything that is stored or sent, with all that it can have.
fn everything() -> Vec<(String, String, Again)> {
    let now = Shell::empty().now;
    let mut all: Vec<(String, String, Again)> = vec![
        ("state".to_owned(), wire::write_state(&lived().state).unwrap(), state_again),
        ("notified".to_owned(), wire::write_state(&notified().state).unwrap(), state_again),
        ("limit".to_owned(), wire::write_limit(Some(now)).unwrap(), limit_again),
        ("no limit".to_owned(), wire::write_limit(None).unwrap(), limit_again),
        ("places".to_owned(), frozen::text("places.two").to_owned(), places_again),
    ];
    for name in frozen::names("early.") {
        all.push((name.to_owned(), frozen::text(name).to_owned(), early_again));
    }
    for name in frozen::names("wanted.") {
        all.push((name.to_owned(), frozen::text(name).to_owned(), wanted_again));
    }
    for (name, command) in named_commands() {
        all.push((name, wire::write_command(&command, now).unwrap(), command_again));
    }
    let refused = every_refusal().map(|(_, refused)| ("refused", Reply::Refused(refused, None)));
    for (name, reply) in every_reply().into_iter().chain(refused) {
        all.push((name.to_owned(), wire::write_reply(&reply).unwrap(), reply_again));
    }
    all
}

/// Wherever it is, and also where the value is optional or inside something optional.
#[test]
fn a_variant_that_is_not_known_makes_all_of_it_unreadable() {
    let mut variants = 0;
    for (name, text, again) in everything() {
        for newer in Item::of(&text).each_variant(UNKNOWN) {
            assert_eq!(again(&newer.written()), Err(Unreadable::Newer), "{name}: {newer:?}");
            variants += 1;
        }
    }
    // A state has more than fifty variants, and each reply and command at least one.
    assert!(variants > 200, "{variants}");
}

#[test]
fn a_field_that_is_not_known_is_ignored() {
    let nested = Item::Map(vec![(0, Item::List(vec![Item::Whole(7), Item::Map(Vec::new())]))]);
    let texts = Item::List(vec![Item::Text("added".to_owned()), Item::Bytes(vec![1, 2])]);
    for (name, text, again) in everything() {
        for value in [&nested, &texts, &Item::Bool(true), &Item::Whole(u64::MAX)] {
            for newer in Item::of(&text).each_with_field(UNKNOWN, value) {
                assert_eq!(again(&newer.written()), Ok(text.clone()), "{name}: {newer:?}");
            }
        }
    }
}

/// The rule behind the table above, which a new field could be missing from.
#[test]
fn no_option_is_read_by_the_derived_reader() {
    let mut options = 0;
    for (file, source) in sources() {
        let code: Vec<_> =
            source.lines().map(str::trim).filter(|line| !line.starts_with("//")).collect();
        for pair in code.windows(2) {
            let [attribute, field] = [pair[0], pair[1]];
            let own_line = attribute.starts_with("#[n(") || attribute.starts_with("#[cbor(n(");
            if own_line && field.contains(": Option<") {
                assert!(attribute.contains("with = \"optional\", has_nil"), "{file}: {field}");
                options += 1;
            }
            for (before, _) in field.match_indices("] Option<") {
                let tagged = field[..before].rsplit("#[").next().unwrap_or_default();
                assert!(tagged.contains("with = \"optional\", has_nil"), "{file}: {field}");
                options += 1;
            }
        }
    }
    assert!(options > 30, "{options}");
}

/// Every file whose types have numbered fields.
fn sources() -> Vec<(String, String)> {
    let mut folders = vec![std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let source = std::fs::read_to_string(&path).unwrap();
                if source.contains("#[n(") && !source.contains("fn sources()") {
                    sources.push((path.display().to_string(), source));
                }
            }
        }
    }
    sources
}

/// What an older version would have written, from before a field was added.
fn without(text: &str, field: u64) -> Vec<String> {
    let item = Item::of(text);
    let fewer = item.each_changed(|item| match item {
        Item::Map(fields) => {
            let before = fields.len();
            fields.retain(|(number, _)| *number != field);
            fields.len() < before
        }
        _ => false,
    });
    fewer.iter().map(Item::written).collect()
}

#[test]
fn what_is_missing_is_none_or_its_default() {
    let view = |text: &str| match wire::read_reply(text) {
        Ok(Reply::Seen(view)) => Ok(view),
        Ok(_) => panic!("another reply"),
        Err(error) => Err(error),
    };
    let text = wire::write_reply(&Reply::Seen(full_view())).unwrap();
    let expect = |field, expected: View| {
        assert!(
            without(&text, field).iter().any(|text| view(text).ok().as_ref() == Some(&expected))
        );
    };
    expect(3, View { outcome: None, ..full_view() });
    expect(7, View { via: None, ..full_view() });
    expect(9, View { diverted: false, ..full_view() });
    expect(10, View { diverts: false, ..full_view() });
    expect(12, View { personal_message: None, ..full_view() });
    // No default would be true of these.
    for field in [1, 13, 14, 15] {
        assert!(without(&text, field).iter().all(|text| view(text) == Err(Unreadable::Damaged)));
    }
}

/// The event stays with the object, and comes out of the queue until a version takes it.
#[test]
fn an_event_of_a_kind_that_is_not_known_is_left_out_of_a_reply_that_is_read() {
    let text = frozen::text("handing.reply");
    let (_, known) = wire::read_reply_with(text).unwrap();
    let events = match Item::of(text) {
        Item::Map(fields) => fields.into_iter().find(|(number, _)| *number == 1),
        _ => None,
    };
    let Some((_, Item::List(events))) = events else { panic!("no list of events") };
    let Item::Bytes(event) = &events[0] else { panic!("an event is not bytes") };
    for (changed, left) in [(newer_kind(event), known.len() - 1), (event.clone(), known.len())] {
        let answer = Item::of(text).each_changed(|item| match item {
            Item::Bytes(bytes) if bytes == event => {
                bytes.clone_from(&changed);
                true
            }
            _ => false,
        });
        let (reply, due) = wire::read_reply_with(&answer[0].written()).unwrap();
        assert!(matches!(reply, Reply::Canceled(_)));
        assert_eq!(due.len(), left);
    }
}

/// An event of a kind that no version has.
fn newer_kind(event: &[u8]) -> Vec<u8> {
    let text = [&[2], event].concat();
    let newer = Item::of(&Base64UrlUnpadded::encode_string(&text)).each_variant(UNKNOWN);
    Base64UrlUnpadded::decode_vec(&newer[0].written()).unwrap().split_off(1)
}

#[test]
fn a_teller_that_is_not_known_makes_the_command_unreadable() {
    let mut variants = 0;
    for newer in Item::of(frozen::text("handing.command")).each_variant(UNKNOWN) {
        assert_eq!(read_command(&newer.written()).err(), Some(Unreadable::Newer));
        variants += 1;
    }
    assert!(variants > 3, "{variants}");
}

#[test]
fn bytes_of_another_format_and_damaged_ones_are_unreadable() {
    let written = wire::write_state(&lived().state).unwrap();
    let bytes = Base64UrlUnpadded::decode_vec(&written).unwrap();
    let newer = [&[bytes[0] + 1], &bytes[1..]].concat();
    let by_position = [&[1], &bytes[1..]].concat();
    let longer = [&bytes[..], &[0]].concat();
    let shorter = bytes[..bytes.len() - 1].to_vec();
    for (bad, why) in [
        (newer, Unreadable::Newer),
        (by_position, Unreadable::Newer),
        (longer, Unreadable::Damaged),
        (shorter, Unreadable::Damaged),
        (vec![bytes[0]], Unreadable::Damaged),
        (vec![], Unreadable::Damaged),
    ] {
        let text = Base64UrlUnpadded::encode_string(&bad);
        assert_eq!(wire::read_state::<Cardholder>(&text).err(), Some(why), "{text}");
        assert!(read_command(&text).is_err(), "{text}");
        assert!(wire::read_reply(&text).is_err(), "{text}");
    }
    for bad in ["{}", &format!("{written}=")] {
        assert_eq!(wire::read_state::<Cardholder>(bad).err(), Some(Unreadable::Damaged), "{bad}");
    }
}

/// A Worker of a former version asks for it while a deployment rolls out, and then writes the line
/// itself.
#[test]
fn a_line_of_the_log_is_no_call_any_more() {
    let line = Item::Map(vec![(0, Item::Text("{}".to_owned()))]);
    let call = Item::List(vec![Item::Whole(1), line]).written();
    assert_eq!(read_command(&call).err(), Some(Unreadable::Newer));
}

/// A destination may be sent to only when that is what was answered.
#[test]
fn an_answer_that_says_nothing_grants_no_place() {
    let nothing = Item::Map(Vec::new()).written();
    assert_eq!(wire::read_limit(&nothing), Err(Unreadable::Damaged));
    assert!(matches!(wire::read_quota_call(&nothing), Err(Unreadable::Damaged)));
    assert!(wire::read_state::<Cardholder>(&nothing).err() == Some(Unreadable::Damaged));
}

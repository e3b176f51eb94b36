//! The names under which destinations, merchants, messages and notifications are counted.

use super::*;
use crate::contact::{EmailAddress, PhoneNumber};

#[test]
fn each_kind_of_notification_is_counted_under_a_name_of_its_own() {
    let key = MasterKey::parse(&"A".repeat(43)).unwrap();
    let mail = |text| Destination::Email(EmailAddress::parse(text).unwrap());
    let mut names = vec![name(&key, &mail("taro@mail.jp"))];
    for kind in NotificationKind::ALL {
        for is_former in [false, true] {
            let named = |text| notification_name(&key, &mail(text), kind, is_former);
            assert_eq!(named("taro@mail.jp"), named("TARO@MAIL.jp"));
            names.extend([named("taro@mail.jp"), named("hana@mail.jp")]);
        }
    }
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
}

#[test]
fn a_notification_has_a_reference_of_its_own() {
    let of = DeliveryRef::of_notification;
    assert_eq!(of("a", 1, 1), of("a", 1, 1));
    for other in [of("b", 1, 1), of("a", 2, 1), of("a", 1, 2)] {
        assert_ne!(of("a", 1, 1), other);
    }
}

#[test]
fn a_destination_has_one_name_however_it_is_written() {
    let master = |letter: &str| MasterKey::parse(&letter.repeat(43)).unwrap();
    let mail = |text| Destination::Email(EmailAddress::parse(text).unwrap());
    let sms = |text| Destination::Sms(PhoneNumber::parse(text).unwrap());
    let named = |to: &Destination| name(&master("A"), to);
    let taro = named(&mail("taro@mail.jp"));
    assert_eq!(taro, named(&mail("taro@MAIL.jp")));
    assert_eq!(taro, named(&mail("Taro@mail.jp")));
    assert_eq!(taro, named(&mail("\"taro\"@mail.jp")));
    let old = named(&mail("taro..k@docomo.ne.jp"));
    assert_eq!(old, named(&mail("\"Taro..K\"@docomo.ne.jp")));
    let others =
        [mail("taro@other.jp"), mail("jiro@mail.jp"), sms("+819012341234"), sms("+819012341235")];
    let mut names: Vec<_> = others.iter().map(named).collect();
    names.extend([taro, name(&master("E"), &mail("taro@mail.jp"))]);
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 6, "two have one name");
}

#[test]
fn destinations_are_spread_over_all_buckets_and_share_no_row() {
    let key = MasterKey::parse(&"A".repeat(43)).unwrap();
    let number = |number| Destination::Sms(PhoneNumber::parse(&format!("+8190{number}")).unwrap());
    let names: Vec<_> = (10_000_000..10_006_400).map(|last| name(&key, &number(last))).collect();
    let mut filled = std::collections::BTreeMap::new();
    for name in &names {
        filled.entry(name.bucket()).or_insert_with(Vec::new).push(name.key());
    }
    assert_eq!(filled.len(), usize::from(BUCKETS));
    assert_eq!(filled.keys().next().map(String::as_str), Some("bucket/00"));
    for (bucket, keys) in &mut filled {
        // A hundred on average; the standard deviation is ten.
        assert!((50..=150).contains(&keys.len()), "{bucket} has {}", keys.len());
        let all = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), all, "{bucket}");
        assert!(keys.iter().all(|key| key.len() == TARO.key().len() && key.starts_with(ROWS)));
    }
}

/// Both releases find what they counted, also after the next one: a name that changed would begin
/// every count anew.
#[test]
fn the_names_of_a_destination_are_pinned() {
    let key = MasterKey::parse(&"A".repeat(43)).unwrap();
    let name = name(&key, &Destination::Email(EmailAddress::parse("taro@mail.jp").unwrap()));
    let own = "yT5c63ILf6ow3Bfrsci_JZdcMQU5jqThzRNnjCRO2s0";
    assert_eq!((name.own_object().as_str(), name.bucket().as_str()), (own, "bucket/09"));
    assert_eq!(name.key(), format!("destination:{own}"));
}

#[test]
fn a_merchant_s_mark_is_of_one_destination_and_key() {
    let master = |letter: &str| MasterKey::parse(&letter.repeat(43)).unwrap();
    let mail = |text: &str| Destination::Email(EmailAddress::parse(text).unwrap());
    let id = ChallengeId::random([1; 32]).0;
    let of = |letter: &str, to: &str, merchant: &str| {
        let merchant = MerchantId::parse(merchant).unwrap();
        Sender::of(&master(letter), &mail(to), &id, &merchant, Places::Common).merchant
    };
    let first = of("A", "taro@mail.jp", "m");
    assert_eq!(first, of("A", "taro@mail.jp", "m"));
    let others =
        [of("E", "taro@mail.jp", "m"), of("A", "jiro@mail.jp", "m"), of("A", "taro@mail.jp", "n")];
    assert!(!others.contains(&first));
}

#[test]
fn every_provider_s_message_of_every_delivery_has_a_delivery_ref_of_its_own() {
    let ids = [1, 2].map(|byte| ChallengeId::random([byte; 32]).0);
    let numbers = (1..=9).flat_map(|number| (0..4).map(move |others| (number, others)));
    let of = |id| numbers.clone().map(move |(number, others)| DeliveryRef::of(id, number, others));
    let mut delivery_refs: Vec<_> =
        ids.iter().flat_map(of).map(|delivery_ref| delivery_ref.0).collect();
    assert_eq!(delivery_refs[0], DeliveryRef::of(&ids[0], 1, 0).0);
    delivery_refs.sort_unstable();
    delivery_refs.dedup();
    assert_eq!(delivery_refs.len(), 72);
}

use super::*;

#[test]
fn a_mask_leaves_the_domain_or_the_last_four_digits() {
    let email = Destination::Email(EmailAddress::parse("taro@mail.jp").unwrap());
    assert_eq!(email.masked().as_str(), "***@mail.jp");
    let quoted = Destination::Email(EmailAddress::parse("\"a@b\"@mail.jp").unwrap());
    assert_eq!(quoted.masked().as_str(), "***@mail.jp");
    let old = Destination::Email(EmailAddress::parse("sample..name@docomo.ne.jp").unwrap());
    assert_eq!(old.masked().as_str(), "***@docomo.ne.jp");
    let sms = Destination::Sms(PhoneNumber::parse("+819012341234").unwrap());
    assert_eq!(sms.masked().as_str(), "***-****-1234");
}

#[test]
fn a_way_is_shown_with_its_channel_and_mask_alone() {
    let email = Destination::Email(EmailAddress::parse("taro@mail.jp").unwrap());
    let sms = Destination::Sms(PhoneNumber::parse("+819012341234").unwrap());
    for (via, channel, destination) in [
        (email.via(), "email", Some("***@mail.jp")),
        (sms.via(), "sms", Some("***-****-1234")),
        (Via::App, "app", None),
    ] {
        assert_eq!((via.channel().as_str(), via.destination()), (channel, destination));
        let channel = via.channel();
        let written = serde_json::to_string(&channel).unwrap();
        assert_eq!(written, format!("\"{}\"", channel.as_str()));
    }
}

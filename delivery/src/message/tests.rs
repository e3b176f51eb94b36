use super::*;
use crate::fixtures::{email, issuer, phone};

/// Somebody else than the cardholder may read this message, so it says only that codes no longer
/// come.
#[test]
fn a_replaced_destination_is_told_no_destination_and_no_code() {
    for (to, mail) in [(email(), true), (phone(), false)] {
        let id = "msg_1".to_owned();
        let message = Message::replaced(id, &issuer(Locale::Ja), Locale::Ja, to.clone()).unwrap();
        assert!(message.to == to && message.channel() == to.channel(), "it goes where it was");
        assert!(matches!(message.about, About::Replaced));
        assert_eq!(message.sender, "株式会社ジェーシービー");
        assert_eq!(message.subject.is_some(), mail, "only mail has a subject");
        let subject = message.subject.unwrap_or_default();
        for text in [subject.as_str(), message.text.as_str()] {
            assert!(!text.contains(['@', '*']), "{text}");
            assert!(!text.chars().any(char::is_numeric), "{text}");
            assert!(!text.contains("http"), "nothing to press: {text}");
        }
        assert!(!subject.contains('\n'), "{subject}");
        assert!(message.text.contains("カード裏面に記載のカード発行会社"), "{}", message.text);
        assert!(message.text.ends_with("株式会社ジェーシービー"), "{}", message.text);
    }
}

/// Telephones would give a code to the site that it names.
#[test]
fn a_replaced_telephone_is_told_no_site_by_a_name() {
    let name = "わりふ @evil.example #000000";
    let issuer = Issuer { name, ..issuer(Locale::Ja) };
    let told = |to| Message::replaced("msg_1".to_owned(), &issuer, Locale::Ja, to).unwrap().text;
    assert!(told(phone()).ends_with("\nわりふ evil.example #000000"), "{}", told(phone()));
    assert!(told(email()).ends_with(name), "{}", told(email()));
}

//! Notifications as they arrive.

use warifu_core::{cardholder::Notification, record::ChallengeRecord, time::Timestamp};

use super::*;
use crate::{
    fixtures::{email, issuer, phone, record, with},
    segments::Encoding,
};

const LINK: &str = "https://otp.example.co.jp/report/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn wordings(texts: &[(&str, &str)]) -> Result<NotificationWordings, String> {
    with(texts, false, NotificationWordings::read)?.map_err(|error| error.to_string())
}

fn notification(kind: NotificationKind, to: Destination) -> Notification {
    Notification {
        number: 1,
        kind,
        to,
        is_former: false,
        count: 1,
        since: Timestamp::parse_rfc3339("2023-02-12T15:00:00Z").unwrap(),
        challenge: None,
        locale: None,
        sign_in_needed: false,
    }
}

fn told(locale: Locale, notification: &Notification) -> Message {
    told_in(&wordings(&[]).unwrap(), issuer(locale), locale, notification)
}

/// What is about a challenge has its record and a link.
fn told_in(
    wordings: &NotificationWordings,
    issuer: Issuer<'_>,
    locale: Locale,
    notification: &Notification,
) -> Message {
    told_of(&record(locale), wordings, issuer, notification)
}

fn told_of(
    record: &ChallengeRecord,
    wordings: &NotificationWordings,
    issuer: Issuer<'_>,
    notification: &Notification,
) -> Message {
    let is_of_challenge = has_link(notification.kind);
    let notifier = Notifier {
        wordings,
        issuer,
        locale: record.locale,
        record: Some(record).filter(|_| is_of_challenge),
        link: Some(LINK).filter(|_| is_of_challenge),
        has_member_site: true,
    };
    notifier.message("msg_1".to_owned(), notification).unwrap()
}

fn has_link(kind: NotificationKind) -> bool {
    matches!(kind, NotificationKind::ChallengeFailed | NotificationKind::Locked)
}

#[test]
fn a_mail_about_wrong_codes_reads_like_this() {
    let failed = notification(NotificationKind::ChallengeFailed, email());
    let message = told(Locale::Ja, &failed);
    assert_eq!(message.subject.as_deref(), Some("J/Secure本人確認についてのお知らせ"));
    assert_eq!(
        message.text,
        format!(
            "\
J/Secureの本人確認について、お知らせします。

●●shopでのご購入（3,150円）の本人確認で、誤ったワンタイムパスワードが入力されました。

お心当たりのある場合、ほかにお手続きは必要ありません。
お心当たりのない場合は、すぐにカード裏面に記載のカード発行会社までご連絡ください。
ご購入に覚えがないことは、次のページからもお知らせいただけます：{LINK}

ワンタイムパスワードをお尋ねすることはありません。誰にも教えないでください。

株式会社ジェーシービー"
        )
    );
    let message = told(Locale::En, &Notification { count: 3, ..failed });
    assert_eq!(message.subject.as_deref(), Some("About your J/Secure verification"));
    assert_eq!(
        message.text,
        format!(
            "\
This is about the verification of your purchases with J/Secure.

Wrong one-time passwords were entered in the verification of a purchase at ●●shop (JPY 3,150).
This happened 3 times since 2023/2/13 00:00:00 (Japan time).

If this was you, there is nothing more to do.
If this was not you, contact the issuer named on your card at once.
You can also tell us here that you did not make the purchase: {LINK}

We never ask for a one-time password. Tell it to nobody.

JCB Co., Ltd."
        )
    );
}

#[test]
fn where_nothing_is_paid_none_of_them_names_a_purchase_or_an_amount() {
    let told = |locale, to| {
        let mut record = record(locale);
        record.transaction.amount = None;
        let failed = notification(NotificationKind::ChallengeFailed, to);
        told_of(&record, &wordings(&[]).unwrap(), issuer(locale), &failed).text
    };
    for (locale, to, sentence) in [
        (
            Locale::Ja,
            email(),
            "\n●●shopでのカードの本人確認で、誤ったワンタイムパスワードが入力されました。\n",
        ),
        (
            Locale::En,
            email(),
            "\nWrong one-time passwords were entered in the verification of your card at ●●shop.\n",
        ),
        (Locale::En, phone(), "Wrong one-time passwords were entered. If this was not you, "),
    ] {
        let text = told(locale, to);
        assert!(text.contains(sentence), "{text}");
    }
}

#[test]
fn gathered_ones_say_how_often_and_since_when() {
    let failed =
        Notification { count: 3, ..notification(NotificationKind::ChallengeFailed, email()) };
    let mail = told(Locale::Ja, &failed).text;
    assert!(
        mail.contains("入力されました。\n2023/2/13 00:00:00から、3回ありました。\n\n"),
        "{mail}"
    );
    let sms = told(Locale::Ja, &Notification { to: phone(), ..failed }).text;
    assert!(sms.contains("\n2023/2/13 00:00:00から3回\nhttps"), "{sms}");
}

#[test]
fn text_messages_read_like_this() {
    use NotificationKind::{ChallengeFailed, DestinationChanged, Locked, MethodChanged};
    for (kind, ja, en) in [
        (
            ChallengeFailed,
            "本人確認で誤入力がありました。",
            "Wrong one-time passwords were entered for a purchase.",
        ),
        (
            Locked,
            "本人確認を一時停止しました。",
            "Verification of purchases is suspended for a while.",
        ),
        (
            MethodChanged,
            "ワンタイムパスワードの受取方法が変更されました。",
            "The way you get one-time passwords was changed.",
        ),
        (
            DestinationChanged,
            "ワンタイムパスワードの送付先が変更されました。",
            "A contact for one-time passwords was changed.",
        ),
    ] {
        let link = if has_link(kind) { format!("{LINK}\n") } else { String::new() };
        let sms = notification(kind, phone());
        let message = told(Locale::Ja, &sms);
        let ask = "覚えがなければカード裏面に記載のカード発行会社へご連絡を。";
        assert_eq!(message.text, format!("{ja}{ask}\n{link}株式会社ジェーシービー"));
        let segments = if has_link(kind) { 2 } else { 1 };
        assert_eq!(message.length(), Some((Encoding::Ucs2, segments)), "{}", message.text);
        let message = told(Locale::En, &sms);
        let ask = "If this was not you, contact the issuer named on your card.";
        assert_eq!(message.text, format!("{en} {ask}\n{link}JCB Co., Ltd."));
        let segments = if has_link(kind) { 2 } else { 1 };
        assert_eq!(message.length(), Some((Encoding::Gsm7, segments)), "{}", message.text);
    }
}

/// A lock that no time ends says what does.
#[test]
fn a_lock_that_only_a_sign_in_ends_says_so() {
    let told = |to, locale| {
        let locked = notification(NotificationKind::Locked, to);
        told(locale, &Notification { sign_in_needed: true, ..locked })
    };
    let mail = told(email(), Locale::Ja).text;
    let sentence = "ご購入の本人確認を停止しました。次のご購入の際に会員サイトにログインし、ご自身のご購入であることをご確認いただくと、再開します。\n\n";
    assert!(mail.contains(sentence), "{mail}");
    let mail = told(email(), Locale::En).text;
    let sentence = "so verification of purchases is suspended. To resume, sign in to the member \
                    site at your next purchase and confirm that it is yours.\n\n";
    assert!(mail.contains(sentence), "{mail}");
    for (locale, encoding, sentence) in [
        (Locale::Ja, Encoding::Ucs2, "本人確認を停止しました。会員サイトで再開できます。"),
        (
            Locale::En,
            Encoding::Gsm7,
            "Verification of purchases is suspended. To resume, sign in to the member site. ",
        ),
    ] {
        let sms = told(phone(), locale);
        assert!(sms.text.starts_with(sentence), "{}", sms.text);
        assert!(sms.text.contains(LINK), "{}", sms.text);
        let segments = if locale.is_japanese() { 3 } else { 2 };
        assert_eq!(sms.length(), Some((encoding, segments)), "{}", sms.text);
    }
}

/// Without a member site there is nothing to sign in to.
#[test]
fn a_lock_that_the_issuer_alone_ends_says_whom_to_ask() {
    let wordings = wordings(&[]).unwrap();
    let told = |to, locale| {
        let locked = notification(NotificationKind::Locked, to);
        let (issuer, record, link) = (issuer(locale), None, Some(LINK));
        Notifier { wordings: &wordings, issuer, locale, record, link, has_member_site: false }
            .message("msg_1".to_owned(), &Notification { sign_in_needed: true, ..locked })
            .unwrap()
            .text
    };
    for (to, locale, sentence) in [
        (
            email(),
            Locale::Ja,
            "停止しました。再開をご希望の場合は、カード裏面に記載のカード発行会社までご連絡ください。\n\n",
        ),
        (email(), Locale::En, "suspended. To resume, contact the issuer named on your card.\n\n"),
        (phone(), Locale::Ja, "本人確認を停止しました。再開は発行会社で承ります。覚えがなければ"),
        (phone(), Locale::En, "is suspended until your issuer resumes it. If this was not you"),
    ] {
        let text = told(to, locale);
        assert!(text.contains(sentence), "{text}");
        assert!(!text.contains("会員サイト") && !text.contains("member site"), "{text}");
    }
}

/// Somebody else than the cardholder may read this message by now: it says only that codes no longer
/// come, and there is nothing to press.
#[test]
fn a_former_destination_is_told_no_destination_no_purchase_and_no_link() {
    for (to, mail) in [(email(), true), (phone(), false)] {
        for kind in NotificationKind::ALL {
            let former = Notification { is_former: true, ..notification(kind, to.clone()) };
            let message = told(Locale::Ja, &former);
            assert!(message.to == to && message.channel() == to.channel(), "it goes where it was");
            assert!(matches!(message.about, About::Notification));
            assert_eq!(message.sender, "株式会社ジェーシービー");
            assert_eq!(message.subject.is_some(), mail, "only mail has a subject");
            let subject = message.subject.unwrap_or_default();
            for text in [subject.as_str(), message.text.as_str()] {
                assert!(!text.contains(['@', '*']), "{text}");
                assert!(!text.chars().any(char::is_numeric), "{text}");
                assert!(!text.contains("http"), "nothing to press: {text}");
            }
            assert!(message.text.contains("カード裏面に記載のカード発行会社"), "{}", message.text);
            assert!(message.text.ends_with("株式会社ジェーシービー"), "{}", message.text);
        }
        let kind = NotificationKind::DestinationChanged;
        let former = Notification { is_former: true, ..notification(kind, to) };
        let told = told(Locale::En, &former).text;
        assert!(told.contains("was changed or removed"), "{told}");
    }
}

/// Telephones would give a code to the site that it names.
#[test]
fn a_telephone_is_told_no_site_by_a_name() {
    let name = "わりふ @evil.example #000000";
    let issuer = Issuer { name, ..issuer(Locale::Ja) };
    let wordings = wordings(&[]).unwrap();
    let kind = NotificationKind::Locked;
    let told = |to| {
        let issuer = Issuer { ..issuer };
        told_in(&wordings, issuer, Locale::Ja, &notification(kind, to)).text
    };
    assert!(told(phone()).ends_with("\nわりふ evil.example #000000"), "{}", told(phone()));
    assert!(told(email()).ends_with(name), "{}", told(email()));
}

#[test]
fn each_wording_is_replaced_by_itself() {
    let text = "{{what}} {{contact}}\n{{count}} {{since}}\n{{link}}\nEnde";
    let own = wordings(&[("NOTIFICATION_SMS_EN", text), ("NOTIFICATION_SUBJECT", "{{issuer}}!")]);
    let own = own.unwrap();
    let failed = notification(NotificationKind::ChallengeFailed, phone());
    let sms = |locale| told_in(&own, issuer(locale), locale, &failed).text;
    assert_eq!(
        sms(Locale::En),
        format!(
            "Wrong one-time passwords were entered for a purchase. the issuer named on your \
             card\n{LINK}\nEnde"
        )
    );
    assert!(sms(Locale::Ja).ends_with("株式会社ジェーシービー"));
    let mail = notification(NotificationKind::Locked, email());
    let mail = told_in(&own, issuer(Locale::Ja), Locale::Ja, &mail);
    assert_eq!(mail.subject.as_deref(), Some("株式会社ジェーシービー!"));
}

#[test]
fn a_wording_that_cannot_be_used_is_named() {
    let good = "{{what}} {{contact}}\n{{count}} {{since}}\n{{link}}";
    let hold = "must hold {{what}}, {{contact}}, {{count}} and {{link}}";
    let alone = "must hold {{link}} in a line of its own, and so {{count}} with {{since}}";
    for (name, text, must) in [
        ("NOTIFICATION_TEXT", "{{code}}", "must name between {{ and }} only what, count, since, "),
        ("NOTIFICATION_SMS_EN", "{{amount}}", "must name between {{ and }} only what, count, "),
        ("NOTIFICATION_TEXT_EN", "{{what}} {{contact}}\n{{link}}", hold),
        ("NOTIFICATION_SMS", "{{what}}\n{{count}}\n{{link}}", hold),
        ("NOTIFICATION_TEXT", "{{what}} {{contact}} {{link}}\n{{count}}", alone),
        ("NOTIFICATION_TEXT", "{{what}} {{contact}}\n{{link}} {{count}}", alone),
        ("NOTIFICATION_SUBJECT", "{{issuer}}\n{{what}}", "must be one line without {{count}}"),
        ("NOTIFICATION_SUBJECT_EN", "{{count}}", "must be one line without {{count}}"),
        ("NOTIFICATION_SMS", &format!("{good}\n@evil.example"), "must have no line that begins"),
    ] {
        let why = wordings(&[(name, text)]).err().unwrap();
        assert!(why.starts_with(&format!("{name} {must}")), "{why}");
    }
    assert!(wordings(&[("NOTIFICATION_SMS", good), ("NOTIFICATION_TEXT", good)]).is_ok());
}

/// What the guide's list names is what a wording may name.
#[test]
fn the_guide_explains_every_placeholder_of_notifications() {
    let guide = include_str!("../../../docs/issuer/messages.md");
    for name in ["what", "count", "since", "link"] {
        assert!(guide.contains(&format!("- `{{{{{name}}}}}`: ")), "{name}");
    }
}

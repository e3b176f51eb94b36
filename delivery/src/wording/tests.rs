//! The messages as they arrive, against the labels, order and formats of the programme's example.

use std::time::Duration;

use warifu_core::{
    money::{Amount, Currency},
    record::ChallengeRecord,
    text::MerchantName,
};

use super::*;
use crate::{
    fixtures::{composer, dispatch, record, wordings},
    message::{Composer, Dispatch},
    segments::{self, Encoding},
};

fn written(locale: Locale, send: u32, write: impl Fn(&MessageView) -> String) -> String {
    of(&record(locale), &dispatch(send), write)
}

fn of(
    record: &ChallengeRecord,
    dispatch: &Dispatch,
    write: impl Fn(&MessageView) -> String,
) -> String {
    let wordings = wordings(&[]).unwrap();
    let composer = composer(&wordings, record.locale);
    write(&composer.view(record.sheet(), dispatch, "012345"))
}

#[test]
fn a_mail_reads_like_this() {
    assert_eq!(
        written(Locale::Ja, 1, |view| view.subject()),
        "J/Secureワンタイムパスワード発行のご連絡"
    );
    assert_eq!(
        written(Locale::Ja, 1, |view| view.mail()),
        "\
J/Secureのワンタイムパスワードをお送りします。

■発行情報
ワンタイムパスワード：012345

■ご利用情報
加盟店名：●●shop
利用金額：3,150円
利用時刻：2023/2/13 00:00:00

※このワンタイムパスワードは、送信から10分後に無効となります。
※利用時刻は日本時間(JST)です。
※ワンタイムパスワードは、本人確認の画面のほかには入力せず、誰にも教えないでください。

ご登録のメールアドレスにお送りしています。
お心当たりのない場合やお問い合わせは、カード裏面に記載のカード発行会社までご連絡ください。

株式会社ジェーシービー"
    );
}

#[test]
fn a_mail_in_english_reads_like_this() {
    assert_eq!(written(Locale::En, 1, |view| view.subject()), "Your J/Secure one-time password");
    assert_eq!(
        written(Locale::En, 1, |view| view.mail()),
        "\
Here is your J/Secure one-time password.

■ Issued
One-time password: 012345

■ Purchase
Merchant: ●●shop
Amount: JPY 3,150
Time: 2023/2/13 00:00:00

* It stops working 10 minutes after it was sent.
* The time is Japan time (JST).
* Enter it on the verification page only, and tell it to nobody.

We sent this to your registered e-mail address.
If you did not make this purchase, or have a question, contact the issuer named on your card.

JCB Co., Ltd."
    );
}

#[test]
fn a_text_message_reads_like_this() {
    assert_eq!(
        written(Locale::Ja, 1, |view| view.sms()),
        "パスワード : 012345\nご利用金額 : JPY3,150\n株式会社ジェーシービー"
    );
    assert_eq!(
        written(Locale::En, 1, |view| view.sms()),
        "Password : 012345\nAmount : JPY3,150\nJCB Co., Ltd."
    );
}

#[test]
fn a_resend_says_which_one_it_is() {
    assert_eq!(
        written(Locale::Ja, 2, |view| view.subject()),
        "J/Secureワンタイムパスワード発行のご連絡（第2回）"
    );
    assert_eq!(
        written(Locale::En, 2, |view| view.subject()),
        "Your J/Secure one-time password (no. 2)"
    );
    assert!(written(Locale::Ja, 2, |view| view.mail()).contains(
        "ワンタイムパスワード：012345\n送信：第2回（前のワンタイムパスワードは使えません）\n\n■ご利用情報"
    ));
    assert!(written(Locale::En, 2, |view| view.mail()).contains(
        "One-time password: 012345\nSent: no. 2 (earlier ones no longer work)\n\n■ Purchase"
    ));
    assert_eq!(
        written(Locale::Ja, 2, |view| view.sms()),
        "パスワード : 012345\nご利用金額 : JPY3,150\n送信 : 第2回\n株式会社ジェーシービー"
    );
    assert_eq!(
        written(Locale::En, 2, |view| view.sms()),
        "Password : 012345\nAmount : JPY3,150\nSent : no. 2\nJCB Co., Ltd."
    );
}

#[test]
fn mail_in_place_of_a_text_message_says_so() {
    for (locale, line) in [
        (Locale::Ja, "\n※SMSでお届けできなかったため、メールでお送りしています。\n"),
        (Locale::En, "\n* It comes by e-mail because it could not be delivered by SMS.\n"),
    ] {
        let diverted = Dispatch { diverted: true, ..dispatch(1) };
        let mail = of(&record(locale), &diverted, |view| view.mail());
        assert!(mail.contains(line), "{mail}");
        assert!(!written(locale, 1, |view| view.mail()).contains("SMS"));
    }
}

#[test]
fn a_text_message_is_one_segment_by_default() {
    let names = [(Locale::Ja, "株式会社わりふカード"), (Locale::En, "Warifu Card Co., Ltd.")];
    let wordings = wordings(&[]).unwrap();
    for ((locale, name), encoding) in names.into_iter().zip([Encoding::Ucs2, Encoding::Gsm7]) {
        let mut composer = composer(&wordings, locale);
        composer.issuer.name = name;
        let mut record = record(locale);
        let yen = Currency::parse("JPY").unwrap();
        record.transaction.amount = Amount::new(1_234_567, yen).ok();
        let sms = composer.view(record.sheet(), &dispatch(4), "012345").sms();
        assert!(sms.contains("JPY1,234,567\n") && sms.contains('4'), "{sms}");
        assert_eq!(segments::count(&sms), (encoding, 1), "{sms}");
    }
}

/// A directory server asks for a card to be confirmed, and nothing is paid.
fn without_payment(locale: Locale) -> ChallengeRecord {
    let mut record = record(locale);
    record.transaction.amount = None;
    record
}

#[test]
fn where_nothing_is_paid_the_place_of_the_amount_says_so() {
    let of = |locale, write: fn(&MessageView) -> String| {
        of(&without_payment(locale), &dispatch(1), write)
    };
    assert!(
        of(Locale::Ja, |view| view.mail())
            .contains("加盟店名：●●shop\n利用金額：お支払いなし\n利用時刻：2023/2/13 00:00:00\n")
    );
    assert!(
        of(Locale::En, |view| view.mail())
            .contains("Merchant: ●●shop\nAmount: no payment\nTime: 2023/2/13 00:00:00\n")
    );
    assert_eq!(
        of(Locale::Ja, |view| view.sms()),
        "パスワード : 012345\nご利用金額 : お支払いなし\n株式会社ジェーシービー"
    );
    assert_eq!(
        of(Locale::En, |view| view.sms()),
        "Password : 012345\nAmount : no payment\nJCB Co., Ltd."
    );
}

#[test]
fn an_issuer_s_line_with_code_and_amount_is_there_where_nothing_is_paid() {
    let texts = [
        ("SMS_TEXT", "認証コード {{code}}（{{amount_iso}}）\n{{send}}回目"),
        ("SMS_TEXT_EN", "Code {{code}}, {{amount}}\nno. {{send}}"),
    ];
    let wordings = wordings(&texts).unwrap();
    for (locale, text) in
        [(Locale::Ja, "認証コード 012345（お支払いなし）"), (Locale::En, "Code 012345, no payment")]
    {
        let record = without_payment(locale);
        let composer = composer(&wordings, locale);
        assert_eq!(composer.view(record.sheet(), &dispatch(1), "012345").sms(), text);
    }
}

#[test]
fn a_wording_that_cannot_be_used_is_named() {
    for name in ["MAIL_SUBJECT", "MAIL_TEXT", "SMS_TEXT"] {
        for name in [name.to_owned(), format!("{name}_EN")] {
            let why = wordings(&[(&name, "{{kode}}")]).err();
            let must = format!("{name} must name between {{{{ and }}}} only code, send, ");
            assert!(why.as_ref().is_some_and(|why| why.starts_with(&must)), "{why:?}");
        }
    }
}

#[test]
fn each_wording_is_replaced_by_itself() {
    let text = "{{code}} {{amount_iso}}\n({{send}})\nEnde";
    let wordings = wordings(&[("SMS_TEXT", text)]).unwrap();
    let sms = |locale| {
        let composer = composer(&wordings, locale);
        composer.view(record(locale).sheet(), &dispatch(1), "012345").sms()
    };
    assert_eq!(sms(Locale::Ja), "012345 JPY3,150\nEnde");
    assert_eq!(sms(Locale::En), "Password : 012345\nAmount : JPY3,150\nJCB Co., Ltd.");
}

#[test]
fn the_life_that_is_told_is_the_deployment_s() {
    let wordings = wordings(&[]).unwrap();
    let composer =
        Composer { code_life: Duration::from_secs(300), ..composer(&wordings, Locale::Ja) };
    let mail = composer.view(record(Locale::Ja).sheet(), &dispatch(1), "012345").mail();
    assert!(mail.contains("送信から5分後に無効"), "{mail}");
}

#[test]
fn plain_text_is_not_escaped_for_html() {
    let mut record = record(Locale::Ja);
    record.transaction.merchant_name = MerchantName::parse("Fish & Chips <'Tokyo'>").unwrap();
    let mail = of(&record, &dispatch(1), |view| view.mail());
    assert!(mail.contains("加盟店名：Fish & Chips <'Tokyo'>\n"), "{mail}");
}

//! The messages as they arrive, against the seed's labels, order and formats.

use warifu_core::text::MerchantName;
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::fixtures::{config, record};

fn written(
    locale: Locale,
    send: u32,
    write: impl Fn(&MessageView) -> Result<String, askama::Error>,
) -> String {
    write(&MessageView::new(&config(), &record(locale), send, "012345")).unwrap()
}

#[wasm_bindgen_test]
fn a_mail_reads_like_this() {
    assert_eq!(written(Locale::Ja, 1, mail_subject), "J/Secureワンタイムパスワード発行のご連絡");
    assert_eq!(
        written(Locale::Ja, 1, mail),
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

#[wasm_bindgen_test]
fn a_mail_in_english_reads_like_this() {
    assert_eq!(written(Locale::En, 1, mail_subject), "Your J/Secure one-time password");
    assert_eq!(
        written(Locale::En, 1, mail),
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

#[wasm_bindgen_test]
fn a_text_message_reads_like_this() {
    assert_eq!(
        written(Locale::Ja, 1, sms),
        "パスワード : 012345\nご利用金額 : JPY3,150\n株式会社ジェーシービー"
    );
    assert_eq!(written(Locale::En, 1, sms), "Password : 012345\nAmount : JPY3,150\nJCB Co., Ltd.");
}

#[wasm_bindgen_test]
fn a_resend_says_which_one_it_is() {
    assert_eq!(
        written(Locale::Ja, 2, mail_subject),
        "J/Secureワンタイムパスワード発行のご連絡（第2回）"
    );
    assert_eq!(written(Locale::En, 2, mail_subject), "Your J/Secure one-time password (no. 2)");
    assert!(written(Locale::Ja, 2, mail).contains(
        "ワンタイムパスワード：012345\n送信：第2回（前のワンタイムパスワードは使えません）\n\n■ご利用情報"
    ));
    assert!(written(Locale::En, 2, mail).contains(
        "One-time password: 012345\nSent: no. 2 (earlier ones no longer work)\n\n■ Purchase"
    ));
    assert_eq!(
        written(Locale::Ja, 2, sms),
        "パスワード : 012345\nご利用金額 : JPY3,150\n送信 : 第2回\n株式会社ジェーシービー"
    );
    assert_eq!(
        written(Locale::En, 2, sms),
        "Password : 012345\nAmount : JPY3,150\nSent : no. 2\nJCB Co., Ltd."
    );
}

#[wasm_bindgen_test]
fn the_life_that_is_told_is_the_deployment_s() {
    let config = crate::fixtures::configured(&[("CODE_LIFE_SECONDS", "300")]);
    let config = config.unwrap_or_else(|_| panic!("it was refused"));
    let record = record(Locale::Ja);
    let mail = mail(&MessageView::new(&config, &record, 1, "012345")).unwrap();
    assert!(mail.contains("送信から5分後に無効"), "{mail}");
}

#[wasm_bindgen_test]
fn plain_text_is_not_escaped_for_html() {
    let mut record = record(Locale::Ja);
    record.transaction.merchant_name = MerchantName::parse("Fish & Chips <'Tokyo'>").unwrap();
    let mail = mail(&MessageView::new(&config(), &record, 1, "012345")).unwrap();
    assert!(mail.contains("加盟店名：Fish & Chips <'Tokyo'>\n"), "{mail}");
}

use warifu_core::{
    cardholder::{Ended, Outcome},
    contact::Via,
    locale::Locale,
    record::ChallengeRecord,
    text::{MerchantName, PersonalMessage},
    time::Timestamp,
};
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::fixtures::{
    config, configured, directory_servers, header, phone, record, requested, sent, test_record,
    text,
};

async fn page(record: &ChallengeRecord, seen: &View, shown: &Shown<'_>) -> String {
    let record = FormRecord::Live(record.clone());
    let response = show(&config(), &record, seen, "/challenge/secret", shown);
    text(response.unwrap_or_else(|problem| panic!("{:?}", problem.code))).await
}

async fn plain(locale: Locale) -> String {
    page(&record(locale), &sent(), &Shown::default()).await
}

fn ended(status: Status) -> View {
    let outcome = status.ended().map(|status| Outcome { status, at: Timestamp::from_millis(0) });
    View { status, outcome, ..sent() }
}

/// The page's words in their order, without its tags.
fn words(page: &str) -> String {
    let (_, body) = page.split_once("<body>").unwrap();
    let texts =
        body.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text.trim());
    texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("|")
}

#[wasm_bindgen_test]
async fn the_form_has_its_labels_in_their_order() {
    assert_eq!(
        words(&plain(Locale::Ja).await),
        "株式会社ジェーシービー|J/Secure|ご購入のための本人確認|\
         ご登録のEメールアドレス(***@mail.jp)にワンタイムパスワードを送信しています。\
         届いた6桁の数字を入力してください。|送信の状況を確かめる|\
         加盟店名|●●shop|ご利用金額|3,150円|ご利用日|23/2/13|カード番号|**** **** **** 1234|\
         パーソナルメッセージ|ハワイ大好き|\
         ※「ご利用日」は日本時間(JST)の日付です。実際のご利用日と異なることがあります。|\
         ワンタイムパスワード|約10分間有効|送信|OTP再送信|キャンセル|\
         パーソナルメッセージがご登録のものと違うときや、|お心当たりのないご購入のときは、|\
         入力せずに|カード裏面に記載のカード発行会社までご連絡ください。|覚えのないお取引"
    );
}

#[wasm_bindgen_test]
async fn the_form_in_english_mirrors_it() {
    assert_eq!(
        words(&plain(Locale::En).await),
        "JCB Co., Ltd.|J/Secure|Confirm your purchase|\
         We are sending a one-time password to your registered e-mail address (***@mail.jp). \
         Enter its 6 digits here.|Check the delivery|\
         Merchant|●●shop|Amount|JPY 3,150|Date|23/2/13|Card number|**** **** **** 1234|\
         Personal message|ハワイ大好き|\
         The date is year/month/day in Japan time (JST) and can differ from your own date.|\
         One-time password|Valid for 10 min|Submit|Resend OTP|Cancel|\
         If|the personal message is not yours, or|you did not make this purchase,|\
         enter nothing and|contact the issuer named on your card.|I did not make this purchase"
    );
}

/// As title, heading and a note; a live form has none of it.
#[wasm_bindgen_test]
async fn the_form_of_a_test_says_so_first() {
    for (locale, title, note) in [
        (
            Locale::Ja,
            "【テスト】ご購入のための本人確認",
            "これはテストの画面です。ワンタイムパスワードは、どなたにも送信していません。",
        ),
        (
            Locale::En,
            "[Test] Confirm your purchase",
            "This is a test. No one-time password is sent to anybody.",
        ),
    ] {
        let record = FormRecord::Test(test_record(locale));
        let shown = Shown::default();
        let response = show(&config(), &record, &sent(), "/challenge/secret", &shown);
        let page = text(response.unwrap_or_else(|problem| panic!("{:?}", problem.code))).await;
        assert!(words(&page).contains(&format!("|{title}|{note}|")), "{page}");
        assert!(page.contains(&format!("<title>{title} | ")), "{page}");
        let live = plain(locale).await;
        assert!(!live.contains("テスト") && !live.contains("[Test]"), "{live}");
    }
}

/// A browser that translates the page would change what the cardholder has to recognise.
#[wasm_bindgen_test]
async fn what_somebody_registered_is_not_translated() {
    for locale in [Locale::Ja, Locale::En] {
        let page = plain(locale).await;
        let amount =
            words(&page).split('|').find(|text| text.contains("3,150")).unwrap().to_owned();
        for value in ["●●shop", &amount, "**** **** **** 1234", "ハワイ大好き"] {
            let marked = format!("<dd translate=\"no\">{value}</dd>");
            assert!(page.contains(&marked), "{marked}");
        }
        assert!(page.contains(r#"<div class="top" translate="no"><b>"#), "issuer and programme");
    }
}

#[wasm_bindgen_test]
async fn no_language_leaves_template_behind() {
    for (locale, lang) in [(Locale::Ja, "ja"), (Locale::En, "en")] {
        let page = plain(locale).await;
        assert!(page.starts_with(&format!("<!doctype html>\n<html lang=\"{lang}\">")), "{page}");
        // A minified style has braces side by side.
        let (head, rest) = page.split_once("<style>").unwrap();
        let (_, body) = rest.split_once("</style>").unwrap();
        for residue in ["{{", "}}", "{%", "%}", "view."] {
            assert!(!head.contains(residue) && !body.contains(residue), "{residue}");
        }
    }
}

#[wasm_bindgen_test]
async fn what_others_wrote_stays_text() {
    const HOSTILE: &str = r#"</dd><script>'"&{{a}}"#;
    const HARMLESS: &str = "&#60;/dd&#62;&#60;script&#62;&#39;&#34;&#38;{{a}}";
    for locale in [Locale::Ja, Locale::En] {
        let mut record = record(locale);
        record.transaction.merchant_name = MerchantName::parse(HOSTILE).unwrap();
        let mut seen = sent();
        seen.personal_message = Some(PersonalMessage::parse(HOSTILE).unwrap());
        let shown =
            Shown { attestation: Some(HOSTILE), return_to: Some(HOSTILE), ..Shown::default() };
        let config = configured(&[
            ("ISSUER_NAME", HOSTILE),
            ("ISSUER_NAME_EN", ""),
            ("ISSUER_CONTACT", HOSTILE),
            ("ISSUER_CONTACT_EN", ""),
            ("PROGRAMME_NAME", HOSTILE),
        ]);
        let config = config.unwrap_or_else(|_| panic!("it was refused"));
        let response = show(&config, &FormRecord::Live(record), &seen, HOSTILE, &shown);
        let page = text(response.unwrap_or_else(|_| panic!("it was not shown"))).await;
        assert!(!page.contains(HOSTILE), "{page}");
        // Title, issuer, programme, merchant, message, contact, three actions, the address
        // of the delivery twice, that of the fraud report, response and return.
        assert_eq!(page.matches(HARMLESS).count(), 14, "{page}");
    }
}

#[wasm_bindgen_test]
async fn from_the_second_send_on_the_page_says_that_earlier_codes_no_longer_work() {
    for (locale, words) in [(Locale::Ja, "前のものは使えません"), (Locale::En, "no longer work")]
    {
        for delivery in [DeliveryState::Sending, DeliveryState::Sent, DeliveryState::Delivered] {
            for (send, said) in [(1, false), (2, true)] {
                let seen = View { send, delivery: Some(delivery), ..sent() };
                let page = page(&record(locale), &seen, &Shown::default()).await;
                assert_eq!(page.contains(words), said, "{send} {delivery:?}: {page}");
            }
        }
    }
}

#[wasm_bindgen_test]
async fn a_form_without_personal_message_does_not_speak_of_one() {
    let seen = View { personal_message: None, ..sent() };
    for (locale, words) in [(Locale::Ja, "パーソナルメッセージ"), (Locale::En, "ersonal message")]
    {
        let page = page(&record(locale), &seen, &Shown::default()).await;
        assert!(!page.contains(words), "{page}");
    }
}

#[wasm_bindgen_test]
async fn a_phone_is_spoken_of_as_one_and_fills_in_by_itself() {
    let seen = View { via: Some(Via::Sms(phone())), ..sent() };
    let page = page(&record(Locale::Ja), &seen, &Shown::default()).await;
    assert!(page.contains("ご登録の電話番号(***-\u{2060}****-1234)"), "{page}");
    assert!(page.contains(" data-otp"), "{page}");
    assert!(!plain(Locale::Ja).await.contains(" data-otp"));
}

#[wasm_bindgen_test]
async fn an_app_is_asked_for_its_code_and_nothing_is_sent() {
    let seen = View {
        via: Some(Via::App),
        delivery: None,
        send: 0,
        resends_left: 0,
        code_expires_in: 0,
        resend_in: 0,
        ..sent()
    };
    let problem = ProblemCode::WrongCode.problem();
    let refused = Shown { problem: Some(&problem), ..Shown::default() };
    for (locale, asked, form) in [
        (
            Locale::Ja,
            "ご登録の認証アプリに表示されている6桁のワンタイムパスワードを入力してください。",
            "ワンタイムパスワード|送信|キャンセル|",
        ),
        (
            Locale::En,
            "Enter the 6 digits of the one-time password that your registered authenticator app shows.",
            "One-time password|Submit|Cancel|",
        ),
    ] {
        let plain = page(&record(locale), &seen, &Shown::default()).await;
        let words = words(&plain);
        assert!(words.contains(asked) && words.contains(form), "{words}");
        for absent in [r#"id="resend"#, r#"id="timer"#, "data-otp", "OTP", "送信しま", "We sent"]
        {
            assert!(!plain.contains(absent), "{absent} in {plain}");
        }
        let refused = page(&record(locale), &seen, &refused).await;
        assert!(refused.contains(r#"aria-invalid="true""#), "{refused}");
    }
}

#[wasm_bindgen_test]
async fn without_a_way_nothing_is_said_to_be_sent() {
    let seen =
        View { via: None, delivery: None, send: 0, code_expires_in: 0, resend_in: 0, ..sent() };
    let problem = ProblemCode::NotEnrolled.problem();
    let shown = Shown { problem: Some(&problem), ..Shown::default() };
    for (locale, expected) in [
        (Locale::Ja, "受け取り方が登録されていません。カード発行会社に"),
        (Locale::En, "No way to get one-time passwords is registered."),
    ] {
        let page = page(&record(locale), &seen, &shown).await;
        assert!(page.contains(r#"<p id="sent" class="live"></p>"#), "{page}");
        assert!(!page.contains("()"), "{page}");
        assert!(page.contains(expected), "{page}");
    }
}

#[wasm_bindgen_test]
async fn what_failed_is_told_at_the_input_and_a_shown_form_says_that_it_is_sent() {
    for (delivery, expected) in [
        (DeliveryState::Sending, ""),
        (DeliveryState::Sent, ""),
        (DeliveryState::Unconfirmed, "届かないときは「OTP再送信」を押してください。"),
        (DeliveryState::Delivered, "ワンタイムパスワードが届きました。"),
        (DeliveryState::Bounced, "届きませんでした。「OTP再送信」を押してください。"),
        (DeliveryState::Failed, "送信できませんでした。「OTP再送信」を押してください。"),
    ] {
        let seen = View { delivery: Some(delivery), ..sent() };
        let shown = page(&record(Locale::Ja), &seen, &Shown::default()).await;
        assert!(shown.contains(&format!(r#"role="status">{expected}<"#)), "{shown}");
        let problem = Problem::malformed_code(4);
        let refused = Shown { problem: Some(&problem), ..Shown::default() };
        let refused = page(&record(Locale::Ja), &seen, &refused).await;
        assert!(refused.contains(r#"role="status"><"#), "one of the two: {refused}");
        let over = View { delivery: Some(delivery), ..ended(Status::Expired) };
        let over = page(&record(Locale::Ja), &over, &Shown::default()).await;
        assert!(over.contains(r#"role="status"><"#), "{over}");
    }
}

#[wasm_bindgen_test]
fn a_form_asks_seldom_and_only_while_news_can_come() {
    let seen = |delivery, send_age| View { delivery: Some(delivery), send_age, ..sent() };
    let asked = |delivery, receipts| {
        let mut ages: Vec<u64> = vec![];
        let mut age = 0;
        while let Some(next) = look_after(&seen(delivery, age), receipts) {
            ages.push(age + next);
            // The request takes some time, so a further second has begun.
            age += next + 1;
        }
        ages
    };
    for receipts in [false, true] {
        assert_eq!(asked(DeliveryState::Sending, receipts), [6, 15, 35]);
        for done in [DeliveryState::Delivered, DeliveryState::Bounced, DeliveryState::Failed] {
            assert!(asked(done, receipts).is_empty());
        }
        assert_eq!(look_after(&View { delivery: None, ..sent() }, receipts), None);
        let over = View { delivery: Some(DeliveryState::Sent), ..ended(Status::Verified) };
        assert_eq!(look_after(&over, receipts), None);
    }
    for taken in [DeliveryState::Sent, DeliveryState::Unconfirmed] {
        assert_eq!(asked(taken, true), [30, 120]);
        assert!(asked(taken, false).is_empty());
    }
}

#[wasm_bindgen_test]
async fn only_what_may_still_change_is_asked_for() {
    let sending = plain(Locale::Ja).await;
    for part in [
        r#" data-delivery="sending" data-next="6" data-look="/challenge/secret/delivery""#,
        r#"<noscript><a id="look" class="live" href="/challenge/secret/delivery">"#,
    ] {
        assert!(sending.contains(part), "{part} in {sending}");
    }
    let seen = View { delivery: Some(DeliveryState::Delivered), ..sent() };
    let page = page(&record(Locale::Ja), &seen, &Shown::default()).await;
    // The address of the delivery stays in the page, because there is news to ask for after a
    // resend.
    let address = r#" data-next="0" data-look="/challenge/secret/delivery""#;
    assert!(page.contains(address) && !page.contains("<noscript>"), "{page}");
}

#[wasm_bindgen_test]
async fn a_wrong_code_is_told_at_the_input() {
    let problem = Problem::malformed_code(4);
    let shown = Shown { problem: Some(&problem), ..Shown::default() };
    let page = page(&record(Locale::Ja), &sent(), &shown).await;
    assert!(page.contains(r#"role="alert">ワンタイムパスワードを6桁の"#), "{page}");
    let marked = r#"aria-describedby="error" aria-invalid="true">"#;
    assert!(page.contains(marked), "{page}");
    assert!(!plain(Locale::Ja).await.contains(marked));
}

#[wasm_bindgen_test]
async fn an_end_is_told_once() {
    for (end, expected) in [
        (Ended::Verified, "本人確認は完了しています。"),
        (Ended::Failed, "入力できる回数の上限に達したため"),
        (Ended::Expired, "本人確認の期限が過ぎました。"),
        (Ended::Canceled, "本人確認はキャンセルされました。"),
    ] {
        let (problem, status) = (Problem::ended(end), Status::from(end));
        let shown = Shown { problem: Some(&problem), ..Shown::default() };
        let page = page(&record(Locale::Ja), &ended(status), &shown).await;
        assert_eq!(page.matches(expected).count(), 1, "{page}");
        assert!(page.contains(&format!(r#"data-status="{}""#, status.as_str())), "{page}");
    }
}

#[wasm_bindgen_test]
async fn only_an_end_leads_back_to_the_shop() {
    let back = Shown { return_to: Some("https://shop.example/done"), ..Shown::default() };
    let link = r#"<a id="return" href="https://shop.example/done""#;
    let over = page(&record(Locale::Ja), &ended(Status::Canceled), &back).await;
    assert!(over.contains(link), "{over}");
    assert!(!page(&record(Locale::Ja), &sent(), &back).await.contains(link));
}

#[wasm_bindgen_test]
fn the_merchant_s_page_hears_why_it_cannot_go_on() {
    let locked = View { locked_until: Some(Timestamp::from_millis(1)), ..sent() };
    let gone = ProblemCode::NotEnrolled.problem();
    let wrong = ProblemCode::WrongCode.problem();
    let full = ProblemCode::DestinationLimited.problem();
    let new = ProblemCode::DestinationTooNew.problem();
    let without_code = || View { delivery: None, code_expires_in: 0, ..sent() };
    let lost = |delivery| View { delivery: Some(delivery), ..sent() };
    for (seen, problem, error) in [
        (without_code(), Some(&full), "undeliverable"),
        (without_code(), Some(&new), "undeliverable"),
        (sent(), Some(&full), ""),
        (sent(), Some(&new), ""),
        (lost(DeliveryState::Failed), None, "undeliverable"),
        (lost(DeliveryState::Bounced), None, "undeliverable"),
        (lost(DeliveryState::Unconfirmed), None, ""),
        (sent(), None, ""),
        (sent(), Some(&wrong), ""),
        (sent(), Some(&gone), "internal"),
        (locked, None, "locked"),
        (ended(Status::Failed), None, "attempts-exceeded"),
        (ended(Status::Expired), None, "challenge-expired"),
        (ended(Status::Verified), None, ""),
        (ended(Status::Canceled), None, ""),
    ] {
        assert_eq!(client_error(&seen, problem), error, "{:?}", seen.status);
    }
}

async fn requested_page(
    record: ChallengeRecord,
    settings: &[(&str, &str)],
) -> (String, Option<String>, String) {
    let servers = directory_servers(
        r#","scheme_name":{"ja":"見本の国際ブランド","en":"Sample Scheme"},
        "scheme_image":"https://scheme.example/a.svg""#,
    );
    let servers = servers.iter().map(|(name, value)| (*name, value.as_str()));
    let settings: Vec<_> = servers.chain(settings.iter().copied()).collect();
    let config = configured(&settings).unwrap_or_else(|error| panic!("{error}"));
    let shown = Shown { framed: true, ..Shown::default() };
    let record = FormRecord::Live(record);
    let page = show(&config, &record, &sent(), "/challenge/secret", &shown);
    let page = page.unwrap_or_else(|problem| panic!("{:?}", problem.code));
    let policy = header(&page, "Content-Security-Policy").unwrap();
    let embedder = header(&page, "Cross-Origin-Embedder-Policy");
    (policy, embedder, text(page).await)
}

/// What it takes to send a code, then the rest.
#[wasm_bindgen_test]
async fn a_requestor_s_form_has_what_is_needed_first() {
    let (_, _, page) = requested_page(requested(Locale::Ja), &[]).await;
    assert_eq!(
        words(&page),
        "株式会社ジェーシービー|ご購入のための本人確認|\
         ご登録のEメールアドレス(***@mail.jp)にワンタイムパスワードを送信しています。\
         届いた6桁の数字を入力してください。|●●shop|3,150円|\
         ワンタイムパスワード|約10分間有効|送信|OTP再送信|キャンセル|送信の状況を確かめる|\
         加盟店名|●●shop|ご利用金額|3,150円|ご利用日|23/2/13|カード番号|**** **** **** 1234|\
         パーソナルメッセージ|ハワイ大好き|\
         ※「ご利用日」は日本時間(JST)の日付です。実際のご利用日と異なることがあります。|\
         パーソナルメッセージがご登録のものと違うときや、|お心当たりのないご購入のときは、|\
         入力せずに|カード裏面に記載のカード発行会社までご連絡ください。|覚えのないお取引"
    );
}

/// A page that answered a post has another address than the form, which knows no GET.
#[wasm_bindgen_test]
async fn a_requestor_s_form_comes_again_by_itself_and_knows_its_end() {
    let (_, _, page) = requested_page(requested(Locale::Ja), &[]).await;
    for part in [
        r#"<meta http-equiv="refresh" content="601;url=/challenge/secret">"#,
        r#" data-return="/challenge/secret/end""#,
        r#" data-origins="""#,
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    assert!(!page.contains(r#"id="alone""#), "no page speaks to it: {page}");
    assert!(!plain(Locale::Ja).await.contains("http-equiv"));
}

#[wasm_bindgen_test]
async fn a_requestor_s_form_shows_the_issuer_s_and_the_scheme_s_images() {
    let image = [("ISSUER_IMAGE_URL", "https://issuer.example:8443/b.svg?c=1&d=2")];
    let (policy, embedder, page) = requested_page(requested(Locale::En), &image).await;
    for part in [
        r#"<b><img src="https://issuer.example:8443/b.svg?c=1&#38;d=2" alt="JCB Co., Ltd."></b>"#,
        r#"<span><img src="https://scheme.example/a.svg" alt="Sample Scheme"></span>"#,
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    let allowed = "img-src 'self' https://issuer.example:8443 https://scheme.example; ";
    assert!(policy.contains(allowed), "{policy}");
    // An image's server need not know of this page.
    assert_eq!(embedder.as_deref(), Some("credentialless"));
}

#[wasm_bindgen_test]
async fn a_scheme_s_image_without_its_name_is_read_out_as_the_programme() {
    let servers = directory_servers(r#","scheme_image":"https://scheme.example/a.svg""#);
    let servers: Vec<_> = servers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let config = configured(&servers).unwrap_or_else(|error| panic!("{error}"));
    let record = FormRecord::Live(requested(Locale::En));
    let page = show(&config, &record, &sent(), "/challenge/secret", &Shown::default());
    let page = page.unwrap_or_else(|problem| panic!("{:?}", problem.code));
    let page = text(page).await;
    let image = r#"<span><img src="https://scheme.example/a.svg" alt="J/Secure"></span>"#;
    assert!(page.contains(image), "{page}");
}

#[wasm_bindgen_test]
async fn a_requestor_s_form_without_images_has_names() {
    let servers = directory_servers(r#","scheme_name":{"ja":"見本","en":"Sample Scheme"}"#);
    let servers: Vec<_> = servers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    for (settings, scheme) in [(&servers[..], "Sample Scheme"), (&[], "J/Secure")] {
        let config = configured(settings).unwrap_or_else(|error| panic!("{error}"));
        let record = FormRecord::Live(requested(Locale::En));
        let page = show(&config, &record, &sent(), "/challenge/secret", &Shown::default());
        let page = page.unwrap_or_else(|problem| panic!("{:?}", problem.code));
        let policy = header(&page, "Content-Security-Policy").unwrap();
        assert!(policy.contains("img-src 'self'; "), "{policy}");
        let top = format!("<b>JCB Co., Ltd.</b><span>{scheme}</span>");
        let page = text(page).await;
        assert!(page.contains(&top), "{page}");
    }
}

/// As when a card is added to a wallet.
#[wasm_bindgen_test]
async fn a_requestor_s_form_without_a_payment_speaks_of_none() {
    for (locale, spoken, title) in
        [(Locale::Ja, "購入", "|本人確認|"), (Locale::En, "purchase", "|Confirm that it is you|")]
    {
        let mut record = requested(locale);
        record.transaction.amount = None;
        let (_, _, page) = requested_page(record, &[]).await;
        let (_, body) = page.split_once("<body>").unwrap();
        assert!(!body.contains(spoken), "{spoken} in {body}");
        assert!(words(&page).contains(title), "{page}");
        for absent in ["ご利用金額", "Amount", "<b></b>"] {
            assert!(!body.contains(absent), "{absent} in {body}");
        }
    }
}

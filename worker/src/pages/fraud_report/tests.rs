use warifu_core::{locale::Locale, time::Timestamp};
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::fixtures::{config, header, record, requested, sent, text};

fn answered(locale: Locale, form: Option<&str>, view: &View) -> Response {
    let shown = Shown { action: "/report/token", form, view, origin: "" };
    let page = show(&config(), &FormRecord::Live(record(locale)), &shown);
    page.unwrap_or_else(|problem| panic!("{:?}", problem.code))
}

fn reported() -> View {
    View { fraud_reported_at: Some(Timestamp::from_millis(0)), ..sent() }
}

#[wasm_bindgen_test]
async fn it_shows_the_purchase_and_asks_before_anything_is_done() {
    for (locale, title, button) in [
        (Locale::Ja, "覚えのないお取引", "購入していない"),
        (Locale::En, "I did not make this purchase", "I did not make it"),
    ] {
        let page = text(answered(locale, None, &sent())).await;
        assert!(page.contains(&format!("<h1 id=\"title\">{title}</h1>")), "{page}");
        assert!(page.contains("●●shop") && page.contains("3,150") && page.contains("1234"));
        assert!(
            page.contains("<form id=\"report-form\" action=\"/report/token\" method=\"post\">")
        );
        assert!(page.contains(button));
        assert_eq!(page.matches("<button").count(), 1);
        // What only the form shows is not here, nor a way to the form.
        for hidden in ["ハワイ大好き", "mail.jp", "<input", "/challenge/", "<script"] {
            assert!(!page.contains(hidden), "{hidden}");
        }
    }
}

#[wasm_bindgen_test]
async fn once_reported_it_says_so_and_asks_no_more() {
    let page = text(answered(Locale::Ja, None, &reported())).await;
    assert!(page.contains("お知らせを受け付けました。"), "{page}");
    assert!(!page.contains("<form") && page.contains("カード裏面に記載のカード発行会社"), "{page}");
    let page = text(answered(Locale::En, None, &reported())).await;
    assert!(page.contains("Thank you.") && !page.contains("<form"), "{page}");
}

#[wasm_bindgen_test]
async fn without_a_payment_no_purchase_is_spoken_of() {
    for (locale, spoken) in [(Locale::Ja, "購入"), (Locale::En, "this purchase")] {
        let mut record = requested(locale);
        record.transaction.amount = None;
        for view in [sent(), reported()] {
            let shown = Shown { action: "/report/token", form: None, view: &view, origin: "" };
            let record = FormRecord::Live(record.clone());
            let page = show(&config(), &record, &shown).ok().unwrap();
            let page = text(page).await;
            let (_, body) = page.split_once("<body>").unwrap();
            assert!(!body.contains(spoken), "{body}");
        }
    }
}

#[wasm_bindgen_test]
async fn only_from_the_form_it_is_framed_and_leads_back() {
    let policy = |response: &Response| header(response, "Content-Security-Policy").unwrap();
    let alone = answered(Locale::Ja, None, &sent());
    assert!(policy(&alone).contains("frame-ancestors 'none'"));
    let framed = answered(Locale::Ja, Some("/challenge/secret"), &sent());
    assert!(policy(&framed).contains("frame-ancestors https://shop.example"));
    let page = text(framed).await;
    assert!(page.contains("<a id=\"look\" href=\"/challenge/secret\">"), "{page}");
    assert!(!page.contains("<script"));
}

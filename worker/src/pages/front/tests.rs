use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::fixtures::{configured, text};

async fn page(locale: Locale, settings: &[(&str, &str)]) -> String {
    let config = configured(settings).unwrap_or_else(|error| panic!("{error}"));
    let page = show(&config, locale).unwrap_or_else(|problem| panic!("{:?}", problem.code));
    assert_eq!(page.status_code(), 200);
    text(page).await
}

#[wasm_bindgen_test]
async fn it_names_the_issuer_the_contact_and_the_terms_in_the_reader_s_language() {
    let settings = [
        ("ISSUER_NAME", "見本カード"),
        ("ISSUER_NAME_EN", "Sample Card"),
        ("PROGRAMME_NAME", "本人認証"),
        ("PROGRAMME_NAME_EN", "Authentication"),
        ("ISSUER_CONTACT", "会員デスク"),
        ("ISSUER_CONTACT_EN", "our desk"),
        ("TERMS_URL", "https://card.example/terms"),
        ("TERMS_URL_EN", "https://card.example/en/terms"),
    ];
    let ja = page(Locale::Ja, &settings).await;
    for part in [
        r#"<html lang="ja">"#,
        "<title>本人認証 | 見本カード</title>",
        "会員デスクまでご連絡ください",
        r#"href="https://card.example/terms""#,
        r#"href="?lang=en""#,
    ] {
        assert!(ja.contains(part), "{part} in {ja}");
    }
    let en = page(Locale::En, &settings).await;
    for part in [
        r#"<html lang="en">"#,
        "<title>Authentication | Sample Card</title>",
        "contact our desk.",
        r#"href="https://card.example/en/terms""#,
        r#"href="?lang=ja""#,
    ] {
        assert!(en.contains(part), "{part} in {en}");
    }
}

#[wasm_bindgen_test]
async fn it_leads_to_the_member_site_where_there_is_one() {
    let site = [("MEMBER_SITE_URL", "https://my.card.example/")];
    let link = r#"<a id="member-site" href="https://my.card.example/">"#;
    assert!(page(Locale::Ja, &site).await.contains(link));
    assert!(!page(Locale::Ja, &[]).await.contains("member-site"));
}

use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::fixtures::{config, text};

async fn page(locale: Locale, code: ProblemCode) -> String {
    text(show(&config(), locale, code).unwrap_or_else(|problem| panic!("{:?}", problem.code))).await
}

fn between<'a>(page: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = page.split_once(before).unwrap_or_else(|| panic!("{before} in {page}"));
    rest.split_once(after).unwrap_or_else(|| panic!("{after} in {page}")).0
}

/// What a browser shows of a text that a template wrote.
fn unescaped(html: &str) -> String {
    html.replace("&#60;", "<").replace("&#62;", ">").replace("&#39;", "'")
}

#[wasm_bindgen_test]
async fn every_code_has_a_page_in_both_languages() {
    for code in ProblemCode::ALL {
        let (title, advice) = code.sentences();
        let en = page(Locale::En, code).await;
        assert_eq!(between(&en, "<h1 id=\"title\">", "</h1>"), title, "{code:?}");
        let said = between(&en, "<p id=\"advice\">", "</p>");
        assert_eq!(unescaped(said), advice, "{code:?}");

        let ja = page(Locale::Ja, code).await;
        let title = between(&ja, "<h1 id=\"title\">", "</h1>");
        let advice = between(&ja, "<p id=\"advice\">", "</p>");
        assert!(!title.is_empty() && !title.contains('。'), "{code:?}: {title}");
        assert!(advice.ends_with('。') && !advice.contains('\n'), "{code:?}: {advice}");
        for page in [ja, en] {
            assert!(page.contains(&format!("<dd translate=\"no\">{}</dd>", code.name())));
            assert!(page.contains(&format!("<dd>{}</dd>", code.status())));
        }
    }
}

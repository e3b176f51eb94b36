use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::{
    fixtures::{config, configured, email, phone, session, text},
    problem::ProblemCode,
};

fn both() -> [Via; 2] {
    [Via::Email(email()), Via::Sms(phone())]
}

fn page<'a>(session: &'a SessionView, offers: &'a [Via]) -> Page<'a> {
    Page { session, action: "/enrollment/token", offers, problem: None }
}

fn app() -> AppSetUp {
    AppSetUp {
        svg: "<svg></svg>".to_owned(),
        uri: "otpauth://totp/a?secret=AAAABBBB&issuer=b".to_owned(),
        secret: ["AAAA", "BBBB"].map(str::to_owned).to_vec(),
        name: "J/Secure 2026-11-22 K7Q4".to_owned(),
    }
}

async fn shown(page: Result<Response, Problem>) -> String {
    text(page.unwrap_or_else(|problem| panic!("{:?}", problem.code))).await
}

/// The page's words in their order, without its tags.
fn words(page: &str) -> String {
    let (_, body) = page.split_once("<body>").unwrap();
    let texts =
        body.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text.trim());
    texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("|")
}

#[wasm_bindgen_test]
async fn step_1_has_its_labels_in_their_order() {
    let page = shown(choose(&config(), &page(&session(Locale::Ja), &both()))).await;
    assert_eq!(
        words(&page),
        "株式会社ジェーシービー|J/Secure|認証方式の変更|1.選択|2.確認|3.完了|\
         認証方式の変更に関する案内|\
         ワンタイムパスワードの受け取り方を、Eメール、SMSから選んで登録できます。|\
         お手続きを進めると、「|J/Secure利用者規定|」にご同意いただいたことになります。|\
         変更内容に表示している宛先は、株式会社ジェーシービーの会員サイトで確認・変更できます。|\
         認証方式の選択|ご希望の認証方式を選び、「確認画面へ」を押してください。|\
         現在のご登録内容|ワンタイムパスワード認証(アプリ)|\
         変更内容|Eメール ***@mail.jp|SMS(携帯電話番号)： ***-\u{2060}****-1234|\
         キャンセル|確認画面へ|\
         お心当たりのないお手続きのときや、お困りのときは、\
         カード裏面に記載のカード発行会社までご連絡ください。"
    );
}

#[wasm_bindgen_test]
async fn step_1_in_english_mirrors_it() {
    let page = shown(choose(&config(), &page(&session(Locale::En), &both()))).await;
    assert_eq!(
        words(&page),
        "JCB Co., Ltd.|J/Secure|Change your authentication method|1. Choose|2. Confirm|3. Done|\
         About this change|You can register to get one-time passwords by e-mail or SMS.|\
         By going on, you agree to the|J/Secure Terms of Use|.|\
         At the member site of JCB Co., Ltd. you can look up and change the contacts shown below.|\
         Choose a method|Choose the method you want and press “Continue”.|\
         Current registration|One-time password (app)|\
         Change to|E-mail ***@mail.jp|SMS (mobile phone): ***-\u{2060}****-1234|\
         Cancel|Continue|\
         If you did not ask for this change, or need help, contact the issuer named on your card."
    );
}

#[wasm_bindgen_test]
async fn step_2_shows_what_is_and_what_will_be() {
    let [_, sms] = both();
    for (locale, expected) in [
        (
            Locale::Ja,
            "内容をご確認のうえ、「変更する」を押してください。|\
             現在のご登録内容|ワンタイムパスワード認証(アプリ)|\
             変更内容|SMS(携帯電話番号)： ***-\u{2060}****-1234|\
             利用者規定|J/Secure利用者規定|(2026-04)|キャンセル|変更する|戻る|",
        ),
        (
            Locale::En,
            "Check what will change and press “Change”.|\
             Current registration|One-time password (app)|\
             Change to|SMS (mobile phone): ***-\u{2060}****-1234|\
             Terms|J/Secure Terms of Use|(2026-04)|Cancel|Change|Back|",
        ),
    ] {
        let page = shown(confirm(&config(), &page(&session(locale), &both()), &sms, None)).await;
        assert!(words(&page).contains(expected), "{}", words(&page));
        assert!(page.contains(r#"action="/enrollment/token/change""#), "{page}");
        assert!(page.contains(r#"<input type="hidden" name="channel" value="sms">"#), "{page}");
        assert!(page.contains(r#"<input type="hidden" name="terms" value="2026-04">"#), "{page}");
        assert!(!page.contains(r#"name="code""#), "{page}");
    }
}

#[wasm_bindgen_test]
async fn an_app_is_set_up_and_has_to_show_a_code() {
    for (locale, expected) in [
        (
            Locale::Ja,
            "認証アプリの登録|認証アプリでQRコードを読み取ってください。|\
             このスマートフォンのアプリに登録|\
             読み取れないときは、次のキーをアプリに入力してください。|AAAA|BBBB|\
             アプリでの表示名：|J/Secure 2026-11-22 K7Q4|\
             登録したあと、アプリに表示された6桁の数字を入力してください。|\
             ワンタイムパスワード|キャンセル|変更する|",
        ),
        (
            Locale::En,
            "Set up your app|Scan the QR code with your authenticator app.|\
             Add to an app on this phone|\
             If you cannot scan it, type this key into the app.|AAAA|BBBB|\
             Name in the app:|J/Secure 2026-11-22 K7Q4|\
             Then enter the 6 digits that the app shows.|One-time password|Cancel|Change|",
        ),
    ] {
        let session = session(locale);
        let page = shown(confirm(&config(), &page(&session, &[]), &Via::App, Some(&app()))).await;
        assert!(words(&page).contains(expected), "{}", words(&page));
        assert!(page.contains("<svg></svg>"), "{page}");
        let link = r#"href="otpauth://totp/a?secret=AAAABBBB&#38;issuer=b""#;
        assert!(page.contains(link), "{page}");
    }
}

#[wasm_bindgen_test]
async fn the_issuer_and_what_an_app_is_given_are_not_translated() {
    let session = session(Locale::En);
    let page = page(&session, &[]);
    let html = shown(confirm(&config(), &page, &Via::App, Some(&app()))).await;
    for marked in [
        r#"<header class="top" translate="no"><b>JCB Co., Ltd.</b>"#,
        r#"<p class="key" translate="no"><span>AAAA</span><wbr><span>BBBB</span><wbr></p>"#,
        r#"<b translate="no">J/Secure 2026-11-22 K7Q4</b>"#,
    ] {
        assert!(html.contains(marked), "{marked} in {html}");
    }
}

#[wasm_bindgen_test]
async fn a_wrong_code_is_told_at_the_input() {
    let session = session(Locale::Ja);
    let marked = r#"aria-describedby="error" aria-invalid="true" autofocus>"#;
    let plain = shown(confirm(&config(), &page(&session, &[]), &Via::App, Some(&app()))).await;
    assert!(!plain.contains(marked), "{plain}");
    let problem = Problem::malformed_code(5);
    let refused = Page { problem: Some(&problem), ..page(&session, &[]) };
    let answer = confirm(&config(), &refused, &Via::App, Some(&app()));
    let answer = answer.unwrap_or_else(|problem| panic!("{:?}", problem.code));
    assert_eq!(answer.status_code(), 422);
    let page = text(answer).await;
    assert!(page.contains(marked), "{page}");
    assert!(page.contains(r#"role="alert">ワンタイムパスワードを6桁の"#), "{page}");
    // As a page that is shown again.
    let answer = confirm(&config(), &refused, &Via::App, Some(&app()));
    let again = answer.unwrap_or_else(|problem| panic!("{:?}", problem.code)).with_status(200);
    assert_eq!(again.status_code(), 200);
    assert_eq!(text(again).await, page);
}

/// What a screen reader says first.
fn title(page: &str) -> &str {
    let (_, rest) = page.split_once("<title>").unwrap();
    rest.split_once("</title>").unwrap().0
}

#[wasm_bindgen_test]
async fn the_title_tells_the_step_and_that_something_was_refused() {
    let ja = "認証方式の変更 | 株式会社ジェーシービー";
    let en = "Change your authentication method | JCB Co., Ltd.";
    let problem = Problem::malformed_code(5);
    for (locale, heading, error, steps) in [
        (Locale::Ja, ja, "エラー: ", ["1.選択", "2.確認", "3.完了"]),
        (Locale::En, en, "Error: ", ["1. Choose", "2. Confirm", "3. Done"]),
    ] {
        let [first, second, third] = steps.map(|step| format!("{step} | {heading}"));
        let session = session(locale);
        let plain = page(&session, &[Via::App]);
        let refused = Page { problem: Some(&problem), ..page(&session, &[Via::App]) };
        let app = app();
        for (page, expected) in [
            (choose(&config(), &plain), first.clone()),
            (choose(&config(), &refused), format!("{error}{first}")),
            (confirm(&config(), &plain, &Via::App, Some(&app)), second.clone()),
            (confirm(&config(), &refused, &Via::App, Some(&app)), format!("{error}{second}")),
            (done(&config(), &plain), third),
            (canceled(&config(), &plain), heading.to_owned()),
            (stopped(&config(), locale, None, &problem), format!("{error}{heading}")),
        ] {
            assert_eq!(title(&shown(page).await), expected);
        }
    }
}

#[wasm_bindgen_test]
async fn step_3_tells_what_is_now_and_leads_back() {
    let mut session = SessionView {
        state: SessionState::Changed,
        current: Some(Via::Sms(phone())),
        return_url: Some("https://member.example/a?b=c".to_owned()),
        ..session(Locale::Ja)
    };
    let there = shown(done(&config(), &page(&session, &[]))).await;
    let expected = "認証方式を変更しました。|現在のご登録内容|SMS(携帯電話番号)： ***-\u{2060}****-1234|\
                次のご購入からは、この宛先にワンタイムパスワードをお送りします。|会員サイトへ戻る|";
    assert!(words(&there).contains(expected), "{}", words(&there));
    let link = r#"href="https://member.example/a?b=c&#38;warifu-enrollment=changed""#;
    assert!(there.contains(link), "{there}");

    session.current = Some(Via::App);
    session.return_url = None;
    let nowhere = shown(done(&config(), &page(&session, &[]))).await;
    assert!(nowhere.contains("認証アプリに表示されるワンタイムパスワードを"), "{nowhere}");
    assert!(!nowhere.contains("会員サイトへ戻る") && !nowhere.contains("<form"), "{nowhere}");
}

#[wasm_bindgen_test]
async fn another_method_than_the_present_one_is_chosen_beforehand() {
    let offers = [Via::Email(email()), Via::Sms(phone()), Via::App];
    for (current, offered, preselected) in [
        (Some(Via::App), &offers[..], "email"),
        (Some(Via::Email(email())), &offers[..], "sms"),
        (Some(Via::Email(email())), &offers[..1], "email"),
        (None, &offers[..], "email"),
    ] {
        let session = SessionView { current, ..session(Locale::Ja) };
        let page = shown(choose(&config(), &page(&session, offered))).await;
        assert_eq!(page.matches(r#"<input type="radio""#).count(), offered.len(), "{page}");
        assert_eq!(page.matches(" checked>").count(), 1, "{page}");
        let chosen = format!(r#"value="{preselected}" required checked>"#);
        assert!(page.contains(&chosen), "{page}");
    }
}

#[wasm_bindgen_test]
async fn the_guidance_names_what_is_offered() {
    let [email, sms] = both();
    for (offers, ja, en) in [
        (vec![email.clone()], "として、Eメールを登録", "by e-mail."),
        (vec![sms.clone()], "として、SMSを登録", "by SMS."),
        (vec![Via::App], "として、認証アプリを登録", "by authenticator app."),
        (vec![email.clone(), sms.clone()], "を、Eメール、SMSから選んで登録", "by e-mail or SMS."),
        (
            vec![email.clone(), Via::App],
            "を、Eメール、認証アプリから選んで登録",
            "by e-mail or authenticator app.",
        ),
        (
            vec![email, sms, Via::App],
            "を、Eメール、SMS、認証アプリから選んで登録",
            "by e-mail, SMS or authenticator app.",
        ),
    ] {
        let ja = format!("<li>ワンタイムパスワードの受け取り方{ja}できます。</li>");
        let en = format!("<li>You can register to get one-time passwords {en}</li>");
        for (locale, guidance) in [(Locale::Ja, ja), (Locale::En, en)] {
            let page = shown(choose(&config(), &page(&session(locale), &offers))).await;
            assert!(page.contains(&guidance), "{page}");
        }
    }
}

#[wasm_bindgen_test]
async fn what_is_over_says_so_and_offers_nothing() {
    for (code, ja, en) in [
        (ProblemCode::EnrollmentSessionNotFound, "見つかりません", "was not found"),
        (ProblemCode::NotFound, "見つかりません", "was not found"),
        (ProblemCode::EnrollmentSessionExpired, "時間が過ぎました", "time for this change"),
        (ProblemCode::EnrollmentSessionUsed, "終わっています", "already finished"),
        (ProblemCode::NoDestination, "登録できる宛先がありません", "no contact"),
        (ProblemCode::ChannelNotOffered, "いまは選べません", "cannot be chosen"),
        (ProblemCode::TermsChanged, "改定されました", "terms of use have changed"),
        (ProblemCode::OriginNotAllowed, "会員サイトから開いた画面", "member site opened"),
        (ProblemCode::WrongCode, "変更せずに終了しました", "without a change"),
        (ProblemCode::Unavailable, "ただいま処理できません", "right now"),
    ] {
        for (locale, expected) in [(Locale::Ja, ja), (Locale::En, en)] {
            let answer = stopped(&config(), locale, None, &code.problem());
            let answer = answer.unwrap_or_else(|problem| panic!("{:?}", problem.code));
            assert_eq!(answer.status_code(), code.status());
            let page = text(answer).await;
            assert!(page.contains(expected), "{page}");
            for absent in ["<form", "<a ", "<ol"] {
                assert!(!page.contains(absent), "{absent} in {page}");
            }
        }
    }
}

#[wasm_bindgen_test]
async fn an_end_is_told_by_how_it_ended_and_leads_back() {
    let used = ProblemCode::EnrollmentSessionUsed;
    for (state, code, status, query, ja, en) in [
        (
            SessionState::Changed,
            used,
            "verified",
            "?warifu-enrollment=changed",
            "認証方式の変更は完了しています。",
            "Your authentication method has been changed.",
        ),
        (
            SessionState::Canceled,
            used,
            "canceled",
            "?warifu-enrollment=canceled",
            "認証方式の変更をキャンセルしました。ご登録内容は変わっていません。",
            "You canceled the change. Nothing was changed.",
        ),
        (SessionState::Failed, used, "error", "", "変更せずに終了しました", "without a change"),
        (SessionState::Open, used, "error", "", "終わっています", "already finished"),
        (
            SessionState::Expired,
            ProblemCode::EnrollmentSessionExpired,
            "error",
            "",
            "時間が過ぎました",
            "time for this change",
        ),
        (
            SessionState::Open,
            ProblemCode::NoDestination,
            "error",
            "",
            "登録できる宛先がありません",
            "no contact",
        ),
    ] {
        for (locale, expected) in [(Locale::Ja, ja), (Locale::En, en)] {
            let return_url = Some("https://member.example/".to_owned());
            let session = SessionView { state, return_url, ..session(locale) };
            let answer = stopped(&config(), locale, Some(&session), &code.problem());
            let answer = answer.unwrap_or_else(|problem| panic!("{:?}", problem.code));
            assert_eq!(answer.status_code(), code.status());
            let page = text(answer).await;
            assert!(page.contains(expected), "{page}");
            assert!(page.contains(&format!(r#"data-status="{status}""#)), "{page}");
            let back = format!(r#"<a id="return" href="https://member.example/{query}">"#);
            assert!(page.contains(&back), "{page}");
        }
    }
}

#[wasm_bindgen_test]
async fn who_gave_up_is_told_that_nothing_changed() {
    let return_url = Some("https://member.example/".to_owned());
    let state = SessionState::Canceled;
    let mut session = SessionView { state, return_url, ..session(Locale::Ja) };
    let answer = canceled(&config(), &page(&session, &[]));
    let answer = answer.unwrap_or_else(|problem| panic!("{:?}", problem.code));
    assert_eq!(answer.status_code(), 200);
    let there = text(answer).await;
    assert!(there.contains("キャンセルしました。ご登録内容は変わっていません。"), "{there}");
    let link = r#"href="https://member.example/?warifu-enrollment=canceled""#;
    assert!(there.contains(link), "{there}");

    session.return_url = None;
    let nowhere = shown(canceled(&config(), &page(&session, &[]))).await;
    for absent in ["<form", "<a ", "<ol"] {
        assert!(!nowhere.contains(absent), "{absent} in {nowhere}");
    }
}

#[wasm_bindgen_test]
async fn what_others_wrote_stays_text() {
    const HOSTILE: &str = r#"</dd><script>'"&{{a}}"#;
    let config = configured(&[
        ("ISSUER_NAME", HOSTILE),
        ("ISSUER_CONTACT", HOSTILE),
        ("PROGRAMME_NAME", HOSTILE),
    ]);
    let config = config.unwrap_or_else(|_| panic!("it was refused"));
    let session = session(Locale::Ja);
    let page = Page { action: HOSTILE, ..page(&session, &[]) };
    let [uri, secret, name] = [HOSTILE; 3].map(str::to_owned);
    let app = AppSetUp { uri, secret: vec![secret], name, ..app() };
    let back = SessionView { return_url: Some(HOSTILE.to_owned()), ..session.clone() };
    for page in [
        shown(choose(&config, &page)).await,
        shown(confirm(&config, &page, &Via::App, Some(&app))).await,
        shown(stopped(&config, Locale::Ja, Some(&back), &ProblemCode::NotFound.problem())).await,
    ] {
        assert!(!page.contains(HOSTILE) && !page.contains("<script"), "{page}");
    }
}

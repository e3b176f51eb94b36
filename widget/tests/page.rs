//! The widget on a page, in a real browser: what `dom` reads from it and writes to it.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, reason = "a broken test page should stop the test")]

mod support;

use support::Page;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
fn typing_is_normalised_and_the_caret_stays_behind_its_digit() {
    let page = Page::open(600, 0, 3);
    page.type_in("１２３ ４", 4);
    assert_eq!(page.input().value(), "1234");
    assert_eq!(page.input().selection_start(), Ok(Some(3)));
}

#[wasm_bindgen_test]
fn plain_digits_are_left_alone_with_their_selection() {
    let page = Page::open(600, 0, 3);
    page.type_in("1234", 2);
    assert_eq!(page.input().value(), "1234");
    assert_eq!(page.input().selection_start(), Ok(Some(2)));
}

#[wasm_bindgen_test]
fn nothing_is_rewritten_while_an_input_method_composes() {
    let page = Page::open(600, 0, 3);
    page.compose("１２３");
    assert_eq!(page.input().value(), "１２３");
    page.end_composition();
    assert_eq!(page.input().value(), "123");
}

#[wasm_bindgen_test]
fn leaving_the_input_normalises_what_slipped_through() {
    let page = Page::open(600, 0, 3);
    page.input().set_value("１２３-４５６");
    page.fire("code", "change");
    assert_eq!(page.input().value(), "123456");
}

#[wasm_bindgen_test]
fn the_code_of_an_sms_is_filled_in_and_not_sent() {
    let page = Page::open(600, 0, 3);
    page.receive("１２３４５６");
    assert_eq!(page.input().value(), "123456");
    assert!(page.requests().is_empty());
    page.receive("not a code");
    assert_eq!(page.input().value(), "123456");
}

#[wasm_bindgen_test]
fn a_press_posts_json_once_however_often_it_is_repeated() {
    let page = Page::open(600, 0, 3);
    page.input().set_value("１２３ ４５６");
    page.submit("form");
    page.submit("form");
    page.submit("resend-form");
    let sent = "POST /challenge/x/verify application/json application/json {\"code\":\"123456\"}";
    assert_eq!(page.requests(), [sent]);
    assert_eq!(page.attribute("send", "aria-disabled"), "true");
    assert_eq!(page.input().value(), "123456");
}

#[wasm_bindgen_test]
fn a_wrong_code_is_announced_marked_and_selected() {
    let page = Page::open(600, 0, 3);
    page.input().set_value("000000");
    page.submit("form");
    page.answer(422, r#"{"status":422,"code":"wrong_code","detail":"あと4回","tries_left":4}"#);
    assert_eq!(page.text("error"), "あと4回");
    assert_eq!(page.attribute("code", "aria-invalid"), "true");
    assert_eq!(page.attribute("send", "aria-disabled"), "false");
    assert_eq!(page.focused(), "code");
    let input = page.input();
    assert_eq!((input.selection_start(), input.selection_end()), (Ok(Some(0)), Ok(Some(6))));
    page.submit("form");
    assert_eq!(page.requests().len(), 1, "the same is not sent again");
    assert_eq!(page.text("error"), "あと4回");
    page.edit("000001");
    page.submit("form");
    assert_eq!(page.text("error"), "");
    assert_eq!(page.attribute("code", "aria-invalid"), "false");
    assert_eq!(page.requests().len(), 2);
}

#[wasm_bindgen_test]
fn without_an_answer_the_page_says_so_asks_and_lets_press_again() {
    let page = Page::open(600, 0, 3);
    page.submit("form");
    page.answer(0, "");
    assert_eq!(page.text("error"), "通信できません");
    assert_eq!(page.told(), ["listen ", "ignore ", "error network", "listen "]);
    let sent = "POST /challenge/x/verify application/json application/json {\"code\":\"\"}";
    let asked = "GET /challenge/x/delivery application/json application/json ";
    assert_eq!(page.requests(), [sent, asked], "what the Worker decided is asked at once");
    page.submit("form");
    assert_eq!(page.requests(), [sent, asked, sent]);
}

#[wasm_bindgen_test]
fn an_answer_of_somebody_else_is_read_as_no_answer() {
    // A proxy's JSON: its members have other types, or it is no object at all.
    let answers = [
        r#"{"status":502,"code":502,"detail":{"a":1},"message":null}"#,
        r#"["code"]"#,
        "7",
        "null",
    ];
    for body in answers {
        let page = Page::open(600, 0, 3);
        page.submit("form");
        page.answer(422, body);
        assert_eq!(page.text("error"), "通信できません", "{body}");
        assert_eq!(page.told().last().unwrap(), "listen ", "{body}");
    }
}

#[wasm_bindgen_test]
fn a_verified_challenge_is_shown_and_reported() {
    let page = Page::open(600, 0, 3);
    page.submit("form");
    page.answer(
        200,
        r#"{"status":"verified","attestation":"jws","message":"完了","return_to":null}"#,
    );
    assert_eq!(page.text("ended"), "完了");
    assert_eq!(page.attribute("warifu", "data-status"), "verified");
    assert_eq!(page.attribute("warifu", "data-response"), "jws");
    assert_eq!(page.focused(), "ended");
    assert_eq!(page.told().last().map(String::as_str), Some("end "));
    page.submit("form");
    assert_eq!(page.requests().len(), 1, "nothing is sent after the end");
}

#[wasm_bindgen_test]
fn moving_the_focus_away_from_an_edited_input_disturbs_nothing() {
    let page = Page::open(600, 0, 3);
    page.edit("123456");
    page.submit("form");
    page.answer(200, r#"{"status":"verified","attestation":"jws","message":"完了"}"#);
    assert_eq!(page.focused(), "ended");
    assert_eq!(page.told(), ["listen ", "ignore ", "end "], "and no error");
}

#[wasm_bindgen_test]
fn the_last_wrong_code_ends_the_challenge() {
    let page = Page::open(600, 0, 3);
    page.submit("form");
    page.answer(
        422,
        r#"{"status":422,"code":"wrong_code","challenge_status":"failed","detail":"終了"}"#,
    );
    assert_eq!(page.attribute("warifu", "data-status"), "failed");
    assert_eq!(page.attribute("warifu", "data-error"), "attempts-exceeded");
    assert_eq!(page.text("ended"), "終了");
}

#[wasm_bindgen_test]
fn a_resend_says_where_it_went_and_counts_its_wait() {
    let page = Page::open(10, 0, 3);
    page.input().set_value("123");
    page.submit("resend-form");
    page.answer(
        200,
        r#"{"status":"pending","send":2,"code_expires_in":600,"resend_in":60,"resends_left":2,
            "message":"送信しました","sentence":"***@mail.jp"}"#,
    );
    assert_eq!(page.requests(), ["POST /challenge/x/resend application/json application/json {}"]);
    assert_eq!(page.text("status"), "送信しました");
    assert_eq!(page.text("sent"), "***@mail.jp");
    assert_eq!(page.input().value(), "");
    assert_eq!(page.text("timer"), "あと10分0秒");
    assert_eq!(page.text("resend"), "再送信（60秒）");
    assert_eq!(page.attribute("resend", "aria-disabled"), "true");
    assert!(page.told().contains(&"resend 2".to_owned()));
    page.submit("resend-form");
    assert_eq!(page.requests().len(), 1, "a press while waiting sends nothing");
    assert_eq!(page.text("status"), "再送信（60秒）", "but says how long");
}

#[wasm_bindgen_test]
async fn what_became_of_the_send_is_asked_and_shown_beside_what_is_typed() {
    let page = Page::open_sending();
    page.edit("1234");
    page.input().set_selection_range(2, 2).unwrap();
    page.until(|| !page.requests().is_empty()).await;
    assert_eq!(page.requests(), ["GET /challenge/x/delivery application/json application/json "]);
    page.answer(
        200,
        r#"{"status":"pending","send":0,"delivery":"failed","code_expires_in":0,"resend_in":0,
            "resends_left":3,"message":"送信できません","sentence":"***@mail.jp","next":null}"#,
    );
    assert_eq!(page.text("status"), "送信できません");
    assert_eq!(page.text("sent"), "***@mail.jp");
    assert_eq!(page.text("timer"), "");
    assert_eq!(page.text("resend"), "OTP再送信");
    assert_eq!(page.attribute("resend", "aria-disabled"), "false");
    assert_eq!(page.focused(), "code");
    let input = page.input();
    assert_eq!((input.value(), input.selection_start()), ("1234".to_owned(), Ok(Some(2))));
    assert_eq!(page.told(), ["listen ", "error undeliverable", "listen "]);
}

#[wasm_bindgen_test]
async fn the_count_goes_down_by_itself_and_the_wait_ends() {
    let page = Page::open(60, 1, 3);
    assert_eq!(page.text("timer"), "あと1分0秒");
    assert_eq!(page.text("resend"), "再送信（1秒）");
    page.until(|| page.text("resend") == "OTP再送信").await;
    assert_eq!(page.text("timer"), "あと0分59秒");
    assert_eq!(page.attribute("resend", "aria-disabled"), "false");
}

#[wasm_bindgen_test]
async fn the_death_of_the_code_is_announced() {
    let page = Page::open(1, 0, 3);
    page.until(|| page.text("status") == "期限切れ").await;
    assert_eq!(page.text("timer"), "あと0分0秒");
    assert_eq!(page.told(), ["listen ", "ignore "]);
}

#[wasm_bindgen_test]
fn a_page_without_a_living_code_keeps_the_servers_words() {
    let page = Page::open(0, 0, 3);
    assert_eq!(page.text("timer"), "サーバーの言葉");
    assert_eq!(page.text("status"), "");
}

#[wasm_bindgen_test]
fn text_of_an_answer_is_never_markup() {
    let page = Page::open(600, 0, 3);
    page.submit("form");
    page.answer(422, r#"{"code":"malformed_code","detail":"<img src=x onerror=alert(1)>"}"#);
    assert_eq!(page.text("error"), "<img src=x onerror=alert(1)>");
    assert_eq!(page.children("error"), 0);
}

#[wasm_bindgen_test]
fn an_apps_page_has_no_time_and_no_resend_and_misses_neither() {
    let page = Page::open_app();
    assert_eq!(page.text("sent"), "アプリの番号");
    assert_eq!(page.text("status"), "", "no code has died");
    page.type_in("１２３ ４５６", 7);
    assert_eq!(page.input().value(), "123456");
    page.submit("form");
    let sent = "POST /challenge/x/verify application/json application/json {\"code\":\"123456\"}";
    assert_eq!(page.requests(), [sent]);
    assert_eq!(page.attribute("send", "aria-disabled"), "true");
    page.answer(422, r#"{"status":422,"code":"wrong_code","detail":"あと4回","tries_left":4}"#);
    assert_eq!(page.text("error"), "あと4回");
    assert_eq!(page.attribute("send", "aria-disabled"), "false");
    assert_eq!(page.told(), ["listen ", "ignore ", "listen "], "and no error of the script");
}

#[wasm_bindgen_test]
fn a_code_pasted_from_an_app_is_normalised() {
    let page = Page::open_app();
    page.edit("123 456");
    assert_eq!(page.input().value(), "123456");
}

#[wasm_bindgen_test]
fn an_apps_code_that_was_used_is_announced_and_the_next_one_verifies() {
    let page = Page::open_app();
    page.input().set_value("123456");
    page.submit("form");
    page.answer(422, r#"{"status":422,"code":"code_used","detail":"次の番号を","tries_left":4}"#);
    assert_eq!(page.text("error"), "次の番号を");
    assert_eq!(page.attribute("code", "aria-invalid"), "true");
    assert_eq!(page.focused(), "code");
    let input = page.input();
    assert_eq!((input.selection_start(), input.selection_end()), (Ok(Some(0)), Ok(Some(6))));
    page.edit("654321");
    page.submit("form");
    assert_eq!(page.input().value(), "654321", "it takes the used one's place");
    page.answer(200, r#"{"status":"verified","attestation":"jws","message":"完了"}"#);
    assert_eq!(page.text("ended"), "完了");
    assert_eq!(page.attribute("warifu", "data-response"), "jws");
    assert_eq!(page.focused(), "ended");
    let told = ["listen ", "ignore ", "listen ", "ignore ", "end "];
    assert_eq!(page.told(), told, "and no error of the script");
}

#[wasm_bindgen_test]
fn an_apps_page_ends_by_an_answer() {
    let answers = [
        (r#"{"code":"challenge_expired","detail":"終了"}"#, "expired", "challenge-expired"),
        (
            r#"{"code":"code_used","challenge_status":"failed","detail":"終了"}"#,
            "failed",
            "attempts-exceeded",
        ),
        (r#"{"status":"canceled","message":"終了"}"#, "canceled", ""),
    ];
    for (answer, status, error) in answers {
        let page = Page::open_app();
        page.submit(if error.is_empty() { "cancel-form" } else { "form" });
        page.answer(422, answer);
        assert_eq!(page.attribute("warifu", "data-status"), status, "{answer}");
        assert_eq!(page.attribute("warifu", "data-error"), error, "{answer}");
        assert_eq!(page.text("ended"), "終了", "{answer}");
        assert_eq!(page.told(), ["listen ", "ignore ", "end "], "{answer}: no error of the script");
    }
}

#[wasm_bindgen_test]
fn a_page_of_another_channel_than_the_cardholders_is_fetched_anew() {
    let page = Page::open(0, 0, 3);
    page.submit("resend-form");
    page.answer(409, r#"{"code":"app_code_expected","detail":"x"}"#);
    assert_eq!(page.told(), ["listen ", "ignore ", "reload "]);
    let page = Page::open_app();
    page.submit("form");
    page.answer(409, r#"{"code":"code_not_sent","detail":"x"}"#);
    assert_eq!(page.told(), ["listen ", "ignore ", "reload "]);
}

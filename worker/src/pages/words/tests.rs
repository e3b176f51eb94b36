use std::{collections::BTreeSet, iter::successors};

use warifu_core::cardholder::{Ended, Refusal, Seconds, TriesLeft};
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::fixtures::{email, phone};

const BOTH: [Locale; 2] = Locale::ALL;

/// Every reason, one after the other: a new one does not compile until it has its place here.
fn reasons() -> impl Iterator<Item = Reason> {
    let after = |reason: &Reason| {
        Some(match reason {
            Reason::WrongCode { tries_left: 0 } => Reason::WrongCode { tries_left: 1 },
            Reason::WrongCode { tries_left: 1 } => Reason::WrongCode { tries_left: 4 },
            Reason::WrongCode { .. } => Reason::MalformedCode,
            Reason::MalformedCode => Reason::CodeExpired,
            Reason::CodeExpired => Reason::CodeNotSent,
            Reason::CodeNotSent => Reason::CodeUsed,
            Reason::CodeUsed => Reason::AppCodeExpected,
            Reason::AppCodeExpected => Reason::ResendTooSoon { seconds: 29 },
            Reason::ResendTooSoon { .. } => Reason::NoResendsLeft,
            Reason::NoResendsLeft => Reason::DestinationLimited { seconds: 541 },
            Reason::DestinationLimited { .. } => Reason::DestinationTooNew { seconds: 7201 },
            Reason::DestinationTooNew { .. } => Reason::RateLimited { seconds: 60 },
            Reason::RateLimited { .. } => {
                Reason::Locked { until: Timestamp::from_millis(1_800_000_000_000) }
            }
            Reason::Locked { .. } => Reason::SignInNeeded,
            Reason::SignInNeeded => Reason::NotEnrolled,
            Reason::NotEnrolled => Reason::Verified,
            Reason::Verified => Reason::Failed,
            Reason::Failed => Reason::Expired,
            Reason::Expired => Reason::Canceled,
            Reason::Canceled => Reason::FraudReported,
            Reason::FraudReported => Reason::NotFound,
            Reason::NotFound => Reason::OriginNotAllowed,
            Reason::OriginNotAllowed => Reason::Unsupported,
            Reason::Unsupported => Reason::TooLarge,
            Reason::TooLarge => Reason::SessionNotFound,
            Reason::SessionNotFound => Reason::SessionExpired,
            Reason::SessionExpired => Reason::SessionOver,
            Reason::SessionOver => Reason::SessionChanged,
            Reason::SessionChanged => Reason::SessionCanceled,
            Reason::SessionCanceled => Reason::SessionFailed,
            Reason::SessionFailed => Reason::NothingOffered,
            Reason::NothingOffered => Reason::ChannelNotOffered,
            Reason::ChannelNotOffered => Reason::TermsChanged,
            Reason::TermsChanged => Reason::Elsewhere,
            Reason::Elsewhere => Reason::Fault,
            Reason::Fault => return None,
        })
    };
    successors(Some(Reason::WrongCode { tries_left: 0 }), after)
}

fn events() -> impl Iterator<Item = StatusMessage> {
    let after = |event: &StatusMessage| {
        Some(match event {
            StatusMessage::Sending { send: 1 } => StatusMessage::Sending { send: 2 },
            StatusMessage::Sending { .. } => StatusMessage::Sent { send: 1 },
            StatusMessage::Sent { send: 1 } => StatusMessage::Sent { send: 2 },
            StatusMessage::Sent { .. } => StatusMessage::Delivered { send: 1 },
            StatusMessage::Delivered { send: 1 } => StatusMessage::Delivered { send: 2 },
            StatusMessage::Delivered { .. } => StatusMessage::Diverting,
            StatusMessage::Diverting => StatusMessage::Diverted,
            StatusMessage::Diverted => StatusMessage::Unconfirmed { send: 1, next: Next::Resend },
            StatusMessage::Unconfirmed { send: 1, next } => {
                StatusMessage::Unconfirmed { send: 2, next: *next }
            }
            StatusMessage::Unconfirmed { next: Next::Resend | Next::Email, .. } => {
                StatusMessage::Unconfirmed { send: 1, next: Next::Nothing }
            }
            StatusMessage::Unconfirmed { next: Next::Nothing, .. } => {
                StatusMessage::Lost { bounced: false, next: Next::Resend }
            }
            StatusMessage::Lost { bounced, next: Next::Resend } => {
                StatusMessage::Lost { bounced: *bounced, next: Next::Email }
            }
            StatusMessage::Lost { bounced, next: Next::Email } => {
                StatusMessage::Lost { bounced: *bounced, next: Next::Nothing }
            }
            StatusMessage::Lost { bounced: false, next: Next::Nothing } => {
                StatusMessage::Lost { bounced: true, next: Next::Resend }
            }
            StatusMessage::Lost { .. } => StatusMessage::Verified,
            StatusMessage::Verified => StatusMessage::Canceled,
            StatusMessage::Canceled => return None,
        })
    };
    successors(Some(StatusMessage::Sending { send: 1 }), after)
}

/// Checks that a text is whole sentences on one line in its language, without any mark of the
/// template.
fn is_whole(locale: Locale, text: &str) {
    assert!(text.len() > 10, "{text}");
    assert!(!text.contains(['\n', '{', '}', '%', '<', '&', '#']), "{text}");
    assert!(!text.contains("  ") && text.trim() == text, "{text}");
    let japanese = |c: char| ('\u{3040}'..='\u{30ff}').contains(&c);
    match locale {
        Locale::Ja => {
            assert!(text.ends_with('。') && text.contains(japanese), "{text}");
            assert!(!text.contains(". "), "{text}");
        }
        Locale::En => {
            assert!(text.ends_with('.') && !text.contains(japanese), "{text}");
            assert!(text.chars().all(|c| c.is_ascii() || "“”’\u{2060}".contains(c)), "{text}");
        }
    }
}

#[wasm_bindgen_test]
fn every_reason_is_told_in_both_languages() {
    for locale in BOTH {
        let sentence: Vec<_> = reasons().map(|reason| refusal(locale, reason).unwrap()).collect();
        assert_eq!(sentence.len(), 36);
        for text in &sentence {
            is_whole(locale, text);
        }
        let different: BTreeSet<_> = sentence.iter().collect();
        assert_eq!(different.len(), sentence.len(), "no two reasons read the same");
    }
}

#[wasm_bindgen_test]
fn every_event_is_told_in_both_languages() {
    for locale in BOTH {
        let sentence: Vec<_> = events().map(|known| event(locale, known).unwrap()).collect();
        assert_eq!(sentence.len(), 20);
        for text in &sentence {
            is_whole(locale, text);
        }
        let different: BTreeSet<_> = sentence.iter().collect();
        assert_eq!(different.len(), sentence.len(), "no two events read the same");
    }
}

#[wasm_bindgen_test]
fn a_refused_buyer_is_told_where_to_sign_in_within_what_a_message_takes() {
    const MOST: usize = 128;
    for locale in BOTH {
        let said = paused(locale, "my.card.example", MOST).unwrap();
        is_whole(locale, &said);
        assert!(said.contains("my.card.example") && said.chars().count() <= MOST, "{said}");
        let anywhere = paused(locale, "", MOST).unwrap();
        is_whole(locale, &anywhere);
        assert!(anywhere.chars().count() <= MOST, "{anywhere}");
        // A host that makes it too long is left out, whole.
        let room = MOST - paused(locale, "x", MOST).unwrap().chars().count() + 1;
        let fits = "h".repeat(room);
        assert_eq!(paused(locale, &fits, MOST).unwrap().chars().count(), MOST);
        assert_eq!(paused(locale, &"h".repeat(room + 1), MOST).unwrap(), anywhere);
    }
}

#[wasm_bindgen_test]
fn numbers_are_told_as_they_are() {
    for (reason, ja, en) in [
        (Reason::WrongCode { tries_left: 4 }, "残り4回です", "4 tries left"),
        (Reason::WrongCode { tries_left: 1 }, "残り1回です", "1 try left"),
        (Reason::ResendTooSoon { seconds: 29 }, "あと29秒で", "wait 29 s"),
        (Reason::RateLimited { seconds: 60 }, "60秒ほど", "wait 60 s"),
        // Rounded up: never told to come back too early.
        (Reason::DestinationLimited { seconds: 541 }, "約10分後", "about 10 min"),
        (Reason::DestinationLimited { seconds: 540 }, "約9分後", "about 9 min"),
        (Reason::DestinationLimited { seconds: 1 }, "約1分後", "about 1 min"),
        (Reason::DestinationLimited { seconds: 7200 }, "約120分後", "about 120 min"),
        (Reason::DestinationLimited { seconds: 7201 }, "約3時間後", "about 3 h"),
        (Reason::DestinationLimited { seconds: 86_400 }, "約24時間後", "about 24 h"),
    ] {
        let sentence = |locale| refusal(locale, reason).unwrap();
        assert!(sentence(Locale::Ja).contains(ja), "{}", sentence(Locale::Ja));
        assert!(sentence(Locale::En).contains(en), "{}", sentence(Locale::En));
    }
    assert!(event(Locale::Ja, StatusMessage::Sent { send: 3 }).unwrap().contains("第3回"));
    assert!(event(Locale::En, StatusMessage::Sent { send: 3 }).unwrap().contains("no. 3"));
}

#[wasm_bindgen_test]
fn the_last_wrong_code_says_that_it_is_over() {
    let sentence = |locale| refusal(locale, Reason::WrongCode { tries_left: 0 }).unwrap();
    assert!(sentence(Locale::Ja).contains("本人確認を終了しました"), "{}", sentence(Locale::Ja));
    assert!(
        sentence(Locale::En).contains("the verification has ended"),
        "{}",
        sentence(Locale::En)
    );
}

#[wasm_bindgen_test]
fn buttons_are_called_what_they_are_called() {
    for reason in [Reason::CodeExpired, Reason::CodeNotSent] {
        assert!(refusal(Locale::Ja, reason).unwrap().contains("「OTP再送信」"));
        assert!(refusal(Locale::En, reason).unwrap().contains("“Resend OTP”"));
    }
}

#[wasm_bindgen_test]
fn where_the_code_is_is_told_by_method() {
    for (via, ja, en) in [
        (
            Via::Email(email()),
            "ご登録のEメールアドレス(***@mail.jp)",
            "e-mail address (***@mail.jp)",
        ),
        (
            Via::Sms(phone()),
            "ご登録の電話番号(***-\u{2060}****-1234)",
            "phone number (***-\u{2060}****-1234)",
        ),
        (Via::App, "ご登録の認証アプリに表示されている", "your registered authenticator app shows"),
    ] {
        let app = via == Via::App;
        let seen = View { via: Some(via), ..crate::fixtures::sent() };
        for delivery in DELIVERIES {
            let seen = View { delivery: (!app).then_some(delivery), ..seen.clone() };
            let sentence = |locale| sent(locale, &seen).unwrap();
            assert!(sentence(Locale::Ja).starts_with(ja), "{}", sentence(Locale::Ja));
            assert!(sentence(Locale::En).contains(en), "{}", sentence(Locale::En));
            is_whole(Locale::Ja, &sentence(Locale::Ja));
            is_whole(Locale::En, &sentence(Locale::En));
        }
    }
}

const DELIVERIES: [DeliveryState; 6] = [
    DeliveryState::Sending,
    DeliveryState::Unconfirmed,
    DeliveryState::Sent,
    DeliveryState::Delivered,
    DeliveryState::Bounced,
    DeliveryState::Failed,
];

#[wasm_bindgen_test]
fn what_became_of_a_send_is_told_where_it_went_and_at_the_input() {
    let seen = crate::fixtures::sent();
    for (delivery, diverted, diverts, resends_left, slot, news) in [
        (
            DeliveryState::Sending,
            false,
            false,
            3,
            "を送信しています。届いた6桁の",
            "送信しています。",
        ),
        (DeliveryState::Sent, false, false, 3, "を送信しました。届いた6桁の", "送信しました。"),
        (DeliveryState::Delivered, false, false, 3, "を送信しました。届いた6桁の", "届きました。"),
        (
            DeliveryState::Sending,
            true,
            false,
            3,
            "SMSを送信できなかったため、Eメールアドレス(***@mail.jp)に送信しています。",
            "Eメールで送信しています。",
        ),
        (
            DeliveryState::Sent,
            true,
            false,
            3,
            "SMSを送信できなかったため、Eメールアドレス(***@mail.jp)に送信しました。",
            "Eメールで送信しました。",
        ),
        (DeliveryState::Delivered, true, false, 3, "SMSを送信できなかったため、", "届きました。"),
        (
            DeliveryState::Unconfirmed,
            false,
            false,
            3,
            "を送信できたか確認できませんが、届くことがあります。",
            "届かないときは「OTP再送信」を押してください。",
        ),
        (
            DeliveryState::Unconfirmed,
            true,
            false,
            0,
            "(***@mail.jp)にワンタイムパスワードを送信できたか確認できませんが、",
            "まだ届くことがあります。",
        ),
        (
            DeliveryState::Failed,
            false,
            false,
            3,
            "を送信できませんでした。",
            "送信できませんでした。「OTP再送信」を押してください。",
        ),
        (
            DeliveryState::Failed,
            false,
            true,
            3,
            "を送信できませんでした。",
            "「OTP再送信」を押すと、Eメールで送信します。",
        ),
        (
            DeliveryState::Failed,
            false,
            true,
            0,
            "を送信できませんでした。",
            "カード発行会社にお問い合わせください。",
        ),
        (
            DeliveryState::Bounced,
            false,
            false,
            3,
            "が届きませんでした。",
            "届きませんでした。「OTP再送信」を押してください。",
        ),
    ] {
        let delivery = Some(delivery);
        let seen = View { delivery, diverted, diverts, resends_left, ..seen.clone() };
        let place_told = sent(Locale::Ja, &seen).unwrap();
        assert!(place_told.contains(slot), "{place_told}");
        let sentence = event(Locale::Ja, StatusMessage::of(&seen).unwrap()).unwrap();
        assert!(sentence.contains(news), "{sentence}");
        is_whole(Locale::En, &sent(Locale::En, &seen).unwrap());
    }
    let nothing = View { delivery: None, ..seen };
    assert!(StatusMessage::of(&nothing).is_none());
    assert_eq!(sent(Locale::Ja, &nothing).unwrap(), "");
}

#[wasm_bindgen_test]
fn where_the_code_is_is_told_with_the_number_that_its_message_has() {
    for (delivery, diverted, ja, en) in [
        (
            DeliveryState::Sending,
            false,
            "に第2回のパスワードを送信しています",
            "sending password no. 2 to",
        ),
        (DeliveryState::Sent, false, "に第2回のパスワードを送信しました", "sent password no. 2 to"),
        (
            DeliveryState::Delivered,
            false,
            "に第2回のパスワードを送信しました",
            "sent password no. 2 to",
        ),
        (DeliveryState::Sending, true, "に第2回を送信しています", "we are sending no. 2 to"),
        (DeliveryState::Sent, true, "に第2回を送信しました", "we sent no. 2 to"),
        (
            DeliveryState::Unconfirmed,
            false,
            "に第2回のパスワードを送信できたか",
            "may have sent password no. 2 to",
        ),
        // A send that was taken back has no number.
        (
            DeliveryState::Failed,
            false,
            "にワンタイムパスワードを送信できません",
            "not send a one-time",
        ),
    ] {
        let seen = View { delivery: Some(delivery), diverted, send: 2, ..crate::fixtures::sent() };
        for (locale, part) in [(Locale::Ja, ja), (Locale::En, en)] {
            let sentence = sent(locale, &seen).unwrap();
            assert!(sentence.contains(part), "{sentence}");
            is_whole(locale, &sentence);
        }
    }
}

#[wasm_bindgen_test]
fn a_method_has_its_name_and_its_masked_destination() {
    for (via, ja, en) in [
        (Some(Via::Email(email())), "Eメール ***@mail.jp", "E-mail ***@mail.jp"),
        (
            Some(Via::Sms(phone())),
            "SMS(携帯電話番号)： ***-\u{2060}****-1234",
            "SMS (mobile phone): ***-\u{2060}****-1234",
        ),
        (Some(Via::App), "ワンタイムパスワード認証(アプリ)", "One-time password (app)"),
        (None, "未登録", "None"),
    ] {
        assert_eq!(method(Locale::Ja, via.as_ref()).unwrap(), ja);
        assert_eq!(method(Locale::En, via.as_ref()).unwrap(), en);
    }
}

#[wasm_bindgen_test]
fn the_last_try_s_refusal_does_not_ask_for_another() {
    for (left, part) in [(1, "Wait until the app shows a new one"), (0, "No tries are left")] {
        let problem = Problem::refused(Refusal::CodeUsed(TriesLeft(left)));
        let sentence = refusal(Locale::En, Reason::of(&problem)).unwrap();
        assert!(sentence.contains(part), "{sentence}");
    }
}

#[wasm_bindgen_test]
fn every_end_is_told() {
    for (ended, ja) in [
        (Ended::Verified, "完了"),
        (Ended::Failed, "上限"),
        (Ended::Expired, "期限"),
        (Ended::Canceled, "キャンセル"),
    ] {
        let sentence = refusal(Locale::Ja, Reason::of_end(ended)).unwrap();
        assert!(sentence.contains(ja), "{sentence}");
    }
}

#[wasm_bindgen_test]
fn a_problem_is_told_with_its_own_numbers() {
    let sentence = |problem: Problem| refusal(Locale::En, Reason::of(&problem)).unwrap();
    for (refusal, part) in [
        (Refusal::WrongCode(TriesLeft(3)), "3 tries left"),
        (Refusal::WrongCode(TriesLeft(0)), "No tries are left"),
        (Refusal::ResendTooSoon(Seconds(17)), "wait 17 s"),
        (Refusal::DestinationLimited(Seconds(600)), "about 10 min"),
        (Refusal::CodeExpired(TriesLeft(2)), "has expired"),
        (Refusal::Ended(Ended::Canceled), "was canceled"),
        (Refusal::UnknownChallenge, "was not found"),
        (Refusal::NotEnrolled, "contact your card issuer"),
    ] {
        assert!(sentence(Problem::refused(refusal)).contains(part), "{part}");
    }
    assert!(sentence(Problem::rate_limited(60)).contains("wait 60 s"));
    // A fault of ours or of the deployment's is told alike, whatever it was.
    let faults =
        [Problem::internal("a"), Problem::unavailable("b"), Problem::misconfigured("c", "d")];
    for fault in faults {
        assert_eq!(
            sentence(fault),
            "We cannot process this right now. Please try again in a while."
        );
    }
}

use wasm_bindgen_test::wasm_bindgen_test;

use super::*;

/// Messages of the release before are read by this one, and the other way round.
#[wasm_bindgen_test]
fn a_message_is_frozen_and_says_neither_what_nor_to_whom() {
    let message = QueuedNotification { notification: 7, object: "0a1b".to_owned() };
    let text = r#"{"notification":7,"object":"0a1b"}"#;
    assert_eq!(serde_json::to_string(&message).unwrap(), text);
    assert_eq!(QueuedNotification::read(text), Some(message));
}

#[wasm_bindgen_test]
fn an_event_is_no_notification() {
    let event = r#"{"number":7,"kind":"failed","challenge":"ch_AAAAAQAAAAAAAAAAAAAAAA","at":"x"}"#;
    for text in [event, "", "{}", r#"{"notification":7}"#, r#"{"object":"0a1b"}"#] {
        assert_eq!(QueuedNotification::read(text), None, "{text}");
    }
}

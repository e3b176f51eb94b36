mod forms;
mod meaning;
mod order;
mod required;

use zeroize::Zeroizing;

use super::*;
use crate::{
    fixtures::{Message, card_key, directory_server},
    version::Version::{V220, V231},
};

const CARD: &str = "4111111111111111";

/// The code and the detail of the error that a change of a payment ends in.
#[track_caller]
fn found(message: &Message) -> (&'static str, String) {
    let erro = message.erro();
    assert!(!erro.json().contains(CARD), "the card number is repeated");
    (erro.code.as_str(), erro.detail)
}

#[track_caller]
fn finds(message: &Message, code: &str, detail: &str) {
    assert_eq!(found(message), (code, detail.to_owned()) as (&str, String), "{}", message.text());
}

fn versions() -> [(Version, Message); 2] {
    Version::ALL.map(|version| (version, Message::payment(version)))
}

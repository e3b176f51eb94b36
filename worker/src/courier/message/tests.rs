use warifu_core::contact::{EmailAddress, PhoneNumber};
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::courier::provider::tests::message;

#[wasm_bindgen_test]
fn providers_are_told_the_domain_as_dns_has_it() {
    for (address, told) in [
        ("taro@mail.jp", "taro@mail.jp"),
        ("Taro+otp@Mail.jp", "Taro+otp@Mail.jp"),
        ("taro@日本語.jp", "taro@xn--wgv71a119e.jp"),
    ] {
        let to = Destination::Email(EmailAddress::parse(address).unwrap());
        assert_eq!(Message { to, ..message() }.recipient(), told);
    }
    let to = Destination::Sms(PhoneNumber::parse("+819012341234").unwrap());
    assert_eq!(Message { to, ..message() }.recipient(), "+819012341234");
}

#[wasm_bindgen_test]
fn nothing_ends_a_line() {
    assert_eq!(one_line("a\r\nBcc: b\u{0}\u{85}\u{2028}\u{2029}c"), "aBcc: bc");
    assert_eq!(one_line("株式会社わりふカード 👩‍👩‍👧"), "株式会社わりふカード 👩‍👩‍👧");
}

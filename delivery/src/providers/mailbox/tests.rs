use super::*;

#[test]
fn names_stay_names() {
    let address = "otp@mail.example";
    assert_eq!(
        quoted("株式会社わりふカード", address),
        "\"株式会社わりふカード\" <otp@mail.example>"
    );
    assert_eq!(
        encoded("Warifu Card Co., Ltd.", address),
        "\"Warifu Card Co., Ltd.\" <otp@mail.example>"
    );
    assert_eq!(
        quoted("a\" <x@y.example>, \\", address),
        "\"a\\\" <x@y.example>, \\\\\" <otp@mail.example>"
    );
    assert_eq!(encoded("", address), "\"\" <otp@mail.example>");
    assert_eq!(encoded("é", address), "=?UTF-8?B?w6k=?= <otp@mail.example>");
}

#[test]
fn encoded_words_are_short_and_of_whole_characters() {
    for name in [
        "株式会社わりふカード".to_owned(),
        "あ".repeat(15),
        "あ".repeat(16),
        "👩‍👩‍👧".repeat(20),
        format!("{}é", "a".repeat(44)),
        format!("{}é", "a".repeat(200)),
    ] {
        let mailbox = encoded(&name, "otp@mail.example");
        assert!(mailbox.is_ascii(), "{mailbox}");
        let (words, _) = mailbox.split_once(" <").unwrap();
        let read: String = words
            .split(' ')
            .map(|word| {
                assert!(word.len() <= 75, "{word}");
                let inside = word.strip_prefix("=?UTF-8?B?").unwrap().strip_suffix("?=").unwrap();
                String::from_utf8(Base64::decode_vec(inside).unwrap()).unwrap()
            })
            .collect();
        assert_eq!(read, name);
    }
}

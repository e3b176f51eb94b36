use crate::template::{Medium, Template};

use super::*;

/// What Chromium reads in a text message: the host and the code of the first place in the text that
/// `(?:^|\s)@([a-zA-Z0-9.-]+) #([^#\s]+)` finds (`content/browser/sms/sms_parser.cc`, in which `^`
/// is the start of the message).
fn read_by_chromium(text: &str) -> Option<(&str, &str)> {
    let space = |letter: char| matches!(letter, '\t' | '\n' | '\u{c}' | '\r' | ' ');
    text.match_indices('@').find_map(|(at, _)| {
        let (before, rest) = (text.get(..at)?, text.get(at + 1..)?);
        let begins = before.chars().next_back().is_none_or(space);
        let (host, code) = rest.split_once(" #").filter(|_| begins)?;
        let whole = !host.is_empty() && host.chars().all(of_host);
        let code = code.split(|letter: char| letter == '#' || space(letter)).next()?;
        (whole && !code.is_empty()).then_some((host, code))
    })
}

#[test]
fn the_reader_of_these_tests_reads_as_chromium_does() {
    for (text, read) in [
        ("@example.com #123456", Some(("example.com", "123456"))),
        ("Text\n@example.com #123456\n", Some(("example.com", "123456"))),
        ("x @a.example #1 y\n@b.example #2", Some(("a.example", "1"))),
        ("@a.com @b.com #123", Some(("b.com", "123"))),
        ("@example.com #12 @frame.example", Some(("example.com", "12"))),
        ("@example.com  #123456", None),
        ("@example.com:8443 #123", None),
        ("a@example.com #123", None),
        ("@example.com #", None),
        ("@ #123", None),
    ] {
        assert_eq!(read_by_chromium(text), read, "{text}");
    }
}

const HOSTILE: [&str; 12] = [
    "@evil.example #000000",
    "shop @evil.example #000000",
    "shop @evil.example",
    "shop @evil.example #",
    "shop\n@evil.example #000000",
    "@",
    "@@evil.example #000000",
    "shop @ @evil.example #000000",
    "shop @\u{202e}@evil.example #000000",
    "shop \u{3000}@evil.example #000000",
    "evil.example #000000",
    "shop ",
];

fn written(template: &Template, value: &str) -> String {
    template.render(&|placeholder| match placeholder {
        Merchant | Issuer | Programme | Contact => value,
        Code => "123456",
        AmountIso => "JPY100",
        _ => "7",
    })
}

#[test]
fn no_value_of_a_text_message_names_a_site() {
    for wording in [
        "{{merchant}} {{code}} {{amount_iso}}\n{{send}}",
        "x {{merchant}} {{contact}}{{programme}} {{code}} {{amount}}\n{{send}}\n{{issuer}}",
        "x{{merchant}}{{contact}}\n {{programme}} {{code}}{{amount}}\n{{send}}",
        "{{code}}{{amount}}\n{{send}}\n{{merchant}}\n{{issuer}}",
        "x@{{merchant}} {{code}}{{amount}}\n{{send}}",
        "Follow @card_help. {{merchant}}: #{{code}} {{amount}}\n{{send}}",
    ] {
        let template = Template::parse(wording, Medium::Sms).unwrap_or_else(|why| panic!("{why}"));
        for value in HOSTILE {
            let text = written(&template, value);
            assert_eq!(read_by_chromium(&text), None, "{wording}: {text}");
            let bound = format!("{text}\n@shop.example #123456 @otp.example");
            assert_eq!(read_by_chromium(&bound), Some(("shop.example", "123456")), "{bound}");
            for line in text.lines() {
                assert!(!line.trim_start().starts_with('@'), "{wording}: {text}");
            }
        }
    }
}

#[test]
fn an_at_sign_inside_a_word_stays() {
    let template = Template::parse("{{merchant}} {{code}} {{amount}}\n{{send}}", Medium::Sms);
    let text = written(&template.unwrap_or_else(|why| panic!("{why}")), "a@b.example M@C @x");
    assert_eq!(text, "a@b.example M@C x 123456 7\n7");
    // In mail nothing looks for a site.
    let mail = "{{code}} {{amount}} {{merchant}}\n{{send}}";
    let template = Template::parse(mail, Medium::Mail).unwrap_or_else(|why| panic!("{why}"));
    assert_eq!(written(&template, "@cosme @x"), "123456 7 @cosme @x\n7");
}

#[test]
fn a_template_that_could_name_a_site_is_refused() {
    const LEAST: &str = "{{code}} {{amount_iso}}\n{{send}}";
    for bad in [
        "x @{{merchant}}",
        "x @{{merchant}} #{{code}}",
        "x @shop.example #{{code}}",
        "x @shop.example #1",
        "x @shop.{{minutes}}.example #{{code}}",
        "x @{{code}}{{merchant}}",
        "x\u{3000}@{{contact}}",
        "x {{merchant}}@shop.example #{{code}}",
        "{{merchant}} #{{code}}",
        "x{{merchant}}.example #{{code}}",
        "{{issuer}}{{minutes}}{{contact}} #{{code}}",
    ] {
        let why = Template::parse(&format!("{LEAST}\n{bad}"), Medium::Sms).err();
        let why = why.unwrap_or_else(|| panic!("{bad} was taken"));
        assert!(why.starts_with("have no @ after a space"), "{bad}: {why}");
    }
    for good in [
        "x@{{merchant}}",
        "x @card_help {{merchant}}",
        "x @help",
        "x @shop.example {{merchant}}",
        "x @shop.example  #{{code}}",
        "{{merchant}}: #{{code}}",
        "{{amount}} #{{code}}",
        "No. #{{code}}",
    ] {
        assert!(Template::parse(&format!("{LEAST}\n{good}"), Medium::Sms).is_ok(), "{good}");
    }
}

use std::collections::BTreeSet;

use super::*;

fn values(placeholder: Placeholder) -> &'static str {
    match placeholder {
        Code => "012345",
        Send => "2",
        InsteadOf => "SMS",
        Amount => "3,150円",
        AmountIso => "JPY3,150",
        Merchant => "●●shop",
        Time => "2023/2/13 00:00:00",
        Minutes => "10",
        Issuer => "わりふカード",
        Programme => "J/Secure",
        Contact => "発行会社",
        What | Count | Since | Link => "",
    }
}

fn first(placeholder: Placeholder) -> &'static str {
    if matches!(placeholder, Send | InsteadOf) { "" } else { values(placeholder) }
}

fn sms(text: &str) -> Result<Template, Cow<'static, str>> {
    Template::parse(text, Medium::Sms)
}

const LEAST: &str = "{{code}} {{amount_iso}}\n{{send}}";

fn least_and(more: &str) -> Template {
    sms(&format!("{LEAST}\n{more}")).unwrap()
}

#[test]
fn every_placeholder_is_written() {
    for (name, placeholder) in NAMES {
        for written in [format!("<{{{{{name}}}}}>"), format!("<{{{{ {name} }}}}>")] {
            let text = least_and(&written).render(&values);
            assert_eq!(text, format!("012345 JPY3,150\n2\n<{}>", values(placeholder)));
        }
    }
}

/// Rows of the table such as "| `{{issuer}}` / `{{contact}}` | …", each name once.
#[test]
fn the_guide_s_table_has_every_placeholder_and_no_other() {
    let guide = include_str!("../../../docs/issuer/messages.md");
    let cells = guide.lines().filter_map(|line| line.strip_prefix("| `{{")?.split_once(" |"));
    let explained: Vec<_> = cells
        .flat_map(|(names, _)| names.split(" / "))
        .map(|name| name.trim_matches(['`', '{', '}']))
        .collect();
    let names = NAMES.map(|(name, _)| name);
    assert_eq!(explained.len(), names.len(), "{explained:?}");
    assert_eq!(BTreeSet::from_iter(explained), BTreeSet::from(names));
}

#[test]
fn a_line_with_an_empty_value_is_left_out_wherever_it_is() {
    let least = "{{code}} {{amount}}";
    for (template, again, other) in [
        (format!("{least}\n({{{{send}}}})\nx"), "012345 3,150円\n(2)\nx", "012345 3,150円\nx"),
        (format!("({{{{send}}}})\n{least}"), "(2)\n012345 3,150円", "012345 3,150円"),
        (format!("{least}\n\n({{{{send}}}})"), "012345 3,150円\n\n(2)", "012345 3,150円"),
        (
            format!("{least}\r\n{{{{send}}}}{{{{code}}}}\r\n\r\nx"),
            "012345 3,150円\n2012345\n\nx",
            "012345 3,150円\n\nx",
        ),
    ] {
        let template = sms(&template).unwrap();
        assert_eq!(template.render(&values), again);
        assert_eq!(template.render(&first), other);
    }
}

#[test]
fn a_brace_that_is_no_placeholder_is_a_brace() {
    for text in ["{", "}", "}}", "{ {code} }", "{code}", "a { b } c", "%s ${code} $1 \\n"] {
        assert_eq!(least_and(text).render(&first), format!("012345 JPY3,150\n{text}"));
    }
}

#[test]
fn what_is_no_placeholder_is_refused() {
    for text in ["{{Code}}", "{{}}", "{{code }x}}", "{{{code}}}", "{{view.code}}", "{{a\nb}}"] {
        let why = sms(&format!("{LEAST}{text}")).err().unwrap();
        let names = NAMES.map(|(name, _)| name).join(", ");
        assert_eq!(why, format!("name between {{{{ and }}}} only {names}"), "{text}");
    }
    for text in ["{{", "{{code", "{{code}", "{{code}} {{"] {
        let why = sms(&format!("{LEAST}{text}")).err().unwrap();
        assert_eq!(why, "close every {{ with }}", "{text}");
    }
}

#[test]
fn a_template_has_no_control_character_and_a_bound() {
    for bad in ["\0", "\t", "\r", "\u{7f}", "\u{85}", "\u{2028}", "\u{202e}", "\u{200f}"] {
        let why = sms(&format!("{LEAST}{bad}.")).err().unwrap();
        assert!(why.starts_with("hold no control characters"), "{bad:?}: {why}");
    }
    let room = 4096 - LEAST.len();
    assert!(sms(&format!("{LEAST}{}", ".".repeat(room))).is_ok());
    let why = sms(&format!("{LEAST}{}", ".".repeat(room + 1))).err().unwrap();
    assert_eq!(why, "be at most 4096 bytes long");
    assert!(sms(&format!("{LEAST}{}", "あ".repeat(room / 3 + 1))).is_err(), "not characters");
}

#[test]
fn a_message_tells_what_it_must() {
    let mail = |text: &str| Template::parse(text, Medium::Mail).err();
    let must = "hold {{code}}, {{send}}, {{merchant}}, and {{amount}} or {{amount_iso}}";
    assert_eq!(mail("{{code}} {{amount}} {{merchant}}\n{{send}}"), None);
    assert_eq!(mail("{{code}} {{amount_iso}} {{merchant}}\n{{send}}"), None);
    for bad in [
        "",
        "hello",
        "{{send}} {{amount}} {{merchant}}",
        "{{code}} {{amount}} {{merchant}}",
        "{{code}} {{send}} {{merchant}}",
        "{{code}} {{send}} {{amount}}",
    ] {
        assert_eq!(mail(bad).as_deref(), Some(must), "{bad}");
    }
    let must = "hold {{code}}, {{send}}, and {{amount}} or {{amount_iso}}";
    for bad in ["", "{{send}} {{amount}}", "{{code}} {{send}}", "{{code}} {{amount}}"] {
        assert_eq!(sms(bad).err().as_deref(), Some(must), "{bad}");
    }
}

/// Nearly every message is a first send, whose number is empty: a line with it would be left
/// out.
#[test]
fn what_a_message_must_tell_is_in_no_line_that_may_be_left_out() {
    for bad in [
        "Code {{code}} (no. {{send}})\n{{amount}}",
        "{{code}}\n{{amount}} {{send}}",
        "{{code}}\n{{amount_iso}} {{instead_of}}\n{{send}}",
        "{{code}} {{amount}}\n{{send}} {{instead_of}}",
    ] {
        let why = sms(bad).err().unwrap_or_default();
        assert!(why.starts_with("hold {{send}} in a line of its own"), "{bad}: {why}");
    }
    let bad = "{{code}} {{amount}}\n{{merchant}} {{instead_of}}\n{{send}}";
    assert!(Template::parse(bad, Medium::Mail).is_err());
    assert!(sms("{{code}} {{send}}\n{{amount}}\n{{code}}\n({{send}})").is_ok(), "it is twice");
}

#[test]
fn a_subject_is_one_line_without_the_code() {
    let subject = |text: &str| Template::parse(text, Medium::Subject);
    let both = |text: &str| {
        let subject = subject(text).unwrap();
        (subject.render(&first), subject.render(&values))
    };
    let pair = |first: &str, again: &str| (first.to_owned(), again.to_owned());
    assert_eq!(both(" {{programme}} \n"), pair("J/Secure", "J/Secure"));
    assert_eq!(both("A {{send}}\nA\n"), pair("A", "A 2"));
    assert_eq!(both("A {{instead_of}}\nA"), pair("A", "A SMS"));
    for bad in ["", " \n", "A\nB", "{{send}}", "A {{send}}\nB {{send}}", "A\nB\n{{send}}"] {
        let why = subject(bad).err().unwrap();
        assert!(why.starts_with("be one line without {{send}}"), "{bad:?}: {why}");
    }
    let why = subject("{{code}}").err().unwrap();
    assert!(why.starts_with("not hold {{code}}"), "{why}");
}

#[test]
fn a_value_is_written_as_it_is_and_once() {
    for value in ["{{code}}", "{{", "$1\\", "<b>&amp;", "שלום 👩‍👩‍👧", "Bcc: a@b.c"]
    {
        let text = least_and("{{merchant}}").render(&|name| match name {
            Merchant => value,
            name => first(name),
        });
        assert_eq!(text, format!("012345 JPY3,150\n{value}"));
    }
}

#[test]
fn a_value_ends_no_line_and_turns_no_direction() {
    let hostile = "a\r\nBcc: b\0\u{85}\u{2028}\u{2029}\u{202e}\u{2066}\u{2069}\u{200f}\u{61c}c";
    for medium in [Medium::Mail, Medium::Sms, Medium::Subject] {
        let wording = match medium {
            Medium::Subject => "{{merchant}}|".to_owned(),
            _ => format!("{LEAST}\n|{{{{merchant}}}}|"),
        };
        let template = Template::parse(&wording, medium).unwrap();
        let text = template.render(&|name| if name == Merchant { hostile } else { "1" });
        assert!(text.ends_with("aBcc: bc|"), "{text:?}");
        assert_eq!(text.lines().count(), wording.lines().count());
    }
}

/// WICG sms-one-time-codes: the last line binds the code to the site that it names after the
/// `@`.
#[test]
fn no_line_of_a_text_message_begins_with_an_at() {
    for bad in ["@shop.example #{{code}}", " @x", "\n@{{merchant}}\nx"] {
        let why = sms(&format!("{LEAST}\n{bad}")).err().unwrap();
        assert!(why.starts_with("have no line that begins with @"), "{bad:?}: {why}");
    }
    for (line, written) in [
        ("{{merchant}}", "evil.example #1"),
        (" {{merchant}}", "evil.example #1"),
        ("{{contact}}{{merchant}}", "evil.example #1"),
        ("a {{merchant}}", "a \u{3000}evil.example #1"),
    ] {
        let text = least_and(&format!("x\n{line}")).render(&|name| match name {
            Merchant => "@\u{3000}@evil.example #1",
            Contact => "@",
            name => first(name),
        });
        let last = text.lines().last().unwrap();
        assert_eq!(last.trim_start(), written, "{line}");
    }
}

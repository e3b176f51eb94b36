//! The wording of messages: text with placeholders such as `{{code}}`, read and checked once,
//! written for every message. There is nothing else in it: no conditions, no loops.

use warifu_core::text;

/// A placeholder: what a message can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placeholder {
    /// The code.
    Code,
    /// The number of the send; empty for the first.
    Send,
    /// The channel that the message replaces, when text messages failed; else empty.
    InsteadOf,
    /// The amount, in the reader's words: `3,150円`.
    Amount,
    /// The amount with the currency's code: `JPY3,150`.
    AmountIso,
    /// The merchant's name.
    Merchant,
    /// When the purchase was made.
    Time,
    /// How long the code lives.
    Minutes,
    /// The issuer's name.
    Issuer,
    /// The programme's name.
    Programme,
    /// Whom to ask.
    Contact,
}

use Placeholder::{
    Amount, AmountIso, Code, Contact, InsteadOf, Issuer, Merchant, Minutes, Programme, Send, Time,
};

const NAMES: [(&str, Placeholder); 11] = [
    ("code", Code),
    ("send", Send),
    ("instead_of", InsteadOf),
    ("amount", Amount),
    ("amount_iso", AmountIso),
    ("merchant", Merchant),
    ("time", Time),
    ("minutes", Minutes),
    ("issuer", Issuer),
    ("programme", Programme),
    ("contact", Contact),
];

/// What a template is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medium {
    /// A mail's subject.
    Subject,
    /// A mail's text.
    Mail,
    /// A text message.
    Sms,
}

/// A template that was checked.
pub struct Template {
    medium: Medium,
    pieces: Vec<Piece>,
}

enum Piece {
    Text(String),
    Value(Placeholder),
}

impl Template {
    /// The longest template, in bytes: the platform's settings hold little more.
    const LONGEST: usize = 4096;

    /// Reads a template.
    ///
    /// # Errors
    /// What the template must be, in words for its author.
    pub fn parse(given: &str, medium: Medium) -> Result<Self, &'static str> {
        let given = given.replace("\r\n", "\n");
        if given.len() > Self::LONGEST {
            return Err("be at most 4096 bytes long");
        }
        if given.chars().any(|letter| letter != '\n' && text::is_disruptive(letter)) {
            return Err("hold no control characters and none that turn the reading direction");
        }
        let mut pieces = Vec::new();
        let mut parts = given.split("{{");
        pieces.push(Piece::Text(parts.next().unwrap_or_default().to_owned()));
        for part in parts {
            let (name, text) = part.split_once("}}").ok_or("close every {{ with }}")?;
            let known = NAMES.iter().find(|(known, _)| *known == name.trim());
            let (_, placeholder) = known.ok_or(
                "name between {{ and }} only code, send, instead_of, amount, amount_iso, \
                 merchant, time, minutes, issuer, programme and contact",
            )?;
            pieces.push(Piece::Value(*placeholder));
            pieces.push(Piece::Text(text.to_owned()));
        }
        let template = Self { medium, pieces };
        template.check(given.trim())?;
        Ok(template)
    }

    fn check(&self, given: &str) -> Result<(), &'static str> {
        let amount = self.has(Amount) || self.has(AmountIso);
        let says_enough = self.has(Code) && self.has(Send) && amount;
        match self.medium {
            Medium::Subject if self.has(Code) => {
                Err("not hold {{code}}: a locked telephone shows subjects")
            }
            Medium::Subject => {
                let lines = given.lines().count();
                let first = self.written(&|placeholder| match placeholder {
                    Send | InsteadOf => "",
                    _ => "-",
                });
                match first.lines().count() {
                    1 if lines <= 2 => Ok(()),
                    _ => Err("be one line without {{send}}, below one with {{send}} or alone"),
                }
            }
            Medium::Mail if says_enough && self.has(Merchant) => self.check_lines(&[Merchant]),
            Medium::Mail => {
                Err("hold {{code}}, {{send}}, {{merchant}}, and {{amount}} or {{amount_iso}}")
            }
            Medium::Sms if !says_enough => {
                Err("hold {{code}}, {{send}}, and {{amount}} or {{amount_iso}}")
            }
            Medium::Sms if given.lines().any(|line| line.trim_start().starts_with('@')) => {
                Err("have no line that begins with @: SMS_BOUND_LINE adds the one that may")
            }
            Medium::Sms => self.check_lines(&[]),
        }
    }

    /// A line is left out where a placeholder in it is empty. So a placeholder that every message
    /// must have may not stand on a line with one that can be empty; `more` names those that this
    /// use requires beyond the usual ones.
    fn check_lines(&self, more: &[Placeholder]) -> Result<(), &'static str> {
        let amount = self.stays(Amount) || self.stays(AmountIso);
        if amount && [Code, Send].iter().chain(more).all(|wanted| self.stays(*wanted)) {
            return Ok(());
        }
        Err("hold {{send}} in a line of its own, and so {{instead_of}}: such a line is left out \
             while one is empty")
    }

    /// Whether the placeholder has a value in every message, also in a first send that replaces
    /// nothing.
    fn stays(&self, wanted: Placeholder) -> bool {
        let with = |text| {
            self.written(&|placeholder| match placeholder {
                found if found == wanted => text,
                Send | InsteadOf => "",
                _ => "-",
            })
        };
        with("1") != with("2")
    }

    fn has(&self, wanted: Placeholder) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Value(found) if *found == wanted))
    }

    /// Writes a message. A line with an empty value is left out. A subject is the first line that
    /// is left.
    ///
    /// Line ends and direction marks are taken out of values, so that a value stays on its line. In
    /// a text message no value begins a line with `@`, because telephones give the code to the site
    /// that such a line names.
    #[must_use]
    pub fn render<'v>(&self, value: &dyn Fn(Placeholder) -> &'v str) -> String {
        let mut text = self.written(value);
        if let (Medium::Subject, Some(end)) = (self.medium, text.find('\n')) {
            text.truncate(end);
        }
        text
    }

    fn written<'v>(&self, value: &dyn Fn(Placeholder) -> &'v str) -> String {
        let mut text = String::new();
        let (mut line, mut left_out) = (0, false);
        for piece in &self.pieces {
            match piece {
                Piece::Value(placeholder) => {
                    let value = text::undisturbing(value(*placeholder));
                    let begins = text.get(line..).is_some_and(|line| line.trim().is_empty());
                    let bound = self.medium == Medium::Sms && begins;
                    let shown = match bound {
                        true => value.trim_start_matches(|c: char| c == '@' || c.is_whitespace()),
                        false => &value,
                    };
                    text.push_str(shown);
                    left_out |= value.is_empty();
                }
                Piece::Text(literal) => {
                    for part in literal.split_inclusive('\n') {
                        text.push_str(part);
                        if part.ends_with('\n') {
                            if left_out {
                                text.truncate(line);
                            }
                            (line, left_out) = (text.len(), false);
                        }
                    }
                }
            }
        }
        if left_out {
            text.truncate(line);
        }
        text.trim().to_owned()
    }
}

#[cfg(test)]
mod tests {
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
        }
    }

    fn first(placeholder: Placeholder) -> &'static str {
        if matches!(placeholder, Send | InsteadOf) { "" } else { values(placeholder) }
    }

    fn sms(text: &str) -> Result<Template, &'static str> {
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
            assert!(why.starts_with("name between {{ and }} only code, "), "{text}: {why}");
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
            assert_eq!(mail(bad), Some(must), "{bad}");
        }
        let must = "hold {{code}}, {{send}}, and {{amount}} or {{amount_iso}}";
        for bad in ["", "{{send}} {{amount}}", "{{code}} {{send}}", "{{code}} {{amount}}"] {
            assert_eq!(sms(bad).err(), Some(must), "{bad}");
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
            ("a {{merchant}}", "a @\u{3000}@evil.example #1"),
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
}

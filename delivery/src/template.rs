//! The wording of messages: text with placeholders such as `{{code}}`, read and checked once,
//! written for every message. There is nothing else in it: no conditions, no loops.

mod binding;

use std::borrow::Cow;

use warifu_core::text;

pub(crate) use binding::unbound;

/// A placeholder: what a message can say. A variant that is not in [`NAMES`] is never constructed,
/// which `npm run check` refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Placeholder {
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
    /// What happened, in a sentence of ours; in a notification, as those below.
    What,
    /// How often it happened; empty for once.
    Count,
    /// When it happened first; empty for once.
    Since,
    /// Where a cardholder says that the purchase is not theirs; empty where it is about none.
    Link,
}

use Placeholder::{
    Amount, AmountIso, Code, Contact, Count, InsteadOf, Issuer, Link, Merchant, Minutes, Programme,
    Send, Since, Time, What,
};

impl Placeholder {
    /// Whether it has no value in some messages. A line with it is then left out.
    fn can_be_empty(self) -> bool {
        match self {
            Send | InsteadOf | Count | Since | Link => true,
            Code | Amount | AmountIso | Merchant | Time | Minutes | Issuer | Programme
            | Contact | What => false,
        }
    }
}

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

/// The placeholders of notifications.
const NOTIFICATION_NAMES: [(&str, Placeholder); 7] = [
    ("what", What),
    ("count", Count),
    ("since", Since),
    ("link", Link),
    ("issuer", Issuer),
    ("programme", Programme),
    ("contact", Contact),
];

/// What a template is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Medium {
    /// A mail's subject.
    Subject,
    /// A mail's text.
    Mail,
    /// A text message.
    Sms,
}

/// A template that was checked.
pub(crate) struct Template {
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

    /// Reads the template of a message with a code.
    ///
    /// # Errors
    /// What the template must be, in words for its author.
    pub(crate) fn parse(given: &str, medium: Medium) -> Result<Self, Cow<'static, str>> {
        let template = Self::read(given, medium, &NAMES)?;
        template.check(given.trim())?;
        Ok(template)
    }

    /// Reads the template of a notification.
    ///
    /// # Errors
    /// What the template must be, in words for its author.
    pub(crate) fn parse_notification(
        given: &str,
        medium: Medium,
    ) -> Result<Self, Cow<'static, str>> {
        let template = Self::read(given, medium, &NOTIFICATION_NAMES)?;
        template.check_notification(given.trim())?;
        Ok(template)
    }

    fn read(
        given: &str,
        medium: Medium,
        names: &[(&str, Placeholder)],
    ) -> Result<Self, Cow<'static, str>> {
        let given = given.replace("\r\n", "\n");
        if given.len() > Self::LONGEST {
            return Err("be at most 4096 bytes long".into());
        }
        if given.chars().any(|letter| letter != '\n' && text::is_disruptive(letter)) {
            return Err(
                "hold no control characters and none that turn the reading direction".into()
            );
        }
        let mut pieces = Vec::new();
        let mut parts = given.split("{{");
        pieces.push(Piece::Text(parts.next().unwrap_or_default().to_owned()));
        for part in parts {
            let (name, text) = part.split_once("}}").ok_or("close every {{ with }}")?;
            let known = names.iter().find(|(known, _)| *known == name.trim());
            let (_, placeholder) = known.ok_or_else(|| only_known(names))?;
            pieces.push(Piece::Value(*placeholder));
            pieces.push(Piece::Text(text.to_owned()));
        }
        Ok(Self { medium, pieces })
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
                let first = self.written(&in_a_first_message);
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
            Medium::Sms => {
                self.check_names_no_site(given)?;
                self.check_lines(&[])
            }
        }
    }

    /// A notification says what happened, whom to ask, and where to say that it was somebody else.
    fn check_notification(&self, given: &str) -> Result<(), &'static str> {
        if let Medium::Subject = self.medium {
            let sometimes = [Count, Since, Link].into_iter().any(|wanted| self.has(wanted));
            return match (given.lines().count(), sometimes) {
                (1, false) => Ok(()),
                _ => Err("be one line without {{count}}, {{since}} and {{link}}"),
            };
        }
        if ![What, Contact, Count, Link].into_iter().all(|wanted| self.has(wanted)) {
            return Err("hold {{what}}, {{contact}}, {{count}} and {{link}}");
        }
        if let Medium::Sms = self.medium {
            self.check_names_no_site(given)?;
        }
        let alone = [What, Contact].into_iter().all(|wanted| self.stays(wanted));
        // A link without a count, and a count without a link.
        let apart = self.shows(Link, Count) && self.shows(Count, Link);
        match alone && apart {
            true => Ok(()),
            false => {
                Err("hold {{link}} in a line of its own, and so {{count}} with {{since}}: such \
                          a line is left out while one is empty")
            }
        }
    }

    fn check_names_no_site(&self, given: &str) -> Result<(), &'static str> {
        if given.lines().any(|line| line.trim_start().starts_with('@')) {
            return Err("have no line that begins with @: SMS_BOUND_LINE adds the one that may");
        }
        if binding::may_bind(&self.pieces) {
            return Err(
                "have no @ after a space with a host and # or a placeholder behind it, and \
                        no name with # and the code behind it: telephones give the code to the \
                        site that such a text names, and SMS_BOUND_LINE adds the one that may be",
            );
        }
        Ok(())
    }

    /// Whether `wanted` is written while `empty` is empty.
    fn shows(&self, wanted: Placeholder, empty: Placeholder) -> bool {
        let with = |text| {
            self.written(&|placeholder| match placeholder {
                found if found == wanted => text,
                found if found == empty => "",
                _ => "-",
            })
        };
        with("1") != with("2")
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
                other => in_a_first_message(other),
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
    /// a text message no `@` of a value follows white space or begins a line, because telephones
    /// give the code to the site that such a text names.
    #[must_use]
    pub(crate) fn render<'v>(&self, value: &dyn Fn(Placeholder) -> &'v str) -> String {
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
                    match self.medium {
                        Medium::Sms => text.push_str(&unbound(text.get(line..), &value)),
                        Medium::Mail | Medium::Subject => text.push_str(&value),
                    }
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

/// The refusal of an unknown name.
fn only_known(names: &[(&str, Placeholder)]) -> String {
    let names: Vec<_> = names.iter().map(|(name, _)| *name).collect();
    format!("name between {{{{ and }}}} only {}", names.join(", "))
}

/// A value in a first send that replaces nothing: empty where it can be.
fn in_a_first_message(placeholder: Placeholder) -> &'static str {
    if placeholder.can_be_empty() { "" } else { "-" }
}

#[cfg(test)]
mod tests;

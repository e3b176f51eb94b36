//! What the page shows at a moment: everything that time and requests change.

use alloc::string::String;

use crate::state::State;

/// The resend button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resend {
    /// Seconds until a resend is allowed.
    pub wait: u32,
    /// Whether the button looks disabled.
    pub rests: bool,
}

/// The numbers and marks that change on the page. `dom` puts them into the page's own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// Seconds that the newest code still lives. `None` leaves what the server wrote.
    pub code_expires_in: Option<u32>,
    /// The resend button; `None` where an app makes the codes.
    pub resend: Option<Resend>,
    /// Whether a request is under way.
    pub busy: bool,
}

impl State {
    /// The page of this state.
    #[must_use]
    pub fn view(&self) -> View {
        let seconds_until = |time: u32| time.saturating_sub(self.now).div_ceil(1000);
        let busy = self.busy.is_some();
        let wait = seconds_until(self.resend_at);
        let rests = busy || self.resends_left == 0 || wait > 0;
        View {
            code_expires_in: self.code_expires_at.map(seconds_until),
            resend: (!self.app).then_some(Resend { wait, rests }),
            busy,
        }
    }
}

/// The sentence with `{m}` and `{s}` replaced by minutes and seconds. In a sentence without `{m}`,
/// `{s}` is all the seconds.
#[must_use]
pub fn fill(sentence: &str, seconds: u32) -> String {
    let in_minutes = sentence.as_bytes().windows(3).any(|part| part == b"{m}");
    let minutes = if in_minutes { seconds / 60 } else { 0 };
    let mut text = String::new();
    let mut characters = sentence.chars();
    while let Some(character) = characters.next() {
        if character == '{' {
            let minutes_wanted = characters.next() == Some('m');
            characters.next();
            push_number(&mut text, if minutes_wanted { minutes } else { seconds - minutes * 60 });
        } else {
            text.push(character);
        }
    }
    text
}

/// Written by hand, because `format!` would bring all of `core::fmt` into the module.
pub fn push_number(text: &mut String, number: u32) {
    if number > 9 {
        push_number(text, number / 10);
    }
    text.extend(char::from_digit(number % 10, 10));
}

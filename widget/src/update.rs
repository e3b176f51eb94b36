//! One event at a time: what the form does about it.

use alloc::string::String;

use warifu_core::{normalize, pasted};

use crate::state::{Action, Answer, Effect, End, Event, Facts, Place, State, Tell, Text, Word};

/// How many characters of the input are sent. Longer input is not a code, and the Worker refuses
/// its beginning all the same.
const SUBMITTED_MAX: usize = 32;

/// What the merchant's page is told when the cardholder has no code and gets none now.
const UNDELIVERABLE: &str = "undeliverable";

/// Seconds after which a question about the send counts as lost.
const UNANSWERED: u32 = 15;

/// Milliseconds that the device's clock goes ahead of the page's between two events when the device
/// slept or its clock was set.
const SLEPT: i32 = 2000;

/// Carries out effects in order. Effects are passed to a function and not collected in a list, so
/// that they can borrow their texts.
pub type Perform<'a> = &'a mut dyn FnMut(Effect<'_>);

impl State {
    /// The form as the server sent it.
    pub fn open(facts: Facts, now: u32, perform: Perform<'_>) -> Self {
        let mut state = Self {
            now,
            code_expires_at: later(now, facts.code_expires_in),
            resend_at: after(now, facts.resend_in),
            resends_left: facts.resends_left,
            app: facts.app,
            delivery: facts.delivery,
            send: facts.send,
            ahead: facts.ahead,
            look_at: later(now, facts.next),
            ..Self::default()
        };
        perform(Effect::Tell(Tell::Listen));
        state.wake(perform);
        state
    }

    /// Notes by how many milliseconds the device's clock is ahead of the page's, modulo 2^32. The
    /// page's stands still while a device sleeps, in most browsers. Nobody but the Worker knows whether
    /// a device slept or its clock was set, so it is asked how much time is left.
    pub fn compare_clocks(&mut self, ahead: u32) {
        let before = core::mem::replace(&mut self.ahead, ahead);
        if ahead.wrapping_sub(before).cast_signed() > SLEPT {
            self.look_at = Some(self.now);
        }
    }

    /// Handles one event that happened at `now`.
    pub fn update(&mut self, event: Event<'_>, now: u32, perform: Perform<'_>) {
        let before = self.left();
        self.now = now;
        if self.ended {
            return;
        }
        match event {
            Event::Typed { text, caret } => {
                self.refused = false;
                retype(text, caret, perform);
            }
            Event::Received(text) => {
                // The code is filled in and not submitted: the cardholder approves the payment.
                if let Some(text) = pasted::find_code(text) {
                    self.refused = false;
                    perform(Effect::Retype { text: &text, caret: 6 });
                }
            }
            Event::Pressed { action, text } => self.press(action, text, perform),
            Event::Answered(answer) => {
                if self.busy.take().is_some() {
                    self.answer(answer, perform);
                }
            }
            Event::Looked(answer) => {
                self.looked(answer, perform);
                self.announce(before, perform);
            }
            Event::Tick => {
                self.waking = false;
                self.announce(before, perform);
            }
        }
        self.look(perform);
        self.wake(perform);
    }

    fn press(&mut self, action: Action, text: &str, perform: Perform<'_>) {
        // A second click on the same refused code does nothing, so that a double click spends one
        // try.
        if self.busy.is_some() || (action == Action::Verify && self.refused) {
            return;
        }
        if action == Action::Resend && self.resend_at > self.now {
            perform(Effect::Write(Place::Status, Text::ResendLabel));
            return;
        }
        self.busy = Some(action);
        self.alerted = false;
        // An answer that is under way tells how the send stood before this request: it is ignored.
        self.looking = false;
        perform(Effect::Write(Place::Status, Text::Given("")));
        // A screen reader announces an alert when its text changes. The text is emptied so that the
        // same alert is announced again.
        perform(Effect::Write(Place::Error, Text::Given("")));
        perform(Effect::Invalid(false));
        perform(Effect::Tell(Tell::Ignore));
        let mut body = String::from("{");
        if action == Action::Verify {
            body.push_str("\"code\":\"");
            for meant in retype(text, u32::MAX, perform).chars().take(SUBMITTED_MAX) {
                // The Worker refuses ASCII that is no digit, whichever it is: as `?` it needs no
                // escape in JSON. Beyond ASCII it drops what nobody sees, so that is sent as it is.
                let refused = meant.is_ascii() && !meant.is_ascii_digit();
                body.push(if refused { '?' } else { meant });
            }
            body.push('"');
        }
        body.push('}');
        perform(Effect::Post(action, &body));
    }

    fn answer(&mut self, answer: &dyn Answer, perform: Perform<'_>) {
        let code = answer.text("code");
        let status = answer.text("status");
        let (status, error) = match code.as_str() {
            "" if status == "verified" => ("verified", ""),
            "" if status == "canceled" => ("canceled", ""),
            "" if status == "pending" => return self.resent(answer, perform),
            "wrong_code" | "code_used" if answer.text("challenge_status") == "failed" => {
                ("failed", "attempts-exceeded")
            }
            "challenge_failed" => ("failed", "attempts-exceeded"),
            "challenge_expired" => ("expired", "challenge-expired"),
            "challenge_canceled" => ("canceled", ""),
            "challenge_not_found" => ("error", "challenge-not-found"),
            // A page that is fetched anew hands over the attestation, or says until when wrong codes
            // keep the challenge out and how its owner lets it in.
            "challenge_verified" | "cardholder_locked" => {
                return perform(Effect::Tell(Tell::Reload));
            }
            code if self.outdated(code) => return perform(Effect::Tell(Tell::Reload)),
            code => return self.refused(code, answer, perform),
        };
        self.ended = true;
        perform(Effect::End(End {
            status,
            error,
            text: &sentence(answer),
            response: &answer.text("attestation"),
            return_to: &answer.text("return_to"),
        }));
        perform(Effect::FocusEnded);
        perform(Effect::Tell(Tell::Ended));
    }

    /// Whether the page asks for a code of the wrong channel, because the cardholder moved to or
    /// from the app while it was open. A page that asks for a sent code is right as long as that
    /// code lives.
    fn outdated(&self, code: &str) -> bool {
        match code {
            "app_code_expected" => self.code_expires_at.is_none_or(|ends| ends <= self.now),
            "code_not_sent" | "code_expired" => self.app,
            _ => false,
        }
    }

    fn resent(&mut self, answer: &dyn Answer, perform: Perform<'_>) {
        self.refused = false;
        self.stands(answer, perform);
        // Only the newest code is accepted, so an older one in the input is removed.
        perform(Effect::Retype { text: "", caret: 0 });
        perform(Effect::Tell(Tell::Resent(answer.number("send"))));
        perform(Effect::Tell(Tell::Listen));
    }

    /// Asks how the newest send stands, if it is time to, the page is visible and no request is
    /// under way.
    fn look(&mut self, perform: Perform<'_>) {
        if self.look_at.is_some_and(|at| at <= self.now) && !self.hidden && self.busy.is_none() {
            // An answer will say when to ask next. If it is lost, the form asks again after this
            // time.
            self.look_at = later(self.now, UNANSWERED);
            self.looking = true;
            perform(Effect::Look);
        }
    }

    fn looked(&mut self, answer: &dyn Answer, perform: Perform<'_>) {
        let sentence = answer.text("sentence");
        if !core::mem::take(&mut self.looking) || sentence.is_empty() {
            return;
        }
        let delivery = answer.text("delivery");
        // An end that came in another window, or whose answer was lost; or a code that was sent there
        // after the cardholder left the app.
        if answer.text("status") != "pending" || self.app && !delivery.is_empty() {
            self.look_at = None;
            return perform(Effect::Tell(Tell::Reload));
        }
        let send = answer.number("send");
        if delivery == self.delivery && send == self.send {
            self.count(answer);
            return perform(Effect::Write(Place::Sent, Text::Given(&sentence)));
        }
        // Sent in another window, or by a press whose answer was lost.
        if send > self.send {
            perform(Effect::Tell(Tell::Resent(send)));
        }
        // News of a send takes no resend away: a cardholder who then presses in vain is
        // told why by the answer.
        let left = self.resends_left;
        self.stands(answer, perform);
        self.resends_left = left.max(self.resends_left);
    }

    /// Shows how the newest send stands now.
    fn stands(&mut self, answer: &dyn Answer, perform: Perform<'_>) {
        self.delivery = answer.text("delivery");
        self.send = answer.number("send");
        self.count(answer);
        if self.code_expires_at.is_none() {
            perform(Effect::Write(Place::Timer, Text::Given("")));
        }
        self.resends_left = answer.number("resends_left");
        perform(Effect::Write(Place::Sent, Text::Given(&answer.text("sentence"))));
        // The page shows an alert or this news. While an alert stands, only `bounced` and `failed`
        // are announced.
        let lost = self.lost();
        if !self.alerted || lost {
            perform(Effect::Write(Place::Status, Text::Given(&sentence(answer))));
        }
        if lost {
            perform(Effect::Tell(Tell::Trouble(UNDELIVERABLE)));
            // A message that was reported as lost can still come.
            perform(Effect::Tell(Tell::Listen));
        }
    }

    /// Whether the newest send bounced or failed.
    fn lost(&self) -> bool {
        matches!(self.delivery.bytes().next(), Some(b'b' | b'f'))
    }

    /// Counts from what the Worker counts now.
    fn count(&mut self, answer: &dyn Answer) {
        self.look_at = later(self.now, answer.number("next"));
        self.resend_at = after(self.now, answer.number("resend_in"));
        // No time is left of a code that died. None is told of one that was taken back, or that died
        // because an app makes the codes by now: the answer then has no `delivery`.
        let gone = self.lost() || self.delivery.is_empty();
        let died = self.code_expires_at.filter(|_| !gone).map(|_| self.now);
        self.code_expires_at = later(self.now, answer.number("code_expires_in")).or(died);
    }

    fn refused(&mut self, code: &str, answer: &dyn Answer, perform: Perform<'_>) {
        let mut trouble = "";
        self.alerted = true;
        match code {
            "wrong_code" | "malformed_code" | "code_used" => {
                self.refused = true;
                perform(Effect::Invalid(true));
                perform(Effect::FocusCode);
            }
            "code_expired" => self.code_expires_at = self.code_expires_at.map(|_| self.now),
            "resend_too_soon" => {
                self.resend_at = after(self.now, answer.number("retry_after"));
                self.look_at = Some(self.now);
            }
            "app_code_expected" => self.resends_left = 0,
            "code_not_sent" | "rate_limited" => {}
            "no_resends_left" => {
                self.resends_left = 0;
                self.look_at = Some(self.now);
                trouble = "resend-limit";
            }
            "destination_limited" | "destination_too_new" => {
                let lives = self.code_expires_at.is_some_and(|ends| ends > self.now);
                trouble = if lives { "resend-limit" } else { UNDELIVERABLE };
            }
            "origin_not_allowed" => trouble = "origin-not-allowed",
            // Every refusal of the Worker has a code; without one, the answer came from somewhere
            // else, or none came. What was decided is asked.
            _ => {
                self.look_at = Some(self.now);
                trouble = if code.is_empty() { "network" } else { "internal" };
            }
        }
        let sentence = sentence(answer);
        let text =
            if sentence.is_empty() { Text::Word(Word::Offline) } else { Text::Given(&sentence) };
        perform(Effect::Write(Place::Error, text));
        if !trouble.is_empty() {
            perform(Effect::Tell(Tell::Trouble(trouble)));
        }
        // The SMS with the right code may still be on its way.
        perform(Effect::Tell(Tell::Listen));
    }

    /// Announces that five minutes, one minute or no time is left. A page that slept through
    /// several of these marks announces the last one. `before` is what was left at the event before,
    /// in milliseconds.
    fn announce(&self, before: u32, perform: Perform<'_>) {
        if self.code_expires_at.is_none() {
            return;
        }
        let left = self.left();
        for (mark, word) in [(0, Word::Dead), (60_000, Word::One), (300_000, Word::Five)] {
            if before > mark && mark >= left {
                perform(Effect::Write(Place::Status, Text::Word(word)));
                if mark == 0 {
                    perform(Effect::Tell(Tell::Ignore));
                }
                return;
            }
        }
    }

    /// Milliseconds that the newest code still lives.
    fn left(&self) -> u32 {
        self.code_expires_at.unwrap_or_default().saturating_sub(self.now)
    }

    /// Asks to be woken when the next number on the page changes.
    fn wake(&mut self, perform: Perform<'_>) {
        let code = self.left();
        let resend = self.resend_at.saturating_sub(self.now);
        let left = if code > 0 { code } else { resend };
        if left > 0 && !self.waking && !self.ended {
            self.waking = true;
            perform(Effect::Wake((left - 1) % 1000 + 1));
        }
    }
}

/// The sentence for the cardholder: `message` of a success, `detail` of a problem.
fn sentence(answer: &dyn Answer) -> String {
    let message = answer.text("message");
    if message.is_empty() { answer.text("detail") } else { message }
}

/// The time `seconds` after `now`; `None` for 0.
fn later(now: u32, seconds: u32) -> Option<u32> {
    (seconds > 0).then(|| after(now, seconds))
}

/// The time `seconds` after `now`.
fn after(now: u32, seconds: u32) -> u32 {
    now.saturating_add(seconds.saturating_mul(1000))
}

/// The input as it was meant: a code that stands in a longer text is that text's meaning. If it differs
/// from what was typed, it is written back, with the caret behind the same digit.
fn retype(text: &str, caret: u32, perform: Perform<'_>) -> String {
    let mut meant = String::new();
    let (mut units, mut behind) = (0, 0);
    for character in text.chars() {
        units += character.len_utf16() as u32;
        if let Some(digit) = normalize::digit(character) {
            meant.push(digit);
            if units <= caret {
                behind += digit.len_utf16() as u32;
            }
        }
    }
    if let Some(code) = pasted::find_code(text)
        && code != meant
    {
        (meant, behind) = (code, 6);
    }
    if meant != text {
        perform(Effect::Retype { text: &meant, caret: behind });
    }
    meant
}

#[cfg(test)]
mod tests;

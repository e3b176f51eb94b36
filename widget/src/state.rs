//! What the form knows, what can happen to it, and what it asks of the browser.

use alloc::string::String;

/// Everything the form remembers between two events. Times are milliseconds of the page's clock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// When the newest event happened.
    pub now: u32,
    /// When the newest code dies. `None` when the page came without a code that lives.
    pub code_expires_at: Option<u32>,
    /// From when on a resend may be asked for.
    pub resend_at: u32,
    /// How many resends the challenge has left.
    pub resends_left: u32,
    /// Whether an app makes the codes: nothing is sent, no count runs, there is no resend button.
    pub app: bool,
    /// The request under way: while there is one, presses do nothing.
    pub busy: Option<Action>,
    /// Whether a wake-up is on its way; there is never a second one.
    pub waking: bool,
    /// Whether the challenge has ended.
    pub ended: bool,
    /// How the newest send stood in the Worker's last answer.
    pub delivery: String,
    /// The number of the newest send that is known here; 0 when there is none.
    pub send: u32,
    /// By how many milliseconds the device's clock was ahead of the page's at the newest event, modulo
    /// 2^32.
    pub ahead: u32,
    /// When to ask next how the newest send stands. `None` when no more news of it can come.
    pub look_at: Option<u32>,
    /// Whether the answer to such a question is on its way and is still of use.
    pub looking: bool,
    /// Whether the page is hidden, as in a tab behind another one.
    pub hidden: bool,
    /// Whether the code in the input was refused and has not been changed since.
    pub refused: bool,
    /// Whether an alert is shown.
    pub alerted: bool,
}

/// What the page that the server sent says.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Seconds that the newest code still lives; 0 also when there is none.
    pub code_expires_in: u32,
    /// Seconds until a resend is allowed.
    pub resend_in: u32,
    /// How many resends the challenge has left.
    pub resends_left: u32,
    /// Whether an app makes the codes.
    pub app: bool,
    /// How the newest send stands.
    pub delivery: String,
    /// The number of the newest send; 0 when there is none.
    pub send: u32,
    /// By how many milliseconds the device's clock is ahead of the page's, modulo 2^32.
    pub ahead: u32,
    /// Seconds until it is worth asking how the send stands; 0 when it is not.
    pub next: u32,
}

/// What a button asks of the Worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Check the code.
    Verify,
    /// Send a new one.
    Resend,
    /// Give up.
    Cancel,
}

/// What can happen.
pub enum Event<'a> {
    /// The input changed and no input method is composing.
    Typed {
        /// Its whole text.
        text: &'a str,
        /// The caret, in UTF-16 units as browsers count.
        caret: u32,
    },
    /// A button, or the enter key.
    Pressed {
        /// Which.
        action: Action,
        /// The input's text at that moment.
        text: &'a str,
    },
    /// A request ended, with an answer or without one.
    Answered(&'a dyn Answer),
    /// The browser offers the code of an SMS.
    Received(&'a str),
    /// The answer to [`Effect::Look`]. None comes when the network fails.
    Looked(&'a dyn Answer),
    /// Time passed.
    Tick,
}

/// An answer of the Worker, success or problem, by the names of its JSON. A member is read where it
/// is needed, because most answers have few of them.
pub trait Answer {
    /// A sentence or word; empty when the answer has none.
    fn text(&self, name: &str) -> String;
    /// A number; 0 when the answer has none.
    fn number(&self, name: &str) -> u32;
}

/// What the browser has to do. Effects come in the order in which they must happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect<'a> {
    /// Replace the input's text.
    Retype {
        /// The text.
        text: &'a str,
        /// Where the caret goes, in UTF-16 units.
        caret: u32,
    },
    /// Write a sentence.
    Write(Place, Text<'a>),
    /// Mark the input as the cause of the alert, or not.
    Invalid(bool),
    /// Send a request with this JSON to the address of the action's form.
    Post(Action, &'a str),
    /// Ask the Worker how the newest send stands.
    Look,
    /// Show that the challenge ended, and how.
    End(End<'a>),
    /// Put the focus into the input, all of it selected.
    FocusCode,
    /// Put the focus on the sentence that says how the challenge ended.
    FocusEnded,
    /// Tell the script around the widget (`js/boot.js`).
    Tell(Tell),
    /// Come back after so many milliseconds.
    Wake(u32),
}

/// Where a sentence stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Where the newest code went.
    Sent,
    /// The polite announcement.
    Status,
    /// The alert.
    Error,
    /// The time left.
    Timer,
}

/// A sentence. The widget knows no words itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text<'a> {
    /// A sentence of the Worker's answer.
    Given(&'a str),
    /// A sentence that the page carries.
    Word(Word),
    /// The resend button's own label, which says how long to wait.
    ResendLabel,
}

/// A sentence that the page carries for the widget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// The request did not reach the Worker.
    Offline,
    /// Five minutes are left.
    Five,
    /// One minute is left.
    One,
    /// The code has died.
    Dead,
}

/// What the script around the widget learns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tell {
    /// A failure that does not end the challenge, by its stable client code.
    Trouble(&'static str),
    /// A new code was sent: its number.
    Resent(u32),
    /// The challenge ended; the page's attributes say how.
    Ended,
    /// The challenge ended in another window or by an answer that was lost, or asks for a code of
    /// another channel by now. Only a new page shows that.
    Reload,
    /// Listen for an SMS from now on.
    Listen,
    /// Listen no more.
    Ignore,
}

/// How the challenge ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End<'a> {
    /// `verified`, `failed`, `expired`, `canceled` or `error`.
    pub status: &'static str,
    /// The stable client code of the cause, empty when it is no error.
    pub error: &'static str,
    /// The sentence that says so.
    pub text: &'a str,
    /// The attestation, if verified.
    pub response: &'a str,
    /// Where the browser goes from here, when the form is a page of its own and not in a frame.
    pub return_to: &'a str,
}

//! The page: its events are read, effects are carried out and views are shown here. Nothing is
//! decided here.

use alloc::string::String;
use core::cell::RefCell;

use wasm_bindgen::{JsCast as _, prelude::*};

use crate::browser::{self, Host, Object};
use crate::state::{Action, Answer, Effect, Event, Facts, Place, State, Tell, Text, Word};
use crate::view::{View, fill, push_number};

/// The form of one page.
#[wasm_bindgen]
pub struct Widget {
    page: Page,
    state: RefCell<State>,
}

struct Page {
    document: Object,
    /// The root's `data-*` attributes: the page's words and, at the end, the outcome.
    data: Object,
    host: Host,
    /// The resend button's label as the server wrote it; empty when there is no such button.
    resend: String,
}

#[wasm_bindgen]
impl Widget {
    /// Takes over the form of `document`.
    #[must_use]
    pub fn start(document: Object, host: Host) -> Widget {
        let data = document.find("warifu").get("dataset");
        // Where an app makes the codes, the page has no resend button and none of its words.
        let app = text(&data, "textWait").is_empty();
        let resend = if app { String::new() } else { text_of(&document.find("resend")) };
        let page = Page { document, data, host, resend };
        let facts = Facts {
            code_expires_in: number(&page.data, "codeExpiresIn"),
            resend_in: number(&page.data, "resendIn"),
            resends_left: number(&page.data, "resendsLeft"),
            app,
            delivery: text(&page.data, "delivery"),
            send: number(&page.data, "send"),
            ahead: page.ahead(),
            next: number(&page.data, "next"),
        };
        let state = State::open(facts, clock(), &mut |effect| page.perform(effect));
        page.show(state.view());
        Widget { page, state: RefCell::new(state) }
    }

    /// Handles an event of the page or of a request. A value that is not an event comes from the
    /// timer.
    pub fn handle(&self, event: &Object) {
        // Moving the focus fires `change` while an event is being handled. That inner event is
        // ignored: the input is normalised already.
        let Ok(mut state) = self.state.try_borrow_mut() else { return };
        let page = &self.page;
        let input = page.document.find("code");
        let value = text(&input, "value");
        let code = text(event, "code");
        let target = event.get("target");
        let answer = event.get("answer");
        let event = match text(event, "type").as_str() {
            "" => Event::Tick,
            "otp" => Event::Received(&code),
            "loadend" => Event::Answered(&answer),
            "load" => Event::Looked(&answer),
            "submit" => {
                event.prevent_default();
                let action = match text(&target, "id").as_str() {
                    "form" => Action::Verify,
                    "resend-form" => Action::Resend,
                    _ => Action::Cancel,
                };
                Event::Pressed { action, text: &value }
            }
            // While an input method composes, the input is left alone: rewriting it would disturb
            // the composition.
            _ if number(event, "isComposing") == 1 => return,
            _ => Event::Typed { text: &value, caret: number(&input, "selectionStart") },
        };
        state.hidden = number(&page.document, "hidden") == 1;
        state.compare_clocks(page.ahead());
        state.update(event, clock(), &mut |effect| page.perform(effect));
        page.show(state.view());
    }
}

/// The Worker's answer.
impl Answer for Object {
    fn text(&self, name: &str) -> String {
        text(self, name)
    }

    fn number(&self, name: &str) -> u32 {
        number(self, name)
    }
}

impl Page {
    fn perform(&self, effect: Effect<'_>) {
        match effect {
            Effect::Retype { text, caret } => {
                let input = self.document.find("code");
                input.set("value", text);
                input.select(caret, caret);
            }
            Effect::Write(place, text) => {
                let place = match place {
                    Place::Sent => "sent",
                    Place::Status => "status",
                    Place::Error => "error",
                    Place::Timer => "timer",
                };
                match text {
                    Text::Given(text) => self.write(place, text),
                    Text::ResendLabel => {
                        self.write(place, &text_of(&self.document.find("resend")));
                    }
                    Text::Word(word) => {
                        let name = match word {
                            Word::Offline => "textOffline",
                            Word::Five => "textFive",
                            Word::One => "textOne",
                            Word::Dead => "textDead",
                        };
                        self.write(place, &self::text(&self.data, name));
                    }
                }
            }
            Effect::Invalid(invalid) => self.mark("code", "ariaInvalid", invalid),
            Effect::Post(action, body) => {
                let form = match action {
                    Action::Verify => "form",
                    Action::Resend => "resend-form",
                    Action::Cancel => "cancel-form",
                };
                self.host.ask(form, &text(&self.document.find(form), "action"), body);
            }
            Effect::Look => self.host.ask("look", &text(&self.data, "look"), ""),
            Effect::End(end) => {
                self.write("ended", end.text);
                self.data.set("response", end.response);
                // A directory server's form knows its end from the beginning.
                if !end.return_to.is_empty() {
                    self.data.set("return", end.return_to);
                }
                self.data.set("error", end.error);
                self.data.set("status", end.status);
            }
            Effect::FocusCode => {
                let input = self.document.find("code");
                input.focus();
                input.select(0, u32::MAX);
            }
            Effect::FocusEnded => self.document.find("ended").focus(),
            Effect::Tell(Tell::Trouble(code)) => self.host.tell("error", code),
            Effect::Tell(Tell::Resent(send)) => {
                let mut number = String::new();
                push_number(&mut number, send);
                self.host.tell("resend", &number);
            }
            Effect::Tell(Tell::Ended) => self.host.tell("end", ""),
            Effect::Tell(Tell::Reload) => self.host.tell("reload", ""),
            Effect::Tell(Tell::Listen) => self.host.tell("listen", ""),
            Effect::Tell(Tell::Ignore) => self.host.tell("ignore", ""),
            Effect::Wake(after) => self.host.wake(after),
        }
    }

    fn show(&self, view: View) {
        if let Some(seconds) = view.code_expires_in {
            self.write("timer", &fill(&text(&self.data, "textTimer"), seconds));
        }
        // `ariaDisabled` and not `disabled`: a button that is disabled loses the focus of the
        // cardholder who has just pressed it.
        if let Some(resend) = view.resend {
            if resend.wait > 0 {
                self.write("resend", &fill(&text(&self.data, "textWait"), resend.wait));
            } else {
                self.write("resend", &self.resend);
            }
            self.mark("resend", "ariaDisabled", resend.rests);
        }
        self.mark("send", "ariaDisabled", view.busy);
        self.mark("cancel", "ariaDisabled", view.busy);
    }

    /// Writes a text if it differs from what is there: a screen reader announces every text that is
    /// written.
    fn write(&self, id: &str, new: &str) {
        let element = self.document.find(id);
        if text_of(&element) != new {
            element.set("textContent", new);
        }
    }

    /// By how many milliseconds the device's clock is ahead of the page's, modulo 2^32.
    fn ahead(&self) -> u32 {
        number(self.host.unchecked_ref(), "ahead")
    }

    fn mark(&self, id: &str, name: &str, value: bool) {
        self.document.find(id).set(name, if value { "true" } else { "false" });
    }
}

fn clock() -> u32 {
    browser::now() as u32
}

fn text_of(element: &Object) -> String {
    text(element, "textContent")
}

fn text(object: &Object, name: &str) -> String {
    object.get(name).as_string().unwrap_or_default()
}

fn number(object: &Object, name: &str) -> u32 {
    object.number(name) as u32
}

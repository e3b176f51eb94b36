//! A page of the Worker in small, its network and its channel replaced.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Function, Promise, Reflect};
use warifu_widget::dom::Widget;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Document, Element, Event, EventInit, HtmlInputElement, InputEvent, InputEventInit};

const PAGE: &str = r#"
<div id="warifu" data-status="pending" data-text-offline="通信できません"
  data-text-timer="あと{m}分{s}秒" data-text-wait="再送信（{s}秒）" data-text-five="5分"
  data-text-one="1分" data-text-dead="期限切れ"
  data-delivery="sending" data-look="/challenge/x/delivery">
  <p id="sent">宛先</p><p id="ended" tabindex="-1"></p>
  <form id="form" action="/challenge/x/verify" method="post">
    <span id="timer">サーバーの言葉</span><input id="code" name="code">
    <p id="error"></p><p id="status"></p><button id="send">送信</button>
  </form>
  <form id="resend-form" action="/challenge/x/resend"><button id="resend">OTP再送信</button></form>
  <form id="cancel-form" action="/challenge/x/cancel"><button id="cancel">キャンセル</button></form>
</div>"#;

/// Where an app makes the codes: no time, no resend, and none of their words.
const APP_PAGE: &str = r#"
<div id="warifu" data-status="pending" data-text-offline="通信できません">
  <p id="sent">アプリの番号</p><p id="ended" tabindex="-1"></p>
  <form id="form" action="/challenge/x/verify" method="post">
    <input id="code" name="code">
    <p id="error"></p><p id="status"></p><button id="send">送信</button>
  </form>
  <form id="cancel-form" action="/challenge/x/cancel"><button id="cancel">キャンセル</button></form>
</div>"#;

// A network that answers when it is told to, and what `js/boot.js` is to the widget. The timers of an
// earlier test's widget must not reach this test's page: its listener goes dead.
#[wasm_bindgen(inline_js = r#"
let sent, last, generation = 0;
class Request extends EventTarget {
  status = 0; response = null; headers = [];
  open(method, address) { this.line = `${method} ${new URL(address, location.href).pathname}`; }
  setRequestHeader(name, value) { this.headers.push(value); }
  send(body) { sent.push(`${this.line} ${this.headers.join(" ")} ${body}`); last = this; }
}
export function install() {
  sent = [];
  generation++;
  globalThis.XMLHttpRequest = Request;
}
export function requests() { return sent; }
export function respond(status, body) {
  last.status = status;
  last.response = body ? JSON.parse(body) : null;
  if (status) last.dispatchEvent(new Event("load"));
  last.dispatchEvent(new Event("loadend"));
}
export function recorder(told, listener, ask) {
  globalThis.onerror = (message) => void told.push(message);
  return {
    tell(kind, value) { told.push(`${kind} ${value}`); },
    ask(...request) { ask(listener, ...request); },
    wake(milliseconds) { setTimeout(listener, milliseconds, document); },
  };
}
export function during_this_test(listener) {
  const mine = generation;
  return (event) => { if (mine == generation) listener(event); };
}
export function type_as_a_person(input, text) {
  input.focus();
  document.execCommand("insertText", false, text);
}
export function a_moment() { return new Promise((resolve) => setTimeout(resolve, 20)); }
"#)]
extern "C" {
    fn install();
    fn requests() -> Array;
    fn respond(status: u32, body: &str);
    fn recorder(told: &Array, listener: &Function, ask: &JsValue) -> JsValue;
    fn during_this_test(listener: &JsValue) -> Function;
    fn type_as_a_person(input: &JsValue, text: &str);
    fn a_moment() -> Promise;
}

#[wasm_bindgen(module = "/js/ask.js")]
extern "C" {
    /// The requests are those of the script that the page has.
    #[wasm_bindgen(thread_local_v2, js_name = ask)]
    static ASK: JsValue;
}

pub(crate) struct Page {
    document: Document,
    told: Array,
}

impl Page {
    /// A page whose `data-*` have these numbers, with the widget at work on it.
    pub(crate) fn open(code_expires_in: u32, resend_in: u32, resends_left: u32) -> Self {
        Self::of(PAGE, code_expires_in, resend_in, resends_left, 0)
    }

    /// A page whose code is on its way.
    pub(crate) fn open_sending() -> Self {
        Self::of(PAGE, 600, 30, 3, 1)
    }

    /// The page of a cardholder with an app.
    pub(crate) fn open_app() -> Self {
        Self::of(APP_PAGE, 0, 0, 0, 0)
    }

    fn of(html: &str, code_expires_in: u32, resend_in: u32, resends_left: u32, next: u32) -> Self {
        install();
        let document = web_sys::window().unwrap().document().unwrap();
        let told = Array::new();
        let page = Self { document, told };
        // The body itself belongs to the test runner, which reports in it.
        if let Some(earlier) = page.document.get_element_by_id("warifu") {
            earlier.remove();
        }
        let body = page.document.body().unwrap();
        body.insert_adjacent_html("beforeend", html).unwrap();
        let numbers = [
            ("data-code-expires-in", code_expires_in),
            ("data-resend-in", resend_in),
            ("data-resends-left", resends_left),
            ("data-next", next),
        ];
        for (name, number) in numbers {
            page.find("warifu").set_attribute(name, &number.to_string()).unwrap();
        }

        let widget: Rc<RefCell<Option<Widget>>> = Rc::default();
        let handler = {
            let widget = Rc::clone(&widget);
            Closure::<dyn Fn(JsValue)>::new(move |event: JsValue| {
                widget.borrow().as_ref().unwrap().handle(event.unchecked_ref());
            })
        };
        let listener = during_this_test(&handler.into_js_value());
        for kind in ["input", "change", "compositionend", "submit", "otp"] {
            page.find("warifu").add_event_listener_with_callback(kind, &listener).unwrap();
        }
        *widget.borrow_mut() = Some(Widget::start(
            JsValue::from(&page.document).unchecked_into(),
            ASK.with(|ask| recorder(&page.told, &listener, ask)).unchecked_into(),
        ));
        page
    }

    pub(crate) fn find(&self, id: &str) -> Element {
        self.document.get_element_by_id(id).unwrap()
    }

    pub(crate) fn input(&self) -> HtmlInputElement {
        self.find("code").unchecked_into()
    }

    pub(crate) fn text(&self, id: &str) -> String {
        self.find(id).text_content().unwrap()
    }

    pub(crate) fn children(&self, id: &str) -> u32 {
        self.find(id).child_element_count()
    }

    pub(crate) fn attribute(&self, id: &str, name: &str) -> String {
        self.find(id).get_attribute(name).unwrap_or_default()
    }

    pub(crate) fn focused(&self) -> String {
        self.document.active_element().unwrap().id()
    }

    /// What the page of the merchant would be told.
    pub(crate) fn told(&self) -> Vec<String> {
        strings(&self.told)
    }

    /// What went over the network.
    pub(crate) fn requests(&self) -> Vec<String> {
        strings(&requests())
    }

    /// Ends the newest request; status 0 is a network that failed.
    pub(crate) fn answer(&self, status: u32, body: &str) {
        respond(status, body);
    }

    pub(crate) fn fire(&self, id: &str, kind: &str) {
        let init = EventInit::new();
        init.set_bubbles(true);
        init.set_cancelable(true);
        let event = Event::new_with_event_init_dict(kind, &init).unwrap();
        self.find(id).dispatch_event(&event).unwrap();
    }

    pub(crate) fn submit(&self, form: &str) {
        self.fire(form, "submit");
    }

    pub(crate) fn type_in(&self, text: &str, caret: u32) {
        self.input().set_value(text);
        self.input().set_selection_range(caret, caret).unwrap();
        self.fire("code", "input");
    }

    /// So that leaving the input counts as a change, which only a person can bring about.
    pub(crate) fn edit(&self, text: &str) {
        type_as_a_person(&self.input(), text);
    }

    /// An input method shows `text` but has not committed it.
    pub(crate) fn compose(&self, text: &str) {
        self.input().set_value(text);
        let init = InputEventInit::new();
        init.set_bubbles(true);
        init.set_is_composing(true);
        let event = InputEvent::new_with_event_init_dict("input", &init).unwrap();
        self.find("code").dispatch_event(&event).unwrap();
    }

    pub(crate) fn end_composition(&self) {
        self.fire("code", "compositionend");
    }

    /// The browser offers what an SMS says.
    pub(crate) fn receive(&self, code: &str) {
        let event = Event::new("otp").unwrap();
        Reflect::set(&event, &"code".into(), &code.into()).unwrap();
        self.find("warifu").dispatch_event(&event).unwrap();
    }

    /// Waits for what time brings; the test runner's time limit ends what never comes.
    pub(crate) async fn until(&self, condition: impl Fn() -> bool) {
        while !condition() {
            JsFuture::from(a_moment()).await.unwrap();
        }
    }
}

fn strings(array: &Array) -> Vec<String> {
    array.iter().map(|item| item.as_string().unwrap()).collect()
}

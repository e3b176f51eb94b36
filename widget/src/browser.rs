//! The browser's interfaces, as far as the widget uses them.
//!
//! Not `web-sys`: its imports come with glue that catches exceptions, and none of the calls below
//! throws. Every import that is listed here is downloaded by each cardholder, and has its JavaScript in
//! `js/wasm.js`.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The script around the widget: it owns the channel to the merchant's page, and the listener of
    /// requests and timers, which calls [`Widget::handle`](crate::dom::Widget::handle).
    pub type Host;

    /// Passes one message on to the merchant's page.
    #[wasm_bindgen(method)]
    pub fn tell(this: &Host, kind: &str, value: &str);

    /// Posts the form of this id, or asks how the delivery stands (`look`). The listener gets the
    /// request's event.
    #[wasm_bindgen(method)]
    pub fn ask(this: &Host, what: &str, address: &str, body: &str);

    /// Has the listener called after this time, with a value that is not an event.
    #[wasm_bindgen(method)]
    pub fn wake(this: &Host, milliseconds: u32);

    /// Anything with properties: an event, an element, an answer.
    pub type Object;

    /// A property.
    #[wasm_bindgen(method, structural, indexing_getter)]
    pub fn get(this: &Object, name: &str) -> Object;

    /// A property as JavaScript makes a number of it: 1 for `true`, 0 for `false` and `null`, NaN for
    /// one that is missing.
    #[wasm_bindgen(method, structural, indexing_getter)]
    pub fn number(this: &Object, name: &str) -> f64;

    /// Sets a property.
    #[wasm_bindgen(method, structural, indexing_setter)]
    pub fn set(this: &Object, name: &str, value: &str);

    /// `getElementById` of a document. The page that the Worker serves has every element that is
    /// asked for.
    #[wasm_bindgen(method, js_name = getElementById)]
    pub fn find(this: &Object, id: &str) -> Object;

    /// `focus` of an element.
    #[wasm_bindgen(method)]
    pub fn focus(this: &Object);

    /// `setSelectionRange` of an input.
    #[wasm_bindgen(method, js_name = setSelectionRange)]
    pub fn select(this: &Object, start: u32, end: u32);

    /// `preventDefault` of an event.
    #[wasm_bindgen(method, js_name = preventDefault)]
    pub fn prevent_default(this: &Object);

    /// `performance.now`, which is monotonic: a change of the computer's clock moves no deadline.
    #[wasm_bindgen(js_namespace = performance)]
    pub fn now() -> f64;
}

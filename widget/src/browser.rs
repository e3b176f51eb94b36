//! The browser's interfaces, as far as the widget uses them.
//!
//! Not `web-sys`: nothing here throws in the ways it is called, and imports that cannot throw need
//! no glue to catch. What is listed here is what is downloaded.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The script around the widget: it owns the channel to the merchant's page, and the listener of
    /// requests and timers, which calls [`Widget::handle`](crate::dom::Widget::handle).
    pub type Host;

    /// Passes on one message.
    #[wasm_bindgen(method)]
    pub fn tell(this: &Host, kind: &str, value: &str);

    /// Sends a request; the listener hears its event `until`.
    #[wasm_bindgen(method)]
    pub fn ask(this: &Host, method: &str, address: &str, until: &str, body: &str);

    /// Has the listener called after this time, with what is no event.
    #[wasm_bindgen(method)]
    pub fn wake(this: &Host, milliseconds: u32);

    /// Anything with properties: an event, an element, an answer.
    pub type Object;

    /// A property.
    #[wasm_bindgen(method, structural, indexing_getter)]
    pub fn get(this: &Object, name: &str) -> JsValue;

    /// Sets a property.
    #[wasm_bindgen(method, structural, indexing_setter)]
    pub fn set(this: &Object, name: &str, value: &str);

    /// `getElementById` of a document. The page that the Worker serves has every element asked for,
    /// but where an app makes the codes no resend button: that is `null` then.
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

    /// Monotonic: neither a wrong clock nor a sleeping tab moves a deadline.
    #[wasm_bindgen(js_namespace = performance)]
    pub fn now() -> f64;
}

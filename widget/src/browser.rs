//! The browser's interfaces, as far as the widget uses them.
//!
//! Not `web-sys`: nothing here throws in the ways it is called, and imports that cannot throw need
//! no glue to catch. What is listed here is what is downloaded.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// A function, kept for others to call.
    pub type Function;

    /// The script around the widget: it owns the channel to the merchant's page.
    pub type Host;

    /// Passes on one message.
    #[wasm_bindgen(method)]
    pub fn tell(this: &Host, kind: &str, value: &str);

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

    /// `XMLHttpRequest`: unlike `fetch` it reports by events, so the one listener hears it too.
    #[wasm_bindgen(extends = Object, js_name = XMLHttpRequest)]
    pub type Request;

    /// A request not yet opened.
    #[wasm_bindgen(constructor, js_class = XMLHttpRequest)]
    pub fn new() -> Request;

    /// `open`.
    #[wasm_bindgen(method)]
    pub fn open(this: &Request, method: &str, address: &str);

    /// `setRequestHeader`.
    #[wasm_bindgen(method, js_name = setRequestHeader)]
    pub fn header(this: &Request, name: &str, value: &str);

    /// `addEventListener`.
    #[wasm_bindgen(method, js_name = addEventListener)]
    pub fn listen(this: &Request, kind: &str, listener: &Function);

    /// `send`.
    #[wasm_bindgen(method)]
    pub fn send(this: &Request, body: &str);

    /// Monotonic: neither a wrong clock nor a sleeping tab moves a deadline.
    #[wasm_bindgen(js_namespace = performance)]
    pub fn now() -> f64;

    /// `setTimeout`; the listener is called with `argument`.
    #[wasm_bindgen(js_name = setTimeout)]
    pub fn wake(listener: &Function, milliseconds: u32, argument: &Object);
}

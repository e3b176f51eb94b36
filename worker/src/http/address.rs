//! Addresses, read by the platform's own URL parser (WHATWG): the one that browsers use, and no
//! tables of ours to download.

use warifu_core::{cardholder::View, record::Sheet};
use web_sys::Url;

/// A parsed absolute URL.
pub(crate) struct Address(Url);

impl Address {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Url::new(text).ok().map(Self)
    }

    /// Scheme, host and port, such as `https://shop.example`.
    pub(crate) fn origin(&self) -> String {
        self.0.origin()
    }

    /// Host without port.
    pub(crate) fn host(&self) -> String {
        self.0.hostname()
    }

    pub(crate) fn is_https(&self) -> bool {
        self.0.protocol() == "https:"
    }

    pub(crate) fn is_http(&self) -> bool {
        self.0.protocol() == "http:"
    }

    /// Whether browsers may be sent there: over TLS, or to this machine where `is_development`, and
    /// without credentials.
    pub(crate) fn is_web(&self, is_development: bool) -> bool {
        let local = is_development && self.is_http() && is_local(&self.host());
        (self.is_https() || local) && !self.has_credentials()
    }

    /// Whether it names a user or a password.
    pub(crate) fn has_credentials(&self) -> bool {
        !self.0.username().is_empty() || !self.0.password().is_empty()
    }

    /// The path between its slashes.
    pub(crate) fn segments(&self) -> Vec<String> {
        self.0.pathname().split('/').skip(1).map(str::to_owned).collect()
    }

    /// Path and query, as a request's first line has them.
    pub(crate) fn target(&self) -> String {
        self.0.pathname() + &self.0.search()
    }

    /// A parameter of the query.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        self.0.search_params().get(name)
    }

    /// The same address with this parameter, once. The rest of the query keeps its bytes, because
    /// its author may have signed them.
    pub(crate) fn with_query(self, name: &str, value: &str) -> String {
        if self.query(name).is_some() {
            self.0.search_params().set(name, value);
        } else {
            let search = self.0.search();
            let joint = if search.is_empty() { "?" } else { "&" };
            let value = String::from(js_sys::encode_uri_component(value));
            self.0.set_search(&format!("{search}{joint}{name}={value}"));
        }
        self.0.href()
    }

    pub(crate) fn into_text(self) -> String {
        self.0.href()
    }
}

/// The host of the page that the form is shown in: of the page that first showed it, or else of the
/// first of the merchant's origins.
pub(crate) fn merchant_host(sheet: Sheet<'_>, view: &View) -> Option<String> {
    let registered = || Address::parse(sheet.origins.first()?).map(|origin| origin.host());
    view.hostname.clone().or_else(registered)
}

/// Whether a host is this machine.
pub(crate) fn is_local(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

#[cfg(test)]
mod tests;

//! Where a line comes from: the request that it was written in, who made the request, and about
//! whom. Each line of a request has what is known of this.

use std::cell::OnceCell;

use warifu_core::{
    ids::{CardholderId, KeyId, MerchantId},
    secret::KeyMode,
};

/// Whoever was let in.
pub(crate) enum Caller {
    /// The issuer, by the key of this name.
    Issuer { key: String },
    /// A merchant, by its key of this id.
    Merchant { id: MerchantId, key: KeyId },
    /// A merchant, by its test key of this id.
    TestMerchant { id: MerchantId, key: KeyId },
    /// A browser with the address of a form or of enrollment pages.
    Cardholder,
    /// A directory server of EMV 3-D Secure, by the id that the settings give it.
    DirectoryServer { id: String },
}

/// What is known of a request. It is learned while the request is handled.
#[derive(Default)]
pub(crate) struct Source {
    request: Option<String>,
    /// The caller's network, unless the request's address is a secret: then the caller is a
    /// cardholder, whose network no line has.
    address: Option<String>,
    /// Method and route, with parameters by their names.
    call: OnceCell<String>,
    caller: OnceCell<Caller>,
    about: OnceCell<CardholderId>,
}

impl Source {
    /// The source of a request with this id, from this network.
    pub(crate) fn of_request(request: &str, address: Option<String>) -> Self {
        Self { request: Some(request.to_owned()), address, ..Self::default() }
    }

    /// The id of the request.
    pub(crate) fn request(&self) -> Option<&str> {
        self.request.as_deref()
    }

    /// Notes what was called. The first call counts.
    pub(crate) fn calls(&self, method: &str, route: &str) {
        drop(self.call.set(format!("{method} {route}")));
    }

    /// Notes who called. The first caller counts.
    pub(crate) fn called_by(&self, caller: Caller) {
        drop(self.caller.set(caller));
    }

    /// Who called, once that is known.
    pub(crate) fn caller(&self) -> Option<&Caller> {
        self.caller.get()
    }

    /// Notes whom the request is about. The first one counts.
    pub(crate) fn is_about(&self, cardholder: &CardholderId) {
        drop(self.about.set(cardholder.clone()));
    }

    /// The members of a line, in their order.
    pub(super) fn members(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let (by, issuer_key, merchant, mode) = match self.caller() {
            None => (None, None, None, None),
            Some(Caller::Issuer { key }) => (Some("issuer"), Some(key.as_str()), None, None),
            Some(Caller::Merchant { id, key }) => (Some("merchant"), None, Some((id, key)), None),
            Some(Caller::TestMerchant { id, key }) => {
                (Some("merchant"), None, Some((id, key)), Some(KeyMode::Test.as_str()))
            }
            Some(Caller::Cardholder) => (Some("cardholder"), None, None, None),
            Some(Caller::DirectoryServer { .. }) => (Some("directory_server"), None, None, None),
        };
        let directory_server = match self.caller() {
            Some(Caller::DirectoryServer { id }) => Some(id.as_str()),
            Some(
                Caller::Issuer { .. }
                | Caller::Merchant { .. }
                | Caller::TestMerchant { .. }
                | Caller::Cardholder,
            )
            | None => None,
        };
        let members = [
            ("by", by),
            ("issuer_key", issuer_key),
            ("merchant", merchant.map(|(id, _)| id.as_str())),
            ("key", merchant.map(|(_, key)| key.as_str())),
            ("mode", mode),
            ("directory_server", directory_server),
            ("cardholder", self.about.get().map(CardholderId::as_str)),
            ("call", self.call.get().map(String::as_str)),
            ("address", self.address.as_deref()),
            ("request", self.request()),
        ];
        members.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }
}

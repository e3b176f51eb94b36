//! The issuer's own receiver of events, from its settings.

use std::rc::Rc;

use warifu_core::webhook::WebhookSecret;
use warifu_delivery::settings::{SettingError, Settings};

use crate::{
    http::receiver,
    settings::{ISSUER_EVENTS_SECRETS, ISSUER_EVENTS_URL, PUBLIC_ORIGIN},
};

/// The issuer's receiver of events and the secrets that sign them.
pub(crate) struct IssuerEvents {
    pub(crate) url: String,
    /// The secrets, the newest first. Each signs every event.
    pub(crate) secrets: Rc<Vec<WebhookSecret>>,
}

impl IssuerEvents {
    /// Reads `ISSUER_EVENTS_URL` and `ISSUER_EVENTS_SECRETS`.
    pub(super) fn read(settings: &mut Settings<'_>) -> Result<Option<Self>, SettingError> {
        let Some(url) = settings.optional(&ISSUER_EVENTS_URL) else { return Ok(None) };
        let own = settings.optional(&PUBLIC_ORIGIN);
        let url = receiver(&url, own.as_deref(), settings.is_development())
            .ok_or_else(|| ISSUER_EVENTS_URL.refused())?;
        let secrets = settings.optional(&ISSUER_EVENTS_SECRETS).unwrap_or_default();
        let secrets = WebhookSecret::parse_list(&secrets);
        let secrets = secrets.ok_or_else(|| ISSUER_EVENTS_SECRETS.refused())?;
        Ok(Some(Self { url, secrets: Rc::new(secrets) }))
    }
}

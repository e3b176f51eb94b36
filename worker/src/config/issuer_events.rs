//! The issuer's own receiver of events, from its settings.

use std::rc::Rc;

use warifu_core::webhook::WebhookSecret;
use warifu_delivery::settings::{SettingError, Settings};

use crate::{
    http::may_receive,
    settings::{ISSUER_EVENTS_SECRETS, ISSUER_EVENTS_URL},
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
        if !may_receive(&url, settings.is_development()) {
            return Err(ISSUER_EVENTS_URL.refused());
        }
        let secrets = settings.optional(&ISSUER_EVENTS_SECRETS).unwrap_or_default();
        let secrets = WebhookSecret::parse_list(&secrets);
        let secrets = secrets.ok_or_else(|| ISSUER_EVENTS_SECRETS.refused())?;
        Ok(Some(Self { url, secrets: Rc::new(secrets) }))
    }
}

//! The last line of a text message, which binds its code to the site that may be given it (WICG
//! sms-one-time-codes): `@shop.example #123456 @otp.example`.

use warifu_core::{cardholder::View, record::ChallengeRecord};

use crate::{
    config::ConfigError,
    edge::Edge,
    http::{Address, Incoming},
};

/// Which line that is: `SMS_BOUND_LINE`.
#[derive(Clone, Copy)]
pub(crate) enum BoundLine {
    None,
    /// It names the merchant's site.
    Merchant,
    /// It names the sites of the merchant's page and of the form in it, or of the form alone.
    MerchantAndFrame,
}

impl BoundLine {
    pub(crate) fn read(given: Option<&str>) -> Result<Self, ConfigError> {
        match given {
            None | Some("none") => Ok(Self::None),
            Some("merchant") => Ok(Self::Merchant),
            Some("merchant-and-frame") => Ok(Self::MerchantAndFrame),
            Some(_) => {
                Err(ConfigError::new("SMS_BOUND_LINE", "be none, merchant or merchant-and-frame"))
            }
        }
    }
}

/// The hosts that a code is for; neither has a port.
pub(crate) struct Bound {
    pub(super) top: String,
    pub(super) frame: Option<String>,
}

impl Bound {
    /// For the form that asks for the code.
    pub(crate) fn to(
        edge: &Edge,
        incoming: &Incoming,
        record: &ChallengeRecord,
        view: &View,
    ) -> Option<Self> {
        let host = |origin: &str| Address::parse(origin).map(|origin| origin.host());
        let own = host(&edge.origin);
        let merchant = match &view.hostname {
            Some(host) => Some(host.clone()),
            None => record.origins.first().and_then(|origin| host(origin)),
        };
        let (top, frame) = match edge.config.bound_line {
            BoundLine::None => return None,
            BoundLine::Merchant => (merchant, None),
            BoundLine::MerchantAndFrame if incoming.is_top_level() => (own, None),
            BoundLine::MerchantAndFrame => (merchant, own),
        };
        Some(Self { top: top?, frame })
    }

    /// The line, after a text.
    pub(super) fn append(&self, text: &mut String, code: &str) {
        text.push_str(&["\n@", &self.top, " #", code].concat());
        if let Some(frame) = &self.frame {
            text.push_str(&[" @", frame].concat());
        }
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn the_line_is_written_as_the_specification_does() {
        for (frame, line) in [
            (None, "Text\n@example.com #747723"),
            (Some("ecommerce.example"), "Text\n@example.com #747723 @ecommerce.example"),
        ] {
            let bound = Bound { top: "example.com".to_owned(), frame: frame.map(str::to_owned) };
            let mut text = "Text".to_owned();
            bound.append(&mut text, "747723");
            assert_eq!(text, line);
        }
    }
}

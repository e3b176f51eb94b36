//! The last line of a text message, which binds its code to the site that may be given it (WICG
//! sms-one-time-codes): `@shop.example #123456 @otp.example`.

use crate::settings::{Setting, Settings};

/// Which hosts the last line of a text message names.
pub const SMS_BOUND_LINE: Setting = Setting::text(
    "SMS_BOUND_LINE",
    "be none, merchant or merchant-and-frame",
    |text| matches!(text, "none" | "merchant" | "merchant-and-frame"),
    "none",
);

/// What `SMS_BOUND_LINE` chooses: what the last line of a text message names.
#[derive(Clone, Copy)]
pub enum BoundSites {
    /// Text messages have no such line.
    None,
    /// It names the merchant's site.
    Merchant,
    /// It names the sites of the merchant's page and of the form in it, or of the form alone.
    MerchantAndFrame,
}

impl BoundSites {
    /// Reads `SMS_BOUND_LINE`.
    pub fn read(settings: &mut Settings<'_>) -> Self {
        match settings.required(&SMS_BOUND_LINE).as_str() {
            "merchant" => Self::Merchant,
            "merchant-and-frame" => Self::MerchantAndFrame,
            _ => Self::None,
        }
    }
}

/// The hosts that a text message binds its code to. Neither has a port.
pub struct BoundLine {
    /// The host of the page that the browser shows.
    pub top: String,
    /// The host of the form, if a frame of that page shows it.
    pub frame: Option<String>,
}

impl BoundLine {
    /// Adds the line to a text.
    pub(crate) fn append(&self, text: &mut String, code: &str) {
        text.push_str(&["\n@", &self.top, " #", code].concat());
        if let Some(frame) = &self.frame {
            text.push_str(&[" @", frame].concat());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_written_as_the_specification_does() {
        for (frame, line) in [
            (None, "Text\n@example.com #747723"),
            (Some("ecommerce.example"), "Text\n@example.com #747723 @ecommerce.example"),
        ] {
            let bound =
                BoundLine { top: "example.com".to_owned(), frame: frame.map(str::to_owned) };
            let mut text = "Text".to_owned();
            bound.append(&mut text, "747723");
            assert_eq!(text, line);
        }
    }
}

//! The conditions under which an element of an AReq must be there.

use super::known::Known;
use crate::json::Value;

pub(crate) fn payment(known: &Known<'_>) -> bool {
    known.says("messageCategory", "01")
}

pub(crate) fn javascript(known: &Known<'_>) -> bool {
    known.is_true("browserJavascriptEnabled")
}

/// Payments, and messages without one that are about payments to come. What a requestor begins alone is
/// answered without a challenge, so `threeRIInd` asks for nothing, here and below.
pub(crate) fn purchase(known: &Known<'_>) -> bool {
    // Recurring, instalment; in 2.3.1 also billing agreement, split and delayed shipment.
    const ASKED: [&str; 5] = ["02", "03", "07", "08", "09"];
    let meant = if known.says("messageVersion", "2.2.0") { 2 } else { ASKED.len() };
    let asked = ASKED.get(..meant).unwrap_or_default();
    payment(known)
        || known.text("threeDSRequestorAuthenticationInd").is_some_and(|it| asked.contains(&it))
}

pub(crate) fn recurring(known: &Known<'_>) -> bool {
    known.says("threeDSRequestorAuthenticationInd", "02") || instalment(known)
}

pub(crate) fn instalment(known: &Known<'_>) -> bool {
    known.says("threeDSRequestorAuthenticationInd", "03")
}

pub(crate) fn fixed_frequency(known: &Known<'_>) -> bool {
    recurring_indicator(known, "frequencyInd") == Some("01")
}

pub(crate) fn fixed_amount(known: &Known<'_>) -> bool {
    recurring(known) && recurring_indicator(known, "amountInd") == Some("01")
}

pub(crate) fn decoupled(known: &Known<'_>) -> bool {
    matches!(known.text("threeDSRequestorDecReqInd"), Some("Y" | "F" | "B"))
}

fn recurring_indicator<'k>(known: &'k Known<'_>, name: &str) -> Option<&'k str> {
    known.get("recurringInd").and_then(|object| object.get(name)).and_then(Value::as_text)
}

//! Data points in Workers Analytics Engine: sends, outcomes, refusals, long text messages. None has a
//! cardholder's id, a destination or an amount.

use warifu_core::ids::MerchantId;
use worker::{AnalyticsEngineDataPointBuilder, Env};

/// The binding of the data set. A deployment may have none.
const METRICS: &str = "METRICS";

/// One data point.
pub(crate) enum Point<'a> {
    /// No further provider is asked to carry a code.
    Send {
        merchant: &'a MerchantId,
        channel: &'a str,
        outcome: &'a str,
        /// The provider that was asked last, or none.
        provider: &'a str,
        milliseconds: u64,
        tried: u32,
        segments: u32,
    },
    /// A challenge ended.
    Outcome {
        merchant: &'a MerchantId,
        channel: &'a str,
        status: &'a str,
        /// From the first showing of the form to the end, in seconds; 0 if it was never shown.
        seconds: f64,
        tries: u32,
        sends: u32,
    },
    /// Something was refused: to a merchant, on a form, or to whoever is not known.
    Refusal { merchant: Option<&'a MerchantId>, channel: Option<&'a str>, problem: &'a str },
    /// A text message has several segments, each of which is paid.
    SmsLong { encoding: &'a str, locale: &'a str, segments: u32 },
}

/// The columns of a point: texts (`blob1`, `blob2`, …) and numbers (`double1`, …), by what they are.
struct Columns<'a> {
    /// By which the platform samples.
    index: &'a str,
    blobs: Vec<(&'static str, &'a str)>,
    doubles: Vec<(&'static str, f64)>,
}

impl Point<'_> {
    fn columns(&self) -> Columns<'_> {
        match *self {
            Self::Send { merchant, channel, outcome, provider, milliseconds, tried, segments } => {
                Columns {
                    index: merchant.as_str(),
                    blobs: vec![
                        ("send", "send"),
                        ("merchant", merchant.as_str()),
                        ("channel", channel),
                        ("outcome", outcome),
                        ("provider", provider),
                    ],
                    doubles: vec![
                        ("milliseconds", milliseconds as f64),
                        ("tried", tried.into()),
                        ("segments", segments.into()),
                    ],
                }
            }
            Self::Outcome { merchant, channel, status, seconds, tries, sends } => Columns {
                index: merchant.as_str(),
                blobs: vec![
                    ("outcome", "outcome"),
                    ("merchant", merchant.as_str()),
                    ("channel", channel),
                    ("status", status),
                ],
                doubles: vec![
                    ("seconds", seconds),
                    ("tries", tries.into()),
                    ("sends", sends.into()),
                ],
            },
            Self::Refusal { merchant, channel, problem } => {
                let merchant = merchant.map(MerchantId::as_str).unwrap_or_default();
                Columns {
                    index: merchant,
                    blobs: vec![
                        ("refusal", "refusal"),
                        ("merchant", merchant),
                        ("channel", channel.unwrap_or_default()),
                        ("problem", problem),
                    ],
                    doubles: Vec::new(),
                }
            }
            Self::SmsLong { encoding, locale, segments } => Columns {
                index: "sms_long",
                blobs: vec![("sms_long", "sms_long"), ("encoding", encoding), ("locale", locale)],
                doubles: vec![("segments", segments.into())],
            },
        }
    }
}

/// Whether the deployment has a data set.
pub(crate) fn is_bound(env: &Env) -> bool {
    env.analytics_engine(METRICS).is_ok()
}

/// Writes a point to the data set, if there is one.
pub(crate) fn write(env: &Env, point: &Point<'_>) {
    let Ok(dataset) = env.analytics_engine(METRICS) else { return };
    let Columns { index, blobs, doubles } = point.columns();
    let blobs: Vec<&str> = blobs.into_iter().map(|(_, value)| value).collect();
    let doubles: Vec<f64> = doubles.into_iter().map(|(_, value)| value).collect();
    let point =
        AnalyticsEngineDataPointBuilder::new().indexes([index]).blobs(blobs).doubles(doubles);
    // A point that cannot be written fails nothing else.
    drop(point.write_to(&dataset));
}

#[cfg(test)]
mod tests;

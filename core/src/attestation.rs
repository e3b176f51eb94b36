//! The claims of an attestation: our signed statement that a challenge was verified.

use serde::Serialize;

use crate::{
    cardholder::View, record::ChallengeRecord, rules::Rules, test_mode::TestRecord,
    transaction::Transaction,
};

/// The `typ` of an attestation's header (RFC 8725 §3.11), so that no other token of ours can pass
/// for an attestation.
pub const TYPE: &str = "warifu-attestation+jwt";

/// The `typ` of the attestation of a test challenge.
pub const TEST_TYPE: &str = "warifu-test-attestation+jwt";

/// Claims as they are signed (RFC 7519). An attestation that is made anew for the same verification
/// has equal claims, so that it can be redeemed only once, whichever copy is brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Claims {
    /// Our origin.
    pub iss: String,
    /// The merchant's id.
    pub aud: String,
    /// The challenge's id.
    pub sub: String,
    /// Names the attestation: one for each verification.
    pub jti: String,
    /// When the challenge was verified, in seconds.
    pub iat: u64,
    /// When the attestation can no longer be redeemed, in seconds.
    pub exp: u64,
    /// The amount confirmed, in minor units.
    pub amount: u64,
    /// Its currency.
    pub currency: String,
    /// The card's last four digits.
    pub card_last4: String,
    /// The merchant's own name for the transaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// How the code came.
    pub channel: String,
    /// How long the destination of the code had been registered, in seconds. There is none of an app's
    /// code, and of a destination that was registered before this was noted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination_age: Option<u64>,
}

impl Claims {
    /// The claims of a verified challenge; `None` when it is not verified, and of one that a directory
    /// server asked for, which is told the result itself.
    #[must_use]
    pub fn of(record: &ChallengeRecord, view: &View, issuer: &str, rules: &Rules) -> Option<Self> {
        if record.three_ds.is_some() {
            return None;
        }
        let audience = record.transaction.merchant.as_str().to_owned();
        Self::to(audience, record.id.as_str(), &record.transaction, view, issuer, rules)
    }

    fn to(
        audience: String,
        id: &str,
        transaction: &Transaction,
        view: &View,
        issuer: &str,
        rules: &Rules,
    ) -> Option<Self> {
        use crate::cardholder::Ended;
        let outcome = view.outcome.filter(|outcome| outcome.status == Ended::Verified)?;
        let channel = view.via.as_ref()?.channel();
        // Nothing is attested where nothing is paid.
        let amount = transaction.amount.as_ref()?;
        let iat = outcome.at.unix_seconds();
        Some(Self {
            iss: issuer.to_owned(),
            aud: audience,
            sub: id.to_owned(),
            jti: format!("att_{}_{iat}", id.strip_prefix("ch_").unwrap_or(id)),
            iat,
            exp: outcome.at.plus(rules.attestation_life).unix_seconds(),
            amount: amount.minor(),
            currency: amount.currency().code().to_owned(),
            card_last4: transaction.card_last4.as_str().to_owned(),
            reference: transaction.reference.as_ref().map(|text| text.as_str().to_owned()),
            channel: channel.as_str().to_owned(),
            destination_age: view.destination_since.map(|since| outcome.at.seconds_from(since)),
        })
    }
}

/// The claims of a test challenge: those of a live one, for another audience.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct TestClaims(Claims);

impl TestClaims {
    /// The claims of a verified test challenge; `None` when it is not verified.
    #[must_use]
    pub fn of(record: &TestRecord, view: &View, issuer: &str, rules: &Rules) -> Option<Self> {
        let audience = Self::audience(record.transaction.merchant.as_str());
        let id = record.id.as_str();
        Claims::to(audience, id, &record.transaction, view, issuer, rules).map(Self)
    }

    /// The `aud` of what is attested to a merchant in tests. No merchant's id has a slash.
    #[must_use]
    pub fn audience(merchant: &str) -> String {
        format!("test/{merchant}")
    }
}

//! The address at which a cardholder says that they did not make a purchase: a token of its own, so
//! that whoever reads a notification can report its challenge and do nothing else with it.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use subtle::ConstantTimeEq as _;

use crate::{
    digest,
    ids::{BadId, ChallengeId},
    secret::MasterKey,
    time::Timestamp,
};

/// Names a challenge and proves that we told its address: the challenge's id, when it was opened,
/// and a MAC of both. It opens no form. No `Debug`: it is a secret.
///
/// It is short, because a text message has it: the MAC is cut to 96 bits, which nobody guesses by
/// asking.
pub struct FraudReportToken {
    id: ChallengeId,
    opened_at: u32,
    proof: String,
}

impl FraudReportToken {
    /// Characters of the challenge's id behind `ch_`: 128 bits.
    const ID: usize = 22;
    /// Characters of the time: 4 bytes, whole seconds, big-endian.
    const TIME: usize = 6;
    /// Characters of the proof: 12 bytes.
    const PROOF: usize = 16;

    /// The token of a challenge.
    #[must_use]
    pub fn derive(master: &MasterKey, id: &ChallengeId, opened_at: Timestamp) -> Self {
        Self::of(master, id, seconds(opened_at))
    }

    fn of(master: &MasterKey, id: &ChallengeId, opened_at: u32) -> Self {
        let fields = [id.as_str().as_bytes(), &opened_at.to_be_bytes()];
        let mac = digest::mac(master.bytes(), "warifu/fraud-report/v1", &fields);
        let mut proof = Base64UrlUnpadded::encode_string(&mac);
        proof.truncate(Self::PROOF);
        Self { id: id.clone(), opened_at, proof }
    }

    /// Reads a presented token.
    ///
    /// # Errors
    /// [`BadId`] when the form is wrong. [`Self::is_ours`] says whether a token of the right form is
    /// ours.
    pub fn parse(text: &str) -> Result<Self, BadId> {
        let (id, rest) = text.split_at_checked(Self::ID).ok_or(BadId)?;
        let (time, proof) = rest.split_at_checked(Self::TIME).ok_or(BadId)?;
        let mut opened_at = [0; 4];
        let decoded = Base64UrlUnpadded::decode(time, &mut opened_at).map_err(|_| BadId)?;
        if decoded.len() != opened_at.len() || proof.len() != Self::PROOF {
            return Err(BadId);
        }
        Ok(Self {
            id: ChallengeId::parse(&format!("ch_{id}"))?,
            opened_at: u32::from_be_bytes(opened_at),
            proof: proof.to_owned(),
        })
    }

    /// Whether this key made the token, in constant time.
    #[must_use]
    pub fn is_ours(&self, master: &MasterKey) -> bool {
        let right = Self::of(master, &self.id, self.opened_at);
        bool::from(self.proof.as_bytes().ct_eq(right.proof.as_bytes()))
    }

    /// The challenge that the token names. Not proved before [`Self::is_ours`].
    #[must_use]
    pub fn id(&self) -> &ChallengeId {
        &self.id
    }

    /// Whether the token is of a challenge that was opened at this time, and not of an earlier one
    /// with the same id.
    #[must_use]
    pub fn is_of(&self, opened_at: Timestamp) -> bool {
        self.opened_at == seconds(opened_at)
    }

    /// The token's text, for the address.
    #[must_use]
    pub fn reveal(&self) -> String {
        let id = self.id.as_str().trim_start_matches("ch_");
        let time = Base64UrlUnpadded::encode_string(&self.opened_at.to_be_bytes());
        format!("{id}{time}{}", self.proof)
    }
}

/// Whole seconds of a time, for as long as 32 bits hold them: until 2106.
fn seconds(time: Timestamp) -> u32 {
    u32::try_from(time.unix_seconds()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client_secret::ClientSecret;

    fn master(byte: u8) -> MasterKey {
        MasterKey::parse(&Base64UrlUnpadded::encode_string(&[byte; 32])).unwrap()
    }

    fn id(byte: u8) -> ChallengeId {
        ChallengeId::random([byte; 32]).0
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000 + 17)
    }

    #[test]
    fn a_token_is_bound_to_challenge_time_and_master() {
        let right = FraudReportToken::derive(&master(1), &id(1), at(1_800_000_000));
        let read = FraudReportToken::parse(&right.reveal()).unwrap();
        assert!(read.is_ours(&master(1)) && !read.is_ours(&master(2)));
        assert_eq!(*read.id(), id(1));
        assert!(read.is_of(at(1_800_000_000)) && !read.is_of(at(1_800_000_001)));
        // Nothing of another token makes it ours.
        let others = [
            FraudReportToken::derive(&master(2), &id(1), at(1_800_000_000)),
            FraudReportToken::derive(&master(1), &id(2), at(1_800_000_000)),
            FraudReportToken::derive(&master(1), &id(1), at(1_800_000_001)),
        ];
        for other in others {
            let swapped = format!("{}{}", &right.reveal()[..28], other.proof);
            assert!(!FraudReportToken::parse(&swapped).unwrap().is_ours(&master(1)));
        }
    }

    #[test]
    fn it_is_short_and_no_part_of_the_client_secret() {
        let token = FraudReportToken::derive(&master(1), &id(1), at(1_800_000_000)).reveal();
        assert_eq!(token.len(), 44);
        let secret = ClientSecret::of_before(&master(1), &id(1));
        assert!(!secret.reveal().contains(&token[28..]));
        assert!(ClientSecret::open(&token, [("k", &master(1))]).is_none());
        assert!(FraudReportToken::parse(secret.reveal()).is_err());
    }

    #[test]
    fn malformed_tokens_are_refused() {
        let good = FraudReportToken::derive(&master(1), &id(1), at(1)).reveal();
        for bad in ["", &good[..43], &good[..28], &format!("{good}A"), "あ".repeat(15).as_str()] {
            assert!(FraudReportToken::parse(bad).is_err(), "{bad}");
        }
        assert!(FraudReportToken::parse(&format!("{}!!!!!!{}", &good[..22], &good[28..])).is_err());
    }
}

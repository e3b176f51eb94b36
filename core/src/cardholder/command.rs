//! What the Worker asks of a cardholder's object.

use minicbor::{Decode, Encode};

use super::{DeliveryReport, DeliveryState, NotificationReport, ProviderId, Registration};
use crate::{
    code::{CodeKey, SubmittedCode, code_key_for_object, submitted_code_for_object},
    digest::Digest,
    enrollment::{SessionId, TermsVersion},
    ids::{ChallengeId, MerchantId},
    known_network::NetworkMark,
    locale::Locale,
    money::Amount,
    optional,
    sign_in::SignIn,
    sparse,
    test_cardholder::TestCardholder,
    totp::{AppSecret, SealedSecret, app_secret_for_object},
};

/// What the Worker asks of a cardholder's object.
#[derive(Encode, Decode)]
#[cbor(map)]
pub enum Command {
    /// The issuer registers the contacts.
    #[n(0)]
    Register(#[n(0)] Registration),
    /// The issuer asks what is registered.
    #[n(1)]
    Describe,
    /// The issuer forgets wrong codes and a lock.
    #[n(2)]
    Unlock,
    /// The issuer asks for the challenges that are kept.
    #[n(3)]
    Challenges,
    /// The issuer erases everything.
    #[n(4)]
    Forget,
    /// The alarm went off: what ran out ends, and events that are due are handed out.
    #[n(5)]
    Wake,
    /// The Worker has taken over the events of these numbers.
    #[n(6)]
    Settled(#[n(0)] Vec<u32>),
    /// A command to one enrollment session.
    #[n(7)]
    Enrollment {
        /// Which.
        #[n(0)]
        session: SessionId,
        /// What.
        #[n(1)]
        command: SessionCommand,
    },
    /// A command to one challenge.
    #[n(8)]
    Challenge {
        /// Which.
        #[n(0)]
        id: ChallengeId,
        /// The digest of the record as the caller read it. The command that opens the challenge
        /// pins it; every later one is checked against it.
        #[n(1)]
        record: Digest,
        /// What to do.
        #[n(2)]
        command: ChallengeCommand,
        /// Whose challenge it is, as the record says. `None` from a version before this field.
        #[cbor(n(3), with = "optional", has_nil)]
        merchant: Option<MerchantId>,
    },
    /// The issuer registers a card by its digest.
    #[n(17)]
    AddCard(#[n(0)] Digest),
    /// The issuer takes a card out of those that are registered.
    #[n(18)]
    RemoveCard(#[n(0)] Digest),
    /// The owner, signed in at the member site, is about to pay this much. One challenge of a directory
    /// server for it is let in whatever was wrong before, and the row of wrong codes ends.
    #[n(19)]
    ExpectPurchase(#[n(0)] Amount),
    /// The owner expects no purchase any more.
    #[n(20)]
    ExpectNothing,
    /// The Worker is about to tell the notification of this number.
    #[n(13)]
    Notify(#[n(0)] u32),
    /// How the notification of this number went.
    #[n(14)]
    Notified(#[n(0)] u32, #[n(1)] NotificationReport),
    /// The Worker asks for the audit record of a challenge.
    #[n(16)]
    Audit {
        /// Which.
        #[n(0)]
        id: ChallengeId,
        /// The digest of the record as the caller read it.
        #[n(1)]
        record: Digest,
    },
}

/// The key under which a merchant creates a challenge, and what it asked for.
#[derive(Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Idempotency {
    /// A digest of the merchant and its `Idempotency-Key`.
    #[n(0)]
    pub key: Digest,
    /// The digest of what was asked for. Another request under the same key is refused.
    #[n(1)]
    pub request: Digest,
}

/// What is done to a challenge.
#[derive(Encode, Decode)]
#[cbor(map)]
pub enum ChallengeCommand {
    /// The merchant opens it. Nothing counts before its form is shown.
    #[n(0)]
    Open(#[cbor(n(0), with = "optional", has_nil)] Option<Idempotency>),
    /// Somebody asks how it stands.
    #[n(1)]
    Read,
    /// The form is shown. The first showing that is let in sends the first code.
    #[n(2)]
    Present {
        /// Host of the page that shows it, if that is known.
        #[cbor(n(0), with = "optional", has_nil)]
        hostname: Option<String>,
        /// Whether the browser verified a challenge of this cardholder at this merchant before.
        #[cbor(n(1), default)]
        known_browser: bool,
    },
    /// The cardholder asks for another code.
    #[n(3)]
    Resend,
    /// The couriers report how the providers took the delivery of this number.
    #[n(4)]
    Report(#[n(0)] u32, #[n(1)] DeliveryReport),
    /// A provider tells later how the delivery of this number stands.
    #[n(5)]
    Receipt(#[n(0)] u32, #[n(1)] ProviderId, #[n(2)] DeliveryState),
    /// The cardholder submits a code.
    #[n(6)]
    Verify {
        /// Derives the right code, if one was sent.
        #[cbor(n(0), with = "code_key_for_object")]
        key: CodeKey,
        /// The secret that makes the app's code, if the caller was asked for it (`Reply::Unseal`).
        #[cbor(n(1), with = "optional", has_nil)]
        app: Option<AppProof>,
        /// What was typed.
        #[cbor(n(2), with = "submitted_code_for_object")]
        code: SubmittedCode,
        /// The digest of the attempt, if it was named. The same attempt again gets the same answer.
        #[cbor(n(3), with = "optional", has_nil)]
        attempt: Option<Digest>,
        /// The network that our edge saw the code come from, by the challenge's master key.
        #[cbor(n(4), with = "optional", has_nil)]
        network: Option<NetworkMark>,
        /// Which version asks.
        #[cfg(feature = "next-version")]
        #[cbor(n(100), default)]
        by_next: bool,
    },
    /// The cardholder or the merchant gives up.
    #[n(7)]
    Cancel,
    /// The merchant spends an attestation.
    #[n(8)]
    Redeem {
        /// Its `iat`: when the challenge was verified, in seconds.
        #[n(0)]
        issued_at: u64,
        /// Digest of the merchant's idempotency key.
        #[cbor(n(1), with = "optional", has_nil)]
        idempotency: Option<Digest>,
    },
    /// The cardholder says that they did not make this purchase. It ends a challenge that is open.
    #[n(20)]
    ReportFraud,
    /// The owner, signed in at the member site, says that this purchase is theirs. The challenge is
    /// let in whatever was wrong before, and the row of wrong codes ends.
    #[n(9)]
    Release,
    /// A merchant opens a test challenge, with this test cardholder, in the object that is for it
    /// alone. In no other object can it be opened.
    #[n(30)]
    OpenTest(#[n(0)] TestCardholder),
    /// A directory server asks for it, by the digest of a card.
    #[n(40)]
    OpenThreeDs {
        /// The card, which the cardholder's object must know.
        #[n(0)]
        card: Digest,
        /// The network that the shop's server saw the buyer in, by each master key, the challenge's own
        /// first. None where the AReq does not say it, and from a version before this field.
        #[cbor(n(1), with = "sparse::list", has_nil)]
        networks: Vec<NetworkMark>,
        /// What is to be paid, where something is. `None` from a version before this field.
        #[cbor(n(2), with = "optional", has_nil)]
        amount: Option<Amount>,
    },
    /// A browser brings a valid CReq.
    #[n(41)]
    Requested {
        /// What the requestor gets back with the result.
        #[cbor(n(0), with = "optional", has_nil)]
        session_data: Option<String>,
    },
    /// A browser brings an invalid CReq, which ends the challenge.
    #[n(42)]
    RequestInvalid,
    /// The issuer's service made this authentication value, or none. What was told first is kept.
    #[n(43)]
    PinValue(#[cbor(n(0), with = "optional", has_nil)] Option<String>),
    /// A code is submitted in a test challenge.
    #[n(31)]
    VerifyTest {
        /// What was typed.
        #[cbor(n(0), with = "submitted_code_for_object")]
        code: SubmittedCode,
        /// The digest of the attempt, if it was named. The same attempt again gets the same answer.
        #[cbor(n(1), with = "optional", has_nil)]
        attempt: Option<Digest>,
    },
}

/// The secret of an app, unsealed to check a code.
#[derive(Encode, Decode)]
#[cbor(map)]
pub struct AppProof {
    /// The secret.
    #[cbor(n(0), with = "app_secret_for_object")]
    pub secret: AppSecret,
    /// The sealed form that was opened. An app that was enrolled meanwhile has another one, and is
    /// then asked for again.
    #[n(1)]
    pub sealed: SealedSecret,
    /// The same secret sealed with a newer key, to be stored in its place.
    #[cbor(n(2), with = "optional", has_nil)]
    pub resealed: Option<SealedSecret>,
}

/// What is done in an enrollment session.
#[derive(Encode, Decode)]
#[cbor(map)]
pub enum SessionCommand {
    /// The issuer's member site sends the cardholder to the pages.
    #[n(0)]
    Start {
        /// The language of the pages.
        #[n(0)]
        locale: Locale,
        /// Where the cardholder goes back to.
        #[cbor(n(1), with = "optional", has_nil)]
        return_url: Option<String>,
        /// How the member had signed in, as far as the member site says it.
        #[cbor(n(2), with = "optional", has_nil)]
        sign_in: Option<SignIn>,
    },
    /// A page is shown.
    #[n(1)]
    Show,
    /// The page that sets up an app is shown. The session keeps this secret, unless it has one
    /// already.
    #[n(2)]
    OfferApp(#[n(0)] SealedSecret),
    /// The cardholder confirms.
    #[n(3)]
    Change {
        /// What to.
        #[n(0)]
        to: Choice,
        /// The version of the terms that the cardholder was shown.
        #[n(1)]
        terms: TermsVersion,
    },
    /// The cardholder gives up.
    #[n(4)]
    Cancel,
}

/// What a cardholder changes to.
#[derive(Encode, Decode)]
#[cbor(map)]
pub enum Choice {
    /// Codes by e-mail.
    #[n(0)]
    Email,
    /// Codes by text message.
    #[n(1)]
    Sms,
    /// Codes of the app that was offered, proved by one of them.
    #[n(2)]
    App {
        /// Its secret.
        #[n(0)]
        proof: AppProof,
        /// What was typed.
        #[cbor(n(1), with = "submitted_code_for_object")]
        code: SubmittedCode,
    },
}

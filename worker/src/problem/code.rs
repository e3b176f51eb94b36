//! The stable codes of the API, their status and what they advise.

/// The stable codes of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProblemCode {
    InvalidRequest,
    UnsupportedMediaType,
    BodyTooLarge,
    MissingKey,
    InvalidKey,
    InsufficientScope,
    InvalidSignature,
    NotFound,
    ChallengeNotFound,
    CardholderNotFound,
    MerchantNotFound,
    KeyNotFound,
    EndpointNotFound,
    EventsNotSetUp,
    MethodNotAllowed,
    OriginNotAllowed,
    MisdirectedRequest,
    UnknownCardholder,
    NotEnrolled,
    CardholderLocked,
    IdempotencyConflict,
    ChallengeVerified,
    ChallengeFailed,
    ChallengeExpired,
    ChallengeCanceled,
    MalformedCode,
    WrongCode,
    CodeExpired,
    CodeNotSent,
    CodeUsed,
    AppCodeExpected,
    ResendTooSoon,
    NoResendsLeft,
    DestinationLimited,
    DestinationTooNew,
    RateLimited,
    TooManyWrongKeys,
    TooManyUnknownCardholders,
    NoDestination,
    CountryNotAllowed,
    TooManyCards,
    EnrollmentSessionNotFound,
    EnrollmentSessionExpired,
    EnrollmentSessionUsed,
    ChannelNotOffered,
    TermsChanged,
    InsufficientUserAuthentication,
    Misconfigured,
    Internal,
    Unavailable,
}

impl ProblemCode {
    /// Every code.
    pub(crate) const ALL: [Self; 50] = [
        Self::InvalidRequest,
        Self::UnsupportedMediaType,
        Self::BodyTooLarge,
        Self::MissingKey,
        Self::InvalidKey,
        Self::InsufficientScope,
        Self::InvalidSignature,
        Self::NotFound,
        Self::ChallengeNotFound,
        Self::CardholderNotFound,
        Self::MerchantNotFound,
        Self::KeyNotFound,
        Self::EndpointNotFound,
        Self::EventsNotSetUp,
        Self::MethodNotAllowed,
        Self::OriginNotAllowed,
        Self::MisdirectedRequest,
        Self::UnknownCardholder,
        Self::NotEnrolled,
        Self::CardholderLocked,
        Self::IdempotencyConflict,
        Self::ChallengeVerified,
        Self::ChallengeFailed,
        Self::ChallengeExpired,
        Self::ChallengeCanceled,
        Self::MalformedCode,
        Self::WrongCode,
        Self::CodeExpired,
        Self::CodeNotSent,
        Self::CodeUsed,
        Self::AppCodeExpected,
        Self::ResendTooSoon,
        Self::NoResendsLeft,
        Self::DestinationLimited,
        Self::DestinationTooNew,
        Self::RateLimited,
        Self::TooManyWrongKeys,
        Self::TooManyUnknownCardholders,
        Self::NoDestination,
        Self::CountryNotAllowed,
        Self::TooManyCards,
        Self::EnrollmentSessionNotFound,
        Self::EnrollmentSessionExpired,
        Self::EnrollmentSessionUsed,
        Self::ChannelNotOffered,
        Self::TermsChanged,
        Self::InsufficientUserAuthentication,
        Self::Misconfigured,
        Self::Internal,
        Self::Unavailable,
    ];

    /// Status, title and what to do about it.
    pub(super) fn row(self) -> (u16, &'static str, &'static str) {
        match self {
            Self::InvalidRequest => {
                (400, "Invalid request", "Correct the request and send it again.")
            }
            Self::UnsupportedMediaType => {
                (415, "Unsupported media type", "Send the body as application/json.")
            }
            Self::BodyTooLarge => (413, "Body too large", "Send at most 16 KiB."),
            Self::MissingKey => {
                (401, "Missing key", "Send a key in the header Authorization: Bearer <key>.")
            }
            Self::InvalidKey => (
                401,
                "Invalid key",
                "Use a key that is valid here; this one is unknown, revoked or of another kind.",
            ),
            Self::InsufficientScope => (
                403,
                "Insufficient scope",
                "Use an issuer key with the scope that scope names, or with all.",
            ),
            Self::InvalidSignature => (
                401,
                "Invalid signature",
                "Sign with the key that is set up here, at the time you send, and change nothing after.",
            ),
            Self::NotFound => (404, "Not found", "Check the address; nothing is served here."),
            Self::ChallengeNotFound => (
                404,
                "Challenge not found",
                "Check the challenge's id or secret, and that it is yours and less than a day old.",
            ),
            Self::CardholderNotFound => (
                404,
                "Cardholder not found",
                "Register the cardholder with PUT /v1/cardholders/{id} first.",
            ),
            Self::MerchantNotFound => (
                404,
                "Merchant not found",
                "Register the merchant with PUT /v1/merchants/{id} first.",
            ),
            Self::KeyNotFound => {
                (404, "Key not found", "Read the merchant to see the ids of its keys.")
            }
            Self::EndpointNotFound => (
                404,
                "No event endpoint",
                "Register one with PUT /v1/merchants/{id}/event-endpoint first.",
            ),
            Self::EventsNotSetUp => (
                409,
                "Events are not set up",
                "The operator has to bind EVENTS and set EVENT_KEYS before merchants can be told of events.",
            ),
            Self::MethodNotAllowed => {
                (405, "Method not allowed", "Use one of the methods in the Allow header.")
            }
            Self::OriginNotAllowed => (
                403,
                "Origin not allowed",
                "Frame the form in pages of the merchant's registered origins, and post it from the page that this service served.",
            ),
            Self::MisdirectedRequest => (
                421,
                "Misdirected request",
                "Send the request to this deployment's own host; it answers under no other name.",
            ),
            Self::UnknownCardholder => (
                422,
                "Unknown cardholder",
                "Ask the issuer to register this cardholder, or correct the id.",
            ),
            Self::NotEnrolled => (
                422,
                "Cardholder not enrolled",
                "Use another way to authenticate; this cardholder has no one-time password.",
            ),
            Self::CardholderLocked => (
                403,
                "Cardholder locked",
                "Wait until locked_until where there is one; the cardholder or the issuer can lift it earlier.",
            ),
            Self::IdempotencyConflict => (
                422,
                "Idempotency key reused",
                "Use a new Idempotency-Key: the body is another one, or your registration changed since.",
            ),
            Self::ChallengeVerified => {
                (409, "Challenge is verified", "Nothing more to do: it was verified before.")
            }
            Self::ChallengeFailed => (
                409,
                "Challenge failed",
                "Create a new challenge; every try of this one was spent.",
            ),
            Self::ChallengeExpired => {
                (409, "Challenge expired", "Create a new challenge; the time of this one ran out.")
            }
            Self::ChallengeCanceled => {
                (409, "Challenge is canceled", "Create a new challenge; this one was canceled.")
            }
            Self::MalformedCode => (422, "Malformed code", "Submit the six digits of the code."),
            Self::WrongCode => (422, "Wrong code", "Submit the code of the newest message."),
            Self::CodeExpired => (422, "Code expired", "Ask for another code and submit that one."),
            Self::CodeNotSent => (409, "No code sent", "Ask for a code first."),
            Self::CodeUsed => (422, "Code used before", "Submit the next code that the app shows."),
            Self::AppCodeExpected => (
                409,
                "Nothing is sent",
                "Submit the code that the cardholder's authenticator app shows.",
            ),
            Self::ResendTooSoon => {
                (429, "Too soon to resend", "Wait for retry_after seconds, then ask again.")
            }
            Self::NoResendsLeft => {
                (409, "No resends left", "Submit the newest code, or create a new challenge.")
            }
            Self::DestinationLimited => (
                429,
                "Too many codes to this destination",
                "Wait for retry_after seconds, then ask again.",
            ),
            Self::DestinationTooNew => (
                403,
                "Destination too new",
                "Wait for retry_after seconds; codes go to a changed contact after that time.",
            ),
            Self::RateLimited => {
                (429, "Too many requests", "Wait for retry_after seconds, then try again.")
            }
            Self::TooManyWrongKeys => (
                429,
                "Too many wrong keys",
                "Use a key that is valid here; its calls are answered at once. Wrong ones wait for retry_after seconds.",
            ),
            Self::TooManyUnknownCardholders => (
                429,
                "Too many unknown cardholders",
                "Wait for retry_after seconds: too many cardholders of this hour were unknown or not enrolled.",
            ),
            Self::NoDestination => (
                422,
                "Nothing to enroll with",
                "Register an e-mail address or a mobile number of the cardholder first.",
            ),
            Self::CountryNotAllowed => (
                422,
                "Country not allowed",
                "Register a number of a country in SMS_COUNTRIES, or leave the number out.",
            ),
            Self::TooManyCards => (
                422,
                "Too many cards",
                "Remove a card that the cardholder has no more; 50 are registered.",
            ),
            Self::EnrollmentSessionNotFound => {
                (404, "Enrollment session not found", "Start again from the member site.")
            }
            Self::EnrollmentSessionExpired => {
                (410, "Enrollment session expired", "Start again from the member site.")
            }
            Self::EnrollmentSessionUsed => (
                409,
                "Enrollment session is over",
                "Start again from the member site to change something more.",
            ),
            Self::ChannelNotOffered => {
                (409, "Channel not offered", "Choose one of the channels that are shown.")
            }
            Self::TermsChanged => {
                (409, "Terms changed", "Read the present terms and confirm again.")
            }
            // Named as in RFC 9470 §3.
            Self::InsufficientUserAuthentication => (
                403,
                "Sign-in not enough",
                "Have the member sign in again as ENROLLMENT_ACR and ENROLLMENT_AUTH_MAX_AGE demand, and send acr and auth_time.",
            ),
            Self::Misconfigured => (
                500,
                "Misconfigured",
                "The operator has to correct the configuration; the log names the setting.",
            ),
            Self::Internal => (500, "Internal error", "Try again; if it stays, tell the operator."),
            Self::Unavailable => (503, "Unavailable", "Try again in a moment."),
        }
    }

    pub(crate) fn status(self) -> u16 {
        self.row().0
    }

    /// Its title, and what to do about it.
    pub(crate) fn sentences(self) -> (&'static str, &'static str) {
        let (_, title, advice) = self.row();
        (title, advice)
    }

    /// The code on the wire.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::BodyTooLarge => "body_too_large",
            Self::MissingKey => "missing_key",
            Self::InvalidKey => "invalid_key",
            Self::InsufficientScope => "insufficient_scope",
            Self::InvalidSignature => "invalid_signature",
            Self::NotFound => "not_found",
            Self::ChallengeNotFound => "challenge_not_found",
            Self::CardholderNotFound => "cardholder_not_found",
            Self::MerchantNotFound => "merchant_not_found",
            Self::KeyNotFound => "key_not_found",
            Self::EndpointNotFound => "endpoint_not_found",
            Self::EventsNotSetUp => "events_not_set_up",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::OriginNotAllowed => "origin_not_allowed",
            Self::MisdirectedRequest => "misdirected_request",
            Self::UnknownCardholder => "unknown_cardholder",
            Self::NotEnrolled => "not_enrolled",
            Self::CardholderLocked => "cardholder_locked",
            Self::IdempotencyConflict => "idempotency_conflict",
            Self::ChallengeVerified => "challenge_verified",
            Self::ChallengeFailed => "challenge_failed",
            Self::ChallengeExpired => "challenge_expired",
            Self::ChallengeCanceled => "challenge_canceled",
            Self::MalformedCode => "malformed_code",
            Self::WrongCode => "wrong_code",
            Self::CodeExpired => "code_expired",
            Self::CodeNotSent => "code_not_sent",
            Self::CodeUsed => "code_used",
            Self::AppCodeExpected => "app_code_expected",
            Self::ResendTooSoon => "resend_too_soon",
            Self::NoResendsLeft => "no_resends_left",
            Self::DestinationLimited => "destination_limited",
            Self::DestinationTooNew => "destination_too_new",
            Self::RateLimited => "rate_limited",
            Self::TooManyWrongKeys => "too_many_wrong_keys",
            Self::TooManyUnknownCardholders => "too_many_unknown_cardholders",
            Self::NoDestination => "no_destination",
            Self::CountryNotAllowed => "country_not_allowed",
            Self::TooManyCards => "too_many_cards",
            Self::EnrollmentSessionNotFound => "enrollment_session_not_found",
            Self::EnrollmentSessionExpired => "enrollment_session_expired",
            Self::EnrollmentSessionUsed => "enrollment_session_used",
            Self::ChannelNotOffered => "channel_not_offered",
            Self::TermsChanged => "terms_changed",
            Self::InsufficientUserAuthentication => "insufficient_user_authentication",
            Self::Misconfigured => "misconfigured",
            Self::Internal => "internal",
            Self::Unavailable => "unavailable",
        }
    }

    /// The code with hyphens, as addresses have it.
    pub(crate) fn slug(self) -> String {
        self.name().replace('_', "-")
    }

    /// The code whose address ends so.
    pub(crate) fn of_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.slug() == slug)
    }
}

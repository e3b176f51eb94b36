//! Checks the signatures that providers publish. The Worker checks signatures by WebCrypto; here
//! other libraries do.

use hmac::{Hmac, KeyInit as _, Mac as _};
use p256::{
    ecdsa::{Signature, VerifyingKey, signature::Verifier as _},
    pkcs8::DecodePublicKey as _,
};
use sha1::Sha1;

use super::*;

/// Whether the signature of a claim is right.
pub(super) fn is_true(claim: &SignatureClaim) -> bool {
    match (&claim.key, claim.algorithm) {
        (Key::Shared(key), Algorithm::HmacSha1) => {
            let mac = Hmac::<Sha1>::new_from_slice(key).unwrap().chain_update(&claim.signed);
            mac.verify_slice(&claim.signature).is_ok()
        }
        (Key::Public(key), Algorithm::P256Sha256) => {
            let key = VerifyingKey::from_public_key_der(key).unwrap();
            let signature = Signature::from_slice(&claim.signature);
            signature.is_ok_and(|signature| key.verify(&claim.signed, &signature).is_ok())
        }
        _ => panic!("no provider signs like this"),
    }
}

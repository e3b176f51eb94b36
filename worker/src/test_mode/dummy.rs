//! The dummy secrets of `siteverify`: public texts in place of a merchant's key, each with one answer,
//! whatever response is brought. They let a merchant test its own server without a browser.

/// What a dummy secret is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dummy {
    /// Every response is right.
    Pass,
    /// No response is right.
    Fail,
    /// Every response was redeemed before.
    Spent,
}

impl Dummy {
    /// The dummy of this secret.
    pub(crate) fn of(secret: &str) -> Option<Self> {
        Some(match secret {
            "wk_test_always_passes" => Self::Pass,
            "wk_test_always_fails" => Self::Fail,
            "wk_test_already_spent" => Self::Spent,
            _ => return None,
        })
    }
}

//! The results of directory servers' challenges that one request tells. Its answer to a browser waits for
//! them.

use std::{cell::RefCell, future::Future, pin::Pin};

use futures_util::future::{FutureExt as _, Shared};
use warifu_core::ids::ChallengeId;

/// A result that is being told.
pub(crate) type ResultBeingTold = Shared<Pin<Box<dyn Future<Output = ()>>>>;

/// The results that one request tells.
#[derive(Default)]
pub(crate) struct TellingResults(RefCell<Vec<(ChallengeId, ResultBeingTold)>>);

impl TellingResults {
    /// Notes that a challenge's result is being told. Who gets it has it go on.
    pub(crate) fn begin(
        &self,
        challenge: ChallengeId,
        telling: impl Future<Output = ()> + 'static,
    ) -> ResultBeingTold {
        let telling: Pin<Box<dyn Future<Output = ()>>> = Box::pin(telling);
        let telling = telling.shared();
        self.0.borrow_mut().push((challenge, telling.clone()));
        telling
    }

    /// Waits until the challenge's result was told, or was tried to be; `false` where this request
    /// does not tell it.
    pub(crate) async fn told(&self, challenge: &ChallengeId) -> bool {
        let telling =
            self.0.borrow().iter().find(|(id, _)| id == challenge).map(|(_, it)| it.clone());
        match telling {
            Some(telling) => {
                telling.await;
                true
            }
            None => false,
        }
    }
}

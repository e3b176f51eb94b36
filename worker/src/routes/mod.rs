//! One file a resource: parse, decide, answer.

pub(crate) mod cardholders;
pub(crate) mod challenges;
pub(crate) mod endpoints;
pub(crate) mod enrollment;
pub(crate) mod form;
pub(crate) mod keys;
pub(crate) mod merchants;
pub(crate) mod receipts;
pub(crate) mod siteverify;
pub(crate) mod well_known;

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    task::Poll,
};

use warifu_core::cardholder::Reply;

use crate::problem::Problem;

/// An id in an address that is not of an id's form.
fn bad_id<E>(_error: E) -> Problem {
    Problem::field("id", "be 1 to 64 letters, digits, dots, underscores or hyphens")
}

/// A reply that this command cannot have.
fn unexpected(_reply: Reply) -> Problem {
    Problem::internal("the cardholder object gave a reply to another command")
}

/// Waits for all of a few futures; in their order.
async fn all<T>(futures: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut running: Vec<Pin<Box<_>>> = futures.map(Box::pin).collect();
    let mut done: Vec<Option<T>> = running.iter().map(|_| None).collect();
    poll_fn(|context| {
        for (future, slot) in running.iter_mut().zip(&mut done).filter(|(_, slot)| slot.is_none()) {
            if let Poll::Ready(value) = future.as_mut().poll(context) {
                *slot = Some(value);
            }
        }
        if done.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}

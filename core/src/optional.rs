//! Reads and writes an optional field; `None` is not written.
//!
//! A variant that is not known in the value, or anywhere below it, is an error here and not
//! `None`: an outcome that a newer version knows must not read as no outcome.

pub(crate) use crate::sparse::{decode, encode};

pub(crate) fn nil<T>() -> Option<Option<T>> {
    Some(None)
}

pub(crate) fn is_nil<T>(value: &Option<T>) -> bool {
    value.is_none()
}

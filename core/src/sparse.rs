//! Reads and writes a field that is not written while it has its default, so that a state or reply
//! without it has the bytes that the release before wrote.
//!
//! As in [`crate::optional`], a variant that is not known anywhere below is an error and not the
//! default.

use minicbor::{
    Decode, Decoder, Encode, Encoder,
    decode::Error as DecodeError,
    encode::{Error as EncodeError, Write},
};

pub(crate) fn encode<Ctx, T: Encode<Ctx>, W: Write>(
    value: &T,
    encoder: &mut Encoder<W>,
    ctx: &mut Ctx,
) -> Result<(), EncodeError<W::Error>> {
    value.encode(encoder, ctx)
}

pub(crate) fn decode<'b, Ctx, T: Decode<'b, Ctx>>(
    decoder: &mut Decoder<'b>,
    ctx: &mut Ctx,
) -> Result<T, DecodeError> {
    // The derived reader around this one takes some errors for a missing value. A wrapped error is
    // not one of them.
    T::decode(decoder, ctx).map_err(DecodeError::custom)
}

pub(crate) fn nil<T: Default>() -> Option<T> {
    Some(T::default())
}

pub(crate) fn is_nil<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// The same for a list in a variant, which the derived code passes by a reference more.
pub(crate) mod list {
    pub(crate) use super::{decode, encode};

    pub(crate) fn nil<T>() -> Option<Vec<T>> {
        Some(Vec::new())
    }

    pub(crate) fn is_nil<T>(values: &[T]) -> bool {
        values.is_empty()
    }
}

//! Reads and writes an optional field; `None` is not written.
//!
//! A variant that is not known in the value, or anywhere below it, is an error here and not
//! `None`: an outcome that a newer version knows must not read as no outcome.

use minicbor::{
    Decode, Decoder, Encode, Encoder,
    decode::Error as DecodeError,
    encode::{Error as EncodeError, Write},
};

pub(crate) fn encode<Ctx, T: Encode<Ctx>, W: Write>(
    value: &Option<T>,
    encoder: &mut Encoder<W>,
    ctx: &mut Ctx,
) -> Result<(), EncodeError<W::Error>> {
    value.encode(encoder, ctx)
}

pub(crate) fn decode<'b, Ctx, T: Decode<'b, Ctx>>(
    decoder: &mut Decoder<'b>,
    ctx: &mut Ctx,
) -> Result<Option<T>, DecodeError> {
    // The derived reader around this one takes some errors for `None`. A wrapped error is not
    // one of them.
    Option::decode(decoder, ctx).map_err(DecodeError::custom)
}

pub(crate) fn nil<T>() -> Option<Option<T>> {
    Some(None)
}

pub(crate) fn is_nil<T>(value: &Option<T>) -> bool {
    value.is_none()
}

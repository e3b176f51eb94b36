//! A CBOR item in pieces, so that tests can do to bytes what another version would.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use minicbor::{Decoder, Encoder, data::Type};

/// An item of the kinds that our types are written as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    Whole(u64),
    Bool(bool),
    Bytes(Vec<u8>),
    Text(String),
    List(Vec<Item>),
    Map(Vec<(u64, Item)>),
}

impl Item {
    /// Reads what [`crate::wire`] wrote.
    pub(crate) fn of(text: &str) -> Self {
        let bytes = Base64UrlUnpadded::decode_vec(text).unwrap();
        let mut decoder = Decoder::new(&bytes[1..]);
        let item = Self::read(&mut decoder);
        assert_eq!(decoder.position(), bytes.len() - 1);
        item
    }

    /// As [`crate::wire`] writes it.
    pub(crate) fn written(&self) -> String {
        let mut encoder = Encoder::new(vec![super::FORMAT]);
        self.write(&mut encoder);
        Base64UrlUnpadded::encode_string(encoder.writer())
    }

    fn read(decoder: &mut Decoder<'_>) -> Self {
        match decoder.datatype().unwrap() {
            Type::Bool => Self::Bool(decoder.bool().unwrap()),
            Type::Bytes => Self::Bytes(decoder.bytes().unwrap().to_vec()),
            Type::String => Self::Text(decoder.str().unwrap().to_owned()),
            Type::Array => {
                let items = decoder.array().unwrap().unwrap();
                Self::List((0..items).map(|_| Self::read(decoder)).collect())
            }
            Type::Map => {
                let fields = decoder.map().unwrap().unwrap();
                let mut field = |_| (decoder.u64().unwrap(), Self::read(decoder));
                Self::Map((0..fields).map(&mut field).collect())
            }
            _ => Self::Whole(decoder.u64().unwrap()),
        }
    }

    fn write(&self, encoder: &mut Encoder<Vec<u8>>) {
        match self {
            Self::Whole(number) => encoder.u64(*number).map(drop),
            Self::Bool(yes) => encoder.bool(*yes).map(drop),
            Self::Bytes(bytes) => encoder.bytes(bytes).map(drop),
            Self::Text(text) => encoder.str(text).map(drop),
            Self::List(items) => {
                encoder.array(items.len() as u64).unwrap();
                items.iter().for_each(|item| item.write(encoder));
                Ok(())
            }
            Self::Map(fields) => {
                encoder.map(fields.len() as u64).unwrap();
                for (number, item) in fields {
                    encoder.u64(*number).unwrap();
                    item.write(encoder);
                }
                Ok(())
            }
        }
        .unwrap();
    }

    /// The index of the variant, if it is one of an enumeration: a pair of it and a map.
    fn variant(&mut self) -> Option<&mut u64> {
        match self {
            Self::List(pair) => match pair.as_mut_slice() {
                [Self::Whole(index), Self::Map(_)] => Some(index),
                _ => None,
            },
            _ => None,
        }
    }

    fn inner(&mut self) -> Vec<&mut Self> {
        match self {
            Self::List(items) => items.iter_mut().collect(),
            Self::Map(fields) => fields.iter_mut().map(|(_, item)| item).collect(),
            _ => Vec::new(),
        }
    }

    /// The item of this number, counted from the outside.
    fn nth(&mut self, count: &mut usize) -> Option<&mut Self> {
        if *count == 0 {
            return Some(self);
        }
        *count -= 1;
        self.inner().into_iter().find_map(|item| item.nth(count))
    }

    /// Copies of it, in each of which one item is another.
    pub(crate) fn each_changed(&self, change: impl Fn(&mut Self) -> bool) -> Vec<Self> {
        let mut changed = Vec::new();
        for number in 0.. {
            let mut copy = self.clone();
            let Some(item) = copy.nth(&mut { number }) else { break };
            if change(item) {
                changed.push(copy);
            }
        }
        changed
    }

    /// Copies of it, in each of which one value of an enumeration is `index`.
    pub(crate) fn each_variant(&self, index: u64) -> Vec<Self> {
        self.each_changed(|item| item.variant().map(|known| *known = index).is_some())
    }

    /// Copies of it, in each of which one struct or variant has one field more.
    pub(crate) fn each_with_field(&self, number: u64, value: &Self) -> Vec<Self> {
        self.each_changed(|item| match item {
            Self::Map(fields) => {
                fields.insert(fields.len() / 2, (number, value.clone()));
                true
            }
            _ => false,
        })
    }
}

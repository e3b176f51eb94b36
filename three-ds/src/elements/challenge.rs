//! The elements of the messages around a challenge that come to us: CReq and RRes.

use super::{
    Element,
    areq_objects::EXTENSION,
    form::Form::{Codes, List, Object, OneOf, Text, TransId},
};
use crate::version::Version::{V220, V231};

/// A CReq of a browser. Elements of the app's are ignored, as any that nobody knows.
pub(crate) const CREQ: &[Element] = &[
    Element::required("messageType", OneOf(&["CReq"])),
    Element::required("messageVersion", Text(5, 8)),
    Element::required("threeDSServerTransID", TransId),
    Element::required("acsTransID", TransId),
    Element::required("challengeWindowSize", OneOf(&["01", "02", "03", "04", "05"])),
    Element::optional("messageExtension", List(&Object(EXTENSION), 10)).only(V220),
    Element::optional("messageExtension", List(&Object(EXTENSION), 15)).only(V231),
];

/// An RRes.
pub(crate) const RRES: &[Element] = &[
    Element::required("messageType", OneOf(&["RRes"])),
    Element::required("messageVersion", Text(5, 8)),
    Element::required("threeDSServerTransID", TransId),
    Element::required("dsTransID", TransId),
    Element::required("acsTransID", TransId),
    Element::required("resultsStatus", Codes(&["01", "02", "03"])),
    Element::optional("messageExtension", List(&Object(EXTENSION), 10)).only(V220),
    Element::optional("messageExtension", List(&Object(EXTENSION), 15)).only(V231),
];

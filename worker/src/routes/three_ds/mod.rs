//! EMV 3-D Secure: a directory server asks for a challenge, and a browser opens it. The challenge is
//! the form's from then on.

mod areq;
mod creq;

pub(crate) use areq::answer;
pub(crate) use creq::open;

//! Which sites the last line of a text message names.

use warifu_core::{cardholder::View, record::ChallengeRecord};
use warifu_delivery::bound_line::{BoundLine, BoundSites};

use crate::{
    http::{Address, Incoming, merchant_host},
    request_context::RequestContext,
};

/// The sites for the form that asks for the code. `None` where the deployment has no such line.
pub(crate) fn bound_line(
    ctx: &RequestContext,
    incoming: &Incoming,
    record: &ChallengeRecord,
    view: &View,
) -> Option<BoundLine> {
    let own = Address::parse(&ctx.origin).map(|origin| origin.host());
    let merchant = merchant_host(record.sheet(), view);
    let (top, frame) = match ctx.config.bound_sites {
        BoundSites::None => return None,
        BoundSites::Merchant => (merchant, None),
        BoundSites::MerchantAndFrame if incoming.is_top_level() => (own, None),
        BoundSites::MerchantAndFrame => (merchant, own),
    };
    Some(BoundLine { top: top?, frame })
}

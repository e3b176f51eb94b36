//! `GET /v1/merchant`: what a merchant's key reads of its own registration.

use serde::Serialize;
use warifu_core::{ids::MerchantId, secret::KeyMode, text::MerchantName};

use crate::{
    auth::{self, AuthenticatedMerchant, KeyHolder, TestMerchant},
    http::{self, Incoming},
    problem::Problem,
    request_context::RequestContext,
    response::Response,
};

/// Answers what the key was proved with, so nothing more is read.
pub(crate) async fn read(ctx: &RequestContext, incoming: &Incoming) -> Result<Response, Problem> {
    #[derive(Serialize)]
    struct Answer<'a> {
        id: &'a MerchantId,
        name: &'a MerchantName,
        origins: &'a [String],
        mode: &'static str,
    }
    let (id, registered, mode) = match auth::merchant(ctx, incoming).await? {
        KeyHolder::Live(AuthenticatedMerchant { id, registered }) => {
            (id, registered, KeyMode::Live)
        }
        KeyHolder::Test(TestMerchant { id, registered }) => (id, registered, KeyMode::Test),
    };
    let (name, origins, mode) = (&registered.name, &registered.origins, mode.as_str());
    Ok(http::json(200, &Answer { id: &id, name, origins, mode })?)
}

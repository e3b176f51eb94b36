//! A challenge that a client secret opened, and what its form can do with it.

use warifu_core::{
    attestation::Claims,
    cardholder::{ChallengeCommand, DeliveryOrder, Status, View},
    record::ChallengeRecord,
};

use warifu_delivery::message::Dispatch;

use super::{super::seen, entered::Entered};
use crate::{
    cardholder_client,
    courier::{self, bound_line},
    http::{Address, Incoming},
    pages::{self, challenge::Shown},
    problem::Problem,
    request_context::RequestContext,
    response::Response,
};

/// A challenge whose client secret was shown.
pub(super) struct Opened {
    pub(super) record: ChallengeRecord,
    /// The form's address, which its own posts go below.
    pub(super) action: String,
    /// Whether its page is shown in a frame of another page.
    pub(super) framed: bool,
}

/// What an ended challenge gives to the merchant.
pub(super) struct End {
    pub(super) attestation: Option<String>,
    pub(super) return_to: Option<String>,
}

impl Opened {
    /// Finds the challenge that a client secret opens: proves it, then reads the record.
    pub(super) async fn by(
        ctx: &RequestContext,
        incoming: &Incoming,
        secret: &str,
    ) -> Result<Self, Problem> {
        Entered::by(ctx, incoming, secret).await?.opened(ctx).await
    }

    /// The form's address.
    pub(super) fn action(&self) -> &str {
        &self.action
    }

    pub(super) async fn read(&self, ctx: &RequestContext) -> Result<View, Problem> {
        seen(cardholder_client::apply(ctx, &self.record, ChallengeCommand::Read).await?)
    }

    pub(super) async fn page(
        &self,
        ctx: &RequestContext,
        view: &View,
        notice: String,
        problem: Option<&Problem>,
    ) -> Result<Response, Problem> {
        let end = self.end(ctx, view).await?;
        self.page_at_end(ctx, view, &end, notice, problem)
    }

    pub(super) fn page_at_end(
        &self,
        ctx: &RequestContext,
        view: &View,
        end: &End,
        notice: String,
        problem: Option<&Problem>,
    ) -> Result<Response, Problem> {
        let shown = Shown {
            notice,
            problem,
            attestation: end.attestation.as_deref(),
            return_to: end.return_to.as_deref(),
            framed: self.framed,
        };
        pages::challenge::show(&ctx.config, &self.record, view, &self.action, &shown)
    }

    /// What an ended challenge gives to the merchant. It is made from what is stored, so that a
    /// browser that lost it gets the same again.
    pub(super) async fn end(&self, ctx: &RequestContext, view: &View) -> Result<End, Problem> {
        Ok(match view.status {
            Status::Pending => End { attestation: None, return_to: None },
            Status::Verified if !view.redeemable => {
                End { attestation: None, return_to: self.return_to("warifu-status", "expired") }
            }
            Status::Verified => {
                let attestation = self.attest(ctx, view).await?;
                let return_to = self.return_to("warifu-response", &attestation);
                End { attestation: Some(attestation), return_to }
            }
            Status::Failed | Status::Expired | Status::Canceled => End {
                attestation: None,
                return_to: self.return_to("warifu-status", view.status.as_str()),
            },
        })
    }

    fn return_to(&self, name: &str, value: &str) -> Option<String> {
        Some(Address::parse(self.record.return_url.as_deref()?)?.with_query(name, value))
    }

    async fn attest(&self, ctx: &RequestContext, view: &View) -> Result<String, Problem> {
        let config = &ctx.config;
        let claims = Claims::of(&self.record, view, &ctx.origin, &config.rules);
        let claims = claims.ok_or_else(|| Problem::internal("attested what is not verified"))?;
        config
            .signing
            .sign(&claims)
            .await
            .map_err(|_| Problem::internal("WebCrypto failed to sign"))
    }

    /// Hands the code to a provider after this answer: delivery never delays the form.
    pub(super) fn deliver_later(
        &self,
        ctx: &RequestContext,
        incoming: &Incoming,
        view: &View,
        order: DeliveryOrder,
    ) {
        let origin_bound = bound_line(ctx, incoming, &self.record, view);
        let dispatch = Dispatch { order, diverted: view.diverted, origin_bound };
        let later = ctx.clone();
        let record = self.record.clone();
        ctx.execution.wait_until(async move {
            courier::deliver(&later, &record, dispatch).await;
        });
    }
}

#[cfg(test)]
mod tests;

//! A challenge that a client secret opened, and what its form can do with it.

use warifu_core::{
    attestation::Claims,
    cardholder::{ChallengeCommand, DeliveryOrder, Status, View},
    ids::ClientSecret,
    record::ChallengeRecord,
};

use warifu_delivery::message::Dispatch;

use super::super::seen;
use crate::{
    cardholder_client,
    courier::{self, bound_line},
    http::{Address, Incoming},
    limits,
    log::Caller,
    pages::{self, challenge::Shown},
    problem::{Problem, ProblemCode},
    request_context::RequestContext,
    response::Response,
    store::Store,
};

/// A challenge whose client secret was shown.
pub(super) struct Opened {
    pub(super) record: ChallengeRecord,
    /// The form's address, which its own posts go below.
    action: String,
    /// Whether its page is shown in a frame of another page.
    framed: bool,
}

/// What an ended challenge gives to the merchant.
pub(super) struct End {
    pub(super) attestation: Option<String>,
    pub(super) return_to: Option<String>,
}

impl Opened {
    /// Finds the challenge that a client secret opens. Calls with a secret of ours are limited by its
    /// challenge, others by their address; nothing is read for them.
    pub(super) async fn by(
        ctx: &RequestContext,
        incoming: &Incoming,
        secret: &str,
    ) -> Result<Self, Problem> {
        let unknown = || ProblemCode::ChallengeNotFound.problem();
        let ours = |presented: &ClientSecret| {
            let mut keys = ctx.config.master_keys();
            keys.any(|key| ClientSecret::derive(key, presented.id()).matches(presented))
        };
        let Some(presented) = ClientSecret::parse(secret).ok().filter(ours) else {
            limits::address(ctx, incoming).await?;
            return Err(unknown());
        };
        limits::form(ctx, presented.id().as_str()).await?;
        ctx.called_by(Caller::Cardholder);
        let record = Store::of(&ctx.env)?.challenge(presented.id()).await?.ok_or_else(unknown)?;
        Ok(Self { record, action: format!("/challenge/{secret}"), framed: incoming.is_framed() })
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

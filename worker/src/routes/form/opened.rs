//! A challenge that a client secret opened, and what its form can do with it.

use warifu_core::{
    cardholder::{ChallengeCommand, Status, View},
    record::ChallengeRecord,
};

use super::{super::seen, entered::Entered, final_page};
use crate::{
    form_record::FormRecord,
    http::{Address, Incoming},
    pages::{self, challenge::Shown},
    problem::Problem,
    request_context::RequestContext,
    response::Response,
    three_ds,
};

/// A challenge whose client secret was shown.
pub(super) struct Opened {
    pub(super) record: FormRecord,
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
        seen(self.record.apply(ctx, ChallengeCommand::Read).await?)
    }

    /// The record of a directory server's challenge.
    pub(super) fn three_ds(&self) -> Option<&ChallengeRecord> {
        match &self.record {
            FormRecord::Live(record) => Some(record).filter(|record| record.three_ds.is_some()),
            FormRecord::Test(_) => None,
        }
    }

    /// The form, or how its challenge ended.
    pub(super) async fn page(
        &self,
        ctx: &RequestContext,
        view: &View,
        problem: Option<&Problem>,
    ) -> Result<Response, Problem> {
        if let Some(record) = self.three_ds().filter(|_| view.status != Status::Pending) {
            return final_page(ctx, record, view.clone(), None, None).await;
        }
        let end = self.end(ctx, view).await?;
        self.page_at_end(ctx, view, &end, problem)
    }

    pub(super) fn page_at_end(
        &self,
        ctx: &RequestContext,
        view: &View,
        end: &End,
        problem: Option<&Problem>,
    ) -> Result<Response, Problem> {
        let shown = Shown {
            problem,
            attestation: end.attestation.as_deref(),
            return_to: end.return_to.as_deref(),
            framed: self.framed,
            origin: &ctx.origin,
        };
        pages::challenge::show(&ctx.config, &self.record, view, &self.action, &shown)
    }

    /// What an ended challenge gives to the merchant. It is made from what is stored, so that a
    /// browser that lost it gets the same again.
    pub(super) async fn end(&self, ctx: &RequestContext, view: &View) -> Result<End, Problem> {
        if let Some(record) = self.three_ds().filter(|_| view.status != Status::Pending) {
            // The last page has the result, which the directory server gets first.
            three_ds::told(ctx, record, view.clone()).await?;
            return Ok(End { attestation: None, return_to: Some(self.last_page()) });
        }
        Ok(match view.status {
            Status::Pending => End { attestation: None, return_to: None },
            Status::Verified if !view.redeemable => {
                End { attestation: None, return_to: self.return_to("warifu-status", "expired") }
            }
            Status::Verified => {
                let attestation = self.record.attest(ctx, view).await?;
                let return_to = self.return_to("warifu-response", &attestation);
                End { attestation: Some(attestation), return_to }
            }
            Status::Failed | Status::Expired | Status::Canceled => End {
                attestation: None,
                return_to: self.return_to("warifu-status", view.status.as_str()),
            },
        })
    }

    /// The address of a directory server's challenge's last page.
    pub(super) fn last_page(&self) -> String {
        format!("{}/end", self.action)
    }

    fn return_to(&self, name: &str, value: &str) -> Option<String> {
        Some(Address::parse(self.record.sheet().return_url?)?.with_query(name, value))
    }
}

#[cfg(test)]
mod tests;

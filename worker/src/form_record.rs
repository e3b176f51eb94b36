//! The record of a challenge whose form is open: a live one's or a test's. What form and pages do with
//! both is here, once; all else takes a record of one kind.

use warifu_core::{
    attestation::{Claims, TestClaims},
    cardholder::{ChallengeCommand, DeliveryOrder, Reply, View},
    contact::Via,
    record::{ChallengeRecord, Sheet},
    test_mode::{TestCardholder, TestRecord},
};
use warifu_delivery::message::Dispatch;

use crate::{
    cardholder_client,
    config::Config,
    courier::{self, bound_line},
    http::Incoming,
    log::OfChallenge,
    problem::Problem,
    quota::{self, AskedEarly},
    request_context::RequestContext,
    test_mode,
};

/// The record of a challenge whose client secret was shown.
pub(crate) enum FormRecord {
    Live(ChallengeRecord),
    Test(TestRecord),
}

impl FormRecord {
    /// What the form shows.
    pub(crate) fn sheet(&self) -> Sheet<'_> {
        match self {
            Self::Live(record) => record.sheet(),
            Self::Test(record) => record.sheet(),
        }
    }

    /// Whether a directory server asked for the challenge.
    pub(crate) fn is_three_ds(&self) -> bool {
        matches!(self, Self::Live(record) if record.three_ds.is_some())
    }

    /// Whether the pages say that it is a test.
    pub(crate) fn is_test(&self) -> bool {
        matches!(self, Self::Test(_))
    }

    /// The challenge for the log.
    pub(crate) fn of_challenge(&self) -> OfChallenge<'_> {
        match self {
            Self::Live(record) => OfChallenge::of(record),
            Self::Test(record) => OfChallenge::of_test(record),
        }
    }

    /// Has a command decided for the challenge.
    pub(crate) async fn apply(
        &self,
        ctx: &RequestContext,
        command: ChallengeCommand,
    ) -> Result<Reply, Problem> {
        match self {
            Self::Live(record) => cardholder_client::apply(ctx, record, command).await,
            Self::Test(record) => test_mode::apply(ctx, record, command).await,
        }
    }

    /// For a reply that orders a send: reserves a slot at its destination, or uses the one that was asked
    /// for early.
    pub(crate) async fn admit(
        &self,
        ctx: &RequestContext,
        reply: Reply,
        early: AskedEarly,
    ) -> Result<Reply, Problem> {
        match self {
            Self::Live(record) => quota::admit(ctx, record, reply, early).await,
            Self::Test(record) => test_mode::admit(ctx, record, reply).await,
        }
    }

    /// Hands the code to a courier after this answer: delivery never delays the form.
    pub(crate) fn deliver_later(
        &self,
        ctx: &RequestContext,
        incoming: &Incoming,
        view: &View,
        order: DeliveryOrder,
    ) {
        let later = ctx.clone();
        match self {
            Self::Live(record) => {
                let origin_bound = bound_line(ctx, incoming, record, view);
                let dispatch = Dispatch { order, diverted: view.diverted, origin_bound };
                let record = record.clone();
                ctx.execution.wait_until(async move {
                    courier::deliver(&later, &record, dispatch).await;
                });
            }
            Self::Test(record) => {
                let dispatch = Dispatch { order, diverted: view.diverted, origin_bound: None };
                let record = record.clone();
                ctx.execution.wait_until(async move {
                    test_mode::deliver(&later, &record, dispatch).await;
                });
            }
        }
    }

    /// Whether receipts of the newest send can come.
    pub(crate) fn sends_receipts(&self, config: &Config, view: &View) -> bool {
        match self {
            Self::Live(_) => {
                let channel = view.via.as_ref().and_then(Via::sent_by);
                channel.is_some_and(|channel| config.couriers.send_receipts(channel))
            }
            Self::Test(record) => record.cardholder == TestCardholder::Bounced,
        }
    }

    /// Signs the attestation of a verified challenge.
    pub(crate) async fn attest(
        &self,
        ctx: &RequestContext,
        view: &View,
    ) -> Result<String, Problem> {
        let (config, origin) = (&ctx.config, &ctx.origin);
        let unverified = || Problem::internal("attested what is not verified");
        let signed = match self {
            Self::Live(record) => {
                let claims = Claims::of(record, view, origin, &config.rules);
                config.signing.sign(&claims.ok_or_else(unverified)?).await
            }
            Self::Test(record) => {
                let claims = TestClaims::of(record, view, origin, &config.rules);
                config.signing.sign_test(&claims.ok_or_else(unverified)?).await
            }
        };
        signed.map_err(|_| Problem::internal("WebCrypto failed to sign"))
    }
}

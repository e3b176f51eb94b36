//! The courier of test challenges. It asks no provider, and reports what one would have answered. A
//! development server shows the message in its outbox.

use warifu_core::{
    cardholder::{ChallengeCommand, DeliveryReport, DeliveryState, ProviderId},
    test_mode::{TestCardholder, TestRecord},
};
use warifu_delivery::{
    json::Json,
    message::{Composer, Dispatch, TestMessage},
};

use super::apply;
use crate::{bindings::wait, object_call, problem::Problem, request_context::RequestContext};

/// The provider of test messages, by a number that no provider has.
const NOBODY: ProviderId = ProviderId(u8::MAX);

/// How long after it was taken a message comes back.
const BOUNCES_AFTER_MS: u32 = 2_000;

/// Delivers an ordered code of a test challenge to nobody, and reports to its object.
pub(crate) async fn deliver(ctx: &RequestContext, record: &TestRecord, dispatch: Dispatch) {
    let carried = carry(ctx, record, &dispatch).await;
    carried.unwrap_or_else(|problem| ctx.fault(&problem));
}

async fn carry(
    ctx: &RequestContext,
    record: &TestRecord,
    dispatch: &Dispatch,
) -> Result<(), Problem> {
    let number = dispatch.order.number;
    let report = |report| apply(ctx, record, ChallengeCommand::Report(number, report));
    let accepted = || DeliveryReport::Accepted { by: NOBODY, may_have_sent: Vec::new() };
    match record.cardholder {
        TestCardholder::Undeliverable => {
            report(DeliveryReport::BadDestination).await?;
        }
        TestCardholder::SlowProvider => {
            // As long as a provider is waited for.
            wait(ctx.config.couriers.milliseconds).await;
            report(DeliveryReport::Unknown { first: NOBODY, others: Vec::new() }).await?;
        }
        TestCardholder::Bounced => {
            show(ctx, record, dispatch).await?;
            report(accepted()).await?;
            wait(BOUNCES_AFTER_MS).await;
            let bounced = ChallengeCommand::Receipt(number, NOBODY, DeliveryState::Bounced);
            apply(ctx, record, bounced).await?;
        }
        TestCardholder::Verified
        | TestCardholder::Sms
        | TestCardholder::App
        | TestCardholder::WrongCode
        | TestCardholder::Expired
        | TestCardholder::Locked
        | TestCardholder::SendLimit
        | TestCardholder::NotEnrolled => {
            show(ctx, record, dispatch).await?;
            report(accepted()).await?;
        }
    }
    Ok(())
}

/// Puts the message into the outbox of a development server. Elsewhere it ends here.
async fn show(
    ctx: &RequestContext,
    record: &TestRecord,
    dispatch: &Dispatch,
) -> Result<(), Problem> {
    let config = &ctx.config;
    let Some(code) = record.cardholder.right_code().filter(|_| config.is_development()) else {
        return Ok(());
    };
    let composer = Composer {
        wordings: &config.wordings,
        issuer: config.issuer(record.locale),
        code_life: config.rules.code_life,
        origin: &ctx.origin,
    };
    let keep = Json::object([("keep", shown(&composer.test(record, dispatch, code)))]).written();
    object_call::ask(&ctx.asking(), "DEV_TOOLS", "all", &keep).await.map(drop)
}

fn shown(message: &TestMessage) -> Json {
    Json::object([
        ("channel", message.to.channel().as_str().into()),
        ("to", message.to.reveal().into()),
        ("subject", message.subject.as_deref().into()),
        ("text", message.text.as_str().into()),
        ("code", message.code.as_str().into()),
        ("challenge", message.challenge.as_str().into()),
        ("send", u64::from(message.send).into()),
    ])
}

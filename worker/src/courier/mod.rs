//! Deliveries after the answer: a message is composed, and its providers are asked one after the
//! other until one accepts it. Their requests, and what their answers mean, are in
//! `warifu-delivery`; `offer.rs` sends the requests.

mod bound;
mod offer;
mod outbox;

pub(crate) use bound::bound_line;

use warifu_core::{
    cardholder::{ChallengeCommand, DeliveryReport, Reply},
    record::ChallengeRecord,
};
use warifu_delivery::message::{Composer, Dispatch, Message};

use self::offer::Notes;
use crate::{
    cardholder_client,
    log::LoggedMessage,
    problem::Problem,
    quota::{self, Admission, HeldSlots},
    request_context::RequestContext,
    sms_budget,
};

/// Has an ordered delivery carried, and reports the result to the cardholder object. The object can
/// order another delivery in reply, by e-mail after a text message that every provider refused;
/// that is carried too. All this runs after the answer, so that a slow provider does not delay the
/// form.
pub(crate) async fn deliver(ctx: &RequestContext, record: &ChallengeRecord, dispatch: Dispatch) {
    // The slot of the first delivery was reserved before the answer.
    let mut next = Some((dispatch, Ok(Admission::Granted)));
    while let Some((dispatch, admission)) = next {
        let report = carry_code(ctx, record, &dispatch, admission).await;
        let command = ChallengeCommand::Report(dispatch.order.number, report);
        next = match cardholder_client::apply(ctx, record, command).await {
            Ok(Reply::Send(view, order)) => {
                let admission = quota::reserve(ctx, record, &order, 0).await;
                Some((Dispatch { order, diverted: view.diverted, origin_bound: None }, admission))
            }
            Ok(_) => None,
            Err(problem) => {
                ctx.fault(&problem);
                None
            }
        };
    }
}

/// Has the code of one delivery carried, if the destination has a slot for it.
async fn carry_code(
    ctx: &RequestContext,
    record: &ChallengeRecord,
    dispatch: &Dispatch,
    admission: Result<Admission, Problem>,
) -> DeliveryReport {
    let order = &dispatch.order;
    let message = LoggedMessage::Code {
        challenge: &record.id,
        merchant: &record.transaction.merchant,
        send: order.send,
        delivery: order.number,
        channel: order.to.channel(),
    };
    let notes = Notes { ctx, message };
    let mut slots = match admission {
        Ok(Admission::Granted) => HeldSlots::first_of(ctx, record, order),
        Ok(Admission::Limited(_)) => return notes.not_offered("destination limited"),
        Err(problem) => {
            ctx.fault(&problem);
            return notes.not_offered("destination not asked");
        }
    };
    let Some(counted) = sms_budget::spend(ctx, record, &order.to).await else {
        slots.keep(0).await;
        return notes.not_offered("sms budget spent");
    };
    let report = match compose(ctx, record, dispatch) {
        Ok(message) => offer::offer(&ctx.config.couriers, &message, &mut slots, &notes).await,
        Err(problem) => {
            ctx.fault(&problem);
            notes.not_offered("not composed")
        }
    };
    let providers = offer::providers_of(&report);
    slots.keep(providers).await;
    if providers == 0 {
        counted.release(ctx).await;
    }
    report
}

/// Has a notification carried. After a provider that may have sent it, the next is asked as well: that
/// a cardholder is told counts more than a second copy.
pub(crate) async fn carry_notification(
    ctx: &RequestContext,
    message: &Message,
    logged: LoggedMessage<'_>,
) -> DeliveryReport {
    let notes = Notes { ctx, message: logged };
    offer::offer(&ctx.config.couriers, message, &mut HeldSlots::Uncounted, &notes).await
}

/// The message of one delivery, with its code.
fn compose(
    ctx: &RequestContext,
    record: &ChallengeRecord,
    dispatch: &Dispatch,
) -> Result<Message, Problem> {
    let (config, order) = (&ctx.config, &dispatch.order);
    let master = config.master_key(&record.master_key);
    let master = master.ok_or_else(|| Problem::internal("the record's master key is gone"))?;
    let code = record.code_key(master).code(order.opened_at, order.number);
    let composer = Composer {
        wordings: &config.wordings,
        issuer: config.issuer(record.locale),
        code_life: config.rules.code_life,
        origin: &ctx.origin,
    };
    Ok(composer.code(record, dispatch, code))
}

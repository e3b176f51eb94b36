//! Asks the budgets of text messages whose codes nobody typed: that of the merchant and that of the
//! number's country. It is asked after the answer, just before the providers, so it delays no form
//! and no mail.
//!
//! A budget that cannot be asked stops no message. A cardholder who waits for a code is worth more
//! than the price of one, and whoever pumps messages cannot make our objects fail.

use futures_util::future::join_all;
use warifu_core::{
    cardholder::View,
    contact::{Country, Destination, Via},
    record::ChallengeRecord,
    sms_budget::{BudgetCommand, BudgetOwner, BudgetReply, ChallengeRef},
    wire,
};

use crate::{bindings::within, object_call, problem::Problem, request_context::RequestContext};

/// The binding of the budgets' objects.
const CLASS: &str = "SMS_BUDGETS";

/// How long the budgets are waited for, in milliseconds. The providers need the rest of the time that
/// the platform lets work go on.
const PATIENCE_MS: u32 = 2000;

/// A send that the budgets allow.
pub(crate) struct CountedSend {
    challenge: ChallengeRef,
    /// The budgets that counted it; none for e-mail.
    counted: Vec<BudgetOwner>,
}

/// Counts the send of a code. `None` when a budget is spent and the deployment denies what is beyond
/// it; nothing is counted then.
pub(crate) async fn spend(
    ctx: &RequestContext,
    record: &ChallengeRecord,
    to: &Destination,
) -> Option<CountedSend> {
    let challenge = ChallengeRef::of(&record.id);
    let mut send = CountedSend { challenge, counted: Vec::new() };
    let Some(country) = country(to) else { return Some(send) };
    let owners =
        [BudgetOwner::merchant(&record.transaction.merchant), BudgetOwner::Country(country)];
    let asked = join_all(owners.map(|owner| async move {
        let command = BudgetCommand::Spend { owner: owner.clone(), challenge, country };
        let reply = ask(ctx, &owner, command).await;
        (owner, reply)
    }));
    let Some(replies) = within(PATIENCE_MS, asked).await else {
        ctx.fault(&Problem::unavailable("a budget of text messages did not answer in time"));
        return Some(send);
    };
    let mut denied = false;
    for (owner, reply) in replies {
        match reply {
            Ok(BudgetReply::Granted) => send.counted.push(owner),
            Ok(BudgetReply::Denied) => denied = true,
            Ok(BudgetReply::Returned(_)) => {
                ctx.fault(&Problem::internal("a budget gave a reply to another command"));
            }
            Err(problem) => ctx.fault(&problem),
        }
    }
    if denied {
        send.release(ctx).await;
        return None;
    }
    Some(send)
}

fn country(to: &Destination) -> Option<Country> {
    match to {
        Destination::Sms(number) => number.country(),
        Destination::Email(_) => None,
    }
}

impl CountedSend {
    /// Gives the send back: no provider sent the message.
    pub(crate) async fn release(self, ctx: &RequestContext) {
        for owner in &self.counted {
            if let Err(problem) = ask(ctx, owner, BudgetCommand::Release(self.challenge)).await {
                ctx.fault(&problem);
            }
        }
    }
}

/// Gives the sends of a verified challenge back, after the answer. Its merchant's budget knows to
/// which countries they went.
pub(crate) fn refund_later(ctx: &RequestContext, record: &ChallengeRecord, view: &View) {
    if !(matches!(view.via, Some(Via::Sms(_))) || view.diverted) {
        return;
    }
    let (later, challenge) = (ctx.clone(), ChallengeRef::of(&record.id));
    let merchant = BudgetOwner::merchant(&record.transaction.merchant);
    ctx.execution.wait_until(async move {
        if let Err(problem) = refund(&later, &merchant, challenge).await {
            later.fault(&problem);
        }
    });
}

async fn refund(
    ctx: &RequestContext,
    merchant: &BudgetOwner,
    challenge: ChallengeRef,
) -> Result<(), Problem> {
    let refund = BudgetCommand::Refund(challenge);
    let BudgetReply::Returned(countries) = ask(ctx, merchant, refund.clone()).await? else {
        return Err(Problem::internal("a budget gave a reply to another command"));
    };
    for country in countries {
        ask(ctx, &BudgetOwner::Country(country), refund.clone()).await?;
    }
    Ok(())
}

async fn ask(
    ctx: &RequestContext,
    owner: &BudgetOwner,
    command: BudgetCommand,
) -> Result<BudgetReply, Problem> {
    let body = wire::write_asked(&command, ctx.now().await?)?;
    let answer = object_call::ask(&ctx.asking(), CLASS, &owner.object(), &body).await?;
    Ok(wire::read_answer(&answer)?)
}

#[cfg(test)]
mod tests;

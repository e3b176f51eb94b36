//! What a merchant may learn of its creates: asks the merchant's object, before a challenge is opened
//! and before the merchant is told that it cannot be.

use warifu_core::{
    merchant_answers::{AnswerCommand, CardholderRef, CreateRef, Leave},
    record::ChallengeRecord,
    wire,
};

use crate::{
    bindings,
    log::LogEvent,
    object_call,
    problem::{Problem, ProblemCode},
    request_context::RequestContext,
};

/// The binding of the merchants' objects.
const CLASS: &str = "MERCHANTS";

/// A create that may go on.
#[must_use]
pub(crate) struct Disclosure<'a> {
    record: &'a ChallengeRecord,
    create: CreateRef,
    cardholder: CardholderRef,
    /// Whether the merchant knows the cardholder already.
    acquainted: bool,
}

impl<'a> Disclosure<'a> {
    /// Asks before anything is known of the cardholder.
    ///
    /// # Errors
    /// When the merchant was told of too many, and does not know this cardholder.
    pub(crate) async fn ask(
        ctx: &RequestContext,
        record: &'a ChallengeRecord,
    ) -> Result<Self, Problem> {
        let (_, key) = ctx.config.active_master_key()?;
        let transaction = &record.transaction;
        let create = CreateRef::of(&record.id);
        let cardholder = CardholderRef::of(key, &transaction.merchant, &record.cardholder);
        let acquainted = match ask(ctx, record, AnswerCommand::Ask(create, cardholder)).await {
            Ok(acquainted) => acquainted,
            Err(problem) if problem.code == ProblemCode::TooManyUnknownCardholders => {
                return Err(problem);
            }
            Err(problem) => {
                // Purchases go on without this object. Nobody is told that a cardholder is unknown
                // without it: see `refuse`.
                ctx.fault(&problem);
                false
            }
        };
        Ok(Self { record, create, cardholder, acquainted })
    }

    /// Notes that the merchant learns of the cardholder, and knows them from now on.
    pub(crate) async fn meet(self, ctx: &RequestContext) {
        if self.acquainted {
            return;
        }
        let opened = AnswerCommand::Opened(self.create, self.cardholder);
        if let Err(problem) = ask(ctx, self.record, opened).await {
            // Its slot is free again after some seconds.
            ctx.fault(&problem);
        }
    }

    /// What the merchant is told where nothing was opened. That the cardholder is unknown or not
    /// enrolled it is told if it may be, and else what says nothing. Any other refusal of the rules
    /// says that the cardholder is registered. A fault says nothing, and its slot runs out.
    pub(crate) async fn refuse(self, ctx: &RequestContext, refusal: Problem) -> Problem {
        match refusal.code {
            ProblemCode::UnknownCardholder | ProblemCode::NotEnrolled => {}
            code if code.status() < 500 => {
                self.meet(ctx).await;
                return refusal;
            }
            _ => return refusal,
        }
        let tell = AnswerCommand::Tell(self.create, Some(self.cardholder));
        let told = ask(ctx, self.record, tell).await;
        told.map_or_else(|problem| problem, |_| refusal)
    }
}

/// Whether the merchant knows the cardholder already.
///
/// # Errors
/// When the merchant was told of too many, and when its object cannot be asked.
async fn ask(
    ctx: &RequestContext,
    record: &ChallengeRecord,
    command: AnswerCommand,
) -> Result<bool, Problem> {
    if !bindings::is_bound(&ctx.env, CLASS) {
        // A deployment whose wrangler.toml is from before this class. It goes on as it did.
        ctx.fault(&Problem::unbound(CLASS));
        return Ok(true);
    }
    let now = ctx.now().await?;
    let merchant = &record.transaction.merchant;
    let body = wire::write_answer_command(&command, now)?;
    let leave = object_call::ask(&ctx.env, CLASS, merchant.as_str(), &body, ctx.request()).await?;
    match wire::read_leave(&leave)? {
        Leave::Granted => Ok(false),
        Leave::Acquainted => Ok(true),
        Leave::Limited(until) => {
            ctx.log(&LogEvent::MerchantLimited { merchant });
            Err(Problem::too_many_unknown_cardholders(until.seconds_from(now)))
        }
    }
}

#[cfg(test)]
mod tests;

//! What a merchant may learn of its creates: asks the merchant's object, before a challenge is opened
//! and before the merchant is told that it cannot be.

use warifu_core::{
    ids::MerchantId,
    merchant_answers::{AnswerCommand, CardholderRef, CreateRef, Leave, NotedId},
    record::ChallengeRecord,
    secret::KeyMode,
};

use crate::{
    bindings::within,
    log::LogEvent,
    merchant_object::{self, unexpected},
    problem::{Problem, ProblemCode},
    request_context::RequestContext,
};

/// How long the merchant's object is waited for before a challenge is opened without it, in milliseconds.
const PATIENCE_MS: u32 = 2_000;

/// A create that may go on.
#[must_use]
pub(crate) struct Disclosure {
    merchant: MerchantId,
    create: CreateRef,
    cardholder: CardholderRef,
    /// Whether the merchant knows the cardholder already.
    acquainted: bool,
}

impl Disclosure {
    /// Asks before anything is known of the cardholder.
    ///
    /// # Errors
    /// When the merchant was told of too many, and does not know this cardholder.
    pub(crate) async fn ask(
        ctx: &RequestContext,
        record: &ChallengeRecord,
    ) -> Result<Self, Problem> {
        let (_, key) = ctx.config.active_master_key()?;
        let merchant = record.transaction.merchant.clone();
        let create = CreateRef::of(&record.id);
        let cardholder = CardholderRef::of(key, &merchant, &record.cardholder);
        let noted = Some(NotedId::live(&record.id));
        let command = AnswerCommand::Ask(create, cardholder, noted);
        let asked = within(PATIENCE_MS, ask(ctx, &merchant, command)).await;
        let late = || Err(Problem::unavailable("a merchant's object did not answer in time"));
        let acquainted = match asked.unwrap_or_else(late) {
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
        Ok(Self { merchant, create, cardholder, acquainted })
    }

    /// Notes, after the answer, that the merchant learns of the cardholder and knows them from now on.
    pub(crate) fn meet_later(self, ctx: &RequestContext) {
        if self.acquainted {
            return;
        }
        let later = ctx.clone();
        ctx.execution.wait_until(async move {
            let opened = AnswerCommand::Opened(self.create, self.cardholder);
            if let Err(problem) = ask(&later, &self.merchant, opened).await {
                // Its slot is free again after some seconds.
                later.fault(&problem);
            }
        });
    }

    /// What the merchant is told where nothing was opened. That the cardholder is unknown or not
    /// enrolled it is told if it may be, and else what says nothing. Any other refusal of the rules
    /// says that the cardholder is registered. A fault says nothing, and its slot runs out.
    pub(crate) async fn refuse(self, ctx: &RequestContext, refusal: Problem) -> Problem {
        match refusal.code {
            ProblemCode::UnknownCardholder | ProblemCode::NotEnrolled => {}
            code if code.status() < 500 => {
                self.meet_later(ctx);
                return refusal;
            }
            _ => return refusal,
        }
        let tell = AnswerCommand::Tell(self.create, Some(self.cardholder));
        let told = ask(ctx, &self.merchant, tell).await;
        told.map_or_else(|problem| problem, |_| refusal)
    }
}

/// Whether the merchant knows the cardholder already.
///
/// # Errors
/// When the merchant was told of too many, and when its object cannot be asked.
async fn ask(
    ctx: &RequestContext,
    merchant: &MerchantId,
    command: AnswerCommand,
) -> Result<bool, Problem> {
    match merchant_object::ask(ctx, merchant, KeyMode::Live, &command).await? {
        // It goes on as it did before this class.
        None => Ok(true),
        Some(Leave::Granted) => Ok(false),
        Some(Leave::Acquainted) => Ok(true),
        Some(Leave::Limited(until)) => {
            ctx.log(&LogEvent::MerchantLimited { merchant });
            let now = ctx.now().await?;
            let window = ctx.config.rules.unknown_answers.window;
            Err(Problem::too_many_unknown_cardholders(until.rest_from(now, window)))
        }
        Some(other @ (Leave::Recent(_) | Leave::Noted)) => Err(unexpected(other)),
    }
}

#[cfg(test)]
mod tests;

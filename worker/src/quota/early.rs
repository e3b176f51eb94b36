//! A slot for a challenge's first message, asked for while the cardholder's object decides whether one is
//! ordered: the client secret says which bucket counts the destination. A slot that is not used is
//! given back.
//!
//! Two showings of one form at once ask for one slot, and one of them gets it. The message is ordered
//! in either: the other one then asks for its slot as ever, and [`QuotaCommand::ReleaseEarly`] leaves
//! it that.

use futures_channel::oneshot;
use warifu_core::{
    cardholder::{DeliveryOrder, Places},
    client_secret::Locator,
    destination::{self, DeliveryRef, DestinationName, EarlyReply, QuotaCommand, Sender},
    ids::ChallengeId,
    record::ChallengeRecord,
    wire,
};

use super::{Admission, CLASS, ask_named};
use crate::{object_call, problem::Problem, request_context::RequestContext};

/// The number of a challenge's first delivery.
const FIRST: u32 = 1;

/// A slot that was asked for; the answer may be under way.
#[must_use]
pub(crate) struct AskedEarly(Option<oneshot::Receiver<Answer>>);

/// `None` where the bucket decides nothing.
type Answer = Result<Option<EarlySlot>, Problem>;

/// What a bucket answered. Dropped with a slot in it, it gives the slot back.
struct EarlySlot {
    ctx: RequestContext,
    name: DestinationName,
    message: DeliveryRef,
    reply: EarlyReply,
}

impl AskedEarly {
    /// No slot: it is asked for once a message is ordered.
    pub(crate) fn not() -> Self {
        Self(None)
    }

    /// Asks for the slot of the first message, where the client secret names a destination. It goes on
    /// although nobody waits for the answer.
    pub(crate) fn first(ctx: &RequestContext, id: &ChallengeId, locator: &Locator) -> Self {
        let Some(name) = locator.destination else { return Self::not() };
        let (ctx, id, merchant) = (ctx.clone(), id.clone(), locator.merchant.clone());
        let (answer, answered) = oneshot::channel();
        let execution = ctx.execution.clone();
        execution.wait_until(async move {
            let message = DeliveryRef::of(&id, FIRST, 0);
            let asked = match ctx.config.active_master_key() {
                Ok((_, key)) => {
                    let sender = Sender::at(key, name, &id, &merchant, Places::Common);
                    EarlySlot::ask(ctx, name, message, sender).await
                }
                Err(problem) => Err(problem),
            };
            // Where nobody waits any more, a slot is given back here.
            drop(answer.send(asked));
        });
        Self(Some(answered))
    }

    /// What it comes to for a message that is ordered; `None` where its slot has to be asked for now.
    pub(super) async fn admission(
        self,
        ctx: &RequestContext,
        record: &ChallengeRecord,
        order: &DeliveryOrder,
    ) -> Result<Option<Admission>, Problem> {
        let Some(answered) = self.0 else { return Ok(None) };
        let (_, key) = ctx.config.active_master_key()?;
        let name = destination::name(key, &order.to);
        let message = DeliveryRef::of(&record.id, order.number, 0);
        let slot = answered.await.unwrap_or(Ok(None))?;
        let slot = slot.filter(|slot| slot.name == name && slot.message == message);
        Ok(slot.and_then(|slot| slot.used_for(order.places)))
    }
}

impl EarlySlot {
    async fn ask(
        ctx: RequestContext,
        name: DestinationName,
        message: DeliveryRef,
        sender: Sender,
    ) -> Answer {
        let body = wire::write_early_command(name, message, sender, ctx.now().await?)?;
        // Given back if no answer comes: the bucket may have reserved it all the same.
        let mut slot = Self { ctx, name, message, reply: EarlyReply::Taken };
        match object_call::ask_if_it_can(&slot.ctx.asking(), CLASS, &name.bucket(), &body).await? {
            Some(reply) => {
                slot.reply = wire::read_answer(&reply)?;
                Ok(Some(slot))
            }
            None => {
                slot.keep();
                Ok(None)
            }
        }
    }

    /// What it comes to for its message, which may take these places. It was asked for among the common
    /// ones.
    fn used_for(mut self, places: Places) -> Option<Admission> {
        match (self.reply, places) {
            (EarlyReply::Taken, Places::Common | Places::All) => {
                self.keep();
                Some(Admission::Granted)
            }
            (EarlyReply::Taken, Places::Kept) => {
                // The message's own question takes its place.
                self.keep();
                None
            }
            (EarlyReply::Until(until), Places::Common) => Some(Admission::Limited(until)),
            (EarlyReply::Until(_), Places::All | Places::Kept) | (EarlyReply::Held, _) => None,
        }
    }

    fn keep(&mut self) {
        self.reply = EarlyReply::Held;
    }
}

impl Drop for EarlySlot {
    fn drop(&mut self) {
        if self.reply != EarlyReply::Taken {
            return;
        }
        let (later, name, message) = (self.ctx.clone(), self.name, self.message);
        self.ctx.execution.wait_until(async move {
            let release = QuotaCommand::ReleaseEarly(message);
            if let Err(problem) = ask_named(&later, name, &release).await {
                later.fault(&problem);
            }
        });
    }
}

#[cfg(test)]
mod tests;

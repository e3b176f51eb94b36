//! A form's address whose client secret was proved, and asking the cardholder's object with what the
//! secret says, at the same time as the record is read.

use futures_util::future::join;
use warifu_core::{
    cardholder::{ChallengeCommand, DeliveryReport, Reply},
    client_secret::{ClientSecret, Locator},
    code::CodeKey,
    ids::ChallengeId,
    record::ChallengeRecord,
    secret::MasterKey,
};

use super::opened::Opened;
use crate::{
    cardholder_client, events,
    http::Incoming,
    limits,
    log::Caller,
    problem::{Problem, ProblemCode},
    request_context::RequestContext,
    store::Store,
};

/// An address whose client secret is ours. Nothing was read yet.
pub(super) struct Entered {
    pub(super) id: ChallengeId,
    /// The name of the master key that made the secret.
    master: String,
    locator: Option<Locator>,
    /// The form's address, which its own posts go below.
    action: String,
    /// Whether its page is shown in a frame of another page.
    framed: bool,
}

/// A challenge of which it is known where it is decided.
pub(super) struct Located {
    entered: Entered,
    pub(super) locator: Locator,
    /// The record, where the secret did not say enough.
    record: Option<ChallengeRecord>,
}

fn unknown() -> Problem {
    ProblemCode::ChallengeNotFound.problem()
}

impl Entered {
    /// Proves a client secret. Calls with one of ours are limited by its challenge, others by their
    /// address.
    pub(super) async fn by(
        ctx: &RequestContext,
        incoming: &Incoming,
        secret: &str,
    ) -> Result<Self, Problem> {
        let Some(presented) = ClientSecret::open(secret, ctx.config.named_master_keys()) else {
            limits::address(ctx, incoming).await?;
            return Err(unknown());
        };
        limits::form(ctx, presented.id.as_str()).await?;
        ctx.called_by(Caller::Cardholder);
        Ok(Self {
            id: presented.id,
            master: presented.master.to_owned(),
            locator: presented.locator,
            action: format!("/challenge/{secret}"),
            framed: incoming.is_framed(),
        })
    }

    /// Reads the record.
    pub(super) async fn opened(self, ctx: &RequestContext) -> Result<Opened, Problem> {
        let record = Store::of(&ctx.env)?.challenge(&self.id).await?.ok_or_else(unknown)?;
        Ok(self.with(record))
    }

    /// Finds where the challenge is decided: in the secret, or in the record for a secret that a
    /// release before locators made.
    pub(super) async fn located(self, ctx: &RequestContext) -> Result<Located, Problem> {
        if let Some(locator) = self.locator.clone() {
            return Ok(Located { entered: self, locator, record: None });
        }
        let record = Store::of(&ctx.env)?.challenge(&self.id).await?.ok_or_else(unknown)?;
        let entered = Self { master: record.master_key.clone(), ..self };
        Ok(Located { entered, locator: record.locator(), record: Some(record) })
    }

    fn with(self, record: ChallengeRecord) -> Opened {
        Opened { record, action: self.action, framed: self.framed }
    }
}

impl Located {
    /// The challenge.
    pub(super) fn id(&self) -> &ChallengeId {
        &self.entered.id
    }

    /// The master key of the challenge, if the deployment still has it.
    pub(super) fn master_key<'a>(&self, ctx: &'a RequestContext) -> Result<&'a MasterKey, Problem> {
        ctx.config.master_key(&self.entered.master).ok_or_else(unknown)
    }

    /// The key of the challenge's codes.
    pub(super) fn code_key(&self, master: &MasterKey) -> CodeKey {
        self.locator.code_key(master, &self.entered.id)
    }

    /// Asks the object, and reads the record at the same time. The object decides by the digest that
    /// it pinned. Whoever asks is answered only with the record of that digest: without it, a send
    /// that the object ordered is taken back.
    pub(super) async fn ask(
        self,
        ctx: &RequestContext,
        command: ChallengeCommand,
    ) -> Result<(Opened, Result<Reply, Problem>), Problem> {
        let Self { entered, locator, record } = self;
        let id = entered.id.clone();
        let asked = cardholder_client::call_located(ctx, &id, &locator, command);
        let (asked, read) = match record {
            Some(record) => (asked.await, Ok(record)),
            None => {
                let store = Store::of(&ctx.env)?;
                let (asked, read) = join(asked, store.challenge(&id)).await;
                let pinned = |record: &ChallengeRecord| record.digest() == locator.record;
                (asked, read.and_then(|read| read.filter(pinned).ok_or_else(unknown)))
            }
        };
        let reply = asked.map(|(reply, due)| {
            events::tell_later(ctx, &locator.cardholder, due, read.as_ref().ok());
            reply
        });
        match read {
            Ok(record) => Ok((entered.with(record), reply)),
            Err(problem) => {
                if let Ok(Reply::Send(_, order)) = reply {
                    let undone = DeliveryReport::Limited(order.opened_at);
                    let report = ChallengeCommand::Report(order.number, undone);
                    let undo = cardholder_client::call_located(ctx, &id, &locator, report);
                    let (_, due) = undo.await?;
                    events::tell_later(ctx, &locator.cardholder, due, None);
                }
                Err(problem)
            }
        }
    }
}

#[cfg(test)]
mod tests;

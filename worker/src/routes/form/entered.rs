//! A form's address whose client secret was proved, and asking the object with what the secret says, at
//! the same time as the record is read.

use futures_util::future::join;
use warifu_core::{
    cardholder::{ChallengeCommand, DeliveryReport, DueEvent, Reply},
    client_secret::{ClientSecret, Locator},
    code::SubmittedCode,
    digest::Digest,
    ids::ChallengeId,
    known_network::NetworkMark,
    record::ChallengeRecord,
    secret::KeyMode,
    test_mode::{TestChallengeId, TestClientSecret, TestLocator},
};

use super::{known_browser, opened::Opened};
use crate::{
    cardholder_client, events,
    form_record::FormRecord,
    http::Incoming,
    limits,
    log::Caller,
    problem::{Problem, ProblemCode},
    quota::AskedEarly,
    request_context::RequestContext,
    store::Store,
    test_mode,
};

/// An address whose client secret is ours. Nothing was read yet.
pub(super) struct Entered {
    secret: Secret,
    page: Page,
}

/// What a client secret said.
enum Secret {
    Live {
        id: ChallengeId,
        /// The name of the master key that made the secret.
        master: String,
        locator: Option<Locator>,
    },
    Test {
        id: TestChallengeId,
        locator: TestLocator,
    },
}

/// The form as it was asked for.
struct Page {
    /// The form's address, which its own posts go below.
    action: String,
    /// Whether its page is shown in a frame of another page.
    framed: bool,
}

/// A code that was submitted.
#[derive(Clone)]
pub(super) struct Submission {
    pub(super) code: SubmittedCode,
    /// The digest of the attempt, if it was named.
    pub(super) attempt: Option<Digest>,
    /// The address that it came from, as our edge saw it.
    pub(super) from: String,
}

/// A challenge of which it is known where it is decided.
pub(super) struct Located {
    place: Place,
    page: Page,
}

/// Where a challenge is decided.
enum Place {
    Live {
        id: ChallengeId,
        master: String,
        locator: Locator,
        /// The record, where the secret did not say enough.
        record: Option<Box<ChallengeRecord>>,
    },
    Test {
        id: TestChallengeId,
        locator: TestLocator,
    },
}

fn unknown() -> Problem {
    ProblemCode::ChallengeNotFound.problem()
}

impl Secret {
    /// What a presented text says; `None` for one that is not ours.
    fn open(ctx: &RequestContext, text: &str) -> Option<Self> {
        let masters = || ctx.config.named_master_keys();
        let takes = |mode| ctx.config.test_mode.takes(mode);
        if let Some(live) = ClientSecret::open(text, masters()) {
            let master = live.master.to_owned();
            return takes(KeyMode::Live).then_some(Self::Live {
                id: live.id,
                master,
                locator: live.locator,
            });
        }
        let test = TestClientSecret::open(text, masters()).filter(|_| takes(KeyMode::Test))?;
        Some(Self::Test { id: test.id, locator: test.locator })
    }
}

impl Secret {
    /// Whether it is of a directory server's challenge.
    fn is_three_ds(&self) -> bool {
        match self {
            Self::Live { locator: Some(locator), .. } => locator.merchant.is_of_directory_server(),
            Self::Live { locator: None, .. } | Self::Test { .. } => false,
        }
    }
}

impl Entered {
    /// Proves a client secret. Calls with one of ours are limited by its challenge, others by their
    /// address.
    pub(super) async fn by(
        ctx: &RequestContext,
        incoming: &Incoming,
        secret: &str,
    ) -> Result<Self, Problem> {
        Self::of(ctx, incoming, secret, Secret::open(ctx, secret)).await
    }

    async fn of(
        ctx: &RequestContext,
        incoming: &Incoming,
        text: &str,
        opened: Option<Secret>,
    ) -> Result<Self, Problem> {
        let page = Page { action: format!("/challenge/{text}"), framed: incoming.is_framed() };
        let Some(secret) = opened else {
            limits::address(ctx, incoming).await?;
            return Err(unknown());
        };
        let entered = Self { secret, page };
        limits::form(ctx, entered.id()).await?;
        ctx.called_by(Caller::Cardholder);
        Ok(entered)
    }

    /// The same for what a page of ours posts or asks. A directory server's challenge may be in a
    /// frame whose origin is opaque.
    pub(super) async fn posted(
        ctx: &RequestContext,
        incoming: &Incoming,
        secret: &str,
    ) -> Result<Self, Problem> {
        let opened = Secret::open(ctx, secret);
        match opened.as_ref().is_some_and(Secret::is_three_ds) {
            true => incoming.refuse_other_origin()?,
            false => incoming.require_same_origin()?,
        }
        Self::of(ctx, incoming, secret, opened).await
    }

    /// The id of the challenge.
    pub(super) fn id(&self) -> &str {
        match &self.secret {
            Secret::Live { id, .. } => id.as_str(),
            Secret::Test { id, .. } => id.as_str(),
        }
    }

    /// The challenge, unless it is a test or its secret does not say where it is decided.
    pub(super) fn live(&self) -> Option<(&ChallengeId, &Locator)> {
        match &self.secret {
            Secret::Live { id, locator: Some(locator), .. } => Some((id, locator)),
            Secret::Live { locator: None, .. } | Secret::Test { .. } => None,
        }
    }

    /// The challenge with its record.
    pub(super) fn with(self, record: FormRecord) -> Opened {
        self.page.of(record)
    }

    /// Reads the record.
    pub(super) async fn opened(self, ctx: &RequestContext) -> Result<Opened, Problem> {
        let store = Store::of(&ctx.env)?;
        let record = match &self.secret {
            Secret::Live { id, .. } => store.challenge(id).await?.map(FormRecord::Live),
            Secret::Test { id, .. } => store.test_challenge(id).await?.map(FormRecord::Test),
        };
        Ok(self.page.of(record.ok_or_else(unknown)?))
    }

    /// Finds where the challenge is decided: in the secret, or in the record for a secret that a
    /// release before locators made.
    pub(super) async fn located(self, ctx: &RequestContext) -> Result<Located, Problem> {
        let place = match self.secret {
            Secret::Test { id, locator } => Place::Test { id, locator },
            Secret::Live { id, master, locator: Some(locator) } => {
                Place::Live { id, master, locator, record: None }
            }
            Secret::Live { id, locator: None, .. } => {
                let record = Store::of(&ctx.env)?.challenge(&id).await?.ok_or_else(unknown)?;
                let (master, locator) = (record.master_key.clone(), record.locator());
                Place::Live { id, master, locator, record: Some(Box::new(record)) }
            }
        };
        Ok(Located { place, page: self.page })
    }
}

impl Page {
    fn of(self, record: FormRecord) -> Opened {
        Opened { record, action: self.action, framed: self.framed }
    }
}

impl Located {
    /// Whether a directory server asked for the challenge.
    pub(super) fn is_three_ds(&self) -> bool {
        match &self.place {
            Place::Live { locator, .. } => locator.merchant.is_of_directory_server(),
            Place::Test { .. } => false,
        }
    }

    /// Whether an origin is one of the merchant's.
    pub(super) fn has_origin(&self, origin: &str) -> bool {
        match &self.place {
            Place::Live { locator, .. } => locator.has_origin(origin),
            Place::Test { locator, .. } => locator.has_origin(origin),
        }
    }

    /// Whether the browser that asks verified a challenge of the cardholder at the merchant before. A
    /// test leaves no mark in a browser.
    pub(super) async fn is_known_browser(
        &self,
        ctx: &RequestContext,
        incoming: &Incoming,
    ) -> Result<bool, Problem> {
        match &self.place {
            Place::Live { .. } if self.is_three_ds() => Ok(false),
            Place::Live { locator, .. } => known_browser::is_known(ctx, incoming, locator).await,
            Place::Test { .. } => Ok(false),
        }
    }

    /// Asks for the slot of the first message, where that can be asked for before it is ordered.
    pub(super) fn ask_early(&self, ctx: &RequestContext) -> AskedEarly {
        match &self.place {
            Place::Live { id, locator, .. } => AskedEarly::first(ctx, id, locator),
            Place::Test { .. } => AskedEarly::not(),
        }
    }

    /// The command that compares a code. A test teaches no network.
    pub(super) fn verify(
        &self,
        ctx: &RequestContext,
        submission: Submission,
    ) -> Result<ChallengeCommand, Problem> {
        let Submission { code, attempt, from } = submission;
        match &self.place {
            Place::Live { id, master, locator, .. } => {
                // The deployment may have the key no more.
                let master = ctx.config.master_key(master).ok_or_else(unknown)?;
                Ok(ChallengeCommand::Verify {
                    key: locator.code_key(master, id),
                    app: None,
                    code,
                    attempt,
                    network: NetworkMark::of(master, &locator.cardholder, &from),
                    #[cfg(feature = "next-version")]
                    by_next: true,
                })
            }
            Place::Test { .. } => Ok(ChallengeCommand::VerifyTest { code, attempt }),
        }
    }

    /// Asks the object, and reads the record at the same time. The object decides by the digest that
    /// it pinned. Whoever asks is answered only with the record of that digest: without it, a send
    /// that the object ordered is taken back.
    pub(super) async fn ask(
        self,
        ctx: &RequestContext,
        command: ChallengeCommand,
    ) -> Result<(Opened, Result<Reply, Problem>), Problem> {
        let Self { mut place, page } = self;
        let (asked, read) = match place.take_record() {
            Some(record) => (place.call(ctx, command).await, Ok(record)),
            None => {
                let store = Store::of(&ctx.env)?;
                let (asked, read) = join(place.call(ctx, command), place.read(&store)).await;
                (asked, read.and_then(|read| read.ok_or_else(unknown)))
            }
        };
        let reply = asked.map(|(reply, due)| {
            place.tell_later(ctx, due, read.as_ref().ok());
            reply
        });
        match read {
            Ok(record) => Ok((page.of(record), reply)),
            Err(problem) => {
                if let Ok(Reply::Send(_, order)) = reply {
                    let undone = DeliveryReport::Limited(order.opened_at);
                    let report = ChallengeCommand::Report(order.number, undone);
                    let (_, due) = place.call(ctx, report).await?;
                    place.tell_later(ctx, due, None);
                }
                Err(problem)
            }
        }
    }
}

impl Place {
    fn take_record(&mut self) -> Option<FormRecord> {
        match self {
            Self::Live { record, .. } => record.take().map(|record| FormRecord::Live(*record)),
            Self::Test { .. } => None,
        }
    }

    async fn call(
        &self,
        ctx: &RequestContext,
        command: ChallengeCommand,
    ) -> Result<(Reply, Vec<DueEvent>), Problem> {
        match self {
            Self::Live { id, locator, .. } => {
                cardholder_client::call_located(ctx, id, locator, command).await
            }
            Self::Test { id, locator } => test_mode::call_located(ctx, id, locator, command).await,
        }
    }

    /// The record that the object pinned.
    async fn read(&self, store: &Store) -> Result<Option<FormRecord>, Problem> {
        Ok(match self {
            Self::Live { id, locator, .. } => {
                let record = store.challenge(id).await?;
                record.filter(|read| read.digest() == locator.record).map(FormRecord::Live)
            }
            Self::Test { id, locator } => {
                let record = store.test_challenge(id).await?;
                record.filter(|read| read.digest() == locator.record).map(FormRecord::Test)
            }
        })
    }

    /// Tells the events that came with a reply. Those of a test whose record is not there are told by
    /// its object's alarm.
    fn tell_later(&self, ctx: &RequestContext, due: Vec<DueEvent>, record: Option<&FormRecord>) {
        match (self, record) {
            (Self::Live { locator, .. }, Some(FormRecord::Live(record))) => {
                events::tell_later(ctx, &locator.cardholder, due, Some(record));
            }
            (Self::Live { locator, .. }, _) => {
                events::tell_later(ctx, &locator.cardholder, due, None);
            }
            (Self::Test { .. }, Some(FormRecord::Test(record))) => {
                events::tell_test_later(ctx, due, record);
            }
            (Self::Test { .. }, _) => {}
        }
    }
}

#[cfg(test)]
mod tests;

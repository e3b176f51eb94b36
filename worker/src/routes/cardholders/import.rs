//! `POST /v1/cardholders`: many cardholders in one request, one JSON object a line.
//!
//! Every line is a PUT of its own: applied or refused as a whole, with an answer of its own. The
//! answers are sent as they come, and the last line counts them. A caller that does not get this
//! line sends the request again, which does no harm.

use futures_util::future::join_all;
use serde::Serialize;
use warifu_core::{
    cardholder::{BoundBy, MOST_CARDS, Refusal, Registration},
    digest::Digest,
    ids::CardholderId,
    time::Timestamp,
};
use warifu_delivery::json::Fields;

use super::{Registered, cards, parse, register, registration, status};
use crate::{
    audit, auth, cardholder_index,
    http::{Incoming, LineWriter},
    issuer_keys::IssuerAct,
    log::Act,
    problem::{Problem, ProblemCode},
    request_context::RequestContext,
    response::Response,
};

/// The largest import, in bytes: whole MiB, as its refusal says.
const MOST_BYTES: usize = 4 << 20;

/// The most lines. Each is a call of an object, and the platform bounds the calls of one request.
const MOST_LINES: usize = 10_000;

/// How many lines are decided at a time.
const AT_ONCE: usize = 50;

/// A line that was not empty, by its number from 1.
struct Line {
    number: usize,
    bytes: Vec<u8>,
}

/// A line as it was read: the cardholder's id, if that could be read, the registration and the cards.
struct ImportLine {
    number: usize,
    id: Option<CardholderId>,
    registration: Result<Registration, Problem>,
    cards: Vec<Digest>,
}

/// The answer to one line.
#[derive(Serialize)]
struct Answer {
    line: usize,
    id: Option<CardholderId>,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// What it came to, for the log.
    #[serde(skip)]
    outcome: Outcome,
}

/// What a line came to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// The cardholder was unknown before.
    Registered,
    /// A destination or the channel is another than before.
    Changed,
    Unchanged,
    Refused,
}

/// How many lines of an import were answered.
#[derive(Default)]
struct Tally {
    imported: usize,
    refused: usize,
}

/// The last line, which counts the others.
#[derive(Serialize)]
struct Summary {
    done: bool,
    lines: usize,
    imported: usize,
    refused: usize,
}

/// Registers every line.
pub(crate) async fn import(
    ctx: &RequestContext,
    incoming: &mut Incoming,
) -> Result<Response, Problem> {
    auth::issuer(ctx, incoming, IssuerAct::Register).await?;
    let too_large = || {
        let mib = MOST_BYTES >> 20;
        let most = format!("Send at most {MOST_LINES} lines and {mib} MiB in one request.");
        ProblemCode::BodyTooLarge.saying(&most)
    };
    let body = incoming.body_up_to(MOST_BYTES).await.map_err(|problem| match problem.code {
        ProblemCode::BodyTooLarge => too_large(),
        _ => problem,
    })?;
    let lines = body.lines()?;
    // One line more than is allowed is read, which shows that there are too many. Reading all of 4
    // MiB of short lines would take most of our memory.
    let lines = lines.take(MOST_LINES + 1);
    let lines: Vec<Line> =
        lines.map(|(number, bytes)| Line { number, bytes: bytes.to_vec() }).collect();
    if lines.len() > MOST_LINES {
        return Err(too_large());
    }
    let (writer, response) = LineWriter::open()?;
    let later = ctx.clone();
    ctx.execution.wait_until(async move {
        // A caller who went away gets no more answers. Up to one group of lines may have been
        // applied without an answer; what they changed is told.
        if let Err(problem) = register_and_tell(&later, &lines, &writer).await {
            writer.abort();
            later.fault(&problem);
        }
    });
    Ok(response)
}

/// Registers every line, and tells how many were on every way out.
async fn register_and_tell(
    ctx: &RequestContext,
    lines: &[Line],
    writer: &LineWriter,
) -> Result<(), Problem> {
    let mut tally = Tally::default();
    let registered = register_all(ctx, lines, writer, &mut tally).await;
    let (lines, Tally { imported, refused }) = (lines.len(), tally);
    audit::done(ctx, &Act::ImportFinished { lines, imported, refused }).await;
    registered?;
    writer.write(&Summary { done: true, lines, imported, refused }).await?;
    writer.close().await
}

async fn register_all(
    ctx: &RequestContext,
    lines: &[Line],
    writer: &LineWriter,
    tally: &mut Tally,
) -> Result<(), Problem> {
    let mut group: Vec<ImportLine> = Vec::new();
    for line in lines {
        let next = ImportLine::read(line);
        // Two lines about one cardholder are never decided at the same time, so that the later one
        // stays.
        let same = |before: &ImportLine| before.id.is_some() && before.id == next.id;
        if group.len() >= AT_ONCE || group.iter().any(same) {
            register_group(ctx, std::mem::take(&mut group), writer, tally).await?;
        }
        group.push(next);
    }
    register_group(ctx, group, writer, tally).await
}

/// Registers a few lines at once, tells what they changed, and writes their answers.
async fn register_group(
    ctx: &RequestContext,
    group: Vec<ImportLine>,
    writer: &LineWriter,
    tally: &mut Tally,
) -> Result<(), Problem> {
    let now = ctx.now().await?;
    let mut answers = join_all(group.into_iter().map(|line| line.register(ctx, now))).await;
    // Before the answers: a caller who does not wait for them is told of all the same.
    tell(ctx, &answers).await;
    index(ctx, &mut answers).await;
    let refused = answers.iter().filter(|answer| answer.outcome == Outcome::Refused).count();
    tally.refused += refused;
    tally.imported += answers.len() - refused;
    for answer in &answers {
        writer.write(answer).await?;
    }
    Ok(())
}

/// Adds those of a few lines to the index who were taken, with one call. Where that fails, the lines are
/// answered as if it were not known whether they were taken, so that they are sent again.
async fn index(ctx: &RequestContext, answers: &mut [Answer]) {
    let taken = |answer: &&mut Answer| answer.outcome != Outcome::Refused;
    let ids: Vec<_> =
        answers.iter_mut().filter(taken).filter_map(|answer| answer.id.clone()).collect();
    if ids.is_empty() {
        return;
    }
    if let Err(problem) = cardholder_index::add(ctx, ids).await {
        ctx.fault(&problem);
        for answer in answers.iter_mut().filter(taken) {
            answer.refuse(&problem);
        }
    }
}

/// Tells whom a few lines registered, and whose destination or channel they changed.
async fn tell(ctx: &RequestContext, answers: &[Answer]) {
    let ids = |outcome| {
        let answers = answers.iter().filter(|answer| answer.outcome == outcome);
        let ids = answers.filter_map(|answer| answer.id.as_ref()).map(CardholderId::as_str);
        ids.collect::<Vec<_>>().join(",")
    };
    let (registered, changed) = (ids(Outcome::Registered), ids(Outcome::Changed));
    if !(registered.is_empty() && changed.is_empty()) {
        let act = Act::ImportApplied { registered: &registered, changed: &changed };
        audit::done(ctx, &act).await;
    }
}

impl ImportLine {
    fn read(line: &Line) -> Self {
        let (mut id, mut of_line) = (None, Vec::new());
        let fields = Fields::of_body(&line.bytes).map_err(Problem::from);
        let registration = fields.and_then(|mut fields| {
            id = Some(parse(&fields.text("id")?)?);
            of_line = cards(&mut fields)?;
            registration::registration(fields, BoundBy::Import)
        });
        Self { number: line.number, id, registration, cards: of_line }
    }

    async fn register(self, ctx: &RequestContext, now: Timestamp) -> Answer {
        let Self { number: line, id, registration, cards } = self;
        let outcome = match (registration, &id) {
            (Ok(registration), Some(id)) => registered(ctx, id, registration, &cards, now).await,
            (Err(problem), _) => Err(problem),
            (Ok(_), None) => Err(Problem::internal("a line without an id was taken")),
        };
        match outcome {
            Ok(Registered { new, changed, .. }) => Answer {
                line,
                id,
                status: status(new),
                code: None,
                field: None,
                detail: None,
                outcome: match new {
                    true => Outcome::Registered,
                    false if changed.is_empty() => Outcome::Unchanged,
                    false => Outcome::Changed,
                },
            },
            Err(problem) => {
                ctx.fault(&problem);
                let outcome = Outcome::Refused;
                let mut answer =
                    Answer { line, id, status: 0, code: None, field: None, detail: None, outcome };
                answer.refuse(&problem);
                answer
            }
        }
    }
}

/// The cards of a line: an optional list of digests. One that is given twice counts once.
fn cards(fields: &mut Fields) -> Result<Vec<Digest>, Problem> {
    let mut cards = Vec::new();
    for (index, text) in fields.optional_texts("cards")?.unwrap_or_default().iter().enumerate() {
        let card = cards::card(&format!("cards[{index}]"), text)?;
        if !cards.contains(&card) {
            cards.push(card);
        }
    }
    Ok(cards)
}

/// Registers a line, and adds its cards. Those that are registered and not in it stay.
async fn registered(
    ctx: &RequestContext,
    id: &CardholderId,
    registration: Registration,
    cards: &[Digest],
    now: Timestamp,
) -> Result<Registered, Problem> {
    if cards.is_empty() {
        return register(ctx, id, registration, now).await;
    }
    // Asked first, so that a line with too many changes nothing.
    let before = match cards::registered(ctx, id).await {
        Err(problem) if problem.code == ProblemCode::CardholderNotFound => Vec::new(),
        asked => asked?,
    };
    let new = cards.iter().filter(|card| !before.contains(card)).count();
    if before.len() + new > MOST_CARDS {
        return Err(Problem::refused(Refusal::TooManyCards));
    }
    let mut done = register(ctx, id, registration, now).await?;
    cards::add(ctx, id, cards, &before, now).await?;
    if new > 0 {
        done.changed.push_str(if done.changed.is_empty() { "cards" } else { ",cards" });
    }
    Ok(done)
}

impl Answer {
    fn refuse(&mut self, problem: &Problem) {
        self.status = problem.code.status();
        self.code = Some(problem.code.name());
        self.field = problem.facts.field.clone();
        self.detail = Some(problem.detail());
        self.outcome = Outcome::Refused;
    }
}

#[cfg(test)]
mod tests;

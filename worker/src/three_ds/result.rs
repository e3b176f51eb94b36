//! Telling a directory server the result of a challenge (RReq), in the request that ended it and before
//! its answer, else out of the queue. The object repeats an event that was not taken over, so nothing
//! is repeated here but a connection that could not be made.

use std::time::Duration;

use warifu_core::{
    cardholder::{ChallengeCommand, Command, DueEvent, Reply, View},
    ids::{CardholderId, ChallengeId},
    record::ChallengeRecord,
    time::Timestamp,
};
use warifu_delivery::provider::{TIMED_OUT, USER_AGENT};
use warifu_three_ds::{
    erro::Erro,
    outcome::{Outcome, RReq},
    patience::Attempt,
    rres::Acknowledgement,
    transaction::Transaction,
};

use super::{
    outcome::{conclusion, method},
    transaction,
    value::{self, Valued},
};
use crate::{
    cardholder_call::{ask_to_tell, to_challenge},
    clock,
    config::Served,
    log::LogEvent,
    outbound,
    problem::Problem,
    request_context::RequestContext,
    store::Store,
};

/// Begins to tell results that an object handed out with a reply. It goes on after the answer.
pub(crate) fn tell_with_answer(
    ctx: &RequestContext,
    cardholder: &CardholderId,
    results: Vec<DueEvent>,
    known: Option<&ChallengeRecord>,
) {
    for DueEvent { event, facts } in results {
        let known = known.filter(|record| record.id == event.challenge).cloned();
        let (later, cardholder, id) = (ctx.clone(), cardholder.clone(), event.challenge.clone());
        let telling = async move {
            let told = async {
                let record = match known {
                    Some(record) => Some(record),
                    None => Store::of(&later.env)?.record(&event.challenge).await?,
                };
                // Where this location does not see the record yet, the alarm has it told.
                let Some(record) = record else { return Ok(()) };
                if tell(&later, &record, facts.view()).await? {
                    let settled = Command::Settled(vec![event.number]);
                    ask_to_tell(&later, &cardholder, &settled).await?;
                }
                Ok::<_, Problem>(())
            };
            if let Err(problem) = told.await {
                later.fault(&problem);
            }
        };
        ctx.execution.wait_until(ctx.results.begin(id, telling));
    }
}

/// Tells a result that came out of the queue. Whether or not the directory server takes it, the message
/// is done with: the object hands the event out again until it is taken over.
pub(crate) async fn tell_queued(
    ctx: &RequestContext,
    challenge: &ChallengeId,
    number: u32,
    event_type: &str,
) -> Result<(), Problem> {
    let Some(record) = Store::of(&ctx.env)?.record(challenge).await? else {
        ctx.log(&LogEvent::EventWithoutRecord { challenge: challenge.as_str(), event_type });
        return Ok(());
    };
    let read = to_challenge(&record, ChallengeCommand::Read);
    let told = match ask_to_tell(ctx, &record.cardholder, &read).await? {
        Reply::Seen(view) => tell(ctx, &record, &view).await?,
        // The object has the challenge no more.
        _ => true,
    };
    if told {
        ask_to_tell(ctx, &record.cardholder, &Command::Settled(vec![number])).await?;
    }
    Ok(())
}

/// Tells a result. Returns whether that is done with.
async fn tell(
    ctx: &RequestContext,
    record: &ChallengeRecord,
    view: &View,
) -> Result<bool, Problem> {
    let Some(conclusion) = conclusion(view) else { return Ok(true) };
    let of = transaction(record)?;
    let (challenge, directory_server) = (&record.id, of.directory_server.as_str());
    let Some(served) = ctx.config.three_ds.directory_server(directory_server) else {
        let why = "not in DIRECTORY_SERVERS";
        ctx.log(&LogEvent::ResultNotTold { challenge, directory_server, why });
        return Ok(false);
    };
    let outcome = Outcome::from(conclusion);
    let start = clock::platform();
    let Valued { outcome, value } = value::made(ctx, served, record, &of, view, outcome).await?;
    let (method, tries) = (method(view), view.tries);
    let rreq =
        RReq { of: &of, outcome, method, tries, value: value.as_deref(), eci: &served.it.eci };
    let answered = asked(ctx, served, &of.ds_url, &rreq.json(), start).await;
    let read = answered.and_then(|answer| match answer.status {
        200 => Ok(Acknowledgement::read(answer.text.as_bytes(), &of)),
        status => Err(status.to_string()),
    });
    Ok(match read {
        Ok(Acknowledgement::Received) => {
            ctx.log(&LogEvent::ResultTold { challenge, directory_server });
            true
        }
        Ok(Acknowledgement::Refused { code }) => {
            let code = code.map(|code| format!("{code:03}")).unwrap_or_default();
            ctx.log(&LogEvent::ResultRefused { challenge, directory_server, code: &code });
            true
        }
        Ok(Acknowledgement::Invalid(erro)) => {
            let why = format!("an invalid answer: {} {}", erro.code.as_str(), erro.detail);
            ctx.log(&LogEvent::ResultNotTold { challenge, directory_server, why: &why });
            answer_later(ctx, &of, *erro);
            false
        }
        Err(why) => {
            ctx.log(&LogEvent::ResultNotTold { challenge, directory_server, why: &why });
            if why == TIMED_OUT {
                answer_later(ctx, &of, Acknowledgement::is_late(&of));
            }
            false
        }
    })
}

/// Posts a result: a second time at once where no connection could be made. A browser has waited since
/// `start`.
async fn asked(
    ctx: &RequestContext,
    served: &Served,
    url: &str,
    body: &str,
    start: Timestamp,
) -> Result<warifu_delivery::provider::Answer, String> {
    let mut attempt = Attempt::First;
    loop {
        let waited = Duration::from_millis(clock::milliseconds_since(start));
        let Some(patience) = attempt.patience(waited) else { return Err(TIMED_OUT.to_owned()) };
        let answered = post(ctx, served, url, body, patience).await;
        match (answered, attempt.unconnected()) {
            (Err(why), Some(next)) if why != TIMED_OUT => attempt = next,
            (answered, _) => return answered,
        }
    }
}

async fn post(
    ctx: &RequestContext,
    served: &Served,
    url: &str,
    body: &str,
    patience: Duration,
) -> Result<warifu_delivery::provider::Answer, String> {
    let headers = [
        ("content-type", "application/json; charset=utf-8".to_owned()),
        ("user-agent", USER_AGENT.to_owned()),
    ];
    let milliseconds = u32::try_from(patience.as_millis()).unwrap_or(u32::MAX);
    let url = served.address(url);
    match &served.client_certificate {
        Some(binding) => {
            outbound::post_by(&ctx.env, binding, &url, &headers, body, milliseconds).await
        }
        None => outbound::post(&url, &headers, body, milliseconds).await,
    }
}

/// Tells the directory server what was wrong with its answer, after ours to the browser. Nothing is
/// expected back.
fn answer_later(ctx: &RequestContext, of: &Transaction, erro: Erro) {
    let (later, of) = (ctx.clone(), of.clone());
    ctx.execution.wait_until(async move {
        if let Some(served) = later.config.three_ds.directory_server(&of.directory_server) {
            drop(post(&later, served, &of.ds_url, &erro.json(), Attempt::PATIENCE).await);
        }
    });
}

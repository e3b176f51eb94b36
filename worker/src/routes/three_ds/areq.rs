//! `/3ds/areq`: a directory server asks whether a cardholder is who they say, and gets an ARes or an
//! error message.

use futures_util::future::{join, join_all};
use warifu_core::{
    cardholder::{ChallengeCommand, Refusal, Refused, Reply},
    contact::Channel,
    ids::{CardholderId, ChallengeId},
    known_network::NetworkMark,
    known_request::{Repetition, Request},
    record::{ChallengeRecord, ThreeDsRecord},
    time::Timestamp,
    transaction,
};
use warifu_three_ds::{
    areq::AReq,
    ares::{ARes, Answer, NoChallenge},
    codes::Method,
    erro::{Erro, Refusal as MessageRefusal},
    ids::{self, TransId},
    pan::CardDigest,
    transaction::Transaction,
};

use crate::{
    auth, cardholder_client,
    config::Served,
    http::{Address, Incoming},
    known_requests,
    log::LogEvent,
    pages::words,
    problem::{Problem, ProblemCode},
    request_context::RequestContext,
    response::Response,
    store::Store,
};

/// Answers a directory server.
pub(crate) async fn answer(ctx: &RequestContext, incoming: &Incoming) -> Result<Response, Problem> {
    let served = auth::directory_server(ctx, incoming).await?;
    if !incoming.sends_json() {
        return Err(ProblemCode::UnsupportedMediaType.problem());
    }
    let body = incoming.secret_body(AReq::MOST_BYTES).await?;
    let areq = match AReq::read(body, &served.it, &ctx.config.three_ds.card_keys) {
        Ok(areq) => areq,
        Err(MessageRefusal::Erro(erro)) => return Ok(refused(ctx, &erro)),
        // An error message is never answered with another.
        Err(MessageRefusal::WasErro) => return Ok(Response::empty(200)),
    };
    match decided(ctx, served, &areq).await {
        Ok(answered) => Ok(answered),
        Err(problem) => {
            ctx.refused(&problem);
            Ok(refused(ctx, &areq.cannot_be_answered()))
        }
    }
}

/// A message, as the protocol has it on the way to a directory server.
fn message(json: String) -> Response {
    Response::with_body(200, "application/json; charset=utf-8", json)
}

fn refused(ctx: &RequestContext, erro: &Erro) -> Response {
    ctx.log(&LogEvent::MessageRefused { code: erro.code.as_str(), detail: &erro.detail });
    message(erro.json())
}

/// What an AReq comes to that all rules of its version hold for.
async fn decided(ctx: &RequestContext, served: &Served, areq: &AReq) -> Result<Response, Problem> {
    let (active, _) = ctx.config.active_master_key()?;
    let request = Request {
        transaction: areq.transaction(&served.it.id),
        content: areq.content(),
        master_key: active.to_owned(),
        value_key: ctx.config.three_ds.active_value_key().map(|(number, _)| number.clone()),
    };
    let asked = known_requests::ask(ctx, &request);
    let decided = areq.answer();
    let owner = async {
        match decided {
            Some(_) => Ok(None),
            None => owner(ctx, &areq.card.digests).await,
        }
    };
    let (repetition, cardholder) = join(asked, owner).await;
    let Repetition::Same { master_key, at, value_key } = repetition? else {
        return Ok(refused(ctx, &areq.is_changed_repeat()));
    };
    let master = ctx.config.master_key(&master_key);
    let master = master.ok_or_else(|| Problem::internal("a master key of today is gone"))?;
    let (id, salt) = ChallengeId::of_request(master, &request.transaction);
    let made = ids::for_transaction(&id).and_then(|id| Some((TransId::of_challenge(&id)?, id)));
    let (acs_trans_id, id) = made.ok_or_else(|| Problem::internal("an id is no UUID"))?;
    let answer = |answer: Answer, methods: &[Method]| {
        let info = cardholder_info(ctx, areq, answer)?;
        let challenge = (answer == Answer::Challenge).then_some(&id);
        log(ctx, areq, answer, challenge);
        let ares = ARes {
            to: areq,
            directory_server: &served.it,
            acs_trans_id: &acs_trans_id,
            answer,
            acs_url: &format!("{}/3ds/challenge", ctx.origin),
            methods,
            cardholder_info: info.as_deref(),
        };
        Ok(message(ares.json()))
    };
    if let Some(decided) = decided {
        return answer(decided, &[]);
    }
    let Some((cardholder, card)) = cardholder? else {
        return answer(Answer::None(NoChallenge::CardUnknown), &[]);
    };
    ctx.is_about(&cardholder);
    let three_ds = Transaction::of(areq, &served.it.id, acs_trans_id.clone(), card);
    let three_ds = three_ds.ok_or_else(|| Problem::internal("a challenge without a browser"))?;
    let record = ChallengeRecord {
        id: id.clone(),
        cardholder,
        transaction: purchase(areq, at),
        salt,
        master_key,
        locale: areq.locale(),
        return_url: None,
        origins: Vec::new(),
        three_ds: Some(ThreeDsRecord {
            transaction: three_ds
                .write()
                .map_err(|_| Problem::internal("a transaction was not written"))?,
            content: request.content.hex(),
            value_key: value_key.or(request.value_key),
        }),
    };
    let open = ChallengeCommand::OpenThreeDs {
        card: card.digest(),
        networks: networks(ctx, areq, &record),
        amount: record.transaction.amount,
    };
    match opened(ctx, &record, open).await? {
        Ok(channel) => answer(Answer::Challenge, &[method(channel)]),
        Err(why) => answer(Answer::None(why), &[]),
    }
}

/// The network that the shop's server saw the buyer in, by each master key, the record's first. None where
/// the message does not say it, or not as an address.
fn networks(ctx: &RequestContext, areq: &AReq, record: &ChallengeRecord) -> Vec<NetworkMark> {
    let address = areq.browser.as_ref().and_then(|browser| browser.ip.as_deref());
    let own = ctx.config.master_key(&record.master_key);
    let others = ctx.config.named_master_keys().filter(|(name, _)| *name != record.master_key);
    let keys = own.into_iter().chain(others.map(|(_, key)| key));
    let mark = |key| NetworkMark::of(key, &record.cardholder, address?);
    keys.filter_map(mark).collect()
}

/// What the buyer is told to do where wrong codes, or forms that were left, keep the purchase out: to say
/// its amount at the member site, where there is one and an amount.
fn cardholder_info(
    ctx: &RequestContext,
    areq: &AReq,
    answer: Answer,
) -> Result<Option<String>, Problem> {
    let is_paused = matches!(answer, Answer::None(NoChallenge::Locked | NoChallenge::LimitReached));
    let amount = areq.purchase.as_ref().and_then(|purchase| purchase.amount());
    let site = ctx.config.member_site.as_deref().and_then(Address::parse);
    match (site, amount) {
        (Some(site), Some(_)) if is_paused => {
            Ok(Some(words::paused(areq.locale(), &site.host(), ARes::MOST_INFO)?))
        }
        _ => Ok(None),
    }
}

/// The cardholder whose card has one of these digests, and the digest. The card may be theirs no more:
/// their object knows.
async fn owner(
    ctx: &RequestContext,
    digests: &[CardDigest],
) -> Result<Option<(CardholderId, CardDigest)>, Problem> {
    let store = Store::of(&ctx.env)?;
    let read =
        join_all(digests.iter().map(async |digest| store.card(&digest.digest()).await)).await;
    for (owner, digest) in read.into_iter().zip(digests) {
        if let Some(owner) = owner? {
            return Ok(Some((owner, *digest)));
        }
    }
    Ok(None)
}

/// What the cardholder is asked to confirm. `first`: when the transaction was asked for first, for one
/// that says no time.
fn purchase(areq: &AReq, first: Timestamp) -> transaction::Transaction {
    transaction::Transaction {
        merchant: areq.seller.counts_as.clone(),
        merchant_name: areq.seller.shown_name.clone(),
        amount: areq.purchase.as_ref().and_then(|purchase| purchase.amount()),
        purchased_at: areq.purchase.as_ref().map_or(first, |purchase| purchase.at),
        card_last4: areq.card.last4.clone(),
        reference: None,
    }
}

/// Opens the challenge, and then writes its record: until then nobody knows its id. Answers how its
/// codes come, or why there is none.
async fn opened(
    ctx: &RequestContext,
    record: &ChallengeRecord,
    open: ChallengeCommand,
) -> Result<Result<Channel, NoChallenge>, Problem> {
    let now = ctx.now().await?;
    let (via, opened_at) = match cardholder_client::apply_at(ctx, record, open, now).await? {
        Reply::Opened { via, opened_at, .. } => (via, opened_at),
        Reply::Refused(Refused::Rule(refusal), _) => {
            return match none(refusal) {
                Some(why) => Ok(Err(why)),
                None => Err(Problem::refused(refusal)),
            };
        }
        other => return Err(cardholder_client::unexpected(other)),
    };
    let last = opened_at.unwrap_or(now).plus(warifu_core::cardholder::LONGEST_THREE_DS);
    Store::of(&ctx.env)?.put_challenge(record, last, &ctx.config.rules, now).await?;
    Ok(Ok(via.channel()))
}

/// Why there is no challenge; `None` for a refusal that no opening has.
fn none(refusal: Refusal) -> Option<NoChallenge> {
    match refusal {
        Refusal::UnknownCardholder | Refusal::UnknownCard => Some(NoChallenge::CardUnknown),
        Refusal::NotEnrolled => Some(NoChallenge::NoChannel),
        Refusal::Locked(_) | Refusal::SignInNeeded => Some(NoChallenge::Locked),
        Refusal::TooManyChallenges(_) => Some(NoChallenge::LimitReached),
        _ => None,
    }
}

fn method(channel: Channel) -> Method {
    match channel {
        Channel::Email => Method::Email,
        Channel::Sms => Method::Sms,
        Channel::App => Method::App,
    }
}

fn log(ctx: &RequestContext, areq: &AReq, answer: Answer, challenge: Option<&ChallengeId>) {
    let (status, reason) = match answer {
        Answer::Challenge => ("C", None),
        Answer::DataShared => ("I", None),
        Answer::None(why) => (why.said().0.as_str(), Some(why.said().1.as_str())),
    };
    let version = areq.version.as_str();
    ctx.log(&LogEvent::RequestAnswered { version, status, reason, challenge });
}

//! The bodies that receivers read. None has a code, a whole destination or a personal message.

use warifu_core::{
    cardholder::{AuditedSend, ChallengeAudit, View},
    contact::{Channel, Via},
    money::Amount,
    record::ChallengeRecord,
    sms_budget::{BudgetEvent, BudgetMark, BudgetOwner},
    test_mode::TestRecord,
    time::Timestamp,
    transaction::Transaction,
};
use warifu_delivery::json::Json;

use super::message::{Kind, QueuedEvent};

/// The `type` of a challenge's audit record.
pub(super) const AUDIT: &str = "audit.challenge";

/// The `type` of a budget's event.
pub(super) fn budget_type(event: &BudgetEvent) -> &'static str {
    match event.mark {
        BudgetMark::None | BudgetMark::Half => "sms_budget.half",
        BudgetMark::Spent => "sms_budget.spent",
    }
}

/// Of a budget of text messages that reached a mark: whose it is, how large, and what becomes of a
/// message beyond it.
pub(super) fn budget(owner: &BudgetOwner, event: &BudgetEvent) -> Json {
    Json::object([
        (owner.kind(), owner.name().into()),
        ("limit", event.limit.into()),
        ("mode", event.mode().into()),
    ])
}

/// A whole body.
pub(super) fn written(event_type: &str, timestamp: &str, data: Json) -> String {
    let members = [("type", event_type.into()), ("timestamp", timestamp.into()), ("data", data)];
    Json::object(members).written()
}

/// An event of a challenge. It has no destination at all.
pub(super) fn event(event: &QueuedEvent, record: &ChallengeRecord, view: &View) -> String {
    let data = about(event.challenge.as_str(), record.cardholder.as_str());
    happened(event, data, &record.transaction, view)
}

/// An event of a test challenge, which says so.
pub(super) fn test_event(event: &QueuedEvent, record: &TestRecord, view: &View) -> String {
    let mut data = about(record.id.as_str(), record.cardholder.as_str());
    data.push(("test", Json::Bool(true)));
    happened(event, data, &record.transaction, view)
}

fn happened(
    event: &QueuedEvent,
    mut data: Vec<(&'static str, Json)>,
    transaction: &Transaction,
    view: &View,
) -> String {
    match event.kind {
        #[cfg(feature = "next-version")]
        Kind::Waited => {}
        // A directory server is told in the words of its protocol.
        Kind::Result => {}
        Kind::Locked => {
            data.push(("locked_until", view.locked_until.map(Timestamp::rfc3339).into()));
        }
        Kind::Verified
        | Kind::Failed
        | Kind::Expired
        | Kind::Canceled
        | Kind::Delivery
        | Kind::Reported => {
            data.push(("status", view.status.as_str().into()));
            data.extend(purchase(transaction));
            data.extend([
                ("channel", view.via.as_ref().map(|via| via.channel().as_str()).into()),
                ("ended_at", view.outcome.map(|outcome| outcome.at.rfc3339()).into()),
            ]);
        }
    }
    if let Some(delivery) = event.delivery {
        data.push(("delivery", u64::from(delivery).into()));
    }
    written(event.kind.event_type(), &event.at, Json::object(data))
}

/// The audit record of a challenge that ended, with masked destinations.
pub(super) fn audit(
    event: &QueuedEvent,
    record: &ChallengeRecord,
    audit: &ChallengeAudit,
) -> String {
    let view = &audit.view;
    let mut data = about(event.challenge.as_str(), record.cardholder.as_str());
    data.push(("status", view.status.as_str().into()));
    data.extend(purchase(&record.transaction));
    data.extend([
        ("merchant_name", record.transaction.merchant_name.as_str().into()),
        ("purchased_at", record.transaction.purchased_at.rfc3339().into()),
        ("channel", view.via.as_ref().map(Via::channel).map(Channel::as_str).into()),
        ("destination", view.via.as_ref().and_then(Via::destination).into()),
        ("hostname", view.hostname.as_deref().into()),
        ("created_at", time(view.opened_at)),
        ("shown_at", audit.shown_at.map(Timestamp::rfc3339).into()),
        ("sends", Json::List(audit.sends.iter().map(send).collect())),
        ("deliveries", u64::from(audit.deliveries_ordered).into()),
        ("resends", u64::from(view.send.saturating_sub(1)).into()),
        ("tries", u64::from(view.tries).into()),
        ("tried_at", Json::List(audit.tried_at.iter().copied().map(time).collect())),
        ("superseded", Json::Bool(audit.superseded)),
        ("refused_by", audit.refused.as_ref().map(|refused| refused.rule.as_str()).into()),
        ("refused_at", audit.refused.as_ref().map(|refused| refused.at.rfc3339()).into()),
        ("ended_at", view.outcome.map(|outcome| outcome.at.rfc3339()).into()),
    ]);
    written(AUDIT, &event.at, Json::object(data))
}

fn about(challenge: &str, cardholder: &str) -> Vec<(&'static str, Json)> {
    vec![("challenge", challenge.into()), ("cardholder", cardholder.into())]
}

fn purchase(transaction: &Transaction) -> [(&'static str, Json); 5] {
    [
        ("merchant", transaction.merchant.as_str().into()),
        ("reference", transaction.reference.as_ref().map(|text| text.as_str()).into()),
        ("amount", transaction.amount.as_ref().map(Amount::minor).into()),
        ("currency", transaction.amount.as_ref().map(|it| it.currency().code().to_owned()).into()),
        ("card_last4", transaction.card_last4.as_str().into()),
    ]
}

fn send(send: &AuditedSend) -> Json {
    Json::object([
        ("delivery", u64::from(send.delivery).into()),
        ("at", time(send.at)),
        ("channel", send.via.channel().as_str().into()),
        ("destination", send.via.destination().into()),
        ("state", send.state.as_str().into()),
        ("diverted", Json::Bool(send.diverted)),
    ])
}

fn time(at: Timestamp) -> Json {
    at.rfc3339().into()
}

#[cfg(test)]
mod tests;

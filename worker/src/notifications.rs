//! Notifications: from the queue to the cardholder, at every destination.
//!
//! The cardholder object stores a notification in the same save as what caused it, and puts its
//! number into the queue. Here the object is asked what is to be told where, the destination whether
//! it takes one now, and a courier to carry it.

use crate::{
    cardholder_client::{self, unexpected},
    courier,
    log::LoggedMessage,
    problem::Problem,
    quota::{self, Admission},
    random,
    request_context::RequestContext,
    store::Store,
};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use warifu_core::{
    cardholder::{
        ChallengeCommand, Command, DeliveryReport, Notification, NotificationReport, Reply,
    },
    destination::{DeliveryRef, QuotaCommand},
    fraud_report::FraudReportToken,
    record::ChallengeRecord,
};
use warifu_delivery::{message::Message, notification::Notifier};

/// A notification of a cardholder's object.
struct Told<'a> {
    object: &'a str,
    number: u32,
}

/// Tells the notification of this number of the cardholder's object `object`, if it waits and its
/// destination takes one now.
pub(crate) async fn tell(ctx: &RequestContext, object: &str, number: u32) -> Result<(), Problem> {
    Told { object, number }.tell(ctx).await
}

impl Told<'_> {
    async fn tell(&self, ctx: &RequestContext) -> Result<(), Problem> {
        let notification = match self.ask(ctx, Command::Notify(self.number)).await? {
            Reply::Notification(notification) => notification,
            // It was told, or the cardholder was erased.
            Reply::Settled => return Ok(()),
            other => return Err(unexpected(other)),
        };
        let report = self.report(ctx, &notification).await?;
        match self.ask(ctx, Command::Notified(self.number, report)).await? {
            Reply::Settled => Ok(()),
            other => Err(unexpected(other)),
        }
    }

    async fn report(
        &self,
        ctx: &RequestContext,
        notification: &Notification,
    ) -> Result<NotificationReport, Problem> {
        let Notification { number, kind, to, count, .. } = notification;
        let slot = DeliveryRef::of_notification(self.object, *number, *count);
        let reserve = QuotaCommand::ReserveNotification(slot);
        if let Admission::Limited(until) =
            quota::of_notifications(ctx, notification, &reserve).await?
        {
            return Ok(NotificationReport::Later(until));
        }
        let carried = match compose(ctx, notification).await {
            Ok(message) => {
                let logged = LoggedMessage::Notification {
                    kind: *kind,
                    challenge: notification.challenge.as_ref(),
                    channel: to.channel(),
                };
                courier::carry_notification(ctx, &message, logged).await
            }
            Err(problem) => {
                ctx.fault(&problem);
                DeliveryReport::NotTaken
            }
        };
        let report = match carried {
            DeliveryReport::Accepted { .. } | DeliveryReport::Unknown { .. } => {
                return Ok(NotificationReport::Told(*count));
            }
            DeliveryReport::BadDestination => NotificationReport::Unreachable,
            DeliveryReport::NotTaken | DeliveryReport::Limited(_) => NotificationReport::NotTaken,
        };
        // Nothing was sent: the slot is free for the next one.
        let release = QuotaCommand::Release(slot);
        if let Err(problem) = quota::of_notifications(ctx, notification, &release).await {
            ctx.fault(&problem);
        }
        Ok(report)
    }

    async fn ask(&self, ctx: &RequestContext, command: Command) -> Result<Reply, Problem> {
        cardholder_client::ask_object(ctx, self.object, command).await
    }
}

/// Writes a notification. One of a challenge is in its language; if the challenge's record is gone,
/// it is told without the purchase.
async fn compose(ctx: &RequestContext, notification: &Notification) -> Result<Message, Problem> {
    let record = match &notification.challenge {
        Some(challenge) => Store::of(&ctx.env)?.challenge(challenge).await?,
        None => None,
    };
    let link = match &record {
        Some(record) => link(ctx, record).await?,
        None => None,
    };
    let locale = record.as_ref().map(|record| record.locale);
    let locale = locale.or(notification.locale).unwrap_or_default();
    let notifier = Notifier {
        wordings: &ctx.config.notification_wordings,
        issuer: ctx.config.issuer(locale),
        locale,
        record: record.as_ref(),
        link: link.as_deref(),
        has_member_site: ctx.config.member_site.is_some(),
    };
    let id = format!("msg_{}", Base64UrlUnpadded::encode_string(&random::bytes::<16>()?));
    Ok(notifier.message(id, notification)?)
}

/// Where the cardholder says that they did not make this purchase.
async fn link(ctx: &RequestContext, record: &ChallengeRecord) -> Result<Option<String>, Problem> {
    let Some(master) = ctx.config.master_key(&record.master_key) else { return Ok(None) };
    let read = cardholder_client::apply(ctx, record, ChallengeCommand::Read).await?;
    let Reply::Seen(view) = read else { return Ok(None) };
    let token = FraudReportToken::derive(master, &record.id, view.opened_at).reveal();
    Ok(Some(format!("{}/report/{token}", ctx.origin)))
}

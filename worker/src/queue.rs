//! Takes what comes out of the queue: events, and notifications of the cardholder.

use futures_util::future::join_all;
use worker::Env;

use crate::{
    bindings::{Batch, QueueMessage},
    events::{self, QueuedNotification, wait},
    notifications,
    request_context::RequestContext,
    settings,
};

/// Takes a batch. Its messages are told at the same time, so that a slow receiver holds up nobody
/// else.
pub(crate) async fn take(batch: &Batch, env: Env, context: worker::Context) {
    let messages = batch.messages();
    match RequestContext::of_queue(env, context).await {
        Ok(ctx) => {
            join_all(messages.iter().map(|message| handle(&ctx, message))).await;
        }
        Err(_) => {
            let waits = settings::usual_retry_waits();
            messages.iter().for_each(|message| message.retry(wait(&waits, message.attempts())));
        }
    }
}

async fn handle(ctx: &RequestContext, message: &QueueMessage) {
    let attempts = message.attempts();
    let waits = &ctx.config.event_waits;
    let text = message.body().as_string().unwrap_or_default();
    if let Some(QueuedNotification { notification, object }) = QueuedNotification::read(&text) {
        // The object hands a notification out again that was not told, so it is not repeated here.
        let told = notifications::tell(ctx, &object, notification).await;
        told.unwrap_or_else(|problem| ctx.fault(&problem));
        return message.ack();
    }
    match events::take(ctx, &text, attempts).await {
        Ok(None) => message.ack(),
        Ok(Some(asked)) => message.retry(asked.max(wait(waits, attempts + 1))),
        Err(problem) => {
            ctx.fault(&problem);
            message.retry(wait(waits, attempts));
        }
    }
}

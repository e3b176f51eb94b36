//! How a post is answered: JSON for the widget, pages and redirects for a browser without script.

use serde::Serialize;
use warifu_core::cardholder::{DeliveryState, Status, View};

use super::{
    Done, No, notice,
    opened::{End, Opened},
};
use crate::{
    bindings::within,
    config::Config,
    form_record::FormRecord,
    http::{self, Format, Incoming},
    pages::{
        challenge::next_look,
        words::{self, Reason, StatusMessage},
    },
    problem::Problem,
    request_context::RequestContext,
    response::Response,
};

/// How long the object is waited for to show the form again after a refusal, in milliseconds. The object may
/// be what did not answer before.
const FORM_AGAIN_MS: u32 = 2_000;

impl Opened {
    pub(super) async fn answer(
        &self,
        ctx: &RequestContext,
        incoming: &Incoming,
        outcome: Result<Done, No>,
    ) -> Result<Response, Problem> {
        match incoming.format() {
            Format::Json => self.answer_widget(ctx, outcome).await,
            Format::Html => self.answer_browser(ctx, incoming, outcome).await,
        }
    }

    async fn answer_widget(
        &self,
        ctx: &RequestContext,
        outcome: Result<Done, No>,
    ) -> Result<Response, Problem> {
        let locale = self.record.sheet().locale;
        match outcome {
            Ok(Done::Verified(view)) => self.answer_end(ctx, &view, StatusMessage::Verified).await,
            Ok(Done::Canceled(view)) => self.answer_end(ctx, &view, StatusMessage::Canceled).await,
            Ok(Done::Sent(view)) => {
                Ok(http::json(200, &Standing::of(&ctx.config, &self.record, &view)?)?)
            }
            Err((problem, _)) => {
                let detail = words::refusal(locale, Reason::of(&problem))?;
                let next = self.after_refusal(&problem);
                Ok(problem.leading_to(next).answer(&ctx.origin, Some(detail)))
            }
        }
    }

    /// Where the widget goes on from a refusal that says how the challenge ended: to the last page of a
    /// directory server's, or to the form's own page, which says it and leads back to the shop. From a
    /// verified one it goes there by itself.
    fn after_refusal(&self, problem: &Problem) -> Option<String> {
        match problem.facts.challenge_status? {
            Status::Pending | Status::Verified => None,
            Status::Failed | Status::Expired | Status::Canceled if self.three_ds().is_some() => {
                Some(self.last_page())
            }
            Status::Failed | Status::Expired | Status::Canceled => {
                self.record.sheet().return_url.map(|_| self.action.clone())
            }
        }
    }

    async fn answer_end(
        &self,
        ctx: &RequestContext,
        view: &View,
        event: StatusMessage,
    ) -> Result<Response, Problem> {
        #[derive(Serialize)]
        struct Ended {
            status: Status,
            message: String,
            #[serde(skip_serializing_if = "Option::is_none")]
            attestation: Option<String>,
            return_to: Option<String>,
        }
        let End { attestation, return_to } = self.end(ctx, view).await?;
        let message = words::event(self.record.sheet().locale, event)?;
        Ok(http::json(200, &Ended { status: view.status, message, attestation, return_to })?)
    }

    async fn answer_browser(
        &self,
        ctx: &RequestContext,
        incoming: &Incoming,
        outcome: Result<Done, No>,
    ) -> Result<Response, Problem> {
        match outcome {
            // A page that answered the post would send another code when it is loaded anew.
            Ok(Done::Sent(_)) => Ok(http::see_other(&format!("{}/delivery", self.action))),
            Ok(Done::Verified(view) | Done::Canceled(view)) if self.three_ds().is_some() => {
                self.page(ctx, &view, None).await
            }
            Ok(Done::Verified(view) | Done::Canceled(view)) => {
                let end = self.end(ctx, &view).await?;
                match &end.return_to {
                    // In a frame a redirect would open the merchant's page inside itself.
                    Some(url) if !incoming.is_framed() => Ok(http::see_other(url)),
                    _ => self.page_at_end(ctx, &view, &end, None),
                }
            }
            Err((problem, Some(view))) => self.page(ctx, &view, Some(&problem)).await,
            Err((problem, None)) => match within(FORM_AGAIN_MS, self.read(ctx)).await {
                Some(Ok(view)) => self.page(ctx, &view, Some(&problem)).await,
                Some(Err(_)) | None => notice(ctx, incoming, &problem),
            },
        }
    }
}

/// How the newest send stands.
#[derive(Serialize)]
pub(super) struct Standing<'a> {
    status: Status,
    send: u32,
    delivery: Option<&'static str>,
    destination: Option<&'a str>,
    code_expires_in: u64,
    resend_in: u64,
    resends_left: u32,
    tries_left: u32,
    message: String,
    sentence: String,
    /// In how many seconds to ask again; `None` when no news can come.
    next: Option<u64>,
}

impl<'a> Standing<'a> {
    pub(super) fn of(
        config: &Config,
        record: &FormRecord,
        view: &'a View,
    ) -> Result<Self, Problem> {
        let locale = record.sheet().locale;
        let message = StatusMessage::of(view).map(|event| words::event(locale, event));
        Ok(Self {
            status: view.status,
            send: view.send,
            delivery: view.delivery.map(DeliveryState::as_str),
            destination: view.via.as_ref().and_then(|via| via.destination()),
            code_expires_in: view.code_expires_in,
            resend_in: view.resend_in,
            resends_left: view.resends_left,
            tries_left: view.tries_left,
            message: message.transpose()?.unwrap_or_default(),
            sentence: words::sent(locale, view)?,
            next: next_look(config, record, view),
        })
    }
}

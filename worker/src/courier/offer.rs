//! Offers one message to the providers of its channel, one after the other, and notes what each and
//! all of them said.

use warifu_core::{
    cardholder::{DeliveryReport, ProviderId},
    time::Timestamp,
};
use warifu_delivery::{
    CloudflareEmail,
    couriers::{Courier, Couriers, Named},
    message::Message,
    provider::{Call, Verdict},
};

use super::outbox;
use crate::{
    clock,
    log::{LogEvent, LoggedMessage, Offer, Outcome},
    metrics::{self, Point},
    outbound,
    quota::HeldSlots,
    request_context::RequestContext,
};

/// The log lines about one message.
pub(super) struct Notes<'a> {
    pub(super) ctx: &'a RequestContext,
    /// The fields of the message, which every line has.
    pub(super) message: LoggedMessage<'a>,
}

impl Notes<'_> {
    /// Logs that no provider was asked to carry the message.
    pub(super) fn not_offered(&self, why: &str) -> DeliveryReport {
        self.ctx.log(&LogEvent::NotOffered { message: self.message, why });
        let none = Offer { provider: "none", milliseconds: 0, tried: 0, segments: None };
        self.count(&none, Outcome::Refused(why));
        DeliveryReport::NotTaken
    }

    /// Writes the data point of a send.
    fn count(&self, offer: &Offer<'_>, outcome: Outcome<'_>) {
        let LoggedMessage::Code { merchant, channel, .. } = self.message else { return };
        metrics::write(
            &self.ctx.env,
            &Point::Send {
                merchant,
                channel: channel.as_str(),
                outcome: match outcome {
                    Outcome::Accepted => "accepted",
                    Outcome::Unconfirmed(_) => "unconfirmed",
                    Outcome::Refused(_) => "refused",
                },
                provider: offer.provider,
                milliseconds: offer.milliseconds,
                tried: offer.tried,
                segments: offer.segments.unwrap_or_default(),
            },
        );
    }
}

/// The result of the providers that were asked.
struct Asked {
    /// The name of the provider that was asked last.
    last: &'static str,
    count: u32,
    /// The providers that did not accept the message but may have sent it.
    may_have_sent: Vec<ProviderId>,
    end: End,
}

/// Why no further provider was asked.
#[derive(Clone, Copy)]
enum End {
    Accepted(ProviderId),
    BadDestination,
    /// No provider was left that could be asked: the last one's reason, or why none could be asked.
    NobodyLeft(&'static str),
}

/// Offers a message to one provider after the other, until one accepts it or says that no provider
/// can reach its destination.
pub(super) async fn offer(
    couriers: &Couriers,
    message: &Message,
    slots: &mut HeldSlots<'_>,
    notes: &Notes<'_>,
) -> DeliveryReport {
    // The rules order nothing else. The last look is here, because a message to whoever earns by it
    // cannot be called back: an object may still have the settings of before.
    if !notes.ctx.config.rules.may_send_to(&message.to) {
        return notes.not_offered("country not allowed");
    }
    let start = clock::platform();
    let asked = ask_in_turn(couriers, message, slots, notes).await;
    let offer = Offer {
        provider: asked.last,
        milliseconds: clock::milliseconds_since(start),
        tried: asked.count,
        segments: message.length().map(|(_, segments)| segments),
    };
    let outcome = asked.outcome();
    notes.ctx.log(&LogEvent::Offered { message: notes.message, offer, outcome });
    notes.count(&offer, outcome);
    note_long(message, notes, offer, outcome);
    asked.report()
}

/// Asks the providers of the channel in turn. A provider that is asked after one that may have sent
/// the message needs a further slot of the destination.
async fn ask_in_turn(
    couriers: &Couriers,
    message: &Message,
    slots: &mut HeldSlots<'_>,
    notes: &Notes<'_>,
) -> Asked {
    let end = End::NobodyLeft("no provider is set up for this channel");
    let mut asked = Asked { last: "none", count: 0, may_have_sent: Vec::new(), end };
    for Named { name, courier } in couriers.of(message.channel()) {
        if let Some(why) = refused_slot(slots, asked.may_have_sent.len(), notes.ctx).await {
            asked.end = End::NobodyLeft(why);
            break;
        }
        let start = clock::platform();
        (asked.last, asked.count) = (name.as_str(), asked.count + 1);
        let verdict = ask(notes.ctx, courier, message, start).await;
        let why = match verdict.about(&message.to) {
            Verdict::Accepted => {
                asked.end = End::Accepted(name.id());
                break;
            }
            Verdict::BadDestination => {
                asked.end = End::BadDestination;
                break;
            }
            Verdict::Refused(why) => why,
            Verdict::Unknown(why) => {
                asked.may_have_sent.push(name.id());
                why
            }
        };
        asked.end = End::NobodyLeft(why);
        notes.ctx.log(&LogEvent::ProviderFailed {
            message: notes.message,
            provider: name.as_str(),
            milliseconds: clock::milliseconds_since(start),
            why,
        });
    }
    asked
}

/// Asks one provider to carry a message.
async fn ask(
    ctx: &RequestContext,
    courier: &Courier,
    message: &Message,
    now: Timestamp,
) -> Verdict {
    match courier {
        Courier::CloudflareEmail(mailer) => {
            let mail = mailer.mail(message);
            let sent =
                outbound::send_email(&ctx.env, "EMAIL", &mail, ctx.config.couriers.milliseconds);
            CloudflareEmail::verdict(sent.await)
        }
        Courier::Http(provider) => {
            let Call { url, headers, body, .. } = provider.call(message, now);
            match outbound::post(&url, &headers, &body, ctx.config.couriers.milliseconds).await {
                Ok(answer) => Verdict::of(provider.as_ref(), &answer),
                Err(error) => Verdict::of_error(&error),
            }
        }
        Courier::Outbox => outbox::carry(ctx, message).await,
    }
}

/// Reserves a slot for the next provider. Returns why there is none; `None` when the provider can
/// be asked.
async fn refused_slot(
    slots: &mut HeldSlots<'_>,
    may_have_sent: usize,
    ctx: &RequestContext,
) -> Option<&'static str> {
    match slots.reserve_after(may_have_sent).await {
        Ok(true) => None,
        Ok(false) => Some("destination limited"),
        Err(problem) => {
            ctx.fault(&problem);
            Some("destination not asked")
        }
    }
}

impl Asked {
    fn outcome(&self) -> Outcome<'static> {
        let why = match self.end {
            End::Accepted(_) => return Outcome::Accepted,
            End::BadDestination => "bad destination",
            End::NobodyLeft(why) => why,
        };
        if self.may_have_sent.is_empty() {
            Outcome::Refused(why)
        } else {
            Outcome::Unconfirmed(why)
        }
    }

    fn report(self) -> DeliveryReport {
        let mut may_have_sent = self.may_have_sent;
        match self.end {
            End::Accepted(by) => DeliveryReport::Accepted { by, may_have_sent },
            End::BadDestination | End::NobodyLeft(_) if !may_have_sent.is_empty() => {
                DeliveryReport::Unknown { first: may_have_sent.remove(0), others: may_have_sent }
            }
            End::BadDestination => DeliveryReport::BadDestination,
            End::NobodyLeft(_) => DeliveryReport::NotTaken,
        }
    }
}

/// How many providers sent a message or may have: the number of slots of its destination that it
/// takes.
pub(super) fn providers_of(report: &DeliveryReport) -> usize {
    match report {
        DeliveryReport::Accepted { may_have_sent: others, .. }
        | DeliveryReport::Unknown { others, .. } => 1 + others.len(),
        DeliveryReport::NotTaken | DeliveryReport::BadDestination | DeliveryReport::Limited(_) => 0,
    }
}

/// Logs a text message of several segments, each of which is paid. An issuer's long wording causes
/// it.
fn note_long(message: &Message, notes: &Notes<'_>, offer: Offer<'_>, outcome: Outcome<'_>) {
    let Some((encoding, segments @ 2..)) = message.length() else { return };
    notes.ctx.log(&LogEvent::SmsLong { message: notes.message, offer, outcome, encoding });
    let (encoding, locale) = (encoding.as_str(), message.locale.as_str());
    metrics::write(&notes.ctx.env, &Point::SmsLong { encoding, locale, segments });
}

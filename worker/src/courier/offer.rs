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

use super::{metrics, outbox};
use crate::{
    clock,
    log::{LogEvent, LoggedMessage, Offer, Outcome},
    outbound,
    quota::{Admission, HeldSlots},
    request_context::RequestContext,
};

/// Where it is noted what became of a message.
pub(super) struct Notes<'a> {
    pub(super) ctx: &'a RequestContext,
    /// What every line about the message says.
    pub(super) message: LoggedMessage<'a>,
}

impl Notes<'_> {
    /// Notes a message that no provider was offered.
    pub(super) fn not_offered(&self, why: &str) -> DeliveryReport {
        self.ctx.log(&LogEvent::NotOffered { message: self.message, why });
        DeliveryReport::NotTaken
    }
}

/// What the providers that were asked came to.
struct Asked {
    /// The name of the one that was asked last.
    last: &'static str,
    count: u32,
    /// Those that may have sent the message.
    may_have_sent: Vec<ProviderId>,
    end: End,
}

/// Why nobody else was asked.
#[derive(Clone, Copy)]
enum End {
    Accepted(ProviderId),
    BadDestination,
    /// Nobody was left who could be asked. What the last one said, or why nobody else could be.
    NobodyLeft(&'static str),
}

/// Offers a message to one provider after the other until one accepts it, or one says that its
/// destination cannot be reached at all.
pub(super) async fn offer(
    couriers: &Couriers,
    message: &Message,
    slots: &mut HeldSlots<'_>,
    notes: &Notes<'_>,
) -> DeliveryReport {
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
    note_long(message, notes, offer, outcome);
    asked.carried()
}

/// Asks until somebody accepts, or nobody is left. Whoever is asked after one that may have sent
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
        if let Some(why) = no_place(slots, asked.may_have_sent.len(), notes.ctx).await {
            asked.end = End::NobodyLeft(why);
            break;
        }
        let start = clock::platform();
        (asked.last, asked.count) = (name.as_str(), asked.count + 1);
        let why = match ask(notes.ctx, courier, message, start).await {
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

/// Why the next provider cannot be asked, if it cannot.
async fn no_place(
    slots: &mut HeldSlots<'_>,
    may_have_sent: usize,
    ctx: &RequestContext,
) -> Option<&'static str> {
    match slots.reserve_after(may_have_sent).await {
        Ok(Admission::Granted) => None,
        Ok(Admission::Limited(_)) => Some("destination limited"),
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

    fn carried(self) -> DeliveryReport {
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

/// How many providers sent a message or may have: so many slots of its destination it takes.
pub(super) fn providers_of(carried: &DeliveryReport) -> usize {
    match carried {
        DeliveryReport::Accepted { may_have_sent: others, .. }
        | DeliveryReport::Unknown { others, .. } => 1 + others.len(),
        DeliveryReport::NotTaken | DeliveryReport::BadDestination | DeliveryReport::Limited(_) => 0,
    }
}

/// Notes a text message of several segments. Each is paid: somebody has set a longer wording.
fn note_long(message: &Message, notes: &Notes<'_>, offer: Offer<'_>, outcome: Outcome<'_>) {
    let Some((encoding, segments @ 2..)) = message.length() else { return };
    notes.ctx.log(&LogEvent::SmsLong { message: notes.message, offer, outcome, encoding });
    let labels = ["sms_long", encoding.as_str(), message.locale.as_str()];
    metrics::measure(&notes.ctx.env, labels, segments);
}

//! E-mail through Cloudflare's `send_email` binding, bound as `EMAIL`.

use worker::{EmailAddress, SendEmailBuilder};

use super::{Message, Refused};
use crate::edge::Edge;

pub(super) async fn carry(edge: &Edge, from: &str, message: &Message) -> Result<(), Refused> {
    let binding = edge.env.send_email("EMAIL");
    let binding = binding.map_err(|_| Refused("the binding EMAIL is missing".to_owned()))?;
    let from = EmailAddress::new(&message.sender, from);
    let subject = message.subject.as_deref().unwrap_or_default();
    let mail =
        SendEmailBuilder::new_with_email_address_and_str(&from, message.to.reveal(), subject);
    mail.set_text(&message.text);
    // The provider's own words can quote the address, so they stay out of the log.
    let sent = binding.send_with_builder(&mail).await;
    sent.map(drop).map_err(|_| Refused("the e-mail service did not accept the message".to_owned()))
}

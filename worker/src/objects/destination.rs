//! The same object under the name of a destination: it keeps what was sent there, and no cardholder.

use warifu_core::{
    destination::Places,
    rules::Rules,
    time::Timestamp,
    wire::{self, Unreadable},
};

use super::{CardholderObject, unreadable};
use crate::clock;

const STATE: &str = "destination";

impl CardholderObject {
    /// Decides what is wanted of the destination.
    pub(super) async fn place(&self, body: &str) -> Result<String, String> {
        let (now, wanted) = wire::read_wanted(body).map_err(unreadable)?;
        self.note_clock(now).await?;
        let rules = self.rules()?;
        let stored = self.load(STATE).await?;
        let places = read(stored.as_deref()).map_err(unreadable)?;
        let (places, until) = places.decide(wanted, rules, now);
        self.keep(&places, stored.as_deref(), rules, now).await?;
        wire::write_limit(until).map_err(unreadable)
    }

    /// Forgets what no quota counts any more; `None` under a cardholder's name.
    pub(super) async fn forget_places(&self, now: Timestamp) -> Result<Option<()>, String> {
        let Some(stored) = self.load(STATE).await? else { return Ok(None) };
        let rules = self.rules()?;
        let mut places = read(Some(&stored)).map_err(unreadable)?;
        places.forget(rules, now);
        // Woken once, it is woken again only if that is asked for.
        self.keep(&places, None, rules, now).await.map(Some)
    }

    /// Stores, and from empty on has itself woken when nothing will count any more.
    async fn keep(
        &self,
        places: &Places,
        stored: Option<&str>,
        rules: &Rules,
        now: Timestamp,
    ) -> Result<(), String> {
        let Some(forgotten_at) = places.forgotten_at(rules) else { return self.clear().await };
        let state = wire::write_places(places).map_err(unreadable)?;
        match stored {
            Some(stored) if stored == state => Ok(()),
            Some(_) => self.save(STATE, &state).await,
            None => {
                let at = clock::platform_millis(forgotten_at, now);
                self.save_and_wake(STATE, &state, at).await
            }
        }
    }
}

fn read(stored: Option<&str>) -> Result<Places, Unreadable> {
    stored.map_or(Ok(Places::default()), wire::read_places)
}

//! A bucket: an object that keeps many things, in a row for each, and forgets them by one alarm for
//! all. What is written is decided in `core/src/bucket.rs`.

use futures_util::future::{try_join, try_join_all};
use js_sys::Array;
use warifu_core::{
    bucket::{self, FoundRow, Next, RowPlan, RowStep, Sweep},
    rules::Rules,
    storage::{AlarmStep, KnownAlarm},
    time::Timestamp,
    wire::{self, Unreadable},
};
use wasm_bindgen::JsValue;
use worker::ListOptions;

use super::{ObjectState, failed, unreadable};
use crate::log::{self, LogEvent};

/// Where the alarm goes on: the key of the last row that it looked at. Stored between the pages of a
/// sweep.
const SWEPT_TO: &str = "swept_to";

/// How many keys one call of the storage deletes.
const AT_ONCE: usize = 128;

/// What a row of a bucket has, with core's rules about it.
pub(super) trait Row: wire::State + Default {
    /// The beginning of the keys of all rows.
    const ROWS: &'static str;

    /// When all of it is over; `None` when nothing of it counts.
    fn over_at(&self, rules: &Rules) -> Option<Timestamp>;
}

impl ObjectState {
    /// Decides about the row of this key at `now`. `decide` answers what is in it afterwards, and the
    /// reply as it is written.
    pub(super) async fn decide_in_bucket<R: Row>(
        &self,
        key: &str,
        now: Timestamp,
        decide: impl FnOnce(R, &Rules) -> (R, Result<String, Unreadable>),
    ) -> Result<String, String> {
        self.note_clock(now).await?;
        let rules = self.rules()?;
        let stored = self.load(key).await?;
        let before =
            stored.as_deref().map_or(Ok(R::default()), wire::read_state).map_err(unreadable)?;
        let (after, reply) = decide(before, rules);
        let row = match after.over_at(rules) {
            Some(over_at) => Some((wire::write_state(&after).map_err(unreadable)?, over_at)),
            None => None,
        };
        let new = row.as_ref().map(|(value, over_at)| (value.as_str(), *over_at));
        let plan = RowPlan::of(stored.as_deref(), new, self.alarm_is_set().await?);
        self.carry_out_row(key, plan, now).await?;
        reply.map_err(unreadable)
    }

    /// Whether the bucket is going to be woken. The storage is asked once in each life of the object.
    async fn alarm_is_set(&self) -> Result<bool, String> {
        match self.alarm.get() {
            KnownAlarm::At(_) => Ok(true),
            KnownAlarm::Off | KnownAlarm::Stale => Ok(false),
            KnownAlarm::Unknown => {
                let at = self.storage.get_alarm().await.map_err(failed)?;
                let at = at.and_then(|millis| u64::try_from(millis).ok());
                let known =
                    at.map_or(KnownAlarm::Off, |at| KnownAlarm::At(Timestamp::from_millis(at)));
                self.alarm.set(known);
                Ok(at.is_some())
            }
        }
    }

    async fn carry_out_row(
        &self,
        key: &str,
        RowPlan { row, alarm }: RowPlan<'_>,
        now: Timestamp,
    ) -> Result<(), String> {
        match row {
            RowStep::Keep => self.save(key, None, alarm, now).await?,
            RowStep::Put(value) => self.save(key, Some(value), alarm, now).await?,
            RowStep::Delete => {
                let row = async { self.storage.delete(key).await.map_err(failed) };
                try_join(row, self.save(key, None, alarm, now)).await?;
            }
        }
        if let AlarmStep::Set(at) = alarm {
            self.alarm.set(KnownAlarm::At(at));
        }
        Ok(())
    }

    /// Looks at one page of rows, in an alarm, and deletes those that are over.
    pub(super) async fn sweep<R: Row>(&self) -> Result<(), String> {
        let now = self.alarm_time().await?;
        let rules = self.rules()?;
        let after = self.load(SWEPT_TO).await?;
        let page = self.page::<R>(after.as_deref(), rules).await?;
        let Sweep { over, unreadable, next } = Sweep::of(page, after.is_none(), now);
        if let Some(why) = unreadable {
            log::write(&LogEvent::AlarmFailed { why: why.as_str() });
        }
        let deleted = try_join_all(over.chunks(AT_ONCE).map(|keys| {
            let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
            async { self.storage.delete_multiple(keys).await.map_err(failed) }
        }));
        let (reached, alarm) = match &next {
            Next::Page { after, at } => (Some(after.as_str()), Some(*at)),
            Next::Done(at) => (None, *at),
        };
        let cursor = async {
            if reached.is_none() && after.is_some() {
                self.storage.delete(SWEPT_TO).await.map_err(failed)?;
            }
            Ok(())
        };
        let step = alarm.map_or(AlarmStep::Keep, AlarmStep::Set);
        let saved = self.save(SWEPT_TO, reached, step, now);
        // All are begun before any is waited for, which makes them one transaction of storage.
        try_join(deleted, try_join(cursor, saved)).await?;
        if let Some(at) = alarm {
            self.alarm.set(KnownAlarm::At(at));
        }
        Ok(())
    }

    /// The rows behind this key, in their order.
    async fn page<R: Row>(
        &self,
        after: Option<&str>,
        rules: &Rules,
    ) -> Result<Vec<FoundRow>, String> {
        // All keys have one length, so this one is behind the last and before the next.
        let start = after.map(|after| format!("{after}~"));
        let options = ListOptions::new().prefix(R::ROWS).limit(bucket::PAGE);
        let options = match &start {
            Some(start) => options.start(start),
            None => options,
        };
        let rows = self.storage.list_with_options(options).await.map_err(failed)?;
        let found = |row: JsValue| {
            let row = Array::from(&row);
            let read = wire::read_state::<R>(&row.get(1).as_string().unwrap_or_default());
            let over_at = read.map(|read| read.over_at(rules));
            Some(FoundRow { key: row.get(0).as_string()?, over_at })
        };
        Ok(Array::from(&rows).iter().filter_map(found).collect())
    }
}

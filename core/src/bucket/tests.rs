use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + seconds * 1000)
}

const HOUR: u64 = 3600;

fn found(key: &str, over_at: u64) -> FoundRow {
    FoundRow { key: key.to_owned(), over_at: Ok(Some(at(over_at))) }
}

/// A page of `count` rows that are over at these times, in turn.
fn page(count: usize, over_at: &[u64]) -> Vec<FoundRow> {
    let times = over_at.iter().cycle();
    (0..count).zip(times).map(|(row, time)| found(&format!("{row:04}"), *time)).collect()
}

#[test]
fn a_decision_writes_its_row_and_the_first_one_sets_the_alarm() {
    let set = AlarmStep::Set(at(100 + HOUR));
    let new = Some(("new", at(100)));
    for (stored, new, row, alarm) in [
        (None, None, RowStep::Keep, AlarmStep::Keep),
        (None, new, RowStep::Put("new"), set),
        (Some("old"), new, RowStep::Put("new"), set),
        (Some("new"), new, RowStep::Keep, set),
        (Some("old"), None, RowStep::Delete, AlarmStep::Keep),
    ] {
        assert_eq!(RowPlan::of(stored, new, false), RowPlan { row, alarm }, "{stored:?} {new:?}");
        let plan = RowPlan { row, alarm: AlarmStep::Keep };
        assert_eq!(RowPlan::of(stored, new, true), plan, "{stored:?} {new:?}");
    }
}

#[test]
fn a_sweep_forgets_what_is_over_and_comes_again_an_hour_after_the_next() {
    for (rows, over, next) in [
        (vec![], vec![], None),
        (vec![found("a", 50), found("b", 100)], vec!["a", "b"], None),
        (vec![found("a", 101)], vec![], Some(at(101 + HOUR))),
        (vec![found("a", 900), found("b", 100), found("c", 300)], vec!["b"], Some(at(300 + HOUR))),
        (vec![FoundRow { key: "a".to_owned(), over_at: Ok(None) }], vec!["a"], None),
    ] {
        let sweep = Sweep::of(rows, true, at(100));
        assert_eq!(sweep.over, over);
        assert_eq!((sweep.next, sweep.unreadable), (Next::Done(next), None));
    }
}

#[test]
fn a_row_that_cannot_be_read_stays_and_stops_no_other() {
    let unreadable = |key: &str, why| FoundRow { key: key.to_owned(), over_at: Err(why) };
    let rows = vec![
        unreadable("a", Unreadable::Damaged),
        found("b", 100),
        unreadable("c", Unreadable::Newer),
        found("d", 9 * HOUR),
    ];
    let sweep = Sweep::of(rows, true, at(100));
    assert_eq!(sweep.over, ["b"]);
    assert_eq!(sweep.unreadable, Some(Unreadable::Damaged));
    // It is looked at again, by a later release for example.
    let again = at(100).plus(Duration::from_millis(1)).plus(DELAY);
    assert_eq!(sweep.next, Next::Done(Some(again)));
}

#[test]
fn a_full_page_is_followed_by_the_next_one_a_second_later() {
    let sweep = Sweep::of(page(PAGE, &[50, 9 * HOUR]), true, at(100));
    assert_eq!(sweep.over.len(), PAGE / 2);
    assert_eq!(sweep.next, Next::Page { after: "0999".to_owned(), at: at(101) });
    for (rows, over_at) in [(0, 50), (1, 50), (PAGE - 1, 9 * HOUR)] {
        let last = Sweep::of(page(rows, &[over_at]), false, at(101));
        assert_eq!(last.next, Next::Done(Some(at(101 + HOUR))), "{rows}");
    }
}

/// A bucket with its rows and its alarm, on which plans are carried out.
#[derive(Default)]
struct Bucket {
    /// When each row is over.
    rows: BTreeMap<String, Timestamp>,
    alarm: Option<Timestamp>,
    after: Option<String>,
    alarms_set: usize,
}

impl Bucket {
    fn set(&mut self, alarm: AlarmStep) {
        match alarm {
            AlarmStep::Keep => {}
            AlarmStep::Set(at) => {
                self.alarm = Some(at);
                self.alarms_set += 1;
            }
        }
    }

    /// A decision after which the row is over at this time, or nothing of it counts.
    fn decide(&mut self, key: &str, over_at: Option<Timestamp>) {
        let stored = self.rows.get(key).map(|at| at.millis().to_string());
        let new = over_at.map(|at| (at.millis().to_string(), at));
        let new = new.as_ref().map(|(text, at)| (text.as_str(), *at));
        let plan = RowPlan::of(stored.as_deref(), new, self.alarm.is_some());
        match (plan.row, over_at) {
            (RowStep::Keep, _) => {}
            (RowStep::Put(_), Some(at)) => drop(self.rows.insert(key.to_owned(), at)),
            (RowStep::Delete, None) => drop(self.rows.remove(key)),
            (step, _) => panic!("{step:?}"),
        }
        self.set(plan.alarm);
    }

    /// Lets every alarm go off that is due by `now`. Answers how many did.
    fn wake(&mut self, now: Timestamp) -> usize {
        let mut woken = 0;
        while let Some(at) = self.alarm.filter(|at| *at <= now) {
            (self.alarm, woken) = (None, woken + 1);
            let behind = |key: &&String| self.after.as_ref().is_none_or(|after| *key > after);
            let keys: Vec<_> = self.rows.keys().filter(behind).take(PAGE).cloned().collect();
            let found = keys
                .into_iter()
                .map(|key| FoundRow { over_at: Ok(self.rows.get(&key).copied()), key })
                .collect();
            let sweep = Sweep::of(found, self.after.is_none(), at);
            for key in sweep.over {
                self.rows.remove(&key);
            }
            let next = match sweep.next {
                Next::Page { after, at } => {
                    self.after = Some(after);
                    Some(at)
                }
                Next::Done(at) => {
                    self.after = None;
                    at
                }
            };
            self.set(next.map_or(AlarmStep::Keep, AlarmStep::Set));
        }
        woken
    }
}

#[test]
fn many_sends_of_a_day_set_an_alarm_an_hour_and_not_one_each() {
    let mut bucket = Bucket::default();
    // A send every five seconds. Half of them are not verified.
    for second in (0..2 * 24 * HOUR).step_by(5) {
        let key = format!("{second:07}");
        bucket.wake(at(second));
        bucket.decide(&key, Some(at(second + 24 * HOUR)));
        if second % 10 != 0 {
            bucket.decide(&key, None);
        }
    }
    // One to begin, and from the second day on one an hour for each page.
    let pages = 24 * 360 / PAGE + 2;
    assert!((24..=1 + 23 * pages).contains(&bucket.alarms_set), "{}", bucket.alarms_set);
}

#[test]
fn after_a_day_without_sends_a_bucket_sleeps_and_wakes_once() {
    let mut bucket = Bucket::default();
    bucket.decide("a", Some(at(24 * HOUR)));
    bucket.decide("a", None);
    assert_eq!(bucket.wake(at(25 * HOUR - 1)), 0);
    assert_eq!((bucket.wake(at(25 * HOUR)), bucket.alarm), (1, None));
}

proptest! {
    /// Whatever is decided when, a row is never deleted before it is over, and is deleted an hour
    /// later, and the seconds that the pages take.
    #[test]
    fn every_row_is_forgotten_in_time_and_none_before(
        steps in prop::collection::vec((0..4_usize, 0..1_500_u64, any::<bool>()), 1..30),
        rows_before in prop::sample::select(vec![0, PAGE - 1, PAGE, PAGE + 100]),
    ) {
        const WAITS: [u64; 4] = [0, 1, 40 * 60, 5 * HOUR];
        let mut bucket = Bucket::default();
        let (mut now, mut expected) = (0, BTreeMap::new());
        let before = (0..rows_before).map(|row| (row as u64, 0, true));
        let steps = steps.into_iter().map(|(wait, row, counts)| (row, WAITS[wait], counts));
        for (step, (row, wait, counts)) in before.chain(steps).enumerate() {
            now += wait;
            bucket.wake(at(now));
            let key = format!("{row:04}");
            let over_at = counts.then(|| at(now + 24 * HOUR));
            bucket.decide(&key, over_at);
            match over_at {
                Some(over_at) => drop(expected.insert(key, over_at)),
                None => drop(expected.remove(&key)),
            }
            if step < rows_before {
                continue;
            }
            for (key, over_at) in &expected {
                let is_kept = bucket.rows.contains_key(key);
                prop_assert!(is_kept || *over_at <= at(now), "{key} is gone");
                let late = over_at.plus(DELAY).plus(Duration::from_secs(5)) < at(now);
                prop_assert!(!(is_kept && late), "{key} is kept");
            }
            prop_assert!(bucket.rows.is_empty() || bucket.alarm.is_some(), "nobody will forget");
        }
    }
}

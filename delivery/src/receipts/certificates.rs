//! The keys of certificates that a provider publishes: which are known, and when one may be asked
//! for. A post names its certificate before anybody knows whether the provider sent the post, so
//! whoever posts can name certificates that are none. In an isolate each name costs one request at most
//! while its outcome is remembered, and all names together few; a certificate that is new still gets
//! its request within seconds to minutes.

use std::time::Duration;

use warifu_core::time::Timestamp;

/// How many keys are kept: there is one, or two while it is replaced.
const KEYS: usize = 4;

/// How many certificates may be asked for at once, after a time in which none was.
const BURST: u32 = 5;

/// How long until one more may be asked for: at most 300 in an hour.
const REFILL: Duration = Duration::from_secs(12);

/// How long a name is known to be of no certificate, and how long who named it is not believed to know
/// another. Amazon publishes a certificate before it signs with it.
const ABSENT: Duration = Duration::from_secs(600);

/// How long a name is not asked for again after the provider did not answer as it should.
const FAULTY: Duration = Duration::from_secs(60);

/// How long a request may take. When it is over without an outcome, the request is lost.
const UNDER_WAY: Duration = Duration::from_secs(6);

/// How many absent names, and how many of those who named them, are remembered. More than can be
/// asked for within [`ABSENT`].
const REMEMBERED: usize = 64;

/// What is to be done about a certificate that a post names.
#[derive(Debug, PartialEq, Eq)]
pub enum Lookup {
    /// This is its key.
    Known(Vec<u8>),
    /// There is no such certificate.
    Absent,
    /// The caller asks the provider for it now, and then says what came of it:
    /// [`Certificates::learn`].
    Ask,
    /// Nobody asks for it now; the post may come again after so many seconds.
    Later(u64),
}

/// What came of asking for a certificate.
#[derive(Debug)]
pub enum Published {
    /// It is there, with this key.
    Key(Vec<u8>),
    /// The provider says that there is none.
    Absent,
    /// The provider did not answer as it should.
    Unknown,
}

/// What is remembered of certificates, newest first in every list.
pub struct Certificates {
    keys: Vec<(String, Vec<u8>)>,
    /// Names of no certificate, with the time when that was learned.
    absent: Vec<(String, Timestamp)>,
    /// Who named a certificate that is none, with the time when that was learned.
    sources: Vec<(String, Timestamp)>,
    /// Names about which the provider did not answer as it should, with the time of it.
    faulty: Vec<(String, Timestamp)>,
    /// Names that are asked for now, since when.
    under_way: Vec<(String, Timestamp)>,
    /// How many certificates may be asked for, and as of when.
    left: (u32, Timestamp),
}

impl Default for Certificates {
    /// Nothing is known, and none was asked for.
    fn default() -> Self {
        Self {
            keys: Vec::new(),
            absent: Vec::new(),
            sources: Vec::new(),
            faulty: Vec::new(),
            under_way: Vec::new(),
            left: (BURST, Timestamp::from_millis(0)),
        }
    }
}

impl Certificates {
    /// What is to be done about the certificate of this name, which a post from `source` has. After
    /// [`Lookup::Ask`] the name counts as asked for.
    pub fn look(&mut self, name: &str, source: &str, now: Timestamp) -> Lookup {
        if let Some((_, key)) = self.keys.iter().find(|(known, _)| known == name) {
            return Lookup::Known(key.clone());
        }
        let recent = |(_, at): &(String, Timestamp)| now < at.plus(ABSENT);
        self.absent.retain(recent);
        self.sources.retain(recent);
        self.faulty.retain(|(_, at)| now < at.plus(FAULTY));
        self.under_way.retain(|(_, since)| now < since.plus(UNDER_WAY));
        if self.absent.iter().any(|(absent, _)| absent == name) {
            return Lookup::Absent;
        }
        if self.under_way.iter().any(|(asked, _)| asked == name) {
            return Lookup::Later(1);
        }
        if let Some((_, at)) = self.faulty.iter().find(|(faulty, _)| faulty == name) {
            return Lookup::Later(at.plus(FAULTY).seconds_from(now));
        }
        if let Some((_, at)) = self.sources.iter().find(|(known, _)| known == source) {
            return Lookup::Later(at.plus(ABSENT).seconds_from(now));
        }
        self.refill(now);
        let (left, since) = &mut self.left;
        let Some(rest) = left.checked_sub(1) else {
            return Lookup::Later(since.plus(REFILL).seconds_from(now));
        };
        *left = rest;
        self.under_way.push((name.to_owned(), now));
        Lookup::Ask
    }

    /// Notes what came of asking for a name, which a post from `source` had.
    pub fn learn(&mut self, name: &str, source: &str, published: &Published, now: Timestamp) {
        self.under_way.retain(|(asked, _)| asked != name);
        match published {
            Published::Key(key) => {
                self.keys.truncate(KEYS - 1);
                self.keys.insert(0, (name.to_owned(), key.clone()));
            }
            Published::Absent => {
                for (list, text) in [(&mut self.absent, name), (&mut self.sources, source)] {
                    list.truncate(REMEMBERED - 1);
                    list.insert(0, (text.to_owned(), now));
                }
            }
            Published::Unknown => {
                self.faulty.truncate(REMEMBERED - 1);
                self.faulty.insert(0, (name.to_owned(), now));
            }
        }
    }

    fn refill(&mut self, now: Timestamp) {
        let (left, since) = self.left;
        let more = now.since(since).as_secs() / REFILL.as_secs();
        let all = u64::from(left) + more;
        self.left = match u32::try_from(all) {
            Ok(all) if all < BURST => {
                (all, since.plus(Duration::from_secs(more * REFILL.as_secs())))
            }
            _ => (BURST, now),
        };
    }
}

#[cfg(test)]
mod tests;

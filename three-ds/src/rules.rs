//! The rules once more, as tables of what is changed in a valid message and what it is answered with.
//! They were written from the rules alone, by somebody who had read no other test of this crate.

mod areq;
mod areq_forms;
mod areq_order;
mod creq;
mod outcome;

use zeroize::Zeroizing;

use crate::{
    areq::AReq,
    ares::Answer,
    erro::Refusal,
    fixtures::{Message, directory_server},
    version::Version,
};

/// The members of a message, with their values as JSON.
struct Body(Vec<(String, String)>);

impl Body {
    fn payment(version: Version) -> Self {
        Self::of(Message::payment(version))
    }

    fn non_payment(version: Version) -> Self {
        Self::of(Message::non_payment(version))
    }

    fn of(message: Message) -> Self {
        let json = |value| serde_json::to_string(&value).unwrap();
        Self(message.0.into_iter().map(|(name, value)| (name, json(value))).collect())
    }

    /// Changes it: `name=value` sets, `+name=value` adds, `-name` takes away, ` & ` is between changes.
    /// `'` is a quotation mark, and `«x*3»` is `xxx`.
    fn changed(mut self, changes: &str) -> Self {
        for change in changes.split(" & ").filter(|change| !change.is_empty()) {
            if let Some(name) = change.strip_prefix('-') {
                let before = self.0.len();
                self.0.retain(|(member, _)| member != name);
                assert!(self.0.len() < before, "{name} was not there");
                continue;
            }
            let (name, value) = change.split_once('=').unwrap();
            let value = repeated(&value.replace('\'', "\""));
            let added = name.strip_prefix('+');
            match self.0.iter_mut().find(|(member, _)| added.is_none() && member == name) {
                Some((_, old)) => *old = value,
                None => self.0.push((added.unwrap_or(name).to_owned(), value)),
            }
        }
        self
    }

    fn text(&self) -> String {
        let members = self.0.iter().map(|(name, value)| format!("\"{name}\":{value}"));
        format!("{{{}}}", members.collect::<Vec<_>>().join(","))
    }
}

fn repeated(text: &str) -> String {
    let mut parts = text.split('«');
    let mut all = parts.next().unwrap().to_owned();
    for part in parts {
        let (what, rest) = part.split_once('»').unwrap();
        let (what, times) = what.rsplit_once('*').unwrap();
        all.push_str(&what.repeat(times.parse().unwrap()));
        all.push_str(rest);
    }
    all
}

/// What a body is answered with: `C`, another status with its reason, or a code with its detail.
fn answer(body: &[u8]) -> String {
    match AReq::read(Zeroizing::new(body.to_vec()), &directory_server(), &[]) {
        Ok(areq) => match areq.answer() {
            None | Some(Answer::Challenge) => "C".to_owned(),
            Some(Answer::DataShared) => "I".to_owned(),
            Some(Answer::None(why)) => {
                let (status, reason) = why.said();
                format!("{} {}", status.as_str(), reason.as_str())
            }
        },
        Err(refusal) => refused(&refusal),
    }
}

fn refused(refusal: &Refusal) -> String {
    let Refusal::Erro(erro) = refusal else { return "no answer".to_owned() };
    let json: serde_json::Value = serde_json::from_str(&erro.json()).unwrap();
    assert_eq!(json["errorComponent"], "A");
    assert_eq!(json["messageType"], "Erro");
    for (name, longest) in [("errorDescription", 2048), ("errorDetail", 2048)] {
        assert!((1..=longest).contains(&json[name].as_str().unwrap().chars().count()), "{json}");
    }
    assert!(json["messageVersion"] == "2.2.0" || json["messageVersion"] == "2.3.1");
    match erro.code.as_str() {
        "101" => "101".to_owned(),
        code => format!("{code} {}", erro.detail),
    }
}

/// Holds payments of these versions to a table, and says all that differs.
#[track_caller]
fn hold(versions: &[Version], table: &[(&str, &str)]) {
    let cases = versions.iter().flat_map(|version| table.iter().map(move |case| (version, case)));
    let differ = cases.filter_map(|(version, (changes, expected))| {
        let got = answer(Body::payment(*version).changed(changes).text().as_bytes());
        (got != *expected).then(|| format!("{version:?} {changes}: {got}, not {expected}"))
    });
    let differ: Vec<_> = differ.collect();
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

//! Prints which country the telephone numbers of each prefix belong to, as libphonenumber has it: the
//! file `core/src/contact/country/plan.txt`. When the crate `phonenumber` is newer:
//!
//! ```sh
//! cargo run --release -p warifu-core --example number_plan > core/src/contact/country/plan.txt
//! ```
//!
//! libphonenumber has patterns and no prefixes. So numbers of each prefix are drawn, and a prefix whose
//! numbers are of several countries is divided. It takes a minute, and prints the same in every run.

use std::collections::{BTreeMap, BTreeSet};

use phonenumber::metadata::DATABASE;

/// How many numbers are drawn for a prefix.
const SAMPLES: usize = 60;

/// How many national digits a prefix has at most. Where countries share what is longer, most of its
/// numbers decide.
const LONGEST: usize = 6;

/// A generator of digits that is the same in every run.
struct Digits(u64);

impl Digits {
    fn draw(&mut self, count: usize) -> String {
        let next = |state: &mut u64| {
            *state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            char::from_digit(((*state >> 33) % 10) as u32, 10).unwrap_or('0')
        };
        (0..count).map(|_| next(&mut self.0)).collect()
    }
}

/// Of a calling code that countries share: how long national numbers are, with which digits they
/// begin, and from how many digits on a prefix may be taken for that of one country.
fn shape(code: u16) -> (&'static [usize], &'static str, usize) {
    match code {
        1 => (&[10], "23456789", 3),
        7 => (&[10], "3456789", 4),
        39 => (&[9, 10], "0123456789", 4),
        44 => (&[10], "123456789", 4),
        47 => (&[8], "123456789", 4),
        290 => (&[4, 5], "123456789", 1),
        358 => (&[7, 8, 9, 10], "123456789", 4),
        590 => (&[9], "123456789", 3),
        599 => (&[7, 8], "123456789", 4),
        _ => (&[9], "123456789", 4),
    }
}

fn countries(
    prefix: &str,
    national: usize,
    code: u16,
    digits: &mut Digits,
) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for rest in shape(code).0.iter().filter_map(|length| length.checked_sub(national)) {
        for _ in 0..SAMPLES {
            let number = phonenumber::parse(None, format!("+{prefix}{}", digits.draw(rest)));
            if let Some(id) = number.ok().and_then(|number| number.country().id()) {
                *found.entry(id.as_ref().to_owned()).or_default() += 1;
            }
        }
    }
    found
}

/// The lines below a prefix; a prefix whose numbers are all of one country is one line.
fn lines(prefix: &str, code: u16, digits: &mut Digits) -> Vec<(String, String)> {
    let national = prefix.len() - code.to_string().len();
    let (_, firsts, least) = shape(code);
    if national >= least {
        let found = countries(prefix, national, code, digits);
        if found.len() <= 1 || national >= LONGEST {
            let most = found.into_iter().max_by_key(|(_, count)| *count);
            return most.map(|(country, _)| (prefix.to_owned(), country)).into_iter().collect();
        }
    }
    let next = if national == 0 { firsts } else { "0123456789" };
    let below: Vec<_> =
        next.chars().flat_map(|digit| lines(&format!("{prefix}{digit}"), code, digits)).collect();
    let all: BTreeSet<_> = below.iter().map(|(_, country)| country.clone()).collect();
    match all.into_iter().collect::<Vec<_>>().as_slice() {
        [one] => vec![(prefix.to_owned(), one.clone())],
        _ => below,
    }
}

fn main() {
    let mut digits = Digits(1);
    for code in 1..1000_u16 {
        let Some(all) = DATABASE.by_code(&code) else { continue };
        match all.iter().map(|of| of.id()).collect::<Vec<_>>().as_slice() {
            // Numbers of no country, such as +800.
            ["001"] => {}
            [one] => println!("{code} {one}"),
            _ => {
                for (prefix, country) in lines(&code.to_string(), code, &mut digits) {
                    println!("{prefix} {country}");
                }
            }
        }
    }
}

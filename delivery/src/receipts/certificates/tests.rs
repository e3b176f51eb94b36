use super::*;

const AMAZON: &str = "192.0.2.1";
const SOMEBODY: &str = "198.51.100.1";

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + seconds * 1000)
}

fn made_up(number: u32) -> String {
    format!("https://sns.example/SimpleNotificationService-{number:032x}.pem")
}

/// A provider that publishes some certificates and counts how often it is asked.
struct Provider {
    published: Vec<String>,
    asked: u32,
}

impl Provider {
    /// Has a post looked up, and the provider asked if that is due. Whether the post has its key.
    fn serve(&mut self, known: &mut Certificates, name: &str, source: &str, now: u64) -> bool {
        match known.look(name, source, at(now)) {
            Lookup::Known(_) => true,
            Lookup::Absent | Lookup::Later(_) => false,
            Lookup::Ask => {
                self.asked += 1;
                let is_there = self.published.iter().any(|there| there == name);
                let published = if is_there { Published::Key(vec![1]) } else { Published::Absent };
                known.learn(name, source, &published, at(now));
                is_there
            }
        }
    }
}

#[test]
fn a_certificate_is_asked_for_once_and_its_posts_never_wait() {
    let (mut known, real) = (Certificates::default(), made_up(0));
    let mut provider = Provider { published: vec![real.clone()], asked: 0 };
    for second in 0..1000 {
        assert!(provider.serve(&mut known, &real, AMAZON, second));
    }
    assert_eq!(provider.asked, 1);
}

#[test]
fn a_made_up_name_costs_one_request_whoever_has_it() {
    let mut known = Certificates::default();
    let mut provider = Provider { published: Vec::new(), asked: 0 };
    for number in 0..100 {
        assert!(!provider.serve(&mut known, &made_up(7), &format!("source {number}"), 0));
    }
    assert_eq!(provider.asked, 1);
    assert_eq!(known.look(&made_up(7), AMAZON, at(599)), Lookup::Absent);
    // A name that was none can be one later.
    assert_eq!(known.look(&made_up(7), AMAZON, at(600)), Lookup::Ask);
}

#[test]
fn somebody_with_many_names_costs_one_request_in_ten_minutes_and_a_new_certificate_gets_through() {
    let (mut known, real) = (Certificates::default(), made_up(0));
    let mut provider = Provider { published: vec![real.clone()], asked: 0 };
    for number in 1..=5000 {
        assert!(!provider.serve(&mut known, &made_up(number), SOMEBODY, u64::from(number) / 100));
    }
    assert_eq!(provider.asked, 1);
    assert!(provider.serve(&mut known, &real, AMAZON, 50));
}

#[test]
fn names_from_everywhere_cost_few_requests_and_a_new_certificate_still_gets_through() {
    let (mut known, real) = (Certificates::default(), made_up(0));
    let mut provider = Provider { published: vec![real.clone()], asked: 0 };
    // 100 posts a second for an hour, each from another address with another name. Amazon repeats
    // its post every 20 seconds and comes after some of them.
    let mut through = None;
    for second in 0..3600 {
        for number in 0..100 {
            let post = second * 100 + number + 1;
            provider.serve(&mut known, &made_up(post), &format!("source {post}"), second.into());
            let is_amazon = second % 20 == 0 && number == second / 20 % 7;
            if is_amazon && provider.serve(&mut known, &real, AMAZON, second.into()) {
                through.get_or_insert(second);
            }
        }
    }
    assert!(provider.asked <= BURST + 300, "{}", provider.asked);
    assert!(through.is_some_and(|second| second < 600), "{through:?}");
}

#[test]
fn the_wait_is_told_and_is_over_then() {
    let mut known = Certificates::default();
    for number in 0..BURST {
        assert_eq!(known.look(&made_up(number), &format!("{number}"), at(0)), Lookup::Ask);
    }
    assert_eq!(known.look(&made_up(9), AMAZON, at(0)), Lookup::Later(12));
    assert_eq!(known.look(&made_up(9), AMAZON, at(11)), Lookup::Later(1));
    assert_eq!(known.look(&made_up(9), AMAZON, at(12)), Lookup::Ask);
    assert_eq!(known.look(&made_up(10), AMAZON, at(12)), Lookup::Later(12));
}

#[test]
fn a_request_under_way_is_not_made_twice_unless_it_was_lost() {
    let (mut known, real) = (Certificates::default(), made_up(0));
    assert_eq!(known.look(&real, AMAZON, at(0)), Lookup::Ask);
    assert_eq!(known.look(&real, AMAZON, at(5)), Lookup::Later(1));
    assert_eq!(known.look(&real, AMAZON, at(6)), Lookup::Ask);
    known.learn(&real, AMAZON, &Published::Key(vec![2]), at(7));
    assert_eq!(known.look(&real, AMAZON, at(7)), Lookup::Known(vec![2]));
}

#[test]
fn a_name_about_which_the_provider_fails_is_asked_for_once_a_minute_and_nobody_is_to_blame() {
    let (mut known, real) = (Certificates::default(), made_up(0));
    assert_eq!(known.look(&real, AMAZON, at(0)), Lookup::Ask);
    known.learn(&real, AMAZON, &Published::Unknown, at(1));
    assert_eq!(known.look(&real, AMAZON, at(1)), Lookup::Later(60));
    assert_eq!(known.look(&made_up(1), AMAZON, at(2)), Lookup::Ask);
    assert_eq!(known.look(&real, AMAZON, at(61)), Lookup::Ask);
}

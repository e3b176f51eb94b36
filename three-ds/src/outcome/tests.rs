use super::*;
use crate::{
    fixtures::{directory_server, transaction},
    json::Value,
    version::Version::{V220, V231},
};

/// The elements after the ids, as `name=value`.
fn told(version: Version, category: Category, outcome: Outcome, programme: &Eci) -> Vec<String> {
    let mut of = transaction(version);
    of.category = category;
    let rreq = RReq {
        of: &of,
        outcome,
        method: Method::Sms,
        tries: 3,
        value: Some("AAABBCRnIQAAAAABQ2chAa/wh/Q="),
        eci: programme,
    };
    let Some(Value::Object(members)) = Value::parse(&rreq.json()) else { panic!("no object") };
    let ids = [
        "threeDSServerTransID",
        "acsTransID",
        "dsTransID",
        "messageType",
        "messageVersion",
        "messageCategory",
    ];
    assert_eq!(members.iter().take(6).map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ids);
    let said = |(name, value): &(String, Value)| match value {
        Value::List(list) => format!("{name}=[{}]", list[0].as_text().unwrap()),
        value => format!("{name}={}", value.as_text().unwrap()),
    };
    members[6..].iter().map(said).collect()
}

/// What each outcome of a payment is told as in 2.2.0, in order.
const PAYMENTS: [(Outcome, &str); 9] = [
    (
        Outcome::Verified,
        "transStatus=Y interactionCounter=03 authenticationMethod=02 authenticationType=02 authenticationValue=AAABBCRnIQAAAAABQ2chAa/wh/Q= eci=05",
    ),
    (
        Outcome::TriesUsedUp,
        "transStatus=N transStatusReason=19 interactionCounter=03 authenticationMethod=02 authenticationType=02 eci=07",
    ),
    (
        Outcome::Locked,
        "transStatus=N transStatusReason=19 interactionCounter=03 authenticationMethod=02 authenticationType=02 eci=07",
    ),
    (
        Outcome::Canceled,
        "transStatus=N transStatusReason=01 challengeCancel=01 interactionCounter=03 authenticationMethod=02 authenticationType=02",
    ),
    (
        Outcome::PageExpired,
        "transStatus=N transStatusReason=14 challengeCancel=04 interactionCounter=03 authenticationMethod=02 authenticationType=02",
    ),
    (
        Outcome::NeverRequested,
        "transStatus=N transStatusReason=14 challengeCancel=05 interactionCounter=00 authenticationMethod=02 authenticationType=02",
    ),
    (
        Outcome::RequestInvalid,
        "transStatus=U transStatusReason=22 challengeCancel=06 interactionCounter=03 authenticationMethod=02",
    ),
    (
        Outcome::Undeliverable,
        "transStatus=U transStatusReason=22 challengeCancel=06 interactionCounter=03 authenticationMethod=02",
    ),
    (
        Outcome::Failed,
        "transStatus=U transStatusReason=22 challengeCancel=06 interactionCounter=03 authenticationMethod=02",
    ),
];

fn programme() -> Eci {
    Eci { authenticated: Some("05".to_owned()), not_authenticated: Some("07".to_owned()) }
}

#[test]
fn every_outcome_is_told_as_its_table_says() {
    for (outcome, expected) in PAYMENTS {
        let said = told(V220, Category::Payment, outcome, &programme());
        assert_eq!(said.join(" "), expected, "{outcome:?}");
    }
    assert_eq!(PAYMENTS.map(|(outcome, _)| outcome), Outcome::ALL);
}

#[test]
fn in_2_3_1_the_method_is_a_list_and_there_is_no_type() {
    for (outcome, expected) in PAYMENTS {
        let said = told(V231, Category::Payment, outcome, &programme()).join(" ");
        let expected = expected.replace(" authenticationType=02", "");
        let expected = if expected.starts_with("transStatus=U") {
            expected.replace(" authenticationMethod=02", "")
        } else {
            expected.replace("authenticationMethod=02", "authenticationMethod=[02]")
        };
        assert_eq!(said, expected, "{outcome:?}");
    }
}

#[test]
fn without_payment_there_is_no_value() {
    for (outcome, expected) in PAYMENTS {
        let said = told(V220, Category::NonPayment, outcome, &programme()).join(" ");
        let expected = expected.replace(" authenticationValue=AAABBCRnIQAAAAABQ2chAa/wh/Q=", "");
        assert_eq!(said, expected, "{outcome:?}");
    }
}

#[test]
fn an_indicator_that_the_programme_has_not_is_left_out() {
    for outcome in Outcome::ALL {
        let said = told(V220, Category::Payment, outcome, &Eci::default());
        assert!(said.iter().all(|it| !it.starts_with("eci")), "{outcome:?}");
    }
}

#[test]
fn methods_have_their_codes_and_counters_two_digits() {
    let of = transaction(V220);
    for (method, code) in [(Method::Sms, "02"), (Method::App, "04"), (Method::Email, "05")] {
        for (tries, counter) in [(0, "00"), (1, "01"), (99, "99"), (100, "99")] {
            let rreq = RReq {
                of: &of,
                outcome: Outcome::Verified,
                method,
                tries,
                value: None,
                eci: &directory_server().eci,
            };
            let text = rreq.json();
            assert!(
                text.contains(&format!(
                    r#""interactionCounter":"{counter}","authenticationMethod":"{code}""#
                )),
                "{text}"
            );
        }
    }
}

#[test]
fn a_payment_without_its_value_is_not_authenticated() {
    use Category::{NonPayment, Payment};
    assert_eq!(Outcome::Verified.without_value(Payment), Outcome::Failed);
    assert_eq!(Outcome::Verified.without_value(NonPayment), Outcome::Verified);
    assert_eq!(Outcome::Canceled.without_value(Payment), Outcome::Canceled);
}

/// Time-outs are the only reason 14, and have a `challengeCancel` of 04 or 05 (table A.1).
#[test]
fn a_time_out_is_told_with_its_cancel_and_no_other_way() {
    for outcome in Outcome::ALL {
        let Said { status, reason, cancel } = outcome.said();
        let timed_out = matches!(cancel, Some(Cancel::TimedOut | Cancel::NeverRequested));
        assert_eq!(reason == Some(Reason::TimedOut), timed_out, "{outcome:?}");
        assert_eq!(reason.is_none(), status == Status::Authenticated, "{outcome:?}");
    }
}

#[test]
fn a_result_is_told_with_the_same_text_each_time() {
    let of = transaction(V220);
    let rreq = RReq {
        of: &of,
        outcome: Outcome::Verified,
        method: Method::Email,
        tries: 1,
        value: Some("AAABBCRnIQAAAAABQ2chAa/wh/Q="),
        eci: &directory_server().eci,
    };
    assert_eq!(
        rreq.json(),
        r#"{"threeDSServerTransID":"8a880dc0-d2d2-4067-bcb1-b08d1690b26e","acsTransID":"d7c1ee99-9478-44a6-b1f2-391e29c6b340","dsTransID":"f25084f0-5b16-4c0a-ae5d-b24808a95e4b","messageType":"RReq","messageVersion":"2.2.0","messageCategory":"01","transStatus":"Y","interactionCounter":"01","authenticationMethod":"05","authenticationType":"02","authenticationValue":"AAABBCRnIQAAAAABQ2chAa/wh/Q=","eci":"05"}"#
    );
}

/// The CRes that the final page posts, if it posts one.
fn posted_cres(of: &Transaction, outcome: Outcome) -> Option<String> {
    let fields = final_fields(of, outcome, None, None);
    let (_, message) = fields.into_iter().find(|(name, _)| *name == "cres")?;
    String::from_utf8(Base64UrlUnpadded::decode_vec(&message).unwrap()).ok()
}

#[test]
fn the_final_page_posts_a_cres_of_five_elements_with_y_or_n() {
    for version in Version::ALL {
        for (outcome, _) in PAYMENTS {
            let of = transaction(version);
            let status = match outcome {
                Outcome::Verified => Some("Y"),
                Outcome::RequestInvalid | Outcome::NeverRequested => None,
                _ => Some("N"),
            };
            let expected = status.map(|status| {
                format!(
                    r#"{{"threeDSServerTransID":"8a880dc0-d2d2-4067-bcb1-b08d1690b26e","acsTransID":"d7c1ee99-9478-44a6-b1f2-391e29c6b340","messageType":"CRes","messageVersion":"{}","transStatus":"{status}"}}"#,
                    version.as_str()
                )
            });
            assert_eq!(posted_cres(&of, outcome), expected, "{outcome:?}");
        }
    }
}

#[test]
fn the_final_form_gives_session_data_back_as_it_came() {
    let of = transaction(V220);
    let session = "c2Vzc2lvbg==+/ %";
    let fields = final_fields(&of, Outcome::Verified, None, Some(session));
    assert_eq!(
        fields.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
        ["cres", "threeDSSessionData"]
    );
    assert_eq!(fields[1].1, session);
    assert_eq!(final_fields(&of, Outcome::Canceled, None, None).len(), 1);
}

#[test]
fn an_error_goes_back_in_its_own_field_with_all_ids() {
    let of = transaction(V231);
    let erro = crate::creq::CReq::is_late(&transaction(V220));
    let fields = final_fields(&of, Outcome::RequestInvalid, Some(erro), None);
    assert_eq!(fields[0].0, "erro");
    let text = String::from_utf8(Base64UrlUnpadded::decode_vec(&fields[0].1).unwrap()).unwrap();
    for part in [
        r#""messageVersion":"2.3.1""#,
        r#""acsTransID":"d7c1ee99"#,
        r#""dsTransID":"f25084f0"#,
        r#""errorMessageType":"CReq""#,
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

/// The elements of results that certified servers told in recorded test runs, where the directory
/// server had taken `authenticationMethod` out.
#[test]
fn a_result_has_the_elements_that_certified_servers_tell() {
    const ALWAYS: &[&str] = &["transStatus", "interactionCounter", "authenticationType"];
    for (category, outcome, more) in [
        (Category::Payment, Outcome::Verified, &["authenticationValue", "eci"][..]),
        (Category::NonPayment, Outcome::Verified, &["eci"]),
        (Category::Payment, Outcome::TriesUsedUp, &["transStatusReason"]),
        (Category::Payment, Outcome::Canceled, &["transStatusReason", "challengeCancel"]),
    ] {
        let said = told(V220, category, outcome, &directory_server().eci);
        let names = said.iter().filter_map(|it| it.split_once('=')).map(|(name, _)| name);
        let mut names: Vec<_> = names.filter(|name| *name != "authenticationMethod").collect();
        let mut expected = [ALWAYS, more].concat();
        names.sort_unstable();
        expected.sort_unstable();
        assert_eq!(names, expected, "{outcome:?}");
    }
}

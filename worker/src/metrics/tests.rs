use std::collections::BTreeMap;

use js_sys::{Function, Object, Reflect};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;

/// A point of every kind. The match makes a new one break the build here.
fn points(merchant: &MerchantId) -> Vec<Point<'_>> {
    let next = |point: &Point<'_>| {
        Some(match point {
            Point::Send { .. } => Point::Outcome {
                merchant,
                channel: "app",
                status: "verified",
                seconds: 12.5,
                tries: 2,
                sends: 1,
            },
            Point::Outcome { .. } => {
                Point::Refusal { merchant: Some(merchant), channel: None, problem: "wrong_code" }
            }
            Point::Refusal { .. } => Point::SmsLong { encoding: "ucs2", locale: "ja", segments: 2 },
            Point::SmsLong { .. } => return None,
        })
    };
    let first = Point::Send {
        merchant,
        channel: "sms",
        outcome: "accepted",
        provider: "sns",
        milliseconds: 34,
        tried: 1,
        segments: 2,
    };
    std::iter::successors(Some(first), next).collect()
}

/// What is written of a point, where a data set is bound.
fn written(point: &Point<'_>) -> Option<String> {
    let env = Object::new();
    let dataset = Function::new_with_args(
        "env",
        "env.METRICS = { writeDataPoint: ({ indexes, blobs, doubles }) => {
            env.point = JSON.stringify({ indexes, blobs, doubles });
        } }",
    );
    dataset.call1(&JsValue::NULL, &env).unwrap();
    write(env.unchecked_ref(), point);
    Reflect::get(&env, &"point".into()).unwrap().as_string()
}

#[wasm_bindgen_test]
fn a_point_is_written_where_a_data_set_is_bound_and_nowhere_else() {
    let merchant = MerchantId::parse("maru-shop").unwrap();
    let nothing = Object::new();
    for (point, expected) in points(&merchant).iter().zip([
        r#"{"indexes":["maru-shop"],"blobs":["send","maru-shop","sms","accepted","sns"],"doubles":[34,1,2]}"#,
        r#"{"indexes":["maru-shop"],"blobs":["outcome","maru-shop","app","verified"],"doubles":[12.5,2,1]}"#,
        r#"{"indexes":["maru-shop"],"blobs":["refusal","maru-shop","","wrong_code"],"doubles":[]}"#,
        r#"{"indexes":["sms_long"],"blobs":["sms_long","ucs2","ja"],"doubles":[2]}"#,
    ]) {
        assert_eq!(written(point).as_deref(), Some(expected));
        write(nothing.unchecked_ref(), point);
    }
    assert_eq!(Object::keys(&nothing).length(), 0);
    assert!(!is_bound(nothing.unchecked_ref()));
}

/// A data set that fails, such as one of another kind, takes nothing with it.
#[wasm_bindgen_test]
fn a_data_set_that_fails_fails_nothing_else() {
    let env = Object::new();
    let broken = Function::new_with_args(
        "env",
        "env.METRICS = { writeDataPoint() { throw new Error('away'); } }",
    );
    broken.call1(&JsValue::NULL, &env).unwrap();
    let merchant = MerchantId::parse("maru-shop").unwrap();
    for point in points(&merchant) {
        write(env.unchecked_ref(), &point);
    }
}

#[wasm_bindgen_test]
fn the_guides_table_has_the_columns_of_every_point() {
    let guide = include_str!("../../../docs/issuer/operate.md");
    let (_, table) = guide.split_once("| `blob1` | `index1` |").unwrap();
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let quoted = |cell: &str| -> Vec<String> {
        cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    };
    let documented: BTreeMap<_, _> = rows
        .map(|row| {
            let cells: Vec<_> = row.trim_matches(['|', ' ']).split(" | ").collect();
            (cells[0].trim_matches('`').to_owned(), (quoted(cells[2]), quoted(cells[3])))
        })
        .collect();
    let merchant = MerchantId::parse("maru-shop").unwrap();
    let points = points(&merchant);
    let written: BTreeMap<_, _> = points
        .iter()
        .map(|point| {
            let Columns { blobs, doubles, .. } = point.columns();
            let (kind, others) = blobs.split_first().unwrap();
            assert_eq!(kind.0, kind.1);
            let names = |names: Vec<&'static str>| names.into_iter().map(str::to_owned).collect();
            let blobs: Vec<String> = names(others.iter().map(|(name, _)| *name).collect());
            let doubles: Vec<String> = names(doubles.iter().map(|(name, _)| *name).collect());
            (kind.0.to_owned(), (blobs, doubles))
        })
        .collect();
    assert_eq!(documented, written, "the guide on the left, the code on the right");
}

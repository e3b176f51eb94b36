//! The one metric: long text messages, in Workers Analytics Engine.

use worker::{AnalyticsEngineDataPointBuilder, Env};

/// The binding of the data set. A deployment may have none.
const METRICS: &str = "METRICS";

/// Adds a number to the data set, if there is one. The first label is its kind, by which the
/// platform samples.
pub(super) fn measure(env: &Env, labels: [&str; 3], number: u32) {
    let Ok(dataset) = env.analytics_engine(METRICS) else { return };
    let [kind, ..] = labels;
    let point =
        AnalyticsEngineDataPointBuilder::new().indexes([kind]).blobs(labels).add_double(number);
    // A metric that cannot be written fails nothing else.
    drop(point.write_to(&dataset));
}

#[cfg(test)]
mod tests {
    use js_sys::{Function, Object, Reflect};
    use wasm_bindgen::{JsCast as _, JsValue};
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn a_number_is_added_to_a_data_set_where_one_is_bound() {
        let env = Object::new();
        let measured = |env: &Object| {
            measure(env.unchecked_ref(), ["sms_long", "ucs2", "ja"], 2);
            Reflect::get(env, &"point".into()).unwrap()
        };
        assert!(measured(&env).is_undefined(), "nothing is bound");

        let dataset = Function::new_with_args(
            "env",
            "env.METRICS = { writeDataPoint: ({ indexes, blobs, doubles }) => {
                env.point = JSON.stringify({ indexes, blobs, doubles });
            } }",
        );
        dataset.call1(&JsValue::NULL, &env).unwrap();
        let point = r#"{"indexes":["sms_long"],"blobs":["sms_long","ucs2","ja"],"doubles":[2]}"#;
        assert_eq!(measured(&env).as_string().as_deref(), Some(point));
    }
}

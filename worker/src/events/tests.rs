use wasm_bindgen_test::wasm_bindgen_test;

use super::wait;

#[wasm_bindgen_test]
fn the_last_wait_stays() {
    assert_eq!([1, 2, 3, 9].map(|attempts| wait(&[5, 30, 120], attempts)), [5, 30, 120, 120]);
}

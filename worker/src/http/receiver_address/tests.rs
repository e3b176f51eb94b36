use wasm_bindgen_test::wasm_bindgen_test;

use super::*;

#[wasm_bindgen_test]
fn only_hosts_of_the_internet_receive_events() {
    let long = format!("https://shop.example/{}", "x".repeat(2028));
    for good in ["https://shop.example/hooks", "https://a.b.shop.example/?a=b", &long[..2048]] {
        assert!(may_receive(good, false), "{good}");
    }
    let bad = [
        &long,
        "",
        "shop.example/hooks",
        "http://shop.example/hooks",
        "ftp://shop.example/hooks",
        "https://shop.example:8443/hooks",
        "https://me@shop.example/hooks",
        "https://:secret@shop.example/hooks",
        "https://localhost/hooks",
        "https://localhost./hooks",
        "https://a.localhost/hooks",
        "https://printer.local/hooks",
        "https://metadata.google.internal/hooks",
        "https://router.home.arpa/hooks",
        "https://intranet/hooks",
        "https://shop.example./hooks",
        "https://127.0.0.1/hooks",
        "https://127.1/hooks",
        "https://0x7f.0.0.1/hooks",
        "https://2130706433/hooks",
        "https://169.254.169.254/hooks",
        "https://127.0.0.1./hooks",
        "https://１２７.0.0.1/hooks",
        "https://[::1]/hooks",
        "https://[::ffff:10.0.0.1]/hooks",
    ];
    for bad in bad {
        assert!(!may_receive(bad, false), "{bad}");
    }
}

#[wasm_bindgen_test]
fn a_development_server_tells_this_machine_too() {
    for good in ["http://localhost:8790/hooks", "http://127.0.0.1:8790/", "https://shop.example/"] {
        assert!(may_receive(good, true), "{good}");
        assert_eq!(may_receive(good, false), good.starts_with("https"), "{good}");
    }
    for bad in ["http://shop.example/", "http://10.0.0.1/", "http://me@localhost:8790/"] {
        assert!(!may_receive(bad, true), "{bad}");
    }
}

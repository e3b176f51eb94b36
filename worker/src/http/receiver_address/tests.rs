use wasm_bindgen_test::wasm_bindgen_test;

use super::*;

#[wasm_bindgen_test]
fn only_hosts_of_the_internet_receive_events() {
    let long = format!("https://shop.example/{}", "x".repeat(2028));
    for good in ["https://shop.example/hooks", "https://a.b.shop.example/?a=b", &long[..2048]] {
        assert_eq!(receiver(good, Some("https://otp.example"), false).as_deref(), Some(good));
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
        "https://nas.lan/hooks",
        "https://mail.corp/hooks",
        "https://router.home/hooks",
        "https://orders.default.svc/hooks",
        "https://shop.test/hooks",
        "https://shop.onion/hooks",
        "https://*.shop.example/hooks",
        "https://otp.example/hooks",
        "https://OTP.example:443/",
    ];
    for bad in bad {
        assert_eq!(receiver(bad, Some("https://otp.example"), false), None, "{bad}");
    }
}

#[wasm_bindgen_test]
fn an_address_is_kept_as_it_was_parsed() {
    for (given, kept) in [
        ("https://SHOP.example", "https://shop.example/"),
        (" https://shop.example/a/../b ", "https://shop.example/b"),
        ("https://shop.example:443/hooks#top", "https://shop.example/hooks#top"),
        ("https://店.example/通知", "https://xn--hxt.example/%E9%80%9A%E7%9F%A5"),
    ] {
        assert_eq!(receiver(given, None, false).as_deref(), Some(kept));
    }
}

#[wasm_bindgen_test]
fn a_development_server_tells_this_machine_too() {
    for good in ["http://localhost:8790/hooks", "http://127.0.0.1:8790/", "https://shop.example/"] {
        assert_eq!(receiver(good, Some("http://localhost:8787"), true).as_deref(), Some(good));
        assert_eq!(receiver(good, None, false).is_some(), good.starts_with("https"), "{good}");
    }
    assert_eq!(receiver("http://localhost:8787/", Some("http://localhost:8787"), true), None);
    for bad in ["http://shop.example/", "http://10.0.0.1/", "http://me@localhost:8790/"] {
        assert_eq!(receiver(bad, None, true), None, "{bad}");
    }
}

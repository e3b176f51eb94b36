use wasm_bindgen_test::wasm_bindgen_test;

use super::network;

#[wasm_bindgen_test]
fn an_ipv4_address_is_a_network_of_its_own() {
    for address in ["192.0.2.1", "192.0.2.2", ""] {
        assert_eq!(network(address), address);
    }
}

#[wasm_bindgen_test]
fn an_ipv4_address_that_is_mapped_into_ipv6_is_the_same_network() {
    for address in ["::ffff:192.0.2.1", "::ffff:c000:201", "0:0:0:0:0:ffff:192.0.2.1"] {
        assert_eq!(network(address), "192.0.2.1", "{address}");
    }
    assert_ne!(network("::ffff:192.0.2.1"), network("::ffff:192.0.2.2"));
}

#[wasm_bindgen_test]
fn an_ipv6_address_counts_with_all_of_its_64() {
    for (address, network_of) in [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2"),
        ("2001:db8:1:2::6", "2001:db8:1:2"),
        ("2001:db8:1:2::", "2001:db8:1:2"),
        ("2001:db8:1:2:0:4:5:6", "2001:db8:1:2"),
        ("2001:db8:1::", "2001:db8:1:0"),
        ("2001:db8:1::6", "2001:db8:1:0"),
        ("2001:db8:1:0:3:4:5:6", "2001:db8:1:0"),
        ("2001:db8::", "2001:db8:0:0"),
        ("2001:db8::6", "2001:db8:0:0"),
        ("2001:db8::5:6", "2001:db8:0:0"),
        ("2001:db8::4:5:6", "2001:db8:0:0"),
        ("2001:db8::3:4:5:6", "2001:db8:0:0"),
        ("2001:db8::2:3:4:5:6", "2001:db8:0:2"),
        ("2001:db8:0:2::6", "2001:db8:0:2"),
        ("2001:db8:0:2:3:4:5:6", "2001:db8:0:2"),
        ("2001::4:5:6", "2001:0:0:0"),
        ("::1", "0:0:0:0"),
        ("::", "0:0:0:0"),
        ("::2:3:4:5:6", "0:0:0:2"),
        ("1::", "1:0:0:0"),
    ] {
        assert_eq!(network(address), network_of, "{address}");
    }
}

#[wasm_bindgen_test]
fn neighbours_are_apart() {
    let all = ["2001:db8:1:2::1", "2001:db8:1:3::1", "2001:db8:1::1", "2001:db8::1", "2001::1"];
    for (index, one) in all.iter().enumerate() {
        for other in &all[index + 1..] {
            assert_ne!(network(one), network(other), "{one} and {other}");
        }
    }
}

use super::*;

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    let head = match content.len() {
        0..=0x7f => vec![tag, length[1]],
        0x80..=0xff => vec![tag, 0x81, length[1]],
        _ => vec![tag, 0x82, length[0], length[1]],
    };
    [head, content.to_vec()].concat()
}

fn pair(r: &[u8], s: &[u8]) -> Vec<u8> {
    element(SEQUENCE, &[element(INTEGER, r), element(INTEGER, s)].concat())
}

#[test]
fn numbers_of_a_signature_are_padded_to_their_places() {
    let most = [0xff; 32];
    let half: Vec<u8> = (1..=32).collect();
    // An integer whose first bit is set has a zero in front; one that is short is written short.
    for (r, s) in [
        (half.clone(), half.clone()),
        ([&[0][..], &most].concat(), half.clone()),
        (half.clone(), [&[0][..], &most].concat()),
        (vec![0x7f], vec![0, 0x80]),
        (vec![0, 0, 0, 0x80], vec![1, 2, 3]),
        (vec![0], vec![]),
    ] {
        let read = p256_signature(&pair(&r, &s)).unwrap();
        for (slot, number) in [(&read[..32], &r), (&read[32..], &s)] {
            let value = |bytes: &[u8]| {
                bytes.iter().copied().skip_while(|byte| *byte == 0).collect::<Vec<u8>>()
            };
            assert_eq!(value(slot), value(number));
        }
    }
}

#[test]
fn what_is_no_signature_is_none() {
    let good = pair(&[1; 32], &[2; 32]);
    assert!(p256_signature(&good).is_some());
    for end in 0..good.len() {
        assert!(p256_signature(&good[..end]).is_none(), "cut at {end}");
    }
    for bad in [
        [&good[..], &[0]].concat(),
        pair(&[1; 33], &[2; 32]),
        pair(&[2; 32], &[1; 33]),
        element(SEQUENCE, &[element(INTEGER, &[1]), element(0x04, &[1])].concat()),
        element(SEQUENCE, &[element(INTEGER, &[1]), element(INTEGER, &[1]), vec![5, 0]].concat()),
        element(0x31, &good[2..]),
        // A length without an end, and one of three bytes.
        vec![SEQUENCE, 0x80, 2, 1, 1, 2, 1, 1, 0, 0],
        vec![SEQUENCE, 0x83, 0, 0, 6, 2, 1, 1, 2, 1, 1],
    ] {
        assert!(p256_signature(&bad).is_none(), "{bad:?}");
    }
}

fn certificate(version: &[u8], key: &[u8]) -> Vec<u8> {
    let name = element(SEQUENCE, &element(0x31, &[7; 150]));
    let signed = [
        version.to_vec(),
        element(INTEGER, &[1; 20]),
        element(SEQUENCE, &[6, 1, 42]),
        name.clone(),
        element(SEQUENCE, &[9; 30]),
        name,
        key.to_vec(),
        element(0xa3, &[3; 400]),
    ];
    let signed = element(SEQUENCE, &signed.concat());
    element(SEQUENCE, &[signed, element(SEQUENCE, &[6, 1, 42]), element(3, &[0; 257])].concat())
}

#[test]
fn the_key_of_a_certificate_is_cut_out_whole() {
    let version = element(0xa0, &element(INTEGER, &[2]));
    for length in [10, 200, 290] {
        let key = element(SEQUENCE, &vec![0x42; length]);
        for version in [&version[..], &[]] {
            let whole = certificate(version, &key);
            assert_eq!(public_key(&whole), Some(&key[..]), "{length}");
            for end in 0..whole.len() {
                assert!(public_key(&whole[..end]).is_none(), "cut at {end}");
            }
        }
    }
    assert!(public_key(&certificate(&version, &element(INTEGER, &[1]))).is_none());
    assert!(public_key(b"").is_none());
}

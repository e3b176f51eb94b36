use super::*;

#[test]
fn a_mobile_number_is_taken() {
    for good in ["+819012341234", "+818012341234", "+817012341234", "+816012341234", "+14155550123"]
    {
        assert!(PhoneNumber::parse(good).is_ok(), "{good}");
    }
}

#[test]
fn the_digit_after_060_070_080_or_090_is_1_to_9() {
    for head in ["60", "70", "80", "90"] {
        for digit in 0..=9 {
            let number = format!("+81{head}{digit}1234567");
            assert_eq!(PhoneNumber::parse(&number).is_ok(), digit != 0, "{number}");
        }
    }
}

#[test]
fn a_refusal_says_what_a_number_is() {
    for (bad, why) in [
        ("", PhoneError::NotE164),
        ("09012341234", PhoneError::NotE164),
        ("+8190-1234-1234", PhoneError::NotE164),
        ("+0123456789", PhoneError::NotE164),
        ("+1234567", PhoneError::NotE164),
        ("+1234567890123456", PhoneError::NotE164),
        ("＋819012341234", PhoneError::FullWidth),
        ("+８１９０１２３４１２３４", PhoneError::FullWidth),
        ("+8109012345678", PhoneError::TrunkZero),
        ("+810312345678", PhoneError::TrunkZero),
        ("+818001234567", PhoneError::TollFree),
        ("+81120123456", PhoneError::TollFree),
        ("+815012341234", PhoneError::IpTelephony),
        ("+812041234567", PhoneError::Pager),
        ("+812012341234", PhoneError::Machine),
        ("+812001234567890", PhoneError::Machine),
        ("+816001234567", PhoneError::Unassigned),
        ("+817001234567", PhoneError::Unassigned),
        ("+819001234567", PhoneError::Unassigned),
        ("+8190123412345", PhoneError::WrongLength),
        ("+81901234123", PhoneError::WrongLength),
        ("+81312345678", PhoneError::NotMobile),
        ("+81570123456", PhoneError::NotMobile),
    ] {
        assert_eq!(PhoneNumber::parse(bad).err(), Some(why), "{bad}");
    }
}

/// Numbers that an earlier version took are in the state of cardholders.
#[test]
fn a_stored_number_is_read_though_it_is_refused_today() {
    let bytes = minicbor::to_vec(PhoneNumber("+819001234567".to_owned())).unwrap();
    let number: PhoneNumber = minicbor::decode(&bytes).unwrap();
    assert_eq!(number.as_str(), "+819001234567");
}

use super::*;

#[test]
fn japanese_numbers_must_be_mobile() {
    for good in ["+819012341234", "+818012341234", "+817012341234", "+816012341234", "+14155550123"]
    {
        assert!(PhoneNumber::parse(good).is_ok(), "{good}");
    }
    for (bad, why) in [
        ("09012341234", ContactError::NotE164),
        ("+8190-1234-1234", ContactError::NotE164),
        ("+0123456789", ContactError::NotE164),
        ("+1234567890123456", ContactError::NotE164),
        ("+815012341234", ContactError::NotMobile),
        ("+812012341234", ContactError::NotMobile),
        ("+81312345678", ContactError::NotMobile),
        ("+8190123412345", ContactError::NotMobile),
    ] {
        assert_eq!(PhoneNumber::parse(bad).err(), Some(why), "{bad}");
    }
}

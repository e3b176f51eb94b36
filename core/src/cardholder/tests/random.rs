//! Whatever is asked, in whatever order, the invariants hold and a crash changes nothing.

use proptest::prelude::*;

use super::{
    DAY, DeliveryState, MINUTE, Rules, SendChannel,
    auditor::{Auditor, Key},
    resend, submit,
    three_ds_marks::from_network,
};
use crate::rules::{UnverifiedSendLimits, WrongCodeLimits};

/// What anybody can do. `back` counts challenges from the newest.
#[derive(Clone, Debug)]
enum Step {
    OpenAnother,
    OpenAgain {
        back: u32,
    },
    Present {
        back: u32,
        known: bool,
    },
    Release {
        back: u32,
    },
    Resend {
        back: u32,
    },
    /// Our edge sees it come from the network `from`.
    NewestCode {
        back: u32,
        from: Option<u8>,
    },
    CodeOf {
        back: u32,
        delivery: u32,
    },
    CodeOfNeighbour {
        back: u32,
    },
    Wrong {
        back: u32,
    },
    AskAgain {
        back: u32,
    },
    Cancel {
        back: u32,
    },
    AddCard,
    RemoveCard,
    /// The shop's server saw the buyer in the network `from`.
    OpenForDirectoryServer {
        from: Option<u8>,
        yen: Option<i64>,
    },
    /// The owner, signed in, expects a purchase, or none.
    Expect {
        yen: Option<i64>,
    },
    /// A CReq comes; `data` is what the requestor gets back.
    Requested {
        back: u32,
        data: Option<&'static str>,
    },
    RequestInvalid {
        back: u32,
    },
    PinValue {
        back: u32,
        value: Option<&'static str>,
    },
    /// Whoever asked tells what is due.
    HandOut,
    ReportFraud {
        back: u32,
    },
    Redeem {
        back: u32,
        key: Key,
    },
    NotDelivered {
        back: u32,
        ago: u32,
    },
    /// Reports the providers that did not refuse: those of `silent` may have sent the message
    /// without saying so.
    Asked {
        back: u32,
        ago: u32,
        silent: Vec<u8>,
        accepted_by: Option<u8>,
    },
    Receipt {
        back: u32,
        ago: u32,
        by: u8,
        state: DeliveryState,
    },
    Wake,
    Settle {
        count: usize,
    },
    Stranger {
        back: u32,
    },
    Unlock,
    Choose(SendChannel),
    Register {
        email: Option<&'static str>,
        phone: Option<&'static str>,
        channel: Option<SendChannel>,
    },
    /// `drift` counts steps of the app's clock from ours.
    AppCode {
        back: u32,
        drift: i64,
        reseal: bool,
    },
    StartSession,
    OfferApp {
        back: u8,
    },
    Change {
        back: u8,
        to: SendChannel,
    },
    ChangeToApp {
        back: u8,
        drift: i64,
        foreign: bool,
    },
    GiveUp {
        back: u8,
    },
    EnrollApp,
    Wait {
        millis: u64,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    const SECOND: u64 = 1000;
    const SPANS: [u64; 10] = [
        1,
        SECOND,
        30 * SECOND,
        MINUTE * SECOND,
        2 * MINUTE * SECOND,
        10 * MINUTE * SECOND - 1,
        10 * MINUTE * SECOND,
        15 * MINUTE * SECOND,
        60 * MINUTE * SECOND,
        (DAY - 10 * MINUTE) * SECOND,
    ];
    let back = || 0..5_u32;
    let text = || prop::sample::select(vec![None, Some("a"), Some("b")]);
    let key = text();
    let channel = || prop::sample::select(vec![SendChannel::Email, SendChannel::Sms]);
    let email = prop::sample::select(vec![None, Some("taro@mail.jp"), Some("taro@other.jp")]);
    let phone = prop::sample::select(vec![None, Some("+819012341234"), Some("+819087654321")]);
    let register = |(email, phone, channel)| Step::Register { email, phone, channel };
    let drift = || prop::sample::select(vec![-2, -1, -1, 0, 0, 0, 1, 1, 2_i64]);
    let session = || 0..3_u8;
    let app_code = |(back, drift, reseal)| Step::AppCode { back, drift, reseal };
    let change = |(back, to)| Step::Change { back, to };
    let to_app = |(back, drift, foreign)| Step::ChangeToApp { back, drift, foreign };
    let from = || prop::option::of(1..7_u8);
    let yen = || prop::sample::select(vec![None, Some(1), Some(2)]);
    let asked = |(from, yen)| Step::OpenForDirectoryServer { from, yen };
    let span = prop::sample::select(SPANS.to_vec());
    let not_delivered = |(back, ago)| Step::NotDelivered { back, ago };
    // Up to three of four providers, each asked once.
    let providers = || prop::sample::subsequence(vec![0, 1, 2, 3_u8], 0..=3).prop_shuffle();
    let accepted = |(back, ago, mut silent): (_, _, Vec<u8>)| {
        let accepted_by = silent.pop();
        Step::Asked { back, ago, silent, accepted_by }
    };
    let unknown = |(back, ago, silent)| Step::Asked { back, ago, silent, accepted_by: None };
    let receipt = |(back, ago, by, state)| Step::Receipt { back, ago, by, state };
    let state = prop::sample::select(vec![
        DeliveryState::Sent,
        DeliveryState::Delivered,
        DeliveryState::Bounced,
        DeliveryState::Failed,
    ]);
    let step = prop_oneof![
        4 => Just(Step::OpenAnother),
        1 => back().prop_map(|back| Step::OpenAgain { back }),
        6 => (back(), any::<bool>()).prop_map(|(back, known)| Step::Present { back, known }),
        1 => back().prop_map(|back| Step::Release { back }),
        5 => back().prop_map(|back| Step::Resend { back }),
        2 => (back(), from()).prop_map(|(back, from)| Step::NewestCode { back, from }),
        2 => (back(), 1..9_u32).prop_map(|(back, delivery)| Step::CodeOf { back, delivery }),
        1 => back().prop_map(|back| Step::CodeOfNeighbour { back }),
        9 => back().prop_map(|back| Step::Wrong { back }),
        3 => back().prop_map(|back| Step::AskAgain { back }),
        1 => back().prop_map(|back| Step::Cancel { back }),
        1 => back().prop_map(|back| Step::ReportFraud { back }),
        2 => Just(Step::AddCard),
        1 => Just(Step::RemoveCard),
        6 => (from(), yen()).prop_map(asked),
        1 => yen().prop_map(|yen| Step::Expect { yen }),
        5 => (back(), text()).prop_map(|(back, data)| Step::Requested { back, data }),
        1 => back().prop_map(|back| Step::RequestInvalid { back }),
        1 => (back(), text()).prop_map(|(back, value)| Step::PinValue { back, value }),
        2 => Just(Step::HandOut),
        3 => (back(), key).prop_map(|(back, key)| Step::Redeem { back, key }),
        5 => (back(), 0..3_u32).prop_map(not_delivered),
        2 => (back(), 0..3_u32, providers()).prop_map(accepted),
        3 => (back(), 0..3_u32, providers()).prop_map(unknown),
        6 => (back(), 0..3_u32, 0..4_u8, state).prop_map(receipt),
        2 => Just(Step::Wake),
        1 => (0..4_usize).prop_map(|count| Step::Settle { count }),
        1 => back().prop_map(|back| Step::Stranger { back }),
        1 => Just(Step::Unlock),
        1 => channel().prop_map(Step::Choose),
        2 => (email, phone, prop::option::of(channel())).prop_map(register),
        9 => (back(), drift(), any::<bool>()).prop_map(app_code),
        2 => Just(Step::StartSession),
        2 => session().prop_map(|back| Step::OfferApp { back }),
        2 => (session(), channel()).prop_map(change),
        3 => (session(), drift(), prop::bool::weighted(0.2)).prop_map(to_app),
        1 => session().prop_map(|back| Step::GiveUp { back }),
        2 => Just(Step::EnrollApp),
        8 => span.prop_map(|millis| Step::Wait { millis }),
    ];
    prop::collection::vec(step, 1..160)
}

/// The defaults, tighter ones that reach every limit sooner, and the least that can be set.
fn rules() -> impl Strategy<Value = Rules> {
    let limits = Rules::default().wrong_codes;
    let tight = Rules {
        wrong_codes: WrongCodeLimits {
            day: 8,
            // Less than an app's wrong code weighs.
            day_known: 2,
            day_known_network: 1,
            row: 12,
            row_kept: 4,
            merchant_wait_from: 3,
            merchant_day: 6,
            wary_from: 4,
            ..limits
        },
        unverified_sends: UnverifiedSendLimits {
            common: 4,
            merchant: 3,
            most: 8,
            kept: 2,
            kept_network: 1,
        },
        ..Rules::default()
    };
    let least = Rules {
        tries: 1,
        resend_waits: Vec::new(),
        wrong_codes: WrongCodeLimits {
            day: 3,
            day_known: 0,
            day_known_network: 0,
            row: 3,
            row_kept: 0,
            wary_from: 0,
            wary_tries: 1,
            ..limits
        },
        unverified_sends: UnverifiedSendLimits {
            common: 1,
            merchant: 1,
            most: 1,
            kept: 0,
            kept_network: 0,
        },
        ..Rules::default()
    };
    let rules = prop::sample::select(vec![Rules::default(), tight, least]);
    let switches = |(rules, sms_to_email, events, notifications)| Rules {
        sms_to_email,
        events,
        notifications,
        notifies_former: notifications,
        ..rules
    };
    (rules, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(switches)
}

fn take(auditor: &mut Auditor, step: Step) {
    match step {
        Step::OpenAnother => auditor.open_another(),
        Step::OpenAgain { back } => auditor.open_again(auditor.number(back)),
        Step::Release { back } => auditor.release(auditor.number(back)),
        Step::Present { back, known } => {
            let sent = auditor.present(auditor.number(back), known);
            assert!(sent.is_none_or(|send| send == 1), "a refresh sent");
        }
        Step::Resend { back } => {
            let number = auditor.number(back);
            auditor.send(number, resend(number));
        }
        Step::NewestCode { back, from } => {
            let number = auditor.number(back);
            let delivery = auditor.newest_delivery(number).max(1);
            let right = auditor.shell.right(number, delivery);
            let right = match from {
                Some(from) => from_network(right, from),
                None => right,
            };
            auditor.verify(number, Some(delivery), right);
        }
        Step::CodeOf { back, delivery } => {
            let number = auditor.number(back);
            auditor.verify(number, Some(delivery), auditor.shell.right(number, delivery));
        }
        Step::CodeOfNeighbour { back } => {
            let number = auditor.number(back);
            auditor.verify(number, None, submit(number, &auditor.shell.code(number + 1, 1)));
        }
        Step::Wrong { back } => {
            let number = auditor.number(back);
            auditor.verify(number, None, auditor.shell.wrong(number));
        }
        Step::AskAgain { back } => auditor.ask_again(auditor.number(back)),
        Step::Cancel { back } => auditor.cancel(auditor.number(back)),
        Step::AddCard => auditor.add_card(),
        Step::RemoveCard => auditor.remove_card(),
        Step::OpenForDirectoryServer { from, yen } => {
            auditor.open_for_directory_server(from, yen);
        }
        Step::Expect { yen } => auditor.expect(yen),
        Step::Requested { back, data } => auditor.requested(auditor.number(back), data),
        Step::RequestInvalid { back } => auditor.request_invalid(auditor.number(back)),
        Step::PinValue { back, value } => auditor.pin_value(auditor.number(back), value),
        Step::HandOut => auditor.hand_out(),
        Step::ReportFraud { back } => auditor.report_fraud(auditor.number(back)),
        Step::Redeem { back, key } => {
            let number = auditor.number(back);
            auditor.redeem(number, key, auditor.shell.redeem(number, key));
        }
        Step::NotDelivered { back, ago } => {
            auditor.not_delivered(auditor.number(back), ago);
        }
        Step::Asked { back, ago, silent, accepted_by } => {
            auditor.asked(auditor.number(back), ago, &silent, accepted_by);
        }
        Step::Receipt { back, ago, by, state } => {
            auditor.receipt(auditor.number(back), ago, by, state);
        }
        Step::Wake => auditor.wake(),
        Step::Settle { count } => auditor.settle(count),
        Step::Stranger { back } => auditor.stranger(auditor.number(back)),
        Step::Unlock => auditor.unlock(),
        Step::Choose(channel) => auditor.choose(channel),
        Step::Register { email, phone, channel } => auditor.register(email, phone, channel),
        Step::AppCode { back, drift, reseal } => {
            auditor.verify_by_app(auditor.number(back), drift, reseal);
        }
        Step::StartSession => auditor.start_session(),
        Step::OfferApp { back } => auditor.offer_app(auditor.session_number(back)),
        Step::Change { back, to } => auditor.change(auditor.session_number(back), to),
        Step::ChangeToApp { back, drift, foreign } => {
            auditor.change_to_app(auditor.session_number(back), drift, foreign);
        }
        Step::GiveUp { back } => auditor.give_up(auditor.session_number(back)),
        Step::EnrollApp => auditor.enroll_app(),
        Step::Wait { millis } => auditor.wait(millis),
    }
    auditor.audit();
}

proptest! {
    #[test]
    fn the_invariants_hold_in_every_order_of_events(rules in rules(), steps in steps()) {
        let mut auditor = Auditor::new(rules);
        for step in steps {
            take(&mut auditor, step);
        }
        auditor.leave_alone();
    }
}

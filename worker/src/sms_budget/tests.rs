//! Which budgets a message asks, and what their answers come to.

use warifu_core::{
    contact::{EmailAddress, PhoneNumber},
    locale::Locale,
};
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::fixtures::{Console, Objects, Platform, config, incoming, record};

const DENIED: BudgetReply = BudgetReply::Denied;
const GRANTED: BudgetReply = BudgetReply::Granted;

/// Whether a message may be sent, what was asked in order, and how many faults were logged. `answers` is
/// the body of a function of a budget's object, which may give the answers `reply` and `granted`.
async fn sent(
    to: Destination,
    answers: &str,
    reply: &BudgetReply,
) -> (bool, Vec<(String, BudgetCommand)>, usize) {
    let (platform, console) = (Platform::new(), Console::listen());
    let incoming = incoming("https://otp.example/v1/challenges", &[], None);
    let ctx = platform.ctx(config(), &incoming).await;
    let given = [reply, &GRANTED].map(|reply| wire::write_answer(reply).unwrap());
    let objects = Objects::new(&format!("const [reply, granted] = given; {answers}"), &given);
    objects.bind(&ctx.env, "SMS_BUDGETS");
    let allowed = spend(&ctx, &record(Locale::Ja), &to).await.is_some();
    let command = |(name, text): (String, String)| (name, wire::read_asked(&text).unwrap().1);
    (allowed, objects.asked().into_iter().map(command).collect(), console.logged().len())
}

fn number() -> Destination {
    Destination::Sms(PhoneNumber::parse("+819012341234").unwrap())
}

fn spends() -> Vec<(String, BudgetCommand)> {
    let record = record(Locale::Ja);
    let (challenge, country) = (ChallengeRef::of(&record.id), Country::JAPAN);
    let owners =
        [BudgetOwner::merchant(&record.transaction.merchant), BudgetOwner::Country(country)];
    let spend =
        |owner: BudgetOwner| (owner.object(), BudgetCommand::Spend { owner, challenge, country });
    owners.map(spend).into_iter().collect()
}

#[wasm_bindgen_test]
async fn a_text_message_asks_its_merchant_s_budget_and_its_country_s() {
    let (allowed, asked, faults) = sent(number(), "return new Response(reply)", &GRANTED).await;
    assert_eq!((allowed, asked, faults), (true, spends(), 0));
    assert_eq!(spends()[0].0, "merchant:maru-shop");
    assert_eq!(spends()[1].0, "country:JP");
}

#[wasm_bindgen_test]
async fn a_mail_asks_none() {
    let address = Destination::Email(EmailAddress::parse("taro@mail.jp").unwrap());
    let (allowed, asked, faults) = sent(address, "return new Response(reply)", &DENIED).await;
    assert_eq!((allowed, asked, faults), (true, Vec::new(), 0));
}

#[wasm_bindgen_test]
async fn what_one_budget_denies_is_given_back_to_the_other() {
    let denies = "return new Response(name == 'country:JP' ? reply : granted)";
    let (allowed, asked, faults) = sent(number(), denies, &DENIED).await;
    let challenge = ChallengeRef::of(&record(Locale::Ja).id);
    let released = ("merchant:maru-shop".to_owned(), BudgetCommand::Release(challenge));
    let expected: Vec<_> = spends().into_iter().chain([released]).collect();
    assert_eq!((allowed, asked, faults), (false, expected, 0));
}

#[wasm_bindgen_test]
async fn a_budget_that_fails_or_is_silent_stops_no_message_and_is_a_fault() {
    for answers in [
        "return new Response('', { status: 500 })",
        "return new Response('of another version')",
        "throw new Error('gone')",
    ] {
        let (allowed, asked, faults) = sent(number(), answers, &GRANTED).await;
        assert_eq!((allowed, asked.len(), faults), (true, 2, 2), "{answers}");
    }
    let (allowed, _, faults) = sent(number(), "await new Promise(() => {})", &GRANTED).await;
    assert_eq!((allowed, faults), (true, 1));
}

//! The bytes of what is stored and asked.

use super::*;
use crate::wire::frozen;

/// `core/fixtures/frozen.txt` says what a change costs.
#[test]
fn stored_form_and_protocol_are_frozen() {
    let mut shop = Shop::new([1]);
    let none = wire::write_state(&shop.answers).unwrap();
    shop.create(1);
    // As a Worker of before tells, and as objects of before have stored it.
    let (create, _) = shop.begin(STRANGERS);
    shop.decide(&AnswerCommand::Tell(create, None));
    shop.begin(2);
    let some = wire::write_state(&shop.answers).unwrap();
    let mut told_of = Shop::new([]);
    told_of.create(STRANGERS);
    let told = wire::write_state(&told_of.answers).unwrap();
    let (create, cardholder) = (CreateRef(1), CardholderRef(u64::MAX));
    let command = |command| wire::write_asked(&command, shop.now).unwrap();
    let mut noting = Shop::new([]);
    let noted = NotedId::live(&ChallengeId::parse("ch_AAAAAAAQAAAAAAAAAAAAAA").unwrap());
    let asks = || AnswerCommand::Ask(create, cardholder, Some(noted.clone()));
    noting.decide(&asks());
    let recent = noting.decide(&AnswerCommand::Recent);
    let with_recent = wire::write_state(&noting.answers).unwrap();
    let leave = |leave| wire::write_answer(&leave).unwrap();
    frozen::hold(&[
        ("answers.none", none),
        ("answers.some", some),
        ("answers.told_of", told),
        ("asked.ask", command(AnswerCommand::Ask(create, cardholder, None))),
        ("asked.opened", command(AnswerCommand::Opened(create, cardholder))),
        ("asked.tell", command(AnswerCommand::Tell(create, None))),
        ("asked.tell_of", command(AnswerCommand::Tell(create, Some(cardholder)))),
        ("leave.granted", leave(Leave::Granted)),
        ("leave.acquainted", leave(Leave::Acquainted)),
        ("leave.limited", leave(Leave::Limited(shop.now))),
        ("answers.recent", with_recent),
        ("asked.ask_noted", command(asks())),
        ("asked.note", command(AnswerCommand::Note(noted.clone()))),
        ("asked.recent", command(AnswerCommand::Recent)),
        ("asked.drop", command(AnswerCommand::Drop(vec![noted.clone()]))),
        ("leave.recent", leave(recent.clone())),
        ("leave.noted", leave(Leave::Noted)),
    ]);
    assert!(wire::read_state(frozen::text("answers.recent")) == Ok(noting.answers));
    for (name, again) in [
        ("asked.ask_noted", asks()),
        ("asked.note", AnswerCommand::Note(noted.clone())),
        ("asked.recent", AnswerCommand::Recent),
        ("asked.drop", AnswerCommand::Drop(vec![noted.clone()])),
    ] {
        let (now, read) = wire::read_asked(frozen::text(name)).unwrap();
        let written = |command| wire::write_asked(command, now).unwrap();
        assert_eq!(written(&read), written(&again), "{name}");
    }
    assert!(wire::read_state(frozen::text("answers.some")) == Ok(shop.answers));
    assert!(wire::read_state(frozen::text("answers.told_of")) == Ok(told_of.answers));
    assert!(wire::read_state(frozen::text("answers.none")) == Ok(MerchantAnswers::default()));
    let (now, asked) = wire::read_asked(frozen::text("asked.ask")).unwrap();
    assert!(now == shop.now && matches!(asked, AnswerCommand::Ask(CreateRef(1), _, None)));
    let (_, asked) = wire::read_asked(frozen::text("asked.opened")).unwrap();
    assert!(matches!(asked, AnswerCommand::Opened(CreateRef(1), CardholderRef(u64::MAX))));
    let (_, asked) = wire::read_asked(frozen::text("asked.tell")).unwrap();
    assert!(matches!(asked, AnswerCommand::Tell(CreateRef(1), None)));
    let (_, asked) = wire::read_asked(frozen::text("asked.tell_of")).unwrap();
    let of = Some(CardholderRef(u64::MAX));
    assert!(matches!(asked, AnswerCommand::Tell(CreateRef(1), cardholder) if cardholder == of));
    for (name, leave) in [
        ("leave.granted", Leave::Granted),
        ("leave.acquainted", Leave::Acquainted),
        ("leave.limited", Leave::Limited(shop.now)),
        ("leave.recent", recent),
        ("leave.noted", Leave::Noted),
    ] {
        assert_eq!(wire::read_answer(frozen::text(name)), Ok(leave));
    }
}

//! What a buyer does: the owner or an attacker.

use warifu_core::cardholder::{ChallengeCommand, Command};

use super::{
    Answer, Browser, Codes, Flow, Handle, Order, Typed, World, Yen,
    object::{amount, code_key, shown},
};

impl World {
    /// A buyer orders at a merchant, whose server creates the challenge or has a directory server ask
    /// for it.
    pub(crate) fn create(&mut self, order: Order) -> Answer {
        let handle = self.push(order);
        let answer = self.open(handle, order);
        if !matches!(answer, Answer::Opened(_)) {
            self.challenges.pop_back();
        }
        answer
    }

    /// A browser brings the CReq of a directory server's challenge, and does not go on to the form.
    pub(crate) fn request(&mut self, handle: Handle) -> Answer {
        let request = ChallengeCommand::Requested { session_data: None };
        let reply = self.ask_challenge(handle, request);
        self.answer(&reply)
    }

    /// The form is shown in a browser; that of a directory server's challenge after its CReq.
    pub(crate) fn show(&mut self, handle: Handle, browser: Browser) -> Answer {
        let Some(flow) = self.find(handle).map(|challenge| challenge.flow) else {
            return Answer::Over;
        };
        let known_browser = match flow {
            Flow::Merchant => browser == Browser::Known,
            Flow::ThreeDs => match self.request(handle) {
                Answer::Asked => false,
                ended => return ended,
            },
        };
        let showing = ChallengeCommand::Present { hostname: None, known_browser };
        let reply = self.ask_challenge(handle, showing);
        self.deliver(handle, reply)
    }

    /// The owner signs in at the member site and says that this purchase is theirs; then the form
    /// is shown.
    pub(crate) fn release(&mut self, handle: Handle) -> Answer {
        let Some(card) = self.find(handle).map(|challenge| challenge.card) else {
            return Answer::Over;
        };
        if shown(&self.ask_challenge(handle, ChallengeCommand::Release)).is_some() {
            self.cards[card].tally.succeeded();
        }
        self.show(handle, Browser::Unknown)
    }

    /// The owner signs in at the member site and says what they are about to pay.
    pub(crate) fn expect(&mut self, card: usize, yen: Yen) {
        self.ask(card, Command::ExpectPurchase(amount(yen)));
        self.cards[card].tally.succeeded();
    }

    /// The form is asked for another code.
    pub(crate) fn resend(&mut self, handle: Handle) -> Answer {
        let reply = self.ask_challenge(handle, ChallengeCommand::Resend);
        self.deliver(handle, reply)
    }

    /// Somebody submits a code.
    pub(crate) fn submit(&mut self, handle: Handle, typed: Typed) -> Answer {
        let Some(challenge) = self.find(handle).cloned() else { return Answer::Over };
        let app = (self.codes == Codes::App).then(|| self.proof(challenge.card));
        let code = self.code(&challenge, typed);
        let key = code_key(&challenge);
        let verify = ChallengeCommand::Verify { key, app, code, attempt: None, network: None };
        let reply = self.ask_challenge(handle, verify);
        let view = shown(&reply);
        let compared = view.is_some_and(|view| view.tries > challenge.tries);
        let tries = view.map_or(challenge.tries, |view| view.tries);
        if let Some(challenge) = self.find_mut(handle) {
            challenge.tries = tries;
        }
        let answer = self.answer(&reply);
        if !compared {
            return answer;
        }
        let weight = self.weight();
        let card = &mut self.cards[challenge.card];
        if answer == Answer::Right {
            card.tally.succeeded();
            self.verified(&challenge);
            return answer;
        }
        card.tally.compared(typed == Typed::Guess, weight);
        answer
    }

    /// The buyer gives up.
    pub(crate) fn cancel(&mut self, handle: Handle) -> Answer {
        self.ask_challenge(handle, ChallengeCommand::Cancel);
        Answer::Over
    }
}

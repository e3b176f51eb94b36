//! What is counted of one cardholder.

/// See the module.
#[derive(Clone, Default)]
pub(crate) struct Tally {
    /// An attacker's guesses that were compared, each counted once for each code that was right at
    /// the time: their sum is the expected number of successes, in millionths.
    pub(crate) guessed: u64,
    /// Wrong codes in a row, whoever typed them.
    row: u64,
    /// The longest such row.
    pub(crate) longest_row: u64,
}

impl Tally {
    /// A wrong code was compared while `live` codes were right.
    pub(crate) fn compared(&mut self, guess: bool, live: u32) {
        self.guessed += if guess { u64::from(live) } else { 0 };
        self.row += 1;
        self.longest_row = self.longest_row.max(self.row);
    }

    /// A right code came, or the owner signed in at the member site.
    pub(crate) fn succeeded(&mut self) {
        self.row = 0;
    }
}

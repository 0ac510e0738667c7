//! What an application has done, and why it has not done more.

/// What one switch's application has done.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Stats {
    /// Packet-ins seen.
    pub packet_ins: u64,
    /// Frames sent to the port of a known address.
    pub forwarded: u64,
    /// Frames flooded.
    pub flooded: u64,
    /// Discovery frames of other switches.
    pub discovered: u64,
    /// Addresses that turned up at another port.
    pub moved: u64,
    /// Addresses or links for which there was no room.
    pub refused: u64,
    dropped: [u64; DropReason::ALL.len()],
}

impl Stats {
    /// Returns how many frames were dropped for `reason`.
    pub fn dropped(&self, reason: DropReason) -> u64 {
        self.dropped[reason as usize]
    }

    pub(super) fn drop(&mut self, reason: DropReason) {
        self.dropped[reason as usize] += 1;
    }
}

/// Why a frame was answered with nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DropReason {
    /// No Ethernet frame, or discovery that is not what the standard says.
    Malformed,
    /// For bridges only, foreign discovery among it, or a marker of a hand-over.
    Reserved,
    /// Only its start has come, and the switch keeps no copy.
    Truncated,
    /// It came by a port that is down, or is no port of the switch.
    NoPort,
    /// It came by a port that has not been probed for long enough.
    NotSettled,
    /// It came by a link that is in no tree.
    Blocked,
    /// Its destination is where it came from.
    Hairpin,
    /// No other port floods.
    Nowhere,
    /// More frames were flooded than the budget allows.
    OverBudget,
}

impl DropReason {
    /// Every reason.
    pub const ALL: [Self; 9] = [
        Self::Malformed,
        Self::Reserved,
        Self::Truncated,
        Self::NoPort,
        Self::NotSettled,
        Self::Blocked,
        Self::Hairpin,
        Self::Nowhere,
        Self::OverBudget,
    ];

    /// Returns the word that metrics use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Reserved => "reserved",
            Self::Truncated => "truncated",
            Self::NoPort => "no-port",
            Self::NotSettled => "not-settled",
            Self::Blocked => "blocked",
            Self::Hairpin => "hairpin",
            Self::Nowhere => "nowhere",
            Self::OverBudget => "over-budget",
        }
    }
}

//! Who receives what a connection carries.
//!
//! Several services may share a port, each with connections of its own. Which service a connection is for
//! shows in its first bytes, so a [`Route`] may name a sign: once the dialler has sent that, the connection
//! has other receivers.

use super::{Class, Receiver};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The receivers at the two ends of a connection; whoever has none receives at once.
#[derive(Clone, Debug, Default)]
pub struct Ends {
    /// Where the dialled side is.
    pub there: Option<Receiver>,
    /// Where the dialler is.
    pub back: Option<Receiver>,
}

/// The receivers of a connection.
#[derive(Clone, Debug, Default)]
pub struct Route {
    /// They, as long as nothing else is known.
    pub usual: Ends,
    /// Others, for connections that show a sign.
    pub special: Option<Special>,
}

/// A sign, and who receives once it was seen.
#[derive(Clone, Debug)]
pub struct Special {
    /// What the dialler sends among its first bytes.
    pub sign: &'static [u8],
    /// Who receives from then on, that very chunk included.
    pub ends: Ends,
}

/// Tells the route of connections of a class.
pub type Routes = Arc<dyn Fn(Class) -> Route + Send + Sync>;

/// A direction.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Way {
    /// From the dialler to the target.
    There,
    /// From the target to the dialler.
    Back,
}

/// One connection on its route.
#[derive(Debug)]
pub(super) struct Line {
    route: Route,
    is_special: AtomicBool,
    /// What the dialler has sent so far, while the sign may yet come.
    first: Mutex<Vec<u8>>,
}

impl Line {
    pub(super) fn new(route: Route) -> Self {
        Self { route, is_special: AtomicBool::new(false), first: Mutex::default() }
    }

    /// Looks for the sign in what the dialler sends.
    pub(super) fn look(&self, chunk: &[u8]) {
        let Some(special) = &self.route.special else { return };
        let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_special.load(Ordering::Acquire) || first.len() >= FIRST_BYTES {
            return;
        }
        first.extend_from_slice(chunk);
        if first.windows(special.sign.len()).any(|window| window == special.sign) {
            self.is_special.store(true, Ordering::Release);
            first.clear();
        }
    }

    /// Returns who receives what goes this way.
    pub(super) fn receiver(&self, way: Way) -> Option<&Receiver> {
        let special =
            self.route.special.as_ref().filter(|_| self.is_special.load(Ordering::Acquire));
        let ends = special.map_or(&self.route.usual, |special| &special.ends);
        match way {
            Way::There => ends.there.as_ref(),
            Way::Back => ends.back.as_ref(),
        }
    }
}

/// Bytes among which a sign must come to count.
const FIRST_BYTES: usize = 16 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn line() -> Line {
        let ends = || Ends { there: Some(Receiver::new(1)), back: None };
        let special = Special { sign: b"hand-over", ends: ends() };
        Line::new(Route { usual: Ends::default(), special: Some(special) })
    }

    #[test]
    fn the_sign_may_come_in_pieces() {
        let line = line();
        line.look(b"PRI * HTTP/2.0 hand");
        assert!(line.receiver(Way::There).is_none());
        line.look(b"-over");
        assert!(line.receiver(Way::There).is_some());
        assert!(line.receiver(Way::Back).is_none());
    }

    #[test]
    fn a_sign_among_later_bytes_is_none() {
        let line = line();
        line.look(&[0; FIRST_BYTES]);
        line.look(b"hand-over");
        assert!(line.receiver(Way::There).is_none());
    }

    #[test]
    fn without_a_sign_all_is_as_usual() {
        let usual = Ends { there: None, back: Some(Receiver::new(1)) };
        let line = Line::new(Route { usual, special: None });
        line.look(b"hand-over");
        assert!(line.receiver(Way::There).is_none() && line.receiver(Way::Back).is_some());
    }
}

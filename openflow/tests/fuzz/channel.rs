use bytes::BytesMut;
use openflow::channel::{Event, Timer};
use openflow::{Frame, Version, framing};

use super::driver::Driver;

/// Whatever a switch says, and whenever the timers fire, the channel keeps its promises.
///
/// ```text
/// input    | versions, a bit each, lowest first 1 | event | event ...
/// event    | kind 1                                 0 opened; 1, 2, 3 a timer; 4 a proper answer
///          | kind 1 | length 1 | message            5 any; 6 under the last request's version and
///                                                   xid; 7 with the length in its header unmended
/// ```
///
/// The low three bits of a kind count.
pub(crate) fn channel(input: &[u8]) {
    let Some((&versions, mut rest)) = input.split_first() else { return };
    let allowed = (0..).zip(Version::ALL).filter(|(bit, _)| versions >> bit & 1 == 1);
    let allowed: Vec<Version> = allowed.map(|(_, version)| version).collect();
    let mut driver = Driver::new(&allowed);
    while let Some(kind) = take(&mut rest, 1) {
        if let Some(event) = event(kind[0] & 7, &mut rest, &driver) {
            driver.happen(event);
        }
    }
    settle(&mut driver);
}

/// From wherever it got to, a switch that answers properly comes up, or the channel is closed.
fn settle(driver: &mut Driver) {
    driver.happen(Event::Opened);
    for _ in 0..5 {
        if let Some(answer) = driver.proper_answer() {
            driver.happen(answer);
        }
    }
    assert!(driver.is_settled());
}

fn event(kind: u8, rest: &mut &[u8], driver: &Driver) -> Option<Event> {
    match kind {
        0 => Some(Event::Opened),
        1 => Some(Event::Timeout(Timer::Handshake)),
        2 => Some(Event::Timeout(Timer::Idle)),
        3 => Some(Event::Timeout(Timer::Echo)),
        4 => driver.proper_answer(),
        kind => {
            let length = take(rest, 1)?[0];
            let mut message = take(rest, length.into())?.to_vec();
            mend(kind, &mut message, driver)?;
            received(&message)
        }
    }
}

/// Corrects a header as the kind of event says; there is none if the message is shorter than that.
fn mend(kind: u8, message: &mut [u8], driver: &Driver) -> Option<()> {
    let length = message.len() as u16;
    let [version, _, high, low, xid @ ..] = message.first_chunk_mut::<8>()?;
    if kind == ANSWER
        && let Some(asked) = driver.asked()
    {
        *version = asked.version.wire();
        *xid = asked.xid.0.to_be_bytes();
    }
    if kind != UNMENDED {
        [*high, *low] = length.to_be_bytes();
    }
    Some(())
}

/// Returns what the channel hears of these bytes, as a driver reads them off a socket.
fn received(bytes: &[u8]) -> Option<Event> {
    let message = match framing::next_frame(&mut BytesMut::from(bytes)) {
        Ok(message) => message?,
        Err(refusal) => return Some(Event::Refused(refusal)),
    };
    Some(Frame::decode(&message).map_or_else(Event::Refused, Event::Frame))
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(length)?;
    *rest = left;
    Some(taken)
}

const ANSWER: u8 = 6;
const UNMENDED: u8 = 7;

//! Counts what readers take: the time that reading needs, the same on every machine.

use std::cell::Cell;

use crate::{Frame, Version};
use nested::{NESTED, longest};

#[path = "../../tests/wire/nested.rs"]
mod nested;

thread_local! {
    static STEPS: Cell<usize> = const { Cell::new(0) };
}

pub(super) fn count() {
    STEPS.set(STEPS.get() + 1);
}

/// What is read again for each list that it stands in would take steps by the square of the length.
#[test]
fn reading_takes_steps_in_proportion_to_the_length() {
    let read = |message: Vec<u8>| Frame::decode(&message.into()).is_ok();
    let mut seen = 0;
    for (name, message) in NESTED {
        for version in Version::ALL.map(Version::wire) {
            let Some(most) = longest(|times| message(version, times), read) else { continue };
            let message = message(version, most);
            let length = message.len();
            STEPS.set(0);
            assert!(read(message));
            let steps = STEPS.get();
            assert!((1..=2 * length).contains(&steps), "{name}: {steps} for {length} bytes");
            seen += 1;
        }
    }
    assert!(seen >= NESTED.len(), "{seen}");
}

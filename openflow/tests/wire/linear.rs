//! Twice the bytes cost twice as much to read, and no more. Allocations are counted, and not seconds: they
//! are the same on every machine.

use bytes::Bytes;
use openflow::{Frame, Version};

use crate::fuzz::counting::{Cost, counted};
use crate::lengths::lists;
use crate::nested::{NESTED, longest};

#[test]
fn a_list_of_twice_the_elements_costs_twice_as_much() {
    for list in lists() {
        compare(list.name, |times| list.message(times, None).into());
    }
}

#[test]
fn lists_in_lists_of_twice_the_elements_cost_twice_as_much() {
    for (name, message) in NESTED {
        let read = |version: &Version| compare(name, |times| message(version.wire(), times));
        assert!(Version::ALL.iter().filter(|version| read(version)).count() > 0, "{name}");
    }
}

/// Compares the longest message that is read with one of half the elements; returns whether any is read.
fn compare(name: &str, message: impl Fn(usize) -> Vec<u8>) -> bool {
    let read = |message: Vec<u8>| Frame::decode(&message.into()).is_ok();
    let Some(most) = longest(&message, read) else { return false };
    let (half, whole) = (cost(message(most / 2)), cost(message(most)));
    assert!(whole.times <= 2 * half.times + 4, "{name}: {half:?}, {whole:?}");
    assert!(whole.bytes <= 2 * half.bytes + 1024, "{name}: {half:?}, {whole:?}");
    true
}

fn cost(message: Vec<u8>) -> Cost {
    let message = Bytes::from(message);
    let (read, cost) = counted(|| Frame::decode(&message));
    assert!(read.is_ok(), "{read:?}");
    cost
}

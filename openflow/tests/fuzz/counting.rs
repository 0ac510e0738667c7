//! An allocator that counts: the cost of reading a message, the same on every machine.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// What some work allocated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    /// How often.
    pub(crate) times: usize,
    /// How much, in bytes, whether or not it was freed again.
    pub(crate) bytes: usize,
    /// The most at once, in bytes.
    pub(crate) largest: usize,
}

/// Returns what `work` returns, and what it cost.
pub(crate) fn counted<T>(work: impl FnOnce() -> T) -> (T, Cost) {
    COST.set(NOTHING);
    let result = work();
    (result, COST.get())
}

/// Counts what the calling thread allocates.
struct Counting;

const NOTHING: Cost = Cost { times: 0, bytes: 0, largest: 0 };

thread_local! {
    static COST: Cell<Cost> = const { Cell::new(NOTHING) };
}

#[allow(unsafe_code)]
// SAFETY: all is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Cost { times, bytes, largest } = COST.get();
        let (bytes, largest) = (bytes + layout.size(), largest.max(layout.size()));
        COST.set(Cost { times: times + 1, bytes, largest });
        // SAFETY: as this function's own.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as this function's own.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

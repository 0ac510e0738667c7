#![no_main]

use openflow_fuzz::framing;

libfuzzer_sys::fuzz_target!(|input: &[u8]| framing(input));

#![no_main]

use openflow_fuzz::roundtrip;

libfuzzer_sys::fuzz_target!(|input: &[u8]| roundtrip(input));

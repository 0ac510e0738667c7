#![no_main]

use openflow_fuzz::channel;

libfuzzer_sys::fuzz_target!(|input: &[u8]| channel(input));

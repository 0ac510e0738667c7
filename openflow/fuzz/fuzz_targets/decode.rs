#![no_main]

use openflow_fuzz::decode;

libfuzzer_sys::fuzz_target!(|input: &[u8]| decode(input));

//! `media::fuzz::fuzz_reader` under libFuzzer.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| media::fuzz::fuzz_reader(data));

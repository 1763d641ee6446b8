//! `kinora::playback::token::fuzz_token` under libFuzzer.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| kinora::playback::token::fuzz_token(data));

//! `aws::fuzz::fuzz_sigv4` under libFuzzer.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| aws::fuzz::fuzz_sigv4(data));

//! `kvs::fuzz::fuzz_ingest` under libFuzzer.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| kvs::fuzz::fuzz_ingest(data));

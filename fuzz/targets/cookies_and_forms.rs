#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::cookies_and_forms::check(bytes));

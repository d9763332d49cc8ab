#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::paths_and_queries::check(bytes));

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| slepian_fuzz::result(bytes));

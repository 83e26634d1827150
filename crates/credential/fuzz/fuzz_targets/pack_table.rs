#![no_main]
#[path = "../bodies.rs"]
#[expect(dead_code, reason = "every target has the bodies of all")]
mod bodies;
libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::pack_table(data));

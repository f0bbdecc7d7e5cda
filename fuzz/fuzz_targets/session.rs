#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|input: &[u8]| envoy_checks::fuzz::session(input));

#[cfg(not(fuzzing))]
fn main() -> std::io::Result<()> {
    envoy_checks::fuzz::replay(envoy_checks::fuzz::session, std::env::args_os().skip(1))
}

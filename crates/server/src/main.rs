//! The binary `luzheng`.

fn main() -> std::process::ExitCode {
    luzheng::cli::main()
}

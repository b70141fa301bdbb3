//! The executable: everything is in the library, so that tests and fuzzers reach it.

use std::process::ExitCode;

fn main() -> ExitCode {
    pointsman_proxy::cli::main(std::env::args_os().skip(1))
}

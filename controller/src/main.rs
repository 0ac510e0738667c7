//! The `baton` program: a controller node, and the command line of its cluster.

use std::process::ExitCode;

fn main() -> ExitCode {
    controller::cli::main()
}

//! The program `damda`. What it can do is in `server::cli`.

// An optimised build lays out the futures of a page or a request whole, deeper than the compiler looks by itself.
#![recursion_limit = "256"]

use std::process::ExitCode;

/// A quarter of an order's processor time went to the system's allocator (docs/load.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    server::cli::main()
}

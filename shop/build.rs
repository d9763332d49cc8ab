//! The migrations are compiled in, so a changed one must rebuild the crate.

#![allow(clippy::print_stdout, reason = "a build script speaks to cargo on standard output")]
fn main() {
    println!("cargo:rerun-if-changed=../migrations");
}

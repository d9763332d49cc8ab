//! Has the crate built again when the site's files change: they are embedded. Makes nothing itself; where
//! `site/` is missing (a fresh clone), the program is built without pages' files.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=../site");
}

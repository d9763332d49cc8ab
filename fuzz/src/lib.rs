//! What a fuzzer tries of the shop: for everything that reads a stranger's bytes, what must hold whatever the bytes
//! are. A check takes bytes and panics when something does not hold. The fuzzer calls them by `targets/`, the
//! ordinary tests with the committed bytes of `corpus/` and `regressions/` by `server/tests/fuzz/main.rs`.
//!
//! Read `../../docs/fuzzing.md` first, then `whole_requests.rs`.

pub mod cookies_and_forms;
pub mod files;
pub mod headers;
pub mod json_bodies;
pub mod markup;
pub mod paths_and_queries;
pub mod settings;
pub mod text_out;
pub mod whole_requests;

/// What must hold of some bytes.
pub type Check = fn(&[u8]);

/// Every check by its name.
pub const TARGETS: [(&str, Check); 8] = [
    ("json_bodies", json_bodies::check),
    ("paths_and_queries", paths_and_queries::check),
    ("headers", headers::check),
    ("cookies_and_forms", cookies_and_forms::check),
    ("files", files::check),
    ("settings", settings::check),
    ("text_out", text_out::check),
    ("whole_requests", whole_requests::check),
];

//! What the fuzzer checks, with the bytes that are kept: good examples, odd ones, and everything that it once broke
//! the shop with. `make fuzz` looks for more; docs/fuzzing.md.

#[path = "../../../fuzz/src/lib.rs"]
mod fuzz;

use fuzz::TARGETS;
use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz").join(name)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    files
}

/// Checks every kept file of a target, and says which one fails.
fn check_kept(name: &str) {
    let (_, check) = TARGETS.into_iter().find(|(known, _)| *known == name).expect("a target");
    let corpus = files(&folder("corpus").join(name));
    assert!(corpus.len() >= 10, "{name} has {} examples", corpus.len());
    let fails = |path: &PathBuf| {
        let bytes = fs::read(path).expect("a readable file");
        catch_unwind(|| check(&bytes)).is_err()
    };
    let failing: Vec<PathBuf> =
        corpus.into_iter().chain(files(&folder("regressions").join(name))).filter(fails).collect();
    assert!(failing.is_empty(), "these fail, as their panics above say: {failing:#?}");
}

#[test]
fn bodies_of_json_hold() {
    check_kept("json_bodies");
}

#[test]
fn addresses_hold() {
    check_kept("paths_and_queries");
}

#[test]
fn headers_hold() {
    check_kept("headers");
}

#[test]
fn cookies_and_forms_hold() {
    check_kept("cookies_and_forms");
}

#[test]
fn files_of_the_owner_hold() {
    check_kept("files");
}

#[test]
fn settings_hold() {
    check_kept("settings");
}

#[test]
fn text_stays_text_on_its_way_out() {
    check_kept("text_out");
}

#[test]
fn whole_requests_get_the_answer_they_should() {
    check_kept("whole_requests");
}

#[test]
fn every_target_is_a_program_of_the_fuzzer() {
    let stems = files(&folder("targets")).into_iter().filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()));
    let programs: BTreeSet<String> = stems.collect();
    let targets: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(programs, targets);
    let kept =
        files(&folder("regressions")).into_iter().filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()));
    assert!(kept.collect::<BTreeSet<String>>().is_subset(&targets), "a regression of no target");
}

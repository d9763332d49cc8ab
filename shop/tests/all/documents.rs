//! What docs/security.md, docs/asvs.md and docs/survives.md claim is shown somewhere: every file and every test that
//! they name is there. A name is written in backticks: a path from the workspace, and after `::` the function or the
//! title of a test in that file. A test that is named without its file would be looked for nowhere, so it is refused.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn house() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("shop lies in the workspace").to_owned()
}

fn document(name: &str) -> String {
    std::fs::read_to_string(house().join("docs").join(name)).expect("a document")
}

/// What stands in backticks, outside of blocks of code.
fn quoted(text: &str) -> Vec<&str> {
    let mut is_code = false;
    let lines = text.lines().filter(|line| {
        let is_fence = line.starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    });
    lines.flat_map(|line| line.split('`').skip(1).step_by(2)).collect()
}

#[derive(Debug, PartialEq)]
enum Name<'a> {
    File(&'a str),
    /// A function of Rust, or the title of a test of Playwright.
    Test {
        file: &'a str,
        test: &'a str,
    },
    /// The name of a test, of nobody knows which file.
    Stray(&'a str),
    /// A header, a setting, a command: nothing that a file of ours is called.
    Other,
}

fn name_of(text: &str) -> Name<'_> {
    let is_path = |text: &str| {
        let known = ["rs", "ts", "md", "sql", "conf", "sh", "toml", "yaml", "service", "timer", "html", "ftl", "lua"];
        let ends_known = text.rsplit_once('.').is_some_and(|(_, end)| known.contains(&end)) || text.ends_with('/');
        ends_known && !text.starts_with('/') && !text.contains(' ')
    };
    let is_sentence = |text: &str| {
        text.matches('_').count() >= 3
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    match text.split_once("::") {
        Some((file, test)) if is_path(file) => Name::Test { file, test },
        None if is_path(text) => Name::File(text),
        None if is_sentence(text) => Name::Stray(text),
        _ => Name::Other,
    }
}

/// What is wrong with a name, if anything.
fn problem(name: &Name<'_>) -> Option<String> {
    match name {
        Name::File(file) if !house().join(file).exists() => Some(format!("there is no {file}")),
        Name::Test { file, test } => {
            let text = std::fs::read_to_string(house().join(file)).unwrap_or_default();
            let is_there = match file.ends_with(".rs") {
                true => text.contains(&format!("fn {test}(")),
                false => ["\"", "`"].iter().any(|quote| text.contains(&format!("{quote}{test}{quote}"))),
            };
            (!is_there).then(|| format!("there is no {test} in {file}"))
        }
        Name::Stray(test) => Some(format!("{test} is named without its file")),
        Name::File(_) | Name::Other => None,
    }
}

#[test]
fn every_file_and_test_that_the_documents_name_is_there() {
    // So many at the least, or the rule would keep nothing.
    for (document_name, files, tests) in [("security.md", 10, 40), ("asvs.md", 30, 80), ("survives.md", 10, 20)] {
        let text = document(document_name);
        let names: Vec<Name<'_>> = quoted(&text).into_iter().map(name_of).collect();
        let problems: BTreeSet<String> = names.iter().filter_map(problem).collect();
        assert!(problems.is_empty(), "{document_name}: {problems:#?}");
        let files_named: BTreeSet<&str> = names
            .iter()
            .filter_map(|name| match name {
                Name::File(file) | Name::Test { file, .. } => Some(*file),
                Name::Stray(_) | Name::Other => None,
            })
            .collect();
        let tests_named = names.iter().filter(|name| matches!(name, Name::Test { .. })).count();
        assert!(files_named.len() >= files && tests_named >= tests, "{document_name}: {files_named:?} {tests_named}");
    }
}

#[test]
fn every_line_of_the_standards_table_has_an_answer() {
    let text = document("asvs.md");
    let rows: Vec<Vec<&str>> = text
        .lines()
        .filter(|line| line.starts_with("| V"))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    let mut seen = BTreeSet::new();
    for row in &rows {
        let [id, level, asked, answer] = row[..] else { panic!("four columns: {row:?}") };
        assert!(seen.insert(id), "{id} stands twice");
        assert!(["1", "2", "1, 2"].contains(&level), "{id}: {level}");
        assert!(!asked.is_empty() && answer.len() > 8, "{id}: {answer}");
        let is_answered = answer.starts_with("does not apply: ")
            || answer.contains("open: ")
            || quoted(answer).into_iter().any(|text| !matches!(name_of(text), Name::Other));
        assert!(is_answered, "{id} names no file, no test, and is not open: {answer}");
    }
    assert!(rows.len() >= 180, "{} lines", rows.len());
}

#[test]
fn a_name_that_is_gone_is_noticed() {
    let here = "shop/tests/all/documents.rs";
    let table = [
        (here.to_owned(), true),
        ("docs/adr/".to_owned(), true),
        ("docs/no-such-page.md".to_owned(), false),
        ("no/such/folder/".to_owned(), false),
        (format!("{here}::a_name_that_is_gone_is_noticed"), true),
        (format!("{here}::a_name_that_is_gone"), false),
        ("end2end/specs/accounts.spec.ts::no way back leads out of the shop".to_owned(), true),
        ("end2end/specs/accounts.spec.ts::no way back leads".to_owned(), false),
        ("a_name_that_is_gone_is_noticed".to_owned(), false),
        ("server/src/no_such_file.rs::a_test".to_owned(), false),
        ("X-Forwarded-For".to_owned(), true),
        ("script-src 'self'".to_owned(), true),
        ("/metrics".to_owned(), true),
    ];
    for (text, is_good) in table {
        assert_eq!(problem(&name_of(&text)).is_none(), is_good, "{text}");
    }
    assert_eq!(quoted("a `b` c `d`\n```\n`e`\n```\n`f`"), ["b", "d", "f"]);
}

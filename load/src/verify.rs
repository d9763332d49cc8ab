//! `damda verify`, the one checker: every run ends with it.

use anyhow::Context;
use std::io::Write;
use std::path::Path;
use std::process::Command;

/// Text for whoever reads along.
pub fn say(text: &str) {
    // A reader that went away is no fault of ours.
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// Whether every invariant holds in this database.
///
/// # Errors
/// The program cannot be run.
pub fn verify(damda: &Path, database: &str) -> anyhow::Result<bool> {
    let output = Command::new(damda)
        .arg("verify")
        .env("DATABASE_URL", database)
        .output()
        .with_context(|| format!("{} verify cannot be run", damda.display()))?;
    say(&format!("\n{}", String::from_utf8_lossy(&output.stdout)));
    let _ = std::io::stderr().write_all(&output.stderr);
    Ok(output.status.success())
}

//! `damda seed --load`: an empty shop filled for a load test, and a token a line for each of its shoppers.
//! Whoever has the file is all of them, so only its owner may read it.

use crate::secret::random_password;
use crate::token::Tokens;
use anyhow::Context;
use shop::Shop;
use shop::load::service::fill_shop;
use shop::user::Role;
use std::fs::{File, OpenOptions, Permissions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

/// How long the tokens last.
pub const TOKENS_LAST: Duration = Duration::from_secs(24 * 3_600);

/// Fills the shop and writes the tokens; `false` when the shop was not empty and nothing was done.
///
/// # Errors
/// The file cannot be written: then the shop is left alone.
pub async fn seed_load(shop: &Shop, tokens: &Tokens, users: u32, file: &Path) -> anyhow::Result<bool> {
    let cannot = || format!("{} cannot be written", file.display());
    let out = open_private(file).with_context(cannot)?;
    let Some(shoppers) = fill_shop(shop, users, &random_password()).await? else { return Ok(false) };
    let now = shop.now();
    out.set_len(0).with_context(cannot)?;
    let mut out = BufWriter::new(out);
    for shopper in shoppers {
        let token = tokens.issue_for(shopper, Role::Shopper, FIRST_VERSION, now)?;
        writeln!(out, "{token}").with_context(cannot)?;
    }
    out.into_inner().map_err(|error| error.into_error()).and_then(|file| file.sync_all()).with_context(cannot)?;
    Ok(true)
}

/// The version of an account that was never changed.
const FIRST_VERSION: i64 = 1;

/// What was in the file stays until there is something new for it.
fn open_private(path: &Path) -> std::io::Result<File> {
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    Ok(file)
}

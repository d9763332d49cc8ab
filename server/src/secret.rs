//! Values that must never be seen in a log: only [`Secret::reveal`] gives them away.

use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The least a signing key may have, in bytes (API.md).
pub const LEAST_KEY_BYTES: usize = 32;

/// The least a token that opens something may have, in bytes.
pub const LEAST_TOKEN_BYTES: usize = 16;

/// A text that prints as `…`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself: for the one place that uses it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// Why there is no signing key; the text is for the owner of the shop.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    #[error(
        "{path} could not be {done} ({source}): let the shop's account read and write it and its folder, delete it to have a new one made (everybody signs in again), or set JWT_SECRET"
    )]
    Io { path: PathBuf, done: &'static str, source: std::io::Error },
    #[error(
        "{path} holds fewer than {LEAST_KEY_BYTES} bytes: delete it to have a new one made (everybody signs in again), or set JWT_SECRET"
    )]
    TooShort { path: PathBuf },
}

/// The signing key kept in `path`; made there when the file is missing. Two processes that start at once
/// end up with the same key, because only one of their files takes the name.
pub fn key_from_file(path: &Path) -> Result<Secret, KeyFileError> {
    let failed = |done| move |source| KeyFileError::Io { path: path.to_owned(), done, source };
    if !path.try_exists().map_err(failed("read"))? {
        make_key_file(path).map_err(failed("made"))?;
    }
    let key = std::fs::read_to_string(path).map_err(failed("read"))?;
    let key = key.trim();
    if key.len() < LEAST_KEY_BYTES {
        return Err(KeyFileError::TooShort { path: path.to_owned() });
    }
    Ok(Secret::new(key))
}

/// Written beside and then linked, so that nobody ever reads half a key.
fn make_key_file(path: &Path) -> std::io::Result<()> {
    let draft = path.with_extension(format!("{}.new", hex::encode(rand::random::<[u8; 4]>())));
    let written = write_private(&draft, &random_key()).and_then(|()| match std::fs::hard_link(&draft, path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    });
    let removed = std::fs::remove_file(&draft);
    written.and(removed)
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// A fresh key: 32 random bytes in hex.
pub fn random_key() -> String {
    hex::encode(rand::random::<[u8; LEAST_KEY_BYTES]>())
}

/// A password for a person to copy: 20 characters without look-alikes, about 115 bits.
pub fn random_password() -> String {
    const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyzACDEFGHJKLMNPQRTUVWXYZ234679";
    (0..20).map(|_| char::from(LETTERS[rand::random_range(0..LETTERS.len())])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_print() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "…");
    }

    #[test]
    fn a_key_is_made_once_kept_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("damda.secret");
        let first = key_from_file(&path).unwrap();
        assert_eq!(first.reveal().len(), 64);
        assert_eq!(key_from_file(&path).unwrap(), first);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn processes_that_start_at_once_get_one_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("damda.secret");
        let keys: Vec<String> = std::thread::scope(|scope| {
            let starts: Vec<_> = (0..8).map(|_| scope.spawn(|| key_from_file(&path).unwrap())).collect();
            starts.into_iter().map(|start| start.join().unwrap().reveal().to_owned()).collect()
        });
        assert!(keys.windows(2).all(|pair| pair[0] == pair[1]));
    }

    #[test]
    fn a_key_file_that_is_too_short_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("damda.secret");
        std::fs::write(&path, "short").unwrap();
        let said = key_from_file(&path).unwrap_err().to_string();
        assert!(said.contains("damda.secret") && said.contains("delete it"), "{said}");
    }

    #[test]
    fn a_random_password_is_long_enough_and_new_each_time() {
        assert_eq!(random_password().chars().count(), 20);
        assert_ne!(random_password(), random_password());
    }
}

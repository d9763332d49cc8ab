//! Letters as files: for trying things out, and for whoever sends them on with their own tools. A file has
//! its name only when it is complete, and only its owner reads it: a link in it opens an account.

use super::envelope::message_of;
use super::not_sent;
use crate::config::ConfigError;
use async_trait::async_trait;
use lettre::message::Mailbox;
use shop::ports::{Letter, Mailer, NotSent};
use std::path::{Path, PathBuf};
use tokio::io::AsyncWriteExt;

pub struct FolderMailer {
    folder: PathBuf,
    from: Mailbox,
}

impl FolderMailer {
    /// Makes the folder when it is missing.
    pub fn open(folder: &Path, from: Mailbox) -> Result<Self, ConfigError> {
        std::fs::create_dir_all(folder).map_err(|error| {
            ConfigError::new(format!(
                "MAIL names the folder {}, which cannot be made ({error}): name one that can be written to",
                folder.display()
            ))
        })?;
        Ok(Self { folder: folder.to_owned(), from })
    }
}

#[async_trait]
impl Mailer for FolderMailer {
    async fn send(&self, letter: &Letter) -> Result<(), NotSent> {
        let message = message_of(&self.from, letter)?.formatted();
        let name = format!("{:013}-{}", letter.written_at.millis(), hex::encode(rand::random::<[u8; 4]>()));
        let draft = self.folder.join(format!(".{name}.new"));
        let written = async {
            let mut file = tokio::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft).await?;
            file.write_all(&message).await?;
            file.sync_all().await?;
            tokio::fs::rename(&draft, self.folder.join(format!("{name}.eml"))).await
        };
        written.await.map_err(|error: std::io::Error| not_sent(&error))
    }
}

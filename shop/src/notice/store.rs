//! Notices in the database. They are only ever added.

use super::model::{Notice, NoticeDigest};
use crate::database::{Db, Row, Sql, Tx, insert_rows};
use crate::error::Fault;
use crate::time::Timestamp;
use std::collections::BTreeSet;

/// One notice.
pub async fn find_notice(db: &Db, digest: &NoticeDigest) -> Result<Option<Notice>, Fault> {
    let sql = Sql::new("SELECT digest, name, lang, body, created_at FROM notices WHERE digest = ?");
    db.fetch_optional(sql.bind(digest.as_str())).await?.as_ref().map(notice_of).transpose()
}

fn notice_of(row: &Row) -> Result<Notice, Fault> {
    Ok(Notice {
        digest: row.parsed("digest", NoticeDigest::parse)?,
        name: row.text("name")?,
        lang: row.text("lang")?,
        body: row.text("body")?,
        created_at: row.time("created_at")?,
    })
}

/// Which of these are kept already.
pub async fn list_kept(tx: &mut Tx, digests: &[&NoticeDigest]) -> Result<BTreeSet<NoticeDigest>, Fault> {
    let sql =
        Sql::new("SELECT digest FROM notices WHERE digest IN ").list(digests.iter().map(|digest| digest.as_str()));
    tx.fetch_all(sql).await?.iter().map(|row| row.parsed("digest", NoticeDigest::parse)).collect()
}

/// Keeps notices that are not kept yet.
pub async fn write_notices(
    tx: &mut Tx,
    notices: &[(&NoticeDigest, &str, &str, &str)],
    now: Timestamp,
) -> Result<(), Fault> {
    let rows = notices
        .iter()
        .map(|(digest, name, lang, body)| {
            vec![digest.as_str().into(), (*name).into(), (*lang).into(), (*body).into(), now.into()]
        })
        .collect();
    insert_rows(tx, "INSERT INTO notices (digest, name, lang, body, created_at)", rows, "").await
}

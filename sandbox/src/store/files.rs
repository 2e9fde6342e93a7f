//! Files: pictures that were uploaded, bills that can be downloaded.

use rusqlite::{OptionalExtension as _, params};

use super::Books;

/// So many bytes of files are kept; the oldest go first.
const LIMIT: i64 = 64 << 20;

impl Books<'_> {
    /// Keeps a file; one of the same id is replaced.
    pub(crate) fn keep_file(&self, id: &str, name: &str, content: &[u8]) -> rusqlite::Result<()> {
        let sql = "INSERT OR REPLACE INTO files (id, name, content) VALUES (?1, ?2, ?3)";
        self.transaction.prepare_cached(sql)?.execute(params![id, name, content])?;
        let crowded = "DELETE FROM files WHERE number IN (
            SELECT number FROM (
                SELECT number, sum(length(content)) OVER (ORDER BY number DESC) AS upto FROM files
            ) WHERE upto > ?1)";
        self.transaction.prepare_cached(crowded)?.execute([LIMIT])?;
        Ok(())
    }

    /// The content of a file.
    pub(crate) fn file(&self, id: &str) -> rusqlite::Result<Option<Vec<u8>>> {
        let mut query =
            self.transaction.prepare_cached("SELECT content FROM files WHERE id = ?1")?;
        query.query_row([id], |row| row.get(0)).optional()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Place, Store};

    #[test]
    fn files_are_kept_until_there_are_too_many() {
        let store = Store::open(&Place::Memory, false).unwrap();
        let check = |books: &Books<'_>| -> rusqlite::Result<()> {
            let large = vec![7; usize::try_from(LIMIT / 2).unwrap()];
            for id in ["a", "b"] {
                books.keep_file(id, "x.png", &large)?;
            }
            assert!(books.file("a")?.is_some() && books.file("b")?.is_some());
            books.keep_file("c", "x.png", b"small")?;
            assert!(books.file("a")?.is_none() && books.file("b")?.is_some());
            assert_eq!(books.file("c")?.as_deref(), Some(&b"small"[..]));
            assert_eq!(books.file("d")?, None);
            Ok(())
        };
        store.work(check).unwrap();
    }
}

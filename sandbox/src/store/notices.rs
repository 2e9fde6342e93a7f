//! Notifications: what is to be sent where, and what came of it.

use rusqlite::{OptionalExtension as _, Row, params, types::Type};
use serde_json::Value;

use super::Books;

/// So many notifications are kept.
const LIMIT: i64 = 10_000;

/// How far a notification is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoticeState {
    /// It is sent until it is received or given up.
    Pending,
    /// The receiver has answered with success.
    Received,
    /// It was sent as often as the schedule says, in vain.
    GivenUp,
    /// It cannot be sent to its address.
    Refused,
}

impl NoticeState {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Received => "received",
            Self::GivenUp => "given_up",
            Self::Refused => "refused",
        }
    }

    fn read(text: &str) -> Self {
        let all = [Self::Received, Self::GivenUp, Self::Refused];
        all.into_iter().find(|state| state.as_str() == text).unwrap_or(Self::Pending)
    }
}

/// A notification as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct NoticeRow {
    pub(crate) id: i64,
    /// The id that the receiver sees.
    pub(crate) notice: String,
    /// The entry it tells of.
    pub(crate) about: Option<i64>,
    pub(crate) event_type: String,
    pub(crate) original_type: Option<String>,
    pub(crate) url: String,
    /// What it carries, as it is before it is sealed.
    pub(crate) resource: Value,
    pub(crate) state: NoticeState,
    pub(crate) created: i64,
    /// Each time it was sent.
    pub(crate) attempts: Vec<Value>,
}

/// A notification that is to be sent.
#[derive(Clone, Debug)]
pub(crate) struct NewNotice {
    pub(crate) notice: String,
    pub(crate) about: Option<i64>,
    pub(crate) event_type: String,
    pub(crate) original_type: Option<String>,
    pub(crate) url: String,
    pub(crate) resource: Value,
}

const COLUMNS: &str =
    "id, notice, about, event_type, original_type, url, resource, state, created, attempts";

impl Books<'_> {
    /// Keeps a notification that is to be sent, and gives its number.
    pub(crate) fn insert_notice(&self, new: &NewNotice, now: i64) -> rusqlite::Result<i64> {
        let sql = "INSERT INTO notices (notice, about, event_type, original_type, url, resource, state, created,
            attempts) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'pending', ?7, '[]')";
        self.transaction.prepare_cached(sql)?.execute(params![
            new.notice,
            new.about,
            new.event_type,
            new.original_type,
            new.url,
            new.resource.to_string(),
            now,
        ])?;
        let id = self.transaction.last_insert_rowid();
        let old = "DELETE FROM notices WHERE id <= ?1 AND state <> 'pending'";
        self.transaction.prepare_cached(old)?.execute([id - LIMIT])?;
        Ok(id)
    }

    pub(crate) fn update_notice(&self, row: &NoticeRow) -> rusqlite::Result<()> {
        let sql = "UPDATE notices SET state = ?2, attempts = ?3 WHERE id = ?1";
        let attempts = Value::from(row.attempts.clone()).to_string();
        self.transaction.prepare_cached(sql)?.execute(params![
            row.id,
            row.state.as_str(),
            attempts
        ])?;
        Ok(())
    }

    pub(crate) fn notice(&self, id: i64) -> rusqlite::Result<Option<NoticeRow>> {
        let sql = format!("SELECT {COLUMNS} FROM notices WHERE id = ?1");
        self.transaction.prepare_cached(&sql)?.query_row([id], read).optional()
    }

    /// The notifications behind `after`, the oldest first.
    pub(crate) fn notices(&self, after: i64, limit: i64) -> rusqlite::Result<Vec<NoticeRow>> {
        let sql = format!("SELECT {COLUMNS} FROM notices WHERE id > ?1 ORDER BY id LIMIT ?2");
        self.transaction.prepare_cached(&sql)?.query_map(params![after, limit], read)?.collect()
    }

    /// The latest notifications, the newest first.
    pub(crate) fn latest_notices(&self, limit: i64) -> rusqlite::Result<Vec<NoticeRow>> {
        let sql = format!("SELECT {COLUMNS} FROM notices ORDER BY id DESC LIMIT ?1");
        self.transaction.prepare_cached(&sql)?.query_map([limit], read)?.collect()
    }

    /// The notifications that tell of these entries, the oldest first.
    pub(crate) fn notices_about(&self, entries: &[i64]) -> rusqlite::Result<Vec<NoticeRow>> {
        let sql = format!("SELECT {COLUMNS} FROM notices WHERE about = ?1 ORDER BY id");
        let mut query = self.transaction.prepare_cached(&sql)?;
        let mut rows = Vec::new();
        for entry in entries {
            for row in query.query_map([entry], read)? {
                rows.push(row?);
            }
        }
        rows.sort_by_key(|row: &NoticeRow| row.id);
        Ok(rows)
    }

    /// Those that are still to be sent.
    pub(crate) fn pending_notices(&self) -> rusqlite::Result<Vec<i64>> {
        let sql = "SELECT id FROM notices WHERE state = 'pending' ORDER BY id";
        self.transaction.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
    }

    pub(crate) fn count_notices(&self) -> rusqlite::Result<i64> {
        self.transaction.query_row("SELECT count(*) FROM notices", [], |row| row.get(0))
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<NoticeRow> {
    let state: String = row.get(7)?;
    let attempts = json(row, 9)?;
    Ok(NoticeRow {
        id: row.get(0)?,
        notice: row.get(1)?,
        about: row.get(2)?,
        event_type: row.get(3)?,
        original_type: row.get(4)?,
        url: row.get(5)?,
        resource: json(row, 6)?,
        state: NoticeState::read(&state),
        created: row.get(8)?,
        attempts: attempts.as_array().cloned().unwrap_or_default(),
    })
}

fn json(row: &Row<'_>, column: usize) -> rusqlite::Result<Value> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Place, Store};

    #[test]
    fn a_notification_is_pending_until_it_is_said_otherwise() {
        let store = Store::open(&Place::Memory, false).unwrap();
        let check = |books: &Books<'_>| -> rusqlite::Result<()> {
            let new = NewNotice {
                notice: "n1".to_owned(),
                about: Some(1),
                event_type: "TRANSACTION.SUCCESS".to_owned(),
                original_type: None,
                url: "http://127.0.0.1:1/notify".to_owned(),
                resource: Value::Null,
            };
            let id = books.insert_notice(&new, 7)?;
            assert_eq!(books.pending_notices()?, [id]);
            let mut row = books.notice(id)?.unwrap();
            assert_eq!((row.state, row.notice.as_str()), (NoticeState::Pending, "n1"));
            row.state = NoticeState::GivenUp;
            row.attempts.push("refused".into());
            books.update_notice(&row)?;
            assert_eq!(books.pending_notices()?, [0_i64; 0]);
            let rows = books.notices(0, 10)?;
            assert_eq!(books.latest_notices(1)?[0].id, id);
            assert_eq!((rows[0].state, rows[0].attempts.len()), (NoticeState::GivenUp, 1));
            assert_eq!(books.count_notices()?, 1);
            Ok(())
        };
        store.work(check).unwrap();
    }
}

//! What the sandbox remembers: orders, refunds, transfers, files, notifications. SQLite, in memory unless a file is named.
//!
//! One connection behind a lock: whoever works on it works alone, in a transaction that is kept whole or not at all.

mod entries;
mod files;
mod migrations;
mod notices;

use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
    fmt,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use crate::scheme::Scheme;

pub(crate) use entries::{Entry, Kind, NewEntry};
pub(crate) use notices::{NewNotice, NoticeRow, NoticeState};

/// Where the store lies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Place {
    /// In memory: it ends with the sandbox.
    #[default]
    Memory,
    /// In this file.
    File(PathBuf),
}

/// The store.
pub(crate) struct Store {
    connection: Mutex<Connection>,
}

/// The store within a transaction.
pub(crate) struct Books<'t> {
    transaction: &'t rusqlite::Transaction<'t>,
    touched: RefCell<BTreeSet<(Kind, i64)>>,
    scheme: Cell<Scheme>,
}

impl Store {
    /// Opens the store, and empties it first if it is to be `reset`.
    pub(crate) fn open(place: &Place, reset: bool) -> Result<Self, StoreError> {
        let (path, opened) = match place {
            Place::Memory => (Path::new(":memory:"), Connection::open_in_memory()),
            Place::File(path) => (path.as_path(), Connection::open(path)),
        };
        let unusable = |problem: Problem| StoreError { path: path.to_owned(), problem };
        let mut connection = opened.map_err(|error| unusable(error.into()))?;
        prepare(&mut connection, reset).map_err(unusable)?;
        Ok(Self { connection: Mutex::new(connection) })
    }

    /// Works on the books alone. What was written is kept if `work` succeeds, and undone if not.
    pub(crate) fn work<T, E: From<rusqlite::Error>>(
        &self,
        work: impl FnOnce(&Books<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        // If a holder panicked, its transaction was undone; the connection is sound.
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let books = Books {
            transaction: &transaction,
            touched: RefCell::default(),
            scheme: Cell::new(Scheme::Merchant),
        };
        let result = work(&books)?;
        transaction.commit()?;
        Ok(result)
    }
}

impl Books<'_> {
    /// Forgets everything.
    pub(crate) fn clear(&self) -> rusqlite::Result<()> {
        self.transaction.execute_batch(migrations::CLEAR)
    }

    /// Entries that are made from now on come from a caller who signs by this scheme.
    pub(crate) fn work_for(&self, scheme: Scheme) {
        self.scheme.set(scheme);
    }

    /// The entries that were made or changed in this transaction.
    pub(crate) fn touched(&self) -> rusqlite::Result<Vec<Entry>> {
        let touched = self.touched.borrow().clone();
        let found = touched.into_iter().map(|(kind, id)| self.by_id(kind, id));
        found.filter_map(Result::transpose).collect()
    }

    fn touch(&self, kind: Kind, id: i64) {
        self.touched.borrow_mut().insert((kind, id));
    }
}

fn prepare(connection: &mut Connection, reset: bool) -> Result<(), Problem> {
    migrations::check(connection)?;
    // A test environment may lose its last second when the machine fails; it must not wait for the disk at each call.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.set_prepared_statement_cache_capacity(64);
    migrations::run(connection)?;
    if reset {
        connection.execute_batch(migrations::CLEAR)?;
    }
    Ok(())
}

/// What is wrong with a database, and what to do.
#[derive(Debug)]
struct Problem {
    what: String,
    remedy: &'static str,
}

impl From<rusqlite::Error> for Problem {
    fn from(error: rusqlite::Error) -> Self {
        let remedy = match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                "end the program that works on it, or name another file"
            }
            Some(ErrorCode::CannotOpen) => "name a file in a folder that is there",
            Some(ErrorCode::NotADatabase) => "name another file, or remove this one",
            _ => "name another file",
        };
        Self { what: error.to_string(), remedy }
    }
}

/// A store that cannot be opened.
#[derive(Debug)]
pub struct StoreError {
    path: PathBuf,
    problem: Problem,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the database {} cannot be used: {}; {}",
            self.path.display(),
            self.problem.what,
            self.problem.remedy
        )
    }
}

impl std::error::Error for StoreError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_leaves_no_trace() {
        let store = Store::open(&Place::Memory, false).unwrap();
        let failed: Result<(), rusqlite::Error> = store.work(|books| {
            books.insert(&NewEntry::sample("1"))?;
            Err(rusqlite::Error::InvalidQuery)
        });
        assert!(failed.is_err());
        let count = store.work(|books| books.count(Kind::Order)).unwrap();
        assert_eq!(count, 0);
    }

    #[test]
    fn a_file_keeps_what_it_was_told_until_it_is_reset() {
        let file =
            std::env::temp_dir().join(format!("wechatpay-sandbox-store-{}.db", std::process::id()));
        let place = Place::File(file.clone());
        let count = |reset| {
            let store = Store::open(&place, reset).unwrap();
            let count = store.work(|books| books.count(Kind::Order)).unwrap();
            store.work(|books| books.insert(&NewEntry::sample("1")).map(drop)).unwrap();
            count
        };
        assert_eq!((count(true), count(true)), (0, 0));
        assert_eq!(
            Store::open(&place, false).unwrap().work(|books| books.count(Kind::Order)).unwrap(),
            1
        );
        for suffix in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{suffix}", file.display()));
        }
    }

    #[test]
    fn a_database_of_another_program_or_version_is_left_alone() {
        let file =
            std::env::temp_dir().join(format!("wechatpay-sandbox-other-{}.db", std::process::id()));
        let refusal = || {
            let opened = Store::open(&Place::File(file.clone()), true);
            opened.err().map(|error| error.to_string()).unwrap_or_default()
        };
        let other = Connection::open(&file).unwrap();
        other.execute_batch("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)").unwrap();
        for version in [0, 1, 1_000] {
            other.pragma_update(None, "user_version", version).unwrap();
            let said = refusal();
            assert!(said.contains("another program; name another file"), "{version}: {said}");
        }
        let tables = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
        let count = other.query_row("SELECT count(*) FROM sqlite_master", [], tables).unwrap();
        assert_eq!(count, 1, "something was added to it");
        drop(other);
        std::fs::remove_file(&file).unwrap();

        drop(Store::open(&Place::File(file.clone()), false).unwrap());
        let newer = Connection::open(&file).unwrap();
        newer.pragma_update(None, "user_version", 1_000).unwrap();
        assert!(
            refusal().contains("newer version of the sandbox; start that one"),
            "{}",
            refusal()
        );
        drop(newer);
        for suffix in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{suffix}", file.display()));
        }
    }

    #[test]
    fn what_is_no_database_is_refused_by_its_name() {
        let file =
            std::env::temp_dir().join(format!("wechatpay-sandbox-no-store-{}", std::process::id()));
        std::fs::write(&file, "this is not a database, and long enough to be looked at as one")
            .unwrap();
        let error = Store::open(&Place::File(file.clone()), false).err().unwrap().to_string();
        assert!(
            error.contains("wechatpay-sandbox-no-store") && error.contains("remove this one"),
            "{error}"
        );
        std::fs::remove_file(file).unwrap();
    }
}

//! The tables, and how older files come to have them. `user_version` counts the steps that a file has taken.

use rusqlite::Connection;

/// Each step once, in order; a step that was published is never changed.
const STEPS: &[&str] = &["
CREATE TABLE entries (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    parent INTEGER REFERENCES entries (id),
    scope TEXT NOT NULL,
    number TEXT NOT NULL,
    reference TEXT NOT NULL,
    state TEXT NOT NULL,
    amount INTEGER NOT NULL,
    created INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    operation TEXT NOT NULL,
    request TEXT NOT NULL,
    data TEXT NOT NULL,
    UNIQUE (kind, scope, number)
);
CREATE INDEX entries_by_reference ON entries (kind, reference);
CREATE INDEX entries_by_parent ON entries (parent) WHERE parent IS NOT NULL;
CREATE TABLE files (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    content BLOB NOT NULL
);
CREATE TABLE notices (
    id INTEGER PRIMARY KEY,
    notice TEXT NOT NULL,
    about INTEGER,
    event_type TEXT NOT NULL,
    original_type TEXT,
    url TEXT NOT NULL,
    resource TEXT NOT NULL,
    state TEXT NOT NULL,
    created INTEGER NOT NULL,
    attempts TEXT NOT NULL
);
CREATE INDEX notices_by_entry ON notices (about);
"];

/// Empties all tables.
pub(super) const CLEAR: &str = "DELETE FROM notices; DELETE FROM files; DELETE FROM entries;";

/// Takes the steps that are left.
pub(super) fn run(connection: &mut Connection) -> Result<(), String> {
    let failed = |error: rusqlite::Error| error.to_string();
    let version = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
    let done = connection.query_row("PRAGMA user_version", [], version).map_err(failed)?;
    let done = usize::try_from(done).unwrap_or(usize::MAX);
    let left = STEPS.get(done..).ok_or("it was made by a newer version of the sandbox")?;
    for (step, number) in left.iter().zip(done + 1..) {
        let transaction = connection.transaction().map_err(failed)?;
        transaction.execute_batch(step).map_err(failed)?;
        transaction
            .pragma_update(None, "user_version", i64::try_from(number).unwrap_or(i64::MAX))
            .map_err(failed)?;
        transaction.commit().map_err(failed)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_taken_once_and_newer_files_are_refused() {
        let mut connection = Connection::open_in_memory().unwrap();
        run(&mut connection).unwrap();
        run(&mut connection).unwrap();
        connection.pragma_update(None, "user_version", 1_000).unwrap();
        assert!(run(&mut connection).unwrap_err().contains("newer version"));
    }
}

//! The tables, and how older files come to have them. `user_version` counts the steps that a file has taken.

use rusqlite::Connection;

use super::Problem;

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

/// Refuses a file that holds the tables of another program: nothing may be added to it.
pub(super) fn check(connection: &Connection) -> Result<(), Problem> {
    let table = |row: &rusqlite::Row<'_>| row.get::<_, String>(0);
    let sql = "SELECT name FROM sqlite_master WHERE type = 'table'";
    let tables: Vec<String> =
        connection.prepare(sql)?.query_map([], table)?.collect::<Result<_, _>>()?;
    if tables.is_empty() || tables.iter().any(|name| name == "entries") {
        return Ok(());
    }
    let what = "it holds the tables of another program".to_owned();
    Err(Problem { what, remedy: "name another file" })
}

/// Takes the steps that are left.
pub(super) fn run(connection: &mut Connection) -> Result<(), Problem> {
    let version = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
    let done = connection.query_row("PRAGMA user_version", [], version)?;
    let done = usize::try_from(done).unwrap_or(usize::MAX);
    let newer = || Problem {
        what: "it was made by a newer version of the sandbox".to_owned(),
        remedy: "start that one, or name another file",
    };
    let left = STEPS.get(done..).ok_or_else(newer)?;
    for (step, number) in left.iter().zip(done + 1..) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(step)?;
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        transaction.pragma_update(None, "user_version", number)?;
        transaction.commit()?;
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
        assert!(run(&mut connection).unwrap_err().what.contains("newer version"));
    }
}

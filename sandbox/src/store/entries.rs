//! Entries: whatever a merchant asked for that has a number and a state. Orders, refunds, transfers, ... differ in what
//! is done with them, not in how they are kept.

use rusqlite::{OptionalExtension as _, Row, params, types::Type};
use serde_json::{Map, Value};

use super::Books;
use crate::scheme::Scheme;

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Order,
    Refund,
    Sharing,
    Return,
    Receiver,
    Transfer,
    Authorization,
    Complaint,
    Setting,
}

impl Kind {
    const ALL: [Self; 9] = [
        Self::Order,
        Self::Refund,
        Self::Sharing,
        Self::Return,
        Self::Receiver,
        Self::Transfer,
        Self::Authorization,
        Self::Complaint,
        Self::Setting,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Refund => "refund",
            Self::Sharing => "sharing",
            Self::Return => "return",
            Self::Receiver => "receiver",
            Self::Transfer => "transfer",
            Self::Authorization => "authorization",
            Self::Complaint => "complaint",
            Self::Setting => "setting",
        }
    }
}

/// An entry as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) kind: Kind,
    /// The sandbox's own number: 1, 2, ... over all kinds.
    pub(crate) id: i64,
    /// The entry it belongs to: a refund to its order.
    pub(crate) parent: Option<i64>,
    /// Whose numbers `number` is one of.
    pub(crate) scope: String,
    /// The merchant's own number.
    pub(crate) number: String,
    /// The platform's number.
    pub(crate) reference: String,
    pub(crate) state: String,
    /// In fen.
    pub(crate) amount: i64,
    /// Unix seconds.
    pub(crate) created: i64,
    /// Unix seconds.
    pub(crate) changed: i64,
    /// The operation it came by.
    pub(crate) operation: String,
    /// The fields of the request it came by, in plain text.
    pub(crate) request: Map<String, Value>,
    /// What happened to it since.
    pub(crate) data: Map<String, Value>,
}

/// An entry that is to be made.
#[derive(Clone, Debug)]
pub(crate) struct NewEntry {
    pub(crate) kind: Kind,
    pub(crate) parent: Option<i64>,
    pub(crate) scope: String,
    pub(crate) number: String,
    pub(crate) reference: String,
    pub(crate) state: String,
    pub(crate) amount: i64,
    pub(crate) created: i64,
    pub(crate) operation: String,
    pub(crate) request: Map<String, Value>,
    pub(crate) data: Map<String, Value>,
}

/// What is noted of an entry whose caller has SM2 keys.
const SM2: &str = "sm2";

const COLUMNS: &str = "kind, id, parent, scope, number, reference, state, amount, created, changed, operation, request, data";

impl Books<'_> {
    /// The number that the next entry will have.
    pub(crate) fn next_id(&self) -> rusqlite::Result<i64> {
        let sql = "SELECT coalesce(max(id), 0) + 1 FROM entries";
        self.transaction.prepare_cached(sql)?.query_row([], |row| row.get(0))
    }

    pub(crate) fn insert(&self, entry: &NewEntry) -> rusqlite::Result<Entry> {
        let mut data = entry.data.clone();
        if self.scheme.get() == Scheme::Shangmi {
            data.insert(SM2.to_owned(), true.into());
        }
        let sql = "INSERT INTO entries (kind, parent, scope, number, reference, state, amount, created, changed,
            operation, request, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9, ?10, ?11)";
        self.transaction.prepare_cached(sql)?.execute(params![
            entry.kind.as_str(),
            entry.parent,
            entry.scope,
            entry.number,
            entry.reference,
            entry.state,
            entry.amount,
            entry.created,
            entry.operation,
            json(&entry.request),
            json(&data),
        ])?;
        let id = self.transaction.last_insert_rowid();
        self.touch(entry.kind, id);
        Ok(Entry {
            kind: entry.kind,
            id,
            parent: entry.parent,
            scope: entry.scope.clone(),
            number: entry.number.clone(),
            reference: entry.reference.clone(),
            state: entry.state.clone(),
            amount: entry.amount,
            created: entry.created,
            changed: entry.created,
            operation: entry.operation.clone(),
            request: entry.request.clone(),
            data,
        })
    }

    /// By which scheme the caller signs that an entry came from, or the one that it belongs to.
    pub(crate) fn scheme_of(&self, entry: i64) -> rusqlite::Result<Scheme> {
        let sql = "SELECT parent, data FROM entries WHERE id = ?1";
        let mut query = self.transaction.prepare_cached(sql)?;
        let mut next = Some(entry);
        while let Some(id) = next {
            let read = |row: &Row<'_>| Ok((row.get::<_, Option<i64>>(0)?, object(row, 1)?));
            let Some((parent, data)) = query.query_row([id], read).optional()? else { break };
            if data.contains_key(SM2) {
                return Ok(Scheme::Shangmi);
            }
            // An entry belongs to an older one, so this ends.
            next = parent.filter(|parent| *parent < id);
        }
        Ok(Scheme::Merchant)
    }

    /// Keeps what has become of an entry: its state and data.
    pub(crate) fn update(&self, entry: &mut Entry, now: i64) -> rusqlite::Result<()> {
        entry.changed = now;
        let sql = "UPDATE entries SET state = ?2, changed = ?3, data = ?4 WHERE id = ?1";
        let values = params![entry.id, entry.state, now, json(&entry.data)];
        self.transaction.prepare_cached(sql)?.execute(values)?;
        self.touch(entry.kind, entry.id);
        Ok(())
    }

    pub(crate) fn remove(&self, id: i64) -> rusqlite::Result<()> {
        self.transaction.prepare_cached("DELETE FROM entries WHERE id = ?1")?.execute([id])?;
        Ok(())
    }

    /// The entry that a merchant gave this number.
    pub(crate) fn by_number(
        &self,
        kind: Kind,
        scope: &str,
        number: &str,
    ) -> rusqlite::Result<Option<Entry>> {
        let sql =
            format!("SELECT {COLUMNS} FROM entries WHERE kind = ?1 AND scope = ?2 AND number = ?3");
        let mut query = self.transaction.prepare_cached(&sql)?;
        query.query_row(params![kind.as_str(), scope, number], read).optional()
    }

    /// The entry that the platform gave this number.
    pub(crate) fn by_reference(
        &self,
        kind: Kind,
        reference: &str,
    ) -> rusqlite::Result<Option<Entry>> {
        let sql = format!("SELECT {COLUMNS} FROM entries WHERE kind = ?1 AND reference = ?2");
        let mut query = self.transaction.prepare_cached(&sql)?;
        query.query_row(params![kind.as_str(), reference], read).optional()
    }

    pub(crate) fn by_id(&self, kind: Kind, id: i64) -> rusqlite::Result<Option<Entry>> {
        let sql = format!("SELECT {COLUMNS} FROM entries WHERE kind = ?1 AND id = ?2");
        let mut query = self.transaction.prepare_cached(&sql)?;
        query.query_row(params![kind.as_str(), id], read).optional()
    }

    /// The first entry with this number, whosever it is.
    pub(crate) fn by_any_number(
        &self,
        kind: Kind,
        number: &str,
    ) -> rusqlite::Result<Option<Entry>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM entries WHERE kind = ?1 AND number = ?2 ORDER BY id LIMIT 1"
        );
        let mut query = self.transaction.prepare(&sql)?;
        query.query_row(params![kind.as_str(), number], read).optional()
    }

    /// What belongs to an entry, in the order it came.
    pub(crate) fn children(&self, kind: Kind, parent: i64) -> rusqlite::Result<Vec<Entry>> {
        let sql =
            format!("SELECT {COLUMNS} FROM entries WHERE parent = ?2 AND kind = ?1 ORDER BY id");
        let mut query = self.transaction.prepare_cached(&sql)?;
        query.query_map(params![kind.as_str(), parent], read)?.collect()
    }

    /// The latest entries of a kind, the newest first, from the one before `before` on.
    pub(crate) fn latest(
        &self,
        kind: Kind,
        before: i64,
        limit: i64,
    ) -> rusqlite::Result<Vec<Entry>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM entries WHERE kind = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3"
        );
        let mut query = self.transaction.prepare_cached(&sql)?;
        query.query_map(params![kind.as_str(), before, limit], read)?.collect()
    }

    /// Gives each entry of a kind that was changed in a span of time, in the order they came. One at a time: a day may
    /// have many.
    pub(crate) fn each_changed<E: From<rusqlite::Error>>(
        &self,
        kind: Kind,
        from: i64,
        to: i64,
        mut visit: impl FnMut(Entry) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = format!(
            "SELECT {COLUMNS} FROM entries WHERE kind = ?1 AND changed >= ?2 AND changed < ?3 ORDER BY id"
        );
        let mut query = self.transaction.prepare(&sql)?;
        for entry in query.query_map(params![kind.as_str(), from, to], read)? {
            visit(entry?)?;
        }
        Ok(())
    }

    pub(crate) fn count(&self, kind: Kind) -> rusqlite::Result<i64> {
        let sql = "SELECT count(*) FROM entries WHERE kind = ?1";
        self.transaction.prepare_cached(sql)?.query_row([kind.as_str()], |row| row.get(0))
    }
}

impl Entry {
    /// A text among what happened to it.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.data.get(name).and_then(Value::as_str)
    }

    /// A number among what happened to it; 0 if there is none.
    pub(crate) fn sum(&self, name: &str) -> i64 {
        self.data.get(name).and_then(Value::as_i64).unwrap_or_default()
    }

    pub(crate) fn note(&mut self, name: &str, value: impl Into<Value>) {
        self.data.insert(name.to_owned(), value.into());
    }
}

fn json(map: &Map<String, Value>) -> String {
    Value::Object(map.clone()).to_string()
}

fn read(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let kind: String = row.get(0)?;
    let known = Kind::ALL.into_iter().find(|known| known.as_str() == kind);
    Ok(Entry {
        kind: known.ok_or(rusqlite::Error::InvalidQuery)?,
        id: row.get(1)?,
        parent: row.get(2)?,
        scope: row.get(3)?,
        number: row.get(4)?,
        reference: row.get(5)?,
        state: row.get(6)?,
        amount: row.get(7)?,
        created: row.get(8)?,
        changed: row.get(9)?,
        operation: row.get(10)?,
        request: object(row, 11)?,
        data: object(row, 12)?,
    })
}

fn object(row: &Row<'_>, column: usize) -> rusqlite::Result<Map<String, Value>> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
    })
}

#[cfg(test)]
impl NewEntry {
    pub(crate) fn sample(number: &str) -> Self {
        Self {
            kind: Kind::Order,
            parent: None,
            scope: "1900000001".to_owned(),
            number: number.to_owned(),
            reference: format!("42{number}"),
            state: "NOTPAY".to_owned(),
            amount: 100,
            created: 1_700_000_000,
            operation: "pay.prepay_jsapi".to_owned(),
            request: Map::new(),
            data: Map::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Place, Store};

    #[test]
    fn an_entry_is_found_by_each_of_its_numbers_and_changes_are_kept() {
        let store = Store::open(&Place::Memory, false).unwrap();
        let check = |books: &Books<'_>| -> rusqlite::Result<()> {
            assert_eq!(books.next_id()?, 1);
            let mut made = books.insert(&NewEntry::sample("A1"))?;
            made.state = "SUCCESS".to_owned();
            made.note("openid", "o1");
            books.update(&mut made, 1_700_000_060)?;
            assert_eq!(books.next_id()?, 2);
            for found in [
                books.by_number(Kind::Order, "1900000001", "A1")?,
                books.by_reference(Kind::Order, "42A1")?,
                books.by_id(Kind::Order, 1)?,
                books.by_any_number(Kind::Order, "A1")?,
            ] {
                assert_eq!(found.as_ref(), Some(&made));
                assert_eq!(found.unwrap().text("openid"), Some("o1"));
            }
            assert_eq!(books.by_number(Kind::Refund, "1900000001", "A1")?, None);
            assert_eq!(books.by_number(Kind::Order, "1900000002", "A1")?, None);
            let mut changed = Vec::new();
            books.each_changed::<rusqlite::Error>(
                Kind::Order,
                1_700_000_060,
                1_700_000_061,
                |entry| {
                    changed.push(entry.number);
                    Ok(())
                },
            )?;
            assert_eq!(changed, ["A1"]);
            assert_eq!(books.latest(Kind::Order, 2, 10)?.len(), 1);
            Ok(())
        };
        store.work(check).unwrap();
    }
}

//! The table of faults in `runtime/README.md`, held against what happens: every row of it, every column.

mod bench;
mod elsewhere;
mod on_the_way;

use std::{collections::BTreeSet, time::Duration};

use wechatpay_client::Error;

use bench::Seen;

#[tokio::test]
async fn the_table_of_faults_says_what_happens() {
    let table = table();
    let mut held = BTreeSet::new();
    let seen = on_the_way::seen().await.into_iter().chain(elsewhere::seen().await);
    for seen in seen {
        let row = table.iter().find(|row| row.fault == seen.fault);
        row.unwrap_or_else(|| panic!("no row for {}", seen.fault)).holds(&seen);
        held.insert(seen.fault);
    }
    for row in &table {
        assert!(held.contains(row.fault), "nothing brings about: {}", row.fault);
    }
}

/// A row of the table, by its columns.
struct Row {
    fault: &'static str,
    error: &'static str,
    again: &'static str,
    next: &'static str,
    unknown: &'static str,
}

fn table() -> Vec<Row> {
    let readme = include_str!("../../../../runtime/README.md");
    let head =
        "| Fault | Error | again | next attempt | unknown |\n| --- | --- | --- | --- | --- |\n";
    let (_, rows) = readme.split_once(head).unwrap_or_else(|| panic!("it begins with {head}"));
    let rows = rows.lines().take_while(|line| line.starts_with('|'));
    rows.map(|line| {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [fault, error, again, next, unknown] = cells[..] else { panic!("{line}") };
        Row { fault, error, again, next, unknown }
    })
    .collect()
}

impl Row {
    fn holds(&self, seen: &Seen) {
        let told = format!("{}: {:?}, {:?}", self.fault, seen.error, seen.hosts);
        self.names(&seen.error);
        let again = match self.again {
            "no" => false,
            "if safe" => !seen.writes,
            "yes" | "yes; a stream by its caller" => true,
            "as the source" => source(&seen.error).is_retryable(),
            other => panic!("{other}"),
        };
        assert_eq!(seen.error.is_retryable(), again, "{told}");
        assert_eq!(seen.error.attempts() as usize, seen.hosts.len(), "{told}");
        self.tells_where(again, seen, &told);
        let unknown = match self.unknown {
            "no" => false,
            "if it writes" => seen.writes,
            other => panic!("{other}"),
        };
        assert_eq!(seen.error.is_outcome_unknown(), unknown, "{told}");
    }

    /// Where and when the next attempt is made.
    fn tells_where(&self, again: bool, seen: &Seen, told: &str) {
        assert_eq!(self.next.is_empty(), self.again == "no", "{}", self.fault);
        if !again || self.next.starts_with("none") {
            return assert!(seen.hosts.len() <= 1, "{told}");
        }
        assert_eq!((seen.hosts.len(), seen.pauses.len()), (3, 2), "{told}");
        let (next, when) = self.next.split_once(", ").unwrap_or((self.next, ""));
        match next {
            "other host" => assert_ne!(seen.hosts[0], seen.hosts[1], "{told}"),
            "same host" => assert_eq!(seen.hosts[0], seen.hosts[1], "{told}"),
            other => panic!("{other}"),
        }
        let (first, second) = (seen.pauses[0], seen.pauses[1]);
        match when {
            "" | "if there is one" => assert!(first <= Duration::from_millis(250), "{told}"),
            "at once if it was not asked yet" => {
                assert!(first.is_zero() && seen.hosts[2] == seen.hosts[0], "{told}");
            }
            "after a longer pause" => {
                assert!(first.as_millis() >= 500 && second.as_millis() >= 1000, "{told}");
            }
            other => panic!("{other}"),
        }
    }

    /// Holds kind and failure against what stands between the first backticks: `Kind(Failure, Failure)`.
    fn names(&self, error: &Error) {
        let (kind, failure) = match error {
            Error::Config(_) => ("Config", String::new()),
            Error::Invalid(_) => ("Invalid", String::new()),
            Error::Build(_) => ("Build", String::new()),
            Error::Crypto(error) => ("Crypto", format!("{:?}", error.failure())),
            Error::Trust(error) => ("Trust", format!("{:?}", error.failure())),
            Error::Transport(error) => ("Transport", format!("{:?}", error.failure())),
            Error::File(error) => ("File", format!("{:?}", error.failure())),
            Error::Verification(error) => ("Verification", format!("{:?}", error.failure())),
            Error::Api(_) => ("Api", String::new()),
            Error::Decode(_) => ("Decode", String::new()),
            other => panic!("{other}"),
        };
        let written = self.error.split('`').nth(1).unwrap_or_default();
        let (wanted, failures) = written.split_once('(').unwrap_or((written, ""));
        let failure = failure.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        let mut failures = failures.trim_end_matches(')').split(", ").filter(|one| !one.is_empty());
        let any = failures.clone().next().is_none();
        assert!(
            kind == wanted && (any || failures.any(|one| one == failure)),
            "{}: {kind}({failure}) where the table says {written}",
            self.fault
        );
    }
}

fn source(error: &Error) -> &Error {
    let source = std::error::Error::source(error).and_then(|source| source.downcast_ref());
    source.unwrap_or_else(|| panic!("{error} has no source"))
}

//! The program's arguments.

use std::{ffi::OsString, path::PathBuf};

use lexopt::prelude::*;

pub(crate) const HELP: &str = "\
Places, pays, queries, refunds and is notified of many orders, against a sandbox in a process of its own.

  --orders N       how many orders [5000]
  --clients N      how many clients at once [64]
  --memory MIB     what the sandbox may need [384]
  --sandbox FILE   the sandbox's program [beside this one]
  --help
";

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Help,
    Run(Arguments),
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Arguments {
    pub(crate) orders: usize,
    pub(crate) clients: usize,
    /// In MiB.
    pub(crate) memory: u64,
    pub(crate) sandbox: Option<PathBuf>,
}

impl Default for Arguments {
    fn default() -> Self {
        Self { orders: 5_000, clients: 64, memory: 384, sandbox: None }
    }
}

pub(crate) fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Command, lexopt::Error> {
    let mut given = Arguments::default();
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("help") | Short('h') => return Ok(Command::Help),
            Long("orders") => given.orders = parser.value()?.parse()?,
            Long("clients") => given.clients = parser.value()?.parse()?,
            Long("memory") => given.memory = parser.value()?.parse()?,
            Long("sandbox") => given.sandbox = Some(parser.value()?.into()),
            other => return Err(other.unexpected()),
        }
    }
    if given.orders == 0 || given.clients == 0 {
        return Err("--orders and --clients must be at least 1".into());
    }
    Ok(Command::Run(given))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &str) -> Result<Command, String> {
        parse(arguments.split_whitespace().map(OsString::from)).map_err(|error| error.to_string())
    }

    #[test]
    fn arguments_are_understood_or_refused() {
        assert_eq!(parsed(""), Ok(Command::Run(Arguments::default())));
        let all = Arguments { orders: 7, clients: 2, memory: 9, sandbox: Some("s".into()) };
        assert_eq!(parsed("--orders 7 --clients 2 --memory 9 --sandbox s"), Ok(Command::Run(all)));
        assert_eq!(parsed("--help"), Ok(Command::Help));
        assert!(parsed("--orders 0").unwrap_err().contains("at least 1"));
        assert!(parsed("--clients many").unwrap_err().contains("many"));
        assert!(parsed("--order 1").unwrap_err().contains("--order"));
    }
}

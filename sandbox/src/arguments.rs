//! The program's arguments.

use std::{ffi::OsString, net::SocketAddr, num::NonZeroU32, path::PathBuf, str::FromStr};

use lexopt::prelude::*;

pub(crate) const HELP: &str = "\
A local WeChat Pay APIv3 gateway for tests.

  wechatpay-sandbox --init DIR          make a key folder with throwaway keys
  wechatpay-sandbox --keys DIR          serve the merchant of a key folder
  wechatpay-sandbox --keys DIR --notify EVENT --to URL
                                        send a notification, such as TRANSACTION.SUCCESS, and tell
                                        what the receiver answered

Options:
  --listen ADDRESS         where to listen [127.0.0.1:0, a free port]
  --allow-remote           allow an address that other machines can reach
  --allow-readable-keys    use key files that others can read
  --tls                    speak TLS; the authority's certificate is written to DIR/tls_ca.pem
  --schema DIR             read the schema from a folder instead of the embedded one
  --db FILE                remember orders and all the rest in a file [in memory]
  --reset                  forget what the file remembers, with --db
  --seed N                 the platform's numbers follow from this seed [0]
  --examples               remember nothing, answer everything by the schema's examples
  --scenario FILE          begin with the faults of a YAML file
  --notify-to URL          send notifications there instead of the host in notify_url; the path stays
  --notify-anywhere        send notifications to other machines, too
  --notify-speed N         send notifications again N times as fast as the platform [1]
  --control-token-file F   write the control API's token to a file, for its owner only
  --help, --version

When it listens it prints one line of JSON with its address, and those of the control API. It ends on SIGINT or SIGTERM.
";

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Help,
    Version,
    Init(PathBuf),
    Serve(Box<Serve>),
    Notify { serve: Box<Serve>, event: String, to: String },
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Serve {
    pub(crate) keys: PathBuf,
    pub(crate) listen: Option<SocketAddr>,
    pub(crate) allow_remote: bool,
    pub(crate) allow_readable_keys: bool,
    pub(crate) tls: bool,
    pub(crate) schema: Option<PathBuf>,
    pub(crate) db: Option<PathBuf>,
    pub(crate) reset: bool,
    pub(crate) seed: u64,
    pub(crate) examples: bool,
    pub(crate) scenario: Option<PathBuf>,
    pub(crate) notify_to: Option<String>,
    pub(crate) notify_anywhere: bool,
    pub(crate) notify_speed: Option<u32>,
    pub(crate) control_token_file: Option<PathBuf>,
}

pub(crate) fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Command, lexopt::Error> {
    let (mut init, mut keys) = (None, None);
    let (mut notify, mut to): (Option<String>, Option<String>) = (None, None);
    let mut serve = Serve::default();
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("help") | Short('h') => return Ok(Command::Help),
            Long("version") | Short('V') => return Ok(Command::Version),
            Long("init") => init = Some(PathBuf::from(parser.value()?)),
            Long("keys") => keys = Some(PathBuf::from(parser.value()?)),
            Long("listen") => {
                serve.listen =
                    Some(value(&mut parser, "--listen", "an address like 127.0.0.1:8080")?);
            }
            Long("allow-remote") => serve.allow_remote = true,
            Long("allow-readable-keys") => serve.allow_readable_keys = true,
            Long("tls") => serve.tls = true,
            Long("schema") => serve.schema = Some(parser.value()?.into()),
            Long("db") => serve.db = Some(parser.value()?.into()),
            Long("reset") => serve.reset = true,
            Long("seed") => {
                serve.seed = value(&mut parser, "--seed", "a whole number, 0 or more")?;
            }
            Long("examples") => serve.examples = true,
            Long("scenario") => serve.scenario = Some(parser.value()?.into()),
            Long("notify-to") => serve.notify_to = Some(parser.value()?.string()?),
            Long("notify-anywhere") => serve.notify_anywhere = true,
            Long("notify-speed") => {
                let factor: NonZeroU32 =
                    value(&mut parser, "--notify-speed", "a whole number, 1 or more")?;
                serve.notify_speed = Some(factor.get());
            }
            Long("notify") => notify = Some(parser.value()?.string()?),
            Long("to") => to = Some(parser.value()?.string()?),
            Long("control-token-file") => serve.control_token_file = Some(parser.value()?.into()),
            other => return Err(other.unexpected()),
        }
    }
    if let Some(url) = serve.notify_to.as_deref().filter(|url| !url.starts_with("http://")) {
        return Err(format!("--notify-to {url}: give an address like http://127.0.0.1:3000").into());
    }
    if serve.reset && serve.db.is_none() {
        return Err("--reset forgets what a file remembers: name the file with --db".into());
    }
    match (init, keys) {
        (Some(folder), None) => Ok(Command::Init(folder)),
        (None, Some(keys)) => {
            let serve = Box::new(Serve { keys, ..serve });
            match (notify, to) {
                (None, None) => Ok(Command::Serve(serve)),
                (Some(event), Some(to)) => Ok(Command::Notify { serve, event, to }),
                _ => Err("--notify EVENT and --to URL belong together".into()),
            }
        }
        (Some(_), Some(_)) => Err("--init and --keys exclude each other".into()),
        (None, None) => Err("give --keys DIR, or make such a folder with --init DIR".into()),
    }
}

/// The value of a flag; an error names the flag, what was given, and what is wanted.
fn value<T: FromStr>(
    parser: &mut lexopt::Parser,
    flag: &str,
    wanted: &str,
) -> Result<T, lexopt::Error> {
    let given = parser.value()?.string()?;
    given.parse().map_err(|_| format!("{flag} {given}: give {wanted}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &str) -> Result<Command, String> {
        parse(arguments.split_whitespace().map(OsString::from)).map_err(|error| error.to_string())
    }

    #[test]
    fn arguments_are_understood() {
        let serve = Serve {
            keys: "k".into(),
            listen: Some(([127, 0, 0, 1], 8080).into()),
            allow_remote: true,
            allow_readable_keys: true,
            tls: true,
            schema: Some("s".into()),
            db: Some("d".into()),
            reset: true,
            seed: 7,
            examples: true,
            scenario: Some("y".into()),
            notify_to: Some("http://127.0.0.1:1".into()),
            notify_anywhere: true,
            notify_speed: Some(9),
            control_token_file: Some("t".into()),
        };
        let all = "--listen 127.0.0.1:8080 --keys k --schema=s --allow-remote --allow-readable-keys --tls --db d \
            --reset --seed 7 --examples --scenario y --notify-to http://127.0.0.1:1 --notify-anywhere \
            --notify-speed 9 --control-token-file t";
        assert_eq!(parsed(all), Ok(Command::Serve(Box::new(serve))));
        let named =
            HELP.split_whitespace().filter(|word| word.starts_with("--") && !word.ends_with(','));
        for flag in named.filter(|flag| !["--init", "--version", "--notify", "--to"].contains(flag))
        {
            assert!(all.contains(flag), "{flag} is in the help and not in this test");
        }
        assert_eq!(parsed("--init d"), Ok(Command::Init("d".into())));
        assert_eq!(parsed("--keys k --help"), Ok(Command::Help));
        let notify = Command::Notify {
            serve: Box::new(Serve { keys: "k".into(), ..Serve::default() }),
            event: "A.B".into(),
            to: "u".into(),
        };
        assert_eq!(parsed("--keys k --notify A.B --to u"), Ok(notify));
        assert_eq!(parsed("-V"), Ok(Command::Version));
    }

    #[test]
    fn wrong_arguments_are_refused() {
        let cases = [
            ("", "give --keys DIR"),
            ("--keys a --init b", "exclude each other"),
            ("--keys", "missing argument"),
            ("--keys a --listen 8080", "--listen 8080: give an address like 127.0.0.1:8080"),
            ("--keys a --seed -1", "--seed -1: give a whole number, 0 or more"),
            ("--keys a --notify-speed 0", "--notify-speed 0: give a whole number, 1 or more"),
            ("--keys a --reset", "name the file with --db"),
            ("--keys a --notify-to https://shop.example", "give an address like http://"),
            ("--verbose", "--verbose"),
            ("--keys a --notify REFUND.SUCCESS", "belong together"),
            ("--keys a --to http://127.0.0.1/", "belong together"),
        ];
        for (arguments, expected) in cases {
            let error = parsed(arguments).unwrap_err();
            assert!(error.contains(expected), "{arguments}: {error}");
        }
    }
}

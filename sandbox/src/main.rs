//! The sandbox as a program; see `--help`.

use std::{
    ffi::OsString,
    io::{self, Write as _},
    net::SocketAddr,
    path::PathBuf,
    process::ExitCode,
};

use lexopt::prelude::*;
use serde_json::{Value, json};
use wechatpay_sandbox::{Attempt, Error, Keys, Report, Sandbox};

const HELP: &str = "\
A local WeChat Pay APIv3 gateway for tests.

  wechatpay-sandbox --init DIR          make a key folder with throwaway keys
  wechatpay-sandbox --keys DIR          serve the merchant of a key folder
  wechatpay-sandbox --keys DIR --notify EVENT --to URL
                                        send a notification, such as TRANSACTION.SUCCESS, and tell
                                        what the receiver answered

Options:
  --listen ADDRESS   where to listen [127.0.0.1:0, a free port]
  --allow-remote     allow an address that other machines can reach
  --schema DIR       read the schema from a folder instead of the embedded one
  --help, --version

When it listens it prints one line of JSON with its address. It ends on SIGINT or SIGTERM.
";

/// Exit code for wrong arguments, keys, schema or address.
const UNUSABLE: u8 = 2;

fn main() -> ExitCode {
    let result = parse(std::env::args_os().skip(1))
        .map_err(|error| format!("{error}; see --help"))
        .and_then(run);
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // If standard error is closed, the exit code must do.
            let _ = writeln!(io::stderr(), "wechatpay-sandbox: {error}");
            ExitCode::from(UNUSABLE)
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Command {
    Help,
    Version,
    Init(PathBuf),
    Serve(Serve),
    Notify { serve: Serve, event: String, to: String },
}

#[derive(Debug, PartialEq, Eq)]
struct Serve {
    keys: PathBuf,
    listen: Option<SocketAddr>,
    allow_remote: bool,
    schema: Option<PathBuf>,
}

fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Command, lexopt::Error> {
    let (mut init, mut keys, mut listen, mut schema) = (None, None, None, None);
    let (mut notify, mut to): (Option<String>, Option<String>) = (None, None);
    let mut allow_remote = false;
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("help") | Short('h') => return Ok(Command::Help),
            Long("version") | Short('V') => return Ok(Command::Version),
            Long("init") => init = Some(PathBuf::from(parser.value()?)),
            Long("keys") => keys = Some(PathBuf::from(parser.value()?)),
            Long("listen") => listen = Some(parser.value()?.parse()?),
            Long("schema") => schema = Some(PathBuf::from(parser.value()?)),
            Long("notify") => notify = Some(parser.value()?.parse()?),
            Long("to") => to = Some(parser.value()?.parse()?),
            Long("allow-remote") => allow_remote = true,
            other => return Err(other.unexpected()),
        }
    }
    match (init, keys) {
        (Some(folder), None) => Ok(Command::Init(folder)),
        (None, Some(keys)) => {
            let serve = Serve { keys, listen, allow_remote, schema };
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

fn run(command: Command) -> Result<(), String> {
    match command {
        Command::Help => print(HELP),
        Command::Version => print(&format!("wechatpay-sandbox {}\n", env!("CARGO_PKG_VERSION"))),
        Command::Init(folder) => {
            let keys = Keys::init(&folder).map_err(|error| error.to_string())?;
            print_json(&json!({
                "keys": folder.to_string_lossy(),
                "mchid": keys.mchid(),
                "mch_serial": keys.mch_serial(),
                "plat_serial": keys.plat_serial(),
                "wxp_key_id": keys.wxp_key_id(),
            }))
        }
        Command::Serve(serve) => {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
            runtime.map_err(|error| format!("cannot start: {error}"))?.block_on(listen(serve))
        }
        Command::Notify { serve, event, to } => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.map_err(|error| format!("cannot start: {error}"))?;
            let report = runtime.block_on(notify(serve, &event, &to));
            print_json(&told(&report.map_err(|error| error.to_string())?))
        }
    }
}

/// Serves until a signal comes.
async fn listen(serve: Serve) -> Result<(), String> {
    // Signals are caught before the address is announced: whoever reads it may send one at once.
    let mut signals =
        Signals::catch().map_err(|error| format!("cannot wait for signals: {error}"))?;
    let sandbox = start(serve).await.map_err(|error| error.to_string())?;
    print_json(&json!({
        "listen": sandbox.address().to_string(),
        "url": sandbox.url(),
        "mchid": sandbox.keys().mchid(),
        "operations": sandbox.operations(),
    }))?;
    signals.wait().await;
    // Here the sandbox and, with the runtime, all connections end.
    Ok(())
}

/// Sends one notification.
async fn notify(serve: Serve, event: &str, to: &str) -> Result<Report, Error> {
    let allow_remote = serve.allow_remote;
    let sandbox = start(serve).await?;
    let notice = sandbox.notify(event)?;
    let notice = if allow_remote { notice.allow_remote() } else { notice };
    notice.post(to).await
}

/// What the receiver answered.
fn told(report: &Report) -> Value {
    let attempt = report.attempts().first();
    json!({
        "received": report.is_received(),
        "status": attempt.and_then(Attempt::status),
        "body": attempt.map(Attempt::body),
        "error": attempt.and_then(Attempt::error),
        "complaints": report.complaints(),
    })
}

async fn start(serve: Serve) -> Result<Sandbox, Error> {
    let mut builder = Sandbox::builder().keys(Keys::load(&serve.keys)?);
    if let Some(address) = serve.listen {
        builder = builder.listen(address);
    }
    if serve.allow_remote {
        builder = builder.allow_remote();
    }
    if let Some(folder) = serve.schema {
        builder = builder.schema(folder);
    }
    builder.start().await
}

/// The signals that end the program.
#[cfg(unix)]
struct Signals(tokio::signal::unix::Signal, tokio::signal::unix::Signal);

#[cfg(unix)]
impl Signals {
    fn catch() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self(signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?))
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.0.recv() => {}
            _ = self.1.recv() => {}
        }
    }
}

/// The signal that ends the program.
#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn catch() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn wait(&mut self) {
        self.0.recv().await;
    }
}

fn print_json(value: &Value) -> Result<(), String> {
    print(&format!("{value}\n"))
}

/// Whoever waits for the line must get it at once.
fn print(text: &str) -> Result<(), String> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| format!("cannot write: {error}"))
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
            schema: Some("s".into()),
        };
        let all = "--listen 127.0.0.1:8080 --keys k --schema=s --allow-remote";
        assert_eq!(parsed(all), Ok(Command::Serve(serve)));
        assert_eq!(parsed("--init d"), Ok(Command::Init("d".into())));
        assert_eq!(parsed("--keys k --help"), Ok(Command::Help));
        assert_eq!(parsed("-V"), Ok(Command::Version));
    }

    #[test]
    fn wrong_arguments_are_refused() {
        let cases = [
            ("", "give --keys DIR"),
            ("--keys a --init b", "exclude each other"),
            ("--keys", "missing argument"),
            ("--keys a --listen nowhere", "nowhere"),
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

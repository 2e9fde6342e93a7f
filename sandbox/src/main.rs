//! The sandbox as a program; see `--help`.

mod arguments;

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::Path,
    process::ExitCode,
};

use arguments::{Command, HELP, Serve, parse};
use serde_json::{Value, json};
use wechatpay_sandbox::{Attempt, Builder, Error, Keys, Report, Sandbox};

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
            runtime.map_err(|error| format!("cannot start: {error}"))?.block_on(listen(*serve))
        }
        Command::Notify { serve, event, to } => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.map_err(|error| format!("cannot start: {error}"))?;
            let report = runtime.block_on(notify(*serve, &event, &to));
            print_json(&told(&report.map_err(|error| error.to_string())?))
        }
    }
}

/// Serves until a signal comes.
async fn listen(serve: Serve) -> Result<(), String> {
    // Signals are caught before the address is announced: whoever reads it may send one at once.
    let mut signals =
        Signals::catch().map_err(|error| format!("cannot wait for signals: {error}"))?;
    let (folder, token_file) = (serve.keys.clone(), serve.control_token_file.clone());
    let sandbox = start(serve).await.map_err(|error| error.to_string())?;
    if let Some(ca) = sandbox.tls_ca_pem() {
        write(&folder.join("tls_ca.pem"), ca, 0o644)?;
    }
    let (control, token) = sandbox.control();
    if let Some(file) = token_file {
        write(&file, &format!("{token}\n"), 0o600)?;
    }
    print_json(&json!({
        "listen": sandbox.address().to_string(),
        "url": sandbox.url(),
        "mchid": sandbox.keys().mchid(),
        "operations": sandbox.operations(),
        "control": { "url": control, "token": token },
        "console": sandbox.console(),
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
    let keys = if serve.allow_readable_keys {
        Keys::load_readable(&serve.keys)?
    } else {
        Keys::load(&serve.keys)?
    };
    let mut builder = Sandbox::builder().keys(keys).seed(serve.seed);
    // Each setting that was given.
    if let Some(address) = serve.listen {
        builder = builder.listen(address);
    }
    if let Some(folder) = serve.schema {
        builder = builder.schema(folder);
    }
    if let Some(file) = serve.db {
        builder = builder.database(file);
    }
    if let Some(file) = serve.scenario {
        builder = builder.scenario(file);
    }
    if let Some(url) = serve.notify_to {
        builder = builder.notify_to(url);
    }
    if let Some(factor) = serve.notify_speed {
        builder = builder.notify_speed(factor);
    }
    type Set = fn(Builder) -> Builder;
    let flags: [(bool, Set); 5] = [
        (serve.allow_remote, Builder::allow_remote),
        (serve.reset, Builder::reset),
        (serve.examples, Builder::examples_only),
        (serve.notify_anywhere, Builder::notify_anywhere),
        (serve.tls, Builder::tls),
    ];
    for (given, set) in flags {
        if given {
            builder = set(builder);
        }
    }
    builder.start().await
}

/// Writes a file with these permissions, in the place of one that may be there.
fn write(file: &Path, text: &str, mode: u32) -> Result<(), String> {
    let failed =
        |error: io::Error| format!("cannot write {}: {error}; name another file", file.display());
    // One that is there keeps its permissions, so it goes first.
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    options.open(file).and_then(|mut file| file.write_all(text.as_bytes())).map_err(failed)
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

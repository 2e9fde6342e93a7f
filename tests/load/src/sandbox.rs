//! The sandbox's program: started with keys of its own, asked by its control API, and ended.

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use reqwest::Method;
use serde_json::Value;
use tempfile::TempDir;

use crate::{Problem, keys::Keys};

/// Where the sandbox remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Store {
    Memory,
    File,
}

impl Store {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Memory => "in memory",
            Self::File => "in a file",
        }
    }
}

/// A running sandbox. Dropping it ends it, and removes its keys.
pub(crate) struct Sandbox {
    process: Child,
    pub(crate) keys: Keys,
    pub(crate) url: String,
    pub(crate) control: Control,
    folder: TempDir,
}

/// The control API, by which users pay.
#[derive(Clone)]
pub(crate) struct Control {
    http: reqwest::Client,
    url: String,
    token: String,
}

impl Sandbox {
    /// Starts `program`; it sends notifications to `receiver`.
    pub(crate) fn start(program: &Path, store: Store, receiver: &str) -> Result<Self, Problem> {
        let folder = TempDir::new()?;
        let keys = folder.path().join("keys");
        let command = || {
            let mut command = Command::new(program);
            command.stdin(Stdio::null()).stdout(Stdio::piped());
            command
        };
        let made = command().arg("--init").arg(&keys).output().map_err(|error| {
            format!(
                "{} cannot be started: {error}; `cargo xtask load` builds it",
                program.display()
            )
        })?;
        if !made.status.success() {
            return Err("the sandbox could not make its keys".into());
        }
        let mut command = command();
        command.arg("--keys").arg(&keys).args(["--notify-to", receiver]);
        if store == Store::File {
            command.arg("--db").arg(folder.path().join("sandbox.db"));
        }
        let mut process = command.spawn()?;
        match hear(&mut process) {
            Ok((url, control)) => {
                Ok(Self { process, keys: Keys::read(&keys)?, url, control, folder })
            }
            Err(problem) => {
                end(&mut process);
                Err(problem)
            }
        }
    }

    /// The most memory it has had, in bytes, where the system tells.
    pub(crate) fn peak_memory(&self) -> Option<u64> {
        peak_memory_of(&self.process.id().to_string())
    }

    /// What its files take, in bytes: keys, and the database if there is one.
    pub(crate) fn files(&self) -> Result<u64, Problem> {
        let files = fs::read_dir(self.folder.path())?;
        files.map(|file| Ok(file?.metadata()?.len())).sum()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        end(&mut self.process);
    }
}

fn end(process: &mut Child) {
    // It may have ended by itself.
    let _ = process.kill();
    let _ = process.wait();
}

/// Waits for the line in which it says where it listens.
fn hear(process: &mut Child) -> Result<(String, Control), Problem> {
    let output = process.stdout.take().ok_or("the sandbox has no output")?;
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line)?;
    let said: Value =
        serde_json::from_str(&line).map_err(|_| format!("the sandbox did not start: {line}"))?;
    let text = |value: &Value| {
        value.as_str().map(str::to_owned).ok_or("the sandbox does not say where it listens")
    };
    let control = Control {
        http: reqwest::Client::builder().no_proxy().build()?,
        url: text(&said["control"]["url"])?,
        token: text(&said["control"]["token"])?,
    };
    Ok((text(&said["url"])?, control))
}

impl Control {
    pub(crate) async fn get(&self, path: &str) -> Result<Value, Problem> {
        self.ask(Method::GET, path).await
    }

    pub(crate) async fn post(&self, path: &str) -> Result<Value, Problem> {
        self.ask(Method::POST, path).await
    }

    async fn ask(&self, method: Method, path: &str) -> Result<Value, Problem> {
        let url = format!("{}{path}", self.url);
        let answer = self.http.request(method, url).bearer_auth(&self.token).send().await?;
        let status = answer.status();
        let body = answer.bytes().await?;
        if !status.is_success() {
            return Err(format!("{path}: {status}: {}", String::from_utf8_lossy(&body)).into());
        }
        Ok(serde_json::from_slice(&body)?)
    }
}

/// The most memory that a process has had, in bytes, where the system tells.
pub(crate) fn peak_memory_of(process: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes << 10)
}

/// The sandbox that was built with this program.
pub(crate) fn beside_this() -> Result<PathBuf, Problem> {
    let name = format!("wechatpay-sandbox{}", env::consts::EXE_SUFFIX);
    Ok(env::current_exe()?.with_file_name(name))
}

//! The sandbox's program: built, started with keys of its own, asked by its control API, and ended.

use std::{
    env,
    error::Error,
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use reqwest::Method;
use serde_json::Value;
use wechatpay_sandbox::Keys;

/// A running sandbox. Dropping it ends it.
pub(crate) struct Sandbox {
    process: Child,
    folder: PathBuf,
    keys: Keys,
    url: String,
    control: Control,
}

/// The control API, by which users pay.
#[derive(Clone)]
pub(crate) struct Control {
    http: reqwest::Client,
    url: String,
    token: String,
}

impl Sandbox {
    /// Starts `program`, or the one that cargo builds beside this one; it sends notifications to `receiver`.
    pub(crate) fn start(program: Option<&Path>, receiver: &str) -> Result<Self, Box<dyn Error>> {
        let program = program.map_or_else(build, |program| Ok(program.to_owned()))?;
        let folder = env::temp_dir().join(format!("wechatpay-load-{}", std::process::id()));
        let keys = Keys::init(&folder)?;
        let process = Command::new(&program)
            .arg("--keys")
            .arg(&folder)
            .args(["--notify-to", receiver])
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{} cannot be started: {error}", program.display()))?;
        let mut sandbox = Self {
            process,
            folder,
            keys,
            url: String::new(),
            control: Control {
                http: reqwest::Client::builder().no_proxy().build()?,
                url: String::new(),
                token: String::new(),
            },
        };
        sandbox.hear()?;
        Ok(sandbox)
    }

    /// Waits for the line in which it says where it listens.
    fn hear(&mut self) -> Result<(), Box<dyn Error>> {
        let output = self.process.stdout.take().ok_or("the sandbox has no output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let said: Value = serde_json::from_str(&line)
            .map_err(|_| format!("the sandbox did not start: {line}"))?;
        let text = |value: &Value| {
            value.as_str().map(str::to_owned).ok_or("the sandbox does not say where it listens")
        };
        self.url = text(&said["url"])?;
        self.control.url = text(&said["control"]["url"])?;
        self.control.token = text(&said["control"]["token"])?;
        Ok(())
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The key folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.keys
    }

    pub(crate) fn control(&self) -> &Control {
        &self.control
    }

    /// The most memory it has had, in bytes, where the system tells.
    pub(crate) fn peak_memory(&self) -> Option<u64> {
        peak_memory_of(&self.process.id().to_string())
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // It may have ended by itself, and the folder of keys for tests is no great loss.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Control {
    pub(crate) async fn get(&self, path: &str) -> Result<Value, Box<dyn Error + Send + Sync>> {
        self.ask(Method::GET, path).await
    }

    pub(crate) async fn post(&self, path: &str) -> Result<Value, Box<dyn Error + Send + Sync>> {
        self.ask(Method::POST, path).await
    }

    async fn ask(&self, method: Method, path: &str) -> Result<Value, Box<dyn Error + Send + Sync>> {
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

/// Builds the sandbox as this program was built, and tells where it lies.
fn build() -> Result<PathBuf, Box<dyn Error>> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let release = if cfg!(debug_assertions) { None } else { Some("--release") };
    let status = Command::new(cargo)
        .args(["build", "--quiet", "-p", "wechatpay-sandbox"])
        .args(release)
        .status()?;
    if !status.success() {
        return Err("the sandbox could not be built; name its program with --sandbox".into());
    }
    let program =
        env::current_exe()?.with_file_name(format!("wechatpay-sandbox{}", env::consts::EXE_SUFFIX));
    Ok(program)
}

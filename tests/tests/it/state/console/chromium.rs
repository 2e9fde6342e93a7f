//! Headless Chromium, driven through its own driver.

use std::{
    env,
    io::{BufRead as _, BufReader, Read as _},
    path::PathBuf,
    process::{Child, ChildStdout, Command, Stdio},
};

use fantoccini::{
    Client, ClientBuilder,
    wd::{Capabilities, WebDriverCompatibleCommand},
};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use url::{ParseError, Url};
use wechatpay_client::Method;

/// What must be there to try the console.
pub(super) struct Chromium {
    browser: PathBuf,
    driver: PathBuf,
}

impl Chromium {
    /// Where this machine has it. `None` where it has none, which is no excuse where `CI` is set.
    pub(super) fn find() -> Option<Self> {
        let browser = on_path(&["chromium", "chromium-browser", "google-chrome"]);
        let driver = on_path(&["chromedriver"]);
        if let (Some(browser), Some(driver)) = (browser, driver) {
            return Some(Self { browser, driver });
        }
        let missing = "the console is not tested: Chromium or its driver is not installed \
            (Debian: apt-get install chromium chromium-driver)";
        assert!(env::var_os("CI").is_none(), "{missing}");
        #[expect(clippy::print_stderr, reason = "whoever runs the tests has to know")]
        {
            eprintln!("{missing}");
        }
        None
    }

    /// Starts the driver, and through it the browser. The driver ends with the returned guard.
    pub(super) async fn start(&self) -> (Driver, Client) {
        let (driver, address) = Driver::start(&self.driver);
        let options = json!({
            "binary": self.browser,
            "args": [
                "--headless=new",
                // The pages are our own, and build machines run as root without the means of a sandbox.
                "--no-sandbox",
                "--disable-dev-shm-usage",
                "--disable-gpu",
                "--hide-scrollbars",
                "--force-device-scale-factor=1",
                "--window-size=1280,900",
                // The browser ends with its driver, however that ends.
                "--remote-debugging-pipe",
            ],
        });
        let mut capabilities = Capabilities::new();
        capabilities.insert("goog:chromeOptions".to_owned(), options);
        let logs = json!({ "browser": "ALL", "performance": "ALL" });
        capabilities.insert("goog:loggingPrefs".to_owned(), logs);
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&address)
            .await;
        (driver, client.unwrap())
    }
}

/// A driver of its own for each test: drivers share nothing.
pub(super) struct Driver {
    child: Child,
    /// Closed, it would end a driver that has something more to say.
    _output: BufReader<ChildStdout>,
}

impl Driver {
    fn start(program: &PathBuf) -> (Self, String) {
        let mut child =
            Command::new(program).arg("--port=0").stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let port = output.by_ref().lines().map_while(Result::ok).find_map(|line| {
            let (_, port) = line.split_once("successfully on port ")?;
            Some(port.trim_end_matches('.').to_owned())
        });
        (Self { child, _output: output }, format!("http://127.0.0.1:{}", port.unwrap()))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // If it has ended by itself, all the better.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A command that Chromium's driver has beyond the standard.
#[derive(Debug)]
pub(super) struct Beyond {
    path: &'static str,
    body: Value,
}

impl Beyond {
    /// What has come to a log since it was read.
    pub(super) fn log(kind: &str) -> Self {
        Self { path: "se/log", body: json!({ "type": kind }) }
    }

    /// A command of the developer tools.
    pub(super) fn tool(name: &str, parameters: &Value) -> Self {
        Self { path: "goog/cdp/execute", body: json!({ "cmd": name, "params": parameters }) }
    }
}

impl WebDriverCompatibleCommand for Beyond {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}

fn on_path(names: &[&str]) -> Option<PathBuf> {
    let folders: Vec<_> = env::split_paths(&env::var_os("PATH")?).collect();
    let places = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    places.into_iter().find(|place| place.is_file())
}

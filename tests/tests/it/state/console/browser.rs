//! A browser that looks at a console: what a person sees of it, and does with it.

use std::{env, fs, path::Path, time::Duration};

use fantoccini::{
    Client, Locator,
    actions::{InputSource as _, KeyAction, KeyActions},
    key::Key,
};
use serde_json::{Value, json};
use wechatpay_sandbox::Sandbox;

use super::chromium::{Beyond, Chromium, Driver};

/// Longer than anything takes on a busy machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// So often is looked again.
pub(super) const GLANCE: Duration = Duration::from_millis(20);

/// A browser with one tab.
pub(super) struct Browser {
    tab: Client,
    _driver: Driver,
}

impl Browser {
    /// Opens an address; `None` where there is no browser.
    pub(super) async fn open(address: &str) -> Option<Self> {
        let (driver, tab) = Chromium::find()?.start().await;
        tab.goto(address).await.unwrap();
        Some(Self { tab, _driver: driver })
    }

    /// Opens a sandbox's console, and waits until it shows what there is.
    pub(super) async fn console(sandbox: &Sandbox) -> Option<Self> {
        let browser = Self::open(&sandbox.console()).await?;
        browser.sees("#live", "live").await;
        Some(browser)
    }

    /// Ends the browser; what was seen meanwhile must have been in order.
    pub(super) async fn close(self, sandbox: &Sandbox) {
        let complaints = self.log("browser").await;
        assert_eq!(complaints, Vec::<Value>::new(), "the browser's console");
        self.talks_to(sandbox).await;
        self.tab.close().await.unwrap();
    }

    /// What a script gives.
    pub(super) async fn run(&self, script: &str) -> Value {
        self.tab.execute(script, Vec::new()).await.unwrap()
    }

    /// Waits until the visible text of something contains `text`.
    pub(super) async fn sees(&self, place: &str, text: &str) {
        let script = "const node = document.querySelector(arguments[0]); return node ? node.innerText : null;";
        self.until(&format!("{place} shows {text:?}"), script, json!([place]), |seen| {
            seen.as_str().is_some_and(|seen| seen.contains(text))
        })
        .await;
    }

    /// Waits until what a script gives is as expected.
    pub(super) async fn until(
        &self,
        what: &str,
        script: &str,
        arguments: Value,
        expected: impl Fn(&Value) -> bool,
    ) {
        let arguments = arguments.as_array().cloned().unwrap_or_default();
        let looking = async {
            while !expected(&self.tab.execute(script, arguments.clone()).await.unwrap()) {
                tokio::time::sleep(GLANCE).await;
            }
        };
        if tokio::time::timeout(PATIENCE, looking).await.is_err() {
            let page = self.run("return document.body.innerText").await;
            panic!("in vain was waited until {what}; the page shows: {page}");
        }
    }

    /// Clicks something, as soon as it is there.
    pub(super) async fn click(&self, place: &str) {
        let found = self.tab.wait().at_most(PATIENCE).for_element(Locator::Css(place)).await;
        found.unwrap().click().await.unwrap_or_else(|error| panic!("{place}: {error}"));
    }

    /// Empties a field and writes into it.
    pub(super) async fn write(&self, place: &str, text: &str) {
        let field = self.tab.find(Locator::Css(place)).await.unwrap();
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Chooses a file to upload.
    pub(super) async fn choose(&self, place: &str, file: &Path) {
        let field = self.tab.find(Locator::Css(place)).await.unwrap();
        field.send_keys(file.to_str().unwrap()).await.unwrap();
    }

    /// Chooses an option of a list.
    pub(super) async fn select(&self, place: &str, value: &str) {
        let field = self.tab.find(Locator::Css(place)).await.unwrap();
        field.select_by_value(value).await.unwrap();
    }

    /// Presses a key.
    pub(super) async fn press(&self, key: Key) {
        let value = char::from(key);
        let keys = KeyActions::new("keyboard".to_owned());
        let keys = keys.then(KeyAction::Down { value }).then(KeyAction::Up { value });
        self.tab.perform_actions(keys).await.unwrap();
    }

    /// Writes into whatever has the focus.
    pub(super) async fn type_text(&self, text: &str) {
        for value in text.chars() {
            let keys = KeyActions::new("keyboard".to_owned());
            let keys = keys.then(KeyAction::Down { value }).then(KeyAction::Up { value });
            self.tab.perform_actions(keys).await.unwrap();
        }
    }

    /// What has the focus, as a screen reader names it.
    pub(super) async fn focused(&self) -> String {
        let script = "const at = document.activeElement;
            const label = at.labels?.[0]?.textContent;
            return (at.getAttribute('aria-label') ?? label ?? at.innerText ?? '').trim();";
        self.run(script).await.as_str().unwrap_or_default().to_owned()
    }

    /// Goes on by Tab until something has the focus whose name begins so. All it passes must show that it has it.
    pub(super) async fn tab_to(&self, name: &str) {
        let mut passed = Vec::new();
        while passed.len() < 80 {
            self.press(Key::Tab).await;
            let focused = self.focused().await;
            let visible = "const at = document.activeElement;
                if (at === document.body || at === document.documentElement) return true;
                const box = at.getBoundingClientRect();
                const style = getComputedStyle(at);
                return box.width > 0 && box.right > 0 && box.bottom > 0 && box.top < innerHeight
                    && style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;";
            assert_eq!(self.run(visible).await, true, "the focus on {focused:?} cannot be seen");
            if focused.starts_with(name) {
                return;
            }
            passed.push(focused);
        }
        panic!("Tab never comes to {name}; it came to {passed:?}");
    }

    /// Pretends to be a phone of this size, in pixels.
    pub(super) async fn be_phone(&self, width: u32, height: u32) {
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": true });
        self.tool("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// Prefers `light` or `dark`.
    pub(super) async fn prefer(&self, scheme: &str) {
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.tool("Emulation.setEmulatedMedia", features).await;
    }

    /// Keeps a picture for whoever wants to look at it. With `UPDATE_SCREENSHOTS` set, the one that the README shows is made
    /// anew.
    pub(super) async fn picture(&self, name: &str) {
        let picture = self.tab.screenshot().await.unwrap();
        assert!(
            picture.starts_with(b"\x89PNG") && picture.len() < 200_000,
            "{name}: {} bytes",
            picture.len()
        );
        fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name), &picture).unwrap();
        if name == "console.png" && env::var_os("UPDATE_SCREENSHOTS").is_some() {
            let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
            fs::write(tests.parent().unwrap().join("sandbox").join(name), picture).unwrap();
        }
    }

    async fn tool(&self, name: &str, parameters: Value) {
        self.tab.issue_cmd(Beyond::tool(name, &parameters)).await.unwrap();
    }

    async fn log(&self, kind: &str) -> Vec<Value> {
        let log = self.tab.issue_cmd(Beyond::log(kind)).await.unwrap();
        log.as_array().unwrap().clone()
    }

    /// Whatever the page asked for, it asked the sandbox for, and never with the token in an address.
    async fn talks_to(&self, sandbox: &Sandbox) {
        let mut asked = 0;
        for entry in self.log("performance").await {
            let event: Value = serde_json::from_str(entry["message"].as_str().unwrap()).unwrap();
            let message = &event["message"];
            if message["method"] != "Network.requestWillBeSent" {
                continue;
            }
            let address = message["params"]["request"]["url"].as_str().unwrap();
            // What the page keeps in its own memory is asked of nobody.
            let own = address.starts_with(&format!("blob:{}/", sandbox.url()));
            let asks = address.starts_with(&format!("{}/sandbox", sandbox.url()));
            assert!(own || asks, "{address}");
            assert!(!address.contains(sandbox.control().1), "the token is in {address}");
            asked += 1;
        }
        assert!(asked > 10, "only {asked} requests were seen");
    }
}

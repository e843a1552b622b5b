//! A Chromium without a window, driven by its own protocol, that of its developer tools: JSON between zero
//! bytes on a pair of pipes. It ends with the pipes, so no test leaves one behind, and needs no port and no
//! other program: what a test does with a page is a dozen of its commands.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// Until a test gives up, just before its time limit is over.
const PATIENCE: Duration = Duration::from_mins(4);
const PAUSE: Duration = Duration::from_millis(25);

/// One at a time: each takes a machine's worth of memory and processors.
static TURN: Mutex<()> = Mutex::new(());

/// A Chromium with an empty profile.
pub(crate) struct Browser {
    child: Child,
    commands: ChildStdin,
    messages: Receiver<Value>,
    last_id: u64,
    /// What each page complained about, by its session.
    complaints: HashMap<String, Vec<String>>,
    _profile: TempDir,
    _turn: MutexGuard<'static, ()>,
}

/// A page of a browser.
#[derive(Clone)]
pub(crate) struct Page {
    session: String,
}

impl Browser {
    /// Starts Chromium. Where there is none says so, and it is a failure in continuous integration only.
    pub(crate) fn start() -> Option<Self> {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(program) = chromium() else {
            assert!(std::env::var_os("CI").is_none_or(|value| value != "true"), "no chromium on the PATH");
            eprintln!("passed over: no chromium on the PATH; cargo xtask test brings it");
            return None;
        };
        let profile = tempfile::tempdir().unwrap();
        // The shell gives the pipes the numbers that Chromium expects.
        let mut child = Command::new("sh")
            .args(["-c", r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#, program])
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"])
            .args([
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
                "--disable-dev-shm-usage",
            ])
            .args(["--remote-debugging-pipe", "about:blank"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, messages) = channel();
        let output = child.stdout.take().unwrap();
        thread::spawn(move || {
            let messages = BufReader::new(output).split(0).map_while(Result::ok);
            messages
                .map(|bytes| serde_json::from_slice(&bytes).unwrap())
                .try_for_each(|message| sender.send(message))
        });
        let commands = child.stdin.take().unwrap();
        let complaints = HashMap::new();
        Some(Self { child, commands, messages, last_id: 0, complaints, _profile: profile, _turn: turn })
    }

    /// Opens `url` in a new window.
    pub(crate) fn open(&mut self, url: &str) -> Page {
        let target =
            self.call(None, "Target.createTarget", &json!({"url": "about:blank", "newWindow": true}));
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let session =
            self.call(None, "Target.attachToTarget", &attach)["sessionId"].as_str().unwrap().to_owned();
        let page = Page { session };
        for domain in ["Log", "Runtime", "Page"] {
            self.ask(&page, &format!("{domain}.enable"), &json!({}));
        }
        self.resize(&page, 1280, 900);
        self.ask(&page, "Page.navigate", &json!({"url": url}));
        self.wait(&page, "document.readyState === 'complete'");
        page
    }

    /// What the expression comes to in the page, or what its promise yields.
    pub(crate) fn evaluate(&mut self, page: &Page, expression: &str) -> Value {
        self.try_evaluate(page, expression).unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    /// The same, or why the page does not tell: it may just be going to another place.
    fn try_evaluate(&mut self, page: &Page, expression: &str) -> Result<Value, Value> {
        let parameters = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let answer = self.try_call(Some(&page.session), "Runtime.evaluate", &parameters)?;
        assert!(answer.get("exceptionDetails").is_none(), "{expression}: {answer}");
        Ok(answer["result"]["value"].clone())
    }

    /// Loads the page anew, and waits until it is there.
    pub(crate) fn reload(&mut self, page: &Page) {
        self.evaluate(page, "window.isBefore = true");
        self.ask(page, "Page.reload", &json!({}));
        self.wait(page, "window.isBefore === undefined && document.readyState === 'complete'");
    }

    /// Waits until the expression is true in the page, which may be going to another place.
    pub(crate) fn wait(&mut self, page: &Page, expression: &str) {
        let deadline = Instant::now() + PATIENCE;
        while self.try_evaluate(page, expression) != Ok(true.into()) {
            if Instant::now() > deadline {
                let text = self.evaluate(page, "document.body.innerText");
                panic!(
                    "expected {expression}, found the page\n{}\n{:?}",
                    text.as_str().unwrap(),
                    self.complaints
                );
            }
            thread::sleep(PAUSE);
        }
    }

    /// The text of the first element that `selector` fits.
    pub(crate) fn text(&mut self, page: &Page, selector: &str) -> String {
        let selector = json!(selector);
        let text = self.evaluate(page, &format!("document.querySelector({selector})?.textContent ?? ''"));
        text.as_str().unwrap().to_owned()
    }

    /// Clicks into the middle of the first element that `selector` fits, as a mouse does.
    pub(crate) fn click(&mut self, page: &Page, selector: &str) {
        self.click_on(page, &format!("document.querySelector({})", json!(selector)));
    }

    /// Clicks into the middle of the element that the expression finds.
    pub(crate) fn click_on(&mut self, page: &Page, element: &str) {
        let find = format!(
            "(() => {{ const found = {element}; found.scrollIntoView({{block: 'center'}}); \
             const {{x, y, width, height}} = found.getBoundingClientRect(); return [x + width / 2, y + height / 2]; }})()"
        );
        let place = self.evaluate(page, &find);
        for kind in ["mousePressed", "mouseReleased"] {
            let event =
                json!({"type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1});
            self.ask(page, "Input.dispatchMouseEvent", &event);
        }
    }

    /// Types a text where the focus is.
    pub(crate) fn enter(&mut self, page: &Page, text: &str) {
        self.ask(page, "Input.insertText", &json!({"text": text}));
    }

    /// Presses a key: one character, or a name as `ArrowDown`.
    pub(crate) fn press(&mut self, page: &Page, key: &str) {
        let code = match key {
            "Enter" => 13,
            "Escape" => 27,
            "Tab" => 9,
            "ArrowDown" => 40,
            "ArrowUp" => 38,
            _ => 0,
        };
        let text = match key {
            "Enter" => "\r",
            _ if key.len() == 1 => key,
            _ => "",
        };
        for kind in ["keyDown", "keyUp"] {
            let text = if kind == "keyDown" { text } else { "" };
            let event = json!({"type": kind, "key": key, "text": text, "windowsVirtualKeyCode": code});
            self.ask(page, "Input.dispatchKeyEvent", &event);
        }
    }

    /// Gives the page a screen of this size.
    pub(crate) fn resize(&mut self, page: &Page, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.ask(page, "Emulation.setDeviceMetricsOverride", &size);
    }

    /// Has the system prefer `scheme`: `light` or `dark`.
    pub(crate) fn prefer(&mut self, page: &Page, scheme: &str) {
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.ask(page, "Emulation.setEmulatedMedia", &features);
    }

    /// Lets pages of `origin` read what they copied.
    pub(crate) fn grant_clipboard(&mut self, origin: &str) {
        let permissions =
            json!({"origin": origin, "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]});
        self.call(None, "Browser.grantPermissions", &permissions);
    }

    /// Writes what the page looks like to `path`, as PNG.
    pub(crate) fn photograph(&mut self, page: &Page, path: &Path) {
        let image = self.ask(page, "Page.captureScreenshot", &json!({"format": "png"}));
        let mut decode = Command::new("base64");
        let file = std::fs::File::create(path).unwrap();
        let mut decode = decode.arg("--decode").stdin(Stdio::piped()).stdout(file).spawn().unwrap();
        decode.stdin.take().unwrap().write_all(image["data"].as_str().unwrap().as_bytes()).unwrap();
        assert!(decode.wait().unwrap().success());
    }

    /// What the page has complained about in its console, violations of its policy among it.
    pub(crate) fn complaints(&mut self, page: &Page) -> Vec<String> {
        // Whatever was said before this is answered has arrived.
        self.evaluate(page, "new Promise(requestAnimationFrame).then(() => true)");
        self.complaints.get(&page.session).cloned().unwrap_or_default()
    }

    fn ask(&mut self, page: &Page, method: &str, parameters: &Value) -> Value {
        self.call(Some(&page.session), method, parameters)
    }

    fn call(&mut self, session: Option<&str>, method: &str, parameters: &Value) -> Value {
        self.try_call(session, method, parameters).unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// What the browser answers to `method`, or its error.
    fn try_call(&mut self, session: Option<&str>, method: &str, parameters: &Value) -> Result<Value, Value> {
        self.last_id += 1;
        let mut message = json!({"id": self.last_id, "method": method, "params": parameters});
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        let mut bytes = serde_json::to_vec(&message).unwrap();
        bytes.push(0);
        self.commands.write_all(&bytes).unwrap();
        loop {
            let answer =
                self.messages.recv_timeout(PATIENCE).unwrap_or_else(|error| panic!("{method}: {error}"));
            if answer["id"] == self.last_id {
                return match answer.get("error") {
                    Some(error) => Err(error.clone()),
                    None => Ok(answer["result"].clone()),
                };
            }
            self.hear(&answer);
        }
    }

    fn hear(&mut self, event: &Value) {
        let parameters = &event["params"];
        let complaint = match event["method"].as_str() {
            Some("Runtime.exceptionThrown") => &parameters["exceptionDetails"],
            Some("Log.entryAdded") if parameters["entry"]["level"] != "info" => &parameters["entry"],
            Some("Runtime.consoleAPICalled") if parameters["type"] != "log" => &parameters["args"],
            _ => return,
        };
        let session = event["sessionId"].as_str().unwrap_or_default().to_owned();
        self.complaints.entry(session).or_default().push(complaint.to_string());
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It does not answer any more.
        let _ = self.commands.write_all(b"{\"id\":0,\"method\":\"Browser.close\"}\0");
        let deadline = Instant::now() + Duration::from_secs(5);
        while self.child.try_wait().is_ok_and(|status| status.is_none()) && Instant::now() < deadline {
            thread::sleep(PAUSE);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The name of the Chromium that there is.
fn chromium() -> Option<&'static str> {
    ["chromium", "chromium-browser", "google-chrome"].into_iter().find(|name| {
        let version = Command::new(name).arg("--version").stderr(Stdio::null()).output();
        version.is_ok_and(|version| version.status.success())
    })
}

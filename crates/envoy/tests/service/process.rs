//! Gateways and hosts that run, and what they are asked.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

pub(crate) const ENVOY: &str = env!("CARGO_BIN_EXE_envoy");

/// Longer than anything takes that happens at all.
const PATIENCE: Duration = Duration::from_mins(2);

/// A process that is killed when its test is over.
pub(crate) struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Process {
    /// Sends a signal, such as `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.0.id().to_string();
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &pid])
            .status();
        assert!(sent.is_ok_and(|status| status.success()));
    }

    /// How it ends by itself.
    pub(crate) fn status(&mut self) -> ExitStatus {
        let until = Instant::now() + PATIENCE;
        loop {
            let ended = self.0.try_wait().expect("the process can be waited for");
            if let Some(status) = ended {
                return status;
            }
            assert!(Instant::now() < until, "expected the process to end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub(crate) fn terminate(mut self) {
        self.signal("TERM");
        let status = self.status();
        assert!(status.success(), "expected a good end, but found {status}");
    }
}

/// A process, and what it says on standard error.
pub(crate) struct Watched {
    pub(crate) process: Process,
    said: Arc<(Mutex<String>, Condvar)>,
    listening: Option<JoinHandle<()>>,
}

impl Watched {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command
            .stderr(Stdio::piped())
            .spawn()
            .expect("it can be started");
        let stderr = child.stderr.take().expect("it is piped");
        let said = Arc::new((Mutex::new(String::new()), Condvar::new()));
        let listening = std::thread::spawn({
            let said = Arc::clone(&said);
            move || {
                for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                    let (text, changed) = &*said;
                    let mut text = text.lock().expect("nobody panics with it");
                    text.push_str(&line);
                    text.push('\n');
                    changed.notify_all();
                }
            }
        });
        Self {
            process: Process(child),
            said,
            listening: Some(listening),
        }
    }

    /// Waits until it has said that.
    pub(crate) fn until(&self, what: &str) {
        let (text, changed) = &*self.said;
        let text = text.lock().expect("nobody panics with it");
        let is_missing = |text: &mut String| !text.contains(what);
        let (text, _) = changed
            .wait_timeout_while(text, PATIENCE, is_missing)
            .expect("nobody panics with it");
        assert!(text.contains(what), "expected {what:?}, but found {text}");
    }

    /// Waits until it has said that, and gives the word behind it.
    pub(crate) fn until_found(&self, before: &str) -> String {
        self.until(before);
        let text = self.said.0.lock().expect("nobody panics with it");
        let (_, behind) = text.split_once(before).expect("it was said");
        behind.split_whitespace().next().expect("a word").to_owned()
    }

    /// Its status at the end, and all that it has said.
    pub(crate) fn end(mut self) -> (ExitStatus, String) {
        let status = self.process.status();
        if let Some(listening) = self.listening.take() {
            listening.join().expect("it only reads");
        }
        let text = self.said.0.lock().expect("nobody panics with it").clone();
        (status, text)
    }
}

/// `envoy host` at this address, with what it says of itself.
pub(crate) fn watched_host(endpoint: &str, more: &[&str]) -> Watched {
    let mut command = Command::new(ENVOY);
    command
        .args(["host", "--log", "info", "--endpoint", endpoint])
        .args(more);
    Watched::start(&mut command)
}

/// A gateway on a folder, and where it listens.
pub(crate) fn gateway(data: &Path, token: Option<&str>) -> (Process, String) {
    gateway_with(data, token, &[])
}

pub(crate) fn gateway_with(data: &Path, token: Option<&str>, more: &[&str]) -> (Process, String) {
    gateway_at("127.0.0.1:0", data, token, more)
}

pub(crate) fn gateway_at(
    address: &str,
    data: &Path,
    token: Option<&str>,
    more: &[&str],
) -> (Process, String) {
    let mut command = Command::new(ENVOY);
    command
        .args(["gateway", "--listen", address, "--log", "error", "--data"])
        .arg(data)
        .args(more);
    if let Some(token) = token {
        command.env("ENVOY_TOKEN", token);
    }
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .expect("a gateway starts");
    let stdout = child.stdout.take().expect("its output is piped");
    let process = Process(child);
    let mut line = String::new();
    BufReader::new(stdout)
        .read_line(&mut line)
        .expect("it says where it listens");
    let address = line.trim().strip_prefix("listening on http://");
    (process, address.expect("an address").to_owned())
}

pub(crate) fn host(gateway: &str, more: &[&str], token: Option<&str>) -> Process {
    let mut command = Command::new(ENVOY);
    let endpoint = format!("http://{gateway}");
    command
        .args(["host", "--log", "error", "--endpoint", &endpoint])
        .args(more);
    if let Some(token) = token {
        command.env("ENVOY_TOKEN", token);
    }
    Process(command.spawn().expect("a host starts"))
}

/// Status and body of one request.
pub(crate) fn http(gateway: &str, head: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(gateway).expect("the gateway is there");
    stream
        .set_read_timeout(Some(Duration::from_mins(1)))
        .expect("a bound");
    let length = body.len();
    let request = format!(
        "{head} HTTP/1.1\r\nhost: {gateway}\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    stream
        .write_all(request.as_bytes())
        .expect("the request is sent");
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .expect("the answer is text");
    let status = answer
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    let body = answer
        .split_once("\r\n\r\n")
        .map(|(_, body)| body.to_owned());
    (status.expect("a status"), body.unwrap_or_default())
}

/// The rows that a statement has, or its changes: the order of the fields is nobody's business.
pub(crate) fn sql(gateway: &str, at: &str, statement: &str) -> serde_json::Value {
    let (status, body) = http(gateway, &format!("POST {at}/sql"), statement);
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).expect("JSON")
}

/// An actor of the pool `default`; the host may not be there yet, and has made the pool by then.
pub(crate) fn actor(gateway: &str) -> String {
    let new = r#"{"name":"kv","key":"a","runner_name_selector":"default","crash_policy":"sleep"}"#;
    let until = Instant::now() + PATIENCE;
    loop {
        let (status, body) = http(gateway, "PUT /actors?namespace=default", new);
        if status == 200 {
            let json: serde_json::Value = serde_json::from_str(&body).expect("JSON");
            return json["actor"]["actor_id"]
                .as_str()
                .expect("an id")
                .to_owned();
        }
        assert!(Instant::now() < until, "no actor: {status} {body}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

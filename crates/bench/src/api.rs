//! The KVS API as a client sees it: signed requests as bytes, ready to be sent.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aws::sigv4::Head;
use aws::sigv4::sign::{Credentials, Payload, Scope, sign_header};
use serde_json::Value;

use crate::process::Process;
use crate::wire::Connection;
use crate::{Result, Setup, said};

/// A server of this API: ours or a peer.
#[derive(Clone)]
pub(crate) struct Api {
    /// `host:port`.
    pub(crate) authority: String,
}

impl Api {
    /// A complete signed request with a JSON body.
    pub(crate) fn request(&self, path: &str, body: &str) -> Result<Vec<u8>> {
        self.request_by(ROOT, path, body)
    }

    /// The same by somebody: access key id and secret.
    pub(crate) fn request_by(&self, key: (&str, &str), path: &str, body: &str) -> Result<Vec<u8>> {
        let length = body.len().to_string();
        let headers = [
            ("host", self.authority.as_str()),
            ("content-type", "application/json"),
            ("content-length", &length),
        ];
        let payload = Payload::Bytes(body.as_bytes());
        let mut request = self.signed(key, "POST", path, &headers, payload)?;
        request.extend_from_slice(body.as_bytes());
        Ok(request)
    }

    /// A complete signed request without a body.
    pub(crate) fn get(&self, target: &str) -> Result<Vec<u8>> {
        let headers = [("host", self.authority.as_str())];
        self.signed(ROOT, "GET", target, &headers, Payload::Empty)
    }

    /// The head of a request whose body is a stream.
    pub(crate) fn put_media(&self, stream: &str) -> Result<Vec<u8>> {
        let start = now_s().to_string();
        let headers = [
            ("host", self.authority.as_str()),
            ("transfer-encoding", "chunked"),
            ("x-amzn-stream-name", stream),
            ("x-amzn-fragment-timecode-type", "RELATIVE"),
            ("x-amzn-producer-start-timestamp", &start),
        ];
        self.signed(ROOT, "POST", "/putMedia", &headers, Payload::Empty)
    }

    /// Sends one request on a connection of its own and gives the answer.
    pub(crate) async fn call(&self, path: &str, body: &str) -> Result<Value> {
        let mut connection = Connection::open(&self.authority).await?;
        let mut answer = Vec::new();
        let request = self.request(path, body)?;
        let head = connection.exchange(&request, Some(&mut answer)).await?;
        let text = String::from_utf8_lossy(&answer);
        match head.status {
            200 => serde_json::from_str(&text).map_err(said(&path)),
            status => Err(format!("{path}: {status} {text}")),
        }
    }

    /// Creates streams `bench-0`, `bench-1`, … that retain a day.
    pub(crate) async fn create_streams(&self, count: usize) -> Result<()> {
        let mut connection = Connection::open(&self.authority).await?;
        for n in 0..count {
            let request = self.request("/createStream", &create_body(n))?;
            let head = connection.exchange(&request, None).await?;
            if head.status != 200 {
                return Err(format!("CreateStream answered {}", head.status));
            }
        }
        Ok(())
    }

    fn signed(
        &self,
        key: (&str, &str),
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        payload: Payload<'_>,
    ) -> Result<Vec<u8>> {
        let lent: Vec<(&str, &[u8])> = headers.iter().map(|(n, v)| (*n, v.as_bytes())).collect();
        let head = Head {
            method,
            target: path,
            headers: &lent,
        };
        let credentials = Credentials {
            access_key_id: key.0,
            secret_access_key: key.1,
            session_token: None,
        };
        let scope = Scope {
            region: "us-east-1",
            service: "kinesisvideo",
            now_s: now_s(),
        };
        let added = sign_header(&head, &credentials, &scope, payload).map_err(said(&path))?;
        let mut text = format!("{method} {path} HTTP/1.1\r\n");
        let given = headers.iter().map(|(name, value)| (*name, *value));
        let added = added
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in given.chain(added) {
            text.extend([name, ": ", value, "\r\n"]);
        }
        text.push_str("\r\n");
        Ok(text.into_bytes())
    }
}

/// Our own server, running.
pub(crate) struct Kinora {
    pub(crate) process: Process,
    pub(crate) api: Api,
    /// From the start of the process to the first answer.
    pub(crate) started_in: Duration,
}

impl Kinora {
    /// Starts the server on a data folder and waits until it answers.
    pub(crate) async fn start(setup: &Setup, data: &Path) -> Result<Kinora> {
        let beside = |name: &str| -> PathBuf { data.with_extension(name) };
        let ready = beside("ready");
        // Of an earlier start; mostly there is none.
        let _absent = std::fs::remove_file(&ready);
        let args = ["serve", "--listen", "127.0.0.1:0", "--data"].map(std::ffi::OsStr::new);
        let rest = [data.as_os_str(), "--ready-file".as_ref(), ready.as_os_str()];
        let args: Vec<_> = args.into_iter().chain(rest).collect();
        let envs = [
            ("KINORA_ROOT_ACCESS_KEY_ID", KEY_ID),
            ("KINORA_ROOT_SECRET_ACCESS_KEY", KEY_SECRET),
            ("KINORA_ROOT_EMAIL", ROOT_EMAIL),
            ("KINORA_ROOT_PASSWORD", ROOT_PASSWORD),
        ];
        let begun = Instant::now();
        let mut process = Process::start(&setup.server, &args, &envs, &beside("log"))?;
        let url = loop {
            if let Ok(text) = std::fs::read_to_string(&ready) {
                let value: Value = serde_json::from_str(&text).map_err(said(&"ready file"))?;
                break value["url"].as_str().unwrap_or_default().to_owned();
            }
            process.check()?;
            if begun.elapsed() > START_MAX {
                return Err("the server does not become ready".to_owned());
            }
            std::thread::sleep(Duration::from_millis(1));
        };
        let authority = url.trim_start_matches("http://").to_owned();
        let health = format!("GET /_kinora/health HTTP/1.1\r\nhost: {authority}\r\n\r\n");
        let mut connection = Connection::open(&authority).await?;
        connection.exchange(health.as_bytes(), None).await?;
        Ok(Kinora {
            process,
            api: Api { authority },
            started_in: begun.elapsed(),
        })
    }
}

/// Name of the `n`-th stream.
pub(crate) fn stream_name(n: usize) -> String {
    format!("bench-{n}")
}

/// Body of the CreateStream request for it.
pub(crate) fn create_body(n: usize) -> String {
    let name = stream_name(n);
    format!("{{\"StreamName\":\"{name}\",\"DataRetentionInHours\":24}}")
}

/// Seconds since the epoch.
pub(crate) fn now_s() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |elapsed| elapsed.as_secs().cast_signed())
}

const KEY_ID: &str = "benchbench";
/// Of servers that live for one run and listen to this machine alone.
const KEY_SECRET: &str = "benchbench";
/// Who the root user of such a server is.
pub(crate) const ROOT_EMAIL: &str = "bench@localhost";
pub(crate) const ROOT_PASSWORD: &str = "Bench-pass-1";
const ROOT: (&str, &str) = (KEY_ID, KEY_SECRET);
const START_MAX: Duration = Duration::from_secs(60);

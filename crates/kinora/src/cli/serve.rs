//! `kinora serve`: the server's life from flags to the last request.

use std::io::Write as _;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use store::embedded::EmbeddedOptions;
use store::{Kek, Store};
use tokio::net::TcpListener;
use tokio::sync::{OnceCell, watch};

use crate::audit::Trail;
use crate::bootstrap::{Created, FirstAccount};
use crate::clock::Clock;
use crate::config::Config;
use crate::delivery::Courier;
use crate::device_ca;
use crate::directories::Directories;
use crate::flush::{FlushThread, Flusher};
use crate::http::auth::Authenticator;
use crate::http::body::Room;
use crate::http::tls::{self, TlsSetup};
use crate::http::{device, listen};
use crate::hub::Hub;
use crate::operator::Contact;
use crate::ops::authority::decisions::Decisions;
use crate::ops::standing::Standings;
use crate::password::Passwords;
use crate::playback::known::Known;
use crate::reports::Reports;
use crate::server::{self, Busy, Server};
use crate::survey::{self, Remembered};
use crate::throttle::Gate;
use crate::worker;

/// Runs the server.
#[derive(Clone, clap::Args)]
#[command(after_help = "Examples:\n  \
    kinora serve\n  \
    kinora serve --data /srv/kinora --listen 0.0.0.0:8020 --listen 0.0.0.0:443\n  \
    KINORA_ROOT_ACCESS_KEY_ID=test KINORA_ROOT_SECRET_ACCESS_KEY=testtest kinora serve\n\n\
    For tests: KINORA_TEST_CLOCK_AHEAD_S sets the server's clock forward by so many seconds,\n\
    so that the next start on the same data sees what retention does. Signatures are still\n\
    checked against the machine's time.")]
pub struct ServeArgs {
    /// Directory that holds everything the server keeps [default: ./kinora-data]
    #[arg(long, value_name = "DIR", env = "KINORA_DATA")]
    pub data: Option<PathBuf>,
    /// Address to listen on, may be given several times [default: 127.0.0.1:8020]
    #[arg(long, value_name = "HOST:PORT")]
    pub listen: Vec<String>,
    /// Configuration file; see `kinora config --reference`
    #[arg(long, value_name = "FILE", env = "KINORA_CONFIG")]
    pub config: Option<PathBuf>,
    /// The region this server is [default: us-east-1]
    #[arg(long, value_name = "REGION", env = "KINORA_REGION")]
    pub region: Option<String>,
    /// File to write `{"url":…,"pid":…}` to once requests are served
    #[arg(long, value_name = "PATH")]
    pub ready_file: Option<PathBuf>,
    /// The first account, created on an empty data directory.
    #[command(flatten)]
    pub first_account: FirstAccount,
}

impl ServeArgs {
    /// The configuration that the flags and the file make together.
    ///
    /// # Errors
    ///
    /// A message that names the file and the key.
    pub fn config(&self) -> Result<Config, String> {
        let mut config = match &self.config {
            Some(path) => {
                let named = |error: String| format!("{}: {error}", path.display());
                let text = std::fs::read_to_string(path).map_err(|e| named(e.to_string()))?;
                Config::parse(&text).map_err(named)?
            }
            None => Config::default(),
        };
        if let Some(data) = &self.data {
            config.data.clone_from(data);
        }
        if !self.listen.is_empty() {
            config.listen.clone_from(&self.listen);
        }
        if let Some(region) = &self.region {
            config.region.clone_from(region);
        }
        Ok(config)
    }
}

/// Runs `kinora serve` until it is told to stop.
///
/// # Errors
///
/// A message for the terminal.
pub async fn run(args: ServeArgs) -> Result<(), String> {
    let running = Running::start(&args).await?;
    announce(&running);
    if let Some(path) = &args.ready_file {
        write_ready_file(path, &running.server.url)?;
    }
    signalled().await;
    tracing::info!("stopping");
    running.stop().await;
    Ok(())
}

/// A server that answers requests.
pub struct Running {
    /// What requests share.
    pub server: Arc<Server>,
    /// What was generated on first start.
    pub created: Option<Created>,
    /// The local authority's certificate.
    pub ca: Option<PathBuf>,
    stop: watch::Sender<bool>,
    audit_task: tokio::task::JoinHandle<()>,
    flush: FlushThread,
    listeners: Vec<tokio::task::JoinHandle<()>>,
}

impl Running {
    /// Opens the store, binds the addresses and begins to serve.
    ///
    /// # Errors
    ///
    /// A message for the terminal.
    pub async fn start(args: &ServeArgs) -> Result<Running, String> {
        let config = args.config()?;
        raise_file_limit();
        let store = open_store(&config).await?;
        let ahead = std::env::var("KINORA_TEST_CLOCK_AHEAD_S").ok();
        let clock = Clock::ahead_by(ahead.as_deref())
            .map_err(|error| format!("KINORA_TEST_CLOCK_AHEAD_S: {error}"))?;
        let TlsSetup {
            server: tls,
            device: device_tls,
            ca,
        } = tls::load(&config)?;
        let (devices, device_address) = bind_device(&config)?;
        let mut listeners = bind_all(&config)?;
        let operator_url = operator_url(&mut listeners)?;
        let (stop, stopping) = watch::channel(false);
        let (audit, audit_task) = Trail::start(store.clone(), &config.audit);
        let (flusher, flush) = Flusher::start_apart(store.clone())
            .map_err(|error| format!("the flush thread cannot start: {error}"))?;
        let contact = contact(operator_url);
        contact.write(&config.data)?;
        // After all that can fail: what is generated is shown once, by a server that runs.
        let first_account = args.first_account.clone().with_environment();
        let created = first_account.create(&store, &clock).await;
        let created = created.inspect_err(|_| Contact::remove(&config.data))?;
        let server = Arc::new(Server {
            authenticator: Authenticator::new(&config.region, config.api.clock_skew_s),
            url: public_url(&listeners[0])?,
            hub: Hub::default(),
            directories: Directories::default(),
            passwords: Passwords::default(),
            simulations: Server::simulations(),
            device_keys: Server::device_keys(),
            bodies: Room::default(),
            reports: Reports::default(),
            gate: Gate::default(),
            courier: Courier::default(),
            operator_token: contact.token,
            busy: Busy::default(),
            audit,
            standings: Standings::default(),
            decisions: Decisions::default(),
            token_key: OnceCell::new(),
            known: Known::default(),
            survey: Remembered::default(),
            session_keys: OnceCell::new(),
            device_address,
            clock,
            store,
            flusher,
            config,
            stopping,
        });
        tokio::spawn(worker::run(Arc::clone(&server)));
        tokio::spawn(survey::summaries::run(Arc::clone(&server)));
        let serve =
            |listener| tokio::spawn(listen::serve(Arc::clone(&server), listener, tls.clone()));
        let mut listeners: Vec<_> = listeners.into_iter().map(serve).collect();
        listeners.extend(devices.map(|listener| {
            tokio::spawn(device::serve(Arc::clone(&server), listener, device_tls))
        }));
        Ok(Running {
            server,
            created,
            ca,
            stop,
            audit_task,
            flush,
            listeners,
        })
    }

    /// Finishes what was received, then ends.
    pub async fn stop(self) {
        let Running {
            server,
            stop,
            audit_task,
            flush,
            listeners,
            ..
        } = self;
        Contact::remove(&server.config.data);
        // Nobody listening any more is no reason to fail.
        let _ = stop.send(true);
        for listener in listeners {
            let _ = listener.await;
        }
        let deadline = tokio::time::Instant::now() + STOP_MAX;
        while server.busy.count() > 0 && tokio::time::Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        // Bounded: a store that hangs must not keep the process.
        if tokio::time::timeout(AUDIT_STOP_MAX, server.audit.flush())
            .await
            .is_err()
        {
            tracing::error!("the last audit events may not be kept");
        }
        audit_task.abort();
        let _panicked = tokio::task::spawn_blocking(|| flush.stop()).await;
    }
}

/// Every connection is a file descriptor, and the usual limit of 1024 is that of a shell.
fn raise_file_limit() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, "the limit of open files could not be raised");
    }
}

async fn open_store(config: &Config) -> Result<Store, String> {
    let kek = config.store.key_file.as_deref().map(read_kek).transpose()?;
    let defaults = EmbeddedOptions::new(&config.data);
    let media_bytes_max = config.store.media_bytes_max;
    // Space is taken an extent at a time: under a small limit those must be small too.
    let extent_bytes = media_bytes_max.map_or(u64::MAX, |max| max / EXTENTS_LEAST);
    let options = EmbeddedOptions {
        kek,
        extent_bytes: extent_bytes.min(defaults.extent_bytes),
        media_bytes_max,
        ..defaults
    };
    let opened = tokio::task::spawn_blocking(move || Store::open(&options)).await;
    let store = opened
        .map_err(|error| error.to_string())?
        .map_err(|error| error.to_string())?;
    store.hold_opened(config.store.opened_bytes_max);
    Ok(store)
}

/// Reads a key-encryption key of 64 hexadecimal digits.
///
/// # Errors
///
/// A message that names the file and never its content.
pub fn read_kek(path: &Path) -> Result<Kek, String> {
    let named = |why: &dyn std::fmt::Display| format!("{}: {why}", path.display());
    let text = std::fs::read_to_string(path).map_err(|error| named(&error))?;
    let text = text.trim().as_bytes();
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let mut key = [0; 32];
    let pairs = text.chunks_exact(2);
    let whole = text.len() == 64;
    let read = key.iter_mut().zip(pairs).try_for_each(|(byte, pair)| {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        Some(())
    });
    match read.filter(|()| whole) {
        Some(()) => Ok(Kek::new(key)),
        None => Err(named(&"a key is 64 hexadecimal digits")),
    }
}

fn bind_all(config: &Config) -> Result<Vec<TcpListener>, String> {
    let listeners: Result<Vec<_>, _> = config.listen.iter().map(|text| bind(text)).collect();
    let listeners = listeners?;
    if listeners.is_empty() {
        return Err("listen: at least one address is needed".to_owned());
    }
    Ok(listeners)
}

/// The listener for devices and its address, if there is to be one.
fn bind_device(config: &Config) -> Result<(Option<TcpListener>, Option<String>), String> {
    device_ca::prepare(&config.data)?;
    let Some(text) = &config.iot.listen else {
        return Ok((None, None));
    };
    let listener = bind(text)?;
    let address = public_address(&listener)?;
    Ok((Some(listener), Some(address)))
}

fn bind(text: &str) -> Result<TcpListener, String> {
    let resolved = text.to_socket_addrs();
    let addresses: Vec<SocketAddr> = resolved
        .map_err(|error| format!("cannot listen on '{text}': {error}"))?
        .collect();
    let address = addresses
        .first()
        .ok_or_else(|| format!("'{text}' is no address"))?;
    listen::bind(*address)
}

/// By what operators reach this server.
fn contact(url: String) -> Contact {
    let token = server::random_alphanumerics(43);
    Contact { url, token }
}

/// Where the operator's commands reach this server: the first listener that the loopback
/// interface leads to, or one of their own.
fn operator_url(listeners: &mut Vec<TcpListener>) -> Result<String, String> {
    for listener in &*listeners {
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        if address.ip().is_loopback() || address.ip().is_unspecified() {
            return public_url(listener);
        }
    }
    let own = listen::bind(SocketAddr::from((std::net::Ipv4Addr::LOCALHOST, 0)))?;
    let url = public_url(&own)?;
    listeners.push(own);
    Ok(url)
}

fn public_url(listener: &TcpListener) -> Result<String, String> {
    Ok(format!("http://{}", public_address(listener)?))
}

/// Where this machine reaches a listener.
fn public_address(listener: &TcpListener) -> Result<String, String> {
    let mut address = listener.local_addr().map_err(|error| error.to_string())?;
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    Ok(address.to_string())
}

fn announce(running: &Running) {
    let server = &running.server;
    let mut out = std::io::stderr().lock();
    // A closed terminal is no reason not to serve.
    let _ = writeln!(
        out,
        "Kinora serves {} (http and https on the same port)",
        server.url
    );
    if let Some(ca) = &running.ca {
        let _ = writeln!(
            out,
            "  https is signed by the local authority in {}",
            ca.display()
        );
    }
    if let Some(created) = &running.created {
        let _ = writeln!(
            out,
            "  created account {} with root user {}",
            created.account, created.email
        );
        let _ = writeln!(out, "  AWS_ACCESS_KEY_ID={}", created.access_key_id);
        if let Some(secret) = &created.secret_access_key {
            let _ = writeln!(out, "  AWS_SECRET_ACCESS_KEY={secret}   (shown only now)");
        }
        if let Some(password) = &created.password {
            let _ = writeln!(out, "  root password: {password}   (shown only now)");
        }
    }
}

fn write_ready_file(path: &Path, url: &str) -> Result<(), String> {
    let text = serde_json::json!({ "url": url, "pid": std::process::id() }).to_string();
    // Written beside and renamed, so that nobody reads half of it.
    let beside = path.with_extension("partial");
    let written = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, path));
    written.map_err(|error| format!("{}: {error}", path.display()))
}

/// Resolves when the process is asked to end.
pub async fn signalled() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) = (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    ) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

/// Extents that fit under a limit of disk space.
const EXTENTS_LEAST: u64 = 16;

/// How long a stopping server waits for its audit trail.
const AUDIT_STOP_MAX: Duration = Duration::from_secs(10);

/// How long a stopping server waits for requests and sessions under way.
const STOP_MAX: Duration = Duration::from_secs(20);

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::{Running, ServeArgs};

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: ServeArgs,
    }

    #[tokio::test]
    async fn what_is_generated_is_not_lost_with_a_start_that_fails() {
        let dir = tempfile::tempdir().unwrap();
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let start = |listen: String| {
            let data = dir.path().join("data");
            let data = data.to_str().unwrap();
            let cli = Cli::parse_from(["serve", "--data", data, "--listen", &listen]);
            async move { Running::start(&cli.args).await }
        };
        let address = taken.local_addr().unwrap();
        assert!(start(address.to_string()).await.is_err());
        let running = start("127.0.0.1:0".to_owned()).await.unwrap();
        let created = running.created.as_ref().unwrap();
        assert!(created.secret_access_key.is_some() && created.password.is_some());
        let stored = running
            .server
            .store
            .access_key(&created.access_key_id)
            .await;
        assert_eq!(
            stored.unwrap().map(|key| key.secret),
            created.secret_access_key
        );
        running.stop().await;
    }
}

//! What every request shares, and the life of the server.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::rand;
use kvs::limits;
use kvs::name::AccountId;
use kvs::stream::Strictness;
use store::Store;
use tokio::sync::{OnceCell, watch};
use tokio::task::JoinHandle;

use crate::audit::Trail;
use crate::clock::Clock;
use crate::compute::Compute;
use crate::config::{Config, IngestMode};
use crate::delivery::Courier;
use crate::directories::Directories;
use crate::flush::Flusher;
use crate::http::auth::Authenticator;
use crate::http::body::Room;
use crate::hub::Hub;
use crate::ops::authority::decisions::Decisions;
use crate::ops::standing::Standings;
use crate::password::Passwords;
use crate::playback::known::Known;
use crate::reports::Reports;
use crate::session_token::SessionKeys;
use crate::survey::Remembered;
use crate::throttle::Gate;

/// What every request shares. One per process.
pub struct Server {
    /// Settings.
    pub config: Config,
    /// The wall clock.
    pub clock: Clock,
    /// Everything that is kept.
    pub store: Store,
    /// Everything that is live.
    pub hub: Hub,
    /// The way to durability.
    pub flusher: Flusher,
    /// Who is calling.
    pub authenticator: Authenticator,
    /// Identities of the accounts.
    pub directories: Directories,
    /// Hashes and checks passwords.
    pub passwords: Passwords,
    /// Room for the bodies of requests.
    pub bodies: Room,
    /// Makes keys for devices.
    pub device_keys: Compute,
    /// Simulates policies.
    pub simulations: Compute,
    /// Credential reports.
    pub reports: Reports,
    /// What sign-up and sign-in are held back by.
    pub gate: Gate,
    /// Delivers codes.
    pub courier: Courier,
    /// What the operator's orders are known by.
    pub operator_token: String,
    /// Policies that count for callers, compiled.
    pub standings: Standings,
    /// Recent decisions about requests.
    pub decisions: Decisions,
    /// The audit trail.
    pub audit: Trail,
    /// Secret that playback session tokens are sealed with, read on first use.
    pub token_key: OnceCell<[u8; 32]>,
    /// Playback sessions that were seen lately.
    pub known: Known,
    /// What is remembered of what streams have.
    pub survey: Remembered,
    /// Keys of temporary credentials, read on first use.
    pub session_keys: OnceCell<SessionKeys>,
    /// Base URL of the first listener, such as `http://127.0.0.1:8020`.
    pub url: String,
    /// Where devices get credentials, `HOST:PORT`; `None` if they do not.
    pub device_address: Option<String>,
    /// Becomes true when the server is about to stop.
    pub stopping: watch::Receiver<bool>,
    /// Requests and sessions under way.
    pub busy: Busy,
}

/// A server that nobody can reach and that does nothing by itself, and what it runs on.
pub struct Alone {
    /// The server.
    pub server: Arc<Server>,
    /// Makes fragments durable.
    pub flush: JoinHandle<()>,
    /// Says that the server is about to stop.
    pub stop: watch::Sender<bool>,
}

/// Counts what is under way, so that a stopping server can wait for it.
#[derive(Clone, Default)]
pub struct Busy(Arc<AtomicU64>);

/// One thing under way; dropping it ends it.
pub struct BusyGuard(Arc<AtomicU64>);

impl Busy {
    /// Something begins.
    pub fn begin(&self) -> BusyGuard {
        self.0.fetch_add(1, Ordering::Relaxed);
        BusyGuard(Arc::clone(&self.0))
    }

    /// How much is under way.
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for BusyGuard {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Server {
    /// A server without listeners and workers, for simulations and for measuring a part of
    /// what a request takes. To be made inside a runtime.
    pub fn alone(config: Config, clock: Clock, store: Store) -> Alone {
        let (stop, stopping) = watch::channel(false);
        let (flusher, flush) = Flusher::start(store.clone());
        // It ends when the last handle to the trail is gone.
        let (audit, _) = Trail::start(store.clone(), &config.audit);
        let server = Arc::new(Server {
            authenticator: Authenticator::new(&config.region, config.api.clock_skew_s),
            config,
            clock,
            store,
            hub: Hub::default(),
            directories: Directories::default(),
            passwords: Passwords::default(),
            simulations: Server::simulations(),
            device_keys: Server::device_keys(),
            bodies: Room::default(),
            reports: Reports::default(),
            gate: Gate::default(),
            courier: Courier::default(),
            operator_token: random_alphanumerics(43),
            audit,
            standings: Standings::default(),
            decisions: Decisions::default(),
            flusher,
            token_key: OnceCell::new(),
            known: Known::default(),
            survey: Remembered::default(),
            session_keys: OnceCell::new(),
            device_address: None,
            url: String::new(),
            stopping,
            busy: Busy::default(),
        });
        Alone {
            server,
            flush,
            stop,
        }
    }

    /// What simulates policies.
    pub fn simulations() -> Compute {
        Compute::new(
            limits::SIMULATIONS_AT_ONCE_MAX,
            limits::SIMULATIONS_WAITING_MAX,
            "Too many policies are being simulated. Please try again in a moment.",
        )
    }

    /// What makes keys for devices.
    pub fn device_keys() -> Compute {
        Compute::new(
            limits::DEVICE_KEYS_AT_ONCE_MAX,
            limits::DEVICE_KEYS_WAITING_MAX,
            "Too many keys are being made. Please try again in a moment.",
        )
    }

    /// The server's default strictness.
    pub fn strictness(&self) -> Strictness {
        match self.config.ingest.mode {
            IngestMode::Tolerant => Strictness::Tolerant,
            IngestMode::Strict => Strictness::Strict,
        }
    }

    /// Base URL for PutMedia.
    pub fn put_media_url(&self) -> &str {
        self.endpoint(self.config.endpoints.put_media.as_deref())
    }

    /// Base URL for GetMedia.
    pub fn get_media_url(&self) -> &str {
        self.endpoint(self.config.endpoints.get_media.as_deref())
    }

    /// Base URL for archived media and playback.
    pub fn archived_media_url(&self) -> &str {
        self.endpoint(self.config.endpoints.archived_media.as_deref())
    }

    /// Base URL for people.
    pub fn public_url(&self) -> &str {
        self.endpoint(None)
    }

    fn endpoint<'a>(&'a self, own: Option<&'a str>) -> &'a str {
        own.or(self.config.endpoints.public.as_deref())
            .unwrap_or(&self.url)
    }

    /// The ARN of a stream.
    pub fn stream_arn(&self, stream: &kvs::stream::Stream) -> String {
        let (account, name) = (stream.account, &stream.name);
        self.arn(account, "stream", name.as_str(), stream.creation_ms)
    }

    /// The ARN of something that Kinora serves; `kind` is `stream` or `channel`.
    pub fn arn(&self, account: AccountId, kind: &str, name: &str, creation_ms: u64) -> String {
        let region = &self.config.region;
        format!("arn:aws:kinesisvideo:{region}:{account}:{kind}/{name}/{creation_ms}")
    }
}

/// Fills a buffer with random bytes from the operating system.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // The operating system's source does not fail once the machine is up; without it
    // nothing secret could be made, so going on would be worse.
    rand::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// Random bytes for an id that many requests need: to be told from others, not to be secret.
/// A draw from the operating system costs more than the rest of an id, so these are the
/// hashes of nothing under keys that the standard library draws once for each thread and
/// steps on with each use.
pub fn random_id() -> [u8; 16] {
    let keys = RandomState::new();
    let mut id = [0; 16];
    for (half, part) in id.chunks_exact_mut(8).enumerate() {
        part.copy_from_slice(&keys.hash_one(half).to_le_bytes());
    }
    id
}

/// `len` random characters of `[a-zA-Z0-9]`.
pub fn random_alphanumerics(len: usize) -> String {
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut text = String::with_capacity(len);
    while text.len() < len {
        // Values of 248 and above would favour the first letters.
        let fair = random::<32>().into_iter().filter(|byte| *byte < 248);
        text.extend(fair.map(|byte| LETTERS[usize::from(byte) % 62] as char));
    }
    text.truncate(len);
    text
}

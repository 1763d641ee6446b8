//! Configuration: one tree, every key documented, defaulted and unit-suffixed.
//!
//! Keys come from a TOML file; command-line flags win over it. Unknown keys are errors.
//! Secrets come from files or the environment, never from this tree.

pub mod accounts;
pub mod quotas;

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use crate::http::forwarded::Network;

use accounts::{DeliveryConfig, SignupConfig};
use quotas::QuotasConfig;

/// Everything that can be configured.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Directory that holds everything the server keeps.
    pub data: PathBuf,
    /// Addresses to listen on, `HOST:PORT`; http and https are told apart on each. Port 0
    /// picks a free one.
    pub listen: Vec<String>,
    /// The region this server is; requests signed for another one are refused.
    pub region: String,
    /// Public base URLs handed out to clients.
    pub endpoints: Endpoints,
    /// Certificates.
    pub tls: Tls,
    /// Storage.
    pub store: StoreConfig,
    /// Reception of media.
    pub ingest: IngestConfig,
    /// Requests.
    pub api: Api,
    /// How much an account may have.
    pub quotas: QuotasConfig,
    /// Credentials for devices.
    pub iot: Iot,
    /// The audit trail.
    pub audit: AuditConfig,
    /// Signing up for an account.
    pub signup: SignupConfig,
    /// How codes reach people.
    pub delivery: DeliveryConfig,
}

/// Public base URLs, without a path. Each defaults to the first listening address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Endpoints {
    /// Base of all addresses that have no key of their own.
    pub public: Option<String>,
    /// Answer of GetDataEndpoint for PUT_MEDIA. Some camera SDKs need it without a port
    /// and with https.
    pub put_media: Option<String>,
    /// Answer of GetDataEndpoint for GET_MEDIA.
    pub get_media: Option<String>,
    /// Answer of GetDataEndpoint for everything else, and the base of playback addresses.
    pub archived_media: Option<String>,
    /// Domain of sign-in addresses: with `kinora.example` an account of the alias `house`
    /// also signs in at `https://house.signin.kinora.example/console`. The certificate must
    /// cover those names.
    pub signin_domain: Option<String>,
}

/// Certificates for https.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tls {
    /// PEM file with the certificate chain. Without it a local authority is made in the
    /// data directory on first start.
    pub certificate: Option<PathBuf>,
    /// PEM file with the private key of `certificate`.
    pub key: Option<PathBuf>,
    /// Further names and addresses for the certificate that the local authority issues.
    pub names: Vec<String>,
}

/// Storage.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StoreConfig {
    /// File with the key-encryption key, 64 hexadecimal digits. Without it one is made in
    /// the data directory, readable by its owner alone. Whoever has the key can read the
    /// media; without it nobody can.
    pub key_file: Option<PathBuf>,
    /// Most disk space that media may take, bytes; at least 64 MiB. Metadata comes on
    /// top. When it is used up fragments are refused (ERROR 5001) until retention or
    /// deletion gives some back.
    pub media_bytes_max: Option<u64>,
    /// Most memory for decrypted fragments that readers may want again, bytes. It is taken
    /// only as media is read; 0 decrypts every time.
    pub opened_bytes_max: usize,
}

/// Reception of media.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IngestConfig {
    /// `tolerant` stores what can be stored and records a finding; `strict` refuses
    /// exactly what AWS refuses.
    pub mode: IngestMode,
}

/// See [`IngestConfig::mode`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IngestMode {
    /// Store what can be stored.
    #[default]
    Tolerant,
    /// Refuse what AWS refuses.
    Strict,
}

/// Requests.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Api {
    /// How far a client's clock may be off, seconds. AWS allows 300, and 900 for IAM and STS,
    /// for which it is never less here.
    pub clock_skew_s: i64,
    /// How long a request's head, or the whole body of a JSON request, may take to
    /// arrive, seconds.
    pub head_timeout_s: u64,
    /// Most streams an account may have. AWS allows 10 000.
    pub streams_per_account_max: u64,
    /// Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed: addresses or
    /// networks, such as `10.0.0.0/8`.
    pub trusted_proxies: Vec<Network>,
}

/// The audit trail.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuditConfig {
    /// How long events are kept, days; 1 to 3650.
    pub retention_days: u32,
    /// Most events kept of an account; the oldest go first.
    pub events_per_account_max: u64,
    /// Whether calls that only look at something are recorded too. Denials always are.
    pub read_calls: bool,
    /// File that events are written to as well, one JSON object a line.
    pub file: Option<PathBuf>,
    /// Size at which that file is rotated, bytes.
    pub file_bytes_max: u64,
    /// Rotated files that are kept: `FILE.1` is the newest.
    pub files_kept_max: u32,
}

impl Default for AuditConfig {
    fn default() -> AuditConfig {
        AuditConfig {
            retention_days: 90,
            events_per_account_max: 1_000_000,
            read_calls: true,
            file: None,
            file_bytes_max: 100 << 20,
            files_kept_max: 10,
        }
    }
}

/// Credentials for devices that show a certificate.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Iot {
    /// Address to listen on for devices, `HOST:PORT`, apart from all others. Off unless it
    /// is set. Some camera SDKs know port 443 only.
    pub listen: Option<String>,
    /// Answer of DescribeEndpoint, `HOST` or `HOST:PORT`: what devices reach `listen` by.
    pub endpoint: Option<String>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            data: PathBuf::from("./kinora-data"),
            listen: vec!["127.0.0.1:8020".to_owned()],
            region: "us-east-1".to_owned(),
            endpoints: Endpoints::default(),
            tls: Tls::default(),
            store: StoreConfig::default(),
            ingest: IngestConfig::default(),
            api: Api::default(),
            quotas: QuotasConfig::default(),
            iot: Iot::default(),
            audit: AuditConfig::default(),
            signup: SignupConfig::default(),
            delivery: DeliveryConfig::default(),
        }
    }
}

impl Api {
    /// [`Api::head_timeout_s`] as a span of time.
    pub fn head_timeout(&self) -> Duration {
        Duration::from_secs(self.head_timeout_s)
    }
}

impl Default for StoreConfig {
    fn default() -> StoreConfig {
        StoreConfig {
            key_file: None,
            media_bytes_max: None,
            opened_bytes_max: 256 << 20,
        }
    }
}

impl Default for Api {
    fn default() -> Api {
        Api {
            clock_skew_s: 300,
            head_timeout_s: 30,
            streams_per_account_max: 10_000,
            trusted_proxies: Vec::new(),
        }
    }
}

impl Config {
    /// Parses a TOML text.
    ///
    /// # Errors
    ///
    /// A message with line and column, if the text is no TOML, a key is unknown or a
    /// value does not fit.
    pub fn parse(text: &str) -> Result<Config, String> {
        let config: Config = toml::from_str(text).map_err(|error| error.to_string())?;
        config.checked()
    }

    /// Checks what types cannot say.
    fn checked(self) -> Result<Config, String> {
        let urls = &self.endpoints;
        let urls = [
            &urls.public,
            &urls.put_media,
            &urls.get_media,
            &urls.archived_media,
        ];
        for url in urls.into_iter().flatten() {
            let rest = url
                .strip_prefix("https://")
                .or_else(|| url.strip_prefix("http://"));
            if rest.is_none_or(|rest| rest.is_empty() || rest.contains('/')) {
                return Err(format!(
                    "endpoints: '{url}' must be http://HOST[:PORT] or https://HOST[:PORT], \
                     without a path or a trailing slash"
                ));
            }
        }
        self.delivery.check()?;
        if self.tls.certificate.is_some() != self.tls.key.is_some() {
            return Err("tls: certificate and key go together".to_owned());
        }
        if self
            .store
            .media_bytes_max
            .is_some_and(|max| max < MEDIA_BYTES_LEAST)
        {
            return Err(format!(
                "store: media_bytes_max must be at least {MEDIA_BYTES_LEAST}"
            ));
        }
        let days = self.audit.retention_days;
        if !(1..=3650).contains(&days) {
            return Err(format!("audit: retention_days is 1 to 3650, not {days}"));
        }
        if self.audit.files_kept_max > 1000 {
            return Err("audit: files_kept_max is at most 1000".to_owned());
        }
        let region_ok = !self.region.is_empty()
            && self
                .region
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !region_ok {
            return Err(format!("region: '{}' is no region name", self.region));
        }
        Ok(self)
    }
}

/// The least that [`StoreConfig::media_bytes_max`] may be: room for a largest fragment.
const MEDIA_BYTES_LEAST: u64 = 64 << 20;

/// The reference manual that `kinora config --reference` prints: every key with its
/// meaning and default, as a file that can be used as it is.
pub const REFERENCE: &str = include_str!("config/reference.toml");

#[cfg(test)]
mod tests {
    use super::{Config, REFERENCE};

    #[test]
    fn the_reference_is_the_default() {
        let parsed = Config::parse(REFERENCE).unwrap();
        assert_eq!(format!("{parsed:?}"), format!("{:?}", Config::default()));
        // Every key of the tree stands in the manual, set or as a comment.
        let debug = format!("{:?}", Config::default());
        for word in debug.split(|c: char| !c.is_ascii_lowercase() && c != '_') {
            let is_key = debug.contains(&format!("{word}: ")) && word.len() > 2;
            assert!(
                !is_key || REFERENCE.contains(word),
                "{word} is not in the reference"
            );
        }
    }

    #[test]
    fn mistakes_are_named() {
        for (text, needle) in [
            ("lisen = []", "lisen"),
            ("[endpoints]\npublic = \"https://x/y\"", "without a path"),
            ("[tls]\nkey = \"k.pem\"", "go together"),
            ("region = \"US east\"", "no region name"),
            ("[audit]\nretention_days = 0", "1 to 3650"),
            ("[api]\ntrusted_proxies = [\"ten\"]", "no network"),
            ("[delivery]\nemail = \"smtp\"", "host and from"),
            ("[delivery]\nphone = \"webhook\"", "url is needed"),
            ("[signup]\nmode = \"ajar\"", "ajar"),
            ("[store]\nmedia_bytes_max = 5", "at least 67108864"),
        ] {
            let error = Config::parse(text).unwrap_err();
            assert!(error.contains(needle), "{error}");
        }
    }
}

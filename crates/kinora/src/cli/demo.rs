//! `kinora demo`: a server on temporary data, a synthetic camera that sends through the
//! public PutMedia, and an address to watch it at.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use media::synth::{Camera, CameraSettings, Matroska};
use serde_json::{Value, json};

use crate::cli::client::{self, Client};
use crate::cli::credentials::{ConnectionArgs, Credentials, Settings};
use crate::cli::put::{self, PutArgs, Rate, Start, Timecodes};
use crate::cli::serve::{Running, ServeArgs};
use crate::clock::Clock;
use crate::ops::iam::access_keys;
use crate::{accounts, server};

/// Runs a server with a synthetic camera and a player, on temporary data.
#[derive(Clone, clap::Args)]
#[command(after_help = "Everything is removed when the demo ends (Ctrl-C).\n\n\
    Example:\n  kinora demo --listen 127.0.0.1:0")]
pub struct DemoArgs {
    /// Address to listen on; a free port is taken if this one is in use
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8020")]
    pub listen: String,
    /// File to write `{"url":…,"pid":…,"player":…}` to once the picture can be watched
    #[arg(long, value_name = "PATH")]
    pub ready_file: Option<PathBuf>,
    /// Stop by itself after this many seconds
    #[arg(long, value_name = "SECONDS")]
    pub seconds: Option<u64>,
}

/// Runs `kinora demo`.
///
/// # Errors
///
/// A message for the terminal.
pub async fn run(args: DemoArgs) -> Result<(), String> {
    let data = TemporaryDirectory::make()?;
    let mut serve = ServeArgs {
        data: Some(data.0.clone()),
        listen: vec![args.listen.clone()],
        config: None,
        region: None,
        ready_file: None,
        first_account: crate::bootstrap::FirstAccount::default(),
    };
    if std::net::TcpListener::bind(&args.listen).is_err() {
        serve.listen = vec!["127.0.0.1:0".to_owned()];
    }
    let account = accounts::random_id();
    serve.first_account.account_id = Some(account.to_string());
    let access_key_id = access_keys::new_id(account);
    serve.first_account.root_access_key_id = Some(access_key_id.clone());
    let secret = access_keys::new_secret();
    serve.first_account.root_secret_access_key = Some(secret.clone());
    let password = server::random_alphanumerics(16);
    serve.first_account.root_email = Some(EMAIL.to_owned());
    serve.first_account.root_password = Some(password.clone());
    let running = Running::start(&serve).await?;
    let server = Arc::clone(&running.server);
    let client = Client::new(Settings {
        credentials: Credentials {
            access_key_id: access_key_id.clone(),
            secret_access_key: secret.clone(),
            session_token: None,
        },
        region: server.config.region.clone(),
        endpoint_url: server.url.clone(),
        ca_bundle: None,
    });
    let client = Arc::new(client.map_err(|error| error.to_string())?);
    create_stream(&client).await?;
    let camera = tokio::spawn(camera(Arc::clone(&client)));
    let player = player_url(&client, &server.url).await?;
    announce(&server.url, &player, &password, &access_key_id, &secret);
    if let Some(path) = &args.ready_file {
        let pid = std::process::id();
        let text = serde_json::json!({ "url": server.url, "pid": pid, "player": player });
        std::fs::write(path, text.to_string())
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    let seconds = args.seconds.map_or(Duration::MAX, Duration::from_secs);
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = crate::cli::serve::signalled() => {}
        () = tokio::time::sleep(seconds.min(FOREVER)) => {}
        ended = camera => return Err(format!("the camera stopped: {ended:?}")),
    }
    running.stop().await;
    Ok(())
}

async fn create_stream(client: &Client) -> Result<(), String> {
    let input = json!({
        "StreamName": STREAM,
        "DataRetentionInHours": 1,
        "MediaType": "video/h264,audio/aac",
    });
    call(client, "/createStream", &input).await.map(drop)
}

async fn call(client: &Client, path: &str, input: &Value) -> Result<Value, String> {
    let endpoint = client.endpoint().map_err(|error| error.to_string())?;
    let output = client.call(&endpoint, path, input).await;
    output.map_err(|error| error.to_string())
}

/// Sends the camera's picture as it is made, for ever.
async fn camera(client: Arc<Client>) -> Result<(), String> {
    let args = PutArgs {
        stream: client::stream_name(STREAM)?,
        file: PathBuf::from("-"),
        rate: Rate::Fast,
        timecodes: Timecodes::Absolute,
        start: Start::Now,
        connection: ConnectionArgs::default(),
    };
    let input = Box::new(LiveCamera::new()?);
    let sent = put::put(&client, &args, input, &mut |_| {}).await;
    sent.map_err(|error| error.to_string())
}

/// The synthetic camera as a file that is read at the pace of its picture.
struct LiveCamera {
    matroska: Matroska,
    start_ms: u64,
    rest: Bytes,
}

impl LiveCamera {
    fn new() -> Result<LiveCamera, String> {
        let start_ms = Clock::System.now_ms();
        let settings = CameraSettings {
            clock_start_ms: start_ms,
            // One-second groups: a viewer is that much nearer to now.
            gop: 25,
            ..CameraSettings::default()
        };
        let camera = Camera::new(settings).map_err(|error| error.to_string())?;
        let matroska = Matroska::new(camera, start_ms);
        Ok(LiveCamera {
            rest: matroska.header(),
            matroska,
            start_ms,
        })
    }
}

impl Read for LiveCamera {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.rest.is_empty() {
            let (at_ms, block) = self.matroska.next_block();
            let due_ms = self.start_ms + at_ms;
            let wait_ms = due_ms.saturating_sub(Clock::System.now_ms());
            std::thread::sleep(Duration::from_millis(wait_ms));
            self.rest = block;
        }
        let len = self.rest.len().min(buffer.len());
        buffer[..len].copy_from_slice(&self.rest.split_to(len));
        Ok(len)
    }
}

/// The address of the player, once there is something to play.
async fn player_url(client: &Client, url: &str) -> Result<String, String> {
    let input = json!({
        "StreamName": STREAM,
        "Expires": 43_200,
        // By the camera's clock: no seams from arrival times, and the player's delay is
        // that from the camera to the screen.
        "HLSFragmentSelector": { "FragmentSelectorType": "PRODUCER_TIMESTAMP" },
        "DiscontinuityMode": "ON_DISCONTINUITY",
        "DisplayFragmentTimestamp": "ALWAYS",
    });
    let endpoint = client.endpoint().map_err(|error| error.to_string())?;
    for _ in 0..TRIES {
        match client
            .call(&endpoint, "/getHLSStreamingSessionURL", &input)
            .await
        {
            Ok(output) => {
                let address = output["HLSStreamingSessionURL"]
                    .as_str()
                    .unwrap_or_default();
                return Ok(format!("{url}/console/play#{address}"));
            }
            Err(error) if error.code() == Some("ResourceNotFoundException") => {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            Err(error) => return Err(error.to_string()),
        }
    }
    Err("the camera's first fragment did not arrive".to_owned())
}

fn announce(url: &str, player: &str, password: &str, access_key_id: &str, secret: &str) {
    println!("Watch:\n  {player}\n");
    println!("Console:\n  {url}/console/");
    println!("  Root user: {EMAIL}\n  Password:  {password}\n");
    println!("Try, in another terminal:");
    println!("  export AWS_ENDPOINT_URL={url} AWS_DEFAULT_REGION=us-east-1");
    println!("  export AWS_ACCESS_KEY_ID={access_key_id} AWS_SECRET_ACCESS_KEY={secret}");
    println!("  aws kinesisvideo describe-stream --stream-name {STREAM}");
    println!(
        "  aws kinesis-video-media get-media --stream-name {STREAM} \
         --start-selector StartSelectorType=NOW live.mkv"
    );
    println!(
        "  ffmpeg -re -f lavfi -i testsrc2 -c:v libx264 -pix_fmt yuv420p -g 50 -bf 0 \
         -f matroska - | \\\n    curl --aws-sigv4 aws:amz:us-east-1:kinesisvideo \
         --user \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\" -X POST -T - \\\n    \
         -H 'x-amzn-stream-name: {STREAM}' -H 'x-amzn-fragment-timecode-type: RELATIVE' \\\n    \
         -H \"x-amzn-producer-start-timestamp: $(date +%s)\" {url}/putMedia\n"
    );
    println!("Ctrl-C ends the demo and removes its data.");
}

struct TemporaryDirectory(PathBuf);

impl TemporaryDirectory {
    fn make() -> Result<TemporaryDirectory, String> {
        let name = format!("kinora-demo-{}", server::random_alphanumerics(10));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(TemporaryDirectory(path))
    }
}

impl Drop for TemporaryDirectory {
    fn drop(&mut self) {
        let path: &Path = &self.0;
        // What cannot be removed is left to the system's own cleaning.
        let _ = std::fs::remove_dir_all(path);
    }
}

/// The demo's root user.
const EMAIL: &str = "demo@localhost";
const STREAM: &str = "demo";

/// Attempts, a tenth of a second apart, to find the camera's first fragment.
const TRIES: u32 = 150;

/// A sleep that never ends in practice; longer ones overflow the timer.
const FOREVER: Duration = Duration::from_secs(86_400 * 365);

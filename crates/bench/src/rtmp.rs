//! A publisher for RTMP 1.0, as much of it as nginx-rtmp needs to record a camera.

use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::clip::{Clip, FPS, GROUP_MS};
use crate::{Result, said};

/// Publishes the clip from `count` cameras, each frame at its time, begun spread over the
/// length of a group, each over a connection of its own.
pub(crate) async fn publish_all(
    port: u16,
    app: &'static str,
    count: usize,
    clip: Rc<Clip>,
    groups: u64,
) -> Result<()> {
    let mut sockets = Vec::new();
    for n in 0..count {
        sockets.push(connect(port, app, n).await.map_err(said(&"RTMP"))?);
    }
    let local = tokio::task::LocalSet::new();
    let mut tasks = Vec::new();
    for (socket, n) in sockets.into_iter().zip(0..) {
        let clip = Rc::clone(&clip);
        tasks.push(local.spawn_local(async move {
            let wait = Duration::from_millis(GROUP_MS) * n / count as u32;
            tokio::time::sleep(wait).await;
            publish(socket, &clip, groups).await
        }));
    }
    local
        .run_until(async {
            for task in tasks {
                let sent = task.await.map_err(said(&"a publisher"))?;
                sent.map_err(said(&"publishing"))?;
            }
            Ok(())
        })
        .await
}

/// Handshake (RTMP 1.0 §5.2), `connect`, `createStream`, `publish` (§7.2).
async fn connect(port: u16, app: &str, n: usize) -> std::io::Result<TcpStream> {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).await?;
    socket.set_nodelay(true)?;
    let mut hello = vec![0; 1 + HANDSHAKE];
    hello[0] = 3;
    socket.write_all(&hello).await?;
    let mut answer = vec![0; 1 + 2 * HANDSHAKE];
    socket.read_exact(&mut answer).await?;
    socket.write_all(&answer[1..=HANDSHAKE]).await?;
    let mut out = Vec::new();
    message(&mut out, 2, 1, 0, 0, &(CHUNK as u32).to_be_bytes());
    let mut command = Vec::new();
    text(&mut command, "connect");
    number(&mut command, 1.0);
    command.push(3);
    property(&mut command, "app", app);
    property(
        &mut command,
        "tcUrl",
        &format!("rtmp://127.0.0.1:{port}/{app}"),
    );
    command.extend_from_slice(&[0, 0, 9]);
    message(&mut out, 3, 20, 0, 0, &command);
    let mut command = Vec::new();
    text(&mut command, "createStream");
    number(&mut command, 2.0);
    command.push(5);
    message(&mut out, 3, 20, 0, 0, &command);
    let mut command = Vec::new();
    text(&mut command, "publish");
    number(&mut command, 3.0);
    command.push(5);
    text(&mut command, &format!("camera-{n}"));
    text(&mut command, "live");
    message(&mut out, 3, 20, 1, 0, &command);
    socket.write_all(&out).await?;
    // The answers are not looked at; what is on disk in the end tells.
    Ok(socket)
}

async fn publish(socket: TcpStream, clip: &Clip, groups: u64) -> std::io::Result<()> {
    let (mut read, mut write) = socket.into_split();
    let sending = async move {
        let begun = tokio::time::Instant::now();
        let mut out = Vec::new();
        video(&mut out, 0, true, 0, &clip.codec_private);
        write.write_all(&out).await?;
        let mut frames = 0;
        for _ in 0..groups {
            for (at, frame) in clip.frames.iter().enumerate() {
                tokio::time::sleep_until(begun + Duration::from_secs(1) / FPS * frames).await;
                out.clear();
                video(&mut out, frames * 1000 / FPS, at == 0, 1, frame);
                frames += 1;
                write.write_all(&out).await?;
            }
        }
        write.shutdown().await
    };
    let reading = async move {
        let mut away = vec![0; 4096];
        while matches!(read.read(&mut away).await, Ok(1..)) {}
    };
    tokio::join!(sending, reading).0
}

/// A VIDEODATA tag (Adobe FLV 10.1 §E.4.3) as a message.
fn video(out: &mut Vec<u8>, at_ms: u32, key: bool, kind: u8, data: &Bytes) {
    let mut payload = vec![if key { 0x17 } else { 0x27 }, kind, 0, 0, 0];
    payload.extend_from_slice(data);
    message(out, 4, 9, 1, at_ms, &payload);
}

/// A message in chunks (RTMP 1.0 §5.3). Nothing here lasts so long that its time needs
/// more than 24 bits.
fn message(out: &mut Vec<u8>, channel: u8, kind: u8, stream: u32, at_ms: u32, payload: &[u8]) {
    // Before the length of chunks is set it is 128, and the message that sets it is short.
    out.push(channel);
    out.extend_from_slice(&at_ms.to_be_bytes()[1..]);
    out.extend_from_slice(&(payload.len() as u32).to_be_bytes()[1..]);
    out.push(kind);
    out.extend_from_slice(&stream.to_le_bytes());
    for (n, chunk) in payload.chunks(CHUNK).enumerate() {
        if n > 0 {
            out.push(0xc0 | channel);
        }
        out.extend_from_slice(chunk);
    }
}

fn text(out: &mut Vec<u8>, text: &str) {
    out.push(2);
    name(out, text);
}

fn name(out: &mut Vec<u8>, name: &str) {
    out.extend_from_slice(&(name.len() as u16).to_be_bytes());
    out.extend_from_slice(name.as_bytes());
}

fn number(out: &mut Vec<u8>, number: f64) {
    out.push(0);
    out.extend_from_slice(&number.to_be_bytes());
}

fn property(out: &mut Vec<u8>, key: &str, value: &str) {
    name(out, key);
    text(out, value);
}

const HANDSHAKE: usize = 1536;
const CHUNK: usize = 65_536;

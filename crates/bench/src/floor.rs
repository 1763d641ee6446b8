//! The floor under ingest: bytes from sockets into files, synced, and nothing else.
//!
//! One blocking thread per connection reads 256 KiB at a time, appends to a file of its
//! own and syncs after each fragment's worth. No parsing, no index, no sealing, no acks.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::clip::Clip;
use crate::process::Process;
use crate::{Result, said};

/// What the loop took.
pub(crate) struct Floor {
    /// From the first byte to the last sync, seconds.
    pub(crate) wall_s: f64,
    /// Processor time, seconds.
    pub(crate) cpu_s: f64,
}

/// The receiving side, in a process of its own: a file for its port, a folder, the bytes
/// between syncs.
pub(crate) fn receive(args: &[String]) -> Result<()> {
    let [ready, folder, step] = args else {
        return Err("floor: a ready file, a folder and a length are needed".to_owned());
    };
    let step: usize = step.parse().map_err(said(step))?;
    let listener = TcpListener::bind("127.0.0.1:0").map_err(said(&"listening"))?;
    let address = listener.local_addr().map_err(said(&"listening"))?;
    let partial = format!("{ready}.partial");
    fs::write(&partial, address.to_string()).map_err(said(&partial))?;
    fs::rename(&partial, ready).map_err(said(ready))?;
    for (n, socket) in listener.incoming().enumerate() {
        let socket = socket.map_err(said(&"accepting"))?;
        let path = Path::new(folder).join(n.to_string());
        std::thread::spawn(move || {
            if let Err(error) = store(socket, &path, step) {
                eprintln!("{}: {error}", path.display());
            }
        });
    }
    Ok(())
}

fn store(mut socket: TcpStream, path: &Path, step: usize) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    let mut buffer = vec![0; 256 * 1024];
    let mut unsynced = 0;
    loop {
        let len = socket.read(&mut buffer)?;
        file.write_all(&buffer[..len])?;
        unsynced += len;
        if unsynced >= step || len == 0 {
            file.sync_data()?;
            unsynced = 0;
        }
        if len == 0 {
            return socket.write_all(b".");
        }
    }
}

/// Sends what `producers` unpaced producers would, and measures the receiver.
pub(crate) async fn run(
    folder: &Path,
    clip: &Rc<Clip>,
    producers: usize,
    clusters: u64,
) -> Result<Floor> {
    let ready = folder.join("ready");
    let program = std::env::current_exe().map_err(said(&"this program"))?;
    let step = clip.group.len().to_string();
    let args = [
        "floor".as_ref(),
        ready.as_os_str(),
        folder.as_os_str(),
        OsStr::new(&step),
    ];
    let mut process = Process::start(&program, &args, &[], &folder.join("log"))?;
    let address = loop {
        if let Ok(address) = fs::read_to_string(&ready) {
            break address;
        }
        process.check()?;
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    let before_s = process.cpu_s()?;
    let begun = Instant::now();
    let local = tokio::task::LocalSet::new();
    let senders: Vec<_> = (0..producers)
        .map(|_| local.spawn_local(send(address.clone(), Rc::clone(clip), clusters)))
        .collect();
    local
        .run_until(async {
            for sender in senders {
                sender
                    .await
                    .map_err(said(&"a sender"))?
                    .map_err(said(&"sending"))?;
            }
            Ok::<(), String>(())
        })
        .await?;
    Ok(Floor {
        wall_s: begun.elapsed().as_secs_f64(),
        cpu_s: process.cpu_s()? - before_s,
    })
}

async fn send(address: String, clip: Rc<Clip>, clusters: u64) -> std::io::Result<()> {
    let mut socket = tokio::net::TcpStream::connect(address).await?;
    for n in 0..clusters {
        socket.write_all(&clip.cluster_start(n, false)).await?;
        socket.write_all(&clip.group).await?;
    }
    socket.shutdown().await?;
    // One byte says that all of it is durable.
    socket.read_u8().await.map(drop)
}

//! nginx as a peer: recording RTMP, and serving files.

use std::ffi::OsStr;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use tokio::net::TcpStream;

use crate::process::Process;
use crate::{Result, said};

/// A running nginx, one process without workers.
pub(crate) struct Nginx {
    pub(crate) process: Process,
    pub(crate) port: u16,
}

impl Nginx {
    /// Records what is published to `flv/…` and `hls/…` into folders of these names.
    pub(crate) async fn record(folder: &Path) -> Result<Nginx> {
        for name in ["flv", "hls"] {
            let path = folder.join(name);
            fs::create_dir_all(&path).map_err(said(&path.display()))?;
        }
        let port = free_port()?;
        let root = folder.display();
        let blocks = format!(
            "rtmp {{ server {{ listen 127.0.0.1:{port}; chunk_size 65536; max_message 4M;
                application flv {{ live on; record video; record_path {root}/flv;
                    record_interval 10s; record_unique on; }}
                application hls {{ live on; hls on; hls_path {root}/hls; hls_fragment 2s;
                    hls_playlist_length 600s; hls_cleanup off; }}
            }} }}"
        );
        Nginx::start(folder, port, &blocks).await
    }

    /// Serves a folder's files over HTTP.
    pub(crate) async fn files(folder: &Path) -> Result<Nginx> {
        let port = free_port()?;
        let root = folder.display();
        let blocks = format!(
            "http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000;
                open_file_cache max=10000;
                server {{ listen 127.0.0.1:{port}; root {root}; }} }}"
        );
        Nginx::start(folder, port, &blocks).await
    }

    async fn start(folder: &Path, port: u16, blocks: &str) -> Result<Nginx> {
        let root = folder.display();
        let mut modules = String::new();
        if blocks.starts_with("rtmp") {
            modules.push_str("load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;\n");
        }
        let text = format!(
            "{modules}daemon off; master_process off; user root; pid {root}/pid;
            error_log {root}/error.log; events {{ worker_connections 4096; }}\n{blocks}\n"
        );
        let config = folder.join("nginx.conf");
        fs::write(&config, text).map_err(said(&config.display()))?;
        let args = [OsStr::new("-c"), config.as_os_str()];
        let mut process = Process::start(Path::new("nginx"), &args, &[], &folder.join("log"))?;
        for _ in 0..500 {
            process.check().map_err(said(&"nginx"))?;
            if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return Ok(Nginx { process, port });
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Err("nginx does not listen".to_owned())
    }
}

/// A port nobody listens on at the moment.
pub(crate) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(said(&"a free port"))?;
    let address = listener.local_addr().map_err(said(&"a free port"))?;
    Ok(address.port())
}

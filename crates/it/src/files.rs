//! A folder served over HTTP: a known good origin to compare the server with.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Serves the files of a folder to any origin until it is dropped.
pub struct FileServer {
    address: SocketAddr,
    closing: Arc<AtomicBool>,
}

impl FileServer {
    /// Starts to serve on a free port of the loopback interface.
    pub fn start(folder: &Path) -> FileServer {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
        let address = listener.local_addr().expect("a listener has an address");
        let closing = Arc::new(AtomicBool::new(false));
        let (folder, closed) = (folder.to_path_buf(), Arc::clone(&closing));
        std::thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept()
                && !closed.load(Ordering::Relaxed)
            {
                let folder = folder.clone();
                // A browser that goes away in the middle is no error of ours.
                std::thread::spawn(move || answer(&stream, &folder).ok());
            }
        });
        FileServer { address, closing }
    }

    /// The address of a file.
    pub fn url(&self, file: &str) -> String {
        format!("http://{}/{file}", self.address)
    }
}

impl Drop for FileServer {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address); // Wakes the listener.
    }
}

fn answer(mut stream: &TcpStream, folder: &Path) -> std::io::Result<()> {
    let mut request = BufReader::new(stream);
    let mut line = String::new();
    request.read_line(&mut line)?;
    let path = line.split(' ').nth(1).unwrap_or_default();
    let mut header = String::from("-");
    while !header.trim().is_empty() {
        header.clear();
        request.read_line(&mut header)?;
    }
    let name = PathBuf::from(path.trim_start_matches('/'));
    let (status, body) = match std::fs::read(folder.join(name.file_name().unwrap_or_default())) {
        Ok(body) => ("200 OK", body),
        Err(_) => ("404 Not Found", Vec::new()),
    };
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nAccess-Control-Allow-Origin: *\r\n\
         Connection: close\r\n\r\n"
    )?;
    stream.write_all(&body)
}

//! The trail as a file: one JSON object a line, rotated by size.
//!
//! `audit.jsonl` is written to; when it is full it becomes `audit.jsonl.1`, what was that
//! becomes `audit.jsonl.2`, and so on, and the oldest goes.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::config::AuditConfig;

/// A file that events are written to as well.
pub(super) struct Mirror {
    path: PathBuf,
    bytes_max: u64,
    kept_max: u32,
    /// The open file and its length.
    open: Option<(File, u64)>,
    /// Whether the last write failed, so that a full disk does not fill the log.
    is_failing: bool,
}

impl Mirror {
    /// The file of the configuration, if it names one.
    pub(super) fn new(config: &AuditConfig) -> Option<Mirror> {
        Some(Mirror {
            path: config.file.clone()?,
            bytes_max: config.file_bytes_max,
            kept_max: config.files_kept_max,
            open: None,
            is_failing: false,
        })
    }

    /// Writes events, each a line with its end. Writing blocks, so a thread does it; `None`
    /// if that thread died.
    pub(super) async fn write(mut self, lines: String) -> Option<Mirror> {
        let written = tokio::task::spawn_blocking(move || {
            let result = self.append(&lines);
            if let Err(error) = &result {
                self.open = None;
                if !self.is_failing {
                    let path = self.path.display();
                    tracing::error!(%error, %path, "audit events could not be written");
                }
            }
            self.is_failing = result.is_err();
            self
        });
        written.await.ok()
    }

    fn append(&mut self, lines: &str) -> io::Result<()> {
        if let Some((_, len)) = &self.open
            && *len > 0
            && len + lines.len() as u64 > self.bytes_max
        {
            self.open = None;
            self.rotate()?;
        }
        let (mut file, len) = match self.open.take() {
            Some(open) => open,
            None => opened(&self.path)?,
        };
        file.write_all(lines.as_bytes())?;
        self.open = Some((file, len + lines.len() as u64));
        Ok(())
    }

    fn rotate(&self) -> io::Result<()> {
        let numbered = |number: u32| {
            let mut name = self.path.clone().into_os_string();
            name.push(format!(".{number}"));
            PathBuf::from(name)
        };
        for number in (1..self.kept_max).rev() {
            move_over(&numbered(number), &numbered(number + 1))?;
        }
        match self.kept_max {
            0 => fs::remove_file(&self.path),
            _ => move_over(&self.path, &numbered(1)),
        }
    }
}

fn opened(path: &Path) -> io::Result<(File, u64)> {
    let mut options = OpenOptions::new();
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.create(true).append(true).open(path)?;
    let len = file.metadata()?.len();
    Ok((file, len))
}

fn move_over(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::Mirror;
    use crate::config::AuditConfig;

    #[tokio::test]
    async fn files_are_rotated_and_the_oldest_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        let config = AuditConfig {
            file: Some(path.clone()),
            file_bytes_max: 20,
            files_kept_max: 2,
            ..AuditConfig::default()
        };
        let line = |body: &str| format!("{body}\n");
        let mut mirror = Mirror::new(&config);
        for body in [
            "one 567890",
            "two 5678",
            "three",
            "four 67890",
            "five 67890",
        ] {
            mirror = mirror.unwrap().write(line(body)).await;
        }
        // Started again, it goes on where it was.
        let mirror = Mirror::new(&config).unwrap().write(line("six")).await;
        mirror.unwrap().write(line("seven 7890")).await.unwrap();
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!(read("audit.jsonl"), "seven 7890\n");
        assert_eq!(read("audit.jsonl.1"), "five 67890\nsix\n");
        assert_eq!(read("audit.jsonl.2"), "three\nfour 67890\n");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }
}

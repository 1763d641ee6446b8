//! `kinora fsck`: checks a data directory that no server has open.

use std::path::PathBuf;

use store::embedded::fsck::{self, Depth};

use crate::cli::serve::read_kek;

/// Checks a data directory: every row's media is there and opens, nothing is orphaned.
#[derive(Clone, clap::Args)]
#[command(after_help = "Exit code: 0 if all is well or was repaired, 1 if not. \
    What cannot be read is not repaired.\n\n\
    Example:\n  kinora fsck --data /srv/kinora --repair")]
pub struct FsckArgs {
    /// The data directory
    #[arg(
        long,
        value_name = "DIR",
        env = "KINORA_DATA",
        default_value = "./kinora-data"
    )]
    pub data: PathBuf,
    /// File with the key-encryption key, if it is not in the data directory
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
    /// Read and decrypt all media, not only its headers
    #[arg(long)]
    pub full: bool,
    /// Give the space of orphaned media back and remove rows whose media is lost
    #[arg(long)]
    pub repair: bool,
    /// Take the media that is there for all there is, after some was lost for good
    #[arg(long)]
    pub accept_media: bool,
}

/// Runs `kinora fsck`.
///
/// # Errors
///
/// A message for the terminal, also if the check found something wrong.
pub async fn run(args: FsckArgs) -> Result<(), String> {
    // To check makes no store.
    if !args.data.join("meta.db").exists() {
        let data = args.data.display();
        return Err(format!(
            "{data} is no data directory: nothing is stored there"
        ));
    }
    let depth = if args.full { Depth::Full } else { Depth::Quick };
    let is_repair = args.repair;
    let kek = args.key_file.as_deref().map(read_kek).transpose()?;
    let checked = tokio::task::spawn_blocking(move || {
        if args.accept_media {
            fsck::accept_media(&args.data, kek.clone())?;
        }
        fsck::check(&args.data, kek, depth, args.repair)
    });
    let report = checked.await.map_err(|error| error.to_string())?;
    let report = report.map_err(|error| error.to_string())?;
    println!("{report}");
    match report.is_clean() || (is_repair && report.is_mended()) {
        true => Ok(()),
        false => Err("the data directory is not as it should be".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{FsckArgs, run};

    #[tokio::test]
    async fn to_check_makes_no_store() {
        let dir = tempfile::tempdir().expect("a temporary folder can be made");
        let args = FsckArgs {
            data: dir.path().join("none"),
            key_file: None,
            full: false,
            repair: true,
            accept_media: false,
        };
        let error = run(args).await.expect_err("there is no store");
        assert!(error.contains("nothing is stored there"), "{error}");
        assert!(!dir.path().join("none").exists());
    }
}

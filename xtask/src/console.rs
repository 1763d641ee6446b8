//! `cargo xtask console`: builds the web console, which the server embeds.
//!
//! npm packages and the result stay in the folder `console/`, out of git. Nothing is
//! done when neither the sources nor the pins changed since the last build.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::{Result, setup, shell};

/// Builds the console if anything changed.
pub(crate) fn run(_args: &[String]) -> Result<()> {
    let folder = shell::root().join("console");
    let built = modified(&folder.join("dist/index.html"));
    if let Some(built) = built
        && sources(&folder)?
            .iter()
            .all(|path| modified(path).is_some_and(|time| time <= built))
    {
        return Ok(());
    }
    install(&folder)?;
    shell::run(npm(&folder).args(["run", "--silent", "build"]))
}

/// Types and lints of the console.
pub(crate) fn check() -> Result<()> {
    let folder = shell::root().join("console");
    install(&folder)?;
    shell::run(npm(&folder).args(["run", "--silent", "check"]))
}

/// The console's unit tests; `see` gets each line that they print.
pub(crate) fn test(see: impl FnMut(&str)) -> Result<bool> {
    let folder = shell::root().join("console");
    install(&folder)?;
    let mut command = npm(&folder);
    command
        .args(["run", "--silent", "test"])
        .env("NO_COLOR", "1");
    shell::watch(&mut command, see)
}

/// Installs what `package-lock.json` pins, once.
fn install(folder: &Path) -> Result<()> {
    setup::node()?;
    let lock = folder.join("package-lock.json");
    let done = folder.join("node_modules/installed-package-lock.json");
    if setup::same(&lock, &done) {
        return Ok(());
    }
    println!("installing npm packages of console/package.json");
    shell::run(npm(folder).args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]))?;
    setup::copy(&lock, &done)
}

fn npm(folder: &Path) -> std::process::Command {
    let mut command = shell::program("npm");
    command.current_dir(folder);
    command
}

/// Every file that the build reads but for npm's.
fn sources(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let failed = |error| format!("{}: {error}", folder.display());
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let name = path.file_name().unwrap_or_default();
            match path.is_dir() {
                true if ["node_modules", "dist", "build"]
                    .iter()
                    .any(|not| name == *not) => {}
                true => folders.push(path),
                false => found.push(path),
            }
        }
    }
    Ok(found)
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|file| file.modified()).ok()
}

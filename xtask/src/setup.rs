//! What the tests need beside Rust: installed when missing, and only then.
//!
//! Debian packages come from `apt-get`, the AWS clients from PyPI into `target/venv`,
//! browser libraries from npm into `target/web`. Versions of the latter two are pinned
//! by `crates/it/python/requirements.txt` and `crates/it/web/package-lock.json`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{Result, shell};

/// Where the test clients live.
pub(crate) struct Tools {
    /// A Python virtual environment with boto3 and the AWS CLI.
    pub(crate) venv: PathBuf,
    /// npm's folder with playwright-core, hls.js and a policy evaluator.
    pub(crate) node_modules: PathBuf,
}

/// Installs what is missing and says what it installs.
pub(crate) fn run() -> Result<Tools> {
    packages(PACKAGES)?;
    Ok(Tools {
        venv: python()?,
        node_modules: npm()?,
    })
}

/// Installs those of the Debian packages that are missing.
pub(crate) fn packages(names: &[&'static str]) -> Result<()> {
    let missing: Vec<&str> = names
        .iter()
        .copied()
        .filter(|name| !installed(name))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("installing Debian packages: {}", missing.join(" "));
    let install = ["install", "--yes", "--quiet", "--no-install-recommends"];
    let by_hand = format!("apt-get {} {}", install.join(" "), missing.join(" "));
    if shell::output(shell::program("id").arg("-u"))?.trim() != "0" {
        return Err(format!(
            "only root can install packages; run as root: {by_hand}"
        ));
    }
    shell::run(shell::program("apt-get").args(["update", "--quiet"]))?;
    let mut command = shell::program("apt-get");
    command
        .args(install)
        .args(&missing)
        .env("DEBIAN_FRONTEND", "noninteractive");
    shell::run(&mut command)
}

fn installed(package: &str) -> bool {
    let mut query = shell::program("dpkg-query");
    query.args(["--show", "--showformat", "${db:Status-Status}", package]);
    shell::output(&mut query).is_ok_and(|status| status == "installed")
}

fn python() -> Result<PathBuf> {
    let venv = shell::target().join("venv");
    let pins = shell::root().join("crates/it/python/requirements.txt");
    let done = venv.join("installed-requirements.txt");
    if same(&pins, &done) {
        return Ok(venv);
    }
    println!(
        "installing Python packages into {}:\n{}",
        venv.display(),
        read(&pins)?.trim_end()
    );
    shell::run(
        shell::program("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&venv),
    )?;
    let mut pip = shell::program(venv.join("bin/pip"));
    pip.args([
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--requirement",
    ]);
    shell::run(pip.arg(&pins))?;
    copy(&pins, &done)?;
    Ok(venv)
}

/// Checks that Node.js is there and new enough.
pub(crate) fn node() -> Result<()> {
    let version = shell::output(shell::program("node").arg("--version"))?;
    if new_enough(&version) {
        return Ok(());
    }
    let (version, (major, minor)) = (version.trim(), NODE_MIN);
    Err(format!(
        "node is {version}; Node.js {major}.{minor} or newer is needed"
    ))
}

/// Judges what `node --version` prints, such as `v20.19.0`.
fn new_enough(version: &str) -> bool {
    let mut numbers = version.trim().trim_start_matches('v').split('.');
    let mut number = || numbers.next().and_then(|n| n.parse().ok());
    let version: Option<(u32, u32)> = number().zip(number());
    version.is_some_and(|version| version >= NODE_MIN)
}

/// npm's folder with what drives a browser.
pub(crate) fn npm() -> Result<PathBuf> {
    node()?;
    let sources = shell::root().join("crates/it/web");
    let web = shell::target().join("web");
    let done = web.join("installed-package-lock.json");
    let lock = sources.join("package-lock.json");
    if same(&lock, &done) {
        return Ok(web.join("node_modules"));
    }
    println!(
        "installing npm packages of crates/it/web/package.json into {}",
        web.display()
    );
    fs::create_dir_all(&web).map_err(|error| format!("{}: {error}", web.display()))?;
    for name in ["package.json", "package-lock.json"] {
        copy(&sources.join(name), &web.join(name))?;
    }
    let mut command = shell::program("npm");
    command
        .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
        .current_dir(&web);
    shell::run(&mut command)?;
    copy(&lock, &done)?;
    Ok(web.join("node_modules"))
}

/// Whether both files exist and are equal.
pub(crate) fn same(a: &Path, b: &Path) -> bool {
    matches!((fs::read(a), fs::read(b)), (Ok(a), Ok(b)) if a == b)
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Copies a file.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    let failed = |error| format!("{} to {}: {error}", from.display(), to.display());
    fs::copy(from, to).map(drop).map_err(failed)
}

/// The oldest Node.js, major and minor, that builds the console (its `engines`). Debian 12
/// has an older one, so this is not installed.
const NODE_MIN: (u32, u32) = (20, 19);

/// The Debian packages that tests start programs of, each with what for.
const PACKAGES: &[&str] = &[
    "curl",                      // PutMedia and GetMedia with --aws-sigv4
    "ffmpeg",                    // test media, ffprobe
    "chromium",                  // players
    "gstreamer1.0-tools",        // gst-launch-1.0 as producer and player
    "gstreamer1.0-plugins-base", // videotestsrc, playback
    "gstreamer1.0-plugins-good", // matroskamux, hlsdemux's source
    "gstreamer1.0-plugins-bad",  // h264parse, hlsdemux
    "gstreamer1.0-plugins-ugly", // x264enc
    "gstreamer1.0-libav",        // avdec_h264
    "openssl",                   // keys and certificate requests of devices
    "python3-venv",              // the AWS clients
    "strace",                    // what is synced before it is acknowledged
];

#[cfg(test)]
mod tests {
    use super::{NODE_MIN, new_enough, read};
    use crate::shell;

    #[test]
    fn node_is_judged_by_its_minor_version_too() {
        for good in ["v20.19.0\n", "v20.20.2", "v21.0.0", "v24.1.0"] {
            assert!(new_enough(good), "{good}");
        }
        for bad in ["v20.18.9", "v18.20.4", "v9.99.0", "20", "", "node"] {
            assert!(!new_enough(bad), "{bad}");
        }
    }

    #[test]
    fn the_readme_and_the_console_name_the_same_node() {
        let (major, minor) = NODE_MIN;
        let engines = format!("\"node\": \">={major}.{minor}\"");
        let told = format!("Node.js {major}.{minor} or");
        for (file, text) in [("console/package.json", engines), ("README.md", told)] {
            let path = shell::root().join(file);
            assert!(read(&path).is_ok_and(|s| s.contains(&text)), "{file}");
        }
    }
}

//! The pinned botocore wheel, the machine-readable source of the service models.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

/// A downloaded wheel; the temporary folder goes when this value goes.
pub(crate) struct Wheel {
    folder: PathBuf,
}

impl Wheel {
    /// Downloads the pinned wheel with pip, without its dependencies.
    pub(crate) fn download() -> Result<Self, String> {
        let folder = std::env::temp_dir().join(format!("kinora-codegen-{}", std::process::id()));
        std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        let wheel = Self { folder };
        let output = Command::new("python3")
            .args([
                "-m",
                "pip",
                "download",
                "--quiet",
                "--no-deps",
                "--only-binary=:all:",
            ])
            .arg(format!("botocore=={BOTOCORE}"))
            .arg("--dest")
            .arg(&wheel.folder)
            .output()
            .map_err(|e| format!("python3 -m pip: {e}"))?;
        if !output.status.success() {
            return Err(format!(
                "pip download: {}",
                String::from_utf8_lossy(&output.stderr)
            ));
        }
        Ok(wheel)
    }

    /// Reads the newest `service-2.json` of a service.
    pub(crate) fn service_model(&self, service: &str) -> Result<Value, String> {
        let wheel = self
            .folder
            .join(format!("botocore-{BOTOCORE}-py3-none-any.whl"));
        let output = Command::new("python3")
            .args(["-c", READ_MODEL])
            .arg(&wheel)
            .arg(service)
            .output()
            .map_err(|e| format!("python3: {e}"))?;
        if !output.status.success() {
            return Err(format!(
                "{service}: {}",
                String::from_utf8_lossy(&output.stderr)
            ));
        }
        serde_json::from_slice(&output.stdout).map_err(|e| format!("{service}: {e}"))
    }
}

impl Drop for Wheel {
    fn drop(&mut self) {
        // A left-over temporary folder is a nuisance, not a failure.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The version the checked-in models were trimmed from.
const BOTOCORE: &str = "1.44.5";

const READ_MODEL: &str = "
import gzip, sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
folder = 'botocore/data/' + sys.argv[2] + '/'
names = sorted(n for n in wheel.namelist() if n.startswith(folder) and '/service-2.json' in n)
data = wheel.read(names[-1])
sys.stdout.buffer.write(gzip.decompress(data) if names[-1].endswith('.gz') else data)
";

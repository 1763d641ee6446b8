//! `cargo xtask codegen`: facts from the vendor's service models, and Rust from those facts.
//!
//! Two steps, each with a checked-in result:
//!
//! 1. the pinned botocore wheel is downloaded and its service models are trimmed to
//!    `models/<service>.json`: names, types, constraints, errors; no prose;
//! 2. `crates/aws/src/shapes/*.rs` is generated from `models/*.json` alone.
//!
//! `--check` writes nothing and fails on any difference; `--offline` skips step 1.

use std::fs;
use std::path::{Path, PathBuf};

mod model;
mod names;
mod ops;
mod rust;
mod served;
mod trim;
mod wheel;

use model::Model;

use crate::{Result, shell};

/// A service whose shapes are generated.
struct Service {
    /// The folder in the wheel, and the name of the file in `models/`.
    model: &'static str,
    /// The generated module, `crates/aws/src/shapes/<module>.rs`.
    module: &'static str,
    /// The variant of `aws::op::Service`.
    variant: &'static str,
    /// What its operations are called by in `aws::op::Op` before their own names, where other
    /// services have operations of the same names.
    prefix: &'static str,
}

/// Runs the command with its arguments.
///
/// # Errors
///
/// A sentence saying what failed or which file is not current.
pub(crate) fn run(args: &[String]) -> Result<()> {
    if let Some(unknown) = args
        .iter()
        .find(|a| !["--check", "--offline"].contains(&a.as_str()))
    {
        return Err(format!("codegen: unknown argument {unknown}"));
    }
    let check = args.iter().any(|a| a == "--check");
    let offline = args.iter().any(|a| a == "--offline");
    if !offline {
        for (path, text) in models_from_wheel()? {
            deliver(&path, &text, check)?;
        }
    }
    for (path, text) in rust_from_models()? {
        deliver(&path, &text, check)?;
    }
    Ok(())
}

/// Trims every model of the pinned wheel.
fn models_from_wheel() -> Result<Vec<(PathBuf, String)>> {
    let wheel = wheel::Wheel::download()?;
    let mut files = Vec::new();
    for service in SERVICES {
        let raw = wheel.service_model(service.model)?;
        let kept = match service.model {
            "iam" => Some(served::IAM),
            "iot" => Some(served::IOT),
            _ => None,
        };
        let text = trim::trim(service.model, &raw, kept)?;
        files.push((model_path(service), text));
    }
    Ok(files)
}

/// Generates every Rust file from the checked-in models.
fn rust_from_models() -> Result<Vec<(PathBuf, String)>> {
    let mut files = Vec::new();
    let mut models = Vec::new();
    for service in SERVICES {
        let path = model_path(service);
        let text = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        let model = Model::parse(&text).map_err(|e| format!("{}: {e}", path.display()))?;
        files.push((shapes_path(service.module), rust::generate(&model)?));
        models.push((service, model));
    }
    files.push((shapes_path("ops"), ops::generate(&models)?));
    Ok(files)
}

/// Writes `text`, or in check mode compares it with what is there.
fn deliver(path: &Path, text: &str, check: bool) -> Result<()> {
    let current = fs::read_to_string(path).unwrap_or_default();
    if current == text {
        return Ok(());
    }
    if check {
        return Err(format!(
            "{} is not current: run `cargo xtask codegen`",
            path.display()
        ));
    }
    fs::write(path, text).map_err(|e| format!("{}: {e}", path.display()))
}

fn model_path(service: &Service) -> PathBuf {
    shell::root()
        .join("models")
        .join(format!("{}.json", service.model))
}

fn shapes_path(module: &str) -> PathBuf {
    shell::root()
        .join("crates/aws/src/shapes")
        .join(format!("{module}.rs"))
}

const SERVICES: &[Service] = &[
    Service {
        model: "kinesisvideo",
        module: "kinesisvideo",
        variant: "KinesisVideo",
        prefix: "",
    },
    Service {
        model: "kinesis-video-media",
        module: "live_media",
        variant: "Media",
        prefix: "",
    },
    Service {
        model: "kinesis-video-archived-media",
        module: "archived_media",
        variant: "ArchivedMedia",
        prefix: "",
    },
    Service {
        model: "kinesis-video-signaling",
        module: "signaling",
        variant: "Signaling",
        prefix: "",
    },
    Service {
        model: "kinesis-video-webrtc-storage",
        module: "webrtc_storage",
        variant: "WebrtcStorage",
        prefix: "",
    },
    Service {
        model: "sts",
        module: "sts",
        variant: "Sts",
        prefix: "",
    },
    Service {
        model: "iam",
        module: "iam",
        variant: "Iam",
        prefix: "",
    },
    Service {
        model: "iot",
        module: "iot",
        variant: "Iot",
        prefix: "Iot",
    },
];

#[cfg(test)]
mod tests {
    use super::{SERVICES, fs, model_path, run, rust_from_models};

    #[test]
    fn generated_rust_is_current() {
        for (path, text) in rust_from_models().expect("the models generate") {
            let current = fs::read_to_string(&path).expect("the generated file exists");
            assert!(
                current == text,
                "{} is stale: run `cargo xtask codegen`",
                path.display()
            );
        }
    }

    #[test]
    fn models_hold_no_prose() {
        for service in SERVICES {
            let text = fs::read_to_string(model_path(service)).expect("the model exists");
            assert!(!text.contains("documentation"), "{}", service.model);
            assert!(!text.contains("<p>"), "{}", service.model);
        }
    }

    #[test]
    fn unknown_arguments_are_refused() {
        assert!(run(&["--chekc".to_owned()]).is_err());
    }
}

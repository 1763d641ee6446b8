//! hls.js in Chromium.

use std::time::Duration;

use serde_json::Value;

use crate::installed;
use crate::program::Program;

/// What a player did with a playlist.
#[derive(Debug)]
pub struct Played {
    /// Everything `crates/it/web/play.mjs` reports.
    pub report: Value,
    /// Play positions, seconds, four times a second.
    pub times: Vec<f64>,
    /// Pictures decoded.
    pub decoded_pictures: u64,
    /// Errors that hls.js reported, fatal or not.
    pub errors: Vec<Value>,
}

/// Plays a URL with hls.js until some seconds of media were played.
///
/// # Panics
///
/// If the browser cannot be driven.
pub fn play_hls(url: &str, seconds: u32) -> Played {
    let modules = installed("KINORA_TEST_NODE_MODULES");
    let script = crate::script("web/play.mjs");
    let home = tempfile::tempdir().expect("a temporary folder can be made");
    let node = Program::new("node")
        .args([script.as_os_str(), url.as_ref()])
        .args([seconds.to_string()])
        .envs([("KINORA_TEST_NODE_MODULES", modules.as_os_str())])
        .envs([("HOME", home.path()), ("TMPDIR", home.path())])
        .timeout(Duration::from_secs(u64::from(seconds) + 60));
    let report = node.run().json();
    let list = |key: &str| report[key].as_array().cloned().unwrap_or_default();
    Played {
        times: list("times").iter().filter_map(Value::as_f64).collect(),
        decoded_pictures: report["decodedFrames"].as_u64().unwrap_or(0),
        errors: list("errors"),
        report,
    }
}

impl Played {
    /// Asserts that the position went on to some second, never backwards, that pictures
    /// were decoded, and that the player complained about nothing.
    ///
    /// # Panics
    ///
    /// If not.
    pub fn assert_smooth(&self, seconds: f64) {
        let report = &self.report;
        assert!(self.errors.is_empty(), "errors: {report:#}");
        assert!(self.times.is_sorted(), "the position went back: {report:#}");
        let (first, last) = (self.times.first(), self.times.last());
        let advanced = last
            .zip(first)
            .is_some_and(|(last, first)| last - first >= seconds);
        assert!(
            advanced,
            "the position did not advance by {seconds} s: {report:#}"
        );
        assert!(self.decoded_pictures > 0, "nothing was decoded: {report:#}");
    }
}

//! hls.js and the server's own player in Chromium.

use std::time::Duration;

use serde_json::Value;

use crate::server::Server;
use crate::{browser, media};

/// What a player did with a playlist.
#[derive(Debug)]
pub struct Played {
    /// Everything that the script in `crates/it/web` reports.
    pub report: Value,
    /// Play positions, seconds, four times a second.
    pub times: Vec<f64>,
    /// Delays behind the media's own clock that the server's player showed, seconds.
    pub delays: Vec<f64>,
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
    drive("play.mjs", url, seconds)
}

/// Opens a URL in the server's own player until some seconds of media were played.
///
/// # Panics
///
/// If the browser cannot be driven.
pub fn watch(server: &Server, url: &str, seconds: u32) -> Played {
    watch_page(&format!("{}/console/play#{url}", server.url()), seconds)
}

/// The same for the whole address of a page.
///
/// # Panics
///
/// If the browser cannot be driven.
pub fn watch_page(page: &str, seconds: u32) -> Played {
    drive("watch.mjs", page, seconds)
}

fn drive(script: &str, url: &str, seconds: u32) -> Played {
    let timeout = Duration::from_secs(u64::from(seconds) + 60);
    let report = browser::run(script, &[url, &seconds.to_string()], timeout);
    let list = |key: &str| report[key].as_array().cloned().unwrap_or_default();
    let numbers = |key: &str| list(key).iter().filter_map(Value::as_f64).collect();
    Played {
        times: numbers("times"),
        delays: numbers("delays"),
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
        self.assert_advanced(seconds);
        let report = &self.report;
        // At 25 a second; a busy machine may drop some, a broken decoder drops them all.
        let enough = seconds * f64::from(media::PICTURES_PER_SECOND) / 2.0;
        assert!(
            self.decoded_pictures as f64 >= enough,
            "too little was decoded: {report:#}"
        );
        assert!(report["width"].as_u64() > Some(0), "no size: {report:#}");
    }

    /// The same of media without pictures, of which sound was decoded instead.
    ///
    /// # Panics
    ///
    /// If not.
    pub fn assert_heard(&self, seconds: f64) {
        self.assert_advanced(seconds);
        let report = &self.report;
        assert!(
            report["decodedAudioBytes"].as_u64() > Some(0),
            "nothing was decoded: {report:#}"
        );
        assert_eq!(self.decoded_pictures, 0, "{report:#}");
    }

    fn assert_advanced(&self, seconds: f64) {
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
    }
}

//! Test media made by ffmpeg, and what ffprobe says about media.

use std::path::Path;

use serde_json::Value;

use crate::program::Program;

/// ffmpeg writing `seconds` of H.264 test pictures as live Matroska to its standard
/// output: 25 pictures per second, a key frame and a Cluster every two seconds. Not
/// paced: the whole comes at once.
pub fn matroska(seconds: u32) -> Program {
    ffmpeg(seconds).line("-f matroska -live 1 -cluster_time_limit 5000 -flush_packets 1 -")
}

/// Writes the same pictures as an fMP4 HLS playlist with its segments into a folder.
pub fn hls(seconds: u32, folder: &Path) {
    let form = "-f hls -hls_time 2 -hls_playlist_type vod -hls_segment_type fmp4 index.m3u8";
    ffmpeg(seconds).line(form).folder(folder).run();
}

fn ffmpeg(seconds: u32) -> Program {
    Program::new("ffmpeg")
        .line("-v error -f lavfi -i testsrc=size=320x240:rate=25 -t")
        .args([seconds.to_string()])
        .line("-pix_fmt yuv420p -c:v libx264 -tune zerolatency -g 50 -bf 0")
}

/// Pictures of test media per second.
pub const PICTURES_PER_SECOND: u32 = 25;

/// The packets of a file, each with its `pts_time`, `size` and `flags`.
///
/// # Panics
///
/// If ffprobe cannot read the file.
pub fn packets(file: &Path) -> Vec<Value> {
    let probe = Program::new("ffprobe")
        .line("-v error -show_packets -of json")
        .args([file]);
    match probe.run().json()["packets"].take() {
        Value::Array(packets) => packets,
        other => panic!("ffprobe printed no packets but {other}"),
    }
}

/// How many pictures a decoder makes of a file.
///
/// # Panics
///
/// If ffprobe cannot read the file.
pub fn decoded_pictures(file: &Path) -> u64 {
    let count = "-v error -count_frames -select_streams v:0 -show_entries stream=nb_read_frames";
    let probe = Program::new("ffprobe")
        .line(count)
        .line("-of json")
        .args([file]);
    let json = probe.run().json();
    let text = json["streams"][0]["nb_read_frames"].as_str();
    text.and_then(|n| n.parse().ok())
        .unwrap_or_else(|| panic!("ffprobe printed {json}"))
}

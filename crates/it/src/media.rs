//! Test media made by ffmpeg, and what ffprobe says about media.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

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

/// The tracks of [`source`], in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Track {
    /// H.264 without B-frames.
    Video,
    /// H.264 with B-frames.
    Reordered,
    /// AAC.
    Aac,
    /// Opus.
    Opus,
    /// PCM, 16 bits, little endian.
    Pcm,
    /// H.264 of another size than the others.
    Small,
}

/// A file with six seconds of each [`Track`], 25 pictures a second and a key frame every
/// two seconds. It is encoded once per run and written into a folder.
///
/// # Panics
///
/// If ffmpeg fails.
pub fn source(folder: &Path) -> PathBuf {
    // A value that is computed once; nothing changes it.
    static SOURCE: LazyLock<Vec<u8>> = LazyLock::new(encode_source);
    let file = folder.join("source.mkv");
    std::fs::write(&file, &*SOURCE).expect("the file can be written");
    file
}

fn encode_source() -> Vec<u8> {
    let ffmpeg = Program::new("ffmpeg")
        .line("-v error -f lavfi -i testsrc2=size=320x180:rate=25")
        .line("-f lavfi -i sine=frequency=440:sample_rate=48000 -t 6 -map 0:v -map 0:v")
        .line("-map 1:a -map 1:a -map 1:a -map 0:v -ac 1 -pix_fmt yuv420p -c:v libx264")
        .line("-preset veryfast -g 50 -bf:v:0 0 -bf:v:1 3 -bf:v:2 0 -s:v:2 256x144")
        .line("-c:a:0 aac -c:a:1 libopus -c:a:2 pcm_s16le -f matroska -");
    ffmpeg.run().stdout
}

/// ffmpeg printing some tracks of a source as Matroska with its stock settings. Not
/// paced: the whole comes at once.
pub fn remux(source: &Path, tracks: &[Track]) -> Program {
    select(Program::new("ffmpeg").line("-v error"), source, tracks)
}

/// The same at the pace of a camera, the source over and over.
pub fn live(source: &Path, tracks: &[Track], seconds: u32) -> Program {
    let paced = Program::new("ffmpeg").line("-v error -re -stream_loop -1");
    let seconds = format!("{seconds}");
    select(paced.args(["-t", &seconds]), source, tracks)
}

fn select(ffmpeg: Program, source: &Path, tracks: &[Track]) -> Program {
    let maps = tracks
        .iter()
        .flat_map(|track| ["-map".to_owned(), format!("0:{}", *track as usize)]);
    ffmpeg
        .args(["-i".as_ref(), source.as_os_str()])
        .args(maps)
        .line("-c copy -f matroska -")
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

/// The codec of each track of a file or address and how many frames a decoder makes of
/// it, video first.
///
/// # Panics
///
/// If ffprobe fails or complains about the media.
pub fn probed(input: impl AsRef<OsStr>) -> Vec<(String, usize)> {
    let entries = "-v warning -count_frames -show_entries stream=codec_name,nb_read_frames";
    let probe = Program::new("ffprobe").line(entries).line("-of json");
    let output = probe.args([input]).run();
    assert_eq!(output.stderr, "");
    let json = output.json();
    // It lists the tracks of an HLS session once more, as those of a program.
    let tracks = json["streams"].as_array().cloned().unwrap_or_default();
    let text = |track: &Value, key: &str| track[key].as_str().unwrap_or_default().to_owned();
    let of = |track| (text(track, "codec_name"), text(track, "nb_read_frames"));
    let count = |(codec, frames): (String, String)| {
        let frames = frames.parse();
        (codec, frames.unwrap_or_else(|_| panic!("{json}")))
    };
    let mut tracks: Vec<(String, usize)> = tracks.iter().map(of).map(count).collect();
    tracks.sort_by_key(|(codec, _)| codec != "h264");
    tracks
}

/// Every frame that a decoder makes of a file or address: the digests of its content by
/// track, video first.
///
/// # Panics
///
/// If ffmpeg fails or complains about the media.
pub fn decoded(input: impl AsRef<OsStr>) -> Decoded {
    // A playlist may name its audio first.
    let decoder = Program::new("ffmpeg")
        .line("-v warning -xerror -i")
        .args([input])
        .line("-map 0:v? -map 0:a? -f framemd5 -");
    let output = decoder.run();
    let mut decoded = Decoded::default();
    for line in output.text().lines().filter(|line| !line.starts_with('#')) {
        let mut fields = line.split(',').map(str::trim);
        let (track, digest) = (fields.next(), fields.next_back());
        let (Some(track), Some(digest)) = (track, digest) else {
            panic!("ffmpeg printed {line}");
        };
        let track: usize = track.parse().expect("framemd5 begins with the track");
        decoded
            .tracks
            .resize(decoded.tracks.len().max(track + 1), Vec::new());
        decoded.tracks[track].push(digest.to_owned());
    }
    decoded.complaints = output.stderr;
    decoded
}

/// What a decoder made of media.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Decoded {
    /// Digests of the frames, by track.
    pub tracks: Vec<Vec<String>>,
    /// What the decoder complained about.
    pub complaints: String,
}

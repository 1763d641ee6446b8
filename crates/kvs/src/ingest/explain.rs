//! The wording of findings: what was seen, why it probably happened, what to change.
//!
//! Written for somebody who knows the camera and the encoder and has never read the
//! Matroska specification. Every cure names the switch to turn.

use media::frame::TrackKind;

use crate::ingest::ack::AckError;
use crate::ingest::building::{Building, Stamp};
use crate::ingest::finding::{Note, Weight};
use crate::ingest::header::Header;
use crate::limits;

pub(super) mod body;
pub(super) mod codec;
pub(super) mod tags;

/// A Cluster begins before the last frame of the fragment before it.
pub(super) fn timestamps_go_back(
    header: &Header,
    last: &Stamp,
    reordered: bool,
    ticks: u64,
    offset: u64,
) -> Note {
    let (cause, cure) = why_back(header, last, reordered, i128::from(ticks));
    Note {
        code: "timestamps-go-back",
        weight: Weight::Strict(AckError::FragmentTimecodeLesserThanPrevious),
        offset: Some(offset),
        element: Some("Segment/Cluster/Timestamp"),
        what: format!(
            "this Cluster begins at {}, but the fragment before it already had a frame of \
             {} at {} (its block is at byte {})",
            header.seconds(i128::from(ticks)),
            name(header, last.track),
            header.seconds(last.ticks),
            last.offset,
        ),
        cause: cause.into(),
        cure: cure.into(),
    }
}

fn why_back(
    header: &Header,
    last: &Stamp,
    reordered: bool,
    ticks: i128,
) -> (&'static str, &'static str) {
    let back_ms = header.ticks_to_ms(last.ticks - ticks);
    if back_ms >= RESTART_MS {
        return (
            "the source's clock started again (the camera or its RTSP session restarted, or \
             a file was looped) while the upload went on",
            "open a new PutMedia connection when the source restarts; with GStreamer let \
             rtspsrc end the pipeline instead of reconnecting below kvssink, with ffmpeg add \
             -reset_timestamps 0 -fflags +genpts, or stamp by arrival with \
             -use_wallclock_as_timestamps 1",
        );
    }
    if reordered {
        return (
            "the encoder makes B-frames: frames are sent in decoding order, not in the order \
             they are shown, so neighbouring Clusters overlap in time",
            "turn B-frames off: ffmpeg -bf 0 (libx264: also -tune zerolatency), GStreamer \
             x264enc bframes=0, cameras: H.264 Baseline profile",
        );
    }
    if last.kind == TrackKind::Audio && header.video().is_some() {
        return (
            "audio packets that belong after the next key frame were written before it: the \
             tracks are interleaved by arrival, not by time",
            "cut fragments and interleave tracks by timestamp: ffmpeg -max_interleave_delta 0, \
             kvssink: give both branches the same clock and a queue in front of each pad",
        );
    }
    (
        "timestamps jitter: they come from an uneven clock, such as arrival times, or the \
         frame rate is not what the caps say",
        "make the timestamps even: state the frame rate in the caps (GStreamer \
         video/x-raw,framerate=15/1; the sample app: -w -h -f), drop do-timestamp from the \
         source, put h264parse and alignment=au before kvssink so that one picture is one \
         frame, or ffmpeg -fps_mode cfr",
    )
}

/// A Cluster begins exactly at the last frame of the fragment before it.
pub(super) fn timestamps_touch(header: &Header, last: &Stamp, ticks: u64, offset: u64) -> Note {
    Note {
        code: "timestamps-touch",
        weight: Weight::Lenient(AckError::FragmentTimecodeLesserThanPrevious),
        offset: Some(offset),
        element: Some("Segment/Cluster/Timestamp"),
        what: format!(
            "this Cluster begins at {}, exactly the time of the last frame of the fragment \
             before it ({}, its block is at byte {})",
            header.seconds(i128::from(ticks)),
            name(header, last.track),
            last.offset,
        ),
        cause: "the last frame plus its duration was rounded onto the next key frame, the key \
                frame was sent twice, or audio and video share a timestamp; AWS has refused \
                such fragments"
            .into(),
        cure: "nothing for this server, which accepts it; for AWS give frames distinct times: \
               ffmpeg -fps_mode cfr, a finer -enc_time_base, kvssink frame-timecodes=true"
            .into(),
    }
}

/// A frame's stated duration reaches into the next fragment.
pub(super) fn frames_overlap(header: &Header, last: &Stamp, ticks: u64, offset: u64) -> Note {
    let end = last.ticks + i128::from(last.duration.unwrap_or(0));
    Note {
        code: "frames-overlap",
        weight: Weight::Advice,
        offset: Some(offset),
        element: Some("Segment/Cluster/BlockGroup/BlockDuration"),
        what: format!(
            "the last frame of the fragment before this Cluster ({}, at {}) lasts until {}, \
             but this Cluster begins at {}",
            name(header, last.track),
            header.seconds(last.ticks),
            header.seconds(end),
            header.seconds(i128::from(ticks)),
        ),
        cause: "the durations in the container are longer than the distance between frames".into(),
        cure: "let the muxer derive durations: ffmpeg -fps_mode cfr -r with the true frame \
               rate, GStreamer videorate before the encoder"
            .into(),
    }
}

/// A fragment of a connection with video has no key frame.
pub(super) fn no_key_frame(header: &Header, fragment: &Building, video: u64) -> Note {
    let state = fragment.tracks.iter().find(|t| t.span.number == video);
    let frames = state.map_or(0, |t| t.span.frames);
    let last = state.map_or(0, |t| t.span.last);
    let timecode = i128::from(fragment.id.timecode);
    Note {
        code: "no-key-frame",
        weight: Weight::Advice,
        offset: Some(fragment.start),
        element: Some("Segment/Cluster"),
        what: format!(
            "the Cluster from {} to {} has {frames} frames of {} and no key frame among them",
            header.seconds(timecode),
            header.seconds(timecode + i128::from(last)),
            name(header, video),
        ),
        cause: "the muxer cuts Clusters by time and size, not at key frames; ffmpeg does so by \
                default on a pipe, about every second or every 32 kB"
            .into(),
        cure: "Kinora cuts again at key frames when the media is read, so playback works; to \
               send fragments as AWS wants them: ffmpeg -cluster_time_limit 10000 \
               -cluster_size_limit 20000000 with -g at most 10 s, GStreamer kvssink or \
               matroskamux min-cluster-duration"
            .into(),
    }
}

/// A declared track has no frame in a fragment.
pub(super) fn frames_missing(header: &Header, fragment: &Building, track: u64) -> Note {
    let present: Vec<String> = (fragment.tracks.iter())
        .map(|t| {
            format!(
                "{} frames of {}",
                t.span.frames,
                name(header, t.span.number)
            )
        })
        .collect();
    let present = match present.len() {
        0 => "no frames at all".to_owned(),
        _ => present.join(" and "),
    };
    let kind = header.track(track).map(|t| t.kind);
    let (cause, cure) = match kind {
        Some(TrackKind::Video) => (
            "the muxer cut the Cluster by time or size and the picture fell outside, or the \
             video stopped while the sound went on",
            "ffmpeg -cluster_time_limit 10000 -cluster_size_limit 20000000 keeps each group of \
             pictures in one Cluster; do not declare video that is not sent",
        ),
        Some(TrackKind::Audio) => (
            "the sound started later, stopped, or is muted, though its track is declared",
            "send only tracks that always have frames: ffmpeg -an or -map 0:v drops the sound, \
             -af aresample=async=1 fills its gaps with silence; kvssink: link no audio pad",
        ),
        _ => (
            "a subtitle or data track was copied along; such tracks have few frames",
            "leave it out: ffmpeg -map 0:v -map 0:a -sn -dn",
        ),
    };
    Note {
        code: "frames-missing-for-track",
        weight: Weight::Strict(AckError::FramesMissingForTrack),
        offset: Some(fragment.start),
        element: Some("Segment/Cluster"),
        what: format!(
            "the Cluster at {} has no frame of {}; it has {present}",
            header.seconds(i128::from(fragment.id.timecode)),
            name(header, track),
        ),
        cause: cause.into(),
        cure: cure.into(),
    }
}

/// A block refers to a track that `Tracks` does not declare.
pub(super) fn undeclared_track(header: &Header, track: u64, offset: u64) -> Note {
    let declared: Vec<String> = header.tracks.iter().map(|t| t.number.to_string()).collect();
    let declared = match declared.len() {
        0 => "none is declared".to_owned(),
        1 => format!("only track {} is declared", declared[0]),
        _ => format!("tracks {} are declared", declared.join(", ")),
    };
    Note {
        code: "undeclared-track",
        weight: Weight::Strict(AckError::TrackNumberMismatch),
        offset: Some(offset),
        element: Some("Segment/Cluster/SimpleBlock"),
        what: format!("a frame belongs to track {track}, but {declared}"),
        cause: "the track numbers in the blocks and in Tracks come from different places, or \
                the header of another file was sent"
            .into(),
        cure: "send the header the muxer wrote for these frames; producer SDK: set the same \
               trackId in TrackInfo and in every Frame (1 for video, 2 for audio)"
            .into(),
    }
}

/// More tracks are declared than AWS takes.
pub(super) fn too_many_tracks(count: usize, offset: u64) -> Note {
    let error = AckError::MoreThanAllowedTracksFound;
    Note {
        code: "too-many-tracks",
        weight: if count > limits::TRACKS_STORED_MAX {
            Weight::Fatal(error)
        } else {
            Weight::Strict(error)
        },
        offset: Some(offset),
        element: Some("Segment/Tracks"),
        what: format!(
            "{count} tracks are declared; {} are allowed",
            limits::TRACKS_MAX
        ),
        cause: "all streams of the source were copied, with subtitles, data or several \
                languages"
            .into(),
        cure: "choose the tracks: ffmpeg -map 0:v:0 -map 0:a:0 -sn -dn".into(),
    }
}

/// A fragment is longer than AWS takes.
pub(super) fn too_long(header: &Header, fragment: &Building, last: &Stamp) -> Note {
    let timecode = i128::from(fragment.id.timecode);
    let keys = fragment.tracks.iter().any(|t| t.key);
    Note {
        code: "fragment-too-long",
        weight: Weight::Strict(AckError::MaxFragmentDurationReached),
        offset: Some(fragment.start),
        element: Some("Segment/Cluster"),
        what: format!(
            "the Cluster that begins at {} already reaches to {} ({}); {} s is the longest \
             fragment",
            header.seconds(timecode),
            header.seconds(last.ticks),
            name(header, last.track),
            limits::FRAGMENT_DURATION_MS_MAX / 1000,
        ),
        cause: if keys {
            "the encoder makes key frames too rarely, or timestamps jumped"
        } else {
            "no key frame came for that long: the encoder makes them too rarely, or a key \
             frame was lost"
        }
        .into(),
        cure: "make a key frame every 1 to 10 s: ffmpeg -g (frame rate times seconds), for \
               low frame rates -force_key_frames expr:gte(t,n_forced*2); GStreamer x264enc \
               key-int-max=; cameras: I-frame interval (GOP length)"
            .into(),
    }
}

/// A producer timestamp that cannot be true.
pub(super) fn producer_time(
    producer_ms: i64,
    now_ms: u64,
    absolute: bool,
    timecode: u64,
    offset: u64,
) -> Note {
    let now = i64::try_from(now_ms).unwrap_or(i64::MAX);
    let ahead = producer_ms.saturating_sub(now);
    let future = ahead > 0;
    let error = AckError::InvalidProducerTimestamp;
    let (cause, cure) = match (absolute, future) {
        (true, false) => (
            "fragment-timecode-type is ABSOLUTE, but the timestamps count from the start of \
             the recording, or the device's clock was never set",
            "send x-amzn-fragment-timecode-type: RELATIVE with x-amzn-producer-start-timestamp, \
             or stamp with the time of day: ffmpeg -output_ts_offset $(date +%s), kvssink \
             absolute-fragment-times=true; set the device's clock (NTP) first",
        ),
        (true, true) => (
            "the device's clock is ahead, or the timestamps are in another unit than \
             TimestampScale says",
            "set the device's clock (NTP); check that Cluster timestamps are milliseconds when \
             TimestampScale is 1000000",
        ),
        (false, true) => (
            "x-amzn-producer-start-timestamp is ahead, often because milliseconds were sent \
             where seconds are meant, or ABSOLUTE timestamps were sent as RELATIVE",
            "send x-amzn-producer-start-timestamp in seconds, such as $(date +%s.%3N), and \
             ABSOLUTE as the timecode type if Clusters carry the time of day",
        ),
        (false, false) => (
            "fragment-timecode-type is RELATIVE and x-amzn-producer-start-timestamp is 0 or \
             missing",
            "send the time the recording started: x-amzn-producer-start-timestamp: \
             $(date +%s.%3N)",
        ),
    };
    Note {
        code: if future {
            "producer-time-in-the-future"
        } else {
            "producer-time-before-2000"
        },
        // GetMedia of the real service shows RELATIVE fragments at 0.000, so those pass.
        weight: if absolute || future {
            Weight::Strict(error)
        } else {
            Weight::Advice
        },
        offset: Some(offset),
        element: Some("Segment/Cluster/Timestamp"),
        what: if future {
            format!(
                "the Cluster's timestamp {timecode} means {}.{:03} s since 1970, which is {} s \
                 in the future",
                producer_ms.div_euclid(1000),
                producer_ms.rem_euclid(1000),
                ahead / 1000,
            )
        } else {
            format!(
                "the Cluster's timestamp {timecode} means {}.{:03} s since 1970, which is \
                 before the year 2000",
                producer_ms.div_euclid(1000),
                producer_ms.rem_euclid(1000),
            )
        },
        cause: cause.into(),
        cure: cure.into(),
    }
}

/// A track as people call it: `track 1 (video, V_MPEG4/ISO/AVC)`.
pub(super) fn name(header: &Header, number: u64) -> String {
    let Some(track) = header.track(number) else {
        return format!("track {number} (undeclared)");
    };
    let kind = match track.kind {
        TrackKind::Video => "video".to_owned(),
        TrackKind::Audio => "audio".to_owned(),
        TrackKind::Other(17) => "subtitles".to_owned(),
        TrackKind::Other(kind) => format!("type {kind}"),
    };
    match track.codec_id.as_str() {
        "" => format!("track {number} ({kind})"),
        codec => format!("track {number} ({kind}, {})", short(codec)),
    }
}

/// Text from the network, cut to what fits in a sentence.
pub(super) fn short(text: &str) -> String {
    let mut out: String = text.chars().take(64).collect();
    if out.len() < text.len() {
        out.push('…');
    }
    out
}

/// Going back this far is no jitter and no reordering, milliseconds.
const RESTART_MS: i64 = 2_000;

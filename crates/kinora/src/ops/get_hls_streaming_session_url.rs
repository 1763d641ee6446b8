//! GetHLSStreamingSessionURL:
//! `API_reader_GetHLSStreamingSessionURL` in the AWS developer guide.
//!
//! The session lives in the token of its address; the server keeps nothing. A session
//! survives silence: only its opening asks for media of the last 30 seconds.

use aws::op::Op;
use aws::shapes::archived_media::{
    ContainerFormat, GetHLSStreamingSessionURLInput as Input,
    GetHLSStreamingSessionURLOutput as Output, HLSDiscontinuityMode, HLSDisplayFragmentTimestamp,
    HLSFragmentSelectorType, HLSPlaybackMode,
};
use kvs::playback::{DiscontinuityMode, Mode, Origin, Plan, Range};
use kvs::retention::horizon_ms;
use kvs::stream::Stream;
use store::StoredFragment;

use crate::ops::{ApiError, Caller, Cx, resolve};
use crate::playback::session;
use crate::playback::token::Session;
use crate::playback::tracks::Playable;

/// Opens a playback session.
///
/// # Errors
///
/// `InvalidArgumentException` for a selector that does not fit the mode,
/// `NoDataRetentionException`, `ResourceNotFoundException` without media to play,
/// `UnsupportedStreamMediaTypeException`, `MissingCodecPrivateDataException`,
/// `InvalidCodecPrivateDataException`.
pub async fn get_hls_streaming_session_url(
    cx: &Cx,
    caller: &Caller,
    input: Input,
) -> Result<Output, ApiError> {
    let (name, arn) = (input.stream_name.as_deref(), input.stream_arn.as_deref());
    let op = Op::GetHLSStreamingSessionURL;
    let stream = resolve::stream(cx, caller, op, name, arn).await?;
    if stream.retention_hours == 0 {
        let message = "The stream has no data retention, so nothing of it can be played.";
        return Err(ApiError::new("NoDataRetentionException", 400, message));
    }
    if input.container_format == Some(ContainerFormat::MpegTs) {
        return Err(ApiError::not_implemented("ContainerFormat MPEG_TS"));
    }
    let now_ms = cx.server.clock.now_ms();
    let mut session = open(&input, &stream, now_ms)?;
    let plan = check_media(cx, &stream, &session, now_ms).await?;
    if session.mode != Mode::OnDemand {
        session.target_s = u16::try_from(plan.target_s()).unwrap_or(u16::MAX);
    }
    let token = session::token_key(cx).await?.seal(&session);
    let base = cx.server.archived_media_url();
    let url = format!("{base}/hls/v1/getHLSMasterPlaylist.m3u8?SessionToken={token}");
    Ok(Output {
        hls_streaming_session_url: Some(url),
    })
}

fn open(input: &Input, stream: &Stream, now_ms: u64) -> Result<Session, ApiError> {
    let playback = input.playback_mode.unwrap_or(HLSPlaybackMode::Live);
    let selector = input.hls_fragment_selector.as_ref();
    let kind = selector.and_then(|selector| selector.fragment_selector_type);
    let origin = match kind.unwrap_or(HLSFragmentSelectorType::ServerTimestamp) {
        HLSFragmentSelectorType::ServerTimestamp => Origin::Server,
        HLSFragmentSelectorType::ProducerTimestamp => Origin::Producer,
    };
    let asked = selector.and_then(|selector| selector.timestamp_range.as_ref());
    let asked = asked.map(|range| {
        (
            range.start_timestamp.map(|time| time.0),
            range.end_timestamp.map(|time| time.0),
        )
    });
    let range = match playback {
        HLSPlaybackMode::Live if asked.is_some() => {
            return Err(ApiError::invalid_argument(
                "HLSFragmentSelector.TimestampRange must not be given when PlaybackMode is LIVE.",
            ));
        }
        HLSPlaybackMode::Live => None,
        _ if kind.is_none() => {
            return Err(ApiError::invalid_argument(
                "HLSFragmentSelector.FragmentSelectorType is required unless PlaybackMode is LIVE.",
            ));
        }
        mode => Some(checked_range(mode, origin, asked, now_ms)?),
    };
    let expires_s = u64::try_from(input.expires.unwrap_or(EXPIRES_DEFAULT_S)).unwrap_or(0);
    let default_results = match playback {
        HLSPlaybackMode::OnDemand => 1000,
        HLSPlaybackMode::Live | HLSPlaybackMode::LiveReplay => 5,
    };
    let max_results = input
        .max_media_playlist_fragment_results
        .unwrap_or(default_results);
    Ok(Session {
        stream: stream.id,
        expires_ms: now_ms + expires_s * 1000,
        mode: match playback {
            HLSPlaybackMode::Live => Mode::Live,
            HLSPlaybackMode::LiveReplay => Mode::LiveReplay {
                session_start_ms: now_ms,
            },
            HLSPlaybackMode::OnDemand => Mode::OnDemand,
        },
        origin,
        discontinuity: match (input.discontinuity_mode, origin) {
            (Some(HLSDiscontinuityMode::Always), _) | (None, Origin::Server) => {
                DiscontinuityMode::Always
            }
            (Some(HLSDiscontinuityMode::Never), _) | (None, Origin::Producer) => {
                DiscontinuityMode::Never
            }
            (Some(HLSDiscontinuityMode::OnDiscontinuity), _) => DiscontinuityMode::OnDiscontinuity,
        },
        show_timestamps: input.display_fragment_timestamp
            == Some(HLSDisplayFragmentTimestamp::Always),
        max_results: u16::try_from(max_results).unwrap_or(u16::MAX),
        range,
        target_s: 0,
    })
}

fn checked_range(
    mode: HLSPlaybackMode,
    origin: Origin,
    asked: Option<(Option<i64>, Option<i64>)>,
    now_ms: u64,
) -> Result<Range, ApiError> {
    let refuse = |message: &str| Err(ApiError::invalid_argument(message));
    let Some((start_ms, end_ms)) = asked else {
        return refuse(
            "HLSFragmentSelector.TimestampRange is required unless PlaybackMode is LIVE.",
        );
    };
    let Some(start_ms) = start_ms else {
        return refuse("HLSFragmentSelector.TimestampRange.StartTimestamp is required.");
    };
    let Some(end) = end_ms else {
        return match mode {
            HLSPlaybackMode::OnDemand => refuse(
                "HLSFragmentSelector.TimestampRange.EndTimestamp is required when PlaybackMode \
                 is ON_DEMAND.",
            ),
            _ => Ok(Range { start_ms, end_ms }),
        };
    };
    if end <= start_ms {
        return refuse("EndTimestamp must be after StartTimestamp.");
    }
    if end - start_ms > RANGE_MS_MAX {
        return refuse("EndTimestamp must be within 24 hours of StartTimestamp.");
    }
    if origin == Origin::Server && end > now_ms as i64 {
        return refuse(
            "EndTimestamp must be in the past when FragmentSelectorType is SERVER_TIMESTAMP.",
        );
    }
    Ok(Range { start_ms, end_ms })
}

/// Whether there is something to play, and whether it can be played; what is listed first.
async fn check_media(
    cx: &Cx,
    stream: &Stream,
    session: &Session,
    now_ms: u64,
) -> Result<Plan, ApiError> {
    let store = &cx.server.store;
    let oldest_ms = horizon_ms(now_ms, stream.retention_hours);
    let first = session::first_playable(cx, session, None, oldest_ms).await?;
    let recent = |row: &StoredFragment| {
        let end_ms = row.meta.number.server_ms + u64::from(row.meta.duration_ms);
        session.mode != Mode::Live || end_ms + LIVE_MS_MAX >= now_ms
    };
    let nothing = || {
        ApiError::not_found(match session.mode {
            Mode::Live => "No fragments found in the stream for the last 30 seconds.",
            _ => "No fragments found in the stream for the given range.",
        })
    };
    let first = first.filter(recent).ok_or_else(nothing)?;
    let media = store.read_fragment(stream.id, &first).await?;
    let playable = Playable::of(&media.header)?;
    playable.config(1, &media)?;
    if playable.selection.track(2).is_some() {
        playable.config(2, &media)?;
    }
    // Players give up on a session without segments. The first one is whole only at the
    // next key frame, which can be some fragments later.
    let plan = session::planned(cx, session, None, oldest_ms).await?;
    match plan.segments[..] {
        [] => Err(nothing()),
        [..] => Ok(plan),
    }
}

/// `Expires` if the caller does not say, seconds.
const EXPIRES_DEFAULT_S: i32 = 300;
/// Longest range, milliseconds (AWS: 24 hours).
const RANGE_MS_MAX: i64 = 86_400_000;
/// A live session opens on media no older than this, milliseconds (AWS: 30 s).
const LIVE_MS_MAX: u64 = 30_000;

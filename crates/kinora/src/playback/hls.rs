//! What an HLS session address leads to: playlists, initialisation segments and media
//! segments, cut from the frame index of the fragments when they are asked for.

use std::sync::Arc;

use bytes::Bytes;
use kvs::fragment::FragmentNumber;
use kvs::playback::samples::{PartMedia, track_frames};
use kvs::playback::segment::Segment;
use kvs::playback::{Estimate, Listed, Mode, Origin, segment_at};
use kvs::retention::horizon_ms;
use media::codec::CodecConfig;
use media::hls::master::MasterPlaylist;
use media::hls::media::{MediaPlaylist, MediaPlaylistSegment, PlaylistType};
use media::mp4;
use store::StoredFragment;
use store::error::StoreError;

use crate::http::auth::ensure_active;
use crate::http::body::Body;
use crate::http::reply::{self, Reply};
use crate::ops::{ApiError, Cx};
use crate::playback::known::SessionId;
use crate::playback::token::Session;
use crate::playback::tracks::{Playable, no_such_track};
use crate::playback::{rows, session};

/// Answers `GET /hls/v1/{file}`. The token in the query is all the authorisation needed.
///
/// # Errors
///
/// 403 for a token that is expired or none of ours; `ResourceNotFoundException` for media
/// that does not exist (any more); the codec errors of the session's opening.
pub async fn serve(cx: &Cx, file: &str, query: Option<&str>) -> Result<Reply, ApiError> {
    let query = Query(query.unwrap_or_default());
    let resource = Resource::open(cx, &query).await?;
    match file {
        "getHLSMasterPlaylist.m3u8" => resource.master_playlist().await,
        "getHLSMediaPlaylist.m3u8" => resource.media_playlist(query.track()?).await,
        "getMP4InitFragment.mp4" => resource.init(query.track()?, query.connection()?).await,
        "getMP4MediaFragment.mp4" => {
            let number = query
                .value("FragmentNumber")
                .and_then(FragmentNumber::parse);
            let number = number.ok_or_else(|| ApiError::not_found("FragmentNumber is missing."))?;
            resource.media(query.track()?, number).await
        }
        _ => Err(ApiError::not_found(format!(
            "There is no {file} in a session."
        ))),
    }
}

/// The parameters of a session's address. Their values are our own and never escaped.
struct Query<'a>(&'a str);

impl<'a> Query<'a> {
    fn value(&self, name: &str) -> Option<&'a str> {
        let mut pairs = self.0.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    fn track(&self) -> Result<u64, ApiError> {
        let track = self.value("TrackNumber").and_then(|text| text.parse().ok());
        track.ok_or_else(|| ApiError::not_found("TrackNumber is missing."))
    }

    fn connection(&self) -> Result<u64, ApiError> {
        let number = self.value("Connection").and_then(|text| text.parse().ok());
        number.ok_or_else(|| ApiError::not_found("Connection is missing."))
    }
}

struct Resource<'a> {
    cx: &'a Cx,
    token: &'a str,
    session: Session,
    oldest_ms: u64,
}

impl<'a> Resource<'a> {
    async fn open(cx: &'a Cx, query: &Query<'a>) -> Result<Resource<'a>, ApiError> {
        let token = query.value("SessionToken").unwrap_or_default();
        let now_ms = cx.server.clock.now_ms();
        let session = session::token_key(cx).await?.open(token).ok_or_else(|| {
            ApiError::new(
                "AccessDeniedException",
                403,
                "Streaming session token is invalid",
            )
        })?;
        if now_ms >= session.expires_ms {
            let message = "Streaming session token is expired";
            return Err(ApiError::new("AccessDeniedException", 403, message));
        }
        let stream = cx.server.store.stream_by_id(session.stream).await?;
        let stream = stream.ok_or_else(ApiError::stream_not_found)?;
        let directories = &cx.server.directories;
        let directory = directories.read(&cx.server.store, stream.account).await?;
        ensure_active(stream.account, directory.state())?;
        let oldest_ms = horizon_ms(now_ms, stream.retention_hours);
        Ok(Resource {
            cx,
            token,
            session,
            oldest_ms,
        })
    }

    async fn master_playlist(&self) -> Result<Reply, ApiError> {
        let id = SessionId::of(self.token);
        let first = session::first_playable(self.cx, &self.session, id, self.oldest_ms).await?;
        let first = first.ok_or_else(nothing_to_play)?;
        let media = self
            .cx
            .server
            .store
            .read_fragment(self.session.stream, &first)
            .await?;
        let playable = Playable::of(&media.header)?;
        let config = playable.config(1, &media)?;
        let mut codecs = vec![config.codec_string()];
        let audio_uri = match playable.selection.track(2) {
            Some(_) => {
                codecs.push(playable.config(2, &media)?.codec_string());
                Some(self.playlist_uri(2))
            }
            None => None,
        };
        let resolution = match &config {
            CodecConfig::H264(avc) => Some((avc.sps.width, avc.sps.height)),
            CodecConfig::Aac(_) => None,
        };
        let estimate = Estimate::of(&first.meta);
        let playlist = MasterPlaylist {
            codecs,
            resolution,
            frame_rate: estimate.frame_rate,
            bandwidth_bps: estimate.bandwidth_bps,
            uri: self.playlist_uri(1),
            audio_uri,
        };
        Ok(playlist_reply(playlist.print()))
    }

    async fn media_playlist(&self, track: u64) -> Result<Reply, ApiError> {
        if !(1..=2).contains(&track) {
            return Err(no_such_track(track));
        }
        let session = &self.session;
        let id = SessionId::of(self.token);
        let plan = session::planned(self.cx, session, id, self.oldest_ms).await?;
        if plan.segments.is_empty() {
            return Err(nothing_to_play());
        }
        let on_demand = session.mode == Mode::OnDemand;
        let mut playlist = MediaPlaylist {
            version: 7,
            playlist_type: on_demand.then_some(PlaylistType::Vod),
            target_duration_s: session.target_s.into(),
            media_sequence: plan.media_sequence,
            discontinuity_sequence: plan.discontinuity_sequence,
            segments: plan
                .segments
                .iter()
                .map(|listed| self.listed(listed, track))
                .collect(),
            ended: plan.ended,
        };
        if let Some(id) = id.filter(|_| !on_demand) {
            let (server, needed_s) = (&self.cx.server, playlist.target_duration());
            let (now_ms, expires_ms) = (server.clock.now_ms(), session.expires_ms);
            let target_s = server.known.target_s(id, expires_ms, now_ms, needed_s);
            playlist.target_duration_s = target_s;
        }
        Ok(playlist_reply(playlist.print()))
    }

    fn listed(&self, listed: &Listed, track: u64) -> MediaPlaylistSegment {
        let Listed {
            segment,
            discontinuities,
            gap,
        } = listed;
        let token = self.token;
        let (connection, digest) = (segment.init.session, segment.init.codec_digest);
        let number = segment.number();
        MediaPlaylistSegment {
            discontinuities: *discontinuities,
            map_uri: Some(format!(
                "getMP4InitFragment.mp4?SessionToken={token}&TrackNumber={track}\
                 &Connection={connection}&Digest={digest:016x}"
            )),
            program_date_time_ms: self.session.show_timestamps.then_some(segment.start_ms),
            duration_ms: segment.duration_ms,
            gap: *gap || (track == 2 && !segment.has_audio),
            uri: format!(
                "getMP4MediaFragment.mp4?FragmentNumber={number}&SessionToken={token}\
                 &TrackNumber={track}"
            ),
        }
    }

    async fn init(&self, track: u64, connection: u64) -> Result<Reply, ApiError> {
        let store = &self.cx.server.store;
        let id = self.session.stream;
        let row = rows::of_connection(store, id, connection)
            .await?
            .ok_or_else(gone)?;
        let mut media = store.read_fragment(id, &row).await.map_err(missing)?;
        let playable = Playable::of(&media.header)?;
        if row.meta.cut.is_none() {
            // Only needed without codec private data: the first key frame comes later.
            for later in store
                .fragments_after(id, Some(&row.meta.number), 16)
                .await?
            {
                if later.meta.cut.is_some() && later.meta.session == connection {
                    media = store.read_fragment(id, &later).await.map_err(missing)?;
                    break;
                }
            }
        }
        let config = playable.config(track, &media)?;
        let init = mp4::init::init_segment(track as u32, &config).map_err(unwritable)?;
        Ok(cached(reply::whole(200, "video/mp4", init)))
    }

    async fn media(&self, track: u64, number: FragmentNumber) -> Result<Reply, ApiError> {
        if !(1..=2).contains(&track) {
            return Err(no_such_track(track));
        }
        let store = &self.cx.server.store;
        let id = self.session.stream;
        let first = store.fragment(id, &number).await?;
        let first = first.filter(|row| row.meta.number.server_ms >= self.oldest_ms);
        let first = first.ok_or_else(gone)?;
        let origin = self.session.origin;
        // Mostly the fragment's own row tells that the segment ends with it.
        let alone = segment_at(std::slice::from_ref(&first.meta), number, origin, false);
        let (rows, segment) = match alone {
            Some(segment) => (vec![first], segment),
            None => {
                let rows = rows::of_segment(store, id, first).await?;
                let segment = segment_at(&rows::metas(&rows), number, origin, true);
                (rows, segment.ok_or_else(gone)?)
            }
        };
        if let [row] = &rows[..]
            && let Some(made) = store.made(id, row, made_name(origin, track))
        {
            return Ok(segment_reply(made));
        }
        let made = self.cut(track, &rows, &segment).await?;
        Ok(segment_reply(made))
    }

    /// Cuts a segment out of the fragments it lies in.
    async fn cut(
        &self,
        track: u64,
        rows: &[StoredFragment],
        segment: &Segment,
    ) -> Result<Arc<[Bytes]>, ApiError> {
        let (parts, media) = self.parts(rows, segment).await?;
        let first = media.first().ok_or_else(gone)?;
        let playable = Playable::of(&first.header)?;
        let config = playable.config(track, first)?;
        let source = playable.track(track).ok_or_else(|| no_such_track(track))?;
        let frames = track_frames(
            segment,
            &parts,
            source.number,
            &config,
            source.default_duration_ns,
        )
        .map_err(|error| ApiError::internal(error.to_string()))?;
        let sequence = segment.ordinal as u32;
        let written = mp4::fragment::media_segment(
            sequence,
            track as u32,
            frames.decode_time,
            &frames.frames,
        )
        .map_err(unwritable)?;
        let own_bytes = written.head.len();
        let slices = std::iter::once(written.head).chain(written.payload);
        let made: Arc<[Bytes]> = slices.collect();
        if let [row] = rows {
            // What was reframed is not the fragment's: then all of it is counted.
            let others = made
                .iter()
                .skip(1)
                .filter(|slice| !is_slice_of(slice, &first.cluster));
            let bytes = own_bytes + others.map(Bytes::len).sum::<usize>();
            let name = made_name(self.session.origin, track);
            let store = &self.cx.server.store;
            store.keep_made(self.session.stream, row, name, made.clone(), bytes);
        }
        Ok(made)
    }

    /// Reads the media of a segment's parts.
    async fn parts(
        &self,
        rows: &[StoredFragment],
        segment: &Segment,
    ) -> Result<(Vec<PartMedia>, Vec<store::FragmentBytes>), ApiError> {
        let store = &self.cx.server.store;
        let (mut parts, mut media) = (Vec::new(), Vec::new());
        for part in &segment.parts {
            let row = rows
                .iter()
                .find(|row| row.meta.number == part.number)
                .ok_or_else(gone)?;
            let bytes = store
                .read_fragment(self.session.stream, row)
                .await
                .map_err(missing)?;
            let (index, cluster) = (bytes.index.clone(), bytes.cluster.clone());
            parts.push(PartMedia { index, cluster });
            media.push(bytes);
        }
        Ok((parts, media))
    }

    fn playlist_uri(&self, track: u64) -> String {
        format!(
            "getHLSMediaPlaylist.m3u8?SessionToken={}&TrackNumber={track}",
            self.token
        )
    }
}

/// What a segment that lies in one fragment is kept by beside it.
fn made_name(origin: Origin, track: u64) -> u32 {
    u32::from(track == 2) << 1 | u32::from(origin == Origin::Server)
}

fn is_slice_of(slice: &Bytes, whole: &Bytes) -> bool {
    whole.as_ptr_range().contains(&slice.as_ptr())
}

fn segment_reply(made: Arc<[Bytes]>) -> Reply {
    cached(reply::with_body(200, "video/mp4", Body::slices(made)))
}

fn playlist_reply(text: String) -> Reply {
    let mut reply = reply::whole(200, "application/x-mpegURL", text);
    reply::header(&mut reply, "cache-control", "no-store");
    reply
}

/// Media never changes under its address, and only the session's own player may keep it.
fn cached(mut reply: Reply) -> Reply {
    reply::header(&mut reply, "cache-control", "private, max-age=3600");
    reply
}

fn nothing_to_play() -> ApiError {
    ApiError::not_found("No fragments found in the stream for the streaming request.")
}

fn gone() -> ApiError {
    ApiError::not_found("The requested fragment does not exist or has expired.")
}

fn missing(error: StoreError) -> ApiError {
    match error {
        StoreError::NotFound => gone(),
        other => other.into(),
    }
}

fn unwritable(error: mp4::WriteError) -> ApiError {
    ApiError::internal(format!("the segment cannot be written: {error}"))
}

//! The media playlist (RFC 8216 §4.3.3) of one track, or of all tracks in MPEG-TS.

use std::fmt::Write as _;

/// `EXT-X-PLAYLIST-TYPE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaylistType {
    /// Nothing is ever added or taken away.
    Vod,
    /// Segments are only added.
    Event,
}

/// What a media playlist says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaPlaylist {
    /// `EXT-X-VERSION`: 7 with fragmented MP4, 3 with MPEG-TS.
    pub version: u8,
    /// Its type; a window that slides has none.
    pub playlist_type: Option<PlaylistType>,
    /// Lower bound for the target duration, seconds. A playlist that is reloaded must
    /// never change its target duration (§6.2.1): give a value that no segment exceeds.
    pub target_duration_s: u64,
    /// Sequence number of the first segment.
    pub media_sequence: u64,
    /// Number of discontinuities before the first segment; printed unless 0.
    pub discontinuity_sequence: u64,
    /// The segments, oldest first.
    pub segments: Vec<MediaPlaylistSegment>,
    /// Whether nothing will follow (`EXT-X-ENDLIST`).
    pub ended: bool,
}

/// One segment of a media playlist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaPlaylistSegment {
    /// How many `EXT-X-DISCONTINUITY` come before it. More than one is how a playlist
    /// keeps count of breaks between which no segment is listed (§6.2.2).
    pub discontinuities: u32,
    /// URI of the initialisation segment; printed where it differs from the segment
    /// before, and after every discontinuity. `None` with MPEG-TS.
    pub map_uri: Option<String>,
    /// Wall time of its first frame, milliseconds since the epoch, if it is to be shown.
    pub program_date_time_ms: Option<i64>,
    /// Length, milliseconds.
    pub duration_ms: u64,
    /// Whether it holds nothing for this track (`EXT-X-GAP`, RFC 8216bis §4.4.4.7).
    pub gap: bool,
    /// URI.
    pub uri: String,
}

impl MediaPlaylist {
    /// The playlist's text. URIs must not contain quotes or line breaks.
    pub fn print(&self) -> String {
        let mut out = format!("#EXTM3U\n#EXT-X-VERSION:{}\n", self.version);
        match self.playlist_type {
            Some(PlaylistType::Vod) => out.push_str("#EXT-X-PLAYLIST-TYPE:VOD\n"),
            Some(PlaylistType::Event) => out.push_str("#EXT-X-PLAYLIST-TYPE:EVENT\n"),
            None => {}
        }
        let _ = writeln!(out, "#EXT-X-TARGETDURATION:{}", self.target_duration());
        let _ = writeln!(out, "#EXT-X-MEDIA-SEQUENCE:{}", self.media_sequence);
        if self.discontinuity_sequence > 0 {
            let sequence = self.discontinuity_sequence;
            let _ = writeln!(out, "#EXT-X-DISCONTINUITY-SEQUENCE:{sequence}");
        }
        out.push_str("#EXT-X-INDEPENDENT-SEGMENTS\n");
        let mut map = None;
        for segment in &self.segments {
            segment.print(&mut out, map);
            map = segment.map_uri.as_deref();
        }
        if self.ended {
            out.push_str("#EXT-X-ENDLIST\n");
        }
        out
    }

    /// The target duration, seconds: the longest segment's length rounded to the nearest
    /// (§4.3.3.1), and no less than [`MediaPlaylist::target_duration_s`] or 1.
    pub fn target_duration(&self) -> u64 {
        let longest = self
            .segments
            .iter()
            .map(|segment| segment.duration_ms)
            .max()
            .unwrap_or(0);
        longest
            .saturating_add(500)
            .div_euclid(1000)
            .max(self.target_duration_s)
            .max(1)
    }
}

impl MediaPlaylistSegment {
    fn print(&self, out: &mut String, map_before: Option<&str>) {
        for _ in 0..self.discontinuities {
            out.push_str("#EXT-X-DISCONTINUITY\n");
        }
        if let Some(uri) = self.map_uri.as_deref()
            && (self.discontinuities > 0 || map_before != Some(uri))
        {
            let _ = writeln!(out, "#EXT-X-MAP:URI=\"{uri}\"");
        }
        if let Some(ms) = self.program_date_time_ms {
            let _ = writeln!(out, "#EXT-X-PROGRAM-DATE-TIME:{}", date_time(ms));
        }
        let (seconds, millis) = (self.duration_ms / 1000, self.duration_ms % 1000);
        let _ = writeln!(out, "#EXTINF:{seconds}.{millis:03},");
        if self.gap {
            out.push_str("#EXT-X-GAP\n");
        }
        let _ = writeln!(out, "{}", self.uri);
    }
}

/// Milliseconds since the epoch as ISO 8601 in UTC: `2023-05-17T13:48:35.994Z`.
pub fn date_time(ms: i64) -> String {
    let days = ms.div_euclid(86_400_000);
    let in_day = ms.rem_euclid(86_400_000);
    let (year, month, day) = civil(days);
    let (hour, minute) = (in_day / 3_600_000, in_day / 60_000 % 60);
    let (second, millis) = (in_day / 1000 % 60, in_day % 1000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

/// Year, month and day of a day counted from 1970-01-01, in the Gregorian calendar.
fn civil(days: i64) -> (i64, i64, i64) {
    // Count from 0000-03-01, so that a leap day ends its year and a cycle of 400 years
    // has 146 097 days.
    let shifted = days + 719_468;
    let cycle = shifted.div_euclid(146_097);
    let day = shifted.rem_euclid(146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    // March to July and August to December repeat lengths of 153 days in five months.
    let month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (
        cycle * 400 + year + i64::from(month <= 2),
        month,
        day_of_month,
    )
}

#[cfg(test)]
mod tests {
    use super::{MediaPlaylist, MediaPlaylistSegment, PlaylistType, date_time};

    fn segment(name: &str, duration_ms: u64) -> MediaPlaylistSegment {
        MediaPlaylistSegment {
            discontinuities: 0,
            map_uri: Some("getMP4InitFragment.mp4?SessionToken=Ci~&TrackNumber=1".into()),
            program_date_time_ms: None,
            duration_ms,
            gap: false,
            uri: format!("getMP4MediaFragment.mp4?FragmentNumber={name}&SessionToken=Ci~"),
        }
    }

    #[test]
    fn on_demand_with_a_discontinuity_everywhere() {
        let always = |name, duration| MediaPlaylistSegment {
            discontinuities: 1,
            program_date_time_ms: Some(1_684_331_315_994),
            ..segment(name, duration)
        };
        let playlist = MediaPlaylist {
            version: 7,
            playlist_type: Some(PlaylistType::Vod),
            target_duration_s: 0,
            media_sequence: 0,
            discontinuity_sequence: 0,
            segments: vec![always("91", 2_663), always("92", 4_000)],
            ended: true,
        };
        let expected = r#"#EXTM3U
#EXT-X-VERSION:7
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-TARGETDURATION:4
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="getMP4InitFragment.mp4?SessionToken=Ci~&TrackNumber=1"
#EXT-X-PROGRAM-DATE-TIME:2023-05-17T13:48:35.994Z
#EXTINF:2.663,
getMP4MediaFragment.mp4?FragmentNumber=91&SessionToken=Ci~
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="getMP4InitFragment.mp4?SessionToken=Ci~&TrackNumber=1"
#EXT-X-PROGRAM-DATE-TIME:2023-05-17T13:48:35.994Z
#EXTINF:4.000,
getMP4MediaFragment.mp4?FragmentNumber=92&SessionToken=Ci~
#EXT-X-ENDLIST
"#;
        assert_eq!(playlist.print(), expected);
    }

    #[test]
    fn live_repeats_the_map_only_where_it_changes() {
        let mut changed = segment("13", 1_499);
        changed.map_uri = Some("other.mp4".into());
        let playlist = MediaPlaylist {
            version: 7,
            playlist_type: None,
            target_duration_s: 2,
            media_sequence: 1_234,
            discontinuity_sequence: 3,
            segments: vec![segment("11", 1_001), segment("12", 999), changed],
            ended: false,
        };
        let expected = r#"#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:2
#EXT-X-MEDIA-SEQUENCE:1234
#EXT-X-DISCONTINUITY-SEQUENCE:3
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MAP:URI="getMP4InitFragment.mp4?SessionToken=Ci~&TrackNumber=1"
#EXTINF:1.001,
getMP4MediaFragment.mp4?FragmentNumber=11&SessionToken=Ci~
#EXTINF:0.999,
getMP4MediaFragment.mp4?FragmentNumber=12&SessionToken=Ci~
#EXT-X-MAP:URI="other.mp4"
#EXTINF:1.499,
getMP4MediaFragment.mp4?FragmentNumber=13&SessionToken=Ci~
"#;
        assert_eq!(playlist.print(), expected);
    }

    #[test]
    fn transport_streams_and_gaps() {
        let playlist = MediaPlaylist {
            version: 3,
            playlist_type: Some(PlaylistType::Event),
            target_duration_s: 0,
            media_sequence: 0,
            discontinuity_sequence: 0,
            segments: vec![MediaPlaylistSegment {
                discontinuities: 0,
                map_uri: None,
                program_date_time_ms: None,
                duration_ms: 12_500,
                gap: true,
                uri: "getTSFragment.ts?FragmentNumber=1".into(),
            }],
            ended: false,
        };
        let expected = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-PLAYLIST-TYPE:EVENT\n\
            #EXT-X-TARGETDURATION:13\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-INDEPENDENT-SEGMENTS\n\
            #EXTINF:12.500,\n#EXT-X-GAP\ngetTSFragment.ts?FragmentNumber=1\n";
        assert_eq!(playlist.print(), expected);
    }

    #[test]
    fn the_target_duration_is_never_zero() {
        let playlist = MediaPlaylist {
            version: 7,
            playlist_type: None,
            target_duration_s: 0,
            media_sequence: 0,
            discontinuity_sequence: 0,
            segments: Vec::new(),
            ended: false,
        };
        assert_eq!(playlist.target_duration(), 1);
    }

    #[test]
    fn dates_of_leap_years_and_before_the_epoch() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_709_210_096_789, "2024-02-29T12:34:56.789Z"),
            (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        ] {
            assert_eq!(date_time(ms), text);
        }
    }
}

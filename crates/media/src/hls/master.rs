//! The master playlist (RFC 8216 §4.3.4): one variant, its audio apart.

use std::fmt::Write as _;

/// What a master playlist says.
#[derive(Clone, Debug, PartialEq)]
pub struct MasterPlaylist {
    /// RFC 6381 strings of all tracks, the variant's own first.
    pub codecs: Vec<String>,
    /// Picture size, unless the variant is audio only.
    pub resolution: Option<(u16, u16)>,
    /// Frames per second, printed with two digits, unless unknown.
    pub frame_rate: Option<f64>,
    /// Peak bits per second of all tracks, at least 1.
    pub bandwidth_bps: u64,
    /// URI of the variant's media playlist.
    pub uri: String,
    /// URI of the audio's media playlist, where audio comes in segments of its own.
    pub audio_uri: Option<String>,
}

impl MasterPlaylist {
    /// The playlist's text. URIs and codec strings must not contain quotes or line
    /// breaks.
    pub fn print(&self) -> String {
        let mut out = String::from("#EXTM3U\n#EXT-X-VERSION:1\n");
        if let Some(uri) = &self.audio_uri {
            let _ = writeln!(
                out,
                "#EXT-X-MEDIA:AUTOSELECT=YES,FORCED=NO,TYPE=AUDIO,URI=\"{uri}\",\
                 GROUP-ID=\"{AUDIO_GROUP}\",DEFAULT=NO,NAME=\"{AUDIO_GROUP}\""
            );
        }
        let _ = write!(
            out,
            "#EXT-X-STREAM-INF:CODECS=\"{}\"",
            self.codecs.join(",")
        );
        if let Some((width, height)) = self.resolution {
            let _ = write!(out, ",RESOLUTION={width}x{height}");
        }
        if let Some(rate) = self.frame_rate {
            let _ = write!(out, ",FRAME-RATE={rate:.2}");
        }
        let _ = write!(out, ",BANDWIDTH={}", self.bandwidth_bps.max(1));
        if self.audio_uri.is_some() {
            let _ = write!(out, ",AUDIO=\"{AUDIO_GROUP}\"");
        }
        let _ = write!(out, "\n{}\n", self.uri);
        out
    }
}

const AUDIO_GROUP: &str = "audio";

#[cfg(test)]
mod tests {
    use super::MasterPlaylist;

    #[test]
    fn video_with_audio() {
        let playlist = MasterPlaylist {
            codecs: vec!["avc1.42c032".into(), "mp4a.40.2".into()],
            resolution: Some((2592, 1944)),
            frame_rate: Some(15.009),
            bandwidth_bps: 2_583_047,
            uri: "getHLSMediaPlaylist.m3u8?SessionToken=Ci~&TrackNumber=1".into(),
            audio_uri: Some("getHLSMediaPlaylist.m3u8?SessionToken=Ci~&TrackNumber=2".into()),
        };
        let expected = concat!(
            "#EXTM3U\n#EXT-X-VERSION:1\n",
            "#EXT-X-MEDIA:AUTOSELECT=YES,FORCED=NO,TYPE=AUDIO,",
            "URI=\"getHLSMediaPlaylist.m3u8?SessionToken=Ci~&TrackNumber=2\",",
            "GROUP-ID=\"audio\",DEFAULT=NO,NAME=\"audio\"\n",
            "#EXT-X-STREAM-INF:CODECS=\"avc1.42c032,mp4a.40.2\",RESOLUTION=2592x1944,",
            "FRAME-RATE=15.01,BANDWIDTH=2583047,AUDIO=\"audio\"\n",
            "getHLSMediaPlaylist.m3u8?SessionToken=Ci~&TrackNumber=1\n",
        );
        assert_eq!(playlist.print(), expected);
    }

    #[test]
    fn audio_only() {
        let playlist = MasterPlaylist {
            codecs: vec!["mp4a.40.2".into()],
            resolution: None,
            frame_rate: None,
            bandwidth_bps: 0,
            uri: "a.m3u8".into(),
            audio_uri: None,
        };
        let expected = "#EXTM3U\n#EXT-X-VERSION:1\n\
            #EXT-X-STREAM-INF:CODECS=\"mp4a.40.2\",BANDWIDTH=1\na.m3u8\n";
        assert_eq!(playlist.print(), expected);
    }
}

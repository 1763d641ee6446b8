//! Session tokens: everything a playback session is, sealed, so that the server keeps
//! nothing and any node can serve it.
//!
//! A token is a bearer secret: whoever has it may watch until it expires. It is a
//! version byte and a nonce, then the fields under AES-256-GCM, in base64url.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kvs::name::StreamId;
use kvs::playback::{DiscontinuityMode, Mode, Origin, Range};

use crate::server;

/// A playback session, as GetHLSStreamingSessionURL opened it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// The stream.
    pub stream: StreamId,
    /// When it ends, milliseconds since the epoch.
    pub expires_ms: u64,
    /// Playback mode, with the session's start for a replay.
    pub mode: Mode,
    /// Clock of the timeline.
    pub origin: Origin,
    /// Where discontinuity markers go.
    pub discontinuity: DiscontinuityMode,
    /// Whether playlists show `EXT-X-PROGRAM-DATE-TIME`.
    pub show_timestamps: bool,
    /// Most segments per playlist.
    pub max_results: u16,
    /// The range; none in live mode.
    pub range: Option<Range>,
    /// The least target duration of its playlists, seconds.
    pub target_s: u16,
}

/// Seals and opens tokens.
pub struct TokenKey(LessSafeKey);

impl TokenKey {
    /// From a secret of the store.
    pub fn new(secret: &[u8; 32]) -> TokenKey {
        let key = UnboundKey::new(&AES_256_GCM, secret);
        TokenKey(LessSafeKey::new(
            key.expect("a key of 32 bytes fits AES-256"),
        ))
    }

    /// The token of a session.
    pub fn seal(&self, session: &Session) -> String {
        let nonce = server::random::<NONCE_LEN>();
        let mut fields = session.encode();
        let sealed = self.0.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from([VERSION]),
            &mut fields,
        );
        sealed.expect("a few bytes can be sealed");
        let mut token = vec![VERSION];
        token.extend_from_slice(&nonce);
        token.extend_from_slice(&fields);
        URL_SAFE_NO_PAD.encode(token)
    }

    /// The session of a token; `None` unless this server made it.
    pub fn open(&self, token: &str) -> Option<Session> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (head, sealed) = bytes.split_at_checked(1 + NONCE_LEN)?;
        let nonce: [u8; NONCE_LEN] = head.get(1..)?.try_into().ok()?;
        if head.first() != Some(&VERSION) {
            return None;
        }
        let mut sealed = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(nonce);
        let fields = self
            .0
            .open_in_place(nonce, Aad::from([VERSION]), &mut sealed)
            .ok()?;
        Session::decode(fields)
    }
}

impl Session {
    fn encode(&self) -> Vec<u8> {
        let (mode, session_start_ms) = match self.mode {
            Mode::Live => (0, 0),
            Mode::LiveReplay { session_start_ms } => (1, session_start_ms),
            Mode::OnDemand => (2, 0),
        };
        let discontinuity = match self.discontinuity {
            DiscontinuityMode::Always => 0,
            DiscontinuityMode::Never => 1,
            DiscontinuityMode::OnDiscontinuity => 2,
        };
        let end_ms = self.range.map(|range| range.end_ms);
        let mut out = Vec::with_capacity(64);
        out.extend_from_slice(&self.stream.0.to_be_bytes());
        out.extend_from_slice(&self.expires_ms.to_be_bytes());
        out.extend_from_slice(&[
            mode,
            u8::from(self.origin == Origin::Server),
            discontinuity,
            u8::from(self.show_timestamps),
            u8::from(end_ms.is_some()) + u8::from(end_ms.flatten().is_some()),
        ]);
        out.extend_from_slice(&self.max_results.to_be_bytes());
        out.extend_from_slice(&session_start_ms.to_be_bytes());
        let start_ms = self.range.map_or(0, |range| range.start_ms);
        out.extend_from_slice(&start_ms.to_be_bytes());
        out.extend_from_slice(&end_ms.flatten().unwrap_or(0).to_be_bytes());
        out.extend_from_slice(&self.target_s.to_be_bytes());
        out
    }

    fn decode(bytes: &[u8]) -> Option<Session> {
        let mut rest = bytes;
        let mut take = |len: usize| {
            let (field, after) = rest.split_at_checked(len)?;
            rest = after;
            Some(field)
        };
        let stream = StreamId(u64::from_be_bytes(take(8)?.try_into().ok()?));
        let expires_ms = u64::from_be_bytes(take(8)?.try_into().ok()?);
        let flags: [u8; 5] = take(5)?.try_into().ok()?;
        let max_results = u16::from_be_bytes(take(2)?.try_into().ok()?);
        let session_start_ms = u64::from_be_bytes(take(8)?.try_into().ok()?);
        let start_ms = i64::from_be_bytes(take(8)?.try_into().ok()?);
        let end_ms = i64::from_be_bytes(take(8)?.try_into().ok()?);
        let target_s = u16::from_be_bytes(take(2)?.try_into().ok()?);
        Some(Session {
            stream,
            expires_ms,
            mode: match flags[0] {
                0 => Mode::Live,
                1 => Mode::LiveReplay { session_start_ms },
                2 => Mode::OnDemand,
                _ => return None,
            },
            origin: if flags[1] == 1 {
                Origin::Server
            } else {
                Origin::Producer
            },
            discontinuity: match flags[2] {
                0 => DiscontinuityMode::Always,
                1 => DiscontinuityMode::Never,
                2 => DiscontinuityMode::OnDiscontinuity,
                _ => return None,
            },
            show_timestamps: flags[3] == 1,
            max_results,
            range: match flags[4] {
                0 => None,
                1 => Some(Range {
                    start_ms,
                    end_ms: None,
                }),
                _ => Some(Range {
                    start_ms,
                    end_ms: Some(end_ms),
                }),
            },
            target_s,
        })
    }
}

/// The body of a fuzz target: opens `data` as a token, decodes it as a token's fields,
/// and seals what they say.
///
/// # Panics
///
/// If a token opens that was not sealed, or one that was does not open to the same.
pub fn fuzz_token(data: &[u8]) {
    let key = TokenKey::new(&[7; 32]);
    let text = String::from_utf8_lossy(data);
    assert_eq!(key.open(&text), None, "nobody sealed this");
    let coded = URL_SAFE_NO_PAD.encode([&[VERSION], data].concat());
    assert_eq!(key.open(&coded), None, "nobody sealed this");
    if let Some(session) = Session::decode(data) {
        assert_eq!(key.open(&key.seal(&session)), Some(session));
    }
}

/// Version of the fields.
const VERSION: u8 = 2;

#[cfg(test)]
mod tests {
    use super::{Session, TokenKey, fuzz_token};
    use kvs::name::StreamId;
    use kvs::playback::{DiscontinuityMode, Mode, Origin, Range};

    fn sessions() -> Vec<Session> {
        let live = Session {
            stream: StreamId(7),
            expires_ms: 1_700_000_000_000,
            mode: Mode::Live,
            origin: Origin::Server,
            discontinuity: DiscontinuityMode::Always,
            show_timestamps: false,
            max_results: 5,
            range: None,
            target_s: 2,
        };
        let replay = Session {
            mode: Mode::LiveReplay {
                session_start_ms: 9,
            },
            origin: Origin::Producer,
            discontinuity: DiscontinuityMode::Never,
            range: Some(Range {
                start_ms: -5,
                end_ms: None,
            }),
            ..live
        };
        let on_demand = Session {
            mode: Mode::OnDemand,
            discontinuity: DiscontinuityMode::OnDiscontinuity,
            show_timestamps: true,
            range: Some(Range {
                start_ms: 1,
                end_ms: Some(2),
            }),
            ..live
        };
        vec![live, replay, on_demand]
    }

    #[test]
    fn corpus_of_tokens() {
        let folder =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/kinora_token");
        let files = std::fs::read_dir(folder).expect("the corpus is in the tree");
        let mut count = 0;
        for file in files {
            let path = file.expect("a readable folder").path();
            fuzz_token(&std::fs::read(path).expect("a readable file"));
            count += 1;
        }
        assert!(count > 5, "the corpus is lost");
    }

    #[test]
    fn tokens_round_trip() {
        let key = TokenKey::new(&[7; 32]);
        for session in sessions() {
            assert_eq!(key.open(&key.seal(&session)), Some(session));
        }
    }

    #[test]
    fn foreign_and_altered_tokens_are_refused() {
        let key = TokenKey::new(&[7; 32]);
        let token = key.seal(&sessions()[0]);
        assert_eq!(TokenKey::new(&[8; 32]).open(&token), None);
        for at in 0..token.len() {
            let mut altered = token.clone().into_bytes();
            altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).unwrap();
            assert_eq!(key.open(&altered), None, "byte {at}");
        }
        for short in ["", "A", "AQ", &token[..20]] {
            assert_eq!(key.open(short), None);
        }
    }
}

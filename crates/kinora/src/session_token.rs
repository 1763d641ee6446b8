//! Session tokens: what temporary credentials claim, sealed, so that the server keeps
//! nothing and any node can check them.
//!
//! A token is a version byte, the number of the key, a nonce, and the claims under
//! AES-256-GCM, in base64url. It has at most 2047 characters, because the C producer SDK
//! keeps it in a buffer of 2048 bytes; claims that make it longer (session policies, tags)
//! lie in a row of the store instead, sealed alike. The secret access key is derived from
//! access key id and nonce and kept nowhere.

mod claims;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use kvs::iam::Session;

use crate::server;

/// Seals and opens tokens, and derives the secrets that belong to them.
pub struct SessionKeys {
    seal: LessSafeKey,
    derive: hmac::Key,
}

/// Temporary credentials besides their access key id, which is the session's.
pub struct Issued {
    /// `SecretAccessKey`.
    pub secret: String,
    /// `SessionToken`.
    pub token: String,
    /// What the token has no room for: to be kept under the access key id before the
    /// credentials are handed out.
    pub row: Option<Vec<u8>>,
}

/// What a token says.
#[derive(Debug)]
pub struct Opened {
    /// The session; without what lies in the row, if there is one.
    pub session: Session,
    /// Whether the rest of the session is in a row.
    pub has_row: bool,
    /// Differs from session to session.
    pub nonce: [u8; NONCE_LEN],
}

impl SessionKeys {
    /// From two secrets of the store: one for tokens, one for secret access keys.
    pub fn new(seal: &[u8; 32], derive: &[u8; 32]) -> SessionKeys {
        let key = UnboundKey::new(&AES_256_GCM, seal);
        SessionKeys {
            seal: LessSafeKey::new(key.expect("a key of 32 bytes fits AES-256")),
            derive: hmac::Key::new(hmac::HMAC_SHA256, derive),
        }
    }

    /// Makes the credentials of a session. The token has at least `length_min`
    /// characters, but no more than 4096 for that.
    pub fn issue(&self, session: &Session, length_min: usize) -> Issued {
        let nonce = server::random::<NONCE_LEN>();
        let (core, bulk) = (claims::core(session), claims::bulk(session));
        let has_row = HEAD_LEN + 1 + core.len() + bulk.len() + TAG_LEN > TOKEN_BYTES_MAX;
        let mut fields = vec![u8::from(has_row)];
        fields.extend_from_slice(&core);
        if !has_row {
            fields.extend_from_slice(&bulk);
        }
        // Zeros behind the claims make a token as long as a client wants to try out.
        let wanted = length_min.min(PADDED_MAX) * 3 / 4;
        let least = wanted.saturating_sub(HEAD_LEN + TAG_LEN) + 1;
        if length_min > 0 && fields.len() < least {
            fields.resize(least, 0);
        }
        let head = [&[VERSION, KEY_NUMBER][..], &nonce].concat();
        let token = [&head[..], &self.sealed(nonce, TOKEN_PURPOSE, fields)].concat();
        let row = has_row.then(|| {
            let nonce = server::random::<NONCE_LEN>();
            let purpose = row_purpose(&session.access_key_id);
            [&nonce[..], &self.sealed(nonce, &purpose, bulk)].concat()
        });
        Issued {
            secret: self.secret(&session.access_key_id, &nonce),
            token: URL_SAFE_NO_PAD.encode(token),
            row,
        }
    }

    /// What a token says; `None` unless this server made it.
    pub fn open(&self, token: &str) -> Option<Opened> {
        if token.len() > PADDED_MAX + 4 {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (head, sealed) = bytes.split_at_checked(HEAD_LEN)?;
        let nonce: [u8; NONCE_LEN] = head.get(2..)?.try_into().ok()?;
        if head.get(..2)? != [VERSION, KEY_NUMBER] {
            return None;
        }
        let fields = self.opened(nonce, TOKEN_PURPOSE, sealed)?;
        let (&has_row, rest) = fields.split_first()?;
        let has_row = has_row == 1;
        let (mut session, rest) = claims::read_core(rest)?;
        if !has_row {
            claims::read_bulk(&mut session, rest)?;
        }
        Some(Opened {
            session,
            has_row,
            nonce,
        })
    }

    /// Completes a session from its row; `None` if that is not its own.
    pub fn complete(&self, session: &mut Session, row: &[u8]) -> Option<()> {
        let (nonce, sealed) = row.split_first_chunk::<NONCE_LEN>()?;
        let purpose = row_purpose(&session.access_key_id);
        let fields = self.opened(*nonce, &purpose, sealed)?;
        claims::read_bulk(session, &fields)
    }

    /// The secret access key of temporary credentials: 40 characters, as AWS's are.
    pub fn secret(&self, access_key_id: &str, nonce: &[u8; NONCE_LEN]) -> String {
        let mut text = b"kinora temporary secret ".to_vec();
        text.extend_from_slice(access_key_id.as_bytes());
        text.extend_from_slice(nonce);
        let tag = hmac::sign(&self.derive, &text);
        let bytes = tag.as_ref();
        STANDARD.encode(bytes.get(..SECRET_BYTES).unwrap_or(bytes))
    }

    fn sealed(&self, nonce: [u8; NONCE_LEN], purpose: &[u8], mut fields: Vec<u8>) -> Vec<u8> {
        let nonce = Nonce::assume_unique_for_key(nonce);
        let sealed = self
            .seal
            .seal_in_place_append_tag(nonce, Aad::from(purpose), &mut fields);
        sealed.expect("a few kilobytes can be sealed");
        fields
    }

    fn opened(&self, nonce: [u8; NONCE_LEN], purpose: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let mut bytes = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(nonce);
        let opened = self
            .seal
            .open_in_place(nonce, Aad::from(purpose), &mut bytes);
        let len = opened.ok()?.len();
        bytes.truncate(len);
        Some(bytes)
    }
}

fn row_purpose(access_key_id: &str) -> Vec<u8> {
    [b"kinora session row ", access_key_id.as_bytes()].concat()
}

/// Version of the claims.
const VERSION: u8 = 1;
/// The only key so far: a token names it so that there can be another one day.
const KEY_NUMBER: u8 = 0;
const TOKEN_PURPOSE: &[u8] = &[VERSION, KEY_NUMBER];
const HEAD_LEN: usize = 2 + NONCE_LEN;
const TAG_LEN: usize = 16;
/// What 2047 characters of base64 hold.
const TOKEN_BYTES_MAX: usize = 2047 * 3 / 4;
/// The most that `MinimumSessionTokenSize` can ask for.
const PADDED_MAX: usize = 4096;
/// 30 bytes are 40 characters.
const SECRET_BYTES: usize = 30;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use kvs::iam::{EntityId, Session, SessionKind};
    use kvs::name::AccountId;

    use super::SessionKeys;

    fn session(kind: SessionKind) -> Session {
        Session {
            access_key_id: "ASIAQFX64DQ2QAAAAAAA".to_owned(),
            account: AccountId::parse("012345678901").unwrap(),
            kind,
            issued_ms: 1_700_000_000_123,
            expires_ms: 1_700_003_600_000,
            mfa_ms: Some(1_700_000_000_000),
            policies: vec!["{\"Statement\":[]}".to_owned()],
            policy_arns: vec!["arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned()],
            tags: BTreeMap::from([("Team".to_owned(), "a".to_owned())]),
            transitive_tag_keys: vec!["Team".to_owned()],
            source_identity: Some("ana".to_owned()),
            is_chained: true,
            context: BTreeMap::from([("credentials-iot:ThingName".to_owned(), "cam".to_owned())]),
        }
    }

    fn kinds() -> [SessionKind; 5] {
        let user = || EntityId::new("AIDAEXAMPLE");
        let name = || "n".to_owned();
        [
            SessionKind::Root,
            SessionKind::User(user()),
            SessionKind::Role {
                role: EntityId::new("AROAEXAMPLE"),
                name: name(),
            },
            SessionKind::Federated {
                by: Some(user()),
                name: name(),
            },
            SessionKind::Federated {
                by: None,
                name: name(),
            },
        ]
    }

    #[test]
    fn a_token_says_what_was_sealed() {
        let keys = SessionKeys::new(&[1; 32], &[2; 32]);
        for kind in kinds() {
            let session = session(kind);
            let issued = keys.issue(&session, 0);
            assert!(issued.row.is_none() && issued.token.len() < 500);
            let opened = keys.open(&issued.token).unwrap();
            assert_eq!(opened.session, session);
            let secret = keys.secret(&session.access_key_id, &opened.nonce);
            assert_eq!((secret.len(), &secret), (40, &issued.secret));
        }
    }

    #[test]
    fn what_is_long_goes_to_a_row_of_its_own_session() {
        let keys = SessionKeys::new(&[1; 32], &[2; 32]);
        let mut long = session(SessionKind::Root);
        long.policies.push("x".repeat(2048));
        let issued = keys.issue(&long, 0);
        let row = issued.row.unwrap();
        assert!(issued.token.len() <= 2047);
        let mut opened = keys.open(&issued.token).unwrap();
        assert!(opened.has_row && opened.session.policies.is_empty());
        keys.complete(&mut opened.session, &row).unwrap();
        assert_eq!(opened.session, long);
        let mut other = opened.session.clone();
        other.access_key_id = "ASIAOTHER".to_owned();
        assert_eq!(keys.complete(&mut other, &row), None);
    }

    #[test]
    fn tokens_are_padded_to_the_length_asked_for() {
        let keys = SessionKeys::new(&[1; 32], &[2; 32]);
        let session = session(SessionKind::Root);
        for length in [1000, 3000, 4096] {
            let token = keys.issue(&session, length).token;
            assert!((length..=length + 4).contains(&token.len()), "{length}");
            assert_eq!(keys.open(&token).unwrap().session, session);
        }
    }

    #[test]
    fn nothing_else_opens() {
        let keys = SessionKeys::new(&[1; 32], &[2; 32]);
        let token = keys.issue(&session(SessionKind::Root), 0).token;
        let others = SessionKeys::new(&[3; 32], &[2; 32]);
        assert!(others.open(&token).is_none());
        for at in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            // The last character has bits that mean nothing, which decoding refuses.
            assert!(keys.open(&changed).is_none(), "{at}");
            assert!(keys.open(&token[..at]).is_none());
        }
    }
}

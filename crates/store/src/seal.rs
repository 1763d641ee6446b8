//! Sealing: AES-256-GCM (NIST SP 800-38D) with random 96-bit nonces.
//!
//! Every stream has a random data key that seals its fragments; data keys and other
//! secrets are sealed by the key-encryption key. What a ciphertext is for is its
//! associated data, so that none can be moved to another place unnoticed. With random
//! nonces one key is good for 2^32 messages, which at a fragment per second is 136
//! years of one stream.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::rand;
use bytes::{Bytes, BytesMut};
use kvs::fragment::FragmentNumber;
use kvs::ingest::ClosedFragment;
use kvs::name::StreamId;
use zeroize::Zeroizing;

use crate::error::StoreError;

/// The key-encryption key: whoever has it can read everything in a store.
#[derive(Clone)]
pub struct Kek(Zeroizing<[u8; 32]>);

impl Kek {
    /// A key from its bytes, which must be random.
    pub fn new(bytes: [u8; 32]) -> Kek {
        Kek(Zeroizing::new(bytes))
    }

    /// A new random key.
    pub fn random() -> Result<Kek, StoreError> {
        Ok(Kek(Zeroizing::new(random()?)))
    }

    /// The key's bytes, to be kept in a safe place.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Seals a secret for one purpose: version, nonce, ciphertext, tag.
    pub(crate) fn seal(&self, purpose: &[u8], secret: &[u8]) -> Result<Vec<u8>, StoreError> {
        let key = gcm(&self.0)?;
        let nonce: [u8; NONCE_LEN] = random()?;
        let mut out = Vec::with_capacity(1 + NONCE_LEN + secret.len() + TAG_LEN);
        out.push(VERSION);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(secret);
        let body = &mut out[1 + NONCE_LEN..];
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = key
            .seal_in_place_separate_tag(nonce, Aad::from(purpose), body)
            .map_err(|_| cipher_failed())?;
        out.extend_from_slice(tag.as_ref());
        Ok(out)
    }

    /// Opens what [`Kek::seal`] made for the same purpose.
    pub(crate) fn open(
        &self,
        purpose: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let what = || StoreError::Corrupt("a secret cannot be opened with this key".into());
        let (&version, rest) = sealed.split_first().ok_or_else(what)?;
        let (nonce, body) = rest.split_first_chunk::<NONCE_LEN>().ok_or_else(what)?;
        if version != VERSION || body.len() < TAG_LEN {
            return Err(what());
        }
        let mut body = Zeroizing::new(body.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let len = gcm(&self.0)?
            .open_in_place(nonce, Aad::from(purpose), &mut body)
            .map_err(|_| what())?
            .len();
        body.truncate(len);
        Ok(body)
    }
}

/// A stream's data key.
pub(crate) struct DataKey(LessSafeKey);

impl DataKey {
    /// Makes a key and gives it wrapped for storage.
    pub(crate) fn create(kek: &Kek, id: StreamId) -> Result<Vec<u8>, StoreError> {
        let key = Zeroizing::new(random::<32>()?);
        kek.seal(&wrap_purpose(id), &key[..])
    }

    /// Unwraps a key.
    pub(crate) fn unwrap(kek: &Kek, id: StreamId, wrapped: &[u8]) -> Result<DataKey, StoreError> {
        let bytes = kek.open(&wrap_purpose(id), wrapped)?;
        let bytes = <&[u8; 32]>::try_from(&bytes[..])
            .map_err(|_| StoreError::Corrupt("a data key has the wrong length".into()))?;
        Ok(DataKey(gcm(bytes)?))
    }

    /// Gathers `parts` into `out` and seals them there. `out` must have the length
    /// [`sealed_len`] says.
    pub(crate) fn seal(
        &self,
        id: StreamId,
        fragment: &ClosedFragment,
        index: &[u8],
        out: &mut [u8],
    ) -> Result<(), StoreError> {
        let mismatch = || StoreError::Corrupt("a record is not of the announced length".into());
        let (prefix, rest) = out.split_first_chunk_mut().ok_or_else(mismatch)?;
        let (body, tag_out) = rest
            .split_last_chunk_mut::<TAG_LEN>()
            .ok_or_else(mismatch)?;
        let lens = [
            index.len(),
            fragment.header.len(),
            fragment.cluster.iter().map(Bytes::len).sum(),
            fragment.trailer.iter().map(Bytes::len).sum(),
        ];
        let nonce: [u8; NONCE_LEN] = random()?;
        *prefix = prefix_of(nonce, lens)?;
        let mut free = &mut *body;
        let parts = [index, &fragment.header]
            .into_iter()
            .chain(fragment.cluster.iter().map(|part| &part[..]))
            .chain(fragment.trailer.iter().map(|part| &part[..]));
        for part in parts {
            let (place, rest) = free.split_at_mut_checked(part.len()).ok_or_else(mismatch)?;
            place.copy_from_slice(part);
            free = rest;
        }
        if !free.is_empty() {
            return Err(mismatch());
        }
        let aad = aad(id, &fragment.meta.number, prefix);
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = self
            .0
            .seal_in_place_separate_tag(nonce, Aad::from(aad), body)
            .map_err(|_| cipher_failed())?;
        tag_out.copy_from_slice(tag.as_ref());
        Ok(())
    }

    /// Opens a sealed record in place.
    pub(crate) fn open(
        &self,
        id: StreamId,
        number: &FragmentNumber,
        mut sealed: BytesMut,
    ) -> Result<Opened, StoreError> {
        let corrupt = |why| StoreError::Corrupt(format!("fragment {number}: {why}"));
        if sealed.len() < OVERHEAD {
            return Err(corrupt("its record is too short"));
        }
        let mut body = sealed.split_off(PREFIX_LEN);
        let prefix = <&[u8; PREFIX_LEN]>::try_from(&sealed[..])
            .map_err(|_| corrupt("its record is too short"))?;
        let (nonce, lens) =
            parse_prefix(prefix).ok_or_else(|| corrupt("its record has an unknown version"))?;
        let aad = aad(id, number, prefix);
        let len = self
            .0
            .open_in_place(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(aad),
                &mut body,
            )
            .map_err(|_| corrupt("its record fails authentication"))?
            .len();
        body.truncate(len);
        if lens.iter().map(|&len| len as u64).sum::<u64>() != len as u64 {
            return Err(corrupt("the parts of its record do not add up"));
        }
        let mut body = body.freeze();
        let [index, header, cluster, trailer] = lens.map(|len| body.split_to(len as usize));
        Ok(Opened {
            index,
            header,
            cluster,
            trailer,
        })
    }
}

/// The parts of an opened record, slices of one buffer.
pub(crate) struct Opened {
    pub(crate) index: Bytes,
    pub(crate) header: Bytes,
    pub(crate) cluster: Bytes,
    pub(crate) trailer: Bytes,
}

/// Length of the sealed record of a fragment.
pub(crate) fn sealed_len(fragment: &ClosedFragment, index: &[u8]) -> Result<u32, StoreError> {
    let len = OVERHEAD
        + index.len()
        + fragment.header.len()
        + fragment.cluster.iter().map(Bytes::len).sum::<usize>()
        + fragment.trailer.iter().map(Bytes::len).sum::<usize>();
    u32::try_from(len).map_err(|_| too_large())
}

/// Random bytes of the operating system's generator.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], StoreError> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes)
        .map_err(|_| StoreError::Unavailable("the system gives no random bytes".into()))?;
    Ok(bytes)
}

fn gcm(key: &[u8; 32]) -> Result<LessSafeKey, StoreError> {
    let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| cipher_failed())?;
    Ok(LessSafeKey::new(key))
}

fn wrap_purpose(id: StreamId) -> Vec<u8> {
    [b"kinora data key ".as_slice(), &id.0.to_be_bytes()].concat()
}

/// Version, three zero bytes, nonce, and the lengths of the four parts.
fn prefix_of(nonce: [u8; NONCE_LEN], lens: [usize; 4]) -> Result<[u8; PREFIX_LEN], StoreError> {
    let mut prefix = [0; PREFIX_LEN];
    prefix[0] = VERSION;
    prefix[4..16].copy_from_slice(&nonce);
    for (place, len) in prefix[16..].chunks_exact_mut(4).zip(lens) {
        let len = u32::try_from(len).map_err(|_| too_large())?;
        place.copy_from_slice(&len.to_be_bytes());
    }
    Ok(prefix)
}

fn parse_prefix(prefix: &[u8; PREFIX_LEN]) -> Option<([u8; NONCE_LEN], [u32; 4])> {
    let (head, rest) = prefix.split_first_chunk::<4>()?;
    let (nonce, rest) = rest.split_first_chunk::<NONCE_LEN>()?;
    let mut lens = [0; 4];
    for (len, bytes) in lens.iter_mut().zip(rest.chunks_exact(4)) {
        *len = u32::from_be_bytes(bytes.try_into().ok()?);
    }
    (*head == [VERSION, 0, 0, 0]).then_some((*nonce, lens))
}

/// Stream, fragment number and prefix: a record is only good in its own place.
fn aad(id: StreamId, number: &FragmentNumber, prefix: &[u8; PREFIX_LEN]) -> [u8; 28 + PREFIX_LEN] {
    let mut aad = [0; 28 + PREFIX_LEN];
    aad[..8].copy_from_slice(&id.0.to_be_bytes());
    aad[8..16].copy_from_slice(&number.sequence.to_be_bytes());
    aad[16..24].copy_from_slice(&number.server_ms.to_be_bytes());
    aad[24..28].copy_from_slice(&number.random.to_be_bytes());
    aad[28..].copy_from_slice(prefix);
    aad
}

fn cipher_failed() -> StoreError {
    StoreError::Unavailable("the cipher failed".into())
}

fn too_large() -> StoreError {
    StoreError::Corrupt("a fragment of 4 GiB or more cannot be stored".into())
}

const VERSION: u8 = 1;
const TAG_LEN: usize = 16;
const PREFIX_LEN: usize = 32;
/// What sealing adds to a record.
const OVERHEAD: usize = PREFIX_LEN + TAG_LEN;

#[cfg(test)]
mod tests;

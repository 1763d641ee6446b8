//! Bodies: reading a request's within bounds, and the kinds a response can have.

use std::io::IoSlice;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt as _;
use kvs::limits;
use tokio::sync::{Semaphore, SemaphorePermit, mpsc};

/// A response's body.
#[derive(Debug)]
pub enum Body {
    /// All of it, with a Content-Length; `None` once it is sent.
    Whole(Option<Bytes>),
    /// Slices that together have a known length; `None` once they are sent.
    Slices(Option<Data>),
    /// Slices as they come, each one HTTP chunk; ends when the sender is dropped.
    Stream(mpsc::Receiver<Bytes>),
}

impl Body {
    /// No bytes.
    pub fn empty() -> Body {
        Body::Whole(None)
    }

    /// All bytes at once.
    pub fn whole(bytes: impl Into<Bytes>) -> Body {
        Body::Whole(Some(bytes.into()).filter(|bytes| !bytes.is_empty()))
    }

    /// Slices in order, which others may share.
    pub fn slices(slices: Arc<[Bytes]>) -> Body {
        Body::Slices(Some(Data::many(slices)).filter(Data::has_remaining))
    }
}

/// Bytes to be sent at once.
#[derive(Debug)]
pub enum Data {
    /// One slice.
    One(Bytes),
    /// Many, of which as many as possible go into one system call.
    Many {
        /// All of them.
        slices: Arc<[Bytes]>,
        /// The first that is not sent yet.
        at: usize,
        /// What is sent of that one, bytes.
        sent: usize,
        /// What is left of all, bytes.
        left: usize,
    },
}

impl Data {
    fn many(slices: Arc<[Bytes]>) -> Data {
        let left = slices.iter().map(Bytes::len).sum();
        let mut data = Data::Many {
            slices,
            at: 0,
            sent: 0,
            left,
        };
        // Empty slices at the beginning are passed over.
        data.advance(0);
        data
    }
}

impl Buf for Data {
    fn remaining(&self) -> usize {
        match self {
            Data::One(bytes) => bytes.len(),
            Data::Many { left, .. } => *left,
        }
    }

    fn chunk(&self) -> &[u8] {
        match self {
            Data::One(bytes) => bytes,
            Data::Many {
                slices, at, sent, ..
            } => slices.get(*at).map_or(&[], |slice| &slice[*sent..]),
        }
    }

    fn chunks_vectored<'a>(&'a self, into: &mut [IoSlice<'a>]) -> usize {
        let (slices, sent) = match self {
            Data::One(bytes) => return bytes.chunks_vectored(into),
            Data::Many {
                slices, at, sent, ..
            } => (&slices[*at..], *sent),
        };
        let mut count = 0;
        for (n, (place, slice)) in into.iter_mut().zip(slices).enumerate() {
            *place = IoSlice::new(if n == 0 { &slice[sent..] } else { slice });
            count += 1;
        }
        count
    }

    fn advance(&mut self, mut count: usize) {
        match self {
            Data::One(bytes) => bytes.advance(count),
            Data::Many {
                slices,
                at,
                sent,
                left,
            } => {
                assert!(count <= *left, "more was sent than there is");
                *left -= count;
                while let Some(slice) = slices.get(*at) {
                    let rest = slice.len() - *sent;
                    if count < rest {
                        *sent += count;
                        return;
                    }
                    count -= rest;
                    *sent = 0;
                    *at += 1;
                }
            }
        }
    }
}

impl http_body::Body for Body {
    type Data = Data;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Data>, Self::Error>>> {
        let next = match self.get_mut() {
            Body::Whole(bytes) => Poll::Ready(bytes.take().map(Data::One)),
            Body::Slices(slices) => Poll::Ready(slices.take()),
            Body::Stream(receiver) => receiver.poll_recv(cx).map(|bytes| bytes.map(Data::One)),
        };
        next.map(|data| data.map(|data| Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Body::Whole(bytes) => bytes.is_none(),
            Body::Slices(slices) => slices.is_none(),
            Body::Stream(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Body::Whole(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            Body::Slices(slices) => {
                SizeHint::with_exact(slices.as_ref().map_or(0, |data| data.remaining() as u64))
            }
            Body::Stream(_) => SizeHint::default(),
        }
    }
}

/// Why a request's body could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyError {
    /// Longer than allowed.
    TooLong,
    /// The peer broke off, or its framing is wrong.
    Broken,
    /// It took too long.
    Timeout,
    /// Others take all the room there is for bodies.
    Busy,
}

/// Room for bodies that are read before it is known who sends them. One per process.
pub struct Room(Semaphore);

impl Default for Room {
    fn default() -> Room {
        Room(Semaphore::new(limits::BODIES_BYTES_MAX))
    }
}

impl Room {
    /// Room for so many bytes more, which is given back when `held` is dropped.
    ///
    /// # Errors
    ///
    /// [`BodyError::Busy`].
    fn take<'a>(
        &'a self,
        bytes: usize,
        held: &mut Option<SemaphorePermit<'a>>,
    ) -> Result<(), BodyError> {
        let bytes = u32::try_from(bytes).map_err(|_| BodyError::TooLong)?;
        let more = self
            .0
            .try_acquire_many(bytes)
            .map_err(|_| BodyError::Busy)?;
        match held {
            Some(held) => held.merge(more),
            None => *held = Some(more),
        }
        Ok(())
    }
}

/// Reads a whole body of at most `bytes_max` bytes within `limit`. What is beyond
/// [`limits::BODY_BYTES_FREE`] takes of `room` while it is read.
///
/// # Errors
///
/// [`BodyError`].
pub async fn read<B: http_body::Body<Data = Bytes> + Unpin>(
    mut body: B,
    bytes_max: usize,
    room: &Room,
    limit: Duration,
) -> Result<Bytes, BodyError> {
    if body.size_hint().lower() > bytes_max as u64 {
        return Err(BodyError::TooLong);
    }
    let read = async {
        let mut first = Bytes::new();
        let mut all = BytesMut::new();
        let (mut held, mut free) = (None, limits::BODY_BYTES_FREE);
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| BodyError::Broken)?;
            let Ok(data) = frame.into_data() else {
                continue;
            };
            if first.len() + all.len() + data.len() > bytes_max {
                return Err(BodyError::TooLong);
            }
            let beyond = data.len().saturating_sub(free);
            free = free.saturating_sub(data.len());
            if beyond > 0 {
                room.take(beyond, &mut held)?;
            }
            if first.is_empty() && all.is_empty() {
                first = data;
                continue;
            }
            if all.is_empty() {
                all.extend_from_slice(&first);
                first.clear();
            }
            all.extend_from_slice(&data);
        }
        Ok(if all.is_empty() { first } else { all.freeze() })
    };
    tokio::time::timeout(limit, read)
        .await
        .unwrap_or(Err(BodyError::Timeout))
}

/// Reads on for a while and throws away, so that a client that is still sending sees the
/// answer before the connection is reset.
pub async fn drain<B: http_body::Body<Data = Bytes> + Unpin>(mut body: B) {
    let mut left = limits::DRAIN_BYTES_MAX;
    let read = async {
        while let Some(Ok(frame)) = body.frame().await {
            let len = frame.data_ref().map_or(0, Bytes::len);
            if len >= left {
                return;
            }
            left -= len;
        }
    };
    let limit = Duration::from_millis(limits::DRAIN_MS_MAX);
    let _ = tokio::time::timeout(limit, read).await;
}

#[cfg(test)]
mod tests {
    use std::io::IoSlice;

    use std::time::Duration;

    use bytes::{Buf as _, Bytes};
    use http_body_util::Full;
    use kvs::limits;
    use tokio::sync::Semaphore;

    use super::{BodyError, Data, Room, read};

    #[tokio::test]
    async fn bodies_share_their_room() {
        let free = limits::BODY_BYTES_FREE;
        let room = Room(Semaphore::new(100));
        let body = |len: usize| Full::new(Bytes::from(vec![0; len]));
        let limit = Duration::from_secs(60);
        for (len, max, expected) in [
            (free + 100, 1 << 20, Ok(free + 100)),
            (free + 101, 1 << 20, Err(BodyError::Busy)),
            // What was taken is given back, whatever came of it.
            (free + 100, 1 << 20, Ok(free + 100)),
            (free + 100, free, Err(BodyError::TooLong)),
        ] {
            let seen = read(body(len), max, &room, limit).await;
            assert_eq!(seen.map(|bytes| bytes.len()), expected, "{len} of {max}");
        }
        let mut held = None;
        room.take(100, &mut held).unwrap();
        let seen = read(body(free + 1), 1 << 20, &room, limit).await;
        assert_eq!(seen, Err(BodyError::Busy));
        // Small ones are read whatever others do.
        assert!(read(body(free), 1 << 20, &room, limit).await.is_ok());
        drop(held);
        assert!(read(body(free + 1), 1 << 20, &room, limit).await.is_ok());
    }

    fn data() -> Data {
        let slices = ["", "ab", "", "cde", "f", ""].map(|text| Bytes::from_static(text.as_bytes()));
        Data::many(slices.into())
    }

    #[test]
    fn slices_are_sent_in_any_steps() {
        for step in 1..=6 {
            let (mut data, mut sent) = (data(), Vec::<u8>::new());
            while data.has_remaining() {
                let mut places = [IoSlice::new(&[]); 3];
                let count = data.chunks_vectored(&mut places);
                let flat: Vec<u8> = places[..count]
                    .iter()
                    .flat_map(|p| p.iter())
                    .copied()
                    .collect();
                assert!(flat.starts_with(data.chunk()) && !data.chunk().is_empty());
                let taken = step.min(flat.len());
                sent.extend(&flat[..taken]);
                data.advance(taken);
                assert_eq!(data.remaining(), 6 - sent.len());
            }
            assert_eq!(sent, b"abcdef", "{step} at a time");
            assert!(data.chunk().is_empty());
        }
        assert_eq!(data().copy_to_bytes(6), "abcdef");
    }
}

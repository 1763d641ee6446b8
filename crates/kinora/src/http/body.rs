//! Bodies: reading a request's within bounds, and the kinds a response can have.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use kvs::limits;
use tokio::sync::mpsc;

/// A response's body.
#[derive(Debug)]
pub enum Body {
    /// All of it, with a Content-Length; `None` once it is sent.
    Whole(Option<Bytes>),
    /// Slices that together have a known length.
    Slices {
        /// Not yet sent, last first.
        rest: Vec<Bytes>,
        /// Their length, bytes.
        len: u64,
    },
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

    /// Slices in order.
    pub fn slices(mut slices: Vec<Bytes>) -> Body {
        slices.retain(|slice| !slice.is_empty());
        let len = slices.iter().map(|slice| slice.len() as u64).sum();
        slices.reverse();
        Body::Slices { rest: slices, len }
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let next = match self.get_mut() {
            Body::Whole(bytes) => Poll::Ready(bytes.take()),
            Body::Slices { rest, len } => {
                let slice = rest.pop();
                *len -= slice.as_ref().map_or(0, |slice| slice.len() as u64);
                Poll::Ready(slice)
            }
            Body::Stream(receiver) => receiver.poll_recv(cx),
        };
        next.map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Body::Whole(bytes) => bytes.is_none(),
            Body::Slices { rest, .. } => rest.is_empty(),
            Body::Stream(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Body::Whole(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            Body::Slices { len, .. } => SizeHint::with_exact(*len),
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
}

/// Reads a whole body of at most [`limits::REQUEST_BYTES_MAX`] within `limit`.
///
/// # Errors
///
/// [`BodyError`].
pub async fn read(mut body: Incoming, limit: Duration) -> Result<Bytes, BodyError> {
    if body.size_hint().lower() > limits::REQUEST_BYTES_MAX as u64 {
        return Err(BodyError::TooLong);
    }
    let read = async {
        let mut first = Bytes::new();
        let mut all = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| BodyError::Broken)?;
            let Ok(data) = frame.into_data() else {
                continue;
            };
            if first.len() + all.len() + data.len() > limits::REQUEST_BYTES_MAX {
                return Err(BodyError::TooLong);
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

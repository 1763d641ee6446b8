//! GetMediaForFragmentList: the media of named fragments, in the order asked for.

use bytes::Bytes;
use kvs::chunk::{self, ChunkPrefix, ReadFault};
use kvs::fragment::FragmentNumber;
use kvs::limits;
use kvs::retention::is_expired;
use kvs::stream::Stream;
use store::error::StoreError;
use tokio::sync::mpsc;

use crate::http::body::Body;
use crate::http::listen::stopped;
use crate::http::reply::{self, Reply};
use crate::ops::Cx;

/// Sends the media of fragments. One that does not exist ends the media with a chunk
/// that names it.
pub fn serve(cx: &Cx, stream: Stream, numbers: Vec<FragmentNumber>) -> Reply {
    let (slices, receiver) = mpsc::channel(limits::MEDIA_SLICES_WAITING_MAX);
    let cx = cx.clone();
    let busy = cx.server.busy.begin();
    tokio::spawn(async move {
        let send = async {
            if let Err(last) = send_all(&cx, &stream, numbers, &slices).await {
                // The client may be gone, which is why sending may have failed.
                let _ = slices.send(last).await;
            }
        };
        let mut stopping = cx.server.stopping.clone();
        tokio::select! {
            () = send => {}
            () = stopped(&mut stopping) => {}
        }
        drop(busy);
    });
    reply::with_body(200, "video/x-matroska", Body::Stream(receiver))
}

/// Sends every fragment; the error is the chunk that ends the media early.
async fn send_all(
    cx: &Cx,
    stream: &Stream,
    numbers: Vec<FragmentNumber>,
    slices: &mpsc::Sender<Bytes>,
) -> Result<(), Bytes> {
    let store = &cx.server.store;
    for number in numbers {
        let read = async {
            let stored = store.fragment(stream.id, &number).await?;
            // What nobody has removed yet though its time is over is gone as well.
            let now_ms = cx.server.clock.now_ms();
            let stored = stored.filter(|f| !is_expired(&f.meta, now_ms, stream.retention_hours));
            let stored = stored.ok_or(StoreError::NotFound)?;
            let bytes = store.read_fragment(stream.id, &stored).await?;
            Ok::<_, StoreError>((stored, bytes))
        };
        let (stored, bytes) = match read.await {
            Ok(found) => found,
            Err(StoreError::NotFound) => {
                return Err(chunk::exception(
                    &number.to_string(),
                    ReadFault::FragmentNotFound,
                ));
            }
            Err(error) => {
                tracing::error!(%error, "GetMediaForFragmentList cannot read the store");
                return Err(chunk::exception(
                    &number.to_string(),
                    ReadFault::InternalError,
                ));
            }
        };
        let Some(chunk) = ChunkPrefix::new(&bytes.header) else {
            return Err(chunk::exception(
                &number.to_string(),
                ReadFault::InternalError,
            ));
        };
        let [header, tags] = chunk.before(number, stored.meta.producer_ms);
        for slice in [header, tags, bytes.cluster, bytes.trailer] {
            if !slice.is_empty() && slices.send(slice).await.is_err() {
                return Err(Bytes::new());
            }
        }
    }
    Ok(())
}

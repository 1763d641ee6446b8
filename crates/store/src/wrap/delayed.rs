//! A store that takes its time.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use crate::error::StoreError;
use crate::media::{Class, MediaStore, Record, Span};
use crate::meta::{Batch, BoxFuture, MetaStore, Scan};

/// A pause of whatever length the one who made it likes. The store knows no clock.
pub type Pause = Arc<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>;

/// A store that pauses before each call, and before it answers a write. A caller that
/// goes away in the second pause does not learn of what was done.
pub struct Delayed<S> {
    inner: Arc<S>,
    pause: Pause,
}

impl<S> Delayed<S> {
    /// Wraps a store that others may go on using.
    pub fn new(inner: Arc<S>, pause: Pause) -> Delayed<S> {
        Delayed { inner, pause }
    }

    async fn asked<T>(&self, run: impl Future<Output = T>) -> T {
        (self.pause)().await;
        run.await
    }

    async fn told<T>(&self, run: impl Future<Output = T>) -> T {
        (self.pause)().await;
        let done = run.await;
        (self.pause)().await;
        done
    }
}

impl<S: MetaStore> MetaStore for Delayed<S> {
    fn get<'a>(
        &'a self,
        keys: &'a [Bytes],
    ) -> BoxFuture<'a, Result<Vec<Option<Bytes>>, StoreError>> {
        Box::pin(self.asked(self.inner.get(keys)))
    }

    fn scan(&self, scan: Scan) -> BoxFuture<'_, Result<Vec<(Bytes, Bytes)>, StoreError>> {
        Box::pin(self.asked(self.inner.scan(scan)))
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.told(self.inner.commit(batch)))
    }
}

impl<S: MediaStore> MediaStore for Delayed<S> {
    fn append(
        &self,
        class: Class,
        records: Vec<Record>,
    ) -> BoxFuture<'_, Result<Vec<Span>, StoreError>> {
        Box::pin(self.told(self.inner.append(class, records)))
    }

    fn read(&self, span: Span) -> BoxFuture<'_, Result<BytesMut, StoreError>> {
        Box::pin(self.asked(self.inner.read(span)))
    }

    fn free(&self, spans: Vec<Span>) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.told(self.inner.free(spans)))
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<(u64, u64)>, StoreError>> {
        Box::pin(self.asked(self.inner.list()))
    }
}

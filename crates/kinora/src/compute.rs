//! Work that takes a core for a while, on threads of its own, a few at a time.
//!
//! So that nobody can take the machine with it, little is done at once and little may wait;
//! who comes then is turned away.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::ops::ApiError;

/// One kind of such work. One per process and kind.
pub struct Compute {
    /// What is being computed.
    room: Arc<Semaphore>,
    /// What is being computed or waits.
    queue: Arc<Semaphore>,
    busy: &'static str,
}

impl Compute {
    /// So many at once, so many under way or waiting, and what one beyond them is told.
    pub fn new(at_once_max: usize, waiting_max: usize, busy: &'static str) -> Compute {
        Compute {
            room: Arc::new(Semaphore::new(at_once_max)),
            queue: Arc::new(Semaphore::new(waiting_max)),
            busy,
        }
    }

    /// Does a piece of work when its turn comes.
    ///
    /// # Errors
    ///
    /// `ServiceUnavailable` if too much waits already.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let busy = || ApiError::new("ServiceUnavailable", 503, self.busy);
        let place = Arc::clone(&self.queue)
            .try_acquire_owned()
            .map_err(|_| busy())?;
        let permit = Arc::clone(&self.room).acquire_owned().await;
        let permit = permit.map_err(|_| busy())?;
        let worked = tokio::task::spawn_blocking(move || {
            let value = work();
            // With the work, not with its caller: one who leaves frees no core.
            drop((place, permit));
            value
        });
        worked
            .await
            .map_err(|error| ApiError::internal(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::Compute;

    #[tokio::test]
    async fn little_may_wait() {
        let none = Compute::new(1, 0, "busy");
        let error = none.run(|| 1).await.unwrap_err();
        assert_eq!((error.status, &error.message[..]), (503, "busy"));
    }

    #[tokio::test]
    async fn what_is_abandoned_keeps_its_room() {
        let one = Compute::new(1, 1, "busy");
        let (begun, has_begun) = std::sync::mpsc::sync_channel(1);
        let (go_on, may_go_on) = std::sync::mpsc::sync_channel::<()>(1);
        let work = one.run(move || {
            begun.send(()).unwrap();
            let _ = may_go_on.recv();
        });
        let mut work = Box::pin(work);
        assert!(futures_poll(work.as_mut()).is_pending());
        has_begun.recv().unwrap();
        drop(work);
        assert_eq!(one.run(|| ()).await.unwrap_err().status, 503);
        drop(go_on);
        while one.run(|| ()).await.is_err() {
            tokio::task::yield_now().await;
        }
    }

    fn futures_poll<F: Future>(future: std::pin::Pin<&mut F>) -> std::task::Poll<F::Output> {
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        future.poll(&mut cx)
    }
}

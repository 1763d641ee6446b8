//! An attempt to sign in, and how guessing is slowed down.
//!
//! Failures are counted by who was signed in as and by client address. After a few, an
//! attempt is not even looked at before 1 s, 2 s, 4 s and so on to 15 minutes have passed.
//! A success forgets the failures of who signed in.
//!
//! So whoever guesses at a user can keep it from signing in; an administrator can help. A
//! root user nobody can help, so its attempts are always looked at: those that come too
//! early one at a time for each client address, and the answer, whatever it is, takes as
//! long as the wait, up to four seconds. From one address that is a guess every four
//! seconds; the owner, coming from another, gets in with the right password at once or
//! after four seconds, however many guess.

use std::time::Duration;

use hyper::http::request::Parts;
use kvs::limits;
use tokio::time::Instant;

use crate::http::auth::Peer;
use crate::http::reply::Reply;
use crate::ops::{ApiError, Cx};
use crate::throttle::Key;

use super::INCORRECT;

/// What became of an attempt.
pub enum Verdict {
    /// Signed in.
    Right(Reply),
    /// Right so far: another step comes.
    Half(Reply),
    /// Wrong, whatever was.
    Wrong,
}

/// Carries out an attempt unless it is held back. `is_root` if it must be heard always.
///
/// # Errors
///
/// `AuthenticationFailed`, `TooManyAttempts`, or the attempt's own.
pub async fn guarded(
    cx: &Cx,
    parts: &Parts,
    key: Key,
    is_root: bool,
    attempt: impl Future<Output = Result<Verdict, ApiError>>,
) -> Result<Reply, ApiError> {
    let gate = &cx.server.gate;
    let backoff = &gate.backoff;
    let now_ms = cx.server.clock.now_ms();
    let address = Key::of_address(parts.extensions.get::<Peer>().map(|peer| peer.ip));
    let counted = [
        (address, limits::ADDRESS_FAILURES_FREE),
        (key, limits::SIGNIN_FAILURES_FREE),
    ];
    // An address that must wait keeps nobody else waiting.
    let [address_begun, key_begun] = match backoff.begin(address, counted[0].1, now_ms) {
        Ok(()) => [Ok(()), backoff.begin(key, counted[1].1, now_ms)],
        Err(wait_ms) => [Err(wait_ms), Err(0)],
    };
    let begun = [address_begun, key_begun];
    let undo = || {
        for ((key, _), begun) in counted.iter().zip(&begun) {
            if begun.is_ok() {
                backoff.undo(*key);
            }
        }
    };
    let early_ms = begun.iter().filter_map(|begun| begun.err()).max();
    let mut held = None;
    if let Some(early_ms) = early_ms {
        let place = is_root.then(|| gate.lane.enter(address)).flatten();
        let Some(place) = place else {
            undo();
            let wait_ms = if is_root { 1000 } else { early_ms };
            return Err(too_many(wait_ms));
        };
        let mut hold_ms = 0;
        for ((key, free), begun) in counted.iter().zip(&begun) {
            if begun.is_err() {
                hold_ms = backoff.begin_anyway(*key, *free, now_ms).max(hold_ms);
            }
        }
        let hold = Duration::from_millis(hold_ms.min(limits::ROOT_HELD_MS_MAX));
        held = Some((place, Instant::now() + hold));
    }
    let verdict = attempt.await;
    if let Some((place, until)) = held {
        tokio::time::sleep_until(until).await;
        drop(place);
    }
    match verdict {
        Ok(Verdict::Right(reply)) => {
            backoff.undo(address);
            backoff.forget(key);
            Ok(reply)
        }
        Ok(Verdict::Half(reply)) => {
            counted.iter().for_each(|(key, _)| backoff.undo(*key));
            Ok(reply)
        }
        Ok(Verdict::Wrong) => Err(ApiError::new("AuthenticationFailed", 401, INCORRECT)),
        Err(error) => {
            counted.iter().for_each(|(key, _)| backoff.undo(*key));
            Err(error)
        }
    }
}

fn too_many(wait_ms: u64) -> ApiError {
    let wait_s = wait_ms.div_ceil(1000).max(1);
    let message = format!("Too many attempts failed. Please try again in {wait_s} seconds.");
    ApiError {
        retry_after_s: u16::try_from(wait_s).unwrap_or(u16::MAX),
        ..ApiError::new("TooManyAttempts", 429, message)
    }
}

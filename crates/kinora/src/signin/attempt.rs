//! An attempt to sign in, and how guessing is slowed down.
//!
//! Failures are counted by who was signed in as and by client address. After a few, an
//! attempt is not even looked at before 1 s, 2 s, 4 s and so on to 15 minutes have passed.
//! A success forgets the failures of who signed in.
//!
//! So whoever guesses at a user from many addresses can keep it from signing in for as long;
//! its access keys work all the while. A root user may have none, so its attempts are always
//! looked at: those that come too early one at a time for each client address, and the
//! answer, whatever it is, takes as long as the wait, up to four seconds. From one address
//! that is a guess every four seconds; the owner, coming from another, gets in with the right
//! password at once or after four seconds, however many guess.

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
    let now_ms = cx.server.clock.now_ms();
    let address = Key::of_address(parts.extensions.get::<Peer>().map(|peer| peer.ip));
    let mut held = None;
    let counted = match gate.attempt(address, key, now_ms) {
        Ok(counted) => counted,
        Err(early_ms) if !is_root => return Err(too_many(early_ms)),
        Err(_) => {
            let place = gate.lane.enter(address).ok_or_else(|| too_many(1000))?;
            let (counted, hold_ms) = gate.attempt_anyway(address, key, now_ms);
            let hold = Duration::from_millis(hold_ms.min(limits::ROOT_HELD_MS_MAX));
            held = Some((place, Instant::now() + hold));
            counted
        }
    };
    let verdict = attempt.await;
    if let Some((place, until)) = held {
        tokio::time::sleep_until(until).await;
        drop(place);
    }
    match verdict {
        Ok(Verdict::Right(reply)) => {
            counted.succeeded();
            Ok(reply)
        }
        Ok(Verdict::Half(reply)) => {
            counted.withdrawn();
            Ok(reply)
        }
        Ok(Verdict::Wrong) => Err(ApiError::new("AuthenticationFailed", 401, INCORRECT)),
        Err(error) => {
            counted.withdrawn();
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

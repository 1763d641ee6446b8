//! What goes on in a stream at the moment.

use std::collections::BTreeMap;

use kvs::fragment::FragmentNumber;
use kvs::name::StreamId;
use kvs::timeline::Count;
use store::error::StoreError;
use store::{FragmentRange, Origin, StoredFragment};

use crate::server::Server;

/// What goes on.
pub(super) struct Live {
    /// Open PutMedia connections.
    pub(super) connections: u32,
    /// What came lately, bits per second.
    pub(super) bits_per_second: u64,
    /// The newest stored fragment.
    pub(super) last: Option<StoredFragment>,
}

impl Live {
    pub(super) async fn of(server: &Server, id: StreamId) -> Result<Live, StoreError> {
        let now_ms = server.clock.now_ms();
        let range = FragmentRange {
            origin: Origin::Server,
            start_ms: now_ms.saturating_sub(LOOK_BACK_MS).cast_signed(),
            end_ms: i64::MAX,
            after: None,
            reverse: true,
            limit: FRAGMENTS_MAX,
        };
        let recent = server.store.fragments(id, range).await?;
        let mut arrived: BTreeMap<FragmentNumber, u64> = recent
            .iter()
            .map(|row| (row.meta.number, Count::of(&row.meta).bytes))
            .collect();
        let mut connections = 0;
        if let Some(live) = server.hub.find(id) {
            connections = live.sessions();
            for fragment in live.fragments() {
                let bytes = fragment.size() as u64;
                let known = arrived.entry(fragment.head.number).or_default();
                *known = bytes.max(*known);
            }
        }
        let arrived = arrived
            .iter()
            .map(|(number, bytes)| (number.server_ms, *bytes));
        let arrived: Vec<(u64, u64)> = arrived.collect();
        let last = match recent.into_iter().next() {
            Some(last) => Some(last),
            None => server.store.last_fragment(id).await?,
        };
        Ok(Live {
            connections,
            bits_per_second: bits_per_second(&arrived, now_ms, connections > 0),
            last,
        })
    }
}

/// The rate of what arrived within the window: begins of fragments and their bytes, oldest
/// first. While somebody is sending, the one that had begun before the window counts as
/// well, since its bytes came in it too.
fn bits_per_second(arrived: &[(u64, u64)], now_ms: u64, is_sending: bool) -> u64 {
    let begin_ms = now_ms.saturating_sub(WINDOW_MS);
    let mut from = arrived.partition_point(|(at_ms, _)| *at_ms < begin_ms);
    if is_sending {
        from = from.saturating_sub(1);
    }
    let counted = arrived.get(from..).unwrap_or_default();
    let Some((first_ms, _)) = counted.first() else {
        return 0;
    };
    let bytes: u64 = counted.iter().map(|(_, bytes)| bytes).sum();
    let elapsed_ms = now_ms.saturating_sub(*first_ms).max(ELAPSED_MS_LEAST);
    bytes.saturating_mul(8_000) / elapsed_ms
}

/// What the rate is of.
const WINDOW_MS: u64 = 10_000;
/// How far back the fragments may begin that are looked at: a fragment may last 20 s.
const LOOK_BACK_MS: u64 = 40_000;
/// Most fragments looked at; more have begun within the window only if they are very short.
const FRAGMENTS_MAX: usize = 256;
/// What just began is taken as a second long.
const ELAPSED_MS_LEAST: u64 = 1_000;

#[cfg(test)]
mod tests {
    use super::bits_per_second;

    #[test]
    fn a_rate_follows_what_arrives() {
        assert_eq!(bits_per_second(&[], 100_000, true), 0);
        // A camera of 1 Mbit/s, two seconds each, the last one half there.
        let camera: Vec<(u64, u64)> = (0..20)
            .map(|n| (60_000 + n * 2000, 250_000))
            .chain([(100_000, 125_000)])
            .collect();
        assert_eq!(bits_per_second(&camera, 101_000, true), 1_000_000);
        // It stopped.
        assert!(bits_per_second(&camera, 108_000, false) < 1_000_000);
        assert_eq!(bits_per_second(&camera, 111_000, false), 0);
        // Long fragments: the open one began before the window.
        assert_eq!(
            bits_per_second(&[(85_000, 2_000_000)], 101_000, true),
            1_000_000
        );
        // All at once.
        assert_eq!(bits_per_second(&[(100_000, 1000)], 100_000, true), 8_000);
    }
}

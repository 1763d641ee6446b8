//! Makes the summaries of hours, in the background.

use std::sync::Arc;
use std::time::Duration;

use kvs::limits;
use kvs::name::StreamId;
use kvs::timeline::hour_of;
use store::error::StoreError;

use crate::http::listen::stopped;
use crate::server::Server;

/// Runs until the server stops.
pub async fn run(server: Arc<Server>) {
    let mut stopping = server.stopping.clone();
    loop {
        let round = async {
            if let Err(error) = round(&server).await {
                tracing::warn!(%error, "summing up hours failed; it is tried again");
            }
            tokio::time::sleep(ROUND).await;
        };
        tokio::select! {
            () = round => {}
            () = stopped(&mut stopping) => return,
        }
    }
}

/// One look at every stream. What is wrong with one does not keep the others.
async fn round(server: &Server) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let accounts = server.store.accounts(after, PAGE).await?;
        let Some(last) = accounts.last() else {
            return Ok(());
        };
        after = Some(last.id);
        for account in &accounts {
            let mut after = None;
            loop {
                let streams = server.store.streams(account.id, "", after.as_ref(), PAGE);
                let streams = streams.await?;
                let Some(last) = streams.last() else {
                    break;
                };
                after = Some(last.name.clone());
                for stream in &streams {
                    // The store reads in place: others must have their turn.
                    tokio::task::yield_now().await;
                    if let Err(error) = catch_up(server, stream.id).await {
                        let stream = &stream.name;
                        tracing::warn!(
                            %error, %stream, "summing up hours failed; it is tried again"
                        );
                    }
                }
            }
        }
    }
}

/// Sums up the hours of a stream that are over. A fragment belongs to the hour it began
/// in, so one is over when all that began in it should be stored.
async fn catch_up(server: &Server, id: StreamId) -> Result<(), StoreError> {
    loop {
        let settled_ms = server
            .clock
            .now_ms()
            .saturating_sub(limits::HOUR_SETTLES_MS);
        let before_hour = hour_of(settled_ms);
        let progress = server.store.summarise(id, before_hour, ROWS).await?;
        if progress.is_done {
            return Ok(());
        }
        // There is a backlog, after an update of the server. Requests come first.
        tokio::time::sleep(PAUSE).await;
    }
}

/// Pause between rounds.
const ROUND: Duration = Duration::from_secs(20);
/// Pause within a backlog.
const PAUSE: Duration = Duration::from_millis(5);
/// Rows summed up in one commit, about.
const ROWS: usize = 20_000;
/// Streams and accounts looked up at once.
const PAGE: usize = 1000;

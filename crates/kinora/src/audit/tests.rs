//! The trail as a whole, over a store in memory.

use kvs::name::AccountId;
use serde_json::json;
use store::{AuditRange, AuditRow, Store};

use super::kept::words;
use super::{Actor, Event, EventKind, Trail};
use crate::config::AuditConfig;
use crate::ops::caller::Source;

fn account() -> AccountId {
    AccountId::parse("012345678901").expect("12 digits")
}

async fn trail(store: &Store) -> Vec<AuditRow> {
    let all = AuditRange {
        start_ms: 0,
        end_ms: u64::MAX,
        before: None,
        limit: 10_000,
    };
    store.audit(account(), all).await.unwrap()
}

fn sign_in(at_ms: u64) -> Event {
    let kind = EventKind::ConsoleSignIn;
    Event::new(
        kind,
        "signin.amazonaws.com",
        "ConsoleLogin",
        account(),
        at_ms,
    )
}

#[tokio::test(start_paused = true)]
async fn events_are_kept_in_cloudtrails_words() {
    let store = Store::memory();
    let (events, _task) = Trail::start(store.clone(), &AuditConfig::default());
    let source = Source {
        ip: Some("::ffff:192.0.2.7".parse().unwrap()),
        is_secure: true,
        user_agent: Some("curl/8".to_owned()),
        referer: None,
        region: "eu-west-1".to_owned(),
        request_id: "r-1".to_owned(),
    };
    let event = sign_in(1_700_000_000_123)
        .by(Actor::user_named(account(), Some("bob")))
        .from(&source)
        .request(json!({ "Password": "hunter2", "Remember": true }))
        .failed("Failure", "Failed authentication")
        .more("MFAUsed", "No");
    events.record(event);
    events.flush().await;
    let rows = trail(&store).await;
    assert_eq!((rows.len(), rows[0].user.as_str()), (1, "bob"));
    assert_eq!(rows[0].at.at_ms, 1_700_000_000_123);
    let mut seen = words(&rows[0]);
    let id = seen["eventID"].take();
    assert_eq!(id.as_str().map(str::len), Some(36));
    assert_eq!(
        seen,
        json!({
            "eventVersion": "1.09",
            "userIdentity": {
                "type": "IAMUser", "accountId": "012345678901", "userName": "bob"
            },
            "eventTime": "2023-11-14T22:13:20Z",
            "eventSource": "signin.amazonaws.com",
            "eventName": "ConsoleLogin",
            "awsRegion": "eu-west-1",
            "sourceIPAddress": "192.0.2.7",
            "userAgent": "curl/8",
            "errorCode": "Failure",
            "errorMessage": "Failed authentication",
            "requestParameters": { "password": "***", "remember": true },
            "responseElements": null,
            "additionalEventData": { "MFAUsed": "No" },
            "requestID": "r-1",
            "eventID": null,
            "readOnly": false,
            "eventType": "AwsConsoleSignIn",
            "managementEvent": true,
            "recipientAccountId": "012345678901",
            "eventCategory": "Management",
        })
    );
}

#[tokio::test(start_paused = true)]
async fn a_burst_is_kept_whole_and_a_flood_of_refusals_leaves_room() {
    let store = Store::memory();
    let (events, task) = Trail::start(store.clone(), &AuditConfig::default());
    // Nobody yields, so all of it waits in the queue.
    for at_ms in 0..10_000 {
        events.record(sign_in(at_ms).failed("Failure", ""));
    }
    for at_ms in 0..500 {
        events.record(sign_in(at_ms));
    }
    // The last handle goes: what waits is kept nevertheless.
    drop(events);
    task.await.unwrap();
    let rows = trail(&store).await;
    let is_refused = |row: &&AuditRow| words(row).get("errorCode").is_some();
    let refused = rows.iter().filter(is_refused).count();
    assert_eq!(rows.len() - refused, 500);
    assert!((1000..10_000).contains(&refused), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn reads_can_be_left_out() {
    let store = Store::memory();
    let config = AuditConfig {
        read_calls: false,
        ..AuditConfig::default()
    };
    let (events, _task) = Trail::start(store.clone(), &config);
    events.record(sign_in(1).read_only(true));
    events.record(sign_in(2).read_only(true).failed("AccessDenied", ""));
    events.record(sign_in(3));
    events.flush().await;
    let times: Vec<_> = trail(&store).await.iter().map(|row| row.at.at_ms).collect();
    assert_eq!(times, [3, 2]);
}

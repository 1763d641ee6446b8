//! Benchmark h: signed requests of many users with ten policies each.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Instant;

use kvs::account::{AccessKey, Principal};
use kvs::iam::{AccessKeyMeta, Change, EntityId, Tags, User};
use kvs::name::AccountId;

use crate::api::{Kinora, create_body, stream_name};
use crate::report::{Aim, Row};
use crate::wire::Connection;
use crate::{Result, Setup, index, said};

/// DescribeStream by 1, 100 and 10 000 users in turn, beside answers that nobody signed:
/// the difference is what authentication, authorisation and the operation itself take.
pub(crate) async fn run(setup: &Setup) -> Result<Vec<Row>> {
    let data = setup.fresh("data")?;
    fill(setup, &data).await?;
    let server = Kinora::start(setup, &data).await?;
    let authority = &server.api.authority;
    let health = format!("GET /_kinora/health HTTP/1.1\r\nhost: {authority}\r\n\r\n");
    let requests = if setup.quick { 10_000 } else { 50_000 };
    let bare = measure(&server, &[health.into_bytes()], requests).await?;
    let mut rows = Vec::new();
    let body = format!("{{\"StreamName\":\"{}\"}}", stream_name(0));
    for users in [1, 100, USERS] {
        let mut signed = Vec::with_capacity(users);
        for n in 0..users {
            let (id, secret) = (key_id(n), secret(n));
            let request = server
                .api
                .request_by((&id, &secret), "/describeStream", &body);
            signed.push(request?);
        }
        // Once by each, so that what is measured is warm.
        measure(&server, &signed, users).await?;
        let seen = measure(&server, &signed, requests).await?;
        rows.push(Row {
            what: format!("DescribeStream by {users} users: requests/s, 1 connection"),
            ours: seen.per_s,
            peer: None,
            aim: Aim::None,
            note: format!("{POLICIES} policies each"),
        });
        rows.push(Row {
            what: format!("DescribeStream by {users} users: CPU µs beyond an unsigned answer"),
            ours: seen.cpu_us - bare.cpu_us,
            peer: None,
            aim: Aim::AtMost(30.0),
            note: "with the operation and its audit event".to_owned(),
        });
    }
    server.process.stop()?;
    Ok(rows)
}

struct Seen {
    per_s: f64,
    cpu_us: f64,
}

/// Sends requests one after the other, over and over.
async fn measure(server: &Kinora, requests: &[Vec<u8>], count: usize) -> Result<Seen> {
    let mut connection = Connection::open(&server.api.authority).await?;
    let (before_s, begun) = (server.process.cpu_s()?, Instant::now());
    for request in requests.iter().cycle().take(count) {
        let head = connection.exchange(request, None).await?;
        if head.status != 200 {
            return Err(format!("the server answered {}", head.status));
        }
    }
    let cpu_s = server.process.cpu_s()? - before_s;
    Ok(Seen {
        per_s: count as f64 / begun.elapsed().as_secs_f64(),
        cpu_us: cpu_s * 1e6 / count as f64,
    })
}

/// Makes a store with a stream and as many users as are measured at most.
async fn fill(setup: &Setup, data: &Path) -> Result<()> {
    let server = Kinora::start(setup, data).await?;
    let answer = server.api.call("/createStream", &create_body(0)).await?;
    let arn = answer["StreamARN"].as_str().unwrap_or_default();
    let account = arn.split(':').nth(4).and_then(AccountId::parse);
    let account = account.ok_or("CreateStream gave no ARN")?;
    server.process.stop()?;
    let store = index::rows(data)?;
    let mut directory = store.directory(account).await.map_err(said(&"directory"))?;
    for n in 0..USERS {
        let user = user(n, account);
        directory.note(Change::PutAccessKey(AccessKey {
            id: key_id(n),
            account,
            principal: Principal::User(user.id.clone()),
            secret: secret(n),
            created_ms: 1,
            active: true,
        }));
        directory.put(user);
    }
    let committed = store.commit_directory(&directory).await;
    committed.map_err(said(&"users"))
}

/// A user whose last policy allows what is asked; policies of its own, so that nothing is
/// shared between users.
fn user(n: usize, account: AccountId) -> User {
    let inline = (0..POLICIES).map(|policy| {
        let (action, name) = match policy + 1 == POLICIES {
            true => ("kinesisvideo:Describe*", stream_name(0)),
            false => ("kinesisvideo:Get*", format!("other-{n}-{policy}")),
        };
        let text = format!(
            "{{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Sid\":\"u{n}\",\"Effect\":\"Allow\",\
             \"Action\":\"{action}\",\"Resource\":\
             \"arn:aws:kinesisvideo:*:{account}:stream/{name}/*\"}}]}}"
        );
        (format!("policy-{policy}"), text.into())
    });
    User {
        id: EntityId::new(&format!("AIDABENCH{n:012}")),
        name: format!("user-{n}"),
        path: "/".to_owned(),
        created_ms: 1,
        boundary: None,
        tags: Tags::default(),
        groups: BTreeSet::new(),
        attached: BTreeSet::new(),
        inline: inline.collect::<BTreeMap<_, _>>(),
        keys: vec![AccessKeyMeta {
            id: key_id(n),
            active: true,
            created_ms: 1,
        }],
        login: None,
        sessions_after_ms: 0,
    }
}

fn key_id(n: usize) -> String {
    format!("AKIABENCH{n:011}")
}

fn secret(n: usize) -> String {
    format!("secret-of-a-benchmark-{n}")
}

const USERS: usize = 10_000;
const POLICIES: usize = 10;

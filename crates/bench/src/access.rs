//! Benchmark h: signed requests of many users with ten policies each.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use aws::op::Op;
use http::request::Parts;
use kinora::clock::Clock;
use kinora::config::Config;
use kinora::http::reply;
use kinora::ops::authority::{self, Ask};
use kinora::ops::{ApiError, Cx};
use kinora::server::Server;
use kvs::account::{AccessKey, Principal};
use kvs::iam::{AccessKeyMeta, Change, EntityId, Tags, User};
use kvs::name::{AccountId, StreamName};

use crate::api::{Api, Kinora, create_body, stream_name};
use crate::process::thread_cpu_us;
use crate::report::{Aim, Row};
use crate::wire::Connection;
use crate::{Result, Setup, index, said};

/// DescribeStream by 1, 100 and 10 000 users in turn, beside answers that nobody signed:
/// the difference is what authentication, authorisation and the operation itself take.
pub(crate) async fn run(setup: &Setup) -> Result<Vec<Row>> {
    let data = setup.fresh("data")?;
    let account = fill(setup, &data).await?;
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
    rows.extend(alone(&data, account, requests).await?);
    Ok(rows)
}

/// Authentication and authorisation alone, in this process: from the head and the body of a
/// request to the decision, which is kept with its reasons.
async fn alone(data: &Path, account: AccountId, requests: usize) -> Result<Vec<Row>> {
    let alone = Server::alone(Config::default(), Clock::System, index::rows(data)?);
    let server = &alone.server;
    let name = StreamName::parse(&stream_name(0)).ok_or("the stream's name")?;
    let stream = server.store.stream(account, &name).await;
    let stream = stream.map_err(said(&"the stream"))?;
    let resource = server.stream_arn(&stream.ok_or("the stream is not there")?);
    let body = format!("{{\"StreamName\":\"{name}\"}}");
    let api = Api {
        authority: "127.0.0.1:8020".to_owned(),
    };
    let mut rows = Vec::new();
    for users in [1, 100, USERS] {
        let mut signed = Vec::with_capacity(users);
        for n in 0..users {
            let (id, secret) = (key_id(n), secret(n));
            let request = api.request_by((&id, &secret), "/describeStream", &body)?;
            signed.push(head(&request)?);
        }
        // Once by each, so that what is measured is warm.
        for parts in &signed {
            admit(server, parts, body.as_bytes(), &resource).await?;
        }
        let begun_us = thread_cpu_us();
        for parts in signed.iter().cycle().take(requests) {
            admit(server, parts, body.as_bytes(), &resource).await?;
        }
        rows.push(Row {
            what: format!("authentication and authorisation alone, {users} users: CPU µs"),
            ours: (thread_cpu_us() - begun_us) / requests as f64,
            peer: None,
            aim: Aim::AtMost(30.0),
            note: format!("{POLICIES} policies each; in one process, without HTTP"),
        });
    }
    Ok(rows)
}

/// What every request passes before its operation begins.
async fn admit(server: &Arc<Server>, parts: &Parts, body: &[u8], resource: &str) -> Result<()> {
    let refused = |error: ApiError| format!("refused: {}", error.message);
    let cx = Cx {
        server: Arc::clone(server),
        request_id: reply::request_id(),
    };
    let claim = server.authenticator.claim(server, parts, &cx.request_id);
    let claim = claim.await.map_err(refused)?;
    let caller = server.authenticator.verify(claim, body).map_err(refused)?;
    let ask = Ask::new(Op::DescribeStream, resource);
    authority::check(&cx, &caller, &ask).map_err(refused)
}

/// The head of a request as the server has it when it is parsed.
fn head(request: &[u8]) -> Result<Parts> {
    let text = std::str::from_utf8(request).map_err(said(&"a request"))?;
    let (head, _) = text.split_once("\r\n\r\n").ok_or("a request has no end")?;
    let mut lines = head.split("\r\n");
    let mut first = lines.next().unwrap_or_default().split(' ');
    let mut builder = http::Request::builder()
        .method(first.next().unwrap_or_default())
        .uri(first.next().unwrap_or_default());
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        builder = builder.header(name, value);
    }
    let (parts, ()) = builder.body(()).map_err(said(&"a request"))?.into_parts();
    Ok(parts)
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
async fn fill(setup: &Setup, data: &Path) -> Result<AccountId> {
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
    committed.map_err(said(&"users"))?;
    Ok(account)
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

//! One request, from head to response.

use std::sync::Arc;

use aws::op::{Op, Service};
use bytes::Bytes;
use hyper::Request;
use hyper::body::Incoming;
use hyper::http::request::Parts;
use kvs::limits;

use crate::audit;
use crate::console;
use crate::http::auth;
use crate::http::body::{self, Body, BodyError};
use crate::http::reply::{self, ErrorStyle, Reply};
use crate::http::route::{Route, route};
use crate::ops::{self, ApiError, Call, Cx};
use crate::server::Server;
use crate::stream;
use crate::survey;

/// Answers a request. Never fails: every error is a response.
pub async fn handle(server: Arc<Server>, request: Request<Incoming>) -> Reply {
    let request_id = reply::request_id();
    let (parts, incoming) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let method = parts.method.clone();
    let parameters = parts.uri.query().map(str::to_owned);
    let route = route(method.as_str(), &path, parameters.as_deref());
    let preflight = (route == Route::Preflight).then(|| requested_headers(&parts));
    let cx = Cx { server, request_id };
    let style = match route {
        Route::Query => ErrorStyle::Query(query_service(&parts)),
        Route::SignUp(_) | Route::SignIn(_) | Route::Console(_) | Route::Operator(_) => {
            ErrorStyle::Page
        }
        _ => ErrorStyle::RestJson,
    };
    let result = dispatch(&cx, route, parts, incoming).await;
    let reply = result.unwrap_or_else(|error| {
        log_refusal(&cx, method.as_str(), &path, &error);
        reply::error(&error, style, &cx.request_id)
    });
    if style == ErrorStyle::Page {
        let is_of_nobody = reply.headers().contains_key("cache-control");
        let reply = match is_of_nobody {
            true => reply,
            false => console::private(reply),
        };
        return reply::finish_page(reply, &cx.request_id);
    }
    reply::finish(reply, &cx.request_id, preflight.as_deref())
}

async fn dispatch(
    cx: &Cx,
    route: Route<'_>,
    parts: Parts,
    incoming: Incoming,
) -> Result<Reply, ApiError> {
    match route {
        Route::Preflight => Ok(reply::with_body(200, "text/plain", Body::empty())),
        Route::Operation(op) => operation(cx, op, parts, incoming).await,
        Route::Query => query(cx, parts, incoming).await,
        Route::Hls(file) => crate::playback::hls::serve(cx, file, parts.uri.query()).await,
        Route::Findings(name) => {
            let call = authenticate_empty(cx, &parts).await?;
            let served = crate::stream::findings::serve(cx, &call, name, parts.uri.query()).await;
            denied(cx, "ListFindings", &call, &parts, served)
        }
        Route::Streams | Route::Status(_) | Route::Timeline(_) | Route::Usage => {
            survey(cx, route, &parts).await
        }
        Route::Decisions(request_id) => {
            let caller = authenticate_empty(cx, &parts).await?;
            let served = ops::authority::why::serve(cx, &caller, request_id).await;
            denied(cx, "GetDecision", &caller, &parts, served)
        }
        Route::Audit => {
            let caller = authenticate_empty(cx, &parts).await?;
            let served = audit::lookup::serve(cx, &caller, parts.uri.query()).await;
            denied(cx, "LookupEvents", &caller, &parts, served)
        }
        Route::ProviderKeys(address) => provider_keys(cx, &parts, address, incoming).await,
        Route::Strictness(name) => {
            let caller = authenticate_empty(cx, &parts).await?;
            let served = ops::strictness::tell(cx, &caller, name).await;
            denied(cx, "GetStreamStrictness", &caller, &parts, served)
        }
        Route::SetStrictness(name) => set_strictness(cx, &parts, name, incoming).await,
        Route::SignUp(_) | Route::SignIn(_) if console::wants_page(&parts) => {
            Ok(console::page(&cx.server.config, &parts))
        }
        Route::SignUp(rest) => {
            let bytes = read_short(&cx.server, incoming).await?;
            crate::signup::serve(cx, &parts, rest, &bytes).await
        }
        Route::SignIn(rest) => {
            let bytes = read_short(&cx.server, incoming).await?;
            crate::signin::serve(cx, &parts, rest, &bytes).await
        }
        Route::Console(rest) => console(cx, parts, rest, incoming).await,
        Route::Operator(rest) => {
            let bytes = read_body(&cx.server, incoming).await?;
            crate::operator::serve(cx, &parts, rest, &bytes).await
        }
        Route::Authority => {
            let file = cx.server.config.data.join("tls/ca.pem");
            let is_ours = cx.server.config.tls.certificate.is_none();
            let pem = std::fs::read_to_string(file).ok().filter(|_| is_ours);
            let pem = pem.ok_or_else(|| unknown(&parts))?;
            Ok(reply::whole(200, "application/x-pem-file", pem))
        }
        Route::Health => Ok(reply::json(200, "{\"status\":\"ok\"}".to_owned())),
        Route::Home => {
            let mut reply = reply::whole(302, "text/plain; charset=utf-8", "See /console/");
            reply::header(&mut reply, "location", "/console/");
            Ok(reply)
        }
        Route::Unknown => Err(refuse(unknown(&parts), &parts, incoming)),
    }
}

async fn provider_keys(
    cx: &Cx,
    parts: &Parts,
    address: &str,
    incoming: Incoming,
) -> Result<Reply, ApiError> {
    let (caller, body) = authenticate(cx, parts, incoming).await?;
    let served = ops::provider_keys::serve(cx, &caller, address, &body).await;
    let name = "PutOpenIDConnectProviderKeys";
    let parameters = serde_json::json!({ "path": parts.uri.path() });
    audit::call::record_own(cx, Service::Iam, name, &caller, parameters, &served);
    served
}

async fn set_strictness(
    cx: &Cx,
    parts: &Parts,
    stream: &str,
    incoming: Incoming,
) -> Result<Reply, ApiError> {
    let (caller, body) = authenticate(cx, parts, incoming).await?;
    let served = ops::strictness::set(cx, &caller, stream, &body).await;
    let asked: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
    let asked = asked["strictness"].as_str().filter(|word| word.len() <= 16);
    let parameters = serde_json::json!({ "path": parts.uri.path(), "strictness": asked });
    let name = "PutStreamStrictness";
    audit::call::record_own(
        cx,
        Service::KinesisVideo,
        name,
        &caller,
        parameters,
        &served,
    );
    served
}

/// The console's page and files; a program that signs in at an account's own host.
async fn console(cx: &Cx, parts: Parts, rest: &str, incoming: Incoming) -> Result<Reply, ApiError> {
    let is_get = parts.method == "GET" || parts.method == "HEAD";
    if let Some(name) = rest.strip_prefix("assets/") {
        let found = console::asset(name).filter(|_| is_get);
        return found.ok_or_else(|| refuse(unknown(&parts), &parts, incoming));
    }
    let account = crate::signin::account_of_host(cx, &parts).filter(|_| rest.is_empty());
    match account {
        Some(account) if !console::wants_page(&parts) => {
            let bytes = read_short(&cx.server, incoming).await?;
            crate::signin::serve(cx, &parts, &account, &bytes).await
        }
        _ if is_get => Ok(console::page(&cx.server.config, &parts)),
        _ => Err(refuse(unknown(&parts), &parts, incoming)),
    }
}

/// What streams have and had.
async fn survey(cx: &Cx, route: Route<'_>, parts: &Parts) -> Result<Reply, ApiError> {
    let caller = authenticate_empty(cx, parts).await?;
    let query = parts.uri.query();
    let (name, served) = match route {
        Route::Streams => {
            let served = survey::streams::list(cx, &caller, query).await;
            ("ListStreamStatus", served)
        }
        Route::Status(stream) => {
            let served = survey::streams::status(cx, &caller, stream, query).await;
            ("GetStreamStatus", served)
        }
        Route::Timeline(stream) => {
            let served = survey::timeline::serve(cx, &caller, stream, query).await;
            ("GetTimeline", served)
        }
        Route::Usage => ("GetUsage", survey::usage::serve(cx, &caller, query).await),
        _ => return Err(unknown(parts)),
    };
    denied(cx, name, &caller, parts, served)
}

async fn operation(cx: &Cx, op: Op, parts: Parts, incoming: Incoming) -> Result<Reply, ApiError> {
    let server = &cx.server;
    let claim = server
        .authenticator
        .claim(server, &parts, &cx.request_id)
        .await;
    let claim = claim.and_then(|claim| claim.check_service(op).map(|()| claim));
    if op == Op::PutMedia {
        let caller = claim.and_then(|claim| server.authenticator.verify_streaming(claim));
        let prepared = match caller {
            Ok(caller) => prepare(cx, &caller, &parts).await,
            Err(error) => Err(error),
        };
        return match prepared {
            Ok(prepared) => stream::put_media::serve(cx, prepared, incoming).await,
            Err(error) => Err(refuse(error, &parts, incoming)),
        };
    }
    let claim = match claim {
        Ok(claim) => claim,
        Err(error) => return Err(refuse(error, &parts, incoming)),
    };
    let bytes = read_body(server, incoming).await?;
    let caller = server.authenticator.verify(claim, &bytes)?;
    let call = Call { op, caller };
    let bytes = gathered(op, &parts, &bytes)?;
    let result = ops::dispatch(cx, &call, &bytes).await;
    audit::call::record(cx, op, &call.caller, &bytes, &result);
    result
}

/// The body with what the path, the query and the headers say besides.
fn gathered(op: Op, parts: &Parts, body: &Bytes) -> Result<Bytes, ApiError> {
    if op.service() != Service::Iot {
        return Ok(body.clone());
    }
    let header = |name: &str| {
        let value = parts.headers.get(name)?;
        Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let head = aws::rest::Head {
        path: parts.uri.path(),
        query: parts.uri.query().unwrap_or_default(),
        header: &header,
    };
    let body = aws::rest::gathered(op, &head, body);
    body.map(Bytes::from)
        .map_err(|error| ops::input_error(op, &error))
}

async fn prepare(
    cx: &Cx,
    caller: &ops::Caller,
    parts: &Parts,
) -> Result<stream::put_media::Prepared, ApiError> {
    let prepared = stream::put_media::prepare(cx, caller, parts).await;
    if let Err(error) = &prepared {
        let header = |name: &str| {
            let value = parts.headers.get(name)?;
            Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let parameters = serde_json::json!({
            "streamName": header("x-amzn-stream-name"),
            "streamARN": header("x-amzn-stream-arn"),
        });
        audit::call::record_denial(cx, "PutMedia", caller, parameters, error);
    }
    prepared
}

async fn query(cx: &Cx, parts: Parts, incoming: Incoming) -> Result<Reply, ApiError> {
    let server = &cx.server;
    let claim = match server
        .authenticator
        .claim(server, &parts, &cx.request_id)
        .await
    {
        Ok(claim) => Some(claim),
        // Some calls prove who is calling by what they carry.
        Err(error) if auth::is_unsigned(&error) => None,
        Err(error) => return Err(refuse(error, &parts, incoming)),
    };
    let bytes = match claim {
        Some(_) => read_body(server, incoming).await?,
        None => read_short(server, incoming).await?,
    };
    let form = match parts.uri.query() {
        Some(parameters) => [&bytes[..], b"&", parameters.as_bytes()].concat().into(),
        None => bytes.clone(),
    };
    let Some(claim) = claim else {
        let source = auth::source(&parts, &server.config.region, &cx.request_id);
        return ops::query::dispatch_unsigned(cx, source, &form).await;
    };
    let op = ops::query::operation(&form);
    if let Ok(op) = op
        && op != Op::AssumeRoleWithWebIdentity
    {
        claim.check_service(op)?;
    }
    let caller = server.authenticator.verify(claim, &bytes)?;
    ops::query::dispatch(cx, caller, op?, &form).await
}

/// The caller of a request of our own with a body.
async fn authenticate(
    cx: &Cx,
    parts: &Parts,
    incoming: Incoming,
) -> Result<(ops::Caller, Bytes), ApiError> {
    let server = &cx.server;
    let claim = server.authenticator.claim(server, parts, &cx.request_id);
    let claim = match claim.await {
        Ok(claim) => claim,
        Err(error) => return Err(refuse(error, parts, incoming)),
    };
    let bytes = read_body(server, incoming).await?;
    let caller = server.authenticator.verify(claim, &bytes)?;
    Ok((caller, bytes))
}

async fn authenticate_empty(cx: &Cx, parts: &Parts) -> Result<ops::Caller, ApiError> {
    let server = &cx.server;
    let claim = server
        .authenticator
        .claim(server, parts, &cx.request_id)
        .await?;
    server.authenticator.verify(claim, &[])
}

/// Records the denial of a call of our own, whose parameters are in its address.
fn denied(
    cx: &Cx,
    name: &'static str,
    caller: &ops::Caller,
    parts: &Parts,
    served: Result<Reply, ApiError>,
) -> Result<Reply, ApiError> {
    if let Err(error) = &served {
        let parameters = serde_json::json!({ "path": parts.uri.path() });
        audit::call::record_denial(cx, name, caller, parameters, error);
    }
    served
}

async fn read_body(server: &Server, incoming: Incoming) -> Result<Bytes, ApiError> {
    read_at_most(limits::REQUEST_BYTES_MAX, server, incoming).await
}

/// A body that anybody may send.
async fn read_short(server: &Server, incoming: Incoming) -> Result<Bytes, ApiError> {
    read_at_most(limits::UNSIGNED_BYTES_MAX, server, incoming).await
}

async fn read_at_most(
    bytes_max: usize,
    server: &Server,
    incoming: Incoming,
) -> Result<Bytes, ApiError> {
    let limit = server.config.api.head_timeout();
    let read = body::read(incoming, bytes_max, &server.bodies, limit).await;
    read.map_err(|error| body_error(error, bytes_max))
}

/// Reads on for a moment so that a client that is still sending sees the refusal and can
/// go on using the connection. Not if it waits for `100 Continue`: to read would be to
/// invite a body that nobody wants.
fn refuse(error: ApiError, parts: &Parts, incoming: Incoming) -> ApiError {
    if !parts.headers.contains_key("expect") {
        // In a task of its own: the answer must not wait for the body.
        tokio::spawn(body::drain(incoming));
    }
    error
}

fn body_error(error: BodyError, bytes_max: usize) -> ApiError {
    match error {
        BodyError::TooLong => {
            let most = match bytes_max >> 20 {
                0 => format!("{} KiB", bytes_max >> 10),
                mib => format!("{mib} MiB"),
            };
            let message =
                format!("The request's body is longer than this operation allows ({most}).");
            ApiError::new("RequestEntityTooLargeException", 413, message)
        }
        BodyError::Busy => {
            let message = "Rate exceeded";
            ApiError {
                query: Some(("Throttling", 400, message.to_owned())),
                ..ApiError::new("ThrottlingException", 400, message)
            }
        }
        BodyError::Broken => ApiError::new(
            "SerializationException",
            400,
            "The request's body broke off.",
        ),
        BodyError::Timeout => ApiError::new(
            "RequestTimeout",
            408,
            "The request's body did not arrive in time.",
        ),
    }
}

fn unknown(parts: &Parts) -> ApiError {
    let message = format!(
        "Unable to determine service/operation name to be authorized: nothing is served at \
         {} {}",
        parts.method,
        parts.uri.path()
    );
    ApiError::new("UnknownOperationException", 404, message)
}

/// The service a Query request is for, as far as its head tells.
fn query_service(parts: &Parts) -> Service {
    let authorization = parts.headers.get("authorization");
    let header = authorization.map(|value| value.as_bytes());
    let scope = header.or(parts.uri.query().map(str::as_bytes));
    let names = |name: &[u8]| {
        let mut windows = scope.unwrap_or_default().windows(name.len());
        windows.any(|window| window.eq_ignore_ascii_case(name))
    };
    match names(b"/iam/") || names(b"%2fiam%2f") {
        true => Service::Iam,
        false => Service::Sts,
    }
}

fn requested_headers(parts: &Parts) -> String {
    let asked = parts.headers.get("access-control-request-headers");
    asked
        .and_then(|value| value.to_str().ok())
        .unwrap_or("*")
        .to_owned()
}

fn log_refusal(cx: &Cx, method: &str, path: &str, error: &ApiError) {
    let (id, code, cause) = (&cx.request_id, error.code, error.cause.as_deref());
    // An operation that does not exist yet is nothing that anybody must act on.
    if error.status >= 500 && error.status != 501 {
        tracing::error!(id, method, path, code, cause, "request failed");
    } else {
        let message = Some(&error.message).filter(|_| !error.is_confidential);
        tracing::info!(id, method, path, code, message, "request refused");
    }
}

//! From method and path to what is asked for: one exhaustive enum.

use aws::op::Op;

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route<'a> {
    /// A CORS preflight, for any path.
    Preflight,
    /// An operation with a path of its own.
    Operation(Op),
    /// A Query request (`POST /`, or `GET /` with an `Action`): STS, IAM.
    Query,
    /// `GET /hls/v1/{file}`: a playlist, initialisation segment or media segment.
    Hls(&'a str),
    /// `GET /_kinora/streams/{name}/findings`.
    Findings(&'a str),
    /// `GET /_kinora/streams`.
    Streams,
    /// `GET /_kinora/streams/{name}/status`.
    Status(&'a str),
    /// `GET /_kinora/streams/{name}/timeline`.
    Timeline(&'a str),
    /// `GET /_kinora/streams/{name}/strictness`.
    Strictness(&'a str),
    /// `PUT /_kinora/streams/{name}/strictness`.
    SetStrictness(&'a str),
    /// `GET /_kinora/usage`.
    Usage,
    /// `GET /_kinora/decisions/{request-id}`.
    Decisions(&'a str),
    /// `GET /_kinora/audit`.
    Audit,
    /// `PUT /_kinora/oidc-providers/{address}/keys`.
    ProviderKeys(&'a str),
    /// `GET /_kinora/ca.pem`: the certificate that https is to be trusted by.
    Authority,
    /// `GET /_kinora/health`.
    Health,
    /// `GET /`: leads to the console.
    Home,
    /// `/signup` and below, by the rest of the path.
    SignUp(&'a str),
    /// `/signin` and below, by the rest of the path.
    SignIn(&'a str),
    /// `/console` and below, by the rest of the path: the web console, and on an account's
    /// own host its sign-in address.
    Console(&'a str),
    /// `/_kinora/operator/{rest}`: orders of the operator.
    Operator(&'a str),
    /// Nothing we serve.
    Unknown,
}

/// Finds the route of a request.
pub fn route<'a>(method: &str, path: &'a str, query: Option<&str>) -> Route<'a> {
    if method == "OPTIONS" {
        return Route::Preflight;
    }
    if let Some(op) = Op::from_rest(method, path) {
        return Route::Operation(op);
    }
    if let Some(rest) = below(path, "/signup") {
        return Route::SignUp(rest);
    }
    if let Some(rest) = below(path, "/signin") {
        return Route::SignIn(rest);
    }
    if let Some(rest) = below(path, "/console") {
        return Route::Console(rest);
    }
    if let Some(rest) = path.strip_prefix("/_kinora/operator/") {
        return Route::Operator(rest);
    }
    let is_get = method == "GET" || method == "HEAD";
    if path.is_empty() || path == "/" {
        // A form may come in the address: presigned GetCallerIdentity proves to others who
        // one is.
        let mut parameters = query.unwrap_or_default().split('&');
        let has_action = parameters.any(|parameter| parameter.starts_with("Action="));
        if method == "POST" || (method == "GET" && has_action) {
            return Route::Query;
        }
    }
    if method == "PUT" {
        return own_write(path.strip_prefix("/_kinora/").unwrap_or_default());
    }
    if !is_get {
        return Route::Unknown;
    }
    if let Some(file) = path.strip_prefix("/hls/v1/") {
        return Route::Hls(file);
    }
    match path.strip_prefix("/_kinora/") {
        Some("ca.pem") => Route::Authority,
        Some("health") => Route::Health,
        Some("audit") => Route::Audit,
        Some("streams") => Route::Streams,
        Some("usage") => Route::Usage,
        Some(rest) => own(rest),
        None if path == "/" => Route::Home,
        None => Route::Unknown,
    }
}

/// What follows a folder in a path; empty for the folder itself.
fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(folder)?;
    match rest {
        "" => Some(""),
        _ => rest.strip_prefix('/'),
    }
}

/// What of our own a PUT to a path below `/_kinora/` changes.
fn own_write(rest: &str) -> Route<'_> {
    let provider = rest.strip_prefix("oidc-providers/");
    if let Some(address) = provider.and_then(|provider| provider.strip_suffix("/keys")) {
        return Route::ProviderKeys(address);
    }
    let stream = rest.strip_prefix("streams/");
    match stream.and_then(|stream| stream.split_once('/')) {
        Some((name, "strictness")) => Route::SetStrictness(name),
        _ => Route::Unknown,
    }
}

/// What of our own a path below `/_kinora/` names.
fn own(rest: &str) -> Route<'_> {
    if let Some(request_id) = rest.strip_prefix("decisions/") {
        return Route::Decisions(request_id);
    }
    let stream = rest.strip_prefix("streams/");
    match stream.and_then(|stream| stream.split_once('/')) {
        Some((name, "findings")) => Route::Findings(name),
        Some((name, "status")) => Route::Status(name),
        Some((name, "strictness")) => Route::Strictness(name),
        Some((name, "timeline")) => Route::Timeline(name),
        _ => Route::Unknown,
    }
}

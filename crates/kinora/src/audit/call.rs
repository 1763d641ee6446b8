//! Calls as events: which are recorded, and what of their input and output.

use aws::op::{Op, Protocol, Service};
use bytes::Bytes;
use serde_json::{Map, Value};

use crate::audit::event::Parameters;
use crate::audit::{Actor, Event, EventKind};
use crate::http::body::Body;
use crate::http::reply::Reply;
use crate::ops::{ApiError, Caller, Cx};

/// Records what became of a call of an operation: every control call, and every denial.
pub fn record(cx: &Cx, op: Op, caller: &Caller, body: &Bytes, result: &Result<Reply, ApiError>) {
    let is_query = op.service().protocol() == Protocol::Query;
    let parameters = match body.len() <= PARAMETERS_BYTES_MAX {
        true if is_query => Parameters::Form(body.clone()),
        true => Parameters::Json(body.clone()),
        false => Parameters::Value("too long".into()),
    };
    let call = Call {
        source: source(op.service()),
        name: op.name(),
        is_control: is_control(op.service()),
        is_query,
        is_read_only: is_read_only(op),
    };
    call.record(cx, caller, parameters, result);
}

/// Records the denial of a call whose parameters are not in a body.
pub fn record_denial(
    cx: &Cx,
    name: &'static str,
    caller: &Caller,
    parameters: Value,
    error: &ApiError,
) {
    let call = Call {
        source: source(Service::KinesisVideo),
        name,
        is_control: false,
        is_query: false,
        is_read_only: name != Op::PutMedia.name(),
    };
    call.refused(cx, caller, Parameters::Value(parameters), error);
}

/// Records what became of a call of our own that changes what a service keeps.
pub fn record_own(
    cx: &Cx,
    service: Service,
    name: &'static str,
    caller: &Caller,
    parameters: Value,
    result: &Result<Reply, ApiError>,
) {
    let call = Call {
        source: source(service),
        name,
        is_control: true,
        is_query: false,
        is_read_only: false,
    };
    call.record(cx, caller, Parameters::Value(parameters), result);
}

struct Call {
    source: &'static str,
    name: &'static str,
    is_control: bool,
    is_query: bool,
    is_read_only: bool,
}

impl Call {
    fn record(
        &self,
        cx: &Cx,
        caller: &Caller,
        parameters: Parameters,
        result: &Result<Reply, ApiError>,
    ) {
        let reply = match result {
            Err(error) => return self.refused(cx, caller, parameters, error),
            Ok(reply) => reply,
        };
        if !self.is_control {
            return;
        }
        let mut event = self.event(cx, caller).parameters(parameters);
        if !self.is_read_only
            && let Body::Whole(Some(body)) = reply.body()
        {
            event = event.answered(body.clone(), self.is_query);
        }
        cx.server.audit.record(event);
    }

    fn refused(&self, cx: &Cx, caller: &Caller, parameters: Parameters, error: &ApiError) {
        if !self.is_control && !error.is_denial() {
            return;
        }
        let (code, message) = match (&error.query, self.is_query) {
            (Some((code, _, message)), true) => (*code, message),
            _ => (error.code, &error.message),
        };
        let message = match error.is_confidential {
            true => "",
            false => message.as_str(),
        };
        let event = self.event(cx, caller).parameters(parameters);
        cx.server.audit.record(event.failed(code, message));
    }

    fn event(&self, cx: &Cx, caller: &Caller) -> Event {
        let now_ms = cx.server.clock.now_ms();
        let kind = EventKind::ApiCall;
        let decision = cx.server.decisions.last(caller.account, &cx.request_id);
        Event::new(kind, self.source, self.name, caller.account, now_ms)
            .by(Actor::caller(caller))
            .from(&caller.source)
            .decided(decision)
            .read_only(self.is_read_only)
    }
}

/// The service's name in events.
fn source(service: Service) -> &'static str {
    match service {
        Service::Sts => "sts.amazonaws.com",
        Service::Iam => "iam.amazonaws.com",
        Service::Iot => "iot.amazonaws.com",
        _ => "kinesisvideo.amazonaws.com",
    }
}

/// Whether calls of a service manage something, rather than move media.
fn is_control(service: Service) -> bool {
    let moves_media = matches!(
        service,
        Service::Media | Service::ArchivedMedia | Service::Signaling | Service::WebrtcStorage
    );
    !moves_media
}

fn is_read_only(op: Op) -> bool {
    let name = op.name();
    READS.iter().any(|verb| name.starts_with(verb))
}

/// What of an answer is kept: names and ids of what was made. Never all of it, for some
/// answers hold secrets.
pub(super) fn elements(bytes: &[u8], is_query: bool) -> Value {
    let mut kept = Map::new();
    match is_query {
        true => {
            let text = std::str::from_utf8(bytes).unwrap_or_default();
            for name in ELEMENTS {
                if let Some(found) = element(text, name) {
                    kept.insert(lower_first(name), found.into());
                }
            }
        }
        false => {
            let parsed: Value = serde_json::from_slice(bytes).unwrap_or_default();
            for name in ELEMENTS {
                if let Some(Value::String(found)) = parsed.get(name) {
                    kept.insert(lower_first(name), found.as_str().into());
                }
            }
        }
    }
    match kept.is_empty() {
        true => Value::Null,
        false => Value::Object(kept),
    }
}

/// The text of the first element of a name.
fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = xml;
    loop {
        let (_, after) = rest.split_once(name)?;
        let before = rest.len() - after.len() - name.len();
        let opens = before.checked_sub(1).and_then(|at| rest.get(at..before));
        rest = after;
        if opens == Some("<")
            && let Some(content) = after.strip_prefix('>')
        {
            return content.split_once('<').map(|(text, _)| text);
        }
    }
}

fn lower_first(name: &str) -> String {
    let (first, rest) = name.split_at(1);
    first.to_ascii_lowercase() + rest
}

/// Elements of answers that are kept.
const ELEMENTS: &[&str] = &[
    "StreamARN",
    "ChannelARN",
    "AccessKeyId",
    "UserName",
    "UserId",
    "GroupName",
    "GroupId",
    "RoleName",
    "RoleId",
    "PolicyName",
    "PolicyId",
    "VersionId",
    "InstanceProfileId",
    "SerialNumber",
    "OpenIDConnectProviderArn",
    "Arn",
    "AssumedRoleId",
    "Expiration",
];

/// Verbs of operations that change nothing.
const READS: &[&str] = &["Get", "List", "Describe", "Simulate", "Generate"];

/// Longest body whose parameters are kept.
const PARAMETERS_BYTES_MAX: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use aws::op::Op;
    use serde_json::{Value, json};

    use super::{elements, is_read_only};

    #[test]
    fn names_and_ids_are_kept_and_nothing_else() {
        let xml = "<R><AccessKey><UserName>bob</UserName><AccessKeyId>AKIA1</AccessKeyId>\
                   <SecretAccessKey>hidden</SecretAccessKey></AccessKey></R>";
        let kept = json!({"accessKeyId": "AKIA1", "userName": "bob"});
        assert_eq!(elements(xml.as_bytes(), true), kept);
        let body = json!({"StreamARN": "arn:x", "Other": 1}).to_string();
        let kept = json!({"streamARN": "arn:x"});
        assert_eq!(elements(body.as_bytes(), false), kept);
        assert_eq!(elements(b"{}", false), Value::Null);
    }

    #[test]
    fn reads_are_told_from_writes() {
        for (op, is_read) in [
            (Op::DescribeStream, true),
            (Op::GetCallerIdentity, true),
            (Op::CreateStream, false),
            (Op::UntagStream, false),
            (Op::AssumeRole, false),
        ] {
            assert_eq!(is_read_only(op), is_read, "{op:?}");
        }
    }
}

//! The table of operations: what is called how, and which errors it may answer.

use crate::query;
use crate::read::InputError;
use crate::rest;
pub use crate::shapes::ops::Op;
use crate::shapes::ops::{INPUTS, NOT_SERVED};

/// An API of its own: a model, an endpoint kind, a set of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// `kinesisvideo`: streams, channels and their settings.
    KinesisVideo,
    /// `kinesis-video-media`: GetMedia and PutMedia.
    Media,
    /// `kinesis-video-archived-media`: fragments, playback sessions, clips, images.
    ArchivedMedia,
    /// `kinesis-video-signaling`: ICE servers and the signaling WebSocket.
    Signaling,
    /// `kinesis-video-webrtc-storage`: sessions that record.
    WebrtcStorage,
    /// AWS STS.
    Sts,
    /// AWS IAM.
    Iam,
    /// AWS IoT Core: things, device certificates, role aliases.
    Iot,
}

/// How a service's requests and responses are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// restJson1: the path names the operation, JSON both ways.
    RestJson,
    /// awsQuery: a form names the action, XML comes back.
    Query,
}

impl Service {
    /// The service's protocol.
    pub fn protocol(self) -> Protocol {
        match self {
            Self::Sts | Self::Iam => Protocol::Query,
            _ => Protocol::RestJson,
        }
    }

    /// The service's name in signatures and the prefix of its IAM actions.
    pub fn signing_name(self) -> &'static str {
        match self {
            Self::Sts => "sts",
            Self::Iam => "iam",
            Self::Iot => "iot",
            _ => "kinesisvideo",
        }
    }

    /// The `Version` parameter of a Query service; empty for the others.
    pub fn query_version(self) -> &'static str {
        match self {
            Self::Sts => "2011-06-15",
            Self::Iam => "2010-05-08",
            _ => "",
        }
    }

    /// The namespace of a Query service's XML; empty for the others.
    pub fn xml_namespace(self) -> &'static str {
        match self {
            Self::Sts => "https://sts.amazonaws.com/doc/2011-06-15/",
            Self::Iam => "https://iam.amazonaws.com/doc/2010-05-08/",
            _ => "",
        }
    }

    /// Whether `action` exists in the service's model but is not served here, so that the answer
    /// can say so instead of calling it unknown.
    pub fn is_known_but_not_served(self, action: &str) -> bool {
        NOT_SERVED.contains(&(self, action))
    }
}

/// An input parser whose result is dropped.
pub(crate) type Check = fn(&[u8]) -> Result<(), InputError>;

/// A row of the table.
pub(crate) struct Row {
    pub(crate) service: Service,
    pub(crate) name: &'static str,
    pub(crate) action: &'static str,
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) errors: &'static [&'static str],
}

impl Op {
    /// The operation a REST request names. A trailing slash is tolerated, and as a last resort
    /// another spelling of upper and lower case. `PutMedia` is found here too; the signaling
    /// WebSockets are not, because the endpoint decides between master and viewer.
    pub fn from_rest(method: &str, path: &str) -> Option<Self> {
        let path = path.strip_suffix('/').unwrap_or(path);
        let served = || Self::ALL.iter().copied().filter(|op| op.is_rest());
        let exact = served().find(|op| op.path() == path && op.method() == method);
        let by_parts = || {
            let mut rest = served().filter(|op| op.method() == method && op.path().contains('{'));
            rest.find(|op| rest::parameters(op.path(), path).is_some())
        };
        exact.or_else(by_parts).or_else(|| {
            served().find(|op| op.path().eq_ignore_ascii_case(path) && op.method() == method)
        })
    }

    /// The operation an `Action` parameter names; the case matters.
    pub fn from_query(service: Service, action: &str) -> Option<Self> {
        if service.protocol() != Protocol::Query {
            return None;
        }
        Self::ALL
            .iter()
            .copied()
            .find(|op| op.service() == service && op.name() == action)
    }

    /// The service the operation belongs to.
    pub fn service(self) -> Service {
        self.row().service
    }

    /// The operation's name, e.g. `CreateStream`.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The HTTP method.
    pub fn method(self) -> &'static str {
        self.row().method
    }

    /// The HTTP path, e.g. `/createStream`, with names in braces for what differs; `/` for Query
    /// services and WebSockets.
    pub fn path(self) -> &'static str {
        self.row().path
    }

    /// The IAM action that allows the operation, e.g. `kinesisvideo:CreateStream`.
    pub fn action(self) -> &'static str {
        self.row().action
    }

    /// The errors the model lists for the operation, by their names on the wire.
    pub fn errors(self) -> &'static [&'static str] {
        self.row().errors
    }

    /// Parses `body` as the operation's input and drops the input; `Ok` for operations without
    /// one (PutMedia and the WebSockets).
    ///
    /// # Errors
    ///
    /// What the input's own parser says.
    pub fn check_input(self, body: &[u8]) -> Result<(), InputError> {
        let check = INPUTS.iter().find(|(op, _)| *op == self);
        check.map_or(Ok(()), |(_, check)| check(body))
    }

    fn is_rest(self) -> bool {
        self.service().protocol() == Protocol::RestJson && self.path() != "/"
    }
}

/// The operation a Query form names, and `None` for an unknown action.
///
/// # Errors
///
/// [`InputError::Serialization`] when the form cannot be decoded.
pub fn query_operation(service: Service, form: &[u8]) -> Result<Option<Op>, InputError> {
    Ok(Op::from_query(service, &query::Call::parse(form)?.action))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{Op, Service, query_operation};

    #[test]
    fn paths_and_names_are_unique() {
        let mut paths = HashSet::new();
        let mut names = HashSet::new();
        for op in Op::ALL {
            assert!(names.insert(op.action()), "{op:?}");
            if op.is_rest() {
                assert!(
                    paths.insert((op.method(), op.path().to_lowercase())),
                    "{op:?}"
                );
                assert_eq!(Op::from_rest(op.method(), op.path()), Some(*op));
                let service = op.service().signing_name();
                assert_eq!(op.action(), format!("{service}:{}", op.name()));
            }
            assert!(op.action().ends_with(&format!(":{}", op.name())));
        }
    }

    #[test]
    fn every_service_is_complete() {
        let count = |s: Service| Op::ALL.iter().filter(|op| op.service() == s).count();
        assert_eq!(count(Service::KinesisVideo), 32);
        assert_eq!(count(Service::Media), 2);
        assert_eq!(count(Service::ArchivedMedia), 6);
        assert_eq!(count(Service::Signaling), 4);
        assert_eq!(count(Service::WebrtcStorage), 2);
        assert_eq!(count(Service::Sts), 11);
        assert_eq!(count(Service::Iam), 120);
        assert_eq!(count(Service::Iot), 38);
    }

    #[test]
    fn rest_paths_as_clients_send_them() {
        for (path, expect) in [
            ("/createStream", Some(Op::CreateStream)),
            ("/describeStream/", Some(Op::DescribeStream)),
            ("/TagResource", Some(Op::TagResource)),
            ("/putMedia", Some(Op::PutMedia)),
            ("/v1/get-ice-server-config", Some(Op::GetIceServerConfig)),
            (
                "/v1/send-alexa-offer-to-master",
                Some(Op::SendAlexaOfferToMaster),
            ),
            ("/joinStorageSession", Some(Op::JoinStorageSession)),
            (
                "/joinStorageSessionAsViewer",
                Some(Op::JoinStorageSessionAsViewer),
            ),
            (
                "/getHLSStreamingSessionURL",
                Some(Op::GetHLSStreamingSessionURL),
            ),
            (
                "/getHlsStreamingSessionUrl",
                Some(Op::GetHLSStreamingSessionURL),
            ),
            ("/", None),
            ("", None),
            ("/createStreams", None),
        ] {
            assert_eq!(Op::from_rest("POST", path), expect, "{path}");
        }
        assert_eq!(Op::from_rest("GET", "/createStream"), None);
        assert_eq!(Op::from_rest("GET", "/"), None);
    }

    #[test]
    fn query_actions() {
        assert_eq!(
            Op::from_query(Service::Iam, "CreateUser"),
            Some(Op::CreateUser)
        );
        assert_eq!(Op::from_query(Service::Sts, "CreateUser"), None);
        assert_eq!(Op::from_query(Service::KinesisVideo, "CreateStream"), None);
        assert_eq!(Op::from_query(Service::Iam, "CreateSAMLProvider"), None);
        assert!(Service::Iam.is_known_but_not_served("CreateSAMLProvider"));
        assert!(!Service::Iam.is_known_but_not_served("CreateUser"));
        assert!(!Service::Iam.is_known_but_not_served("CreateStream"));
        let form = b"Version=2011-06-15&Action=GetCallerIdentity";
        assert_eq!(
            query_operation(Service::Sts, form),
            Ok(Some(Op::GetCallerIdentity))
        );
    }

    #[test]
    fn every_error_of_an_operation_has_a_status() {
        for op in Op::ALL {
            for code in op.errors() {
                assert!(
                    crate::error::status(op.service(), code).is_some(),
                    "{op:?} {code}"
                );
            }
        }
        assert!(
            Op::CreateStream
                .errors()
                .contains(&"ResourceInUseException")
        );
        assert!(Op::CreateUser.errors().contains(&"EntityAlreadyExists"));
    }
}

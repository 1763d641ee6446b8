//! Error names, their HTTP status, and error bodies.

use crate::json;
use crate::op::{Protocol, Service};
use crate::query::escaped;
use crate::read::InputError;
use crate::shapes::ops::ERRORS;
use crate::write::{Write, Writer};

/// The HTTP status of an error of this service, by its name on the wire. `None` for a name
/// neither the service's model nor the common front-door errors know.
///
/// The models say 401 for `AccessDeniedException` and `NotAuthorizedException`; the real
/// service answers 403, and so do we.
pub fn status(service: Service, code: &str) -> Option<u16> {
    let modelled = ERRORS
        .iter()
        .find(|(s, name, _)| *s == service && *name == code);
    let status = modelled.map(|(_, _, status)| *status);
    let status = status.or_else(|| FRONT_DOOR.iter().find(|(c, _)| *c == code).map(|(_, s)| *s));
    status.map(|s| if s == 401 { 403 } else { s })
}

/// The error a request gets whose input is not valid: its name on the wire. The status is 400.
pub fn input_error_code(service: Service, error: &InputError) -> &'static str {
    if service == Service::Iot {
        return "InvalidRequestException";
    }
    match (service.protocol(), error) {
        (Protocol::RestJson, InputError::Serialization(_)) => "SerializationException",
        (Protocol::RestJson, InputError::Constraint(_)) => "InvalidArgumentException",
        (Protocol::Query, InputError::Serialization(_)) => "MalformedInput",
        (Protocol::Query, InputError::Constraint(_)) => "ValidationError",
    }
}

/// The JSON body of an error; its name goes into the header `x-amzn-ErrorType`. Models disagree
/// on the spelling of the one member, so both are there.
pub fn json_body(message: &str) -> String {
    json::print(&JsonBody(message))
}

struct JsonBody<'a>(&'a str);

impl Write for JsonBody<'_> {
    fn write(&self, writer: &mut Writer) {
        let message = self.0.to_owned();
        writer.structure(|w| {
            w.member("Message", &message);
            w.member("message", &message);
        });
    }
}

/// The XML body of an IAM or STS error.
pub fn xml_body(
    service: Service,
    code: &str,
    http_status: u16,
    message: &str,
    request_id: &str,
) -> String {
    let fault = if http_status >= 500 {
        "Receiver"
    } else {
        "Sender"
    };
    format!(
        "<ErrorResponse xmlns=\"{}\"><Error><Type>{fault}</Type><Code>{}</Code>\
         <Message>{}</Message></Error><RequestId>{}</RequestId></ErrorResponse>",
        service.xml_namespace(),
        escaped(code),
        escaped(message),
        escaped(request_id),
    )
}

/// Errors raised before an operation runs; no model lists them. AWS: "Common errors".
const FRONT_DOOR: &[(&str, u16)] = &[
    ("AccessDenied", 403),
    ("AccessDeniedException", 403),
    ("ExpiredToken", 403),
    ("ExpiredTokenException", 403),
    ("IncompleteSignature", 400),
    ("IncompleteSignatureException", 400),
    ("InternalFailure", 500),
    ("InvalidAction", 400),
    ("InvalidClientTokenId", 403),
    ("InvalidSignatureException", 403),
    ("MalformedInput", 400),
    ("MissingAction", 400),
    ("MissingAuthenticationToken", 403),
    ("MissingAuthenticationTokenException", 403),
    ("NotAuthorizedException", 403),
    ("SerializationException", 400),
    ("ServiceUnavailable", 503),
    ("SignatureDoesNotMatch", 403),
    ("Throttling", 400),
    ("ThrottlingException", 400),
    ("UnknownOperationException", 404),
    ("UnrecognizedClientException", 403),
    ("ValidationError", 400),
];

#[cfg(test)]
mod tests {
    use super::{json_body, status, xml_body};
    use crate::op::Service;
    use crate::shapes::ops::ERRORS;

    #[test]
    fn statuses() {
        use Service::{Iam, KinesisVideo, Sts, WebrtcStorage};
        for (service, code, expect) in [
            (KinesisVideo, "ResourceNotFoundException", Some(404)),
            (KinesisVideo, "VersionMismatchException", Some(400)),
            (KinesisVideo, "NotAuthorizedException", Some(403)),
            (KinesisVideo, "AccessDeniedException", Some(403)),
            (WebrtcStorage, "AccessDeniedException", Some(403)),
            (KinesisVideo, "UnknownOperationException", Some(404)),
            (Iam, "NoSuchEntity", Some(404)),
            (Iam, "EntityAlreadyExists", Some(409)),
            (Iam, "ReportNotPresent", Some(410)),
            (Iam, "InvalidAuthenticationCode", Some(403)),
            (Iam, "ServiceFailure", Some(500)),
            (Sts, "IDPRejectedClaim", Some(403)),
            (Sts, "NoSuchEntity", None),
        ] {
            assert_eq!(status(service, code), expect, "{service:?} {code}");
        }
    }

    #[test]
    fn no_error_is_401_on_the_wire() {
        for (service, code, _) in ERRORS {
            assert_ne!(status(*service, code), Some(401), "{code}");
        }
    }

    #[test]
    fn bodies() {
        assert_eq!(
            json_body("no \"x\""),
            r#"{"Message":"no \"x\"","message":"no \"x\""}"#,
        );
        assert_eq!(
            xml_body(Service::Iam, "NoSuchEntity", 404, "<x> & y", "id-1"),
            "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error>\
             <Type>Sender</Type><Code>NoSuchEntity</Code><Message>&lt;x&gt; &amp; y</Message>\
             </Error><RequestId>id-1</RequestId></ErrorResponse>",
        );
        assert!(xml_body(Service::Sts, "InternalFailure", 500, "", "").contains("Receiver"));
    }
}

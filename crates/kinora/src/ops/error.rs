//! The one error of the edge: an AWS code, what the caller is told, and what the log is.

use store::error::StoreError;

/// An error as the caller sees it.
#[derive(Debug)]
pub struct ApiError {
    /// AWS's name for it, such as `ResourceNotFoundException`.
    pub code: &'static str,
    /// HTTP status.
    pub status: u16,
    /// What the caller is told.
    pub message: String,
    /// What only the log is told.
    pub cause: Option<String>,
    /// Whether `message` quotes what the client sent to prove who it is. The client may
    /// see that again; the log may not.
    pub is_confidential: bool,
    /// Code, status and message in Query services (STS, IAM), where they differ.
    pub query: Option<(&'static str, u16, String)>,
    /// When to try again, seconds (`Retry-After`); 0 says nothing of it.
    pub retry_after_s: u16,
}

impl ApiError {
    /// An error with a code, a status and a message.
    pub fn new(code: &'static str, status: u16, message: impl Into<String>) -> ApiError {
        ApiError {
            code,
            status,
            message: message.into(),
            cause: None,
            is_confidential: false,
            query: None,
            retry_after_s: 0,
        }
    }

    /// `InvalidArgumentException`.
    pub fn invalid_argument(message: impl Into<String>) -> ApiError {
        ApiError::new("InvalidArgumentException", 400, message)
    }

    /// `ResourceNotFoundException` in AWS's words for streams.
    pub fn stream_not_found() -> ApiError {
        let message = "The requested stream is not found or not active.";
        ApiError::new("ResourceNotFoundException", 404, message)
    }

    /// `ResourceNotFoundException` for something else.
    pub fn not_found(message: impl Into<String>) -> ApiError {
        ApiError::new("ResourceNotFoundException", 404, message)
    }

    /// An operation of AWS that Kinora does not have yet.
    pub fn not_implemented(operation: &str) -> ApiError {
        let message = format!("Kinora does not implement {operation} yet; see docs/COMPAT.md.");
        ApiError::new("NotImplementedException", 501, message)
    }

    /// Whether this says that the caller may not do what it asked for.
    pub fn is_denial(&self) -> bool {
        self.code == "AccessDeniedException" || self.code == "AccessDenied"
    }

    /// A fault of the server.
    pub fn internal(cause: impl Into<String>) -> ApiError {
        ApiError {
            cause: Some(cause.into()),
            ..ApiError::new(
                "InternalFailure",
                500,
                "The request could not be processed.",
            )
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> ApiError {
        match error {
            StoreError::NotFound => ApiError::stream_not_found(),
            StoreError::Conflict => ApiError::new(
                "ResourceInUseException",
                400,
                "The resource was changed by another request at the same time.",
            ),
            StoreError::Full | StoreError::Unavailable(_) => ApiError {
                cause: Some(error.to_string()),
                ..ApiError::new("ServiceUnavailable", 503, "The store cannot answer now.")
            },
            StoreError::Corrupt(_) => ApiError::internal(error.to_string()),
        }
    }
}

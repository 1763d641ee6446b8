//! What an operation on identities can be refused for.

use std::fmt;

/// A refusal, in AWS's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IamError {
    /// The kind, which the edge turns into a code and a status.
    pub kind: IamErrorKind,
    /// What the caller is told.
    pub message: String,
}

/// Kinds of refusal, named as on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // The names are AWS's and say all there is.
pub enum IamErrorKind {
    AccessDenied,
    ConcurrentModification,
    DeleteConflict,
    EntityAlreadyExists,
    EntityTemporarilyUnmodifiable,
    InvalidAuthenticationCode,
    InvalidInput,
    InvalidUserType,
    LimitExceeded,
    MalformedPolicyDocument,
    NoSuchEntity,
    PasswordPolicyViolation,
    PolicyNotAttachable,
    ReportExpired,
    ReportInProgress,
    ReportNotPresent,
    UnmodifiableEntity,
    ValidationError,
}

impl IamError {
    /// A refusal of this kind.
    pub fn new(kind: IamErrorKind, message: impl Into<String>) -> IamError {
        let message = message.into();
        IamError { kind, message }
    }

    /// `NoSuchEntity` for something that has a name, such as a `user`.
    pub fn missing(noun: &str, name: &str) -> IamError {
        let message = format!("The {noun} with name {name} cannot be found.");
        IamError::new(IamErrorKind::NoSuchEntity, message)
    }

    /// `EntityAlreadyExists` for something that has a name, such as a `User`.
    pub fn exists(noun: &str, name: &str) -> IamError {
        let message = format!("{noun} with name {name} already exists.");
        IamError::new(IamErrorKind::EntityAlreadyExists, message)
    }

    /// `LimitExceeded` for a quota, such as `AccessKeysPerUser`.
    pub fn over_quota(quota: &str, max: usize) -> IamError {
        let message = format!("Cannot exceed quota for {quota}: {max}");
        IamError::new(IamErrorKind::LimitExceeded, message)
    }

    /// `DeleteConflict`: what must be done first, such as `delete policies`.
    pub fn delete_conflict(first: &str) -> IamError {
        let message = format!("Cannot delete entity, must {first} first.");
        IamError::new(IamErrorKind::DeleteConflict, message)
    }
}

impl IamErrorKind {
    /// The code on the wire.
    pub fn code(self) -> &'static str {
        match self {
            IamErrorKind::AccessDenied => "AccessDenied",
            IamErrorKind::ConcurrentModification => "ConcurrentModification",
            IamErrorKind::DeleteConflict => "DeleteConflict",
            IamErrorKind::EntityAlreadyExists => "EntityAlreadyExists",
            IamErrorKind::EntityTemporarilyUnmodifiable => "EntityTemporarilyUnmodifiable",
            IamErrorKind::InvalidAuthenticationCode => "InvalidAuthenticationCode",
            IamErrorKind::InvalidInput => "InvalidInput",
            IamErrorKind::InvalidUserType => "InvalidUserType",
            IamErrorKind::LimitExceeded => "LimitExceeded",
            IamErrorKind::MalformedPolicyDocument => "MalformedPolicyDocument",
            IamErrorKind::NoSuchEntity => "NoSuchEntity",
            IamErrorKind::PasswordPolicyViolation => "PasswordPolicyViolation",
            IamErrorKind::PolicyNotAttachable => "PolicyNotAttachable",
            IamErrorKind::ReportExpired => "ReportExpired",
            IamErrorKind::ReportInProgress => "ReportInProgress",
            IamErrorKind::ReportNotPresent => "ReportNotPresent",
            IamErrorKind::UnmodifiableEntity => "UnmodifiableEntity",
            IamErrorKind::ValidationError => "ValidationError",
        }
    }

    /// HTTP status of the code.
    pub fn status(self) -> u16 {
        match self {
            IamErrorKind::AccessDenied | IamErrorKind::InvalidAuthenticationCode => 403,
            IamErrorKind::NoSuchEntity | IamErrorKind::ReportInProgress => 404,
            IamErrorKind::ConcurrentModification
            | IamErrorKind::DeleteConflict
            | IamErrorKind::EntityAlreadyExists
            | IamErrorKind::EntityTemporarilyUnmodifiable
            | IamErrorKind::LimitExceeded => 409,
            IamErrorKind::ReportExpired | IamErrorKind::ReportNotPresent => 410,
            _ => 400,
        }
    }
}

impl fmt::Display for IamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.code(), self.message)
    }
}

impl std::error::Error for IamError {}

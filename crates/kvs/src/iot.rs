//! Devices: things, their certificates, and the roles these may assume.
//!
//! Entities are small and changed one at a time; what hangs on what is told by links, so
//! that a fleet's size does not matter to any of its things.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::name::AccountId;

/// A thing: a device by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thing {
    /// Its name, `[a-zA-Z0-9:_-]{1,128}`.
    pub name: String,
    /// `thingId`, a UUID.
    pub id: String,
    /// Name of its type.
    pub type_name: Option<String>,
    /// Its attributes.
    pub attributes: BTreeMap<String, String>,
    /// Goes up with every change, from 1.
    pub version: u64,
    /// When it was created, milliseconds since the epoch.
    pub created_ms: u64,
}

/// A kind of things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThingType {
    /// Its name.
    pub name: String,
    /// `thingTypeId`, a UUID.
    pub id: String,
    /// `thingTypeDescription`.
    pub description: Option<String>,
    /// `searchableAttributes`.
    pub searchable: Vec<String>,
    /// When it was created, milliseconds since the epoch.
    pub created_ms: u64,
    /// When it was deprecated, milliseconds since the epoch: no new things of it.
    pub deprecated_ms: Option<u64>,
}

/// A device certificate, known by the SHA-256 of its DER form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// 64 hexadecimal digits.
    pub id: String,
    /// The account it belongs to.
    pub account: AccountId,
    /// The certificate, PEM.
    pub pem: String,
    /// Whether it can be used.
    pub status: CertificateStatus,
    /// When it was registered, milliseconds since the epoch.
    pub created_ms: u64,
    /// When its status last changed, milliseconds since the epoch.
    pub updated_ms: u64,
}

/// Whether a certificate can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateStatus {
    /// It can.
    Active,
    /// Not now.
    Inactive,
    /// Not any more.
    Revoked,
}

/// An IoT policy: what a certificate may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IotPolicy {
    /// Its name.
    pub name: String,
    /// The document, as it was given.
    pub document: Arc<str>,
    /// When it was created, milliseconds since the epoch.
    pub created_ms: u64,
}

/// A role by another name, for devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleAlias {
    /// Its name.
    pub name: String,
    /// The role's ARN.
    pub role_arn: String,
    /// How long credentials are good for, seconds.
    pub duration_s: u32,
    /// When it was created, milliseconds since the epoch.
    pub created_ms: u64,
    /// When it last changed, milliseconds since the epoch.
    pub updated_ms: u64,
}

/// Any of them, for the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IotEntity {
    /// A thing.
    Thing(Thing),
    /// A thing type.
    ThingType(ThingType),
    /// A certificate.
    Certificate(Certificate),
    /// A policy.
    Policy(IotPolicy),
    /// A role alias.
    RoleAlias(RoleAlias),
}

/// The kind of an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // See [`IotEntity`].
pub enum IotKind {
    Thing,
    ThingType,
    Certificate,
    Policy,
    RoleAlias,
}

/// What a certificate is attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Link {
    /// A policy that counts for it.
    Policy,
    /// A thing that it speaks for.
    Thing,
}

impl IotEntity {
    /// Its kind.
    pub fn kind(&self) -> IotKind {
        match self {
            IotEntity::Thing(_) => IotKind::Thing,
            IotEntity::ThingType(_) => IotKind::ThingType,
            IotEntity::Certificate(_) => IotKind::Certificate,
            IotEntity::Policy(_) => IotKind::Policy,
            IotEntity::RoleAlias(_) => IotKind::RoleAlias,
        }
    }

    /// Its name, or a certificate's id.
    pub fn name(&self) -> &str {
        match self {
            IotEntity::Thing(thing) => &thing.name,
            IotEntity::ThingType(kind) => &kind.name,
            IotEntity::Certificate(certificate) => &certificate.id,
            IotEntity::Policy(policy) => &policy.name,
            IotEntity::RoleAlias(alias) => &alias.name,
        }
    }
}

impl CertificateStatus {
    /// Its name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            CertificateStatus::Active => "ACTIVE",
            CertificateStatus::Inactive => "INACTIVE",
            CertificateStatus::Revoked => "REVOKED",
        }
    }
}

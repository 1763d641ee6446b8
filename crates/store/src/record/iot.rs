//! Things, thing types, device certificates, IoT policies and role aliases.

use bytes::Bytes;
use kvs::iot::{
    Certificate, CertificateStatus, IotEntity, IotKind, IotPolicy, RoleAlias, Thing, ThingType,
};
use kvs::name::AccountId;

use super::wire::{Reader, Writer};
use crate::error::StoreError;

/// The byte of a kind in keys.
pub(crate) fn kind_byte(kind: IotKind) -> u8 {
    match kind {
        IotKind::Thing => 1,
        IotKind::ThingType => 2,
        IotKind::Certificate => 3,
        IotKind::Policy => 4,
        IotKind::RoleAlias => 5,
    }
}

pub(crate) fn encode(entity: &IotEntity) -> Bytes {
    let mut out = Writer::new(1);
    match entity {
        IotEntity::Thing(thing) => {
            out.text(&thing.name);
            out.text(&thing.id);
            out.optional_text(thing.type_name.as_deref());
            out.number(thing.attributes.len() as u64);
            for (key, value) in &thing.attributes {
                out.text(key);
                out.text(value);
            }
            out.number(thing.version);
            out.number(thing.created_ms);
        }
        IotEntity::ThingType(kind) => {
            out.text(&kind.name);
            out.text(&kind.id);
            out.optional_text(kind.description.as_deref());
            out.number(kind.searchable.len() as u64);
            for name in &kind.searchable {
                out.text(name);
            }
            out.number(kind.created_ms);
            out.optional_number(kind.deprecated_ms);
        }
        IotEntity::Certificate(certificate) => {
            out.text(&certificate.id);
            out.text(certificate.account.as_str());
            out.text(&certificate.pem);
            out.byte(match certificate.status {
                CertificateStatus::Active => 0,
                CertificateStatus::Inactive => 1,
                CertificateStatus::Revoked => 2,
            });
            out.number(certificate.created_ms);
            out.number(certificate.updated_ms);
        }
        IotEntity::Policy(policy) => {
            out.text(&policy.name);
            out.text(&policy.document);
            out.number(policy.created_ms);
        }
        IotEntity::RoleAlias(alias) => {
            out.text(&alias.name);
            out.text(&alias.role_arn);
            out.number(alias.duration_s.into());
            out.number(alias.created_ms);
            out.number(alias.updated_ms);
        }
    }
    out.finish()
}

/// `kind` is the byte of the key.
pub(crate) fn decode(kind: u8, bytes: &[u8]) -> Result<IotEntity, StoreError> {
    let mut reader = Reader::new("device", bytes, 1)?;
    let entity = match kind {
        1 => IotEntity::Thing(thing(&mut reader)?),
        2 => IotEntity::ThingType(thing_type(&mut reader)?),
        3 => IotEntity::Certificate(certificate(&mut reader)?),
        4 => IotEntity::Policy(IotPolicy {
            name: reader.text()?,
            document: reader.text()?.into(),
            created_ms: reader.number()?,
        }),
        5 => IotEntity::RoleAlias(RoleAlias {
            name: reader.text()?,
            role_arn: reader.text()?,
            duration_s: reader.narrow()?,
            created_ms: reader.number()?,
            updated_ms: reader.number()?,
        }),
        other => return Err(reader.corrupt(&format!("unknown kind {other}"))),
    };
    reader.finish()?;
    Ok(entity)
}

fn thing(reader: &mut Reader<'_>) -> Result<Thing, StoreError> {
    let (name, id, type_name) = (reader.text()?, reader.text()?, reader.optional_text()?);
    let attributes = (0..reader.count(2)?).map(|_| Ok((reader.text()?, reader.text()?)));
    let attributes = attributes.collect::<Result<_, StoreError>>()?;
    Ok(Thing {
        name,
        id,
        type_name,
        attributes,
        version: reader.number()?,
        created_ms: reader.number()?,
    })
}

fn thing_type(reader: &mut Reader<'_>) -> Result<ThingType, StoreError> {
    let (name, id, description) = (reader.text()?, reader.text()?, reader.optional_text()?);
    let searchable = (0..reader.count(1)?).map(|_| reader.text());
    let searchable = searchable.collect::<Result<_, StoreError>>()?;
    Ok(ThingType {
        name,
        id,
        description,
        searchable,
        created_ms: reader.number()?,
        deprecated_ms: reader.optional_number()?,
    })
}

fn certificate(reader: &mut Reader<'_>) -> Result<Certificate, StoreError> {
    let id = reader.text()?;
    let account = AccountId::parse(&reader.text()?);
    let account = account.ok_or_else(|| reader.corrupt("an account id is none"))?;
    Ok(Certificate {
        id,
        account,
        pem: reader.text()?,
        status: match reader.byte()? {
            0 => CertificateStatus::Active,
            1 => CertificateStatus::Inactive,
            2 => CertificateStatus::Revoked,
            other => return Err(reader.corrupt(&format!("unknown status {other}"))),
        },
        created_ms: reader.number()?,
        updated_ms: reader.number()?,
    })
}

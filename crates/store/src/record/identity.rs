//! Users, groups, roles, policies and what else an account's directory holds.
//!
//! The seed of an MFA device is under the key-encryption key before it comes here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use kvs::iam::{
    AccessKeyMeta, Entity, EntityId, EntityKind, Group, InstanceProfile, LoginProfile, MfaDevice,
    OidcProvider, PasswordPolicy, Policy, PolicyVersion, Role, RootUser, Settings, Tags, User,
};
use kvs::name::AccountId;

use super::wire::{Reader, Writer};
use crate::error::StoreError;

/// The byte of a kind in keys.
pub(crate) fn kind_byte(kind: EntityKind) -> u8 {
    match kind {
        EntityKind::Settings => 0,
        EntityKind::User => 1,
        EntityKind::Group => 2,
        EntityKind::Role => 3,
        EntityKind::Policy => 4,
        EntityKind::InstanceProfile => 5,
        EntityKind::MfaDevice => 6,
        EntityKind::OidcProvider => 7,
    }
}

pub(crate) fn encode(entity: &Entity) -> Bytes {
    let mut out = Writer::new(1);
    match entity {
        Entity::Settings(settings) => put_settings(&mut out, settings),
        Entity::User(user) => put_user(&mut out, user),
        Entity::Group(group) => put_group(&mut out, group),
        Entity::Role(role) => put_role(&mut out, role),
        Entity::Policy(policy) => put_policy(&mut out, policy),
        Entity::InstanceProfile(profile) => put_profile(&mut out, profile),
        Entity::MfaDevice(device) => put_device(&mut out, device),
        Entity::OidcProvider(provider) => put_provider(&mut out, provider),
    }
    out.finish()
}

/// `kind` is the byte of the key.
pub(crate) fn decode(kind: u8, bytes: &[u8]) -> Result<Entity, StoreError> {
    let mut reader = Reader::new("identity", bytes, 1)?;
    let entity = match kind {
        0 => settings(&mut reader)?.into(),
        1 => user(&mut reader)?.into(),
        2 => group(&mut reader)?.into(),
        3 => role(&mut reader)?.into(),
        4 => policy(&mut reader)?.into(),
        5 => profile(&mut reader)?.into(),
        6 => device(&mut reader)?.into(),
        7 => provider(&mut reader)?.into(),
        other => return Err(reader.corrupt(&format!("unknown kind {other}"))),
    };
    reader.finish()?;
    Ok(entity)
}

fn put_settings(out: &mut Writer, settings: &Settings) {
    out.optional_text(settings.alias.as_deref());
    out.byte(settings.password_policy.is_some().into());
    if let Some(policy) = &settings.password_policy {
        out.number(policy.length_min.into());
        for flag in [
            policy.symbols,
            policy.numbers,
            policy.uppercase,
            policy.lowercase,
            policy.users_may_change,
            policy.hard_expiry,
        ] {
            out.byte(flag.into());
        }
        out.optional_number(policy.age_days_max.map(u64::from));
        out.optional_number(policy.reuse_prevention.map(u64::from));
    }
    let root = &settings.root;
    put_keys(out, &root.keys);
    out.optional_number(root.password_used_ms);
    out.optional_number(root.password_changed_ms);
    out.number(root.sessions_after_ms);
}

fn settings(reader: &mut Reader<'_>) -> Result<Settings, StoreError> {
    Ok(Settings {
        alias: reader.optional_text()?,
        password_policy: reader
            .flag()?
            .then(|| password_policy(reader))
            .transpose()?,
        root: RootUser {
            keys: keys(reader)?,
            password_used_ms: reader.optional_number()?,
            password_changed_ms: reader.optional_number()?,
            sessions_after_ms: reader.number()?,
        },
    })
}

fn password_policy(reader: &mut Reader<'_>) -> Result<PasswordPolicy, StoreError> {
    Ok(PasswordPolicy {
        length_min: reader.narrow()?,
        symbols: reader.flag()?,
        numbers: reader.flag()?,
        uppercase: reader.flag()?,
        lowercase: reader.flag()?,
        users_may_change: reader.flag()?,
        hard_expiry: reader.flag()?,
        age_days_max: reader.flag()?.then(|| reader.narrow()).transpose()?,
        reuse_prevention: reader.flag()?.then(|| reader.narrow()).transpose()?,
    })
}

fn put_user(out: &mut Writer, user: &User) {
    put_head(out, &user.id, &user.name, &user.path, user.created_ms);
    out.optional_text(user.boundary.as_deref());
    put_tags(out, &user.tags);
    put_texts(out, user.groups.iter().map(EntityId::as_str));
    put_texts(out, user.attached.iter().map(String::as_str));
    put_inline(out, &user.inline);
    put_keys(out, &user.keys);
    out.byte(user.login.is_some().into());
    if let Some(login) = &user.login {
        out.text(&login.hash);
        put_texts(out, login.history.iter().map(String::as_str));
        out.number(login.created_ms);
        out.number(login.changed_ms);
        out.optional_number(login.used_ms);
        out.byte(login.must_reset.into());
    }
    out.number(user.sessions_after_ms);
}

fn user(reader: &mut Reader<'_>) -> Result<User, StoreError> {
    let (id, name, path, created_ms) = head(reader)?;
    Ok(User {
        id,
        name,
        path,
        created_ms,
        boundary: reader.optional_text()?,
        tags: tags(reader)?,
        groups: texts(reader)?.iter().map(|id| EntityId::new(id)).collect(),
        attached: texts(reader)?.into_iter().collect(),
        inline: inline(reader)?,
        keys: keys(reader)?,
        login: reader.flag()?.then(|| login(reader)).transpose()?,
        sessions_after_ms: reader.number()?,
    })
}

fn login(reader: &mut Reader<'_>) -> Result<LoginProfile, StoreError> {
    Ok(LoginProfile {
        hash: reader.text()?,
        history: texts(reader)?,
        created_ms: reader.number()?,
        changed_ms: reader.number()?,
        used_ms: reader.optional_number()?,
        must_reset: reader.flag()?,
    })
}

fn put_group(out: &mut Writer, group: &Group) {
    put_head(out, &group.id, &group.name, &group.path, group.created_ms);
    put_texts(out, group.attached.iter().map(String::as_str));
    put_inline(out, &group.inline);
}

fn group(reader: &mut Reader<'_>) -> Result<Group, StoreError> {
    let (id, name, path, created_ms) = head(reader)?;
    Ok(Group {
        id,
        name,
        path,
        created_ms,
        attached: texts(reader)?.into_iter().collect(),
        inline: inline(reader)?,
    })
}

fn put_role(out: &mut Writer, role: &Role) {
    put_head(out, &role.id, &role.name, &role.path, role.created_ms);
    out.optional_text(role.description.as_deref());
    out.text(&role.trust);
    out.number(role.foreign.len() as u64);
    for (id, account) in &role.foreign {
        out.text(id.as_str());
        out.text(account.as_str());
    }
    out.number(role.session_s_max.into());
    out.optional_text(role.boundary.as_deref());
    put_tags(out, &role.tags);
    put_texts(out, role.attached.iter().map(String::as_str));
    put_inline(out, &role.inline);
}

fn role(reader: &mut Reader<'_>) -> Result<Role, StoreError> {
    let (id, name, path, created_ms) = head(reader)?;
    Ok(Role {
        id,
        name,
        path,
        created_ms,
        description: reader.optional_text()?,
        trust: reader.text()?.into(),
        foreign: foreign(reader)?,
        session_s_max: reader.narrow()?,
        boundary: reader.optional_text()?,
        tags: tags(reader)?,
        attached: texts(reader)?.into_iter().collect(),
        inline: inline(reader)?,
    })
}

fn foreign(reader: &mut Reader<'_>) -> Result<BTreeMap<EntityId, AccountId>, StoreError> {
    let mut accounts = BTreeMap::new();
    for _ in 0..reader.count(2)? {
        let id = EntityId::new(&reader.text()?);
        let account = AccountId::parse(&reader.text()?);
        let account = account.ok_or_else(|| reader.corrupt("a principal of no account"))?;
        accounts.insert(id, account);
    }
    Ok(accounts)
}

fn put_policy(out: &mut Writer, policy: &Policy) {
    put_head(
        out,
        &policy.id,
        &policy.name,
        &policy.path,
        policy.created_ms,
    );
    out.number(policy.updated_ms);
    out.optional_text(policy.description.as_deref());
    put_tags(out, &policy.tags);
    out.number(policy.versions.len() as u64);
    for (number, version) in &policy.versions {
        out.number((*number).into());
        out.text(&version.document);
        out.number(version.created_ms);
    }
    out.number(policy.default_version.into());
    out.number(policy.last_version.into());
}

fn policy(reader: &mut Reader<'_>) -> Result<Policy, StoreError> {
    let (id, name, path, created_ms) = head(reader)?;
    let updated_ms = reader.number()?;
    let description = reader.optional_text()?;
    let tags = tags(reader)?;
    let mut versions = BTreeMap::new();
    for _ in 0..reader.count(3)? {
        let number = reader.narrow()?;
        let version = PolicyVersion {
            document: reader.text()?.into(),
            created_ms: reader.number()?,
        };
        versions.insert(number, version);
    }
    Ok(Policy {
        id,
        name,
        path,
        created_ms,
        updated_ms,
        description,
        tags,
        versions,
        default_version: reader.narrow()?,
        last_version: reader.narrow()?,
    })
}

fn put_profile(out: &mut Writer, profile: &InstanceProfile) {
    let (name, path) = (&profile.name, &profile.path);
    put_head(out, &profile.id, name, path, profile.created_ms);
    put_tags(out, &profile.tags);
    out.optional_text(profile.role.as_ref().map(EntityId::as_str));
}

fn profile(reader: &mut Reader<'_>) -> Result<InstanceProfile, StoreError> {
    let (id, name, path, created_ms) = head(reader)?;
    Ok(InstanceProfile {
        id,
        name,
        path,
        created_ms,
        tags: tags(reader)?,
        role: reader.optional_text()?.map(|id| EntityId::new(&id)),
    })
}

fn put_device(out: &mut Writer, device: &MfaDevice) {
    let (name, path) = (&device.name, &device.path);
    put_head(out, &device.serial, name, path, device.created_ms);
    out.bytes(&device.seed);
    put_tags(out, &device.tags);
    match &device.owner {
        None => out.byte(0),
        Some(None) => out.byte(1),
        Some(Some(user)) => {
            out.byte(2);
            out.text(user.as_str());
        }
    }
    out.optional_number(device.enabled_ms);
    out.number(device.last_step);
    out.signed(device.drift_steps);
}

fn device(reader: &mut Reader<'_>) -> Result<MfaDevice, StoreError> {
    let (serial, name, path, created_ms) = head(reader)?;
    Ok(MfaDevice {
        serial,
        name,
        path,
        created_ms,
        seed: reader.bytes()?.to_vec(),
        tags: tags(reader)?,
        owner: match reader.byte()? {
            0 => None,
            1 => Some(None),
            2 => Some(Some(EntityId::new(&reader.text()?))),
            other => return Err(reader.corrupt(&format!("unknown owner {other}"))),
        },
        enabled_ms: reader.optional_number()?,
        last_step: reader.number()?,
        drift_steps: reader.signed()?,
    })
}

fn put_provider(out: &mut Writer, provider: &OidcProvider) {
    out.text(provider.arn.as_str());
    out.text(&provider.url);
    out.number(provider.created_ms);
    put_texts(out, provider.client_ids.iter().map(String::as_str));
    put_texts(out, provider.thumbprints.iter().map(String::as_str));
    put_tags(out, &provider.tags);
    out.optional_text(provider.jwks.as_deref());
}

fn provider(reader: &mut Reader<'_>) -> Result<OidcProvider, StoreError> {
    Ok(OidcProvider {
        arn: EntityId::new(&reader.text()?),
        url: reader.text()?,
        created_ms: reader.number()?,
        client_ids: texts(reader)?.into_iter().collect::<BTreeSet<_>>(),
        thumbprints: texts(reader)?,
        tags: tags(reader)?,
        jwks: reader.optional_text()?,
    })
}

fn put_head(out: &mut Writer, id: &EntityId, name: &str, path: &str, created_ms: u64) {
    out.text(id.as_str());
    out.text(name);
    out.text(path);
    out.number(created_ms);
}

fn head(reader: &mut Reader<'_>) -> Result<(EntityId, String, String, u64), StoreError> {
    let id = EntityId::new(&reader.text()?);
    Ok((id, reader.text()?, reader.text()?, reader.number()?))
}

fn put_tags(out: &mut Writer, tags: &Tags) {
    out.number(tags.len() as u64);
    for (key, value) in tags.iter() {
        out.text(key);
        out.text(value);
    }
}

fn tags(reader: &mut Reader<'_>) -> Result<Tags, StoreError> {
    let mut tags = Tags::default();
    for _ in 0..reader.count(2)? {
        let key = reader.text()?;
        tags.set(&key, &reader.text()?);
    }
    Ok(tags)
}

fn put_texts<'a>(out: &mut Writer, texts: impl ExactSizeIterator<Item = &'a str>) {
    out.number(texts.len() as u64);
    for text in texts {
        out.text(text);
    }
}

fn texts(reader: &mut Reader<'_>) -> Result<Vec<String>, StoreError> {
    let count = reader.count(1)?;
    (0..count).map(|_| reader.text()).collect()
}

fn put_inline(out: &mut Writer, inline: &BTreeMap<String, Arc<str>>) {
    out.number(inline.len() as u64);
    for (name, document) in inline {
        out.text(name);
        out.text(document);
    }
}

fn inline(reader: &mut Reader<'_>) -> Result<BTreeMap<String, Arc<str>>, StoreError> {
    let mut inline = BTreeMap::new();
    for _ in 0..reader.count(2)? {
        let name = reader.text()?;
        inline.insert(name, reader.text()?.into());
    }
    Ok(inline)
}

fn put_keys(out: &mut Writer, keys: &[AccessKeyMeta]) {
    out.number(keys.len() as u64);
    for key in keys {
        out.text(&key.id);
        out.byte(key.active.into());
        out.number(key.created_ms);
    }
}

fn keys(reader: &mut Reader<'_>) -> Result<Vec<AccessKeyMeta>, StoreError> {
    let mut keys = Vec::new();
    for _ in 0..reader.count(3)? {
        keys.push(AccessKeyMeta {
            id: reader.text()?,
            active: reader.flag()?,
            created_ms: reader.number()?,
        });
    }
    Ok(keys)
}

//! AssumeRole:
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>

use std::sync::Arc;

use aws::op::Op;
use aws::policy::actions::{SET_SOURCE_IDENTITY, TAG_SESSION};
use aws::shapes::sts::{AssumeRoleInput, AssumeRoleOutput, AssumedRoleUser};
use kvs::account::AccountState;
use kvs::iam::{Directory, Role, Session, SessionKind};
use kvs::name::AccountId;

use crate::ops::authority::Ask;
use crate::ops::caller::{Identity, role_arn};
use crate::ops::sts::credentials::{self, expires_ms};
use crate::ops::sts::session_tags::SessionTags;
use crate::ops::sts::trust::{self, Trust};
use crate::ops::sts::{denied, invalid, mfa, session_policy};
use crate::ops::{ApiError, Caller, Cx};

/// Makes temporary credentials of a role, if its trust policy and the caller's own
/// policies allow it. A role that does not exist is denied like one that is not trusted.
///
/// # Errors
///
/// `AccessDenied`, `ValidationError`, `MalformedPolicyDocument`, `PackedPolicyTooLarge`.
pub async fn assume_role(
    cx: &Cx,
    caller: &Caller,
    input: AssumeRoleInput,
) -> Result<AssumeRoleOutput, ApiError> {
    if caller.is_root() {
        return Err(denied("Roles may not be assumed by root accounts."));
    }
    let code = input.token_code.as_ref().map(|code| code.as_str());
    let parent = caller.session.as_deref();
    let tags = SessionTags::read(
        input.tags.as_deref(),
        input.transitive_tag_keys.clone(),
        parent,
    )?;
    let source_identity = source_identity(parent, input.source_identity.as_deref())?;
    let (directory, role) = find(cx, &input.role_arn).await?;
    let mfa_ms = mfa::check(cx, caller, input.serial_number.as_deref(), code).await?;
    let trust = Trust {
        role_arn: &input.role_arn,
        role: role.as_deref(),
        account: directory.account(),
        mfa_ms,
    };
    authorise(cx, caller, &input, &tags, source_identity, &trust)?;
    // Without a role nothing was allowed.
    let role = role.ok_or_else(|| denied("The role is gone."))?;
    let is_chained = matches!(caller.identity, Identity::Role { .. });
    let duration_s = duration_s(&role, input.duration_seconds, is_chained)?;
    let policies = session_policy::read(&directory, input.policy, input.policy_arns, tags.len())?;
    let issued_ms = cx.server.clock.now_ms();
    let source_identity = source_identity.map(str::to_owned);
    let kind = SessionKind::Role {
        role: role.id.clone(),
        name: input.role_session_name.clone(),
    };
    let expires_ms = expires_ms(issued_ms, duration_s);
    let session = Session {
        mfa_ms,
        policies: policies.policies,
        policy_arns: policies.arns,
        tags: tags.all,
        transitive_tag_keys: tags.transitive,
        source_identity: source_identity.clone(),
        is_chained,
        ..Session::new(directory.account(), kind, issued_ms, expires_ms)
    };
    let made = credentials::make(cx, session, input.minimum_session_token_size).await?;
    Ok(AssumeRoleOutput {
        assumed_role_user: Some(assumed(
            directory.account(),
            &role,
            &input.role_session_name,
        )),
        credentials: Some(made.credentials),
        packed_policy_size: policies.packed_size,
        session_token_size: Some(made.token_size),
        session_token_utilization: Some(made.token_utilization),
        source_identity,
    })
}

/// Asks for the role, and for tags and source identity if there are any.
fn authorise(
    cx: &Cx,
    caller: &Caller,
    input: &AssumeRoleInput,
    tags: &SessionTags,
    source_identity: Option<&str>,
    trust: &Trust<'_>,
) -> Result<(), ApiError> {
    let ask = || {
        let mut ask = Ask::new(Op::AssumeRole, &input.role_arn)
            .key("sts:RoleSessionName", &input.role_session_name)
            .request_tags(tags.given.iter().map(|(key, value)| (&key[..], &value[..])));
        if let Some(external_id) = &input.external_id {
            ask = ask.key("sts:ExternalId", external_id);
        }
        if let Some(identity) = source_identity {
            ask = ask.key("sts:SourceIdentity", identity);
        }
        if !tags.transitive.is_empty() {
            ask = ask.keys("sts:TransitiveTagKeys", tags.transitive.clone());
        }
        if let Some(seconds) = input.duration_seconds {
            ask = ask.key("sts:DurationSeconds", seconds.to_string());
        }
        ask
    };
    trust::check(cx, caller, ask(), trust)?;
    if !tags.is_empty() {
        trust::check(cx, caller, ask().action(TAG_SESSION), trust)?;
    }
    if source_identity.is_some() {
        trust::check(cx, caller, ask().action(SET_SOURCE_IDENTITY), trust)?;
    }
    Ok(())
}

/// The role of an ARN and the directory of its account. `None` if there is no such role,
/// which nobody must be told.
///
/// # Errors
///
/// `ValidationError` if the ARN is none of a role.
pub async fn find(cx: &Cx, arn: &str) -> Result<(Arc<Directory>, Option<Arc<Role>>), ApiError> {
    let parsed = arn.strip_prefix("arn:aws:iam::").and_then(|rest| {
        let (account, role) = rest.split_once(":role/")?;
        let (_, name) = role.rsplit_once('/').unwrap_or(("", role));
        Some((AccountId::parse(account)?, name))
    });
    let (account, name) = parsed.ok_or_else(|| invalid(format!("{arn} is invalid")))?;
    let server = &cx.server;
    let found = server.directories.find(&server.store, account).await?;
    let directory = found.unwrap_or_else(|| Directory::new(account, 0, Vec::new()).into());
    let is_active = directory.state() == AccountState::Active;
    let role = directory.roles().get(name);
    let role = role.filter(|role| is_active && role_arn(account, role) == arn);
    let role = role.cloned();
    Ok((directory, role))
}

/// How long the session lasts.
///
/// # Errors
///
/// `ValidationError` if that is longer than the role or chaining allows.
pub fn duration_s(role: &Role, asked: Option<i32>, is_chained: bool) -> Result<u32, ApiError> {
    let asked = asked.and_then(|seconds| u32::try_from(seconds).ok());
    let duration_s = asked.unwrap_or(DEFAULT_S);
    if is_chained && duration_s > CHAINED_S_MAX {
        return Err(invalid(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by \
             role chaining",
        ));
    }
    if duration_s > role.session_s_max {
        return Err(invalid(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    Ok(duration_s)
}

/// Once set, a source identity stays through all roles.
fn source_identity<'a>(
    parent: Option<&'a Session>,
    asked: Option<&'a str>,
) -> Result<Option<&'a str>, ApiError> {
    let inherited = parent.and_then(|parent| parent.source_identity.as_deref());
    match (inherited, asked) {
        (Some(inherited), Some(asked)) if inherited != asked => Err(denied(
            "The source identity of a session cannot be changed by role chaining.",
        )),
        (inherited, asked) => Ok(inherited.or(asked)),
    }
}

/// `AssumedRoleUser`.
pub fn assumed(account: AccountId, role: &Role, session_name: &str) -> AssumedRoleUser {
    let name = &role.name;
    AssumedRoleUser {
        arn: format!("arn:aws:sts::{account}:assumed-role/{name}/{session_name}"),
        assumed_role_id: format!("{}:{session_name}", role.id),
    }
}

const DEFAULT_S: u32 = 3600;
const CHAINED_S_MAX: u32 = 3600;

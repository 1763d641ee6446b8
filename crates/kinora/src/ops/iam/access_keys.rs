//! Long-term access keys: CreateAccessKey and its kin.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html>
//!
//! Whoever leaves `UserName` out means its own keys; so root has keys too. The secret is
//! told once, by CreateAccessKey.

use aws::op::Op;
use aws::shapes::iam::{
    self, AccessKeyLastUsed, AccessKeyMetadata, CreateAccessKeyInput, CreateAccessKeyOutput,
    DeleteAccessKeyInput, DeleteAccessKeyOutput, GetAccessKeyLastUsedInput,
    GetAccessKeyLastUsedOutput, ListAccessKeysInput, ListAccessKeysOutput, StatusType,
    UpdateAccessKeyInput, UpdateAccessKeyOutput,
};
use aws::value::{Sensitive, Timestamp};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kvs::account::{AccessKey, Principal};
use kvs::iam::id::{KeyPrefix, access_key_id};
use kvs::iam::{AccessKeyMeta, keys};
use kvs::name::AccountId;

use crate::ops::iam::change;
use crate::ops::iam::page::Window;
use crate::ops::iam::users::{Subject, allow};
use crate::ops::{ApiError, Caller, Cx};
use crate::server;

/// Creates a key and tells its secret, this once.
///
/// # Errors
///
/// `NoSuchEntity`, `LimitExceeded`, denial.
pub async fn create_access_key(
    cx: &Cx,
    caller: &Caller,
    input: CreateAccessKeyInput,
) -> Result<CreateAccessKeyOutput, ApiError> {
    let subject = Subject::of(caller, input.user_name)?;
    allow(cx, caller, Op::CreateAccessKey, &subject)?;
    let (id, secret) = (new_id(caller.account), new_secret());
    let created_ms = cx.server.clock.now_ms();
    let user_name = change(cx, caller, |directory| {
        let key = AccessKey {
            id: id.clone(),
            account: directory.account(),
            principal: subject.principal(directory)?,
            secret: secret.clone(),
            created_ms,
            active: true,
        };
        keys::create(directory, key)?;
        Ok(subject.user_name(directory))
    })
    .await?;
    let access_key = iam::AccessKey {
        access_key_id: id,
        create_date: Some(Timestamp(created_ms as i64)),
        secret_access_key: Sensitive(secret),
        status: StatusType::Active,
        user_name,
    };
    Ok(CreateAccessKeyOutput { access_key })
}

/// Says whether a key is accepted. One that is not is as unknown to callers as one that
/// never was.
///
/// # Errors
///
/// `NoSuchEntity`, `InvalidInput` for a status that nobody can give, denial.
pub async fn update_access_key(
    cx: &Cx,
    caller: &Caller,
    input: UpdateAccessKeyInput,
) -> Result<UpdateAccessKeyOutput, ApiError> {
    let subject = Subject::of(caller, input.user_name)?;
    allow(cx, caller, Op::UpdateAccessKey, &subject)?;
    let active = match input.status {
        StatusType::Active => true,
        StatusType::Inactive => false,
        StatusType::Expired => {
            let message = "The status of an access key can be Active or Inactive.";
            return Err(ApiError::new("InvalidInput", 400, message));
        }
    };
    let id = &input.access_key_id;
    change(cx, caller, |directory| {
        let owner = subject.principal(directory)?;
        keys::set_active(directory, &owner, id, active)
    })
    .await?;
    Ok(UpdateAccessKeyOutput::default())
}

/// Deletes a key.
///
/// # Errors
///
/// `NoSuchEntity`, denial.
pub async fn delete_access_key(
    cx: &Cx,
    caller: &Caller,
    input: DeleteAccessKeyInput,
) -> Result<DeleteAccessKeyOutput, ApiError> {
    let subject = Subject::of(caller, input.user_name)?;
    allow(cx, caller, Op::DeleteAccessKey, &subject)?;
    let id = &input.access_key_id;
    change(cx, caller, |directory| {
        let owner = subject.principal(directory)?;
        keys::delete(directory, &owner, id)
    })
    .await?;
    cx.server.authenticator.last_uses.forget(id);
    Ok(DeleteAccessKeyOutput::default())
}

/// Lists the keys of a user or of root.
///
/// # Errors
///
/// `NoSuchEntity`, `ValidationError` for a marker that is none of ours, denial.
pub async fn list_access_keys(
    cx: &Cx,
    caller: &Caller,
    input: ListAccessKeysInput,
) -> Result<ListAccessKeysOutput, ApiError> {
    let subject = Subject::of(caller, input.user_name)?;
    allow(cx, caller, Op::ListAccessKeys, &subject)?;
    let window = Window::new(input.marker.as_deref(), input.max_items)?;
    let directory = &caller.directory;
    let mut keys = keys::of(directory, &subject.principal(directory)?)?.to_vec();
    keys.sort_by(|one, other| one.id.cmp(&other.id));
    let page = window.of(keys, |key| key.id.clone());
    let user_name = subject.user_name(directory);
    let page = page.map(|key| metadata(key, user_name.clone()));
    Ok(ListAccessKeysOutput {
        access_key_metadata: page.items,
        is_truncated: page.is_truncated,
        marker: page.marker,
    })
}

/// Tells when and for what a key was last used, to a quarter of an hour, and whose it is.
///
/// # Errors
///
/// `NoSuchEntity`, denial.
pub async fn get_access_key_last_used(
    cx: &Cx,
    caller: &Caller,
    input: GetAccessKeyLastUsedInput,
) -> Result<GetAccessKeyLastUsedOutput, ApiError> {
    let id = &input.access_key_id;
    let directory = &caller.directory;
    let owner = keys::owner(directory, id);
    let subject = match &owner {
        Some(Principal::Root) => Subject::Root,
        Some(Principal::User(user)) => {
            let user = directory.users().by_id(user);
            Subject::User(user.map_or("*", |user| &user.name).to_owned())
        }
        None => Subject::User("*".to_owned()),
    };
    allow(cx, caller, Op::GetAccessKeyLastUsed, &subject)?;
    if owner.is_none() {
        return Err(keys::missing(id).into());
    }
    let last_uses = &cx.server.authenticator.last_uses;
    let used = last_uses.of(&cx.server.store, id).await?;
    let never = || "N/A".to_owned();
    let used = match used {
        Some(used) => AccessKeyLastUsed {
            last_used_date: Some(Timestamp(used.at_ms as i64)),
            service_name: used.service,
            region: used.region,
        },
        None => AccessKeyLastUsed {
            last_used_date: None,
            service_name: never(),
            region: never(),
        },
    };
    Ok(GetAccessKeyLastUsedOutput {
        access_key_last_used: Some(used),
        user_name: subject.user_name(directory),
    })
}

/// A new id, with the account in it.
pub fn new_id(account: AccountId) -> String {
    access_key_id(
        KeyPrefix::LongTerm,
        account,
        u64::from_le_bytes(server::random()),
    )
}

/// A new secret: 40 characters of base64.
pub fn new_secret() -> String {
    STANDARD.encode(server::random::<30>())
}

fn metadata(key: AccessKeyMeta, user_name: Option<String>) -> AccessKeyMetadata {
    let status = match key.active {
        true => StatusType::Active,
        false => StatusType::Inactive,
    };
    AccessKeyMetadata {
        access_key_id: Some(key.id),
        create_date: Some(Timestamp(key.created_ms as i64)),
        status: Some(status),
        user_name,
    }
}

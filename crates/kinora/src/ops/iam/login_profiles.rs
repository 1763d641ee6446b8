//! Users' passwords: CreateLoginProfile and its kin, ChangePassword.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateLoginProfile.html>
//!
//! Passwords are hashed before the account is changed; if the profile is another by then,
//! the request is told to come again.

use aws::op::Op;
use aws::shapes::iam::{
    self, ChangePasswordInput, ChangePasswordOutput, CreateLoginProfileInput,
    CreateLoginProfileOutput, DeleteLoginProfileInput, DeleteLoginProfileOutput,
    GetLoginProfileInput, GetLoginProfileOutput, UpdateLoginProfileInput, UpdateLoginProfileOutput,
};
use aws::value::Timestamp;
use kvs::iam::{
    Directory, HolderKind, IamError, IamErrorKind, LoginProfile, User, passwords, users,
};

use crate::accounts;
use crate::ops::authority;
use crate::ops::caller::Identity;
use crate::ops::iam::change;
use crate::ops::iam::target::Target;
use crate::ops::iam::users::{Subject, allow};
use crate::ops::sts::mfa::too_many;
use crate::ops::{ApiError, Caller, Cx};
use crate::throttle::Key;

/// Gives a user a password.
///
/// # Errors
///
/// `NoSuchEntity`, `EntityAlreadyExists`, `PasswordPolicyViolation`, `ValidationError`
/// without a password or for a caller who is no user, denial.
pub async fn create_login_profile(
    cx: &Cx,
    caller: &Caller,
    input: CreateLoginProfileInput,
) -> Result<CreateLoginProfileOutput, ApiError> {
    let subject = Subject::user_of(caller, input.user_name)?;
    allow(cx, caller, Op::CreateLoginProfile, &subject)?;
    let user = users::find(&caller.directory, subject.name())?;
    if user.login.is_some() {
        return Err(exists(&user.name).into());
    }
    let Some(password) = input.password else {
        let message = "1 validation error detected: Value at 'password' failed to satisfy \
                       constraint: Member must not be null";
        return Err(ApiError::new("ValidationError", 400, message));
    };
    let hash = hashed(cx, caller, user, password.as_str()).await?;
    let must_reset = input.password_reset_required.unwrap_or(false);
    let now_ms = cx.server.clock.now_ms();
    let profile = LoginProfile {
        hash,
        history: Vec::new(),
        created_ms: now_ms,
        changed_ms: now_ms,
        used_ms: None,
        must_reset,
    };
    let user_name = change(cx, caller, |directory| {
        users::edit(directory, subject.name(), |user| {
            if user.login.is_some() {
                return Err(exists(&user.name));
            }
            user.login = Some(profile.clone());
            Ok(user.name.clone())
        })
    })
    .await?;
    let login_profile = shape(user_name, &profile);
    Ok(CreateLoginProfileOutput { login_profile })
}

/// Tells that a user has a password.
///
/// # Errors
///
/// `NoSuchEntity`, `ValidationError` for a caller who is no user, denial.
pub async fn get_login_profile(
    cx: &Cx,
    caller: &Caller,
    input: GetLoginProfileInput,
) -> Result<GetLoginProfileOutput, ApiError> {
    let subject = Subject::user_of(caller, input.user_name)?;
    allow(cx, caller, Op::GetLoginProfile, &subject)?;
    let user = users::find(&caller.directory, subject.name())?;
    let profile = user.login.as_ref().ok_or_else(|| missing(&user.name))?;
    let login_profile = shape(user.name.clone(), profile);
    Ok(GetLoginProfileOutput { login_profile })
}

/// Sets a user's password, or whether it must be changed; an administrator's operation.
///
/// # Errors
///
/// `NoSuchEntity`, `PasswordPolicyViolation`, `EntityTemporarilyUnmodifiable`, denial.
pub async fn update_login_profile(
    cx: &Cx,
    caller: &Caller,
    input: UpdateLoginProfileInput,
) -> Result<UpdateLoginProfileOutput, ApiError> {
    let subject = Subject::User(input.user_name);
    allow(cx, caller, Op::UpdateLoginProfile, &subject)?;
    let user = users::find(&caller.directory, subject.name())?;
    let before = user.login.as_ref().ok_or_else(|| missing(&user.name))?;
    let now_ms = cx.server.clock.now_ms();
    let must_reset = input.password_reset_required.unwrap_or(before.must_reset);
    let is_set = input.password.is_some();
    let after = match &input.password {
        None => LoginProfile {
            must_reset,
            ..before.clone()
        },
        Some(password) => {
            let hash = hashed(cx, caller, user, password.as_str()).await?;
            passwords::set(before, hash, now_ms, must_reset)
        }
    };
    let (name, before) = (subject.name(), before.clone());
    change(cx, caller, |directory| {
        replace(directory, name, &before, after.clone())?;
        users::edit(directory, name, |user| {
            if is_set {
                user.sessions_after_ms = accounts::after(now_ms, user.sessions_after_ms);
            }
            Ok(())
        })
    })
    .await?;
    Ok(UpdateLoginProfileOutput::default())
}

/// Takes a user's password away. Its access keys remain.
///
/// # Errors
///
/// `NoSuchEntity`, `ValidationError` for a caller who is no user, denial.
pub async fn delete_login_profile(
    cx: &Cx,
    caller: &Caller,
    input: DeleteLoginProfileInput,
) -> Result<DeleteLoginProfileOutput, ApiError> {
    let subject = Subject::user_of(caller, input.user_name)?;
    allow(cx, caller, Op::DeleteLoginProfile, &subject)?;
    let now_ms = cx.server.clock.now_ms();
    change(cx, caller, |directory| {
        users::edit(directory, subject.name(), |user| {
            let login = user.login.take();
            login.ok_or_else(|| missing(&user.name))?;
            user.sessions_after_ms = accounts::after(now_ms, user.sessions_after_ms);
            Ok(())
        })
    })
    .await?;
    Ok(DeleteLoginProfileOutput::default())
}

/// Changes the password of the user who calls.
///
/// # Errors
///
/// `InvalidUserType` for a caller who is no user, `NoSuchEntity` for one without a
/// password, `AccessDenied` for a wrong old password, `PasswordPolicyViolation`,
/// `EntityTemporarilyUnmodifiable`, denial.
pub async fn change_password(
    cx: &Cx,
    caller: &Caller,
    input: ChangePasswordInput,
) -> Result<ChangePasswordOutput, ApiError> {
    let Identity::User(user) = &caller.identity else {
        let message = "Only IAM users can change their own password.";
        return Err(IamError::new(IamErrorKind::InvalidUserType, message).into());
    };
    ensure_may_change_password(cx, caller, user)?;
    let before = user.login.clone().ok_or_else(|| missing(&user.name))?;
    let (old, new) = (input.old_password.as_str(), input.new_password.as_str());
    // Counted as at the console: a stolen access key must not be good for guessing.
    let address = Key::of_address(caller.source.ip);
    let who = Key::of_identity("password", caller.account, Some(&user.name));
    let attempt = cx
        .server
        .gate
        .attempt(address, who, cx.server.clock.now_ms());
    let attempt = attempt.map_err(too_many)?;
    let verified = cx.server.passwords.verify(old, Some(&before.hash)).await;
    match &verified {
        Ok(true) => attempt.succeeded(),
        Ok(false) => {}
        Err(_) => attempt.withdrawn(),
    }
    if !verified? {
        let message = "The old password was incorrect.";
        return Err(IamError::new(IamErrorKind::AccessDenied, message).into());
    }
    let hash = hashed(cx, caller, user, new).await?;
    let now_ms = cx.server.clock.now_ms();
    let after = passwords::set(&before, hash, now_ms, false);
    let name = &user.name;
    change(cx, caller, |directory| {
        replace(directory, name, &before, after.clone())?;
        users::edit(directory, name, |user| {
            user.sessions_after_ms = accounts::after(now_ms, user.sessions_after_ms);
            Ok(())
        })
    })
    .await?;
    Ok(ChangePasswordOutput::default())
}

/// Whether a user may change its own password. The account's password policy can allow this
/// to all users, as a policy of theirs would.
///
/// # Errors
///
/// Denial.
pub fn ensure_may_change_password(cx: &Cx, caller: &Caller, user: &User) -> Result<(), ApiError> {
    let policy = caller.directory.settings().password_policy.as_ref();
    let is_granted = policy.is_some_and(|policy| policy.users_may_change);
    let target = Target::holder(caller, HolderKind::User, &user.name);
    let ask = target.ask(Op::ChangePassword).granted(is_granted);
    authority::check(cx, caller, &ask)
}

/// Checks a user's new password against the account's policy and hashes it.
async fn hashed(cx: &Cx, caller: &Caller, user: &User, password: &str) -> Result<String, ApiError> {
    let policy = caller.directory.settings().password_policy.as_ref();
    passwords::check(policy, password, &[&user.name])?;
    if let Some(login) = &user.login {
        let barred = passwords::barred(policy, login);
        if cx.server.passwords.verify_any(password, &barred).await? {
            return Err(passwords::used_before().into());
        }
    }
    cx.server.passwords.hash(password).await
}

/// Replaces a profile if it is still the one that was decided on; that it was used
/// meanwhile does not matter.
fn replace(
    directory: &mut Directory,
    name: &str,
    before: &LoginProfile,
    after: LoginProfile,
) -> Result<(), IamError> {
    users::edit(directory, name, |user| {
        let known = user.login.as_mut().ok_or_else(|| missing(name))?;
        if known.hash != before.hash || known.history != before.history {
            let message = format!("Login Profile for User {name} is being modified.");
            let kind = IamErrorKind::EntityTemporarilyUnmodifiable;
            return Err(IamError::new(kind, message));
        }
        *known = LoginProfile {
            used_ms: known.used_ms,
            ..after
        };
        Ok(())
    })
}

fn shape(user_name: String, profile: &LoginProfile) -> iam::LoginProfile {
    iam::LoginProfile {
        create_date: Timestamp(profile.created_ms as i64),
        password_reset_required: Some(profile.must_reset),
        user_name,
    }
}

fn missing(name: &str) -> IamError {
    let message = format!("Login Profile for User {name} cannot be found.");
    IamError::new(IamErrorKind::NoSuchEntity, message)
}

fn exists(name: &str) -> IamError {
    let message = format!("Login Profile for user {name} already exists.");
    IamError::new(IamErrorKind::EntityAlreadyExists, message)
}

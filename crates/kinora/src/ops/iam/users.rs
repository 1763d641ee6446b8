//! Users: CreateUser and its kin.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html>

use std::collections::{BTreeMap, BTreeSet};

use aws::op::Op;
use aws::policy::managed::ManagedPolicy;
use aws::shapes::iam::{
    self, CreateUserInput, CreateUserOutput, DeleteUserInput, DeleteUserOutput, GetUserInput,
    GetUserOutput, ListUsersInput, ListUsersOutput, UpdateUserInput, UpdateUserOutput,
};
use aws::value::Timestamp;
use kvs::account::Principal;
use kvs::iam::shelf::fold;
use kvs::iam::{Directory, EntityId, HolderKind, IamError, IdPrefix, User, arn, users};
use kvs::name::AccountId;

use crate::ops::authority::{self, Ask};
use crate::ops::caller::Identity;
use crate::ops::iam::page::Window;
use crate::ops::iam::target::{BOUNDARY, Target};
use crate::ops::iam::{change, managed, tags};
use crate::ops::{ApiError, Caller, Cx};
use crate::server;

/// Creates a user.
///
/// # Errors
///
/// `EntityAlreadyExists`, `LimitExceeded`, `InvalidInput` for its tags, `NoSuchEntity` for
/// its boundary, denial.
pub async fn create_user(
    cx: &Cx,
    caller: &Caller,
    input: CreateUserInput,
) -> Result<CreateUserOutput, ApiError> {
    let user = User {
        id: EntityId::mint(IdPrefix::User, server::random()),
        name: input.user_name,
        path: input.path.unwrap_or_else(|| "/".to_owned()),
        created_ms: cx.server.clock.now_ms(),
        boundary: input.permissions_boundary,
        tags: tags::given(input.tags.as_deref())?,
        groups: BTreeSet::new(),
        attached: BTreeSet::new(),
        inline: BTreeMap::new(),
        keys: Vec::new(),
        login: None,
        sessions_after_ms: 0,
    };
    if let Some(arn) = &user.boundary {
        managed::check_boundary_arn(arn)?;
    }
    let resource = user.arn(caller.account);
    let mut ask = Ask::new(Op::CreateUser, &resource).request_tags(user.tags.iter());
    if let Some(arn) = &user.boundary {
        ask = ask.key(BOUNDARY, arn);
    }
    authority::check(cx, caller, &ask)?;
    let max = cx.server.config.quotas.users_per_account_max;
    change(cx, caller, |directory| {
        if let Some(arn) = &user.boundary {
            directory.check_boundary(arn, ManagedPolicy::by_arn(arn).is_some())?;
        }
        users::create(directory, user.clone(), max)
    })
    .await?;
    let user = Some(whole(caller.account, &user));
    Ok(CreateUserOutput { user })
}

/// Tells of a user, or of the caller: a user or root.
///
/// # Errors
///
/// `NoSuchEntity`, `ValidationError` for a role without a name, denial.
pub async fn get_user(
    cx: &Cx,
    caller: &Caller,
    input: GetUserInput,
) -> Result<GetUserOutput, ApiError> {
    let subject = Subject::of(caller, input.user_name)?;
    allow(cx, caller, Op::GetUser, &subject)?;
    let account = caller.account;
    let user = match &subject {
        Subject::Root => root(cx, caller).await?,
        Subject::User(name) => whole(account, users::find(&caller.directory, name)?),
    };
    Ok(GetUserOutput { user })
}

/// Gives a user another name or path; the caller needs to be allowed both the old and the
/// new one.
///
/// # Errors
///
/// `NoSuchEntity`, `EntityAlreadyExists`, denial.
pub async fn update_user(
    cx: &Cx,
    caller: &Caller,
    input: UpdateUserInput,
) -> Result<UpdateUserOutput, ApiError> {
    let (name, path) = (input.new_user_name, input.new_path);
    let old = input.user_name;
    let subject = Subject::User(old.clone());
    allow(cx, caller, Op::UpdateUser, &subject)?;
    let known = caller.directory.users().get(&old);
    let new_path = path.as_deref().or(known.map(|user| &user.path[..]));
    let new_name = name.as_deref().or(known.map(|user| &user.name[..]));
    let (new_path, new_name) = (new_path.unwrap_or("/"), new_name.unwrap_or(&old));
    let resource = arn::identity(caller.account, "user", new_path, new_name);
    let tags = known.into_iter().flat_map(|user| user.tags.iter());
    let ask = Ask::new(Op::UpdateUser, &resource).resource_tags(tags);
    authority::check(cx, caller, &ask)?;
    change(cx, caller, |directory| {
        users::update(directory, &old, name.as_deref(), path.as_deref())
    })
    .await?;
    Ok(UpdateUserOutput::default())
}

/// Deletes a user on whom nothing hangs any more.
///
/// # Errors
///
/// `NoSuchEntity`, `DeleteConflict`, denial.
pub async fn delete_user(
    cx: &Cx,
    caller: &Caller,
    input: DeleteUserInput,
) -> Result<DeleteUserOutput, ApiError> {
    let subject = Subject::User(input.user_name);
    allow(cx, caller, Op::DeleteUser, &subject)?;
    let name = subject.name();
    change(cx, caller, |directory| users::delete(directory, name)).await?;
    Ok(DeleteUserOutput::default())
}

/// Lists the users below a path, without tags and boundaries.
///
/// # Errors
///
/// `ValidationError` for a marker that is none of ours, denial.
pub async fn list_users(
    cx: &Cx,
    caller: &Caller,
    input: ListUsersInput,
) -> Result<ListUsersOutput, ApiError> {
    authority::check(cx, caller, &Ask::new(Op::ListUsers, "*"))?;
    let window = Window::new(input.marker.as_deref(), input.max_items)?;
    let prefix = input.path_prefix.as_deref().unwrap_or("/");
    let users = caller.directory.users().iter();
    let users = users.filter(|user| user.path.starts_with(prefix));
    let page = window.of(users, |user| fold(&user.name));
    let page = page.map(|user| listed(caller.account, user));
    Ok(ListUsersOutput {
        users: page.items,
        is_truncated: page.is_truncated,
        marker: page.marker,
    })
}

/// Whom a request is about.
#[derive(Clone, Debug)]
pub enum Subject {
    /// Root, who left the name out.
    Root,
    /// A user by name, given or the caller's own.
    User(String),
}

impl Subject {
    /// The user who is named, or else the caller.
    ///
    /// # Errors
    ///
    /// `ValidationError` for a caller who is neither a user nor root.
    pub fn of(caller: &Caller, name: Option<String>) -> Result<Subject, ApiError> {
        match (name, &caller.identity) {
            (Some(name), _) => Ok(Subject::User(name)),
            (None, Identity::Root) => Ok(Subject::Root),
            (None, Identity::User(user)) => Ok(Subject::User(user.name.clone())),
            (None, _) => Err(nameless()),
        }
    }

    /// The user who is named, or else the caller, who must be a user: for what root
    /// does not do by IAM operations.
    ///
    /// # Errors
    ///
    /// `ValidationError` for a caller who is no user.
    pub fn user_of(caller: &Caller, name: Option<String>) -> Result<Subject, ApiError> {
        match Subject::of(caller, name)? {
            Subject::Root => Err(nameless()),
            user => Ok(user),
        }
    }

    /// The name that messages and the directory know it by; empty for root.
    pub fn name(&self) -> &str {
        match self {
            Subject::Root => "",
            Subject::User(name) => name,
        }
    }

    /// `UserName` in answers; root has none.
    pub fn user_name(&self, directory: &Directory) -> Option<String> {
        match self {
            Subject::Root => None,
            Subject::User(name) => directory.users().get(name).map(|user| user.name.clone()),
        }
    }

    /// The principal, as the directory has it.
    ///
    /// # Errors
    ///
    /// `NoSuchEntity`.
    pub fn principal(&self, directory: &Directory) -> Result<Principal, IamError> {
        match self {
            Subject::Root => Ok(Principal::Root),
            Subject::User(name) => {
                let user = users::find(directory, name)?;
                Ok(Principal::User(user.id.clone()))
            }
        }
    }
}

/// A request must name a user, and this caller is none.
fn nameless() -> ApiError {
    let message = "Must specify userName when calling with non-User credentials";
    ApiError::new("ValidationError", 400, message)
}

/// Whether the caller may do this to a user; told before whether there is such a user.
///
/// # Errors
///
/// Denial.
pub fn allow(cx: &Cx, caller: &Caller, op: Op, subject: &Subject) -> Result<(), ApiError> {
    let target = match subject {
        Subject::Root => Target::bare(format!("arn:aws:iam::{}:root", caller.account)),
        Subject::User(name) => Target::holder(caller, HolderKind::User, name),
    };
    authority::check(cx, caller, &target.ask(op))
}

/// A user with all that is told of one.
pub fn whole(account: AccountId, user: &User) -> iam::User {
    iam::User {
        permissions_boundary: managed::boundary(user.boundary.as_deref()),
        tags: tags::shapes_if_any(&user.tags),
        ..listed(account, user)
    }
}

/// A user as in lists: without tags and boundary.
pub fn listed(account: AccountId, user: &User) -> iam::User {
    let used_ms = user.login.as_ref().and_then(|login| login.used_ms);
    iam::User {
        arn: user.arn(account),
        create_date: Timestamp(user.created_ms as i64),
        password_last_used: used_ms.map(|ms| Timestamp(ms as i64)),
        path: Some(user.path.clone()),
        permissions_boundary: None,
        tags: None,
        user_id: user.id.to_string(),
        user_name: Some(user.name.clone()),
    }
}

/// Root as GetUser tells of it: it has no name and no path.
///
/// # Errors
///
/// The store's.
pub async fn root(cx: &Cx, caller: &Caller) -> Result<iam::User, ApiError> {
    let account = cx.server.store.account(caller.account).await?;
    let created_ms = account.map_or(0, |account| account.created_ms);
    let used_ms = caller.directory.settings().root.password_used_ms;
    Ok(iam::User {
        arn: format!("arn:aws:iam::{}:root", caller.account),
        create_date: Timestamp(created_ms as i64),
        password_last_used: used_ms.map(|ms| Timestamp(ms as i64)),
        user_id: caller.account.to_string(),
        ..iam::User::default()
    })
}

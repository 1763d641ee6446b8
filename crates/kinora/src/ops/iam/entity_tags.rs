//! Tags of users, roles, policies and MFA devices: TagUser and its kin.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagUser.html>

use aws::op::Op;
use aws::shapes::iam::{
    ListMFADeviceTagsInput, ListMFADeviceTagsOutput, ListPolicyTagsInput, ListPolicyTagsOutput,
    ListRoleTagsInput, ListRoleTagsOutput, ListUserTagsInput, ListUserTagsOutput,
    TagMFADeviceInput, TagMFADeviceOutput, TagPolicyInput, TagPolicyOutput, TagRoleInput,
    TagRoleOutput, TagUserInput, TagUserOutput, UntagMFADeviceInput, UntagMFADeviceOutput,
    UntagPolicyInput, UntagPolicyOutput, UntagRoleInput, UntagRoleOutput, UntagUserInput,
    UntagUserOutput,
};
use kvs::iam::{
    Directory, EntityId, HolderKind, IamError, IamErrorKind, MfaDevice, Policy, Role, Tags, User,
};

use super::page::Window;
use super::target::Target;
use super::{change, managed, tags};
use crate::ops::{ApiError, Caller, Cx, authority};

/// What can be tagged.
#[derive(Clone, Copy, Debug)]
enum Tagged {
    User,
    Role,
    Policy,
    MfaDevice,
}

impl Tagged {
    fn target(self, caller: &Caller, name: &str) -> Target {
        match self {
            Tagged::User => Target::holder(caller, HolderKind::User, name),
            Tagged::Role => Target::role(caller, name),
            Tagged::Policy => Target::policy(caller, name),
            Tagged::MfaDevice => Target::mfa_device(caller, name),
        }
    }

    /// The tags it has.
    fn tags(self, directory: &Directory, name: &str) -> Result<Tags, IamError> {
        Ok(match self {
            Tagged::User => user(directory, name)?.tags.clone(),
            Tagged::Role => directory.role(name)?.tags.clone(),
            Tagged::Policy => match managed::Managed::get(directory, name)? {
                managed::Managed::Local(policy) => policy.tags.clone(),
                managed::Managed::Aws(_) => Tags::default(),
            },
            Tagged::MfaDevice => device(directory, name)?.tags.clone(),
        })
    }

    /// Gives it these tags.
    fn put(self, directory: &mut Directory, name: &str, tags: Tags) -> Result<(), IamError> {
        match self {
            Tagged::User => {
                let user = User::clone(user(directory, name)?);
                directory.put(User { tags, ..user });
            }
            Tagged::Role => {
                directory.update_role(name, |role: &mut Role| {
                    role.tags = tags;
                    Ok(())
                })?;
            }
            Tagged::Policy => {
                let policy = Policy::clone(directory.managed_policy(name)?);
                directory.put(Policy { tags, ..policy });
            }
            Tagged::MfaDevice => {
                let device = MfaDevice::clone(device(directory, name)?);
                directory.put(MfaDevice { tags, ..device });
            }
        }
        Ok(())
    }

    /// What can be told of a name before anything is looked up.
    fn check_name(self, caller: &Caller, op: Op, name: &str) -> Result<(), ApiError> {
        match self {
            Tagged::Policy => managed::check_own(caller, op.action(), name),
            _ => Ok(()),
        }
    }
}

macro_rules! operations {
    ($tagged:ident, $name:ident:
        $tag:ident($TagOp:ident, $TagInput:ident) => $TagOutput:ident,
        $untag:ident($UntagOp:ident, $UntagInput:ident) => $UntagOutput:ident,
        $list:ident($ListOp:ident, $ListInput:ident) => $ListOutput:ident,
    ) => {
        /// Sets tags.
        ///
        /// # Errors
        ///
        /// `NoSuchEntity`, `LimitExceeded`, `InvalidInput`, denial.
        pub async fn $tag(
            cx: &Cx,
            caller: &Caller,
            input: $TagInput,
        ) -> Result<$TagOutput, ApiError> {
            let (what, op, name) = (Tagged::$tagged, Op::$TagOp, &input.$name[..]);
            let given = tags::given(Some(&input.tags))?;
            let target = check_arn(what, name).map(|()| what.target(caller, name))?;
            authority::check(cx, caller, &target.ask(op).request_tags(given.iter()))?;
            what.check_name(caller, op, name)?;
            change(cx, caller, |directory| {
                let tags = what.tags(directory, name)?.with(&given)?;
                what.put(directory, name, tags)
            })
            .await?;
            Ok($TagOutput {})
        }

        /// Takes tags away; keys that are not there are no error.
        ///
        /// # Errors
        ///
        /// `NoSuchEntity`, `InvalidInput`, denial.
        pub async fn $untag(
            cx: &Cx,
            caller: &Caller,
            input: $UntagInput,
        ) -> Result<$UntagOutput, ApiError> {
            let (what, op, name) = (Tagged::$tagged, Op::$UntagOp, &input.$name[..]);
            let target = check_arn(what, name).map(|()| what.target(caller, name))?;
            let ask = target.ask(op).tag_keys(input.tag_keys.clone());
            authority::check(cx, caller, &ask)?;
            what.check_name(caller, op, name)?;
            change(cx, caller, |directory| {
                let tags = what.tags(directory, name)?.without(&input.tag_keys);
                what.put(directory, name, tags)
            })
            .await?;
            Ok($UntagOutput {})
        }

        /// Lists tags, sorted by key.
        ///
        /// # Errors
        ///
        /// `NoSuchEntity`, `InvalidInput`, `ValidationError` for a marker, denial.
        pub async fn $list(
            cx: &Cx,
            caller: &Caller,
            input: $ListInput,
        ) -> Result<$ListOutput, ApiError> {
            let (what, name) = (Tagged::$tagged, &input.$name[..]);
            let window = Window::new(input.marker.as_deref(), input.max_items)?;
            let target = check_arn(what, name).map(|()| what.target(caller, name))?;
            authority::check(cx, caller, &target.ask(Op::$ListOp))?;
            let found = what.tags(&caller.directory, name)?;
            let page = window.of(tags::shapes(&found), |tag| tag.key.clone());
            Ok($ListOutput {
                is_truncated: page.is_truncated,
                marker: page.marker,
                tags: page.items,
            })
        }
    };
}

operations! { User, user_name:
    tag_user(TagUser, TagUserInput) => TagUserOutput,
    untag_user(UntagUser, UntagUserInput) => UntagUserOutput,
    list_user_tags(ListUserTags, ListUserTagsInput) => ListUserTagsOutput,
}

operations! { Role, role_name:
    tag_role(TagRole, TagRoleInput) => TagRoleOutput,
    untag_role(UntagRole, UntagRoleInput) => UntagRoleOutput,
    list_role_tags(ListRoleTags, ListRoleTagsInput) => ListRoleTagsOutput,
}

operations! { Policy, policy_arn:
    tag_policy(TagPolicy, TagPolicyInput) => TagPolicyOutput,
    untag_policy(UntagPolicy, UntagPolicyInput) => UntagPolicyOutput,
    list_policy_tags(ListPolicyTags, ListPolicyTagsInput) => ListPolicyTagsOutput,
}

operations! { MfaDevice, serial_number:
    tag_mfa_device(TagMFADevice, TagMFADeviceInput) => TagMFADeviceOutput,
    untag_mfa_device(UntagMFADevice, UntagMFADeviceInput) => UntagMFADeviceOutput,
    list_mfa_device_tags(ListMFADeviceTags, ListMFADeviceTagsInput) => ListMFADeviceTagsOutput,
}

/// Checks the ARN of a policy; everything else goes by names that the model has checked.
fn check_arn(what: Tagged, name: &str) -> Result<(), ApiError> {
    match what {
        Tagged::Policy => managed::check_arn(name),
        _ => Ok(()),
    }
}

fn user<'a>(directory: &'a Directory, name: &str) -> Result<&'a User, IamError> {
    let user = directory.users().get(name);
    let user = user.ok_or_else(|| IamError::missing("user", name))?;
    Ok(user)
}

fn device<'a>(directory: &'a Directory, serial: &str) -> Result<&'a MfaDevice, IamError> {
    let device = directory.mfa_devices().by_id(&EntityId::new(serial));
    let device = device.ok_or_else(|| {
        let message = format!("VirtualMFADevice with serial number {serial} doesn't exist.");
        IamError::new(IamErrorKind::NoSuchEntity, message)
    })?;
    Ok(device)
}

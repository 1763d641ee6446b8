//! Groups: CreateGroup and its kin.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateGroup.html>

use std::collections::{BTreeMap, BTreeSet};

use aws::op::Op;
use aws::shapes::iam::{self, CreateGroupInput, CreateGroupOutput};
use aws::value::Timestamp;
use kvs::iam::{EntityId, Group, IamError, IamErrorKind, IdPrefix};
use kvs::limits;
use kvs::name::AccountId;

use crate::ops::authority::{self, Ask};
use crate::ops::iam::change;
use crate::ops::{ApiError, Caller, Cx};
use crate::server;

/// Creates a group.
///
/// # Errors
///
/// `EntityAlreadyExists`, `LimitExceeded`, denial.
pub async fn create_group(
    cx: &Cx,
    caller: &Caller,
    input: CreateGroupInput,
) -> Result<CreateGroupOutput, ApiError> {
    let path = input.path.unwrap_or_else(|| "/".to_owned());
    let group = Group {
        id: EntityId::mint(IdPrefix::Group, server::random()),
        name: input.group_name,
        path,
        created_ms: cx.server.clock.now_ms(),
        attached: BTreeSet::new(),
        inline: BTreeMap::new(),
    };
    let resource = arn(caller.account, &group);
    authority::check(cx, caller, &Ask::new(Op::CreateGroup, &resource))?;
    change(cx, caller, |directory| {
        if directory.groups().get(&group.name).is_some() {
            let message = format!("Group with name {} already exists.", group.name);
            return Err(IamError::new(IamErrorKind::EntityAlreadyExists, message));
        }
        if directory.groups().len() >= limits::GROUPS_PER_ACCOUNT_MAX {
            let max = limits::GROUPS_PER_ACCOUNT_MAX;
            let message = format!("Cannot exceed quota for GroupsPerAccount: {max}");
            return Err(IamError::new(IamErrorKind::LimitExceeded, message));
        }
        directory.put(group.clone());
        Ok(())
    })
    .await?;
    let group = shape(caller.account, &group);
    Ok(CreateGroupOutput { group })
}

/// A group's ARN.
pub fn arn(account: AccountId, group: &Group) -> String {
    format!("arn:aws:iam::{account}:group{}{}", group.path, group.name)
}

/// A group as it is answered.
pub fn shape(account: AccountId, group: &Group) -> iam::Group {
    iam::Group {
        path: group.path.clone(),
        group_name: group.name.clone(),
        group_id: group.id.to_string(),
        arn: arn(account, group),
        create_date: Timestamp(group.created_ms as i64),
    }
}

//! Policies, attachments, roles and instance profiles: quotas, guards, case.

use std::sync::Arc;

use super::{
    Directory, EntityId, Group, HolderKind, IamError, IamErrorKind, InstanceProfile, Policy,
    PolicyVersion, Role, Tags, Usage, User,
};
use crate::name::AccountId;

const BOUND: &str = "arn:aws:iam::012345678901:policy/Read";

fn empty() -> Directory {
    let account = AccountId::parse("012345678901").unwrap();
    Directory::new(account, 1, [])
}

fn user(name: &str) -> User {
    User {
        id: EntityId::new(&format!("AIDA{name}")),
        name: name.into(),
        path: "/".into(),
        created_ms: 1,
        boundary: None,
        tags: Tags::default(),
        groups: [].into(),
        attached: [].into(),
        inline: [].into(),
        keys: Vec::new(),
        login: None,
        sessions_after_ms: 0,
    }
}

fn group(name: &str) -> Group {
    Group {
        id: EntityId::new(&format!("AGPA{name}")),
        name: name.into(),
        path: "/".into(),
        created_ms: 1,
        attached: [].into(),
        inline: [].into(),
    }
}

fn role(name: &str, path: &str) -> Role {
    Role {
        id: EntityId::new(&format!("AROA{name}")),
        name: name.into(),
        path: path.into(),
        created_ms: 1,
        description: None,
        trust: "{}".into(),
        foreign: [].into(),
        session_s_max: 3600,
        boundary: None,
        tags: Tags::default(),
        attached: [].into(),
        inline: [].into(),
    }
}

fn policy(name: &str) -> Policy {
    let version = PolicyVersion {
        document: "{}".into(),
        created_ms: 1,
    };
    Policy {
        id: EntityId::new(&format!("ANPA{name}")),
        name: name.into(),
        path: "/".into(),
        created_ms: 1,
        updated_ms: 1,
        description: None,
        tags: Tags::default(),
        versions: [(1, version)].into(),
        default_version: 1,
        last_version: 1,
    }
}

fn profile(name: &str) -> InstanceProfile {
    InstanceProfile {
        id: EntityId::new(&format!("AIPA{name}")),
        name: name.into(),
        path: "/".into(),
        created_ms: 1,
        tags: Tags::default(),
        role: None,
    }
}

fn kind<T>(result: Result<T, IamError>) -> Option<IamErrorKind> {
    result.err().map(|error| error.kind)
}

/// Of everything that an account has.
const MAX: usize = 5;
const MISSING: Option<IamErrorKind> = Some(IamErrorKind::NoSuchEntity);
const CONFLICT: Option<IamErrorKind> = Some(IamErrorKind::DeleteConflict);
const FULL: Option<IamErrorKind> = Some(IamErrorKind::LimitExceeded);
const THERE: Option<IamErrorKind> = Some(IamErrorKind::EntityAlreadyExists);
const FIXED: Option<IamErrorKind> = Some(IamErrorKind::UnmodifiableEntity);

#[test]
fn versions_are_counted_on_and_never_used_again() {
    let mut directory = empty();
    directory.create_policy(policy("Read"), MAX).unwrap();
    assert_eq!(kind(directory.create_policy(policy("READ"), MAX)), THERE);
    let version = |created_ms| PolicyVersion {
        document: "{ }".into(),
        created_ms,
    };
    for number in 2..=5 {
        let added = directory.add_policy_version(BOUND, version(number), number == 3);
        assert_eq!(added, Ok(number as u32));
    }
    let policy = directory.managed_policy(BOUND).unwrap();
    assert_eq!((policy.default_version, policy.updated_ms), (3, 3));
    assert_eq!(&**policy.default_document().unwrap(), "{ }");
    let sixth = directory.add_policy_version(BOUND, version(6), false);
    assert_eq!(kind(sixth), FULL);
    assert_eq!(kind(directory.delete_policy_version(BOUND, 3)), CONFLICT);
    directory.delete_policy_version(BOUND, 5).unwrap();
    assert_eq!(kind(directory.delete_policy_version(BOUND, 5)), MISSING);
    let again = directory.add_policy_version(BOUND, version(7), false);
    assert_eq!(again, Ok(6));
    directory.set_default_policy_version(BOUND, 1, 9).unwrap();
    let missing = directory.set_default_policy_version(BOUND, 5, 9);
    assert_eq!(kind(missing), MISSING);
    assert_eq!(kind(directory.delete_policy(BOUND)), CONFLICT);
    for number in [2, 3, 4, 6] {
        directory.delete_policy_version(BOUND, number).unwrap();
    }
    directory.delete_policy(BOUND).unwrap();
    assert_eq!(kind(directory.delete_policy(BOUND)), MISSING);
}

#[test]
fn attached_policies_and_boundaries_are_counted_and_guarded() {
    let mut directory = empty();
    directory.put(policy("Read"));
    directory.put(user("bob"));
    directory.put(group("ops"));
    directory.put(role("device", "/"));
    for (kind, name) in [
        (HolderKind::User, "BOB"),
        (HolderKind::Group, "Ops"),
        (HolderKind::Role, "Device"),
    ] {
        directory.attach(kind, name, BOUND, false).unwrap();
        directory.attach(kind, name, BOUND, false).unwrap();
    }
    directory
        .bound(HolderKind::User, "bob", Some(BOUND), false)
        .unwrap();
    let used = Usage::of(&directory).used(BOUND);
    assert_eq!((used.attachments, used.boundaries), (3, 1));
    assert_eq!(super::Used::of(&directory, BOUND), used);
    for (kind, name) in [
        (HolderKind::User, "bob"),
        (HolderKind::Group, "ops"),
        (HolderKind::Role, "device"),
    ] {
        directory.detach(kind, name, BOUND).unwrap();
        let again = directory.detach(kind, name, BOUND);
        assert_eq!(
            again.unwrap_err().message,
            format!("Policy {BOUND} was not found.")
        );
    }
    assert_eq!(kind(directory.delete_policy(BOUND)), CONFLICT);
    directory
        .bound(HolderKind::User, "bob", None, false)
        .unwrap();
    directory.delete_policy(BOUND).unwrap();
    let gone = directory.attach(HolderKind::User, "bob", BOUND, false);
    assert_eq!(kind(gone), MISSING);
    let group = directory.bound(HolderKind::Group, "ops", None, false);
    assert_eq!(kind(group), Some(IamErrorKind::InvalidInput));
}

#[test]
fn ten_policies_are_enough() {
    let mut directory = empty();
    directory.put(user("bob"));
    let attach = |directory: &mut Directory, n: u8| {
        let arn = format!("arn:aws:iam::aws:policy/P{n}");
        directory.attach(HolderKind::User, "bob", &arn, true)
    };
    for n in 0..10 {
        attach(&mut directory, n).unwrap();
    }
    attach(&mut directory, 0).unwrap();
    let error = attach(&mut directory, 10).unwrap_err();
    assert_eq!(error.message, "Cannot exceed quota for PoliciesPerUser: 10");
}

#[test]
fn inline_policies_share_a_quota_and_ignore_case() {
    let mut directory = empty();
    directory.put(user("bob"));
    let mut put = |name: &str, len: usize| {
        let text: Arc<str> = "x".repeat(len).into();
        directory.put_inline(HolderKind::User, "bob", (name, &text), str::len)
    };
    put("a", 1024).unwrap();
    put("b", 1024).unwrap();
    put("A", 1023).unwrap();
    assert_eq!(kind(put("c", 2)), FULL);
    put("c", 1).unwrap();
    let holder = directory.holder(HolderKind::User, "bob").unwrap();
    let (name, text) = holder.inline_policy("a").unwrap();
    assert_eq!((name, text.len(), holder.inline().len()), ("A", 1023, 3));
    directory
        .delete_inline(HolderKind::User, "bob", "B")
        .unwrap();
    let again = directory.delete_inline(HolderKind::User, "bob", "b");
    let message = "The user policy with name b cannot be found.";
    assert_eq!(again.unwrap_err().message, message);
}

#[test]
fn roles_go_only_when_nothing_hangs_on_them() {
    let mut directory = empty();
    directory
        .create_role(role("device", "/"), false, MAX)
        .unwrap();
    assert_eq!(
        kind(directory.create_role(role("Device", "/x/"), false, MAX)),
        THERE
    );
    directory
        .create_instance_profile(profile("box"), MAX)
        .unwrap();
    assert_eq!(
        kind(directory.create_instance_profile(profile("BOX"), MAX)),
        THERE
    );
    directory.add_role_to_profile("box", "device").unwrap();
    assert_eq!(kind(directory.add_role_to_profile("box", "device")), FULL);
    let admin = "arn:aws:iam::aws:policy/AdministratorAccess";
    directory
        .attach(HolderKind::Role, "device", admin, true)
        .unwrap();
    let text: Arc<str> = "{}".into();
    directory
        .put_inline(HolderKind::Role, "device", ("p", &text), str::len)
        .unwrap();
    assert_eq!(kind(directory.delete_instance_profile("box")), CONFLICT);
    let refused = |directory: &mut Directory| directory.delete_role("device").unwrap_err().message;
    assert!(refused(&mut directory).contains("remove roles from instance profile"));
    directory.remove_role_from_profile("box", "device").unwrap();
    let again = directory.remove_role_from_profile("box", "device");
    assert_eq!(kind(again), MISSING);
    directory.delete_instance_profile("box").unwrap();
    assert!(refused(&mut directory).contains("detach all policies"));
    directory.detach(HolderKind::Role, "device", admin).unwrap();
    assert!(refused(&mut directory).contains("delete policies"));
    directory
        .delete_inline(HolderKind::Role, "device", "p")
        .unwrap();
    directory.delete_role("DEVICE").unwrap();
    assert_eq!(kind(directory.delete_role("device")), MISSING);
}

#[test]
fn roles_of_services_are_left_alone() {
    let mut directory = empty();
    let path = "/aws-service-role/video.example.com/";
    let made = directory.create_role(role("service", path), false, MAX);
    assert_eq!(kind(made), Some(IamErrorKind::InvalidInput));
    directory.put(role("service", path));
    directory.put(profile("box"));
    directory.put(policy("Read"));
    let kinds = [
        kind(directory.delete_role("service")),
        kind(directory.update_role("service", |_| Ok(()))),
        kind(directory.attach(HolderKind::Role, "service", BOUND, false)),
        kind(directory.detach(HolderKind::Role, "service", BOUND)),
        kind(directory.bound(HolderKind::Role, "service", Some(BOUND), false)),
        kind(directory.put_inline(HolderKind::Role, "service", ("p", &"{}".into()), str::len)),
        kind(directory.delete_inline(HolderKind::Role, "service", "p")),
        kind(directory.add_role_to_profile("box", "service")),
        kind(directory.remove_role_from_profile("box", "service")),
    ];
    assert_eq!(kinds, [FIXED; 9]);
}

#[test]
fn a_policy_of_another_account_is_not_there() {
    let mut directory = empty();
    directory.put(policy("Read"));
    for arn in [
        "arn:aws:iam::999999999999:policy/Read",
        "arn:aws:iam::012345678901:policy/x/Read",
        "arn:aws:iam::012345678901:policy/read",
        "arn:aws:iam::012345678901:role/Read",
        "Read",
    ] {
        assert_eq!(kind(directory.managed_policy(arn)), MISSING, "{arn}");
        assert_eq!(kind(directory.check_boundary(arn, false)), MISSING, "{arn}");
    }
    assert!(
        directory
            .holder_by_arn("arn:aws:iam::012345678901:user/bob")
            .is_none()
    );
}

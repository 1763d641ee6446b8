//! Users and groups, as rules see them.

use std::collections::{BTreeMap, BTreeSet};

use super::{create, delete, edit, find, join, leave, update};
use crate::iam::{
    AccessKeyMeta, Directory, EntityId, Group, IamErrorKind, LoginProfile, MfaDevice, Tags, User,
    groups,
};
use crate::name::AccountId;

/// Of everything that an account has.
const MAX: usize = 50;

/// A user of whom nothing is known but the name.
pub(crate) fn user(id: &str, name: &str) -> User {
    User {
        id: EntityId::new(id),
        name: name.to_owned(),
        path: "/".to_owned(),
        created_ms: 1,
        boundary: None,
        tags: Tags::default(),
        groups: BTreeSet::new(),
        attached: BTreeSet::new(),
        inline: BTreeMap::new(),
        keys: Vec::new(),
        login: None,
        sessions_after_ms: 0,
    }
}

/// An account with these users, as it lies in the store.
pub(crate) fn directory(users: impl IntoIterator<Item = User>) -> Directory {
    let account = AccountId::parse("012345678901").unwrap();
    Directory::new(account, 1, users.into_iter().map(Into::into))
}

/// A password set at a time.
pub(crate) fn login(changed_ms: u64) -> LoginProfile {
    LoginProfile {
        hash: "$hash".to_owned(),
        history: Vec::new(),
        created_ms: 1,
        changed_ms,
        used_ms: None,
        must_reset: false,
    }
}

/// A device that is nobody's.
pub(crate) fn device(name: &str) -> MfaDevice {
    MfaDevice {
        serial: EntityId::new(&format!("arn:aws:iam::012345678901:mfa/{name}")),
        name: name.to_owned(),
        path: "/".to_owned(),
        created_ms: 1,
        seed: vec![7; 20],
        tags: Tags::default(),
        owner: None,
        enabled_ms: None,
        last_step: 0,
        drift_steps: 0,
    }
}

fn group(id: &str, name: &str) -> Group {
    Group {
        id: EntityId::new(id),
        name: name.to_owned(),
        path: "/".to_owned(),
        created_ms: 1,
        attached: BTreeSet::new(),
        inline: BTreeMap::new(),
    }
}

#[test]
fn names_are_unique_whatever_their_case() {
    let mut directory = directory([user("1", "Ann")]);
    let error = create(&mut directory, user("2", "aNN"), MAX).unwrap_err();
    assert_eq!(error.kind, IamErrorKind::EntityAlreadyExists);
    assert_eq!(error.message, "User with name aNN already exists.");
    assert_eq!(find(&directory, "ANN").unwrap().name, "Ann");
    let error = find(&directory, "bob").unwrap_err();
    assert_eq!(error.message, "The user with name bob cannot be found.");
    groups::create(&mut directory, group("3", "Ops"), MAX).unwrap();
    let error = groups::create(&mut directory, group("4", "OPS"), MAX).unwrap_err();
    assert_eq!(error.message, "Group with name OPS already exists.");
}

#[test]
fn quotas_of_an_account_and_a_user_hold() {
    let many = (0..MAX).map(|n| user(&format!("{n}"), &format!("u{n}")));
    let mut directory = directory(many);
    let error = create(&mut directory, user("x", "one-more"), MAX).unwrap_err();
    assert_eq!(error.kind, IamErrorKind::LimitExceeded);
    assert_eq!(error.message, "Cannot exceed quota for UsersPerAccount: 50");
    for n in 0..=10 {
        groups::create(
            &mut directory,
            group(&format!("g{n}"), &format!("g{n}")),
            MAX,
        )
        .unwrap();
    }
    for n in 0..10 {
        join(&mut directory, "u0", &format!("g{n}")).unwrap();
    }
    let error = join(&mut directory, "u0", "g10").unwrap_err();
    assert_eq!(error.message, "Cannot exceed quota for GroupsPerUser: 10");
    join(&mut directory, "u0", "g9").unwrap();
}

#[test]
fn a_renamed_user_is_the_same() {
    let mut directory = directory([user("1", "ann"), user("2", "bob")]);
    groups::create(&mut directory, group("g", "ops"), MAX).unwrap();
    join(&mut directory, "ann", "ops").unwrap();
    let error = update(&mut directory, "ann", Some("BOB"), None).unwrap_err();
    assert_eq!(error.kind, IamErrorKind::EntityAlreadyExists);
    update(&mut directory, "ann", Some("ANN"), None).unwrap();
    update(&mut directory, "ann", Some("anna"), Some("/staff/")).unwrap();
    let user = find(&directory, "anna").unwrap();
    assert_eq!((user.id.as_str(), &user.path[..]), ("1", "/staff/"));
    assert!(user.groups.contains(&EntityId::new("g")));
    assert!(find(&directory, "ann").is_err());
    let error = update(&mut directory, "ann", Some("bob"), None).unwrap_err();
    assert_eq!(
        error.kind,
        IamErrorKind::NoSuchEntity,
        "the missing one is told first"
    );
    groups::update(&mut directory, "ops", Some("Operators"), None).unwrap();
    assert_eq!(
        groups::find(&directory, "operators").unwrap().id.as_str(),
        "g"
    );
}

#[test]
fn nothing_is_written_where_nothing_changes() {
    let mut directory = directory([user("1", "ann")]);
    update(&mut directory, "ann", Some("ann"), Some("/")).unwrap();
    edit(&mut directory, "ann", |_| Ok(())).unwrap();
    assert!(directory.changes().is_empty());
}

#[test]
fn a_user_goes_when_nothing_hangs_on_it() {
    type Hang = fn(&mut User);
    let hangs: [(&str, Hang); 5] = [
        ("remove users from group", |user| {
            user.groups.insert(EntityId::new("g"));
        }),
        ("detach all policies", |user| {
            user.attached.insert("arn".to_owned());
        }),
        ("delete policies", |user| {
            user.inline.insert("p".to_owned(), "{}".into());
        }),
        ("delete access keys", |user| {
            let (id, active, created_ms) = ("A".to_owned(), false, 1);
            user.keys.push(AccessKeyMeta {
                id,
                active,
                created_ms,
            });
        }),
        ("delete login profile", |user| user.login = Some(login(1))),
    ];
    for (first, hang) in hangs {
        let mut one = user("1", "ann");
        hang(&mut one);
        let mut directory = directory([one]);
        let error = delete(&mut directory, "ann").unwrap_err();
        assert_eq!(error.kind, IamErrorKind::DeleteConflict);
        assert_eq!(
            error.message,
            format!("Cannot delete entity, must {first} first.")
        );
    }
    let mut directory = directory([user("1", "ann")]);
    let mut phone = device("phone");
    phone.owner = Some(Some(EntityId::new("1")));
    directory.put(phone);
    let error = delete(&mut directory, "ann").unwrap_err();
    assert_eq!(
        error.message,
        "Cannot delete entity, must delete MFA device first."
    );
    directory.put(device("phone"));
    delete(&mut directory, "ANN").unwrap();
    assert!(directory.users().is_empty());
}

#[test]
fn a_group_goes_when_it_is_empty() {
    let mut directory = directory([user("1", "ann"), user("2", "Bob")]);
    groups::create(&mut directory, group("g", "ops"), MAX).unwrap();
    groups::create(&mut directory, group("h", "Cameras"), MAX).unwrap();
    for (name, group) in [("Bob", "ops"), ("ann", "OPS"), ("ANN", "cameras")] {
        join(&mut directory, name, group).unwrap();
    }
    let ops = EntityId::new("g");
    let members = groups::members(&directory, &ops);
    assert_eq!(
        members.map(|user| &user.name[..]).collect::<Vec<_>>(),
        ["ann", "Bob"]
    );
    let of_ann = groups::of_user(&directory, find(&directory, "ann").unwrap());
    let names: Vec<_> = of_ann.iter().map(|group| &group.name[..]).collect();
    assert_eq!(names, ["Cameras", "ops"]);
    let error = groups::delete(&mut directory, "ops").unwrap_err();
    assert_eq!(
        error.message,
        "Cannot delete entity, must remove users from group first."
    );
    leave(&mut directory, "ann", "ops").unwrap();
    let error = leave(&mut directory, "ann", "ops").unwrap_err();
    assert_eq!(error.kind, IamErrorKind::NoSuchEntity);
    leave(&mut directory, "bob", "ops").unwrap();
    let policies: [fn(&mut Group); 2] = [
        |group| {
            group.attached.insert("arn".to_owned());
        },
        |group| {
            group.inline.insert("p".to_owned(), "{}".into());
        },
    ];
    for add in policies {
        let mut directory = directory.clone();
        let change = |group: &mut Group| {
            add(group);
            Ok(())
        };
        groups::edit(&mut directory, "ops", change).unwrap();
        let error = groups::delete(&mut directory, "ops").unwrap_err();
        assert_eq!(error.kind, IamErrorKind::DeleteConflict);
    }
    groups::delete(&mut directory, "ops").unwrap();
    assert_eq!(
        groups::delete(&mut directory, "ops").unwrap_err().kind,
        IamErrorKind::NoSuchEntity
    );
}

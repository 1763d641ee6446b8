//! Which policies count for whom, and that a change counts at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aws::policy::{DocumentKind, Source};
use kvs::iam::{Directory, EntityId, Group, Policy, PolicyVersion, Tags, User};
use kvs::name::AccountId;

use super::{Held, Standings, managed_text};
use crate::ops::Caller;
use crate::ops::caller::{Identity, Source as RequestSource};

const ALLOW: &str = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
const OWN: &str = "arn:aws:iam::012345678901:policy/team/Own";
const READ_ONLY: &str = "arn:aws:iam::aws:policy/AmazonKinesisVideoStreamsReadOnlyAccess";

fn account() -> AccountId {
    AccountId::parse("012345678901").unwrap()
}

fn user() -> User {
    User {
        id: EntityId::new("AIDABOB"),
        name: "Bob".to_owned(),
        path: "/".to_owned(),
        created_ms: 1,
        boundary: Some(READ_ONLY.to_owned()),
        tags: Tags::default(),
        groups: BTreeSet::from([EntityId::new("AGPA1"), EntityId::new("AGPAGONE")]),
        attached: BTreeSet::from([OWN.to_owned()]),
        inline: BTreeMap::from([("inline".to_owned(), ALLOW.into())]),
        keys: Vec::new(),
        login: None,
        sessions_after_ms: 0,
    }
}

fn directory(revision: u64) -> Directory {
    let group = Group {
        id: EntityId::new("AGPA1"),
        name: "ops".to_owned(),
        path: "/".to_owned(),
        created_ms: 1,
        attached: BTreeSet::from([READ_ONLY.to_owned()]),
        inline: BTreeMap::from([("of group".to_owned(), ALLOW.into())]),
    };
    let version = |document: &str| PolicyVersion {
        document: document.into(),
        created_ms: 1,
    };
    let policy = Policy {
        id: EntityId::new("ANPA1"),
        name: "Own".to_owned(),
        path: "/team/".to_owned(),
        created_ms: 1,
        updated_ms: 1,
        description: None,
        tags: Tags::default(),
        versions: BTreeMap::from([(1, version("not the default")), (2, version(ALLOW))]),
        default_version: 2,
        last_version: 2,
    };
    Directory::new(
        account(),
        revision,
        [group.into(), policy.into(), user().into()],
    )
}

fn caller(directory: &Arc<Directory>) -> Caller {
    let id = EntityId::new("AIDABOB");
    Caller {
        account: account(),
        identity: Identity::User(Arc::clone(directory.users().by_id(&id).unwrap())),
        session: None,
        access_key_id: "AKIABOB".to_owned(),
        directory: Arc::clone(directory),
        source: RequestSource::default(),
    }
}

fn sources(held: &Held) -> Vec<(&str, Source)> {
    let identity = held.identity.iter();
    identity.map(|one| (one.id.as_str(), one.source)).collect()
}

#[test]
fn a_user_has_its_own_policies_and_those_of_its_groups() {
    let standings = Standings::default();
    let directory = Arc::new(directory(1));
    let held = standings.of(&caller(&directory)).unwrap();
    assert_eq!(
        sources(&held),
        [
            ("inline", Source::User),
            (OWN, Source::UserManaged),
            ("of group", Source::Group),
            (READ_ONLY, Source::AwsManaged),
        ]
    );
    let boundary = held.boundary.as_ref().unwrap();
    assert_eq!(boundary.document.kind(), DocumentKind::Boundary);
    // Equal texts are compiled once, and nothing is collected twice.
    let [inline, own, ..] = &held.identity[..] else {
        panic!("four policies");
    };
    assert!(Arc::ptr_eq(&inline.document, &own.document));
    let again = standings.of(&caller(&directory)).unwrap();
    assert!(Arc::ptr_eq(&held, &again));
}

#[test]
fn a_change_of_the_account_counts_at_once() {
    let standings = Standings::default();
    let before = Arc::new(directory(1));
    standings.of(&caller(&before)).unwrap();
    let mut after = (*before).clone();
    after.put(User {
        inline: BTreeMap::new(),
        attached: BTreeSet::new(),
        groups: BTreeSet::new(),
        boundary: None,
        ..user()
    });
    let after = Arc::new(after.committed());
    let held = standings.of(&caller(&after)).unwrap();
    assert!(held.identity.is_empty() && held.boundary.is_none());
}

#[test]
fn a_policy_that_cannot_be_read_allows_nothing() {
    let standings = Standings::default();
    let mut directory = directory(1);
    directory.put(User {
        inline: BTreeMap::from([("broken".to_owned(), "{".into())]),
        ..user()
    });
    let error = standings.of(&caller(&Arc::new(directory))).unwrap_err();
    assert_eq!((error.status, error.code), (500, "InternalFailure"));
}

#[test]
fn a_boundary_that_is_gone_still_limits() {
    let standings = Standings::default();
    let mut directory = directory(1);
    directory.put(User {
        boundary: Some("arn:aws:iam::012345678901:policy/Gone".to_owned()),
        ..user()
    });
    let held = standings.of(&caller(&Arc::new(directory))).unwrap();
    assert!(held.boundary.is_some());
}

#[test]
fn managed_policies_are_found_by_their_exact_arn() {
    let directory = directory(1);
    let found = |arn: &str| managed_text(&directory, arn).is_some();
    assert!(found(OWN) && found(READ_ONLY));
    for arn in [
        "arn:aws:iam::012345678901:policy/Own",
        "arn:aws:iam::012345678901:policy/team/own",
        "arn:aws:iam::999999999999:policy/team/Own",
        "arn:aws:iam::aws:policy/Own",
        "Own",
        "",
    ] {
        assert!(!found(arn), "{arn}");
    }
}

//! Devices: one of each kind, and what every store must do with them.

use std::collections::BTreeMap;

use kvs::iot::{
    Certificate, CertificateStatus, IotEntity, IotKind, IotPolicy, Link, RoleAlias, Thing,
    ThingType,
};
use kvs::name::AccountId;

use crate::{Store, StoreError};

fn account(text: &str) -> AccountId {
    AccountId::parse(text).expect("12 digits")
}

/// One of each kind, with every field set.
pub(crate) fn samples() -> Vec<(&'static str, IotEntity)> {
    let thing = Thing {
        name: "cam-1".into(),
        id: "6ba7b810-9dad-41d1-80b4-00c04fd430c8".into(),
        type_name: Some("camera".into()),
        attributes: BTreeMap::from([("room".to_owned(), "1".to_owned())]),
        version: 3,
        created_ms: 1_700_000_000_000,
    };
    let kind = ThingType {
        name: "camera".into(),
        id: "6ba7b810-9dad-41d1-80b4-00c04fd430c9".into(),
        description: Some("Looks at doors".into()),
        searchable: vec!["room".into()],
        created_ms: 1,
        deprecated_ms: Some(2),
    };
    let certificate = Certificate {
        id: "ab".repeat(32),
        account: account("000000000779"),
        pem: "-----BEGIN CERTIFICATE-----\n".into(),
        status: CertificateStatus::Revoked,
        created_ms: 3,
        updated_ms: 4,
    };
    let policy = IotPolicy {
        name: "assume".into(),
        document: "{}".into(),
        created_ms: 5,
    };
    let alias = RoleAlias {
        name: "camera-role".into(),
        role_arn: "arn:aws:iam::000000000779:role/camera".into(),
        duration_s: 3600,
        created_ms: 6,
        updated_ms: 7,
    };
    vec![
        ("thing", IotEntity::Thing(thing)),
        ("thing-type", IotEntity::ThingType(kind)),
        ("certificate", IotEntity::Certificate(certificate)),
        ("policy", IotEntity::Policy(policy)),
        ("role-alias", IotEntity::RoleAlias(alias)),
    ]
}

/// Everything the tables must do.
pub(super) async fn check(store: &Store) {
    let (ours, theirs) = (account("000000000779"), account("000000000780"));
    for (_, entity) in samples() {
        for (max, made) in [(0, false), (1, true), (2, false)] {
            let result = store.create_iot(ours, &entity, max).await;
            assert_eq!(result.is_ok(), made, "{max}");
            assert!(made || matches!(result, Err(StoreError::Conflict)), "{max}");
        }
        for (of, there) in [(ours, 1), (theirs, 0)] {
            let counted = store.iot_count(of, entity.kind()).await;
            assert_eq!(counted.expect("read"), there);
        }
        let read = store.iot(ours, entity.kind(), entity.name()).await;
        assert_eq!(read.expect("read"), Some(entity.clone()));
        let other = store.iot(theirs, entity.kind(), entity.name()).await;
        assert_eq!(other.expect("read"), None);
        let listed = store.iot_list(ours, entity.kind(), None, 9).await;
        assert_eq!(listed.expect("read"), std::slice::from_ref(&entity));
        let name = Some(entity.name());
        let rest = store.iot_list(ours, entity.kind(), name, 9).await;
        assert_eq!(rest.expect("read"), []);
    }
    let (_, certificate) = samples().swap_remove(2);
    let id = certificate.name().to_owned();
    let stolen = store.create_iot(theirs, &certificate, 9).await;
    assert!(matches!(stolen, Err(StoreError::Conflict)), "{stolen:?}");
    let found = store.certificate(&id).await.expect("read");
    assert_eq!(found.map(IotEntity::Certificate), Some(certificate.clone()));

    let (_, old) = samples().swap_remove(4);
    let IotEntity::RoleAlias(mut alias) = old.clone() else {
        unreachable!("the fifth sample is an alias");
    };
    alias.duration_s = 900;
    let new = IotEntity::RoleAlias(alias);
    store.put_iot(ours, &old, &new).await.expect("a commit");
    let late = store.put_iot(ours, &old, &new).await;
    assert!(matches!(late, Err(StoreError::Conflict)), "{late:?}");

    for name in ["cam", "cam-1"] {
        let linked = store.link_iot(ours, Link::Thing, &id, name).await;
        linked.expect("a commit");
    }
    let things = store.iot_links(ours, Link::Thing, &id, 9).await;
    assert_eq!(things.expect("read"), ["cam", "cam-1"]);
    let linked = store.iot_linked(ours, Link::Thing, "cam", 9).await;
    assert_eq!(linked.expect("read"), std::slice::from_ref(&id));
    let policies = store.iot_links(ours, Link::Policy, &id, 9).await;
    assert_eq!(policies.expect("read"), [""; 0]);
    let unlinked = store.unlink_iot(ours, Link::Thing, &id, "cam").await;
    unlinked.expect("a commit");
    let linked = store.iot_linked(ours, Link::Thing, "cam", 9).await;
    assert_eq!(linked.expect("read"), [""; 0]);
    // What is gone already is not counted off once more.
    for _ in 0..2 {
        let deleted = store.delete_iot(ours, IotKind::Certificate, &id).await;
        deleted.expect("a commit");
        let counted = store.iot_count(ours, IotKind::Certificate).await;
        assert_eq!(counted.expect("read"), 0);
    }
    let counted = store.iot_count(ours, IotKind::Thing).await;
    assert_eq!(counted.expect("read"), 1);
    assert!(store.certificate(&id).await.expect("read").is_none());
}

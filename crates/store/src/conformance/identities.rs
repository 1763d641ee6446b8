//! Identities: one of each kind, and what every store must do with them.

use std::collections::BTreeMap;
use std::sync::Arc;

use kvs::account::{AccessKey, Principal};
use kvs::iam::{
    AccessKeyMeta, Change, Entity, EntityId, EntityKind, Group, InstanceProfile, LoginProfile,
    MfaDevice, OidcProvider, PasswordPolicy, Policy, PolicyVersion, Role, RootUser, Settings, Tags,
    User,
};
use kvs::name::AccountId;

use crate::tables::identities::LastUsed;
use crate::{Store, StoreError};

/// Everything an identities table must do.
pub(super) async fn check(store: &Store) {
    let account = AccountId::parse("000000000777").expect("12 digits");
    let empty = store.directory(account).await.expect("read");
    assert_eq!((empty.revision(), empty.users().len()), (0, 0));
    let mut first = empty.clone();
    for (_, entity) in samples() {
        first.put(entity);
    }
    let key = AccessKey {
        id: "AKIAIDENTITY".into(),
        account,
        principal: Principal::User(EntityId::new("AIDAEXAMPLE")),
        secret: "kept under a key".into(),
        created_ms: 5,
        active: true,
    };
    first.note(Change::PutAccessKey(key.clone()));
    let (old, new) = (None, Some("our-house".to_owned()));
    first.note(Change::Alias { old, new });
    store.commit_directory(&first).await.expect("a commit");
    let again = store.commit_directory(&first).await;
    assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");

    let read = store.directory(account).await.expect("read");
    assert_eq!(read.revision(), 1);
    assert_eq!(read.users().get("CAMERA"), first.users().get("camera"));
    assert_eq!(read.settings(), first.settings());
    let device = read.mfa_devices().iter().next().expect("the device");
    assert_eq!(device.seed, b"seed of no device".to_vec());
    let found = store.access_key(&key.id).await.expect("read");
    assert!(found.as_ref() == Some(&key));
    let by_alias = store.account_by_alias("our-house").await.expect("read");
    assert_eq!(by_alias, Some(account));

    let mut second = read.clone();
    second.delete(EntityKind::User, &EntityId::new("AIDAEXAMPLE"));
    let id = key.id.clone();
    second.note(Change::SetAccessKey { id, active: false });
    let (old, new) = (Some("our-house".to_owned()), Some("house".to_owned()));
    second.note(Change::Alias { old, new });
    store.commit_directory(&second).await.expect("a commit");
    let read = store.directory(account).await.expect("read");
    assert_eq!((read.revision(), read.users().len()), (2, 0));
    let found = store.access_key(&key.id).await.expect("read");
    assert!(!found.expect("it is there").active);
    let by_alias = store.account_by_alias("our-house").await.expect("read");
    assert_eq!(by_alias, None);

    aliases_and_last_use(store, &key).await;
    let mut third = read.clone();
    third.note(Change::DeleteAccessKey(key.id.clone()));
    store.commit_directory(&third).await.expect("a commit");
    assert!(store.access_key(&key.id).await.expect("read").is_none());
    assert!(store.last_used(&key.id).await.expect("read").is_none());
}

async fn aliases_and_last_use(store: &Store, key: &AccessKey) {
    let other = AccountId::parse("000000000778").expect("12 digits");
    let mut thief = store.directory(other).await.expect("read");
    let (old, new) = (None, Some("house".to_owned()));
    thief.note(Change::Alias { old, new });
    let stolen = store.commit_directory(&thief).await;
    assert!(matches!(stolen, Err(StoreError::Conflict)), "{stolen:?}");
    let used = LastUsed {
        at_ms: 9,
        service: "kinesisvideo".into(),
        region: "us-east-1".into(),
    };
    let rows = [(key.id.clone(), used.clone())];
    store.put_last_used(&rows).await.expect("a commit");
    let found = store.last_used(&key.id).await.expect("read");
    assert_eq!(found, Some(used));
}

/// One entity of each kind, with a name for it.
pub(crate) fn samples() -> Vec<(&'static str, Entity)> {
    let mut samples = people();
    samples.extend(things());
    samples
}

fn people() -> Vec<(&'static str, Entity)> {
    let attached = ["arn:aws:iam::aws:policy/AdministratorAccess".to_owned()];
    let inline = BTreeMap::from([("own".to_owned(), Arc::from("{\"Statement\": []}"))]);
    let keys = vec![AccessKeyMeta {
        id: "AKIAIDENTITY".into(),
        active: true,
        created_ms: 5,
    }];
    let user = User {
        id: EntityId::new("AIDAEXAMPLE"),
        name: "Camera".into(),
        path: "/field/".into(),
        created_ms: 1_700_000_000_000,
        boundary: Some("arn:aws:iam::000000000777:policy/fence".into()),
        tags: Tags::from_iter([("Site", "north"), ("empty", "")]),
        groups: [EntityId::new("AGPAEXAMPLE")].into(),
        attached: attached.clone().into(),
        inline: inline.clone(),
        keys: keys.clone(),
        login: Some(LoginProfile {
            hash: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA".into(),
            history: vec!["$argon2id$old".into()],
            created_ms: 2,
            changed_ms: 3,
            used_ms: Some(4),
            must_reset: true,
        }),
        sessions_after_ms: 6,
    };
    let group = Group {
        id: EntityId::new("AGPAEXAMPLE"),
        name: "Administrators".into(),
        path: "/".into(),
        created_ms: 1,
        attached: attached.clone().into(),
        inline: inline.clone(),
    };
    let other = AccountId::parse("000000000778").expect("12 digits");
    let role = Role {
        id: EntityId::new("AROAEXAMPLE"),
        name: "device".into(),
        path: "/".into(),
        created_ms: 1,
        description: Some("for cameras".into()),
        trust: "{}".into(),
        foreign: [(EntityId::new("AIDAOTHER"), other)].into(),
        session_s_max: 3600,
        boundary: None,
        tags: Tags::default(),
        attached: attached.into(),
        inline,
    };
    vec![
        ("user", user.into()),
        ("group", group.into()),
        ("role", role.into()),
    ]
}

fn account_settings() -> Settings {
    Settings {
        alias: Some("our-house".into()),
        password_policy: Some(PasswordPolicy {
            length_min: 12,
            symbols: true,
            numbers: false,
            uppercase: true,
            lowercase: false,
            users_may_change: true,
            age_days_max: Some(90),
            reuse_prevention: None,
            hard_expiry: false,
        }),
        root: RootUser {
            keys: vec![AccessKeyMeta {
                id: "AKIAIDENTITY".into(),
                active: true,
                created_ms: 5,
            }],
            password_used_ms: Some(7),
            password_changed_ms: None,
            sessions_after_ms: 8,
        },
    }
}

fn things() -> Vec<(&'static str, Entity)> {
    let version = PolicyVersion {
        document: "{ }".into(),
        created_ms: 9,
    };
    let policy = Policy {
        id: EntityId::new("ANPAEXAMPLE"),
        name: "fence".into(),
        path: "/".into(),
        created_ms: 1,
        updated_ms: 2,
        description: None,
        tags: Tags::default(),
        versions: [(2, version.clone()), (300, version)].into(),
        default_version: 300,
        last_version: 301,
    };
    let profile = InstanceProfile {
        id: EntityId::new("AIPAEXAMPLE"),
        name: "edge".into(),
        path: "/".into(),
        created_ms: 1,
        tags: Tags::default(),
        role: Some(EntityId::new("AROAEXAMPLE")),
    };
    let device = MfaDevice {
        serial: EntityId::new("arn:aws:iam::000000000777:mfa/phone"),
        name: "phone".into(),
        path: "/".into(),
        created_ms: 1,
        seed: b"seed of no device".to_vec(),
        tags: Tags::default(),
        owner: Some(Some(EntityId::new("AIDAEXAMPLE"))),
        enabled_ms: Some(3),
        last_step: 56_666_666,
        drift_steps: -2,
    };
    let provider = OidcProvider {
        arn: EntityId::new("arn:aws:iam::000000000777:oidc-provider/ci.example.com"),
        url: "ci.example.com".into(),
        created_ms: 1,
        client_ids: ["kinora".to_owned()].into(),
        thumbprints: vec!["00".repeat(20)],
        tags: Tags::default(),
        jwks: Some("{\"keys\":[]}".into()),
    };
    vec![
        ("settings", account_settings().into()),
        ("policy", policy.into()),
        ("instance-profile", profile.into()),
        ("mfa-device", device.into()),
        ("oidc-provider", provider.into()),
    ]
}

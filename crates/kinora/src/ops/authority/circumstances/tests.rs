//! Every key that requests have, by who makes them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aws::op::Op;
use aws::policy::{Keys, Values};
use kvs::iam::{Directory, EntityId, Role, Session, SessionKind, Tags, User};
use kvs::name::AccountId;

use super::{Circumstances, of_anybody};
use crate::ops::Caller;
use crate::ops::authority::Ask;
use crate::ops::caller::{Identity, Source};

fn account() -> AccountId {
    AccountId::parse("012345678901").unwrap()
}

/// Bob, as a caller with a long-term key.
fn bob() -> Caller {
    let user = User {
        id: EntityId::new("AIDABOB"),
        name: "Bob".to_owned(),
        path: "/team/".to_owned(),
        created_ms: 1,
        boundary: None,
        tags: Tags::from_iter([("Site", "north")]),
        groups: BTreeSet::new(),
        attached: BTreeSet::new(),
        inline: BTreeMap::new(),
        keys: Vec::new(),
        login: None,
        sessions_after_ms: 0,
    };
    Caller {
        account: account(),
        identity: Identity::User(Arc::new(user)),
        session: None,
        access_key_id: "AKIABOB".to_owned(),
        directory: Arc::new(Directory::new(account(), 1, [])),
        source: Source {
            ip: Some("::ffff:192.0.2.7".parse().unwrap()),
            is_secure: true,
            user_agent: Some("aws-cli/2".to_owned()),
            referer: Some("https://example.com/".to_owned()),
            region: "eu-west-1".to_owned(),
            request_id: "r".to_owned(),
        },
    }
}

fn session(kind: SessionKind) -> Arc<Session> {
    Arc::new(Session {
        access_key_id: "ASIA1".to_owned(),
        mfa_ms: Some(1_699_999_990_000),
        tags: BTreeMap::from([("SITE".to_owned(), "south".to_owned())]),
        source_identity: Some("bob@example.com".to_owned()),
        context: BTreeMap::from([("credentials-iot:ThingName".to_owned(), "cam".to_owned())]),
        ..Session::new(account(), kind, 1_700_000_000_000, 1_700_003_600_000)
    })
}

/// A session of a role, made with multi-factor authentication.
fn of_role() -> Caller {
    let role = EntityId::new("AROAROLE");
    let name = "night".to_owned();
    let made = session(SessionKind::Role { role, name });
    let role = Role {
        id: EntityId::new("AROAROLE"),
        name: "Guard".to_owned(),
        path: "/night/".to_owned(),
        created_ms: 1,
        description: None,
        trust: "{}".into(),
        foreign: Default::default(),
        session_s_max: 3600,
        boundary: None,
        tags: Tags::from_iter([("Site", "west"), ("Shift", "late")]),
        attached: BTreeSet::new(),
        inline: BTreeMap::new(),
    };
    Caller {
        identity: Identity::Role {
            role: Arc::new(role),
            session_name: "night".to_owned(),
        },
        session: Some(made),
        ..bob()
    }
}

const NOW_MS: u64 = 1_700_000_010_500;
const STREAM: &str = "arn:aws:kinesisvideo:eu-west-1:999999999999:stream/a/1";

/// Compares keys with what is expected of them; `None` for one that must not be there.
fn check(caller: &Caller, expected: &[(&str, Option<&str>)]) {
    let circumstances = Circumstances::new(caller, &[], STREAM, NOW_MS);
    for (key, value) in expected {
        let found = circumstances.values(key);
        let value = value.map(|value| Values::One(Cow::Borrowed(value)));
        assert_eq!(found, value, "{key}");
    }
}

#[test]
fn a_user_with_a_long_term_key() {
    check(
        &bob(),
        &[
            (
                "aws:PrincipalArn",
                Some("arn:aws:iam::012345678901:user/team/Bob"),
            ),
            ("AWS:principalaccount", Some("012345678901")),
            ("aws:PrincipalType", Some("User")),
            ("aws:userid", Some("AIDABOB")),
            ("aws:username", Some("Bob")),
            ("aws:PrincipalTag/site", Some("north")),
            ("aws:PrincipalTag/Shift", None),
            ("aws:SourceIp", Some("192.0.2.7")),
            ("aws:SecureTransport", Some("true")),
            ("aws:UserAgent", Some("aws-cli/2")),
            ("aws:Referer", Some("https://example.com/")),
            ("aws:CurrentTime", Some("2023-11-14T22:13:30Z")),
            ("aws:EpochTime", Some("1700000010")),
            ("aws:RequestedRegion", Some("eu-west-1")),
            ("aws:ResourceAccount", Some("999999999999")),
            ("aws:ViaAWSService", Some("false")),
            ("aws:PrincipalIsAWSService", Some("false")),
            ("aws:TokenIssueTime", None),
            ("aws:MultiFactorAuthPresent", None),
            ("aws:MultiFactorAuthAge", None),
            ("aws:SourceIdentity", None),
            ("aws:FederatedProvider", None),
            ("aws:PrincipalOrgID", None),
            ("credentials-iot:ThingName", None),
            ("username", None),
            ("", None),
        ],
    );
}

#[test]
fn a_session_of_a_role() {
    let arn = "arn:aws:iam::012345678901:role/night/Guard";
    check(
        &of_role(),
        &[
            ("aws:PrincipalArn", Some(arn)),
            ("aws:PrincipalType", Some("AssumedRole")),
            ("aws:userid", Some("AROAROLE:night")),
            ("aws:username", None),
            ("aws:PrincipalTag/Site", Some("south")),
            ("aws:PrincipalTag/Shift", Some("late")),
            ("aws:TokenIssueTime", Some("2023-11-14T22:13:20Z")),
            ("aws:MultiFactorAuthPresent", Some("true")),
            ("aws:MultiFactorAuthAge", Some("20")),
            ("aws:SourceIdentity", Some("bob@example.com")),
            ("Credentials-IoT:thingname", Some("cam")),
        ],
    );
}

#[test]
fn root_and_federated_users() {
    let root = Caller {
        identity: Identity::Root,
        ..bob()
    };
    check(
        &root,
        &[
            ("aws:PrincipalArn", Some("arn:aws:iam::012345678901:root")),
            ("aws:PrincipalType", Some("Account")),
            ("aws:userid", Some("012345678901")),
            ("aws:username", None),
            ("aws:PrincipalTag/Site", None),
        ],
    );
    let name = "guest".to_owned();
    let federated = Caller {
        identity: Identity::Federated { by: None, name },
        ..of_role()
    };
    let arn = "arn:aws:sts::012345678901:federated-user/guest";
    check(
        &federated,
        &[
            ("aws:PrincipalArn", Some(arn)),
            ("aws:PrincipalType", Some("FederatedUser")),
            ("aws:userid", Some("012345678901:guest")),
            ("aws:username", None),
        ],
    );
}

#[test]
fn keys_of_the_operation_win_and_lists_stay_lists() {
    let caller = bob();
    let one = |value: &'static str| vec![Cow::Borrowed(value)];
    let own = [
        ("aws:TagKeys".to_owned(), one("a")),
        ("aws:RequestTag/a".to_owned(), one("1")),
        ("aws:MultiFactorAuthPresent".to_owned(), one("true")),
    ];
    let circumstances = Circumstances::new(&caller, &own, "*", NOW_MS);
    let list = [Cow::Borrowed("a")];
    assert_eq!(
        circumstances.values("aws:tagkeys"),
        Some(Values::Many(&list))
    );
    let value = |key| match circumstances.values(key) {
        Some(Values::One(value)) => value.into_owned(),
        other => panic!("{key}: {other:?}"),
    };
    assert_eq!(value("aws:RequestTag/A"), "1");
    assert_eq!(value("aws:MultiFactorAuthPresent"), "true");
    assert_eq!(value("aws:ResourceAccount"), "012345678901");
}

#[test]
fn requests_that_nobody_signed_have_keys_too() {
    let context = of_anybody(&bob().source, NOW_MS);
    let value = context.values("aws:SourceIp");
    assert_eq!(value, Some(Values::One(Cow::Borrowed("192.0.2.7"))));
    assert_eq!(context.keys().count(), 7);
    assert_eq!(of_anybody(&Source::default(), NOW_MS).keys().count(), 4);
}

#[test]
fn tags_that_differ_in_case_hide_none_of_each_other() {
    let tags = [("team", "a"), ("Team", "b"), ("site", "c")];
    let ask = Ask::new(Op::DescribeStream, STREAM).resource_tags(tags);
    let ask = ask.request_tags(tags);
    let caller = bob();
    let circumstances = Circumstances::new(&caller, &ask.context, STREAM, NOW_MS);
    let both = ["a", "b"].map(Cow::Borrowed);
    for name in ["aws:ResourceTag", "aws:requesttag"] {
        let values = |key| circumstances.values(&format!("{name}/{key}"));
        assert_eq!(values("team"), Some(Values::Many(&both)));
        assert_eq!(values("TEAM"), Some(Values::Many(&both)));
        assert_eq!(values("site"), Some(Values::One("c".into())));
    }
}

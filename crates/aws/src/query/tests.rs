//! Forms of IAM and STS clients, and the XML they read.

use std::collections::BTreeMap;

use super::{Call, escaped, parse};
use crate::read::InputError;
use crate::shapes::iam::{
    AddUserToGroupInput, AddUserToGroupOutput, AttachedPermissionsBoundary, ChangePasswordInput,
    CreateAccountAliasInput, CreateUserInput, CreateUserOutput, GetAccountSummaryInput,
    GetAccountSummaryOutput, GetCredentialReportOutput, GetUserInput, GetUserOutput,
    ListUsersInput, ListUsersOutput, SimulatePrincipalPolicyInput, SummaryKeyType, Tag,
    UpdateAccessKeyInput, UpdateAccountPasswordPolicyInput, User,
};
use crate::shapes::sts::{AssumeRoleInput, AssumeRoleOutput, Credentials, GetCallerIdentityOutput};
use crate::value::{Blob, Sensitive, Timestamp};

fn constraint<T: std::fmt::Debug>(result: Result<T, InputError>) -> String {
    match result {
        Err(InputError::Constraint(message)) => message,
        other => panic!("expected a constraint failure, got {other:?}"),
    }
}

fn tag(key: &str, value: &str) -> Tag {
    Tag {
        key: key.to_owned(),
        value: value.to_owned(),
    }
}

#[test]
fn create_user_with_tags() {
    let form = b"Action=CreateUser&Version=2010-05-08&Path=%2Fops%2F&UserName=Administrator\
        &Tags.member.10.Key=j&Tags.member.10.Value=&Tags.member.2.Key=team+name\
        &Tags.member.2.Value=a%2Fb%20%C3%A9&Unknown=1\n";
    let input = CreateUserInput::from_query(form).expect("it parses");
    assert_eq!(input.path.as_deref(), Some("/ops/"));
    assert_eq!(input.user_name, "Administrator");
    assert_eq!(
        input.tags,
        Some(vec![tag("team name", "a/b é"), tag("j", "")])
    );
    let call = Call::parse(form).expect("it parses");
    assert_eq!(
        (call.action.as_str(), call.version.as_str()),
        ("CreateUser", "2010-05-08")
    );
}

#[test]
fn empty_lists_and_missing_parameters() {
    let none = CreateUserInput::from_query(b"UserName=u&Tags=").expect("it parses");
    assert_eq!(none.tags, Some(Vec::new()));
    let both = CreateUserInput::from_query(b"UserName=u&Tags=&Tags.member.1.Key=a");
    assert!(constraint(both).contains("Value at 'tags.1.member.value'"));
    assert_eq!(
        GetUserInput::from_query(b""),
        Ok(GetUserInput { user_name: None })
    );
    let form = b"Action=GetAccountSummary&Version=2010-05-08";
    assert_eq!(
        GetAccountSummaryInput::from_query(form),
        Ok(GetAccountSummaryInput {})
    );
    assert_eq!(Call::parse(b"&&"), Ok(Call::default()));
}

#[test]
fn constraints_as_iam_words_them() {
    let name = "x".repeat(65);
    assert_eq!(
        constraint(CreateUserInput::from_query(
            format!("UserName={name}").as_bytes()
        )),
        format!(
            "1 validation error detected: Value '{name}' at 'userName' failed to satisfy \
             constraint: Member must have length less than or equal to 64"
        ),
    );
    assert_eq!(
        constraint(CreateUserInput::from_query(b"Path=/")),
        "1 validation error detected: Value at 'userName' failed to satisfy constraint: Member \
         must not be null",
    );
    assert_eq!(
        constraint(UpdateAccessKeyInput::from_query(
            b"AccessKeyId=AKIAIOSFODNN7EXAMPLE&Status=Off"
        )),
        "1 validation error detected: Value 'Off' at 'status' failed to satisfy constraint: \
         Member must satisfy enum value set: [Active, Inactive, Expired]",
    );
    let both = constraint(AddUserToGroupInput::from_query(b"UserName=a%20b"));
    assert!(both.starts_with("2 validation errors detected: "), "{both}");
    // An empty string stands for nothing only in JSON.
    let empty = constraint(GetUserInput::from_query(b"UserName="));
    assert!(
        empty.ends_with("Member must have length greater than or equal to 1"),
        "{empty}"
    );
    let alias = constraint(CreateAccountAliasInput::from_query(b"AccountAlias=a--b"));
    assert!(alias.contains("regular expression"), "{alias}");
    assert!(CreateAccountAliasInput::from_query(b"AccountAlias=my-cameras").is_ok());
}

#[test]
fn scalars() {
    let form = b"MinimumPasswordLength=12&RequireSymbols=true&HardExpiry=false";
    let policy = UpdateAccountPasswordPolicyInput::from_query(form).expect("it parses");
    assert_eq!(policy.minimum_password_length, Some(12));
    assert_eq!(
        (policy.require_symbols, policy.hard_expiry),
        (Some(true), Some(false))
    );
    for form in [
        "MinimumPasswordLength=twelve",
        "RequireSymbols=yes",
        "RequireSymbols.member.1=true",
        "RequireSymbols=%zz",
        "RequireSymbols=%f",
        "RequireSymbols=%ff",
        "RequireSymbols=true&RequireSymbols.a=true",
        "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o=1",
    ] {
        let result = UpdateAccountPasswordPolicyInput::from_query(form.as_bytes());
        assert!(
            matches!(result, Err(InputError::Serialization(_))),
            "{form}: {result:?}"
        );
    }
    let out_of_range = UpdateAccountPasswordPolicyInput::from_query(b"MaxPasswordAge=1096");
    assert!(constraint(out_of_range).contains("less than or equal to 1095"));
    let many = "a=1&".repeat(10_001);
    assert!(matches!(
        Call::parse(many.as_bytes()),
        Err(InputError::Serialization(_))
    ));
}

#[test]
fn nested_lists() {
    let form = b"PolicySourceArn=arn:aws:iam::012345678901:user/u&ActionNames.member.1=iam:GetUser\
        &ContextEntries.member.1.ContextKeyName=aws:username\
        &ContextEntries.member.1.ContextKeyValues.member.2=b\
        &ContextEntries.member.1.ContextKeyValues.member.1=a";
    let input = SimulatePrincipalPolicyInput::from_query(form).expect("it parses");
    let entries = input.context_entries.expect("entries");
    assert_eq!(
        entries[0].context_key_values,
        Some(vec!["a".to_owned(), "b".to_owned()])
    );
}

#[test]
fn maps() {
    let form = b"M.entry.1.key=b&M.entry.1.value=2&M.entry.2.key=a&M.entry.2.value=1";
    let tree = super::tree(form).expect("it parses");
    let map: BTreeMap<String, i32> =
        crate::read::input(&tree["M"], crate::read::Form::Query).expect("it reads");
    assert_eq!(
        map,
        BTreeMap::from([("a".to_owned(), 1), ("b".to_owned(), 2)])
    );
    assert!(parse::<BTreeMap<String, i32>>(b"entry.1.key=b").is_err());
}

#[test]
fn a_password_is_not_repeated() {
    let form = "OldPassword=hunter2&NewPassword=hunter3\u{1f3a5}";
    let result = ChangePasswordInput::from_query(form.as_bytes());
    let message = constraint(result);
    assert!(
        message.contains("Value at 'newPassword' failed"),
        "{message}"
    );
    let input = ChangePasswordInput::from_query(b"OldPassword=hunter2&NewPassword=hunter3");
    let shown = format!("{:?}", input.expect("it parses"));
    assert!(!shown.contains("hunter"), "{shown}");
    let form = b"RoleArn=arn:aws:iam::012345678901:role/r&RoleSessionName=s&TokenCode=12345";
    assert!(!constraint(AssumeRoleInput::from_query(form)).contains("12345'"));
}

#[test]
fn user_as_iam_prints_it() {
    let user = User {
        arn: "arn:aws:iam::012345678901:user/a".to_owned(),
        create_date: Timestamp(1_769_860_800_999),
        path: Some("/".to_owned()),
        user_id: "AIDAEXAMPLE".to_owned(),
        user_name: Some("a".to_owned()),
        permissions_boundary: Some(AttachedPermissionsBoundary {
            permissions_boundary_arn: Some("arn:aws:iam::aws:policy/P".to_owned()),
            permissions_boundary_type: Some("Policy".to_owned()),
        }),
        tags: Some(vec![tag("k", "<&>")]),
        password_last_used: None,
    };
    let xml = CreateUserOutput { user: Some(user) }.to_xml("id-1");
    assert_eq!(
        xml,
        "<CreateUserResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\
         <CreateUserResult><User><Arn>arn:aws:iam::012345678901:user/a</Arn>\
         <CreateDate>2026-01-31T12:00:00Z</CreateDate><Path>/</Path><PermissionsBoundary>\
         <PermissionsBoundaryArn>arn:aws:iam::aws:policy/P</PermissionsBoundaryArn>\
         <PermissionsBoundaryType>Policy</PermissionsBoundaryType></PermissionsBoundary>\
         <Tags><member><Key>k</Key><Value>&lt;&amp;&gt;</Value></member></Tags>\
         <UserId>AIDAEXAMPLE</UserId><UserName>a</UserName></User></CreateUserResult>\
         <ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></CreateUserResponse>",
    );
    let root = User {
        user_id: "012345678901".to_owned(),
        ..User::default()
    };
    let xml = GetUserOutput { user: root }.to_xml("id");
    assert!(
        !xml.contains("UserName") && !xml.contains("<Path>"),
        "{xml}"
    );
}

#[test]
fn results_empty_and_missing() {
    let head = "xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"";
    let tail = "<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>";
    assert_eq!(
        AddUserToGroupOutput {}.to_xml("r"),
        format!("<AddUserToGroupResponse {head}>{tail}</AddUserToGroupResponse>"),
    );
    assert_eq!(
        ListUsersOutput {
            is_truncated: Some(false),
            marker: None,
            users: Vec::new()
        }
        .to_xml("r"),
        format!(
            "<ListUsersResponse {head}><ListUsersResult><IsTruncated>false</IsTruncated>\
             <Users></Users></ListUsersResult>{tail}</ListUsersResponse>"
        ),
    );
    let summary = BTreeMap::from([(SummaryKeyType::Users, 3)]);
    let xml = GetAccountSummaryOutput {
        summary_map: Some(summary),
    }
    .to_xml("r");
    let entry = "<SummaryMap><entry><key>Users</key><value>3</value></entry></SummaryMap>";
    assert!(xml.contains(entry), "{xml}");
    let report = GetCredentialReportOutput {
        content: Some(Blob(b"user,arn\n".to_vec())),
        ..GetCredentialReportOutput::default()
    };
    assert!(
        report
            .to_xml("r")
            .contains("<Content>dXNlcixhcm4K</Content>")
    );
    assert!(ListUsersInput::from_query(b"MaxItems=1000&PathPrefix=%2F").is_ok());
}

#[test]
fn sts_has_its_own_namespace() {
    let identity = GetCallerIdentityOutput {
        account: Some("012345678901".to_owned()),
        arn: Some("arn:aws:iam::012345678901:root".to_owned()),
        user_id: Some("012345678901".to_owned()),
    };
    assert_eq!(
        identity.to_xml("r"),
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
         <GetCallerIdentityResult><Account>012345678901</Account>\
         <Arn>arn:aws:iam::012345678901:root</Arn><UserId>012345678901</UserId>\
         </GetCallerIdentityResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>\
         </GetCallerIdentityResponse>",
    );
    let credentials = Credentials {
        access_key_id: "ASIAIOSFODNN7EXAMPLE".to_owned(),
        expiration: Timestamp(0),
        secret_access_key: Sensitive::from("s3cret"),
        session_token: Sensitive::from("t0ken"),
    };
    let output = AssumeRoleOutput {
        credentials: Some(credentials),
        ..AssumeRoleOutput::default()
    };
    let shown = format!("{output:?}");
    assert!(
        !shown.contains("s3cret") && !shown.contains("t0ken"),
        "{shown}"
    );
    let xml = output.to_xml("r");
    assert!(
        xml.contains("<SecretAccessKey>s3cret</SecretAccessKey>"),
        "{xml}"
    );
    assert!(
        xml.contains("<Expiration>1970-01-01T00:00:00Z</Expiration>"),
        "{xml}"
    );
}

#[test]
fn escaping() {
    assert_eq!(
        escaped("<a href=\"x\">&\u{1}"),
        "&lt;a href=&quot;x&quot;&gt;&amp;"
    );
}

//! The managed policies of AWS that every account sees.
//!
//! "AWS managed policies" (AWS Managed Policy Reference) for names, versions, dates and what they
//! grant. Ids are constants of our own, so that what clients remember about a policy stays true.

/// A policy that belongs to AWS: every account may attach it and none may change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ManagedPolicy {
    /// Its name, without the path.
    pub name: &'static str,
    /// `/`, or a path that begins and ends with one.
    pub path: &'static str,
    /// `ANPA…`, 21 characters.
    pub id: &'static str,
    /// The default version, `6` for `v6`.
    pub version: u32,
    /// When the policy was made: seconds since 1970.
    pub created_s: i64,
    /// When its default version was made: seconds since 1970.
    pub updated_s: i64,
    /// What it is for, at most 1000 characters.
    pub description: &'static str,
    /// The document.
    pub document: &'static str,
}

impl ManagedPolicy {
    /// `arn:aws:iam::aws:policy/path/Name`
    pub fn arn(&self) -> String {
        format!("{ARN_PREFIX}{}{}", self.path, self.name)
    }

    /// The policy of an ARN.
    pub fn by_arn(arn: &str) -> Option<&'static ManagedPolicy> {
        let whole = arn.strip_prefix(ARN_PREFIX)?;
        ALL.iter().find(|policy| {
            let name = whole.strip_prefix(policy.path);
            name == Some(policy.name)
        })
    }
}

const ARN_PREFIX: &str = "arn:aws:iam::aws:policy";

/// All of them, in the order of their names.
pub const ALL: &[ManagedPolicy] = &[
    ManagedPolicy {
        name: "AdministratorAccess",
        path: "/",
        id: "ANPAK4C5VQ2ADMINISTR4",
        version: 1,
        created_s: 1_423_247_986,
        updated_s: 1_423_247_986,
        description: "Allows every action on every resource of the account.",
        document: ADMINISTRATOR_ACCESS,
    },
    ManagedPolicy {
        name: "AmazonKinesisVideoStreamsFullAccess",
        path: "/",
        id: "ANPAK4C5VQ2KVSFULLAC4",
        version: 1,
        created_s: 1_512_170_838,
        updated_s: 1_512_170_838,
        description: "Allows everything with video streams and signaling channels.",
        document: KINESIS_VIDEO_FULL_ACCESS,
    },
    ManagedPolicy {
        name: "AmazonKinesisVideoStreamsReadOnlyAccess",
        path: "/",
        id: "ANPAK4C5VQ2KVSREADON4",
        version: 1,
        created_s: 1_512_170_072,
        updated_s: 1_512_170_072,
        description: "Allows to list and describe video streams and signaling channels, and to \
            read and play what streams hold.",
        document: KINESIS_VIDEO_READ_ONLY_ACCESS,
    },
    ManagedPolicy {
        name: "IAMFullAccess",
        path: "/",
        id: "ANPAK4C5VQ2IAMFULLAC4",
        version: 2,
        created_s: 1_423_248_038,
        updated_s: 1_561_146_000,
        description: "Allows to manage users, groups, roles, policies and credentials.",
        document: IAM_FULL_ACCESS,
    },
    ManagedPolicy {
        name: "IAMReadOnlyAccess",
        path: "/",
        id: "ANPAK4C5VQ2IAMREADON4",
        version: 4,
        created_s: 1_423_248_039,
        updated_s: 1_516_907_487,
        description: "Allows to look at users, groups, roles, policies and credentials.",
        document: IAM_READ_ONLY_ACCESS,
    },
    ManagedPolicy {
        name: "IAMUserChangePassword",
        path: "/",
        id: "ANPAK4C5VQ2IAMCHANGE4",
        version: 2,
        created_s: 1_479_169_516,
        updated_s: 1_479_251_935,
        description: "Allows users to change their own password.",
        document: IAM_USER_CHANGE_PASSWORD,
    },
    ManagedPolicy {
        name: "PowerUserAccess",
        path: "/",
        id: "ANPAK4C5VQ2POWERUSER4",
        version: 6,
        created_s: 1_423_247_987,
        updated_s: 1_724_025_600,
        description: "Allows everything but to manage users, groups, roles and the account.",
        document: POWER_USER_ACCESS,
    },
    ManagedPolicy {
        name: "ReadOnlyAccess",
        path: "/",
        id: "ANPAK4C5VQ2READONLYA4",
        version: 128,
        created_s: 1_423_247_988,
        updated_s: 1_737_590_400,
        description: "Allows to look at everything and to change nothing, in the services that \
            are here.",
        document: READ_ONLY_ACCESS,
    },
];

const ADMINISTRATOR_ACCESS: &str = r#"{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "*",
            "Resource": "*"
        }
    ]
}"#;

const KINESIS_VIDEO_FULL_ACCESS: &str = r#"{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "kinesisvideo:*",
            "Resource": "*"
        }
    ]
}"#;

const KINESIS_VIDEO_READ_ONLY_ACCESS: &str = r#"{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                "kinesisvideo:Describe*",
                "kinesisvideo:Get*",
                "kinesisvideo:List*"
            ],
            "Resource": "*"
        }
    ]
}"#;

const IAM_FULL_ACCESS: &str = r#"{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                "iam:*",
                "organizations:DescribeAccount",
                "organizations:DescribeOrganization",
                "organizations:DescribeOrganizationalUnit",
                "organizations:DescribePolicy",
                "organizations:ListChildren",
                "organizations:ListParents",
                "organizations:ListPoliciesForTarget",
                "organizations:ListRoots",
                "organizations:ListPolicies",
                "organizations:ListTargetsForPolicy"
            ],
            "Resource": "*"
        }
    ]
}"#;

const IAM_READ_ONLY_ACCESS: &str = r#"{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                "iam:GenerateCredentialReport",
                "iam:GenerateServiceLastAccessedDetails",
                "iam:Get*",
                "iam:List*",
                "iam:SimulateCustomPolicy",
                "iam:SimulatePrincipalPolicy"
            ],
            "Resource": "*"
        }
    ]
}"#;

const IAM_USER_CHANGE_PASSWORD: &str = r#"{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "iam:ChangePassword",
            "Resource": "arn:aws:iam::*:user/${aws:username}"
        },
        {
            "Effect": "Allow",
            "Action": "iam:GetAccountPasswordPolicy",
            "Resource": "*"
        }
    ]
}"#;

const POWER_USER_ACCESS: &str = r#"{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "NotAction": [
                "iam:*",
                "organizations:*",
                "account:*"
            ],
            "Resource": "*"
        },
        {
            "Effect": "Allow",
            "Action": [
                "account:GetAccountInformation",
                "account:GetPrimaryEmail",
                "account:ListRegions",
                "iam:CreateServiceLinkedRole",
                "iam:DeleteServiceLinkedRole",
                "iam:ListRoles",
                "organizations:DescribeOrganization"
            ],
            "Resource": "*"
        }
    ]
}"#;

const READ_ONLY_ACCESS: &str = r#"{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                "iam:Generate*",
                "iam:Get*",
                "iam:List*",
                "iam:Simulate*",
                "iot:Describe*",
                "iot:Get*",
                "iot:List*",
                "kinesisvideo:Describe*",
                "kinesisvideo:Get*",
                "kinesisvideo:List*",
                "sts:GetAccessKeyInfo",
                "sts:GetCallerIdentity",
                "sts:GetSessionToken"
            ],
            "Resource": "*"
        }
    ]
}"#;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{ALL, ManagedPolicy};
    use crate::policy::{Document, DocumentKind};

    #[test]
    fn every_policy_is_found_and_can_be_read() {
        let mut ids = HashSet::new();
        assert!(ALL.is_sorted_by_key(|policy| policy.name));
        for policy in ALL {
            let found = ManagedPolicy::by_arn(&policy.arn());
            assert_eq!(found, Some(policy));
            assert!(ids.insert(policy.id));
            let is_base_32 = |b: u8| b.is_ascii_uppercase() || (b'2'..=b'7').contains(&b);
            assert!(policy.id.len() == 21 && policy.id.bytes().all(is_base_32));
            assert!(policy.id.starts_with("ANPA"), "{}", policy.id);
            assert!(policy.created_s <= policy.updated_s);
            Document::parse(policy.document, DocumentKind::Identity).expect(policy.name);
        }
        assert_eq!(
            ManagedPolicy::by_arn("arn:aws:iam::aws:policy/Nothing"),
            None
        );
        let other = "arn:aws:iam::123456789012:policy/AdministratorAccess";
        assert_eq!(ManagedPolicy::by_arn(other), None);
    }
}

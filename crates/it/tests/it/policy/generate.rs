//! Random policies and requests that have something to do with each other.
//!
//! Everything is drawn from small pools, so that about as much matches as does not. Where the two
//! evaluators are known to differ, the generator keeps away and `crates/it/policy/differences.json`
//! has a case instead.

use it::random::Random;
use serde_json::{Map, Value, json};

/// Policies, and a request for them.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) principal: String,
    pub(super) action: String,
    pub(super) resource: Option<String>,
    pub(super) context: Map<String, Value>,
    pub(super) identity: Vec<Value>,
    pub(super) boundary: Option<Value>,
    pub(super) session: Vec<Value>,
    pub(super) resource_policy: Option<Value>,
}

/// Makes a case.
pub(super) fn case(random: &mut Random) -> Case {
    let target = pick(random, TARGETS);
    let principal = *pick(random, PRINCIPALS);
    let is_session = principal.contains(":assumed-role/");
    let is_root = principal.ends_with(":root");
    let has_resource_policy = target.action == "sts:AssumeRole";
    let mut maker = Maker {
        random,
        target,
        has_variables: true,
        context: Map::new(),
    };
    maker.context = maker.context();
    let mut identity: Vec<Value> = Vec::new();
    for _ in 0..maker.random.below(4) {
        identity.push(maker.policy(false));
    }
    let boundary = (!is_root && maker.chance(30)).then(|| maker.policy(false));
    let mut session = Vec::new();
    if is_session && maker.chance(40) {
        for _ in 0..=maker.random.below(2) {
            session.push(maker.policy(false));
        }
    }
    let resource_policy = has_resource_policy.then(|| maker.trust(session.is_empty()));
    let context = maker.context;
    Case {
        principal: principal.to_owned(),
        action: target.action.to_owned(),
        resource: target.resource.map(str::to_owned),
        context,
        identity,
        boundary,
        session,
        resource_policy,
    }
}

struct Target {
    action: &'static str,
    resource: Option<&'static str>,
    /// Patterns of which some match the resource.
    patterns: &'static [&'static str],
    /// Condition keys beside the global ones.
    keys: &'static [Key],
}

struct Key {
    name: &'static str,
    kind: Kind,
    values: &'static [&'static str],
    /// Further values for policies.
    patterns: &'static [&'static str],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Texts,
    Number,
    Date,
    Flag,
    Address,
    Arn,
}

struct Maker<'r> {
    random: &'r mut Random,
    target: &'static Target,
    /// Whether the policy being made may have variables.
    has_variables: bool,
    context: Map<String, Value>,
}

fn pick<'p, T>(random: &mut Random, pool: &'p [T]) -> &'p T {
    &pool[random.below(pool.len() as u64) as usize]
}

impl Maker<'_> {
    fn chance(&mut self, percent: u64) -> bool {
        self.random.below(100) < percent
    }

    fn pick<'p, T>(&mut self, pool: &'p [T]) -> &'p T {
        pick(self.random, pool)
    }

    fn key(&mut self) -> &'static Key {
        let own = self.target.keys.len() as u64;
        let at = self.random.below(GLOBAL.len() as u64 + own);
        let at = usize::try_from(at).expect("an index");
        GLOBAL
            .get(at)
            .unwrap_or_else(|| &self.target.keys[at - GLOBAL.len()])
    }

    fn context(&mut self) -> Map<String, Value> {
        let mut context = Map::new();
        for key in GLOBAL.iter().chain(self.target.keys) {
            if !self.chance(65) {
                continue;
            }
            let value = match key.kind {
                // At least two: one value in a list is a listed difference.
                Kind::Texts => {
                    let first = self.random.below(key.values.len() as u64) as usize;
                    let count = 2 + self.random.below(2) as usize;
                    let values = key.values.iter().cycle().skip(first).take(count);
                    json!(values.collect::<Vec<_>>())
                }
                _ => json!(self.pick(key.values)),
            };
            let name = match self.chance(10) {
                true => key.name.to_ascii_lowercase(),
                false => key.name.to_owned(),
            };
            context.insert(name, value);
        }
        context
    }

    /// A policy; most are of the newer version.
    fn policy(&mut self, is_trust: bool) -> Value {
        let version = match self.random.below(10) {
            0 => None,
            1 => Some("2008-10-17"),
            _ => Some("2012-10-17"),
        };
        self.has_variables = version == Some("2012-10-17");
        let count = 1 + self.random.below(3);
        let mut statements: Vec<Value> = Vec::new();
        for index in 0..count {
            statements.push(self.statement(is_trust, index));
        }
        let statement = match statements.len() {
            1 if self.chance(50) => statements.remove(0),
            _ => Value::Array(statements),
        };
        let mut policy = json!({"Statement": statement});
        if let Some(version) = version {
            policy["Version"] = json!(version);
        }
        policy
    }

    fn statement(&mut self, is_trust: bool, index: u64) -> Value {
        let mut statement = json!({});
        if self.chance(30) {
            statement["Sid"] = json!(format!("S{index}"));
        }
        statement["Effect"] = json!(if self.chance(75) { "Allow" } else { "Deny" });
        if is_trust {
            let actions = ["sts:AssumeRole", "sts:*", "sts:Assume*", "sts:TagSession"];
            statement["Action"] = json!(self.pick(&actions));
        } else {
            let (name, actions) = self.actions();
            statement[name] = actions;
            let (name, resources) = self.resources();
            statement[name] = resources;
        }
        if self.chance(60) {
            statement["Condition"] = self.condition();
        }
        statement
    }

    /// A list, or the only value bare.
    fn list(&mut self, mut values: Vec<String>) -> Value {
        if !self.has_variables {
            for value in &mut values {
                *value = value.replace("${", "$");
            }
        }
        match values.len() {
            1 if self.chance(70) => Value::String(values.remove(0)),
            _ => json!(values),
        }
    }

    fn actions(&mut self) -> (&'static str, Value) {
        let (service, name) = self.target.action.split_once(':').expect("an action");
        let mut patterns = Vec::new();
        for _ in 0..=self.random.below(2) {
            patterns.push(match self.random.below(12) {
                0 | 1 => "*".to_owned(),
                2 | 3 => format!("{service}:*"),
                4 => self.target.action.to_owned(),
                5 => self.target.action.to_ascii_uppercase(),
                6 => format!("{service}:{}*", &name[..3]),
                7 => format!("{service}:*{}", &name[name.len() - 4..]),
                8 => format!("{service}:?{}", &name[1..]),
                9 => format!("{service}:{}?", &name[..name.len() - 2]),
                10 => format!("{service}:{}*{}", &name[..2], &name[name.len() - 2..]),
                _ => (*self.pick(&["s3:*", "iam:Get*", "kinesisvideo:List*", "sts:Get*"])).into(),
            });
        }
        let name = if self.chance(12) {
            "NotAction"
        } else {
            "Action"
        };
        (name, self.list(patterns))
    }

    fn resources(&mut self) -> (&'static str, Value) {
        let mut patterns = Vec::new();
        for _ in 0..=self.random.below(2) {
            patterns.push(match self.random.below(10) {
                0..4 => "*".to_owned(),
                4 => match self.target.resource {
                    Some(resource) => resource.to_owned(),
                    None => "*".to_owned(),
                },
                _ => (*self.pick(self.target.patterns)).to_owned(),
            });
        }
        if self.chance(88) {
            return ("Resource", self.list(patterns));
        }
        // Variables without a value in NotResource: a listed difference.
        for pattern in &mut patterns {
            if !self.is_resolved(pattern) {
                *pattern = pattern.replace("${", "$");
            }
        }
        ("NotResource", self.list(patterns))
    }

    fn condition(&mut self) -> Value {
        let mut condition = json!({});
        for _ in 0..=self.random.below(2) {
            let key = self.key();
            let operator = self.operator(key.kind);
            let name = match self.chance(10) {
                true => key.name.to_ascii_lowercase(),
                false => key.name.to_owned(),
            };
            let value = match operator.starts_with("Null") {
                true => self.truth(),
                false => self.values(key, &operator),
            };
            condition[operator] = json!({name: value});
        }
        condition
    }

    fn truth(&mut self) -> Value {
        match self.random.below(4) {
            0 => json!("true"),
            1 => json!("false"),
            2 => json!(true),
            _ => json!(false),
        }
    }

    fn operator(&mut self, kind: Kind) -> String {
        if self.chance(8) {
            return "Null".to_owned();
        }
        let names: &[&str] = match kind {
            Kind::Text | Kind::Texts => TEXT_OPERATORS,
            Kind::Number => NUMBER_OPERATORS,
            Kind::Date => DATE_OPERATORS,
            Kind::Flag => &["Bool"],
            Kind::Address => &["IpAddress", "NotIpAddress"],
            Kind::Arn => ARN_OPERATORS,
        };
        let mut name = (*self.pick(names)).to_owned();
        if kind == Kind::Texts && self.chance(85) {
            let prefix = self.pick(&["ForAllValues:", "ForAnyValue:"]);
            name.insert_str(0, prefix);
        }
        // With ForAnyValue, the two do not agree on what IfExists means: a listed difference.
        if !name.starts_with("ForAny") && self.chance(25) {
            name.push_str("IfExists");
        }
        name
    }

    fn values(&mut self, key: &Key, operator: &str) -> Value {
        let is_negated = operator.contains("Not");
        let mut values = Vec::new();
        for _ in 0..=self.random.below(3) {
            // Single addresses of the other family under NotIpAddress: a listed difference.
            let is_network = operator.starts_with("NotIp");
            let from_patterns = !key.patterns.is_empty() && (is_network || self.chance(50));
            let pool = if from_patterns {
                key.patterns
            } else {
                key.values
            };
            let mut value = (*self.pick(pool)).to_owned();
            // Variables without a value under negated operators: a listed difference.
            if is_negated && !self.is_resolved(&value) {
                value = value.replace("${", "$");
            }
            values.push(value);
        }
        if matches!(key.kind, Kind::Number) && self.chance(20) {
            let number: Option<i64> = values[0].parse().ok();
            if let Some(number) = number {
                return json!(number);
            }
        }
        if matches!(key.kind, Kind::Flag) {
            return self.truth();
        }
        self.list(values)
    }

    /// Whether each variable in a text has a value.
    fn is_resolved(&self, text: &str) -> bool {
        text.split("${").skip(1).all(|variable| {
            let inside = variable.split('}').next().unwrap_or_default();
            let name = inside.split(',').next().unwrap_or_default();
            let mut keys = self.context.iter();
            inside == "*"
                || inside.contains(',')
                || keys.any(|(key, value)| key.eq_ignore_ascii_case(name) && value != "")
        })
    }

    /// A trust policy of the role.
    fn trust(&mut self, may_name_session: bool) -> Value {
        let mut policy = self.policy(true);
        let statements = match &mut policy["Statement"] {
            Value::Array(statements) => statements.iter_mut().collect::<Vec<_>>(),
            statement => vec![statement],
        };
        for statement in statements {
            let mut named = Vec::new();
            for _ in 0..=self.random.below(2) {
                let principal = *self.pick(TRUSTED);
                let is_session = principal.contains(":assumed-role/");
                let is_denied = statement["Effect"] == "Deny";
                if !is_session || may_name_session || is_denied {
                    named.push(principal.to_owned());
                }
            }
            statement["Principal"] = match named.len() {
                0 => json!({"Service": "ec2.amazonaws.com"}),
                _ if self.chance(8) => json!("*"),
                _ => json!({"AWS": self.list(named)}),
            };
        }
        policy
    }
}

pub(super) const ACCOUNT: &str = "123456789012";

const PRINCIPALS: &[&str] = &[
    "arn:aws:iam::123456789012:user/alice",
    "arn:aws:iam::123456789012:user/alice",
    "arn:aws:sts::123456789012:assumed-role/camera/front",
    "arn:aws:sts::123456789012:assumed-role/camera/front",
    "arn:aws:iam::123456789012:root",
    "arn:aws:iam::210987654321:user/mallory",
];

const TRUSTED: &[&str] = &[
    "arn:aws:iam::123456789012:user/alice",
    "arn:aws:iam::123456789012:user/bob",
    "arn:aws:iam::123456789012:role/camera",
    "arn:aws:sts::123456789012:assumed-role/camera/front",
    "arn:aws:iam::123456789012:root",
    "123456789012",
    "210987654321",
    "arn:aws:iam::210987654321:user/mallory",
    "*",
];

const TEXT_OPERATORS: &[&str] = &[
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
];

const NUMBER_OPERATORS: &[&str] = &[
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
];

const DATE_OPERATORS: &[&str] = &[
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
];

const ARN_OPERATORS: &[&str] = &["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"];

const GLOBAL: &[Key] = &[
    Key {
        name: "aws:username",
        kind: Kind::Text,
        values: &["alice", "bob", "Alice"],
        patterns: &[
            "al*",
            "?lice",
            "*",
            "${aws:PrincipalTag/name}",
            "${*}",
            "a*e",
        ],
    },
    Key {
        name: "aws:PrincipalTag/name",
        kind: Kind::Text,
        values: &["alice", "demo", "al*"],
        patterns: &["${aws:username}", "${aws:username, 'demo'}", "d?mo", "*"],
    },
    Key {
        name: "aws:ResourceTag/site",
        kind: Kind::Text,
        values: &["north", "south", "North"],
        patterns: &["${aws:PrincipalTag/site}", "n*", "*th", "nor?h"],
    },
    Key {
        name: "aws:PrincipalTag/site",
        kind: Kind::Text,
        values: &["north", "south"],
        patterns: &["${aws:ResourceTag/site}", "${aws:PrincipalTag/nothing}"],
    },
    Key {
        name: "aws:UserAgent",
        kind: Kind::Text,
        values: &["aws-cli/2.0 md/x", "Boto3/1.40", "kvs [a-z]+ (.*)"],
        patterns: &["aws-cli/*", "*[a-z]*", "Boto3/1.4?", "*/*"],
    },
    Key {
        name: "aws:CalledVia",
        kind: Kind::Texts,
        values: &[
            "athena.amazonaws.com",
            "cloudformation.amazonaws.com",
            "dynamodb.amazonaws.com",
        ],
        patterns: &["athena*", "*.amazonaws.com", "cloudformation.amazonaws.co?"],
    },
    Key {
        name: "aws:MultiFactorAuthAge",
        kind: Kind::Number,
        values: &["60", "3600", "3601", "0"],
        patterns: &["3600.0", "59.5", "-1"],
    },
    Key {
        name: "aws:CurrentTime",
        kind: Kind::Date,
        values: &[
            "2026-01-01T00:00:00Z",
            "2026-06-30T12:34:56Z",
            "2025-12-31T23:59:59Z",
        ],
        patterns: &[
            "2026-01-01T01:00:00+01:00",
            "2026-06-30T12:34:56.500Z",
            "2025-12",
        ],
    },
    Key {
        name: "aws:TokenIssueTime",
        kind: Kind::Date,
        values: &["2026-01-01T00:00:00Z", "2026-02-03T04:05:06Z"],
        patterns: &["2026-01-01", "2027-01-01T00:00:00Z"],
    },
    Key {
        name: "aws:SecureTransport",
        kind: Kind::Flag,
        values: &["true", "false"],
        patterns: &[],
    },
    Key {
        name: "aws:MultiFactorAuthPresent",
        kind: Kind::Flag,
        values: &["true", "false"],
        patterns: &[],
    },
    Key {
        name: "aws:SourceIp",
        kind: Kind::Address,
        values: &["192.0.2.7", "198.51.100.9", "10.1.2.3", "2001:db8::1"],
        patterns: &[
            "192.0.2.0/24",
            "10.0.0.0/8",
            "128.0.0.0/1",
            "2001:db8::/32",
            "::/0",
            "192.0.2.6/31",
        ],
    },
    Key {
        name: "aws:PrincipalArn",
        kind: Kind::Arn,
        values: &[
            "arn:aws:iam::123456789012:user/alice",
            "arn:aws:iam::123456789012:role/camera",
            "arn:aws:iam::210987654321:user/a/b",
        ],
        patterns: &[
            "arn:aws:iam::*:user/*",
            "arn:aws:iam::123456789012:*",
            "arn:aws:iam::123456789012:user/${aws:username}",
            "arn:aws:iam::12345678901?:role/cam*",
            "arn:aws:sts::*:*",
        ],
    },
];

const TAGS: &[Key] = &[
    Key {
        name: "aws:TagKeys",
        kind: Kind::Texts,
        values: &["site", "owner", "team", "Site"],
        patterns: &["s*", "*", "${aws:PrincipalTag/name}", "?wner"],
    },
    Key {
        name: "aws:RequestTag/site",
        kind: Kind::Text,
        values: &["north", "south", ""],
        patterns: &["${aws:PrincipalTag/site}", "*", "n*"],
    },
];

const STREAM_PATTERNS: &[&str] = &[
    "arn:aws:kinesisvideo:*:*:stream/*",
    "arn:aws:kinesisvideo:us-west-2:123456789012:stream/demo/*",
    "arn:aws:kinesisvideo:us-west-2:123456789012:stream/${aws:PrincipalTag/name}/*",
    "arn:aws:kinesisvideo:us-*-2:1234*:stream/d?mo/*",
    "arn:aws:kinesisvideo:us-west-2:123456789012:stream/*4645123",
    "arn:aws:kinesisvideo:us-west-2:123456789012:*",
    "arn:aws:kinesisvideo:eu-west-1:123456789012:stream/demo/*",
    "arn:aws:kinesisvideo:us-west-2:123456789012:stream/Demo/*",
    "arn:aws:kinesisvideo:us-west-2:123456789012:channel/*",
    "arn:aws:kinesisvideo:us-west-2:123456789012:stream/${aws:PrincipalTag/none, 'demo'}/*",
    "arn:aws:s3:::demo/*",
];

const USER_PATTERNS: &[&str] = &[
    "arn:aws:iam::*:user/*",
    "arn:aws:iam::123456789012:user/${aws:username}",
    "arn:aws:iam::123456789012:user/staff/*",
    "arn:aws:iam::123456789012:user/al?ce",
    "arn:aws:iam::*:*",
    "arn:aws:iam::123456789012:role/*",
];

const ROLE_PATTERNS: &[&str] = &[
    "arn:aws:iam::*:role/*",
    "arn:aws:iam::123456789012:role/viewer",
    "arn:aws:iam::123456789012:role/view*",
    "arn:aws:iam::123456789012:role/${aws:PrincipalTag/name}",
    "arn:aws:iam::210987654321:role/viewer",
    "arn:aws:iam::*:user/*",
];

const STREAM: Option<&str> =
    Some("arn:aws:kinesisvideo:us-west-2:123456789012:stream/demo/1704164645123");
const CHANNEL: Option<&str> =
    Some("arn:aws:kinesisvideo:us-west-2:123456789012:channel/demo/1704164645123");
const USER: Option<&str> = Some("arn:aws:iam::123456789012:user/alice");
const ROLE: Option<&str> = Some("arn:aws:iam::123456789012:role/viewer");

const TARGETS: &[Target] = &[
    Target {
        action: "kinesisvideo:GetMedia",
        resource: STREAM,
        patterns: STREAM_PATTERNS,
        keys: &[],
    },
    Target {
        action: "kinesisvideo:PutMedia",
        resource: STREAM,
        patterns: STREAM_PATTERNS,
        keys: &[],
    },
    Target {
        action: "kinesisvideo:TagStream",
        resource: STREAM,
        patterns: STREAM_PATTERNS,
        keys: TAGS,
    },
    Target {
        action: "kinesisvideo:CreateStream",
        resource: STREAM,
        patterns: STREAM_PATTERNS,
        keys: TAGS,
    },
    Target {
        action: "kinesisvideo:ConnectAsViewer",
        resource: CHANNEL,
        patterns: STREAM_PATTERNS,
        keys: &[],
    },
    Target {
        action: "kinesisvideo:ListStreams",
        resource: None,
        patterns: STREAM_PATTERNS,
        keys: &[],
    },
    Target {
        action: "iam:ListUsers",
        resource: None,
        patterns: USER_PATTERNS,
        keys: &[],
    },
    Target {
        action: "iam:CreateAccessKey",
        resource: USER,
        patterns: USER_PATTERNS,
        keys: &[],
    },
    Target {
        action: "iam:TagUser",
        resource: USER,
        patterns: USER_PATTERNS,
        keys: TAGS,
    },
    Target {
        action: "iam:AttachUserPolicy",
        resource: USER,
        patterns: USER_PATTERNS,
        keys: &[Key {
            name: "iam:PolicyARN",
            kind: Kind::Arn,
            values: &[
                "arn:aws:iam::aws:policy/AdministratorAccess",
                "arn:aws:iam::aws:policy/X",
            ],
            patterns: &["arn:aws:iam::aws:policy/*", "arn:aws:iam::*:policy/Adm*"],
        }],
    },
    Target {
        action: "sts:AssumeRole",
        resource: ROLE,
        patterns: ROLE_PATTERNS,
        keys: &[Key {
            name: "sts:ExternalId",
            kind: Kind::Text,
            values: &["one", "two"],
            patterns: &["o*", "${aws:username}"],
        }],
    },
    Target {
        action: "sts:AssumeRole",
        resource: ROLE,
        patterns: ROLE_PATTERNS,
        keys: &[],
    },
];

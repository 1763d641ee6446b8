//! Amazon Resource Names: `arn:partition:service:region:account:resource`.
//!
//! "Identify AWS resources with Amazon Resource Names" (IAM User Guide) for the general form; the
//! Kinesis Video Streams API model for streams and channels.

use std::fmt;

/// An ARN of any service, its five leading fields taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Arn {
    /// `aws`, `aws-cn`, …; never empty.
    pub partition: String,
    /// The service, e.g. `iam`; never empty.
    pub service: String,
    /// The region; empty for global services.
    pub region: String,
    /// The account; empty for a few kinds, `aws` for managed policies.
    pub account: String,
    /// Everything after; never empty, may contain `:` and `/`.
    pub resource: String,
}

impl Arn {
    /// Takes `text` apart.
    ///
    /// # Errors
    /// [`ArnError`] naming the first field that is wrong.
    pub fn parse(text: &str) -> Result<Arn, ArnError> {
        if text.len() > MAX_BYTES {
            return Err(ArnError::TooLong { bytes: text.len() });
        }
        if !text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() || byte == b' ')
        {
            return Err(ArnError::NotAscii);
        }
        let mut fields = text.splitn(6, ':');
        if fields.next() != Some("arn") {
            return Err(ArnError::NoPrefix);
        }
        let mut field = |name| fields.next().ok_or(ArnError::Missing { field: name });
        let (partition, service) = (field("partition")?, field("service")?);
        let (region, account) = (field("region")?, field("account")?);
        let resource = field("resource")?;
        check(
            "partition",
            partition,
            !partition.is_empty() && is_lower_or_dash(partition),
        )?;
        check(
            "service",
            service,
            !service.is_empty() && is_lower_or_dash(service),
        )?;
        check("region", region, is_lower_or_dash(region))?;
        let is_account = account == "aws" || account.bytes().all(|byte| byte.is_ascii_digit());
        check("account", account, is_account)?;
        if resource.is_empty() {
            return Err(ArnError::Missing { field: "resource" });
        }
        Ok(Arn {
            partition: partition.to_owned(),
            service: service.to_owned(),
            region: region.to_owned(),
            account: account.to_owned(),
            resource: resource.to_owned(),
        })
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Arn {
            partition,
            service,
            region,
            account,
            resource,
        } = self;
        write!(f, "arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}

/// What a Kinesis Video Streams ARN names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KvsKind {
    /// `stream/…`
    Stream,
    /// `channel/…`, a signaling channel.
    Channel,
}

impl KvsKind {
    /// The word in the ARN.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stream => "stream",
            Self::Channel => "channel",
        }
    }
}

/// The ARN of a stream or channel:
/// `arn:{partition}:kinesisvideo:{region}:{account}:{kind}/{name}/{creation_ms}`.
///
/// The creation time tells a resource from an earlier one of the same name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KvsArn {
    /// `aws`, `aws-cn`, …
    pub partition: String,
    /// The region, never empty.
    pub region: String,
    /// The account: digits, never empty.
    pub account: String,
    /// Stream or channel.
    pub kind: KvsKind,
    /// 1 to 256 of `a–z A–Z 0–9 _ . -`.
    pub name: String,
    /// When the resource was created: milliseconds since 1970, not negative.
    pub creation_ms: i64,
}

impl KvsArn {
    /// Reads the ARN of a stream or channel. Only the spelling [`fmt::Display`] prints is accepted,
    /// so equal values mean equal texts.
    ///
    /// # Errors
    /// [`ArnError`] naming the first field that is wrong.
    pub fn parse(text: &str) -> Result<KvsArn, ArnError> {
        let Arn {
            partition,
            service,
            region,
            account,
            resource,
        } = Arn::parse(text)?;
        check("service", &service, service == SERVICE)?;
        check("region", &region, !region.is_empty())?;
        let is_account = (1..=20).contains(&account.len()) && account != "aws";
        check("account", &account, is_account)?;
        let mut parts = resource.split('/');
        let kind = match parts.next() {
            Some("stream") => KvsKind::Stream,
            Some("channel") => KvsKind::Channel,
            other => return Err(bad("resource type", other.unwrap_or_default())),
        };
        let name = parts.next().ok_or(ArnError::Missing {
            field: "resource name",
        })?;
        check("resource name", name, is_resource_name(name))?;
        let creation = parts.next().ok_or(ArnError::Missing {
            field: "creation time",
        })?;
        let creation_ms = parse_creation(creation).ok_or_else(|| bad("creation time", creation))?;
        if parts.next().is_some() {
            return Err(bad("resource", &resource));
        }
        let name = name.to_owned();
        Ok(KvsArn {
            partition,
            region,
            account,
            kind,
            name,
            creation_ms,
        })
    }
}

impl fmt::Display for KvsArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let KvsArn {
            partition,
            region,
            account,
            kind,
            name,
            creation_ms,
        } = self;
        let kind = kind.as_str();
        write!(
            f,
            "arn:{partition}:{SERVICE}:{region}:{account}:{kind}/{name}/{creation_ms}"
        )
    }
}

/// What is wrong with a text that should be an ARN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArnError {
    /// Longer than an ARN may be.
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// A character outside printable ASCII.
    NotAscii,
    /// It does not begin with `arn:`.
    NoPrefix,
    /// It ends before this field.
    Missing {
        /// The field's name.
        field: &'static str,
    },
    /// This field is not what it must be.
    Bad {
        /// The field's name.
        field: &'static str,
        /// What stands there.
        value: String,
    },
}

impl fmt::Display for ArnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { bytes } => {
                write!(f, "an ARN has at most {MAX_BYTES} characters, not {bytes}")
            }
            Self::NotAscii => f.write_str("an ARN has only printable ASCII characters"),
            Self::NoPrefix => f.write_str("an ARN begins with 'arn:'"),
            Self::Missing { field } => write!(f, "the ARN has no {field}"),
            Self::Bad { field, value } => write!(f, "'{value}' is not a valid {field} in an ARN"),
        }
    }
}

impl std::error::Error for ArnError {}

fn check(field: &'static str, value: &str, is_good: bool) -> Result<(), ArnError> {
    if is_good {
        Ok(())
    } else {
        Err(bad(field, value))
    }
}

fn bad(field: &'static str, value: &str) -> ArnError {
    ArnError::Bad {
        field,
        value: value.chars().take(256).collect(),
    }
}

fn is_lower_or_dash(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn is_resource_name(name: &str) -> bool {
    (1..=256).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
}

/// Digits without leading zeros: another spelling of the number would be another ARN.
fn parse_creation(text: &str) -> Option<i64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number || (text.starts_with('0') && text != "0") {
        return None;
    }
    text.parse().ok()
}

const SERVICE: &str = "kinesisvideo";
/// The longest ARN the KVS API takes; IAM allows 2048.
const MAX_BYTES: usize = 2048;

#[cfg(test)]
mod tests {
    use super::{Arn, ArnError, KvsArn, KvsKind};

    #[test]
    fn arns_are_printed_as_they_were_read() {
        for text in [
            "arn:aws:iam::123456789012:user/division/alice",
            "arn:aws:iam::aws:policy/AdministratorAccess",
            "arn:aws-cn:sts::123456789012:assumed-role/camera/session=1,a@b",
            "arn:aws:iot:us-west-2:123456789012:rolealias/x:y:z",
            "arn:aws:s3:::bucket/key with space",
        ] {
            let arn = Arn::parse(text).expect(text);
            assert_eq!(arn.to_string(), text);
        }
        let arn = Arn::parse("arn:aws:iot:us-west-2:123456789012:a:b/c").expect("good");
        assert_eq!(arn.region, "us-west-2");
        assert_eq!(arn.resource, "a:b/c");
    }

    #[test]
    fn stream_and_channel_arns_are_read() {
        let text = "arn:aws:kinesisvideo:us-west-2:012345678901:stream/demo_1.x-y/1704164645123";
        let arn = KvsArn::parse(text).expect("good");
        assert_eq!(
            arn,
            KvsArn {
                partition: "aws".into(),
                region: "us-west-2".into(),
                account: "012345678901".into(),
                kind: KvsKind::Stream,
                name: "demo_1.x-y".into(),
                creation_ms: 1_704_164_645_123,
            }
        );
        assert_eq!(arn.to_string(), text);
        let channel = text.replace(":stream/", ":channel/");
        assert_eq!(
            KvsArn::parse(&channel).map(|arn| arn.kind),
            Ok(KvsKind::Channel)
        );
    }

    #[test]
    fn every_wrong_field_is_named() {
        let bad = |field, value: &str| ArnError::Bad {
            field,
            value: value.to_owned(),
        };
        let good = "arn:aws:kinesisvideo:us-west-2:1:stream/demo/1";
        assert!(KvsArn::parse(good).is_ok());
        for (from, to, error) in [
            ("arn:", "urn:", ArnError::NoPrefix),
            (":aws:", "::", bad("partition", "")),
            (":aws:", ":AWS:", bad("partition", "AWS")),
            ("kinesisvideo", "kinesis", bad("service", "kinesis")),
            ("us-west-2", "", bad("region", "")),
            ("us-west-2", "US", bad("region", "US")),
            (":1:", "::", bad("account", "")),
            (":1:", ":aws:", bad("account", "aws")),
            (":1:", ":1a:", bad("account", "1a")),
            (
                ":1:",
                ":123456789012345678901:",
                bad("account", "123456789012345678901"),
            ),
            ("stream/", "thing/", bad("resource type", "thing")),
            ("/demo", "/", bad("resource name", "")),
            ("demo", "de:mo", bad("resource name", "de:mo")),
            (
                "/demo/1",
                "",
                ArnError::Missing {
                    field: "resource name",
                },
            ),
            (
                "/1",
                "",
                ArnError::Missing {
                    field: "creation time",
                },
            ),
            ("/1", "/01", bad("creation time", "01")),
            ("/1", "/-1", bad("creation time", "-1")),
            (
                "/1",
                "/9223372036854775808",
                bad("creation time", "9223372036854775808"),
            ),
            ("/1", "/1/2", bad("resource", "stream/demo/1/2")),
            ("demo", "d\u{e9}mo", ArnError::NotAscii),
            (
                ":stream/demo/1",
                "",
                ArnError::Missing { field: "resource" },
            ),
            ("stream/demo/1", "", ArnError::Missing { field: "resource" }),
        ] {
            assert_eq!(
                KvsArn::parse(&good.replacen(from, to, 1)),
                Err(error),
                "{from} -> {to}"
            );
        }
    }

    #[test]
    fn lengths_are_bounded() {
        let good = "arn:aws:kinesisvideo:us-west-2:1:stream/demo/1";
        let long_name = good.replace("demo", &"x".repeat(257));
        assert!(matches!(
            KvsArn::parse(&long_name),
            Err(ArnError::Bad { .. })
        ));
        let long = good.replace("demo", &"x".repeat(2048));
        assert_eq!(
            KvsArn::parse(&long),
            Err(ArnError::TooLong { bytes: long.len() })
        );
        assert_eq!(ArnError::NoPrefix.to_string(), "an ARN begins with 'arn:'");
        assert_eq!(
            ArnError::Bad {
                field: "region",
                value: "X".to_owned()
            }
            .to_string(),
            "'X' is not a valid region in an ARN"
        );
    }
}

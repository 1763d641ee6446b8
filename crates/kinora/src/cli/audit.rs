//! `kinora audit`: who did what, as JSON lines.

use serde_json::Value;

use super::client::{CliError, Client};
use super::credentials::ConnectionArgs;
use super::timestamp;

/// Print the audit trail of an account, newest first, one JSON object a line
///
/// For root, and for whom cloudtrail:LookupEvents is allowed.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    kinora audit --max 10\n  \
    kinora audit --event ConsoleLogin --start 2026-01-31T00:00:00Z | jq .userIdentity.userName")]
pub struct AuditArgs {
    /// Oldest event: seconds since the epoch, or like 2026-01-31T12:00:00Z
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub start: Option<i64>,
    /// Events before this time
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub end: Option<i64>,
    /// Only events of this name, such as CreateUser
    #[arg(long, value_name = "NAME", value_parser = word)]
    pub event: Option<String>,
    /// Only what this user or role did; `root` for the root user
    #[arg(long, value_name = "NAME", value_parser = word)]
    pub user: Option<String>,
    /// Most events to print
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub max: usize,
    /// Where to ask and as whom.
    #[command(flatten)]
    pub connection: ConnectionArgs,
}

/// Runs `kinora audit`.
///
/// # Errors
///
/// What the server says, or that it cannot be reached.
pub async fn run(args: AuditArgs) -> Result<(), CliError> {
    let client = Client::load(&args.connection)?;
    let endpoint = client.endpoint()?;
    let mut left = args.max;
    let mut next: Option<String> = None;
    while left > 0 {
        let path = path(&args, left.min(PAGE), next.as_deref());
        let answer = client.fetch(&endpoint, &path).await?;
        let events = answer["Events"].as_array();
        let lines: Vec<String> = events.into_iter().flatten().map(Value::to_string).collect();
        left = left.saturating_sub(lines.len());
        super::print(
            &lines
                .iter()
                .map(|line| format!("{line}\n"))
                .collect::<String>(),
        )?;
        next = answer["NextToken"].as_str().map(str::to_owned);
        if next.is_none() {
            break;
        }
    }
    Ok(())
}

fn path(args: &AuditArgs, max: usize, next: Option<&str>) -> String {
    let seconds = |ms: Option<i64>| ms.map(timestamp::seconds);
    let parameters = [
        ("end", seconds(args.end)),
        ("event-name", args.event.clone()),
        ("max", Some(max.to_string())),
        ("next-token", next.map(str::to_owned)),
        ("start", seconds(args.start)),
        ("user-name", args.user.as_deref().map(encoded)),
    ];
    let given = parameters
        .into_iter()
        .filter_map(|(name, value)| Some(format!("{name}={}", value?)));
    format!("/_kinora/audit?{}", given.collect::<Vec<_>>().join("&"))
}

/// Names may have characters that an address gives a meaning to.
fn encoded(name: &str) -> String {
    let letter = |c: char| match c {
        '+' => "%2B".to_owned(),
        '=' => "%3D".to_owned(),
        ',' => "%2C".to_owned(),
        '@' => "%40".to_owned(),
        other => other.to_string(),
    };
    name.chars().map(letter).collect()
}

fn time(text: &str) -> Result<i64, String> {
    timestamp::parse(text)
        .ok_or_else(|| "seconds since the epoch, or a time like 2026-01-31T12:00:00Z".to_owned())
}

fn word(text: &str) -> Result<String, String> {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    match (1..=128).contains(&text.len()) && text.chars().all(is_letter) {
        true => Ok(text.to_owned()),
        false => Err("a name has letters, digits and _+=,.@-".to_owned()),
    }
}

const PAGE: usize = 1000;

#[cfg(test)]
mod tests {
    use super::{AuditArgs, path};
    use crate::cli::credentials::ConnectionArgs;

    #[test]
    fn what_is_asked_for_is_in_the_address() {
        let args = AuditArgs {
            start: Some(1_500),
            end: None,
            event: Some("CreateUser".to_owned()),
            user: Some("a+b".to_owned()),
            max: 5,
            connection: ConnectionArgs::default(),
        };
        assert_eq!(
            path(&args, 5, Some("tok")),
            "/_kinora/audit?event-name=CreateUser&max=5&next-token=tok&start=1.500\
             &user-name=a%2Bb"
        );
    }
}

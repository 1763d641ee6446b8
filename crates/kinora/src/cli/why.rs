//! `kinora why`: what was decided about a request, and what would change it.

use serde_json::Value;

use super::client::{CliError, Client};
use super::credentials::ConnectionArgs;

/// Explain why a request was allowed or denied
///
/// Every answer carries its request's id (x-amzn-RequestId; boto3: ResponseMetadata).
/// Whoever made a request may ask about it; others need kinora:GetDecision.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Example:\n  kinora why 8bb7c172-1ae9-4bca-9643-150d0657eff0")]
pub struct WhyArgs {
    /// Id of the request
    #[arg(value_name = "REQUEST-ID", value_parser = request_id)]
    pub request_id: String,
    /// Print what the server says as JSON
    #[arg(long)]
    pub json: bool,
    /// Where to ask and as whom.
    #[command(flatten)]
    pub connection: ConnectionArgs,
}

/// Runs `kinora why`.
///
/// # Errors
///
/// What the server says, or that it cannot be reached.
pub async fn run(args: WhyArgs) -> Result<(), CliError> {
    let client = Client::load(&args.connection)?;
    let path = format!("/_kinora/decisions/{}", args.request_id);
    let answer = client.fetch(&client.endpoint()?, &path).await?;
    if args.json {
        return super::print(&format!("{answer:#}\n"));
    }
    let decisions = answer["Decisions"].as_array();
    let texts: Vec<String> = decisions.into_iter().flatten().map(in_words).collect();
    super::print(&texts.join("\n"))
}

fn request_id(text: &str) -> Result<String, String> {
    let is_id = |c: char| c.is_ascii_alphanumeric() || c == '-';
    match (1..=128).contains(&text.len()) && text.chars().all(is_id) {
        true => Ok(text.to_owned()),
        false => Err("an id has letters, digits and dashes".to_owned()),
    }
}

fn in_words(decision: &Value) -> String {
    let get = |name: &str| decision[name].as_str().unwrap_or_default();
    let mut lines = vec![format!(
        "{}: {} by {}",
        get("Decision"),
        get("Action"),
        get("Principal")
    )];
    lines.push(format!("  on {}, at {}", get("Resource"), get("Time")));
    lines.push(format!("  decided by: {}", get("DecidedBy")));
    for statement in decision["Statements"].as_array().into_iter().flatten() {
        let get = |name: &str| match &statement[name] {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        let sid = match get("Sid").as_str() {
            "" => String::new(),
            sid => format!(" ({sid})"),
        };
        lines.push(format!(
            "  {} statement {}{sid} of {}, line {}",
            get("Effect"),
            get("Number"),
            get("Policy"),
            get("Line")
        ));
    }
    let missing = decision["MissingContextKeys"].as_array();
    let missing: Vec<&str> = missing
        .into_iter()
        .flatten()
        .flat_map(Value::as_str)
        .collect();
    if !missing.is_empty() {
        lines.push(format!(
            "  keys the request did not have: {}",
            missing.join(", ")
        ));
    }
    if !get("Remedy").is_empty() {
        lines.push(format!("  why: {}", get("Remedy")));
    }
    if decision["MissingStatement"].is_object() {
        lines.push("  this statement would allow it:".to_owned());
        lines.push(format!("  {}", decision["MissingStatement"]));
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{in_words, request_id};

    #[test]
    fn a_denial_names_what_is_missing() {
        let text = in_words(&json!({
            "Decision": "implicitDeny", "Action": "kinesisvideo:PutMedia",
            "Principal": "arn:aws:iam::1:user/bob", "Resource": "arn:x", "Time": "now",
            "DecidedBy": "identity-based policy", "Remedy": "no identity-based policy allows it",
            "MissingStatement": {"Effect": "Allow"}, "MissingContextKeys": ["aws:SourceIp"],
        }));
        assert_eq!(
            text,
            "implicitDeny: kinesisvideo:PutMedia by arn:aws:iam::1:user/bob\n  on arn:x, at now\n  \
             decided by: identity-based policy\n  keys the request did not have: aws:SourceIp\n  \
             why: no identity-based policy allows it\n  this statement would allow it:\n  \
             {\"Effect\":\"Allow\"}\n"
        );
    }

    #[test]
    fn an_id_is_no_path() {
        assert!(request_id("8bb7c172-1ae9").is_ok());
        assert!(request_id("../audit").is_err() && request_id("").is_err());
    }
}

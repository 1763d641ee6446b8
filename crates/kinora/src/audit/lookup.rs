//! `GET /_kinora/audit`: an account's trail, newest first, signed like every call.
//!
//! Ours, not AWS's; the answer is `{"Events":[…],"NextToken":…}` with events as CloudTrail
//! has them. `start` and `end` are seconds since the epoch, `event-name` and `user-name`
//! choose, `max` bounds a page, `next-token` asks for the next one. A page may be empty and
//! have a next one: only so many events are looked at for each.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use store::{AuditCursor, AuditRange, AuditRow};

use crate::audit::kept;
use crate::http::reply::{self, Reply};
use crate::ops::authority::{self, Ask};
use crate::ops::{ApiError, Caller, Cx};

/// Answers a request for a part of the caller's account's trail.
///
/// # Errors
///
/// Denial, `InvalidArgumentException`.
pub async fn serve(cx: &Cx, caller: &Caller, query: Option<&str>) -> Result<Reply, ApiError> {
    authority::check(cx, caller, &Ask::own(ACTION, "*"))?;
    let wanted = Wanted::parse(query.unwrap_or_default())?;
    // What was done before this call is in its answer.
    cx.server.audit.flush().await;
    let mut before = wanted.before;
    let mut found = Vec::new();
    let mut looked_at = 0;
    let next = loop {
        let range = AuditRange {
            start_ms: wanted.start_ms,
            end_ms: wanted.end_ms,
            before,
            limit: PAGE,
        };
        let rows = cx.server.store.audit(caller.account, range).await?;
        let is_last = rows.len() < PAGE;
        looked_at += rows.len();
        let mut full = None;
        for row in rows {
            before = Some(row.at);
            if wanted.is(&row) {
                found.push(row);
            }
            if found.len() == wanted.max {
                full = before;
                break;
            }
        }
        match full {
            Some(at) => break Some(at),
            None if is_last => break None,
            None if looked_at >= LOOKED_AT_MAX => break before,
            None => {}
        }
    };
    let events: Vec<Value> = found.iter().map(kept::words).collect();
    let mut answer = json!({ "Events": events });
    if let Some(at) = next {
        answer["NextToken"] = token(at).into();
    }
    Ok(reply::json(200, answer.to_string()))
}

/// What a request asks for.
struct Wanted {
    start_ms: u64,
    end_ms: u64,
    name: Option<String>,
    user: Option<String>,
    max: usize,
    before: Option<AuditCursor>,
}

impl Wanted {
    fn parse(query: &str) -> Result<Wanted, ApiError> {
        let values: HashMap<String, String> = match aws::query::document(query.as_bytes()) {
            Ok(Value::Object(members)) => members
                .into_iter()
                .filter_map(|(name, value)| Some((name, value.as_str()?.to_owned())))
                .collect(),
            _ => return Err(ApiError::invalid_argument("The query cannot be read.")),
        };
        let known = [
            "start",
            "end",
            "event-name",
            "user-name",
            "max",
            "next-token",
        ];
        if let Some(name) = values.keys().find(|name| !known.contains(&name.as_str())) {
            let message = format!("'{name}' is none of {}.", known.join(", "));
            return Err(ApiError::invalid_argument(message));
        }
        let get = |name: &str| values.get(name).filter(|value| !value.is_empty());
        let time = |name: &str, default| match get(name) {
            None => Ok(default),
            Some(text) => match text.parse::<f64>() {
                Ok(seconds) if (0.0..=SECONDS_MAX).contains(&seconds) => {
                    Ok((seconds * 1000.0) as u64)
                }
                _ => {
                    let message = format!("{name} must be seconds since the epoch.");
                    Err(ApiError::invalid_argument(message))
                }
            },
        };
        let max = match get("max").map(|text| text.parse::<usize>()) {
            None => MAX_DEFAULT,
            Some(Ok(max)) if (1..=MAX_MAX).contains(&max) => max,
            Some(_) => {
                let message = format!("max must be a number between 1 and {MAX_MAX}.");
                return Err(ApiError::invalid_argument(message));
            }
        };
        let before = match get("next-token") {
            None => None,
            Some(token) => Some(cursor(token).ok_or_else(|| {
                ApiError::invalid_argument("next-token is not one that was returned.")
            })?),
        };
        Ok(Wanted {
            start_ms: time("start", 0)?,
            end_ms: time("end", u64::MAX)?,
            name: get("event-name").cloned(),
            user: get("user-name").cloned(),
            max,
            before,
        })
    }

    fn is(&self, row: &AuditRow) -> bool {
        let fits = |wanted: &Option<String>, got: &str| {
            wanted
                .as_ref()
                .is_none_or(|wanted| wanted.eq_ignore_ascii_case(got))
        };
        fits(&self.name, &row.name) && fits(&self.user, &row.user)
    }
}

fn token(at: AuditCursor) -> String {
    URL_SAFE_NO_PAD.encode(format!("a1:{}:{}", at.at_ms, at.serial))
}

fn cursor(token: &str) -> Option<AuditCursor> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    let (at_ms, serial) = text.strip_prefix("a1:")?.split_once(':')?;
    Some(AuditCursor {
        at_ms: at_ms.parse().ok()?,
        serial: serial.parse().ok()?,
    })
}

/// What it takes to read the trail, as with CloudTrail.
const ACTION: &str = "cloudtrail:LookupEvents";

/// Events per page if the caller does not say, and at most.
const MAX_DEFAULT: usize = 50;
const MAX_MAX: usize = 1000;

/// Rows read at a time, and looked at for one page.
const PAGE: usize = 1000;
const LOOKED_AT_MAX: usize = 20_000;

/// The end of the year 9999.
const SECONDS_MAX: f64 = 253_402_300_799.0;

#[cfg(test)]
mod tests {
    use store::AuditCursor;

    use super::{Wanted, cursor, token};

    #[test]
    fn tokens_come_back() {
        let at = AuditCursor {
            at_ms: 1_700_000_000_000,
            serial: u64::MAX,
        };
        assert_eq!(cursor(&token(at)), Some(at));
        assert_eq!(cursor("a1:1:2"), None);
    }

    #[test]
    fn queries_are_read_and_mistakes_named() {
        let query = "start=1.5&end=2&event-name=CreateUser&user-name=a%2Bb&max=7";
        let wanted = Wanted::parse(query).unwrap_or_else(|error| panic!("{error:?}"));
        assert_eq!(
            (wanted.start_ms, wanted.end_ms, wanted.max),
            (1500, 2000, 7)
        );
        assert_eq!(wanted.user.as_deref(), Some("a+b"));
        for (query, needle) in [
            ("max=0", "between 1 and"),
            ("start=yesterday", "start must be"),
            ("user=bob", "'user' is none of"),
            ("next-token=x", "next-token"),
        ] {
            let error = Wanted::parse(query).err().map(|error| error.message);
            assert!(error.is_some_and(|text| text.contains(needle)), "{query}");
        }
    }
}

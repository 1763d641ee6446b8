//! What of a request or an answer may stand in the trail: names in CloudTrail's spelling,
//! secrets masked, long texts cut.

use serde_json::{Map, Value};

/// Cleans parameters: names begin in lower case, lists of forms become lists, secrets are
/// masked, long texts cut.
pub(super) fn clean(value: &mut Value) {
    walk(value, true);
}

/// As [`clean`], and names stay as they are.
pub(super) fn clean_values(value: &mut Value) {
    walk(value, false);
}

/// A text that is not too long; a longer one loses its end.
pub(super) fn shortened(mut text: String) -> String {
    if text.len() > TEXT_BYTES_MAX {
        text.truncate(text.floor_char_boundary(TEXT_BYTES_MAX));
        text.push('…');
    }
    text
}

fn walk(value: &mut Value, renames: bool) {
    match value {
        Value::String(text) => *text = shortened(std::mem::take(text)),
        Value::Array(items) => {
            items.truncate(ITEMS_MAX);
            for item in items {
                walk(item, renames);
            }
        }
        Value::Object(members) => {
            let old = std::mem::take(members);
            match list(old) {
                Ok(items) => {
                    *value = Value::Array(items);
                    walk(value, renames);
                }
                Err(old) => *members = cleaned(old, renames),
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn cleaned(old: Map<String, Value>, renames: bool) -> Map<String, Value> {
    let mut members = Map::with_capacity(old.len());
    for (name, mut value) in old.into_iter().take(ITEMS_MAX) {
        // What the protocol of forms adds is no parameter of the operation.
        if renames && matches!(name.as_str(), "Action" | "Version") {
            continue;
        }
        match is_secret(&name) && !value.is_null() {
            true => value = MASK.into(),
            false => walk(&mut value, renames),
        }
        let name = match renames {
            true => lower_first(&name),
            false => name,
        };
        members.insert(shortened(name), value);
    }
    members
}

/// `{"member": {"1": a, "2": b}}`, which is how a form writes `[a, b]`.
fn list(mut members: Map<String, Value>) -> Result<Vec<Value>, Map<String, Value>> {
    let is_list = members.len() == 1
        && matches!(members.get("member"), Some(Value::Object(items))
            if items.keys().all(|key| key.parse::<u32>().is_ok()));
    match members.remove("member") {
        Some(Value::Object(items)) if is_list => {
            let mut items: Vec<_> = items.into_iter().collect();
            items.sort_by_key(|(key, _)| key.parse::<u32>().unwrap_or(u32::MAX));
            Ok(items.into_iter().map(|(_, value)| value).collect())
        }
        Some(other) => {
            members.insert("member".to_owned(), other);
            Err(members)
        }
        None => Err(members),
    }
}

fn lower_first(name: &str) -> String {
    let mut chars = name.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => String::new(),
    }
}

/// Whether a member of this name holds a secret. Tokens that lead to the next page do not.
fn is_secret(name: &str) -> bool {
    let name: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let is_harmless = HARMLESS.contains(&name.as_str());
    !is_harmless && SECRET.iter().any(|word| name.contains(word))
}

/// Parts of names that secrets have.
const SECRET: &[&str] = &[
    "password",
    "passphrase",
    "secret",
    "token",
    "authenticationcode",
    "onetimecode",
    "otp",
    "mfacode",
    "seed",
    "qrcode",
    "privatekey",
    "assertion",
    "credential",
    "cookie",
    "authorization",
    "signature",
];

/// Names that look like those of secrets.
const HARMLESS: &[&str] = &[
    "nexttoken",
    "continuationtoken",
    "passwordresetrequired",
    "minimumpasswordlength",
    "maxpasswordage",
    "passwordreuseprevention",
    "allowuserstochangepassword",
    "passwordlastused",
    "globalendpointtokenversion",
    "servicespecificcredentialid",
    "subjectfromwebidentitytoken",
];

const MASK: &str = "***";

/// Longest text that is kept whole, bytes.
const TEXT_BYTES_MAX: usize = 4096;

/// Most members of an object and items of a list.
const ITEMS_MAX: usize = 200;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{TEXT_BYTES_MAX, clean, clean_values};

    #[test]
    fn secrets_are_masked_at_any_depth() {
        let mut value = json!({
            "UserName": "bob",
            "Password": "hunter2",
            "PasswordResetRequired": true,
            "NextToken": "page",
            "Deep": [{"OldPassword": "a", "WebIdentityToken": "b", "TokenCode": 123_456}],
            "client_secret": {"a": 1},
            "AuthenticationCode1": "111111",
        });
        clean(&mut value);
        assert_eq!(
            value,
            json!({
                "userName": "bob",
                "password": "***",
                "passwordResetRequired": true,
                "nextToken": "page",
                "deep": [{"oldPassword": "***", "webIdentityToken": "***", "tokenCode": "***"}],
                "client_secret": "***",
                "authenticationCode1": "***",
            })
        );
    }

    #[test]
    fn forms_become_lists() {
        let form = b"Action=TagUser&Version=2010-05-08&UserName=bob&Tags.member.1.Key=a\
            &Tags.member.1.Value=1&Tags.member.10.Key=c&Tags.member.2.Key=b";
        let mut value = aws::query::document(form).unwrap();
        clean(&mut value);
        let tags = json!([{"key": "a", "value": "1"}, {"key": "b"}, {"key": "c"}]);
        assert_eq!(value, json!({"userName": "bob", "tags": tags}));
    }

    #[test]
    fn long_texts_lose_their_end() {
        let mut value = json!({ "A": "ü".repeat(TEXT_BYTES_MAX) });
        clean_values(&mut value);
        let text = value["A"].as_str().unwrap();
        assert!(text.len() <= TEXT_BYTES_MAX + 3 && text.ends_with("ü…"));
    }
}

//! Rust names for wire names.

/// `StreamARN` → `stream_arn`, `QRCodePNG` → `qr_code_png`, `text/csv` → `text_csv`.
pub(crate) fn snake(wire: &str) -> String {
    words(wire).join("_")
}

/// `streamName` → `STREAM_NAME`.
pub(crate) fn screaming(wire: &str) -> String {
    snake(wire).to_ascii_uppercase()
}

/// An enum variant: `SINGLE_MASTER` → `SingleMaster`, `aws-managed` → `AwsManaged`.
pub(crate) fn variant(wire: &str) -> String {
    let name: String = words(wire).iter().map(|w| upper_first(w)).collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        format!("V{name}")
    } else {
        name
    }
}

/// A type name: the shape's own name with its first letter upper case.
pub(crate) fn type_name(shape: &str) -> String {
    upper_first(shape)
}

/// A field name: snake case, raw where Rust reserves the word.
pub(crate) fn field(wire: &str) -> String {
    let name = snake(wire);
    if KEYWORDS.contains(&name.as_str()) {
        format!("r#{name}")
    } else {
        name
    }
}

fn upper_first(word: &str) -> String {
    let mut chars = word.chars();
    match chars.next() {
        Some(first) => first.to_ascii_uppercase().to_string() + chars.as_str(),
        None => String::new(),
    }
}

/// Lower-case words: split at separators, at lower→upper, and before the last capital of a run.
fn words(wire: &str) -> Vec<String> {
    let chars: Vec<char> = wire.chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for (i, &c) in chars.iter().enumerate() {
        if !c.is_ascii_alphanumeric() {
            words.push(std::mem::take(&mut word));
            continue;
        }
        let after_lower =
            i > 0 && (chars[i - 1].is_ascii_lowercase() || chars[i - 1].is_ascii_digit());
        let after_upper = i > 0 && chars[i - 1].is_ascii_uppercase();
        let before_lower = chars.get(i + 1).is_some_and(char::is_ascii_lowercase);
        if c.is_ascii_uppercase() && (after_lower || after_upper && before_lower) {
            words.push(std::mem::take(&mut word));
        }
        word.push(c.to_ascii_lowercase());
    }
    words.push(word);
    words.retain(|w| !w.is_empty());
    words
}

const KEYWORDS: &[&str] = &[
    "type", "match", "ref", "move", "use", "in", "where", "final", "macro",
];

#[cfg(test)]
mod tests {
    use super::{field, screaming, variant};

    #[test]
    fn wire_names_become_rust_names() {
        for (wire, expect) in [
            ("StreamARN", "stream_arn"),
            ("APIName", "api_name"),
            ("HLSStreamingSessionURL", "hls_streaming_session_url"),
            ("MaxLocalMediaSizeInMB", "max_local_media_size_in_mb"),
            ("QRCodePNG", "qr_code_png"),
            ("OpenIDConnectProviderArn", "open_id_connect_provider_arn"),
            ("Base32StringSeed", "base32_string_seed"),
            ("Type", "r#type"),
        ] {
            assert_eq!(field(wire), expect);
        }
        assert_eq!(variant("SINGLE_MASTER"), "SingleMaster");
        assert_eq!(variant("aws-managed"), "AwsManaged");
        assert_eq!(variant("explicitDeny"), "ExplicitDeny");
        assert_eq!(variant("JPEGQuality"), "JpegQuality");
        assert_eq!(variant("text/csv"), "TextCsv");
        assert_eq!(screaming("existingUserNameType"), "EXISTING_USER_NAME_TYPE");
    }
}

//! `cargo xtask compat`: `docs/COMPAT.md`, the list of all operations and their status.
//!
//! Operations come from `models`; what is known of them from `docs/compat.txt`. Tidy
//! checks that the page is current and that the tests it names exist.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use serde_json::Value;

use crate::{Result, shell};

/// Writes the page.
pub(crate) fn run(_args: &[String]) -> Result<()> {
    let root = shell::root();
    let read = |path: &std::path::Path| {
        fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
    };
    let mut models = Vec::new();
    let folder = fs::read_dir(root.join("models")).map_err(|error| format!("models: {error}"))?;
    for entry in folder {
        let path = entry.map_err(|error| format!("models: {error}"))?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            models.push(read(&path)?);
        }
    }
    let page = page(&models, &read(&root.join(NOTES))?)?;
    fs::write(root.join(PAGE), page).map_err(|error| format!("{PAGE}: {error}"))
}

/// The page, from the texts of the models and the notes.
pub(crate) fn page(models: &[String], notes: &str) -> Result<String> {
    let mut notes = parse(notes)?;
    let mut services = BTreeMap::new();
    for text in models {
        let model: Value = serde_json::from_str(text).map_err(|error| format!("model: {error}"))?;
        let Some(name) = model["service"].as_str() else {
            continue; // Not a service, or a model in another form.
        };
        let mut operations = Vec::new();
        if let Some(known) = model["operations"].as_object() {
            operations.extend(known.keys().cloned());
        }
        if name == PUT_MEDIA.0 {
            operations.push(PUT_MEDIA.1.to_owned());
        }
        operations.sort();
        operations.dedup();
        let out_of_scope: Vec<String> = model["not_served"].as_array().map_or_else(Vec::new, |a| {
            a.iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect()
        });
        services.insert(name.to_owned(), (operations, out_of_scope));
    }
    let mut page = String::from(INTRODUCTION);
    for (service, (operations, out_of_scope)) in &services {
        section(&mut page, service, operations, &mut notes);
        if !out_of_scope.is_empty() {
            let names = out_of_scope.join(", ");
            let _ = writeln!(page, "\nNot planned: {names}.");
        }
    }
    match notes.keys().next() {
        Some((service, operation)) => Err(format!(
            "{NOTES}: `{service}` has no operation `{operation}`"
        )),
        None => Ok(page),
    }
}

fn section(page: &mut String, service: &str, operations: &[String], notes: &mut Notes) {
    let taken: Vec<(&String, Option<Note>)> = operations
        .iter()
        .map(|operation| {
            (
                operation,
                notes.remove(&(service.to_owned(), operation.clone())),
            )
        })
        .collect();
    let served = taken.iter().filter(|(_, note)| note.is_some()).count();
    let all = operations.len();
    let _ = write!(
        page,
        "\n## {service}\n\n{served} of {all} operations.\n\n{TABLE_HEAD}"
    );
    for (operation, note) in taken {
        let (status, test, deviation) = match &note {
            Some(note) => (
                note.status.as_str(),
                format!("`{}`", note.test),
                note.text.as_str(),
            ),
            None => ("no", String::new(), ""),
        };
        let _ = writeln!(page, "| {operation} | {status} | {test} | {deviation} |");
    }
}

/// What is known of one operation.
pub(crate) struct Note {
    /// `yes` or `partly`.
    pub(crate) status: String,
    /// `module::function` of the integration tests.
    pub(crate) test: String,
    /// How it differs from AWS; may be empty.
    pub(crate) text: String,
}

/// Notes by service and operation.
pub(crate) type Notes = BTreeMap<(String, String), Note>;

/// Reads the notes: `service operation status module::test | deviation` on each line.
pub(crate) fn parse(notes: &str) -> Result<Notes> {
    let mut all = Notes::new();
    for (index, line) in notes.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let wrong = |what: &str| format!("{NOTES}:{}: {what}", index + 1);
        let (facts, text) = line.split_once('|').unwrap_or((line, ""));
        let facts: Vec<&str> = facts.split_whitespace().collect();
        let [service, operation, status @ ("yes" | "partly"), test] = facts[..] else {
            return Err(wrong(
                "not `service operation yes|partly module::test | deviation`",
            ));
        };
        if !test.contains("::") {
            return Err(wrong("a test is named `module::function`"));
        }
        let note = Note {
            status: status.into(),
            test: test.into(),
            text: text.trim().to_owned(),
        };
        if all
            .insert((service.into(), operation.into()), note)
            .is_some()
        {
            return Err(wrong("the operation is listed twice"));
        }
    }
    Ok(all)
}

/// The generated page.
pub(crate) const PAGE: &str = "docs/COMPAT.md";
/// What people write.
pub(crate) const NOTES: &str = "docs/compat.txt";

/// The one operation that no vendor model has.
const PUT_MEDIA: (&str, &str) = ("kinesis-video-media", "PutMedia");

const INTRODUCTION: &str = "\
# Compatibility

Every operation of the AWS APIs that Kinora is about, and what it does with it. Written by
`cargo xtask compat` from the operations in `models` and the notes in `docs/compat.txt`; do
not edit.

*yes*: served as AWS documents it, but for what the last column says. *partly*: some of its
settings have no effect, as the last column says. *no*: answered with
`NotImplementedException` and status 501. The test is one of the integration tests, with a
real client. Every error that AWS documents for a served operation of IAM, STS or AWS IoT is
raised by `errors::every_documented_error_is_raised_or_said_why_not`, or is listed with the
reason in that test's `unraised.py`.
";

const TABLE_HEAD: &str = "\
| operation | served | test | differs from AWS |
| --- | --- | --- | --- |
";

#[cfg(test)]
mod tests {
    use super::page;

    const MODEL: &str = r#"{"service": "kinesis-video-media", "operations": {"GetMedia": {}},
        "not_served": ["Other"]}"#;

    #[test]
    fn every_operation_is_listed() {
        let notes = "# comment\n\nkinesis-video-media PutMedia yes put::live | keeps more\n";
        let page = page(&[MODEL.to_owned()], notes).expect("model and notes are well formed");
        let (_, section) = page.split_once("\n## ").expect("there is one service");
        assert_eq!(
            section,
            "kinesis-video-media\n\n1 of 2 operations.\n\n\
             | operation | served | test | differs from AWS |\n| --- | --- | --- | --- |\n\
             | GetMedia | no |  |  |\n| PutMedia | yes | `put::live` | keeps more |\n\n\
             Not planned: Other.\n"
        );
    }

    #[test]
    fn wrong_notes_are_refused() {
        for (notes, message) in [
            ("a B yes t::t", "docs/compat.txt: `a` has no operation `B`"),
            (
                "a B no t::t",
                "docs/compat.txt:1: not `service operation yes|partly module::test | deviation`",
            ),
            (
                "# x\na B yes t",
                "docs/compat.txt:2: a test is named `module::function`",
            ),
            (
                "a B yes t::t\na B yes t::t",
                "docs/compat.txt:2: the operation is listed twice",
            ),
        ] {
            assert_eq!(page(&[MODEL.to_owned()], notes), Err(message.to_owned()));
        }
    }
}

//! Prose that names things: what it names must exist.

use super::{Complaint, File, Tree};
use crate::compat;

/// Checks a Markdown file, or the `//!` comments of a source file.
pub(super) fn check(file: &File, tree: &Tree, complaints: &mut Vec<Complaint>) {
    let markdown = file.path.ends_with(".md");
    if file.path == "CHANGELOG.md" && !file.text.lines().any(|line| line == "## Unreleased") {
        let what = "no `## Unreleased` section";
        complaints.push(Complaint::new(file, 0, what));
    }
    if !markdown && !file.is_rust() {
        return;
    }
    let mut fenced = false;
    for (number, line) in file.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        let prose = markdown || line.trim_start().starts_with("//!");
        if !prose || (markdown && fenced) {
            continue;
        }
        for path in line
            .split('`')
            .skip(1)
            .step_by(2)
            .filter(|span| is_path(span))
        {
            if !tree.has(path) {
                let what = format!("`{path}` does not exist");
                complaints.push(Complaint::new(file, number, what));
            }
        }
        for link in links(line).filter(|_| markdown) {
            if let Err(what) = follow(link, &file.path, tree) {
                complaints.push(Complaint::new(file, number, what));
            }
        }
    }
}

/// Checks that the list of operations is what `cargo xtask compat` would write, and that
/// the tests it names exist.
pub(super) fn check_compat(tree: &Tree, complaints: &mut Vec<Complaint>) {
    let Some(file) = tree.files.iter().find(|file| file.path == compat::NOTES) else {
        return;
    };
    let model = |file: &&File| file.path.starts_with("models/") && file.path.ends_with(".json");
    let models: Vec<String> = tree
        .files
        .iter()
        .filter(model)
        .map(|f| f.text.clone())
        .collect();
    if models.is_empty() {
        return;
    }
    match compat::page(&models, &file.text) {
        Err(what) => complaints.push(Complaint::new(file, 0, what)),
        Ok(page)
            if tree
                .files
                .iter()
                .any(|f| f.path == compat::PAGE && f.text == page) => {}
        Ok(_) => {
            let what = format!("{} is not current: run `cargo xtask compat`", compat::PAGE);
            complaints.push(Complaint::new(file, 0, what));
        }
    }
    for note in compat::parse(&file.text).unwrap_or_default().values() {
        let (module, function) = note.test.split_once("::").unwrap_or_default();
        let path = format!("crates/it/tests/it/{module}.rs");
        let head = format!("fn {function}(");
        if !tree
            .files
            .iter()
            .any(|file| file.path == path && file.text.contains(&head))
        {
            let what = format!("there is no test `{}` in {path}", note.test);
            complaints.push(Complaint::new(file, 0, what));
        }
    }
}

/// Whether a code span names a file or folder of the repository.
fn is_path(span: &str) -> bool {
    let top = TOP_FOLDERS.iter().any(|folder| span.starts_with(folder));
    top && !span.contains(['<', '*', '{', '…', ' ', '$'])
}

/// The targets of `[text](target)`.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')').map(|(link, _)| link))
}

/// Checks that a link inside the repository leads somewhere.
fn follow(link: &str, from: &str, tree: &Tree) -> Result<(), String> {
    if link.contains("://") || link.starts_with("mailto:") {
        return Ok(());
    }
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = match path {
        "" => from.to_owned(),
        _ => resolve(from, path),
    };
    if !tree.has(&target) {
        return Err(format!("link to `{link}`: there is no `{target}`"));
    }
    let Some(page) = tree.files.iter().find(|file| file.path == target) else {
        return Ok(());
    };
    let found = anchor.is_empty() || page.text.lines().any(|line| heading(line) == anchor);
    match found {
        true => Ok(()),
        false => Err(format!("link to `{link}`: `{target}` has no such heading")),
    }
}

/// A relative link, seen from the root.
fn resolve(from: &str, link: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

/// The anchor that a renderer gives a heading; empty for other lines.
fn heading(line: &str) -> String {
    let Some(title) = line.strip_prefix('#') else {
        return String::new();
    };
    let title = title.trim_start_matches('#').trim();
    let kept = title
        .chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

/// Folders at the root: a code span that begins with one is a path.
const TOP_FOLDERS: &[&str] = &[
    "crates/", "docs/", "xtask/", "models/", "console/", "fuzz/", ".ci/", ".cargo/",
];

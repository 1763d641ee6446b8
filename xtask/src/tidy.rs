//! `cargo xtask tidy`: the house rules that no compiler checks.
//!
//! Rules look at text, not at syntax trees: rustfmt makes the text regular enough, and
//! a rule stays a few lines long. Each group of rules is a module: [`source`] for single
//! files, [`layers`] for what may know what, [`docs`] for prose that names things.

mod docs;
mod layers;
mod source;

use std::fmt;
use std::path::Path;

use crate::{Result, deny, shell};

/// Checks the repository and prints what is wrong.
pub(crate) fn run(_args: &[String]) -> Result<()> {
    let tree = Tree::read(&shell::root())?;
    let complaints = check(&tree);
    for complaint in &complaints {
        eprintln!("{complaint}");
    }
    println!(
        "tidy: {} files, {} packages in the tree",
        tree.files.len(),
        deny::tree_size()?
    );
    match complaints.len() {
        0 => Ok(()),
        n => Err(format!(
            "{n} complaints; the rules are in docs/STYLE.md and xtask/src/tidy"
        )),
    }
}

/// All complaints about a tree, in order of path and line.
fn check(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for file in &tree.files {
        source::check(file, &mut complaints);
        layers::check(file, &mut complaints);
        docs::check(file, tree, &mut complaints);
    }
    docs::check_compat(tree, &mut complaints);
    complaints.sort();
    complaints
}

/// The files of a repository.
struct Tree {
    /// Text files by path; those that are not UTF-8 have an empty text.
    files: Vec<File>,
}

/// One file.
struct File {
    /// From the root, with `/`.
    path: String,
    text: String,
}

impl Tree {
    /// Reads what git knows or would add.
    fn read(root: &Path) -> Result<Tree> {
        let mut git = shell::program("git");
        git.args(["ls-files", "--cached", "--others", "--exclude-standard"]);
        let mut files = Vec::new();
        for path in shell::output(git.current_dir(root))?.lines() {
            // A file that is deleted but still in the index cannot be read.
            if let Ok(bytes) = std::fs::read(root.join(path)) {
                // What a fuzzer made up is nobody's prose.
                let corpus = path.starts_with("fuzz/corpus/");
                let bytes = if corpus { Vec::new() } else { bytes };
                let text = String::from_utf8(bytes).unwrap_or_default();
                files.push(File {
                    path: path.to_owned(),
                    text,
                });
            }
        }
        Ok(Tree { files })
    }

    /// Whether there is a file or folder of this path.
    fn has(&self, path: &str) -> bool {
        let folder = format!("{}/", path.trim_end_matches('/'));
        self.files
            .iter()
            .any(|file| file.path == path || file.path.starts_with(&folder))
    }
}

impl File {
    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Whether it is written by `cargo xtask codegen`.
    fn is_generated(&self) -> bool {
        self.path.starts_with("crates/aws/src/shapes/")
    }

    /// Numbered lines, from 1.
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line))
    }

    /// Numbered lines of code proper: without comments, and only up to the tests.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let tests = self.path.ends_with("/tests.rs") || self.path.contains("/tests/");
        self.lines()
            .take_while(move |(_, line)| !tests && line.trim() != "#[cfg(test)]")
            .map(|(number, line)| (number, uncommented(line)))
            .filter(|(_, line)| !line.trim().is_empty())
    }
}

/// A line without its `//` comment. A `//` inside a string or URL is kept.
fn uncommented(line: &str) -> &str {
    if line.trim_start().starts_with("//") {
        return "";
    }
    line.split_once(" // ").map_or(line, |(code, _)| code)
}

/// Whether `text` contains `word` with no identifier character on either side.
fn has_word(text: &str, word: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        !text[..at].ends_with(inside) && !text[at + word.len()..].starts_with(inside)
    })
}

/// Something that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Complaint {
    path: String,
    /// 0 if it concerns the whole file.
    line: usize,
    what: String,
}

impl Complaint {
    fn new(file: &File, line: usize, what: impl Into<String>) -> Complaint {
        Complaint {
            path: file.path.clone(),
            line,
            what: what.into(),
        }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.what),
            line => write!(f, "{}:{line}: {}", self.path, self.what),
        }
    }
}

#[cfg(test)]
mod tests;

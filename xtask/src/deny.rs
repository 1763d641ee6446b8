//! `cargo xtask deny`: which crates may be in the tree, by `deny.toml`.
//!
//! The subset of cargo-deny that needs no network: licences, sources, banned crates and
//! duplicate versions. See `docs/adr/0008-licence-check-in-xtask.md`.

use std::collections::BTreeMap;

use crate::{Result, shell};

/// Checks the normal and build dependencies of all workspace members.
pub(crate) fn run() -> Result<()> {
    let path = shell::root().join("deny.toml");
    let rules = std::fs::read_to_string(&path).map_err(|error| format!("deny.toml: {error}"))?;
    let packages = tree(&["--workspace"])?;
    let complaints = check(&Rules::parse(&rules)?, &packages);
    for complaint in &complaints {
        eprintln!("deny: {complaint}");
    }
    match complaints.len() {
        0 => {
            println!(
                "deny: {} packages from registries, all allowed",
                packages.len()
            );
            Ok(())
        }
        n => Err(format!(
            "{n} complaints about dependencies; the rules are in deny.toml"
        )),
    }
}

/// How many packages from registries a build of the server has.
pub(crate) fn tree_size() -> Result<usize> {
    Ok(tree(&["--package", "kinora"])?.len())
}

/// A package from a registry or a git repository.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Package {
    name: String,
    version: String,
    license: String,
    source: String,
}

/// All packages that some members reach over normal and build dependencies.
fn tree(members: &[&str]) -> Result<Vec<Package>> {
    let mut cargo = shell::cargo();
    cargo.args([
        "tree",
        "--locked",
        "--edges=normal,build",
        "--prefix=none",
        "--format={p}|{l}",
    ]);
    cargo.args(["--target", PLATFORM]).args(members);
    let mut packages: Vec<Package> = shell::output(&mut cargo)?
        .lines()
        .filter_map(Package::parse)
        .collect();
    packages.sort();
    packages.dedup();
    Ok(packages)
}

impl Package {
    /// Reads a line like `name v1.2.3 (source)|licence (*)`; `None` for our own crates.
    fn parse(line: &str) -> Option<Package> {
        let (package, license) = line.trim_end_matches(" (*)").split_once('|')?;
        let mut words = package.split(' ');
        let name = words.next()?;
        let version = words.next()?.trim_start_matches('v');
        let source = words
            .map(|word| word.trim_matches(['(', ')']))
            .find(|w| *w != "proc-macro");
        let source = source.unwrap_or("crates.io");
        let package = Package {
            name: name.to_owned(),
            version: version.to_owned(),
            license: license.to_owned(),
            source: source.to_owned(),
        };
        (!source.starts_with('/')).then_some(package)
    }
}

/// The lists of `deny.toml`, by section and key (`licenses.allow`).
struct Rules {
    lists: BTreeMap<String, Vec<String>>,
}

impl Rules {
    /// Reads the small part of TOML that the file uses: sections, and keys whose value
    /// is an array of plain strings. Other keys are cargo-deny's business.
    fn parse(text: &str) -> Result<Rules> {
        let mut lists: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut section = "";
        let mut open: Option<String> = None;
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']'))
                && open.is_none()
            {
                section = name;
                continue;
            }
            let mut values = line;
            if open.is_none() {
                let Some((key, value)) = line.split_once('=') else {
                    continue;
                };
                let Some(list) = value.trim().strip_prefix('[') else {
                    continue;
                };
                open = Some(format!("{section}.{}", key.trim()));
                values = list;
            }
            let Some(key) = &open else {
                continue;
            };
            let list = lists.entry(key.clone()).or_default();
            list.extend(values.split('"').skip(1).step_by(2).map(str::to_owned));
            if values.ends_with(']') {
                open = None;
            }
        }
        match open {
            Some(key) => Err(format!("deny.toml: the list `{key}` is not closed")),
            None => Ok(Rules { lists }),
        }
    }

    fn list(&self, key: &str) -> &[String] {
        self.lists.get(key).map_or(&[], Vec::as_slice)
    }
}

fn check(rules: &Rules, packages: &[Package]) -> Vec<String> {
    let mut complaints = Vec::new();
    let allowed = rules.list("licenses.allow");
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in packages {
        let Package {
            name,
            version,
            license,
            source,
        } = package;
        if !license_allowed(license, allowed) {
            complaints.push(format!(
                "{name} {version}: licence `{license}` is not allowed"
            ));
        }
        if source != "crates.io" {
            complaints.push(format!(
                "{name} {version}: source `{source}` is not allowed"
            ));
        }
        if rules.list("bans.deny").contains(name) {
            complaints.push(format!(
                "{name} {version}: banned, the reason is in deny.toml"
            ));
        }
        let skipped = rules.list("bans.skip").iter().any(|skip| {
            skip.split_once('@').is_some_and(|(skip, prefix)| {
                skip == name && (version == prefix || version.starts_with(&format!("{prefix}.")))
            })
        });
        if !skipped {
            versions.entry(name).or_default().push(version);
        }
    }
    for (name, versions) in versions.iter().filter(|(_, versions)| versions.len() > 1) {
        complaints.push(format!("{name}: several versions: {}", versions.join(", ")));
    }
    complaints
}

/// Whether an SPDX expression can be satisfied by allowed licences alone. An exception
/// (`WITH …`) only adds permissions, so it is passed over; the old `/` means `OR`.
fn license_allowed(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let mut tokens = spaced.split_whitespace().peekable();
    let ok = any_of(&mut tokens, allowed);
    ok && tokens.next().is_none()
}

type Tokens<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn any_of(tokens: &mut Tokens<'_>, allowed: &[String]) -> bool {
    let mut ok = all_of(tokens, allowed);
    while tokens.next_if_eq(&"OR").is_some() {
        ok |= all_of(tokens, allowed);
    }
    ok
}

fn all_of(tokens: &mut Tokens<'_>, allowed: &[String]) -> bool {
    let mut ok = one(tokens, allowed);
    while tokens.next_if_eq(&"AND").is_some() {
        ok &= one(tokens, allowed);
    }
    ok
}

fn one(tokens: &mut Tokens<'_>, allowed: &[String]) -> bool {
    match tokens.next() {
        Some("(") => {
            let ok = any_of(tokens, allowed);
            ok & tokens.next_if_eq(&")").is_some()
        }
        Some(name) => {
            if tokens.next_if_eq(&"WITH").is_some() {
                tokens.next();
            }
            allowed.iter().any(|license| license == name)
        }
        None => false,
    }
}

/// What is released; other platforms' dependencies are not looked at.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";

#[cfg(test)]
mod tests {
    use super::{Package, Rules, check, license_allowed};

    const RULES: &str = r#"
        [licenses]
        allow = ["MIT", "Apache-2.0"] # both
        [sources]
        unknown-git = "deny"
        [bans]
        deny = [
          "bad",   # a reason with "quotes"
        ]
        skip = ["twice@1", ]
    "#;

    fn package(name: &str, version: &str, license: &str, source: &str) -> Package {
        let [name, version, license, source] = [name, version, license, source].map(str::to_owned);
        Package {
            name,
            version,
            license,
            source,
        }
    }

    #[test]
    fn license_expressions() {
        let allowed = ["MIT".to_owned(), "Apache-2.0".to_owned()];
        for good in [
            "MIT",
            "MIT/GPL-3.0",
            "GPL-3.0 OR MIT",
            "Apache-2.0 WITH LLVM-exception",
            "(GPL-3.0 OR MIT) AND Apache-2.0",
            "MIT AND (Apache-2.0 OR ISC)",
        ] {
            assert!(license_allowed(good, &allowed), "{good}");
        }
        for bad in [
            "",
            "GPL-3.0",
            "MIT AND GPL-3.0",
            "(MIT",
            "MIT)",
            "MIT OR",
            "ISC OR GPL-3.0",
        ] {
            let lax = bad == "MIT OR";
            assert_eq!(license_allowed(bad, &allowed), lax, "{bad}");
        }
    }

    #[test]
    fn lines_of_cargo_tree() {
        assert_eq!(
            Package::parse("a_derive v1.0.2 (proc-macro)|MIT OR Apache-2.0 (*)"),
            Some(package(
                "a_derive",
                "1.0.2",
                "MIT OR Apache-2.0",
                "crates.io"
            ))
        );
        assert_eq!(
            Package::parse("a v0.1.0 (https://example.com/a#1a2b)|"),
            Some(package("a", "0.1.0", "", "https://example.com/a#1a2b"))
        );
        assert_eq!(
            Package::parse("kvs v0.0.0 (/somewhere/kvs)|Apache-2.0"),
            None
        );
        assert_eq!(Package::parse(""), None);
    }

    #[test]
    fn each_rule_complains() {
        let registry = "crates.io";
        let packages = [
            package("bad", "1.0.0", "MIT", registry),
            package("closed", "1.0.0", "Proprietary", registry),
            package("fork", "1.0.0", "MIT", "https://example.com/fork#1a2b"),
            package("good", "1.0.0", "MIT OR Apache-2.0", registry),
            package("pair", "1.0.0", "MIT", registry),
            package("pair", "2.0.0", "MIT", registry),
            package("twice", "1.4.0", "MIT", registry),
            package("twice", "2.0.0", "MIT", registry),
        ];
        let rules = Rules::parse(RULES).expect("the rules above are well formed");
        assert_eq!(
            check(&rules, &packages),
            [
                "bad 1.0.0: banned, the reason is in deny.toml",
                "closed 1.0.0: licence `Proprietary` is not allowed",
                "fork 1.0.0: source `https://example.com/fork#1a2b` is not allowed",
                "pair: several versions: 1.0.0, 2.0.0",
            ]
        );
    }

    #[test]
    fn an_open_list_is_an_error() {
        assert!(Rules::parse("[bans]\ndeny = [\n\"a\",\n").is_err());
    }
}

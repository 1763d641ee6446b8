//! `cargo xtask deny`: which crates may be in the tree, by `deny.toml`.
//!
//! The subset of cargo-deny that needs no network: licences, sources, banned crates and
//! duplicate versions. See `docs/adr/0008-licence-check-in-xtask.md`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{Result, shell};

/// Checks the normal and build dependencies of all workspace members.
pub(crate) fn run() -> Result<()> {
    let path = shell::root().join("deny.toml");
    let rules = std::fs::read_to_string(&path).map_err(|error| format!("deny.toml: {error}"))?;
    let packages = tree(&metadata()?)?;
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
    Ok(tree(&metadata()?)?.len())
}

fn metadata() -> Result<Value> {
    let mut cargo = shell::cargo();
    cargo.args([
        "metadata",
        "--format-version=1",
        "--locked",
        "--filter-platform",
        PLATFORM,
    ]);
    let text = shell::output(&mut cargo)?;
    serde_json::from_str(&text).map_err(|error| format!("cargo metadata: {error}"))
}

/// A package from a registry or a git repository.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Package {
    name: String,
    version: String,
    license: String,
    source: String,
}

/// All packages that workspace members reach over normal and build dependencies.
fn tree(metadata: &Value) -> Result<Vec<Package>> {
    let missing = || "cargo metadata lacks a field".to_owned();
    let array = |value: &Value| value.as_array().cloned().ok_or_else(missing);
    let mut edges: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for node in array(&metadata["resolve"]["nodes"])? {
        let mut to = Vec::new();
        for dep in array(&node["deps"])? {
            let dev = |kind: &Value| kind["kind"] == "dev";
            if !array(&dep["dep_kinds"])?.iter().all(dev) {
                to.push(text(&dep["pkg"]));
            }
        }
        edges.insert(text(&node["id"]), to);
    }
    let mut waiting: Vec<String> = array(&metadata["workspace_members"])?
        .iter()
        .map(text)
        .collect();
    let mut seen = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        if let Some(to) = edges.get(&id).filter(|_| seen.insert(id.clone())) {
            waiting.extend(to.iter().cloned());
        }
    }
    let mut packages = Vec::new();
    for package in array(&metadata["packages"])? {
        if package["source"].is_string() && seen.contains(&text(&package["id"])) {
            packages.push(Package {
                name: text(&package["name"]),
                version: text(&package["version"]),
                license: text(&package["license"]),
                source: text(&package["source"]),
            });
        }
    }
    packages.sort();
    Ok(packages)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
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
        let registry = source.strip_prefix("registry+").unwrap_or_default();
        if !rules
            .list("sources.allow-registry")
            .iter()
            .any(|known| known == registry)
        {
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
        allow-registry = ["https://index"]
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
    fn each_rule_complains() {
        let registry = "registry+https://index";
        let packages = [
            package("bad", "1.0.0", "MIT", registry),
            package("closed", "1.0.0", "Proprietary", registry),
            package("fork", "1.0.0", "MIT", "git+https://example.com/fork"),
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
                "fork 1.0.0: source `git+https://example.com/fork` is not allowed",
                "pair: several versions: 1.0.0, 2.0.0",
            ]
        );
    }

    #[test]
    fn an_open_list_is_an_error() {
        assert!(Rules::parse("[bans]\ndeny = [\n\"a\",\n").is_err());
    }
}

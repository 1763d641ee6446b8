//! Tidy's messages on small trees, and its verdict on the real one.

use super::{File, Tree, check};

fn complaints(files: &[(&str, &str)]) -> Vec<String> {
    let file = |(path, text): &(&str, &str)| File {
        path: (*path).to_owned(),
        text: (*text).to_owned(),
    };
    let tree = Tree {
        files: files.iter().map(file).collect(),
    };
    check(&tree).iter().map(ToString::to_string).collect()
}

#[test]
fn the_repository_is_tidy() {
    let tree = Tree::read(&crate::shell::root()).expect("git lists the files");
    assert!(tree.has("xtask/src/tidy.rs"), "the tree was not read");
    let complaints: Vec<String> = check(&tree).iter().map(ToString::to_string).collect();
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn a_good_file_passes() {
    let text = "//! A.\n\nuse std::fmt;\n\n/// B.\npub fn b(n: u32) -> u32 {\n    n * 2\n}\n";
    assert_eq!(complaints(&[("crates/kvs/src/a.rs", text)]), [""; 0]);
}

#[test]
fn sizes() {
    let long_line = format!("//! {}\n", "x".repeat(97));
    let long_file = format!("//! x\n{}", "\n".repeat(900));
    let signature = "    pub async fn f<T>(a: T) {";
    let body = "        work();\n".repeat(71);
    let long_function = format!("//! x\nimpl A {{\n{signature}\n{body}    }}\n}}\n");
    let body = "        work();\n".repeat(70);
    let just_fits = format!("//! x\nimpl A {{\n    fn g();\n    fn f() {{\n{body}    }}\n}}\n");
    assert_eq!(
        complaints(&[
            ("crates/a/src/columns.rs", &long_line),
            ("crates/a/src/file.rs", &long_file),
            ("crates/a/src/fits.rs", &just_fits),
            ("crates/a/src/function.rs", &long_function),
            ("crates/aws/src/shapes/generated.rs", &long_file),
        ]),
        [
            "crates/a/src/columns.rs:1: 101 columns; a line has at most 100",
            "crates/a/src/file.rs: 901 lines; a file has at most 900",
            "crates/a/src/function.rs:3: `f` has 71 lines; a function has at most 70",
        ]
    );
}

#[test]
fn names_and_documentation() {
    assert_eq!(
        complaints(&[
            ("crates/a/src/b/mod.rs", "//! x\n"),
            (
                "crates/a/src/nodoc.rs",
                "#![forbid(unsafe_code)]\n\nfn f() {}\n"
            ),
            ("crates/a/src/utils.rs", "//! x\n"),
            ("crates/a/src/common/b.rs", "//! x\n"),
        ]),
        [
            "crates/a/src/b/mod.rs: modules are `foo.rs` beside `foo/`, not `foo/mod.rs`",
            "crates/a/src/common/b.rs: `common` says nothing: name the module after what it knows",
            "crates/a/src/nodoc.rs:1: no module documentation: start with a `//!` comment",
            "crates/a/src/utils.rs: `utils` says nothing: name the module after what it knows",
        ]
    );
}

#[test]
fn words() {
    let text = [
        "//! x",
        "use super::*;",
        concat!("#[", "ignore]"),
        concat!("    let a = todo", "!();"),
        concat!("// FIX", "ME later"),
        "static mut A: u32 = 0;",
        "pub(crate) static B: Mutex<u32> = Mutex::new(0);",
        "static C: AtomicU64 = AtomicU64::new(0);",
        "static D: &str = \"Mutexes are fine in text\";",
        concat!("// see /tmp/", "wt/x and https://example.com/wo", "rk/"),
    ]
    .join("\n");
    let path = "crates/a/src/b.rs";
    assert_eq!(
        complaints(&[(path, &text)]),
        [
            format!("{path}:2: glob import: name what is used"),
            format!("{path}:3: an ignored test: make it run or take it out"),
            format!("{path}:4: unfinished code: finish it or write it down as an issue"),
            format!(
                "{path}:5: `{}{}`: finish it or write it down as an issue",
                "FIX", "ME"
            ),
            format!("{path}:6: global mutable state: pass it as a value"),
            format!("{path}:7: global mutable state: pass it as a value"),
            format!("{path}:8: global mutable state: pass it as a value"),
            format!(
                "{path}:10: `/tmp/{}` is a place on somebody's machine",
                "wt"
            ),
        ]
    );
}

#[test]
fn layers() {
    let manifest = "[package]\nname = \"kvs\"\n\n[dependencies]\nbytes.workspace = true\n\
                    serde = \"1\"\n\n[dev-dependencies]\nproptest.workspace = true\n";
    let found = complaints(&[
        ("crates/kvs/Cargo.toml", manifest),
        (
            "crates/kvs/src/a.rs",
            "//! HTTP.\n// serde\n#[derive(Serialize)]\n",
        ),
        ("crates/kinora/src/ops.rs", "//! x\nuse hyper::Body;\n"),
        ("crates/kinora/src/ops/a.rs", "//! x\nuse aws::shapes::A;\n"),
        ("crates/kinora/src/http/a.rs", "//! x\nuse store::Store;\n"),
        (
            "crates/kinora/src/hub.rs",
            "//! x\nuse aws::shapes::A;\nuse store::memory::M;\n",
        ),
        (
            "crates/media/src/a.rs",
            "//! x\nlet now = Instant::now();\n#[cfg(test)]\nkvs::x();\n",
        ),
    ]);
    let places: Vec<&str> = found
        .iter()
        .filter_map(|text| text.split(": ").next())
        .collect();
    assert_eq!(
        places,
        [
            "crates/kinora/src/http/a.rs:2",
            "crates/kinora/src/hub.rs:2",
            "crates/kinora/src/hub.rs:3",
            "crates/kinora/src/ops.rs:2",
            "crates/kvs/Cargo.toml:6",
            "crates/kvs/src/a.rs:3",
            "crates/media/src/a.rs:2",
        ]
    );
    assert_eq!(
        found[5],
        "crates/kvs/src/a.rs:3: `Serialize` here: `kvs` knows neither HTTP nor wire shapes"
    );
}

#[test]
fn prose_names_what_exists() {
    let page = "# Page\n\n## A good part\n\nSee `crates/a/src/a.rs` and `crates/a/`, not \
                `crates/gone.rs`.\n`crates/<name>/src` is a pattern.\n[ok](other.md#deep-down) \
                [bad](other.md#nowhere) [gone](../gone.md) [self](#a-good-part) \
                [web](https://example.com/a)\n```\n`docs/example.md`\n```\n";
    assert_eq!(
        complaints(&[
            ("CHANGELOG.md", "# Changelog\n"),
            ("crates/a/src/a.rs", "//! See `docs/none.md`.\n"),
            ("docs/other.md", "# Other\n\n### Deep *down*!\n"),
            ("docs/page.md", page),
        ]),
        [
            "CHANGELOG.md: no `## Unreleased` section",
            "crates/a/src/a.rs:1: `docs/none.md` does not exist",
            "docs/page.md:5: `crates/gone.rs` does not exist",
            "docs/page.md:7: link to `../gone.md`: there is no `gone.md`",
            "docs/page.md:7: link to `other.md#nowhere`: `docs/other.md` has no such heading",
        ]
    );
}

#[test]
fn the_list_of_operations_is_current() {
    let model = r#"{"service": "a", "operations": {"B": {}, "C": {}}}"#;
    let notes = "a B yes one::works\na C yes one::gone\n";
    let test = "//! x\n#[test]\nfn works() {\n}\n";
    let page = crate::compat::page(&[model.to_owned()], notes).expect("they are well formed");
    let tree = |page| {
        complaints(&[
            ("models/a.json", model),
            ("docs/compat.txt", notes),
            ("docs/COMPAT.md", page),
            ("crates/it/tests/it/one.rs", test),
        ])
    };
    let gone = "docs/compat.txt: there is no test `one::gone` in crates/it/tests/it/one.rs";
    assert_eq!(tree(&page), [gone]);
    let stale = "docs/compat.txt: docs/COMPAT.md is not current: run `cargo xtask compat`";
    assert_eq!(tree("# Compatibility\n"), [stale, gone]);
}

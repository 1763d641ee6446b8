//! Samples of everything that is ever kept, frozen: what was written once must be read for
//! ever.
//!
//! They lie in `testdata`, in hexadecimal. With `UPDATE_EXPECT=1` a sample that is missing
//! is written; one that is there is never changed.

use std::fs;
use std::path::PathBuf;

/// The bytes of a sample, by its path in `testdata` without suffix; `new` makes one that is
/// missing.
pub(crate) fn sample(name: &str, new: impl FnOnce() -> Vec<u8>) -> Vec<u8> {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let path = dir.join(format!("{name}.hex"));
    if !path.exists() && std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, to_hex(&new())).unwrap();
    }
    let sample = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
    from_hex(&sample)
}

pub(crate) fn to_hex(bytes: &[u8]) -> String {
    let lines = bytes.chunks(32).map(|line| {
        let line: String = line.iter().map(|byte| format!("{byte:02x}")).collect();
        line + "\n"
    });
    lines.collect()
}

fn from_hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let pair = |pair: &[u8]| {
        let text = std::str::from_utf8(pair).unwrap();
        u8::from_str_radix(text, 16).unwrap()
    };
    digits.chunks(2).map(pair).collect()
}

//! Bodies of fuzz targets: any bytes may come in, nothing may panic.

use crate::op::Op;
use crate::query;

/// Feeds the bytes to every operation's input parser, JSON and Query alike.
pub fn fuzz_json(data: &[u8]) {
    for op in Op::ALL {
        // Refusals are fine; only a panic is a finding.
        let _ = op.check_input(data);
    }
    let _ = query::Call::parse(data);
}

#[cfg(test)]
mod tests {
    use super::fuzz_json;

    #[test]
    fn awkward_bodies_do_not_panic() {
        let deep = "[".repeat(100_000);
        let nested = "{\"Tags\":".repeat(200);
        for body in [
            "",
            "{}",
            "[]",
            "null",
            "{",
            "\u{0}",
            "{\"StreamName\":{}}",
            "%",
            "%4",
            "%zz",
            "&&=&",
            "{\"MaxResults\":1e999}",
            "{\"MaxResults\":-0.0}",
            "{\"StartTimestamp\":1e18}",
            "{\"Tags\":{\"k\":null}}",
            "{\"Tags\":[null]}",
            "{\"Tags\":[{\"Key\":1}]}",
            "{\"Fragments\":[[]]}",
            "{\"\u{1f3a5}\":\"\u{1f3a5}\"}",
            "Tags.member.1.Key=a&Tags.member.1=b",
            "Tags.member.x=1",
            "Tags.member=1",
            "....=1",
            "Tags.member.99999999999999999999.Key=1",
            "A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A=1",
            deep.as_str(),
            nested.as_str(),
        ] {
            fuzz_json(body.as_bytes());
        }
        fuzz_json(&[0xff, 0xfe, 0x00]);
        fuzz_json(&vec![b' '; crate::read::MAX_BODY_BYTES + 1]);
    }
}

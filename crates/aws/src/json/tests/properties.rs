//! Any JSON may come in: nothing panics, and a refusal counts what it lists.

use proptest::prelude::{Just, ProptestConfig, Strategy, any};
use proptest::{prop_oneof, proptest};
use serde_json::{Value, json};

use crate::fuzz::fuzz_json;
use crate::op::{Op, Protocol};
use crate::read::InputError;

/// JSON made of names the models know and of values near their limits.
fn body() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-10_i64..100).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[ -~]{0,12}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        Just(json!("ENABLED")),
        Just(json!("SERVER_TIMESTAMP")),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        let member = (proptest::sample::select(NAMES), inner.clone());
        let members = proptest::collection::vec(member, 0..8);
        prop_oneof![
            proptest::collection::vec(inner, 0..4).prop_map(Value::from),
            members.prop_map(|m| m.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn refusals_count_what_they_list(body in body()) {
        let body = body.to_string();
        for op in Op::ALL.iter().filter(|op| op.service().protocol() == Protocol::RestJson) {
            if let Err(InputError::Constraint(message)) = op.check_input(body.as_bytes()) {
                let listed = message.matches("failed to satisfy constraint: ").count();
                let counted = message.split(' ').next().and_then(|n| n.parse().ok());
                assert_eq!(counted, Some(listed), "{op:?} {body}");
            }
        }
    }

    #[test]
    fn any_bytes_are_survived(data: Vec<u8>) {
        fuzz_json(&data);
    }
}

const NAMES: &[&str] = &[
    "StreamName",
    "StreamARN",
    "ChannelARN",
    "Tags",
    "TagKeyList",
    "Key",
    "Value",
    "MaxResults",
    "NextToken",
    "StartSelector",
    "StartTimestamp",
    "EndTimestamp",
    "TimestampRange",
    "ClipFragmentSelector",
    "FragmentSelectorType",
    "Fragments",
    "FormatConfig",
    "JPEGQuality",
    "SamplingInterval",
    "ImageGenerationConfiguration",
    "DestinationConfig",
    "Status",
    "EdgeConfig",
    "RecorderConfig",
];

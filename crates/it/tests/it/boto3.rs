//! boto3: typed errors, paging, endpoints.

use it::aws;
use it::server::{ACCOUNT_ID, REGION, Server};
use serde_json::json;

#[test]
fn streams_as_boto3_sees_them() {
    let server = Server::start();
    let seen = aws::python(&server, "streams.py").run().json();
    let prefix = format!("arn:aws:kinesisvideo:{REGION}:{ACCOUNT_ID}:stream/boto/");
    let arn = seen["arn"].as_str().unwrap_or_default();
    let creation = arn
        .strip_prefix(&prefix)
        .unwrap_or_else(|| panic!("{seen:#}"));
    assert_eq!(creation.len(), 13, "milliseconds since the epoch: {arn}");
    assert_eq!(seen["twice"], json!(["ResourceInUseException", 400]));
    assert_eq!(seen["by_arn"], true);
    assert!(seen["creation_year"].as_u64() >= Some(2024), "{seen:#}");
    let info = json!({"Status": "ACTIVE", "MediaType": "video/h264", "DataRetentionInHours": 2});
    assert_eq!(seen["info"], info);
    assert_eq!(seen["tags"], json!({"room": "1"}));
    assert_eq!(seen["page_sizes"], json!([5, 5, 2]));
    assert_eq!(seen["all_listed_once"], true);
    for (api, endpoint) in seen["endpoints"].as_object().into_iter().flatten() {
        assert_eq!(endpoint, server.url(), "{api}");
    }
    assert_eq!(
        seen["endpoints"].as_object().map(serde_json::Map::len),
        Some(4)
    );
    assert_eq!(seen["fragments"], json!([]));
    assert_eq!(seen["gone"], json!(["ResourceNotFoundException", 404]));
    assert_eq!(seen["forged"], json!(["InvalidSignatureException", 403]));
}

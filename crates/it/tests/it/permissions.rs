//! IAM policies, roles and what hangs on them, through boto3.

use it::aws;
use it::server::Server;
use serde_json::json;

#[test]
fn policies_and_roles_answer_as_documented() {
    let server = Server::start();
    let seen = aws::python(&server, "permissions.py").run().json();
    assert_eq!(seen["failures"], json!([]), "{seen:#}");
    assert!(seen["checks"].as_u64() > Some(600), "{seen:#}");
}

//! IAM policies, roles and what hangs on them, through boto3.

use it::aws;
use it::program::Program;
use it::server::Server;
use serde_json::json;

#[test]
fn policies_and_roles_answer_as_documented() {
    let server = Server::start();
    let seen = aws::python(server.administrator(), "permissions.py")
        .run()
        .json();
    assert_eq!(seen["failures"], json!([]), "{seen:#}");
    assert!(seen["checks"].as_u64() > Some(390), "{seen:#}");
}

#[test]
fn simulations_answer_as_the_engine_decides() {
    let server = Server::start();
    let seen = aws::python(server.administrator(), "simulations.py")
        .run()
        .json();
    assert_eq!(seen["failures"], json!([]), "{seen:#}");
    assert!(seen["checks"].as_u64() > Some(75), "{seen:#}");
}

#[test]
fn terraforms_calls_and_documents_go_round() {
    let server = Server::start();
    let seen = aws::python(server.administrator(), "terraform.py")
        .run()
        .json();
    assert_eq!(seen["failures"], json!([]), "{seen:#}");
    assert!(seen["checks"].as_u64() > Some(30), "{seen:#}");
}

#[test]
fn delegates_and_other_accounts_are_kept_within_bounds() {
    let server = Server::start();
    let binary = it::installed("KINORA_TEST_BINARY");
    let other = Program::new(binary)
        .line("account create --json --access-key --email other@example.com --name Other")
        .args(["--data".as_ref(), server.data().as_os_str()])
        .run()
        .stdout;
    let seen = aws::python(server.administrator(), "delegation.py")
        .envs([("OTHER", String::from_utf8_lossy(&other).into_owned())])
        .run()
        .json();
    assert_eq!(seen["failures"], json!([]), "{seen:#}");
    assert!(seen["checks"].as_u64() > Some(70), "{seen:#}");
}

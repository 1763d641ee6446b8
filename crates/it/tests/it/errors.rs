//! Every error that AWS documents for the operations of IAM, STS and AWS IoT that are served.

use it::aws::python;
use it::server::Server;
use serde_json::json;

#[test]
fn every_documented_error_is_raised_or_said_why_not() {
    // Quotas that a test can use up.
    let server = Server::start_configured(
        "[quotas]\nusers_per_account_max = 10\ngroups_per_account_max = 12\n\
         roles_per_account_max = 5\npolicies_per_account_max = 13\n\
         instance_profiles_per_account_max = 2\noidc_providers_per_account_max = 2\n\
         mfa_devices_per_account_max = 12\nrole_aliases_per_account_max = 2\n",
    );
    let served = it::script("../../docs/compat.txt");
    let seen = python(server.administrator(), "errors.py")
        .args([served])
        .run()
        .json();
    assert_eq!(seen["failures"], json!([]), "{seen:#}");
    assert!(seen["checks"].as_u64() >= Some(1500), "{seen:#}");
}

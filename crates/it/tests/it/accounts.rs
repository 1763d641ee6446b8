//! Sign-up, sign-in and the operator's commands, by `python/accounts.py`.

use std::path::Path;
use std::time::Duration;

use it::aws::python;
use it::installed;
use it::server::Server;

/// Runs a scenario, which must find everything as it should be and look at enough.
fn run(server: &Server, scenario: &str, more: &[&str], checks_least: u64) {
    let log = server.folder().join("server.log");
    let paths = [
        &log,
        Path::new(&installed("KINORA_TEST_BINARY")),
        &server.data(),
    ]
    .map(|path: &Path| path.display().to_string());
    let script = python(server, "accounts.py")
        .args([scenario])
        .args(paths)
        .args(more)
        .timeout(Duration::from_secs(120));
    let told = script.run().json();
    assert_eq!(told["failures"], serde_json::json!([]));
    let checks = told["checks"].as_u64().unwrap_or(0);
    assert!(checks >= checks_least, "{checks} checks");
}

#[test]
fn from_an_address_to_an_account_and_its_end() {
    run(&Server::start(), "signup", &[], 80);
}

#[test]
fn root_users_have_devices_and_a_way_back_in() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let trail = folder.path().join("audit.jsonl");
    let config = format!("[audit]\nfile = {:?}\n", trail.display());
    let mut server = Server::start_configured(&config);
    run(&server, "mfa", &[], 20);
    // Events gather for a moment before they are kept; a server that ends keeps them all.
    server.ask_to_end();
    assert!(server.wait().success());
    let lines = std::fs::read_to_string(trail).expect("the file can be read");
    for name in ["CreateVirtualMFADevice", "EnableMFADevice"] {
        let told = format!("\"eventName\":\"{name}\"");
        assert!(lines.contains(&told), "{name} is not in the trail");
    }
}

#[test]
fn users_sign_in_with_id_or_alias() {
    run(&Server::start(), "users", &[], 20);
}

#[test]
fn guesses_are_slowed_down_and_the_owner_gets_in() {
    run(&Server::start(), "abuse", &[], 6);
}

#[test]
fn a_refusal_does_not_tell_who_there_is() {
    run(&Server::start(), "timing", &[], 370);
}

/// A server that sends mail and calls webhooks in such a way, and the codes they bring.
/// The numbers of tests that call it are different, and so their addresses.
fn delivered(number: u8, security: &str, scheme: &str) {
    // An address of this test alone, because the ports must be known beforehand.
    let [_, a, b, c] = std::process::id().to_be_bytes();
    let ip = format!("127.{}.{b}.{}", (a ^ number) | 0x40, c.max(1));
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("mail"), "mail-password\n").expect("a file can be written");
    std::fs::write(path("hook"), "hook-token\n").expect("a file can be written");
    let user = match security {
        "none" => String::new(),
        _ => format!("user = \"kinora\"\npassword_file = \"{}\"\n", path("mail")),
    };
    let config = format!(
        "[tls]\nnames = [\"{ip}\"]\n\
         [signup]\nactivation = \"operator\"\n\
         [delivery]\nemail = \"smtp\"\nphone = \"webhook\"\nca_file = \"{}\"\n\
         [delivery.smtp]\nhost = \"{ip}\"\nport = 2525\nfrom = \"kinora@example.com\"\n\
         security = \"{security}\"\n{user}\
         [delivery.webhook]\nurl = \"{scheme}://{ip}:2526/hook?to=sms\"\ntoken_file = \"{}\"\n",
        path("data/tls/ca.pem"),
        path("hook")
    );
    std::fs::write(path("kinora.toml"), config).expect("a file can be written");
    let server = Server::start_in(folder, &[]);
    run(&server, "delivery", &[&ip, security, scheme], 25);
}

#[test]
fn codes_go_out_by_mail_and_webhook() {
    delivered(1, "starttls", "https");
}

#[test]
fn mail_goes_out_over_tls_from_the_first_byte() {
    delivered(2, "tls", "http");
}

#[test]
fn mail_goes_out_to_a_server_without_tls_or_password() {
    delivered(3, "none", "http");
}

#[test]
fn nothing_goes_out_if_delivery_is_disabled() {
    let config = "[delivery]\nemail = \"disabled\"\nphone = \"disabled\"\n";
    run(&Server::start_configured(config), "silent", &[], 5);
}

#[test]
fn users_sign_in_at_the_host_of_their_account() {
    let config = "[endpoints]\nsignin_domain = \"kinora.example\"\n\
                  [tls]\nnames = [\"*.signin.kinora.example\"]\n";
    run(&Server::start_configured(config), "hosts", &[], 15);
}

#[test]
fn invitations_count_once() {
    let config = "[signup]\nmode = \"invite\"\n\
                  [delivery]\nemail = \"disabled\"\nphone = \"disabled\"\n";
    run(&Server::start_configured(config), "invited", &[], 4);
}

#[test]
fn commands_work_on_the_data_of_a_stopped_server() {
    let mut server = Server::start();
    server.kill();
    let binary = installed("KINORA_TEST_BINARY");
    let account = |line: &str| {
        it::program::Program::new(&binary)
            .args(["account", "--data"])
            .args([server.data()])
            .line(line)
            .run()
    };
    account("create --email alice@example.com --name Alice");
    account("suspend alice@example.com");
    let listed = account("list");
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(
        listed.contains("SUSPENDED  alice@example.com  Alice"),
        "{listed}"
    );
    server.restart();
    let told = it::program::Program::new(&binary)
        .args(["account", "--json", "--data"])
        .args([server.data()])
        .line("activate alice@example.com")
        .run()
        .json();
    assert_eq!(told["state"], "ACTIVE");
}

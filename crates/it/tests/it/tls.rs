//! https with a certificate of the user's own.

use std::path::{Path, PathBuf};
use std::time::Duration;

use it::installed;
use it::program::{Output, Program};
use it::server::{REGION, Server};
use tempfile::TempDir;

#[test]
fn clients_trust_the_chain_of_the_users_authority() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let own = Chain::make(folder.path());
    own.configure(&own.chain, &own.key);
    let server = Server::start_in(folder, &[]);
    assert!(!server.ca().exists(), "no local authority is made");
    let log = server.log();
    assert!(!log.contains("local authority"), "{log}");

    let address = server.url().replacen("http://", "https://", 1);
    let health = format!("{address}/_kinora/health");
    let curl = |options: &[&str]| {
        let curl = Program::new("curl").line("--silent --show-error");
        curl.args(options).args([&health]).output()
    };
    let root = own.root.display().to_string();
    let trusted = curl(&["--cacert", &root]);
    assert_eq!(trusted.text(), "{\"status\":\"ok\"}", "{trusted}");
    let unknown = curl(&[]);
    assert_eq!(unknown.status.code(), Some(60), "{unknown}");
    let other = format!("{address}/_kinora/ca.pem");
    let none = Program::new("curl").line("--silent --output /dev/null --write-out %{http_code}");
    let none = none.args(["--cacert", &root, &other]).run();
    assert_eq!(none.text(), "404", "it is no authority of ours");

    let script = "import boto3; kvs = boto3.client('kinesisvideo'); \
                  print(kvs.create_stream(StreamName='cam')['StreamARN']); \
                  print(len(kvs.list_streams()['StreamInfoList']))";
    let boto3 = |bundle: &[(&str, &str)]| {
        Program::new(installed("KINORA_TEST_VENV").join("bin/python"))
            .envs(it::aws::env(&server))
            .envs([("AWS_ENDPOINT_URL", address.as_str())])
            .envs(bundle.iter().copied())
            .args(["-c", script])
            .output()
    };
    let refused = boto3(&[]);
    assert!(refused.stderr.contains("SSLError"), "{refused}");
    let created = boto3(&[("AWS_CA_BUNDLE", &root)]);
    assert!(created.text().contains(":stream/cam/"), "{created}");
    assert!(created.text().ends_with("\n1\n"), "{created}");
    let cli = it::aws::cli(&server, "kinesisvideo list-streams --endpoint-url")
        .args([&address, "--ca-bundle", &root])
        .run();
    assert_eq!(cli.json()["StreamInfoList"][0]["StreamName"], "cam");
}

#[test]
fn a_certificate_that_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let own = Chain::make(folder.path());
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("the file can be written");
        path
    };
    let missing = folder.path().join("missing.pem");
    let empty = file("empty.pem", "");
    let torn = file(
        "torn.pem",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    );
    let (own_key, other_key) = (&own.key, &own.root_key);
    for (certificate, key, named, what) in [
        (&missing, own_key, &missing, "No such file"),
        (&empty, own_key, &empty, "no PEM certificate is in it"),
        (&torn, own_key, &torn, "cannot be served with"),
        (own_key, own_key, own_key, "no PEM certificate is in it"),
        (&own.chain, &missing, &missing, "No such file"),
        (&own.chain, &empty, &empty, "no PEM private key is in it"),
        (
            &own.chain,
            other_key,
            other_key,
            "is not the key of the first certificate in",
        ),
    ] {
        own.configure(certificate, key);
        let refused = serve(&folder);
        assert_eq!(refused.status.code(), Some(1), "{refused}");
        let said = refused.stderr.lines().last().unwrap_or_default();
        let begin = format!("error: {}", named.display());
        assert!(
            said.starts_with(&begin) && said.contains(what),
            "{what}: {refused}"
        );
    }
    let half = format!("[tls]\ncertificate = {:?}\n", own.chain);
    std::fs::write(folder.path().join("kinora.toml"), half).expect("the file can be written");
    let refused = serve(&folder);
    assert!(
        refused.stderr.contains("certificate and key go together"),
        "{refused}"
    );
}

/// An authority, one below it, and a certificate for this machine, made by openssl.
struct Chain {
    folder: PathBuf,
    root: PathBuf,
    root_key: PathBuf,
    /// The server's certificate and that of its issuer.
    chain: PathBuf,
    key: PathBuf,
}

impl Chain {
    fn make(folder: &Path) -> Chain {
        let openssl = |line: &str| Program::new("openssl").folder(folder).line(line).run();
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2";
        let constraints = "-addext basicConstraints=critical,CA:TRUE -addext \
                           keyUsage=critical,keyCertSign,cRLSign";
        openssl(&format!(
            "req -x509 {key} -keyout root.key -out root.pem -subj /CN=house-root"
        ));
        openssl(&format!(
            "req -x509 {key} -keyout issuer.key -out issuer.pem -subj /CN=house-issuer \
             -CA root.pem -CAkey root.key {constraints}"
        ));
        openssl(&format!(
            "req -x509 {key} -keyout server.key -out server.pem -subj /CN=kinora -CA issuer.pem \
             -CAkey issuer.key -addext subjectAltName=IP:127.0.0.1,DNS:localhost -addext \
             basicConstraints=critical,CA:FALSE"
        ));
        let read = |name| std::fs::read_to_string(folder.join(name)).expect("openssl wrote it");
        let chain = folder.join("chain.pem");
        std::fs::write(&chain, read("server.pem") + &read("issuer.pem"))
            .expect("the file can be written");
        Chain {
            folder: folder.to_owned(),
            root: folder.join("root.pem"),
            root_key: folder.join("root.key"),
            chain,
            key: folder.join("server.key"),
        }
    }

    fn configure(&self, certificate: &Path, key: &Path) {
        let config = format!("[tls]\ncertificate = {certificate:?}\nkey = {key:?}\n");
        std::fs::write(self.folder.join("kinora.toml"), config).expect("it can be written");
    }
}

/// Runs a server that is not expected to start.
fn serve(folder: &TempDir) -> Output {
    Program::new(installed("KINORA_TEST_BINARY"))
        .args(["serve", "--region", REGION, "--listen", "127.0.0.1:0"])
        .args(["--config".into(), folder.path().join("kinora.toml")])
        .args(["--data".into(), folder.path().join("data")])
        .timeout(Duration::from_secs(20))
        .output()
}

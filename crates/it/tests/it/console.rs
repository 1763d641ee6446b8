//! The web console's page and files, and that nobody else can use it: by requests as bytes
//! and by a browser, `web/safety.mjs`.

use std::time::Duration;

use it::call::Call;
use it::connection::{Answer, Connection};
use it::installed;
use it::program::Program;
use it::server::Server;
use serde_json::{Value, json};

#[test]
fn every_address_of_the_console_is_the_same_strict_page() {
    let server = Server::start();
    let first = page(&server, "/console/");
    for path in [
        "/console",
        "/console/iam/users/Some%2FBody?tab=credentials",
        "/console/kinesisvideo/streams/cam1/timeline",
        "/signin",
        "/signin/123456789012",
        "/signin/reset/complete",
        "/signup",
    ] {
        let answer = page(&server, path);
        assert_eq!(answer.body, first.body, "{path}");
        assert_eq!(answer.get("content-type"), Some("text/html; charset=utf-8"));
        assert_eq!(answer.get("cache-control"), Some("no-cache"), "{path}");
        assert_eq!(answer.get("x-frame-options"), Some("DENY"), "{path}");
        assert_eq!(answer.get("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.get("referrer-policy"), Some("no-referrer"));
        assert_eq!(
            answer.get("cross-origin-opener-policy"),
            Some("same-origin")
        );
        assert_eq!(answer.get("access-control-allow-origin"), None, "{path}");
        let policy = answer.get("content-security-policy").unwrap_or_default();
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "font-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'none'",
        ] {
            let found = policy.split(';').any(|directive| directive.trim() == part);
            assert!(found, "{path}: {part} is not in {policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
    }
    let tag = first.get("etag").expect("the page has a tag");
    let again = Call::new("GET", "/console/")
        .header("Host", "localhost")
        .header("Accept", "text/html")
        .header("If-None-Match", tag);
    let mut connection = Connection::plain(&server);
    connection.send(&again.bytes());
    // Such an answer has no body, whatever its head says (RFC 9110 §15.4.5).
    let again = connection.head();
    assert_eq!(again.status, 304);
    assert_eq!(again.get("x-frame-options"), Some("DENY"));
}

#[test]
fn parts_of_the_page_are_packed_and_never_change() {
    let server = Server::start();
    let page = page(&server, "/console/").text();
    let parts: Vec<&str> = page
        .split('"')
        .filter(|text| text.starts_with("/console/assets/"))
        .collect();
    assert!(parts.iter().any(|part| part.ends_with(".js")), "{page}");
    assert!(parts.iter().any(|part| part.ends_with(".css")), "{page}");
    for part in parts {
        let answer = get(&server, part, "*/*");
        assert_eq!(answer.status, 200, "{part}");
        let caching = answer.get("cache-control");
        assert_eq!(caching, Some("public, max-age=31536000, immutable"));
        assert_eq!(answer.get("x-content-type-options"), Some("nosniff"));
        let from = answer.get("cross-origin-resource-policy");
        assert_eq!(from, Some("same-origin"), "{part}");
        if part.contains("/index-") {
            assert_eq!(answer.get("content-encoding"), Some("gzip"), "{part}");
            let length = answer.body.len();
            assert_eq!(answer.get("content-length"), Some(&*length.to_string()));
            assert_eq!(answer.body[..2], [0x1f, 0x8b], "{part} is not gzip");
        }
    }
    for path in [
        "/console/assets/none.js",
        "/console/assets/",
        "/console/assets/../index.html",
        "/console/assets/%2e%2e/index.html",
        "/console/assets/..%2findex.html",
    ] {
        let answer = get(&server, path, "text/html");
        assert_eq!(answer.status, 404, "{path}: {}", answer.text());
    }
    let post = Call::post(&server, "/console/iam").with_body(b"{}");
    assert_eq!(Connection::plain(&server).ask(&post).status, 404);
}

#[test]
fn programs_get_json_where_people_get_the_page() {
    let server = Server::start();
    let told = get(&server, "/signin/nobody-knows-this", "application/json");
    assert_eq!(told.status, 200);
    assert_eq!(told.json()["account"], "nobody-knows-this");
    assert_eq!(told.get("cache-control"), Some("no-store"));
    let policy = told.get("content-security-policy").unwrap_or_default();
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    let terms = get(&server, "/signup", "application/json").json();
    assert_eq!(terms["logsEmail"], true);
    let nobody = get(&server, "/signin/session?optional", "application/json");
    assert_eq!((nobody.status, nobody.json()), (200, Value::Null));
    let nobody = get(&server, "/signin/session", "application/json");
    assert_eq!(
        (nobody.status, code_of(&nobody)),
        (401, "NotSignedIn".to_owned())
    );
}

#[test]
fn a_session_is_for_the_page_that_has_its_token() {
    let server = Server::start();
    let account = sign_up(&server);
    let fields = json!({ "email": EMAIL, "password": PASSWORD }).to_string();
    let signed_in = Connection::plain(&server).ask(&form(&server, "/signin/root", &fields));
    assert_eq!(signed_in.status, 200, "{}", signed_in.text());
    assert_eq!(signed_in.json()["accountId"], account.as_str());
    let cookie = signed_in.get("set-cookie").expect("a cookie");
    let (pair, attributes) = cookie.split_once("; ").expect("attributes");
    let wanted = "Path=/; Max-Age=43200; HttpOnly; SameSite=Strict";
    assert_eq!(attributes, wanted);
    let token = signed_in.json()["csrfToken"].as_str().map(str::to_owned);
    let token = token.expect("a token");
    let ask = |more: &[(&str, &str)]| {
        let mut call = form(&server, "/signin/credentials", "{}").header("Cookie", pair);
        for (name, value) in more {
            call.headers.push(((*name).to_owned(), (*value).to_owned()));
        }
        let answer = Connection::plain(&server).ask(&call);
        (answer.status, code_of(&answer))
    };
    let refused = |code: &str| (403, code.to_owned());
    assert_eq!(ask(&[]), refused("InvalidCsrfToken"));
    assert_eq!(
        ask(&[("X-CSRF-Token", "guess")]),
        refused("InvalidCsrfToken")
    );
    let right = ("X-CSRF-Token", &*token);
    let foreign = ("Origin", "https://evil.example");
    assert_eq!(ask(&[right, foreign]), refused("ForeignOrigin"));
    assert_eq!(ask(&[right, ("Origin", "null")]), refused("ForeignOrigin"));
    let cross = ("Sec-Fetch-Site", "cross-site");
    assert_eq!(ask(&[right, cross]), refused("ForeignOrigin"));
    assert_eq!(ask(&[right]), (200, String::new()));
    assert_eq!(
        ask(&[right, ("Origin", server.url())]),
        (200, String::new())
    );
    // The API itself looks at no cookie.
    let list = Call::post(&server, "/listStreams")
        .header("Cookie", pair)
        .with_body(b"{}");
    let denied = Connection::plain(&server).ask(&list);
    assert_eq!(denied.error(), (403, "MissingAuthenticationTokenException"));
}

#[test]
fn a_browser_lets_other_sites_and_ended_sessions_do_nothing() {
    let server = Server::start();
    sign_up(&server);
    let modules = installed("KINORA_TEST_NODE_MODULES");
    let home = tempfile::tempdir().expect("a temporary folder can be made");
    let seen = Program::new("node")
        .args([it::script("web/safety.mjs")])
        .args([server.url(), EMAIL, PASSWORD, "Newer-pass-2"])
        .envs([("KINORA_TEST_NODE_MODULES", modules.as_os_str())])
        .envs([("HOME", home.path()), ("TMPDIR", home.path())])
        .timeout(Duration::from_secs(150))
        .run()
        .json();
    assert_eq!(seen["signedIn"], "Root");
    let cookies = seen["cookies"].as_array().expect("cookies");
    assert_eq!(cookies.len(), 1, "{cookies:?}");
    assert_eq!(cookies[0]["name"], "kinora-session");
    assert_eq!(cookies[0]["httpOnly"], true);
    assert_eq!(cookies[0]["sameSite"], "Strict");
    assert_eq!(seen["scriptSees"], "", "scripts see the session");
    // A refused frame is a page of the browser's own.
    assert_eq!(seen["frameAddress"], "chrome-error://chromewebdata/");
    let framed = seen["framed"].as_str().unwrap_or_default();
    assert!(!framed.contains("Kinora"), "framed: {framed}");
    assert_eq!(seen["form"]["status"], 403, "{}", seen["form"]);
    for name in ["session", "credentials"] {
        assert_eq!(seen["fetched"][name], "TypeError", "{}", seen["fetched"]);
    }
    assert_eq!(seen["fetched"]["blind"], "opaque 0 ");
    assert_eq!(seen["stillSignedIn"], 200);
    assert_eq!(seen["next"], format!("{}/console/", server.url()));
    assert_eq!(seen["changed"], 200);
    let ended = seen["ended"].as_str().unwrap_or_default();
    assert!(
        ended.starts_with("/signin?next=%2Fconsole%2Fiam%2Fgroups"),
        "{ended}"
    );
    assert!(ended.contains("ended=1"), "{ended}");
    assert_eq!(seen["rest"], 401);
}

/// Signs up for an account without MFA; its id. The codes are in the log.
fn sign_up(server: &Server) -> String {
    let ask = |path: &str, fields: Value| {
        let answer = Connection::plain(server).ask(&form(server, path, &fields.to_string()));
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    };
    let begun = ask(
        "/signup",
        json!({ "email": EMAIL, "accountName": "Example", "password": PASSWORD, "phone": PHONE }),
    );
    let id = &begun["signUpId"];
    ask(
        "/signup/email",
        json!({ "signUpId": id, "code": code(server, EMAIL) }),
    );
    let done = ask(
        "/signup/phone",
        json!({ "signUpId": id, "code": code(server, PHONE) }),
    );
    done["accountId"].as_str().expect("an account").to_owned()
}

/// The code that was sent to an address or number last.
fn code(server: &Server, to: &str) -> String {
    let log = server.log();
    let line = log
        .lines()
        .rfind(|line| line.contains(&format!("to=\"{to}\"")));
    let code = line.and_then(|line| line.split("code=\"").nth(1)?.split('"').next());
    code.expect("a code in the log").to_owned()
}

/// The code of a refusal; empty for a success.
fn code_of(answer: &Answer) -> String {
    answer.json()["code"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

fn page(server: &Server, path: &str) -> Answer {
    let answer = get(
        server,
        path,
        "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
    );
    assert_eq!(answer.status, 200, "{path}");
    answer
}

fn get(server: &Server, path: &str, accept: &str) -> Answer {
    let call = Call::new("GET", path)
        .header("Host", &server.address().to_string())
        .header("Accept", accept)
        .header("Accept-Encoding", "gzip, deflate, br");
    Connection::plain(server).ask(&call)
}

fn form(server: &Server, path: &str, fields: &str) -> Call {
    Call::post(server, path)
        .header("Content-Type", "application/json")
        .with_body(fields.as_bytes())
}

const EMAIL: &str = "owner@example.com";
const PASSWORD: &str = "Owners-pass-1";
const PHONE: &str = "+15550100";

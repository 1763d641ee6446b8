//! AWS clients, pointed at the server under test.

use crate::caller::Caller;
use crate::installed;
use crate::program::{Output, Program};
use crate::server::REGION;

/// The environment that points any AWS SDK at a server, and at nothing else, as somebody.
pub fn env<'a>(caller: impl Into<Caller<'a>>) -> Vec<(&'static str, String)> {
    let Caller { server, key } = caller.into();
    let home = server.folder().display().to_string();
    let variables = [
        ("AWS_ENDPOINT_URL", server.url()),
        ("AWS_ACCESS_KEY_ID", &key.id),
        ("AWS_SECRET_ACCESS_KEY", &key.secret),
        ("AWS_DEFAULT_REGION", REGION),
        ("AWS_REGION", REGION),
        ("AWS_CONFIG_FILE", "/dev/null"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        // One try: a test must see the first answer, not a later one.
        ("AWS_MAX_ATTEMPTS", "1"),
        ("AWS_PAGER", ""),
        ("HOME", &home),
    ];
    variables
        .map(|(name, value)| (name, value.to_owned()))
        .to_vec()
}

/// The AWS CLI. Arguments that hold no spaces can be given in one line.
pub fn cli<'a>(caller: impl Into<Caller<'a>>, line: &str) -> Program {
    let venv = installed("KINORA_TEST_VENV");
    Program::new(venv.join("bin/aws"))
        .envs(env(caller))
        .line("--output json")
        .line(line)
}

/// Runs the AWS CLI, which must fail, and returns the error's code, such as
/// `ResourceNotFoundException`.
///
/// # Panics
///
/// If it succeeds, or fails for another reason than an error of the service.
pub fn cli_error<'a>(caller: impl Into<Caller<'a>>, line: &str) -> String {
    error_code(&cli(caller, line).output())
}

/// The code in what the AWS CLI prints for an error of the service.
///
/// # Panics
///
/// If there is none.
pub fn error_code(output: &Output) -> String {
    let code = output
        .stderr
        .split_once("An error occurred (")
        .and_then(|(_, rest)| {
            let (code, _) = rest.split_once(") when calling")?;
            Some(code.to_owned())
        });
    code.unwrap_or_else(|| panic!("no error of the service: {output}"))
}

/// A script of `crates/it/python` with boto3. It prints JSON. Root's key is given by the
/// way, for what only root can show.
pub fn python<'a>(caller: impl Into<Caller<'a>>, script: &str) -> Program {
    let caller = caller.into();
    let root = caller.server.root().key;
    let venv = installed("KINORA_TEST_VENV");
    let script = crate::script("python").join(script);
    Program::new(venv.join("bin/python"))
        .envs(env(caller))
        .envs([
            ("ROOT_ACCESS_KEY_ID", root.id.as_str()),
            ("ROOT_SECRET_ACCESS_KEY", &root.secret),
            ("PYTHONDONTWRITEBYTECODE", "1"),
        ])
        .args([script])
}

/// The program's own clients, which heed the variables of AWS's.
pub fn kinora<'a>(caller: impl Into<Caller<'a>>) -> Program {
    Program::new(installed("KINORA_TEST_BINARY")).envs(env(caller))
}

/// curl with a signature, as one would call it by hand. Output is not buffered.
pub fn curl<'a>(caller: impl Into<Caller<'a>>, path: &str) -> Program {
    let Caller { server, key } = caller.into();
    Program::new("curl")
        .line("--silent --show-error --no-buffer --http1.1 --request POST")
        .args(["--aws-sigv4", &format!("aws:amz:{REGION}:kinesisvideo")])
        .args(["--user", &format!("{}:{}", key.id, key.secret)])
        .args([format!("{}{path}", server.url())])
}

/// `PutMedia` by curl from its standard input, with relative timecodes.
pub fn put_media<'a>(caller: impl Into<Caller<'a>>, stream: &str, start: &str) -> Program {
    curl(caller, "/putMedia")
        .args([
            "--upload-file",
            "-",
            "--header",
            "Transfer-Encoding: chunked",
        ])
        .args(["--header", &format!("x-amzn-stream-name: {stream}")])
        .args(["--header", "x-amzn-fragment-timecode-type: RELATIVE"])
        .args([
            "--header",
            &format!("x-amzn-producer-start-timestamp: {start}"),
        ])
        .args(["--header", "x-amzn-fragment-acknowledgment-required: 1"])
}

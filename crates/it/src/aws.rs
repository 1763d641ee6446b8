//! AWS clients, pointed at the server under test.

use crate::installed;
use crate::program::{Output, Program};
use crate::server::{ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY, Server};

/// The environment that points any AWS SDK at a server, and at nothing else.
pub fn env(server: &Server) -> Vec<(&'static str, String)> {
    let home = server.folder().display().to_string();
    let variables = [
        ("AWS_ENDPOINT_URL", server.url()),
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID),
        ("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY),
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
pub fn cli(server: &Server, line: &str) -> Program {
    let venv = installed("KINORA_TEST_VENV");
    Program::new(venv.join("bin/aws"))
        .envs(env(server))
        .line("--output json")
        .line(line)
}

/// Runs the AWS CLI, which must fail, and returns the error's code, such as
/// `ResourceNotFoundException`.
///
/// # Panics
///
/// If it succeeds, or fails for another reason than an error of the service.
pub fn cli_error(server: &Server, line: &str) -> String {
    error_code(&cli(server, line).output())
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

/// A script of `crates/it/python` with boto3. It prints JSON.
pub fn python(server: &Server, script: &str) -> Program {
    let venv = installed("KINORA_TEST_VENV");
    let script = crate::script("python").join(script);
    Program::new(venv.join("bin/python"))
        .envs(env(server))
        .envs([("PYTHONDONTWRITEBYTECODE", "1".to_owned())])
        .args([script])
}

/// curl with a signature, as one would call it by hand. Output is not buffered.
pub fn curl(server: &Server, path: &str) -> Program {
    Program::new("curl")
        .line("--silent --show-error --no-buffer --http1.1 --request POST")
        .args(["--aws-sigv4", &format!("aws:amz:{REGION}:kinesisvideo")])
        .args(["--user", &format!("{ACCESS_KEY_ID}:{SECRET_ACCESS_KEY}")])
        .args([format!("{}{path}", server.url())])
}

/// `PutMedia` by curl from its standard input, with relative timecodes.
pub fn put_media(server: &Server, stream: &str, start: &str) -> Program {
    curl(server, "/putMedia")
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

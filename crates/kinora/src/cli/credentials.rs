//! Who the command line is and where it calls: flags, environment variables and the
//! files of the AWS CLI, in its order
//! (<https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html>).
//!
//! Reading is kept apart from the world: the variables and the files come as functions.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::client::CliError;

/// Flags that say where to call and as whom.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct ConnectionArgs {
    /// Server to call [default: AWS_ENDPOINT_URL_KINESIS_VIDEO, then AWS_ENDPOINT_URL, then
    /// endpoint_url of the profile, then http://127.0.0.1:8020]
    #[arg(long, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// Region to sign for [default: AWS_REGION, then AWS_DEFAULT_REGION, then the profile's,
    /// then us-east-1]
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// Profile of ~/.aws/credentials and ~/.aws/config to use [default: AWS_PROFILE, then default]
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
}

/// Everything a call needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Who calls.
    pub credentials: Credentials,
    /// The region signatures are for.
    pub region: String,
    /// Where the first call goes.
    pub endpoint_url: String,
    /// A file of certificates to trust instead of the system's.
    pub ca_bundle: Option<PathBuf>,
}

/// An access key.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Its public half.
    pub access_key_id: String,
    /// Its secret half.
    pub secret_access_key: String,
    /// The token of a temporary key.
    pub session_token: Option<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

/// Looks an environment variable up.
pub type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Reads a text file.
pub type Files<'a> = &'a dyn Fn(&Path) -> io::Result<String>;

impl Settings {
    /// The settings of this process.
    ///
    /// # Errors
    ///
    /// See [`Settings::resolve`].
    pub fn load(args: &ConnectionArgs) -> Result<Settings, CliError> {
        let variable = |name: &str| std::env::var(name).ok();
        Settings::resolve(args, &variable, &|path| std::fs::read_to_string(path))
    }

    /// The settings that flags, variables and files make together. An empty variable
    /// counts as none.
    ///
    /// # Errors
    ///
    /// No credentials anywhere, half a key, a named profile that does not exist, a file
    /// that cannot be read.
    pub fn resolve(
        args: &ConnectionArgs,
        variables: Variables<'_>,
        files: Files<'_>,
    ) -> Result<Settings, CliError> {
        let variable = |name: &str| variables(name).filter(|value| !value.is_empty());
        let profile = Profile::load(args, &variable, files)?;
        let first = |flag: &Option<String>, names: &[&str], key: &str, default: &str| {
            flag.clone()
                .or_else(|| names.iter().find_map(|name| variable(name)))
                .or_else(|| profile.value(key).map(str::to_owned))
                .unwrap_or_else(|| default.to_owned())
        };
        let endpoint_names = ["AWS_ENDPOINT_URL_KINESIS_VIDEO", "AWS_ENDPOINT_URL"];
        Ok(Settings {
            credentials: credentials(args, &variable, &profile)?,
            region: first(
                &args.region,
                &["AWS_REGION", "AWS_DEFAULT_REGION"],
                "region",
                "us-east-1",
            ),
            endpoint_url: first(
                &args.endpoint_url,
                &endpoint_names,
                "endpoint_url",
                ENDPOINT_URL_DEFAULT,
            ),
            ca_bundle: variable("AWS_CA_BUNDLE")
                .or_else(|| profile.value("ca_bundle").map(str::to_owned))
                .map(PathBuf::from),
        })
    }
}

/// A profile named by flag comes before the variables, as with the AWS CLI; one named by
/// `AWS_PROFILE` after them.
fn credentials(
    args: &ConnectionArgs,
    variable: Variables<'_>,
    profile: &Profile,
) -> Result<Credentials, CliError> {
    let from_variables = key_pair(
        "the environment",
        variable("AWS_ACCESS_KEY_ID"),
        variable("AWS_SECRET_ACCESS_KEY"),
        variable("AWS_SESSION_TOKEN"),
    );
    let value = |key: &str| profile.value(key).map(str::to_owned);
    let from_profile = || {
        key_pair(
            &format!("profile '{}'", profile.name),
            value("aws_access_key_id"),
            value("aws_secret_access_key"),
            value("aws_session_token"),
        )
    };
    let found = if args.profile.is_some() {
        from_profile()?
    } else {
        match from_variables? {
            None => from_profile()?,
            found => found,
        }
    };
    found.ok_or_else(|| {
        CliError::new(format!(
            "no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or write \
             aws_access_key_id and aws_secret_access_key under [{}] in {}",
            profile.name,
            profile.credentials_path.display()
        ))
    })
}

/// A key, if there is one; half a key is an error.
fn key_pair(
    origin: &str,
    id: Option<String>,
    secret: Option<String>,
    token: Option<String>,
) -> Result<Option<Credentials>, CliError> {
    match (id, secret) {
        (None, None) => Ok(None),
        (Some(access_key_id), Some(secret_access_key)) => Ok(Some(Credentials {
            access_key_id,
            secret_access_key,
            session_token: token,
        })),
        (Some(_), None) => Err(CliError::new(format!(
            "{origin} has an access key id but no secret access key"
        ))),
        (None, Some(_)) => Err(CliError::new(format!(
            "{origin} has a secret access key but no access key id"
        ))),
    }
}

/// The values of one profile, those of the credentials file first.
struct Profile {
    name: String,
    credentials_path: PathBuf,
    values: BTreeMap<String, String>,
}

impl Profile {
    fn load(
        args: &ConnectionArgs,
        variable: Variables<'_>,
        files: Files<'_>,
    ) -> Result<Profile, CliError> {
        let named = args.profile.clone().or_else(|| variable("AWS_PROFILE"));
        let name = named.clone().unwrap_or_else(|| "default".to_owned());
        let path = |name: &str, file: &str| match (variable(name), variable("HOME")) {
            (Some(path), _) => PathBuf::from(path),
            (None, home) => PathBuf::from(home.unwrap_or_default())
                .join(".aws")
                .join(file),
        };
        let credentials_path = path("AWS_SHARED_CREDENTIALS_FILE", "credentials");
        let config = read(&path("AWS_CONFIG_FILE", "config"), files)?;
        let credentials = read(&credentials_path, files)?;

        let section = if name == "default" {
            name.clone()
        } else {
            format!("profile {name}")
        };
        let from_config = sections(&config).remove(&section);
        let from_credentials = sections(&credentials).remove(&name);
        if named.is_some() && from_config.is_none() && from_credentials.is_none() {
            return Err(CliError::new(format!("there is no profile '{name}'")));
        }
        let mut values = from_config.unwrap_or_default();
        values.extend(from_credentials.unwrap_or_default());
        Ok(Profile {
            name,
            credentials_path,
            values,
        })
    }

    fn value(&self, key: &str) -> Option<&str> {
        self.values
            .get(key)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }
}

/// A file's text; one that does not exist is empty.
fn read(path: &Path, files: Files<'_>) -> Result<String, CliError> {
    match files(path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(CliError::new(format!("{}: {error}", path.display()))),
    }
}

/// The sections of an AWS configuration file. Indented lines belong to a nested setting
/// none of which matters here.
fn sections(text: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut sections: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let mut current = None;
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        if let Some(header) = trimmed.strip_prefix('[') {
            let name = header.split(']').next().unwrap_or_default();
            let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
            sections.entry(name.clone()).or_default();
            current = Some(name);
        } else if let (false, Some(section), Some((key, value))) = (
            line.starts_with([' ', '\t']),
            &current,
            trimmed.split_once('='),
        ) && let Some(values) = sections.get_mut(section)
        {
            values.insert(key.trim().to_owned(), value.trim().to_owned());
        }
    }
    sections
}

/// Where `kinora serve` listens unless told otherwise.
const ENDPOINT_URL_DEFAULT: &str = "http://127.0.0.1:8020";

#[cfg(test)]
mod tests {
    use std::io;
    use std::path::Path;

    use super::{ConnectionArgs, Settings};
    use crate::cli::client::CliError;

    const CREDENTIALS: &str = "\
[default]
aws_access_key_id = AKIDDEFAULT
aws_secret_access_key=default/secret=
; a comment
[cam]
aws_access_key_id = AKIDCAM
aws_secret_access_key = cam
aws_session_token = token
[half]
aws_access_key_id = AKIDHALF
";
    const CONFIG: &str = "\
[default]
region = eu-central-1
s3 =
  region = nested
[profile   cam]
region=us-west-2
endpoint_url = https://video.example:8443
ca_bundle = /etc/kinora/ca.pem
[profile empty]
";

    fn resolve(args: ConnectionArgs, variables: &[(&str, &str)]) -> Result<Settings, CliError> {
        let variable = |name: &str| match name {
            "HOME" => Some("/nowhere".to_owned()),
            _ => variables
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).into()),
        };
        Settings::resolve(&args, &variable, &|path: &Path| match path.to_str() {
            Some("/nowhere/.aws/credentials") => Ok(CREDENTIALS.to_owned()),
            Some("/nowhere/.aws/config") => Ok(CONFIG.to_owned()),
            Some("/locked") => Err(io::ErrorKind::PermissionDenied.into()),
            _ => Err(io::ErrorKind::NotFound.into()),
        })
    }

    fn profile(name: &str) -> ConnectionArgs {
        ConnectionArgs {
            profile: Some(name.to_owned()),
            ..ConnectionArgs::default()
        }
    }

    #[test]
    fn files_serve_when_nothing_else_is_said() {
        let settings = resolve(ConnectionArgs::default(), &[]).expect("the default profile");
        assert_eq!(settings.credentials.access_key_id, "AKIDDEFAULT");
        assert_eq!(settings.credentials.secret_access_key, "default/secret=");
        assert_eq!(settings.region, "eu-central-1");
        assert_eq!(settings.endpoint_url, "http://127.0.0.1:8020");
        assert_eq!(settings.ca_bundle, None);
    }

    #[test]
    fn variables_come_before_files_and_flags_before_variables() {
        let variables = [
            ("AWS_ACCESS_KEY_ID", "AKIDENV"),
            ("AWS_SECRET_ACCESS_KEY", "env"),
            ("AWS_PROFILE", "cam"),
            ("AWS_DEFAULT_REGION", "eu-west-1"),
            ("AWS_ENDPOINT_URL", "http://all.example"),
            ("AWS_SESSION_TOKEN", ""),
        ];
        let settings = resolve(ConnectionArgs::default(), &variables).expect("valid");
        assert_eq!(settings.credentials.access_key_id, "AKIDENV");
        assert_eq!(settings.credentials.session_token, None);
        assert_eq!(settings.region, "eu-west-1");
        assert_eq!(settings.endpoint_url, "http://all.example");
        assert_eq!(
            settings.ca_bundle.as_deref(),
            Some(Path::new("/etc/kinora/ca.pem"))
        );

        let args = ConnectionArgs {
            endpoint_url: Some("http://flag.example".to_owned()),
            region: Some("ap-south-1".to_owned()),
            profile: Some("cam".to_owned()),
        };
        let settings = resolve(args, &variables).expect("valid");
        assert_eq!(settings.credentials.access_key_id, "AKIDCAM");
        assert_eq!(settings.credentials.session_token.as_deref(), Some("token"));
        assert_eq!(settings.region, "ap-south-1");
        assert_eq!(settings.endpoint_url, "http://flag.example");
    }

    #[test]
    fn the_service_endpoint_comes_before_the_general_one() {
        let variables = [
            ("AWS_ENDPOINT_URL", "http://all.example"),
            ("AWS_ENDPOINT_URL_KINESIS_VIDEO", "http://video.example"),
            ("AWS_CA_BUNDLE", "/ca.pem"),
        ];
        let settings = resolve(profile("cam"), &variables).expect("valid");
        assert_eq!(settings.endpoint_url, "http://video.example");
        assert_eq!(settings.ca_bundle.as_deref(), Some(Path::new("/ca.pem")));
        let settings = resolve(profile("cam"), &[]).expect("valid");
        assert_eq!(settings.endpoint_url, "https://video.example:8443");
    }

    #[test]
    fn what_is_missing_is_named_and_secrets_are_not_shown() {
        let message = |result: Result<Settings, CliError>| result.expect_err("wrong").to_string();
        assert!(message(resolve(profile("empty"), &[])).contains("under [empty]"));
        assert!(message(resolve(profile("none"), &[])).contains("no profile 'none'"));
        assert!(message(resolve(profile("half"), &[])).contains("no secret access key"));
        let locked = [("AWS_CONFIG_FILE", "/locked")];
        assert!(message(resolve(ConnectionArgs::default(), &locked)).starts_with("/locked: "));
        let settings = resolve(profile("cam"), &[]).expect("valid");
        let shown = format!("{settings:?}");
        assert!(
            shown.contains("AKIDCAM") && !shown.contains("token"),
            "{shown}"
        );
    }
}

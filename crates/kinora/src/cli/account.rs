//! `kinora account`: the operator's commands about accounts, on a server that runs or on
//! the data directory of one that does not.

use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use store::Store;
use store::embedded::EmbeddedOptions;
use tokio::net::TcpStream;

use crate::accounts::Office;
use crate::cli::serve::read_kek;
use crate::clock::Clock;
use crate::directories::Directories;
use crate::operator::{Contact, Order};
use crate::password::Passwords;

/// Makes and manages accounts.
#[derive(clap::Args)]
#[command(
    after_help = "ACCOUNT is an account's id or the e-mail address of its root user.\n\
    Run it as the user that the server runs as: it reads the data directory.\n\n\
    Examples:\n  \
    kinora account create --email owner@example.com --name Example\n  \
    kinora account list\n  \
    kinora account suspend 123456789012\n  \
    kinora account reset-root owner@example.com\n  \
    kinora account invite --count 3 --hours 72"
)]
pub struct AccountArgs {
    /// The data directory
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "KINORA_DATA",
        default_value = "./kinora-data"
    )]
    data: PathBuf,
    /// File with the key-encryption key, if it is not in the data directory
    #[arg(long, global = true, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// Print the answer as JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: AccountCommand,
}

#[derive(clap::Subcommand)]
enum AccountCommand {
    /// Make an account; what is generated is printed once
    #[command(
        after_help = "The root user's password comes from KINORA_ROOT_PASSWORD, or is \
        generated.\n\nExamples:\n  \
        kinora account create --email owner@example.com --name Example\n  \
        kinora account create --email owner@example.com --name Example --access-key"
    )]
    Create {
        /// E-mail address of its root user
        #[arg(long)]
        email: String,
        /// What people call it
        #[arg(long)]
        name: String,
        /// Telephone number, such as +15550100
        #[arg(long)]
        phone: Option<String>,
        /// Make an access key for the root user as well
        #[arg(long)]
        access_key: bool,
    },
    /// Print all accounts: id, state, e-mail address, name
    List,
    /// Stop an account: its requests are refused from now on, nothing is lost
    Suspend {
        /// Id or e-mail address
        account: String,
    },
    /// Let an account in that is pending or suspended
    Activate {
        /// Id or e-mail address
        account: String,
    },
    /// End an account for good
    Close {
        /// Id or e-mail address
        account: String,
        /// Really
        #[arg(long)]
        yes: bool,
    },
    /// Give a root user a new password and take its MFA devices away
    #[command(
        after_help = "The way back in for a lost password or a lost MFA device. All \
        sessions of the root user end.\nThe password comes from KINORA_ROOT_PASSWORD, or is \
        generated and printed once.\n\nExamples:\n  \
        kinora account reset-root owner@example.com\n  \
        kinora account reset-root 123456789012 --keep-mfa"
    )]
    ResetRoot {
        /// Id or e-mail address
        account: String,
        /// Leave its MFA devices
        #[arg(long)]
        keep_mfa: bool,
    },
    /// Give a root user an MFA device; its secret is printed once
    AddRootMfa {
        /// Id or e-mail address
        account: String,
    },
    /// Make codes to sign up with, for `[signup] mode = "invite"`
    Invite {
        /// How many
        #[arg(long, default_value_t = 1)]
        count: u16,
        /// How long they count, hours
        #[arg(long, default_value_t = 168)]
        hours: u16,
    },
}

/// Runs `kinora account`.
///
/// # Errors
///
/// A message for the terminal.
pub async fn run(args: AccountArgs) -> Result<(), String> {
    let AccountArgs {
        data,
        key_file,
        json,
        command,
    } = args;
    let is_list = matches!(command, AccountCommand::List);
    let mut order = order(command)?;
    loop {
        let told = carry_out(order, &data, key_file.as_deref()).await?;
        match json {
            true => println!("{told}"),
            false => print(&told),
        }
        match told["next"].as_str().filter(|_| is_list) {
            Some(next) => {
                let after = Some(next.to_owned());
                order = Order::List { after };
            }
            None => return Ok(()),
        }
    }
}

fn order(command: AccountCommand) -> Result<Order, String> {
    let password = std::env::var("KINORA_ROOT_PASSWORD").ok();
    let password = password.filter(|password| !password.is_empty());
    let change = |account, state: &str| Order::ChangeState {
        account,
        state: state.to_owned(),
    };
    Ok(match command {
        AccountCommand::Create {
            email,
            name,
            phone,
            access_key,
        } => Order::Create {
            email,
            name,
            phone,
            password,
            access_key,
        },
        AccountCommand::List => Order::List { after: None },
        AccountCommand::Suspend { account } => change(account, "SUSPENDED"),
        AccountCommand::Activate { account } => change(account, "ACTIVE"),
        AccountCommand::Close { account, yes: true } => change(account, "CLOSED"),
        AccountCommand::Close { account, .. } => {
            return Err(format!(
                "an account that is closed stays closed; if you mean it: \
                 kinora account close {account} --yes"
            ));
        }
        AccountCommand::ResetRoot { account, keep_mfa } => Order::ResetRoot {
            account,
            password,
            keep_mfa,
        },
        AccountCommand::AddRootMfa { account } => Order::AddRootMfa { account },
        AccountCommand::Invite { count, hours } => Order::Invite { count, hours },
    })
}

/// By the server if one runs, else on its data.
async fn carry_out(order: Order, data: &Path, key_file: Option<&Path>) -> Result<Value, String> {
    if !data.is_dir() {
        let data = data.display();
        return Err(format!(
            "there is no data directory {data}; name it with --data"
        ));
    }
    if let Some(contact) = Contact::read(data)?
        && let Some(socket) = reached(&contact).await
    {
        return send(&order, &contact, socket).await;
    }
    // To look for accounts, or to change one, makes no store.
    if !matches!(order, Order::Create { .. }) && !data.join("meta.db").exists() {
        let data = data.display();
        return Err(format!(
            "{data} is no data directory: nothing is stored there"
        ));
    }
    let options = EmbeddedOptions {
        kek: key_file.map(read_kek).transpose()?,
        ..EmbeddedOptions::new(data)
    };
    let opened = tokio::task::spawn_blocking(move || Store::open(&options)).await;
    let store = opened.map_err(|error| error.to_string())?;
    let store = store.map_err(|error| error.to_string())?;
    let office = Office {
        store: &store,
        directories: &Directories::default(),
        passwords: &Passwords::default(),
        clock: &Clock::System,
    };
    order
        .carry_out(office)
        .await
        .map_err(|error| match error.cause {
            Some(cause) => cause,
            None => error.message,
        })
}

/// A connection to a server that left its contact; one that has crashed left it too.
async fn reached(contact: &Contact) -> Option<TcpStream> {
    let address = contact.url.strip_prefix("http://")?;
    TcpStream::connect(address).await.ok()
}

async fn send(order: &Order, contact: &Contact, socket: TcpStream) -> Result<Value, String> {
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", contact.url);
    let body = serde_json::to_vec(order).map_err(|error| failed(&error))?;
    let request = Request::post("/_kinora/operator/orders")
        .header("host", contact.url.trim_start_matches("http://"))
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {}", contact.token))
        .body(Full::new(Bytes::from(body)))
        .map_err(|error| failed(&error))?;
    let exchange = async {
        let connected = http1::handshake(TokioIo::new(socket)).await;
        let (mut sender, connection) = connected.map_err(|error| failed(&error))?;
        // It ends with the exchange.
        tokio::spawn(connection);
        let answer = sender.send_request(request).await;
        let answer = answer.map_err(|error| failed(&error))?;
        let status = answer.status().as_u16();
        let body = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect();
        let body = body.await.map_err(|error| failed(&error))?.to_bytes();
        let value: Value = serde_json::from_slice(&body).map_err(|error| failed(&error))?;
        match status {
            200 => Ok(value),
            _ => Err(value["message"]
                .as_str()
                .unwrap_or("the order failed")
                .to_owned()),
        }
    };
    tokio::time::timeout(ANSWER_MAX, exchange)
        .await
        .map_err(|_| failed(&"no answer within 30 seconds"))?
}

/// For a person: a line a fact, a line an account.
fn print(told: &Value) {
    let Some(facts) = told.as_object() else {
        return;
    };
    for (name, value) in facts {
        match value {
            Value::Array(items) => items.iter().for_each(print_item),
            Value::Null => {}
            _ => {
                let secret = SECRETS.contains(&name.as_str());
                let note = if secret { "   (shown only now)" } else { "" };
                println!("{}: {}{note}", label(name), plain(value));
            }
        }
    }
}

fn print_item(item: &Value) {
    match item.as_object() {
        Some(_) => {
            let columns = ["accountId", "state", "email", "name"];
            let columns = columns.map(|name| plain(&item[name]));
            println!("{}", columns.join("  "));
        }
        None => println!("{}", plain(item)),
    }
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn label(name: &str) -> &str {
    match name {
        "accountId" => "account",
        "email" => "root user",
        "password" => "root password",
        "accessKeyId" => "AWS_ACCESS_KEY_ID",
        "secretAccessKey" => "AWS_SECRET_ACCESS_KEY",
        "serialNumber" => "MFA device",
        "base32Seed" => "MFA secret",
        "otpauthUri" => "for an authenticator app",
        other => other,
    }
}

const SECRETS: &[&str] = &["password", "secretAccessKey", "base32Seed", "otpauthUri"];
const ANSWER_MAX: Duration = Duration::from_secs(30);
const ANSWER_BYTES_MAX: usize = 8 << 20;

#[cfg(test)]
mod tests {
    use super::carry_out;
    use crate::operator::Order;

    #[tokio::test]
    async fn to_look_for_accounts_makes_no_store() {
        let dir = tempfile::tempdir().expect("a temporary folder can be made");
        let list = Order::List { after: None };
        let told = carry_out(list, dir.path(), None).await;
        let error = told.expect_err("there is no store");
        assert!(error.contains("nothing is stored there"), "{error}");
        let made = std::fs::read_dir(dir.path()).expect("it is there").count();
        assert_eq!(made, 0);
    }
}

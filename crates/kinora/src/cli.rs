//! The command line.

pub mod account;
pub mod audit;
pub mod client;
pub mod credentials;
pub mod demo;
pub mod fsck;
pub mod get;
pub mod put;
pub mod serve;
mod timestamp;
pub mod why;

#[cfg(test)]
mod tests;

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A self-hosted video-stream service that speaks the Amazon Kinesis Video Streams API.
#[derive(Parser)]
#[command(name = "kinora", version, about, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// What to log, such as `info` or `kinora=debug` [default: info for serve, else warn]
    #[arg(long, global = true, env = "KINORA_LOG", value_name = "FILTER")]
    log: Option<String>,
    /// Log as JSON, one object a line
    #[arg(long, global = true, env = "KINORA_LOG_JSON")]
    log_json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server
    Serve(Box<serve::ServeArgs>),
    /// Run a server with a synthetic camera and a player, on temporary data
    Demo(demo::DemoArgs),
    /// Send media to a stream
    Put(put::PutArgs),
    /// Write a stream's media to standard output
    Get(get::GetArgs),

    /// Explain why a request was allowed or denied
    Why(why::WhyArgs),
    /// Print the audit trail of an account
    Audit(audit::AuditArgs),
    /// Make and manage accounts
    Account(account::AccountArgs),
    /// Check a data directory
    Fsck(fsck::FsckArgs),
    /// Show how the server can be configured
    Config(ConfigArgs),
}

/// Shows how the server can be configured.
#[derive(clap::Args)]
struct ConfigArgs {
    /// Print every key with its meaning and default, as a configuration file
    #[arg(long, required = true)]
    reference: bool,
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    start_log(&arguments);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        // What is durable is told from the store's threads. Those who wait for it should
        // not stay behind sixty polls of others, which is the default.
        .global_queue_interval(8)
        .build();
    let result = match runtime {
        Ok(runtime) => runtime.block_on(run(arguments.command)),
        Err(error) => Err(format!("the runtime cannot start: {error}")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            let colour = std::io::stderr().is_terminal();
            let (red, plain) = if colour {
                ("\x1b[31m", "\x1b[0m")
            } else {
                ("", "")
            };
            // With stderr closed there is nobody to tell.
            let _ = writeln!(std::io::stderr(), "{red}error:{plain} {message}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<(), String> {
    match command {
        Command::Serve(args) => serve::run(*args).await,
        Command::Demo(args) => demo::run(args).await,
        Command::Put(args) => put::run(args).await.map_err(|error| error.to_string()),
        Command::Get(args) => get::run(args).await.map_err(|error| error.to_string()),
        Command::Why(args) => why::run(args).await.map_err(|error| error.to_string()),
        Command::Audit(args) => audit::run(args).await.map_err(|error| error.to_string()),

        Command::Account(args) => account::run(args).await,
        Command::Fsck(args) => fsck::run(args).await,
        Command::Config(ConfigArgs { reference: _ }) => {
            let written = std::io::stdout().write_all(crate::config::REFERENCE.as_bytes());
            written.map_err(|error| error.to_string())
        }
    }
}

/// Writes to standard output. Whoever reads it may have seen enough.
fn print(text: &str) -> Result<(), client::CliError> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(client::CliError::new(format!("cannot write: {error}")))
        }
        _ => Ok(()),
    }
}

fn start_log(arguments: &Arguments) {
    // The demo's own words are for a person; the log would drown them.
    let default = match arguments.command {
        Command::Serve(_) => "info",
        _ => "warn",
    };
    let filter = arguments.log.clone().unwrap_or_else(|| default.to_owned());
    let filter = tracing_subscriber::EnvFilter::try_new(&filter)
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    if arguments.log_json {
        log.json().init();
    } else {
        log.init();
    }
}

//! The project's own commands, run as `cargo xtask <command>`.
//!
//! Each command is a module whose `run` takes the remaining arguments. There are no
//! shell scripts beside this.

mod bench;
mod ci;
mod codegen;
mod compat;
mod console;
mod deny;
mod run;
mod setup;
mod shell;
mod test;
mod tidy;

use std::process::ExitCode;

/// Why a command failed: one message for the person who started it.
pub(crate) type Result<T> = std::result::Result<T, String>;

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let name = args.next().unwrap_or_default();
    let rest: Vec<String> = args.collect();
    if matches!(name.as_str(), "" | "help" | "-h" | "--help") {
        print_help();
        return ExitCode::SUCCESS;
    }
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        eprintln!("error: there is no command `{name}`\n");
        print_help();
        return ExitCode::from(2);
    };
    if rest
        .first()
        .is_some_and(|arg| arg == "--help" || arg == "-h")
        && name != "run"
    {
        println!(
            "cargo xtask {} {}\n    {}",
            command.name, command.usage, command.about
        );
        return ExitCode::SUCCESS;
    }
    match (command.run)(&rest) {
        Ok(()) => ExitCode::SUCCESS,
        // The closing line of `test` and `ci` must stay the last one.
        Err(message) if message.is_empty() => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn print_help() {
    println!("usage: cargo xtask <command> [arguments]\n");
    for command in COMMANDS {
        println!(
            "  {:<8} {:<22} {}",
            command.name, command.usage, command.about
        );
    }
}

/// One subcommand.
struct Command {
    name: &'static str,
    usage: &'static str,
    about: &'static str,
    /// An empty error message means that everything was said already.
    run: fn(&[String]) -> Result<()>,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "run",
        usage: "[ARGUMENT…]",
        about: "build the console and the server, and start `kinora demo` with the arguments",
        run: run::run,
    },
    Command {
        name: "test",
        usage: "[-- FILTER…]",
        about: "install what the tests need, then run all of them",
        run: test::run,
    },
    Command {
        name: "ci",
        usage: "",
        about: "the whole gate: format, lints, tidy, generated files, docs, licences, tests",
        run: ci::run,
    },
    Command {
        name: "bench",
        usage: "[--quick] [a b c …]",
        about: "measure the server beside its peers; docs/BENCHMARKS.md says what each is",
        run: bench::run,
    },
    Command {
        name: "tidy",
        usage: "",
        about: "check the house rules that no compiler checks",
        run: tidy::run,
    },
    Command {
        name: "deny",
        usage: "",
        about: "check licences, sources and duplicates of all dependencies",
        run: |_| deny::run(),
    },
    Command {
        name: "codegen",
        usage: "[--check] [--offline]",
        about: "write the wire shapes from models/ (or check that they are current)",
        run: codegen::run,
    },
    Command {
        name: "console",
        usage: "",
        about: "build the web console, which the next build of the server embeds",
        run: console::run,
    },
    Command {
        name: "compat",
        usage: "",
        about: "write docs/COMPAT.md from models/ and docs/compat.txt",
        run: compat::run,
    },
];

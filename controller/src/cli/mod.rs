//! The command line: what an operator types, and what comes back.
//!
//! Data goes to standard output, talk to standard error. Every way to end has its exit code ([`Exit`]), and
//! every error says what failed, why, what has not changed, and what to try next.

mod advice;
mod args;
mod chart;
mod config;
mod drain;
mod exit;
mod migrate;
mod migration;
mod node;
mod out;
mod pki;
mod run;
mod snapshot;
mod status;
mod summary;
mod switch;

pub use args::Cli;
pub use exit::{Exit, Failure};

use crate::admin::{self, Client, Trouble, Unreachable};
use crate::decode::decode_lines;
use crate::tls::ClientMaterial;
use args::{Common, Verb, View};
use clap::Parser;
use out::Format;
use std::io;
use std::process::ExitCode;

/// Does what the command line says.
pub fn main() -> ExitCode {
    let Cli { common, verb } = Cli::parse();
    match carry_out(common, verb) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            out::say(&failure);
            failure.exit.into()
        }
    }
}

fn carry_out(common: Common, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::Run { config, join, replace, protocols } => {
            run::run(&config, join, replace, protocols)
        }
        Verb::Decode => decode(),
        Verb::Config(verb) => config::carry_out(verb, common.output),
        Verb::Snapshot(verb) => snapshot::carry_out(&common, verb),
        Verb::Pki(verb) => pki::carry_out(common.output, verb),
        verb => wait_for(ask(common, verb)),
    }
}

/// The verbs that ask a cluster.
async fn ask(common: Common, verb: Verb) -> Result<(), Failure> {
    let client = connect(&common).await?;
    match verb {
        Verb::Status => status::status(client, &common).await,
        Verb::Node(verb) => node::carry_out(client, &common, verb).await,
        Verb::Switch(verb) => switch::carry_out(client, &common, verb).await,
        Verb::Migrate(wish) => migrate::migrate(client, &common, &wish).await,
        Verb::Migration(verb) => migration::carry_out(client, &common, verb).await,
        Verb::Run { .. } | Verb::Decode | Verb::Config(_) | Verb::Snapshot(_) | Verb::Pki(_) => {
            unreachable!("`carry_out` has done them")
        }
    }
}

async fn connect(common: &Common) -> Result<Client, Failure> {
    let person = common.tls.as_deref().map(ClientMaterial::load).transpose();
    let person = person.map_err(|error| {
        Failure::new(Exit::Usage, "--tls", error.to_string()).hint("nothing has changed")
    })?;
    let tls = person.map(|person| person.config);
    admin::connect(&common.admin, tls, common.timeout()).await.map_err(|error| unreachable(&error))
}

fn unreachable(error: &Unreachable) -> Failure {
    let met = |wanted: fn(&Trouble) -> bool| error.tried.iter().any(|(_, trouble)| wanted(trouble));
    let (exit, hint) = if met(|it| matches!(it, Trouble::Refused(_))) {
        (
            Exit::NotAuthorised,
            "name a person's folder of this cluster (--tls DIR or BATON_TLS), as it is made by: baton pki issue person",
        )
    } else if met(|it| *it == Trouble::WantsTls) {
        (Exit::NotAuthorised, "say who you are with a person's folder: --tls DIR or BATON_TLS")
    } else if met(|it| *it == Trouble::Plain) {
        (
            Exit::Unhealthy,
            "nothing was said in plain text; if it is meant to be, leave out --tls and BATON_TLS",
        )
    } else {
        (
            Exit::Unhealthy,
            "name the nodes' admin ports: --admin HOST:PORT[,HOST:PORT…] or BATON_ADMIN",
        )
    };
    let what = if exit == Exit::NotAuthorised { "no node lets you in" } else { "no node answers" };
    Failure::new(exit, what, error.to_string()).hint("nothing has changed").hint(hint)
}

/// Returns a request that gives up when the operator's time is over.
fn request<T>(common: &Common, message: T) -> tonic::Request<T> {
    request_within(common.timeout(), message)
}

/// Returns a request that gives up when this time is over.
fn request_within<T>(limit: std::time::Duration, message: T) -> tonic::Request<T> {
    let mut request = tonic::Request::new(message);
    request.set_timeout(limit);
    request
}

/// Returns why something could not be read, and whether less would do.
fn not_read(what: impl Into<String>, view: View, status: &tonic::Status) -> Failure {
    let failure = Failure::from_status(what, status);
    if failure.exit == Exit::Unhealthy && view.is_linearizable() {
        return failure.hint("see what one node has, which may be old: --stale");
    }
    failure
}

/// Returns a line that says whose view was printed, where people asked for everything.
fn seen(answered_by: u64, applied: u64, common: &Common) -> String {
    match common.output {
        Format::Wide => {
            format!("\nanswered by node {answered_by}, which had applied entry {applied}\n")
        }
        Format::Table | Format::Json | Format::Yaml => String::new(),
    }
}

/// Returns who is asking, as far as this machine knows.
fn actor() -> String {
    let user = std::env::var("USER").or_else(|_| std::env::var("LOGNAME"));
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname");
    let host = host.as_deref().map_or("localhost", str::trim);
    let actor = format!("{}@{host}", user.as_deref().unwrap_or("unknown"));
    actor.replace(char::is_control, "?")
}

fn decode() -> Result<(), Failure> {
    let output = io::BufWriter::new(io::stdout().lock());
    match decode_lines(io::stdin().lock(), output) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(Exit::Failed, "decoding stopped", error.to_string()))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

fn wait_for<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| {
        Failure::new(Exit::Failed, "the program could not start", error.to_string())
    })?;
    runtime.block_on(work)
}

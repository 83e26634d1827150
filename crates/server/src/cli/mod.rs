//! The command line: one file a command. Every command answers for people, and as JSON with `--json`.
//!
//! Exit codes: 0 done, 1 the answer is "no", 2 wrong use or unreadable input, 3 done with rejects, 4 the environment failed.

pub mod accident;
pub mod audit;
pub mod backup;
pub mod context;
pub mod credential;
pub mod deadlines;
pub mod demo;
pub mod doctor;
pub mod evidence;
pub mod exit;
pub mod import;
pub mod issue;
pub mod keys;
pub mod officer;
pub mod partner;
pub mod reconcile;
pub mod rules;
pub mod serve;
pub mod show;
pub mod status;
pub mod synth;
pub mod verify;

use clap::{Parser, Subcommand};
pub use context::Context;
pub use exit::Exit;

/// Electronic road credentials that anyone can verify, with no network. 路证:人人可验的电子道路凭证
#[derive(Debug, Parser)]
#[command(name = "luzheng", version, about, propagate_version = true, max_term_width = 100)]
pub struct Cli {
    /// Answer in JSON, for scripts
    #[arg(long, global = true)]
    pub json: bool,
    /// Configuration file (TOML); LUZHENG_* variables win over it
    #[arg(long, global = true, value_name = "FILE", env = "LUZHENG_CONFIG")]
    pub config: Option<std::path::PathBuf>,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// A populated demonstration country on the embedded database, served at once
    Demo(demo::DemoArgs),
    /// The server
    Serve(serve::ServeArgs),
    /// Prepare the database: schema, and the first keys when there are none
    Migrate(doctor::MigrateArgs),
    /// Check keys, clock, status lists, storage and journal
    Doctor(doctor::DoctorArgs),
    /// Save everything into one file
    Backup(backup::BackupArgs),
    /// Bring a backup into an empty database of either engine
    Restore(backup::RestoreArgs),
    /// Bring in register exports or events
    Import(import::ImportArgs),
    /// Differences between a fresh register export and what we hold
    Reconcile(reconcile::ReconcileArgs),
    /// Issue credentials in bulk
    Issue(issue::IssueArgs),
    /// Look at one credential, or suspend, restore or revoke it by hand
    Credential(credential::CredentialArgs),
    /// Get a credential's code out: text, picture or PDF
    Show(show::ShowArgs),
    /// Verify a code, picture or PDF with no network
    Verify(verify::VerifyArgs),
    /// Check evidence that a partner kept, with no network
    Evidence(evidence::EvidenceArgs),
    /// Examine accident records that two phones signed
    Accident(accident::AccidentArgs),
    /// What is due for vehicles and licences: the daily run by hand
    Deadlines(deadlines::DeadlinesArgs),
    /// Ask the rules about cases in a CSV file
    Rules(rules::RulesArgs),
    /// Make a fictional register in the import formats
    Synth(synth::SynthArgs),
    /// Partners: who may verify on-line, with which keys and rights
    Partner(partner::PartnerArgs),
    /// Police officers who check on the road, where they are on duty, and their devices
    Officer(officer::OfficerArgs),
    /// Issuing keys and the trust list
    Keys(keys::KeysArgs),
    /// Publish the status lists
    Status(status::StatusArgs),
    /// Let the journal prove itself
    Audit(audit::AuditArgs),
    /// Print the OpenAPI description of the HTTP interface
    Openapi,
}

/// Runs the program; never panics on input.
pub fn main() -> std::process::ExitCode {
    exit::quiet_broken_pipe();
    let cli = Cli::parse();
    context::start_logging(&cli.command);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("luzheng: the runtime cannot start: {error}");
            return Exit::Environment.into();
        }
    };
    let context = Context { json: cli.json, config: cli.config };
    match runtime.block_on(run(cli.command, &context)) {
        Ok(exit) => exit.into(),
        Err(error) => exit::report(&error, context.json).into(),
    }
}

async fn run(command: Command, context: &Context) -> anyhow::Result<Exit> {
    match command {
        Command::Demo(args) => demo::run(args, context).await,
        Command::Serve(args) => serve::run(args, context).await,
        Command::Migrate(args) => doctor::migrate(args, context).await,
        Command::Doctor(args) => doctor::run(args, context).await,
        Command::Backup(args) => backup::backup(args, context).await,
        Command::Restore(args) => backup::restore(args, context).await,
        Command::Import(args) => import::run(args, context).await,
        Command::Reconcile(args) => reconcile::run(args, context).await,
        Command::Issue(args) => issue::run(args, context).await,
        Command::Credential(args) => credential::run(args, context).await,
        Command::Show(args) => show::run(args, context).await,
        Command::Verify(args) => verify::run(args, context).await,
        Command::Evidence(args) => evidence::run(args, context),
        Command::Accident(args) => accident::run(args, context).await,
        Command::Deadlines(args) => deadlines::run(args, context).await,
        Command::Rules(args) => rules::run(args, context),
        Command::Synth(args) => synth::run(args, context),
        Command::Partner(args) => partner::run(args, context).await,
        Command::Officer(args) => officer::run(args, context).await,
        Command::Keys(args) => keys::run(args, context).await,
        Command::Status(args) => status::run(args, context).await,
        Command::Audit(args) => audit::run(args, context).await,
        Command::Openapi => {
            println!("{}", crate::http::openapi_json());
            Ok(Exit::Done)
        }
    }
}

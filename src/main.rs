//! Command line of Spartito: `serve`, `vacuum`, `sandbox`, `check`, `play`, `feel`,
//! `decide`.
//!
//! Exit codes: 0 fine, 1 findings, 2 unusable input. Words go to standard error, results to
//! standard output.

mod commands;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
#[cfg(feature = "otlp")]
use spartito::otlp::Export;
use spartito::runtime::SystemClock;
use spartito::sandbox::{self, Control, SandboxSettings};
use spartito::server::config::{ServeArgs, Settings};
use spartito::server::run::{self, Server};
use spartito::server::telemetry;

use self::commands::check::CheckArgs;
use self::commands::decide::DecideArgs;
use self::commands::feel::FeelArgs;
use self::commands::play::PlayArgs;

/// Exit code for input that cannot be used.
const UNUSABLE: u8 = 2;

/// Process orchestration in one binary: BPMN models, people, systems.
#[derive(Debug, Parser)]
#[command(name = "spartito", version, max_term_width = 100, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Starts the server: portal, REST door and engine.
    ///
    /// Each setting can be given as a flag, as an environment variable or in a settings file in
    /// TOML; flags win over the environment, the environment over the file.
    Serve(Box<ServeArgs>),
    /// Makes the file of the embedded database anew, as small as it can be, while no server runs.
    ///
    /// Files of this version give space back by themselves when finished instances are removed; one
    /// that an earlier version made does so once this was done.
    Vacuum(Box<ServeArgs>),
    /// Starts the simulated outside systems of the examples: a credit bureau and a payment system.
    Sandbox(SandboxArgs),
    /// Checks BPMN and DMN models and forms, and says all that is wrong or suspicious, with the place.
    Check(CheckArgs),
    /// Plays scenarios against models in memory, under a simulated clock, and says what came of it.
    Play(PlayArgs),
    /// Evaluates a FEEL expression and prints its value as JSON.
    Feel(FeelArgs),
    /// Makes a decision of DMN models and prints its value as JSON.
    Decide(DecideArgs),
}

/// Flags of `spartito sandbox`.
#[derive(Debug, clap::Args)]
struct SandboxArgs {
    /// Address and port to listen on
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:3001")]
    addr: SocketAddr,
    /// What all answers follow from: the same seed gives the same answers
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How long each answer takes, in milliseconds
    #[arg(long, default_value_t = 0)]
    delay_ms: u64,
    /// Which part of the calls fails, from 0 to 1
    #[arg(long, default_value_t = 0.0)]
    failure_rate: f64,
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Serve(args) => serve(*args).map(|()| ExitCode::SUCCESS),
        Command::Vacuum(args) => vacuum(*args).map(|()| ExitCode::SUCCESS),
        Command::Sandbox(args) => run_sandbox(&args).map(|()| ExitCode::SUCCESS),
        Command::Check(args) => commands::check::run(&args),
        Command::Play(args) => commands::play::run(&args),
        Command::Feel(args) => commands::feel::run(&args),
        Command::Decide(args) => commands::decide::run(&args),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("spartito: {error:#}");
        ExitCode::from(UNUSABLE)
    })
}

fn serve(args: ServeArgs) -> anyhow::Result<()> {
    let settings = Settings::load(args)?;
    #[cfg(feature = "otlp")]
    if let Some(export) = Export::from_environment().map_err(anyhow::Error::msg)? {
        telemetry::start_beside(&settings.log, export.layer()).map_err(anyhow::Error::msg)?;
        let served = runtime()?.block_on(run(&settings));
        export.end();
        return served;
    }
    telemetry::start(&settings.log).map_err(anyhow::Error::msg)?;
    runtime()?.block_on(run(&settings))
}

/// Serves until the process is told to end.
async fn run(settings: &Settings) -> anyhow::Result<()> {
    let server = Server::start(settings, Arc::new(SystemClock)).await?;
    println!("Spartito is ready: {}", server.url());
    if let Some(link) = server.set_up_link() {
        println!("Set it up within 30 minutes, once: {link}");
    }
    if let Some(addr) = server.metrics_addr() {
        println!("Figures are shown on: http://{addr}/metrics");
    }
    let hurry = server.hurry();
    let stop = async move {
        told_to_stop().await;
        // Told once more, it does not wait for load balancers.
        tokio::spawn(async move {
            told_to_stop().await;
            hurry.cancel();
        });
    };
    server.serve(stop).await?;
    println!("Spartito has stopped.");
    Ok(())
}

fn vacuum(args: ServeArgs) -> anyhow::Result<()> {
    let settings = Settings::load(args)?;
    let (before, after) = runtime()?.block_on(run::vacuum(&settings))?;
    println!("The database has {after} bytes; it had {before}.");
    Ok(())
}

fn run_sandbox(args: &SandboxArgs) -> anyhow::Result<()> {
    anyhow::ensure!((0.0..=1.0).contains(&args.failure_rate), "--failure-rate must be from 0 to 1");
    telemetry::start("info").map_err(anyhow::Error::msg)?;
    runtime()?.block_on(async {
        let listener = tokio::net::TcpListener::bind(args.addr)
            .await
            .with_context(|| format!("cannot listen on {}", args.addr))?;
        println!("The sandbox is ready: http://{}", listener.local_addr()?);
        let control = Control {
            delay_ms: args.delay_ms,
            failure_rate: args.failure_rate,
            ..Control::default()
        };
        let settings = SandboxSettings { seed: args.seed, control };
        sandbox::serve(listener, settings, told_to_stop()).await?;
        Ok(())
    })
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the threads")
}

/// Done when the process is told to end: Ctrl-C or SIGTERM.
async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).expect("signals can be listened to");
    let mut interrupt = signal(SignalKind::interrupt()).expect("signals can be listened to");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    eprintln!("Stopping; requests under way are let to end.");
}

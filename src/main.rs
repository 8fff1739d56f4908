//! Parses the command line, calls one function, turns the result into an exit code.

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use slepian::cli::{Cli, Command, PlanArgs, RunArgs};
use slepian::comm::{self, World};
use slepian::error::{Error, Result};
use slepian::launch::{self, Environment, Start, Wish};
use slepian::{config, info, logging, run, synth};

fn main() -> ExitCode {
    comm::end_job_on_panic();
    hdf5::silence_errors(true);
    let version = format!(
        "{} ({}, HDF5 {})",
        env!("CARGO_PKG_VERSION"),
        comm::library_version(),
        run::hdf5_version()
    );
    let matches = Cli::command().version(version).try_get_matches();
    let cli = match matches.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) if Environment::here().speaks() => error.exit(),
        Err(error) => return ExitCode::from(error.exit_code() as u8),
    };
    let done = match cli.command {
        Command::Run(args) => start_run(&args),
        Command::Plan(args) => show_plan(&args),
        Command::Defaults { method } => show_defaults(&method),
        Command::Synth(args) => synth::synth(&args),
        Command::Info { path } => info::show(&path),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if error.is_ours() {
                comm::say(&format!("error: {}", error.one_line()));
            }
            ExitCode::from(error.exit_code())
        }
    }
}

fn start_run(args: &RunArgs) -> Result<()> {
    let environment = Environment::here();
    let ranks = args.ranks.map(|ranks| ranks as usize);
    // a launcher's ranks have it read by rank 0 and shared
    let config = match environment.launched {
        Some(launched) if launched.size > 1 => None,
        _ => Some(run::load(&args.config, &args.set)?),
    };
    let parallel = config.as_ref().and_then(|config| config.analysis.parallel);
    let alone = |error: Error| match environment.speaks() {
        true => error,
        false => Error::Elsewhere {
            rank: 0,
            exit_code: error.exit_code(),
        },
    };
    let wish = Wish {
        ranks,
        serial: args.serial,
        parallel,
    };
    let world = match launch::decide(&environment, wish).map_err(alone)? {
        Start::Serial => World::serial(),
        Start::Join => World::join()?,
        Start::Relaunch(launcher) => return Err(launcher.exec()),
    };
    launch::check_world(&world, &environment).map_err(alone)?;
    if world.is_root() {
        logging::start(args.quiet, args.verbose);
        if let Some(text) = launch::warning(&environment, wish) {
            tracing::warn!("{text}");
        }
    }
    let request = run::Request {
        config: args.config.clone(),
        sets: args.set.clone(),
        overwrite: args.overwrite,
        quiet: args.quiet,
    };
    run::run(&request, config, world)
}

fn show_plan(args: &PlanArgs) -> Result<()> {
    let n_ranks = args
        .ranks
        .map_or(Environment::here().n_cores, |ranks| ranks as usize);
    logging::print(&run::plan(&args.config, &args.set, n_ranks)?)
}

fn show_defaults(method: &str) -> Result<()> {
    let text = config::defaults(method)
        .map_err(|what| Error::Usage(format!("method \"{method}\": {what}")))?;
    logging::print(&text)
}

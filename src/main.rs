//! Parses the command line, calls one function, turns the result into an exit code.

use std::io::ErrorKind;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use slepian::cli::{Cli, Command, ConvertArgs, PlanArgs, RunArgs};
use slepian::comm::{self, World};
use slepian::config::Config;
use slepian::error::{Error, Result};
use slepian::input::DESCRIBING;
use slepian::launch::{self, Environment, Wish};
use slepian::output::{Intent, close_nothing_at_exit, hdf5_version};
use slepian::request::Request;
use slepian::run::Ending;
use slepian::submit::WORK_IS_LEFT;
use slepian::{
    config, convert, hdf5_process, info, logging, plot, run, signals, status, submit, synth,
    trials, verify,
};

/// Ends the job where there is no memory left.
#[global_allocator]
static ALLOCATOR: comm::Allocator = comm::Allocator;

fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    if words
        .next()
        .is_some_and(|word| word == hdf5_process::SUBCOMMAND)
    {
        hdf5_process::main(words.next(), &[&DESCRIBING, &info::PAGE]);
    }
    comm::end_job_on_panic();
    close_nothing_at_exit();
    hdf5_process::enable();
    hdf5::silence_errors(true);
    let mut command = Cli::command();
    if std::env::args_os().any(|word| word == "--version" || word == "-V") {
        command = command.version(version());
    }
    let matches = command.try_get_matches();
    let cli = match matches.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) if Environment::here().speaks() => return print_usage(&error),
        Err(error) => return ExitCode::from(error.exit_code() as u8),
    };
    let done = signals::outlive_size_limit().and_then(|()| match cli.command {
        Command::Run(args) => start_run(&args),
        Command::Submit(args) => submit::submit(&args).map(ExitCode::from),
        Command::Plan(args) => show_plan(&args).map(|()| ExitCode::SUCCESS),
        Command::Defaults { method } => show_defaults(&method).map(|()| ExitCode::SUCCESS),
        Command::Synth(args) => synth::synth(&args).map(|()| ExitCode::SUCCESS),
        Command::Status(args) => status::show(&args).map(|is_left| match is_left {
            true if args.exit_code => WORK_IS_LEFT.into(),
            _ => ExitCode::SUCCESS,
        }),
        Command::Verify { path } => verify::verify(&path).map(|()| ExitCode::SUCCESS),
        Command::Plot(args) => plot::plot(&args).map(|()| ExitCode::SUCCESS),
        Command::Info(args) => info::show(&args).map(|()| ExitCode::SUCCESS),
        Command::Trials(args) => trials::trials(&args).map(|()| ExitCode::SUCCESS),
        Command::Convert(args) => start_convert(&args).map(|()| ExitCode::SUCCESS),
    });
    // not every system clears away what a process leaves to it
    hdf5_process::reap();
    match done {
        Ok(code) => code,
        Err(error) => {
            if error.is_ours() {
                comm::say(&format!("error: {}", error.one_line()));
            }
            ExitCode::from(error.exit_code())
        }
    }
}

/// Prints help, version or what is wrong with the command line.
fn print_usage(error: &clap::Error) -> ExitCode {
    match error.print() {
        Err(cause) if !error.use_stderr() && cause.kind() != ErrorKind::BrokenPipe => {
            comm::say(&format!("error: stdout: cannot write: {cause}"));
            ExitCode::FAILURE
        }
        _ => ExitCode::from(error.exit_code() as u8),
    }
}

/// The versions of the program and of its libraries, which take a millisecond to say it.
fn version() -> String {
    format!(
        "{} ({}, HDF5 {})",
        env!("CARGO_PKG_VERSION"),
        comm::library_version(),
        hdf5_version()
    )
}

fn start_run(args: &RunArgs) -> Result<ExitCode> {
    let environment = Environment::here();
    let started = join_ranks(args, &environment);
    // also where the program ends here by itself: the launch was none the less good
    if started.as_ref().map_or(true, |(world, _)| world.is_root()) {
        launch::note_start(args.launch_marker.as_deref());
    }
    let (world, config) = started?;
    let request = Request {
        config: args.study.config.clone(),
        sets: args.study.set.clone(),
        intent: match (args.resume, args.overwrite) {
            (true, _) => Intent::Resume,
            (_, true) => Intent::Overwrite,
            _ => Intent::Anew,
        },
        quiet: args.quiet,
    };
    Ok(match run::run(&request, config, world)? {
        // a launcher makes other codes, even failures, of it
        Ending::Stopped if environment.launched.is_none() => WORK_IS_LEFT.into(),
        Ending::Stopped | Ending::Finished => ExitCode::SUCCESS,
    })
}

/// The world of a run, and its config where it was read before there was one.
fn join_ranks(args: &RunArgs, environment: &Environment) -> Result<(World, Option<Config>)> {
    let ranks = args.ranks.map(|ranks| ranks as usize);
    // a launcher's ranks have it read by rank 0 and shared
    let config = match environment.launched {
        Some(launched) if launched.size > 1 => None,
        _ => Some(run::load(&args.study.config, &args.study.set)?),
    };
    let parallel = config.as_ref().and_then(|config| config.analysis.parallel);
    let wish = Wish {
        ranks,
        serial: args.serial,
        parallel,
    };
    let world = launch::enter(environment, wish, signals::listen)?;
    if world.is_root() {
        logging::start(args.quiet, args.verbose);
        if let Some(text) = launch::warning(environment, wish) {
            tracing::warn!("{text}");
        }
    }
    Ok((world, config))
}

fn start_convert(args: &ConvertArgs) -> Result<()> {
    let environment = Environment::here();
    let wish = Wish {
        ranks: args.ranks.map(|ranks| ranks as usize),
        ..Wish::default()
    };
    let world = launch::enter(&environment, wish, signals::listen)?;
    if world.is_root() {
        logging::start(args.quiet, false);
    }
    convert::convert(args, world)
}

fn show_plan(args: &PlanArgs) -> Result<()> {
    let n_ranks = args
        .ranks
        .map_or(Environment::here().n_cores, |ranks| ranks as usize);
    logging::print(&run::plan(
        &args.study.config,
        &args.study.set,
        n_ranks,
        !args.no_timing,
    )?)
}

fn show_defaults(method: &str) -> Result<()> {
    let text = config::defaults(method)
        .map_err(|what| Error::Usage(format!("method \"{method}\": {what}")))?;
    logging::print(&text)
}

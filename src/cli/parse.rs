//! From the process's arguments and `TF_CLI_ARGS*` to a [`Cli`].

use super::args::{Cli, Command, InputArgs, OrderedVar};
use super::dashes::{normalise, split_words};
use clap::{ArgMatches, CommandFactory, FromArgMatches};
use std::collections::BTreeMap;
use std::ffi::OsString;

/// Parses; clap's own error (also for `--help`) when that is not possible.
///
/// # Errors
/// Whatever clap has to say: usage, unknown flags, help and version texts.
pub fn parse(args: Vec<OsString>, env: &BTreeMap<String, String>) -> Result<Cli, clap::Error> {
    let args = normalise(with_environment(args, env)?);
    let matches = super::help::grouped(Cli::command()).try_get_matches_from(args)?;
    let mut cli = Cli::from_arg_matches(&matches)?;
    if let Some(input) = input_of(&mut cli.command) {
        input.ordered = ordered(innermost(&matches));
    }
    Ok(cli)
}

/// `TF_CLI_ARGS` and `TF_CLI_ARGS_<command>` stand directly behind the command's name.
fn with_environment(mut args: Vec<OsString>, env: &BTreeMap<String, String>) -> Result<Vec<OsString>, clap::Error> {
    let names: Vec<String> = Cli::command().get_subcommands().map(|c| c.get_name().to_string()).collect();
    let position = args.iter().skip(1).position(|a| a.to_str().is_some_and(|a| names.iter().any(|n| n == a)));
    let Some(position) = position.map(|p| p + 1) else { return Ok(args) };
    let command = args.get(position).map(|a| a.to_string_lossy().into_owned()).unwrap_or_default();
    let mut extra = Vec::new();
    for name in ["TF_CLI_ARGS".to_string(), format!("TF_CLI_ARGS_{command}")] {
        let Some(text) = env.get(&name) else { continue };
        let words = split_words(text).map_err(|e| Cli::command().error(clap::error::ErrorKind::ValueValidation, format!("{name}: {e}")))?;
        extra.extend(words);
    }
    args.splice(position + 1..position + 1, extra);
    Ok(args)
}

fn input_of(command: &mut Command) -> Option<&mut InputArgs> {
    Some(match command {
        Command::Fmt(_) | Command::New(_) | Command::Prices(_) => return None,
        Command::Plan(a) => &mut a.env.input,
        Command::Apply(a) => &mut a.env.input,
        Command::Deploy(a) => &mut a.input,
        Command::Rollback(a) => &mut a.input,
        Command::Destroy(a) => &mut a.env.input,
        Command::Import(a) => &mut a.input,
        Command::Show(a) => &mut a.input,
        Command::Output(a) => &mut a.input,
        Command::Ssh(a) => &mut a.input,
        Command::Exec(a) => &mut a.input,
        Command::Logs(a) => &mut a.input,
        Command::Status(a) => &mut a.env.input,
        Command::Drift(a) => &mut a.env.input,
        Command::Bootstrap(a) => &mut a.env.input,
        Command::Doctor(a) => &mut a.env.input,
        Command::Compare(a) => &mut a.input,
        Command::Cost(a) => &mut a.env.input,
        Command::Policy(a) => &mut a.env.input,
        Command::Audit(a) => &mut a.input,
        Command::Env(super::args_compare::EnvCommand::Check(a)) => &mut a.input,
        Command::Validate(a) => &mut a.env.input,
        Command::Console(a) => &mut a.env.input,
        Command::Test(a) => &mut a.env.input,
        Command::Graph(a) => &mut a.env.input,
        Command::Providers(a) => &mut a.env.input,
        Command::Lock(command) => command.input_mut(),
        Command::Unlock(a) => &mut a.input,
        Command::Get(a) => &mut a.env.input,
        Command::Init(a) => &mut a.env.input,
        Command::State(command) => command.input_mut(),
        Command::Snapshot(command) => command.input_mut(),
        Command::Restore(a) => &mut a.env.input,
        Command::Workspace(command) => command.input_mut(),
        Command::Migrate(a) => &mut a.env.input,
        Command::History(a) => &mut a.env.input,
        Command::Taint(a) | Command::Untaint(a) => &mut a.input,
    })
}

fn innermost(matches: &ArgMatches) -> &ArgMatches {
    matches.subcommand().map_or(matches, |(_, inner)| innermost(inner))
}

/// `-var` and `-var-file` merged by their place on the command line.
fn ordered(matches: &ArgMatches) -> Vec<OrderedVar> {
    let collect = |name: &str, wrap: fn(String) -> OrderedVar| -> Vec<(usize, OrderedVar)> {
        let values = matches.get_many::<String>(name).into_iter().flatten().cloned().map(wrap);
        matches.indices_of(name).into_iter().flatten().zip(values).collect()
    };
    let mut all = collect("var", OrderedVar::Value);
    all.extend(collect("var_file", OrderedVar::File));
    all.sort_by_key(|(index, _)| *index);
    all.into_iter().map(|(_, v)| v).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_words(words: &[&str], env: &[(&str, &str)]) -> Cli {
        let env = env.iter().map(|(k, v)| ((*k).to_string(), (*v).to_string())).collect();
        parse(words.iter().map(OsString::from).collect(), &env).unwrap()
    }

    #[test]
    fn variables_keep_their_order() {
        let cli = parse_words(&["envctl", "plan", "stage", "-var", "a=1", "-var-file=x.tfvars", "--var=b=2"], &[]);
        let Command::Plan(plan) = cli.command else { unreachable!() };
        let want = [OrderedVar::Value("a=1".into()), OrderedVar::File("x.tfvars".into()), OrderedVar::Value("b=2".into())];
        assert_eq!(plan.env.input.ordered, want);
    }

    #[test]
    fn arguments_of_the_environment_come_first() {
        let env = [("TF_CLI_ARGS", "-no-color"), ("TF_CLI_ARGS_plan", "-refresh=false -lock-timeout=5s")];
        let cli = parse_words(&["envctl", "plan", "stage", "-lock=false"], &env);
        assert!(cli.no_color);
        let Command::Plan(plan) = cli.command else { unreachable!() };
        assert!(!plan.planning.refresh && !plan.lock.lock);
        assert_eq!(plan.lock.lock_timeout, "5s");
    }

    #[test]
    fn the_command_definition_is_consistent() {
        Cli::command().debug_assert();
    }
}

//! Positional words: the environment first, where it is given, then addresses.

use crate::addr::{InstanceAddr, ParseError, Target, parse_instance, parse_target};
use crate::diag::{Diagnostic, Diagnostics};

/// Environment and exactly `N` words; the environment may be left out in front of them.
///
/// # Errors
/// When there are more or fewer.
pub fn env_and<'w, const N: usize>(words: &'w [String], usage: &str) -> Result<(Option<&'w str>, [&'w str; N]), Diagnostics> {
    let texts: Vec<&str> = words.iter().map(String::as_str).collect();
    let (env, rest) = match texts.split_first() {
        Some((env, rest)) if texts.len() == N + 1 => (Some(*env), rest),
        _ => (None, texts.as_slice()),
    };
    let rest: [&str; N] = rest.try_into().map_err(|_| {
        let detail = format!("{} words were given.", words.len());
        Diagnostics::from(Diagnostic::error("Wrong number of arguments", detail).help(format!("Usage: envctl {usage}")))
    })?;
    Ok((env, rest))
}

/// Environment and any number of addresses. A first word that reads as an address and names no
/// folder is one: inside a root module the environment may be left out.
#[must_use]
pub fn env_and_addresses(words: &[String]) -> (Option<&str>, &[String]) {
    match words.split_first() {
        Some((first, _)) if parse_target(first).is_ok() && !names_folder(first) => (None, words),
        Some((first, rest)) => (Some(first), rest),
        None => (None, words),
    }
}

fn names_folder(word: &str) -> bool {
    let Ok(cwd) = std::env::current_dir() else { return false };
    cwd.join(word).is_dir() || cwd.ancestors().any(|d| d.join("environments").join(word).is_dir())
}

/// Addresses of modules, resources or instances.
///
/// # Errors
/// All texts that are none.
pub fn targets(words: &[impl AsRef<str>]) -> Result<Vec<Target>, Diagnostics> {
    let mut diags = Diagnostics::new();
    let found: Vec<Target> = words.iter().filter_map(|w| parse_target(w.as_ref()).map_err(|e| diags.push(invalid(&e))).ok()).collect();
    if diags.has_errors() { Err(diags) } else { Ok(found) }
}

/// The address of one instance.
///
/// # Errors
/// When the text is none.
pub fn instance(word: &str) -> Result<InstanceAddr, Diagnostics> {
    parse_instance(word).map_err(|e| invalid(&e).into())
}

fn invalid(e: &ParseError) -> Diagnostic {
    let help = "Write it like aws_instance.web, module.net.aws_subnet.public[0] or 'aws_eip.ip[\"stage\"]' (in single quotes).";
    Diagnostic::error("Invalid address", format!("{:?}: {}.", e.text, e.message)).help(help)
}

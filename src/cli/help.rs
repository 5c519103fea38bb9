//! The list of commands, by what people want to do: clap knows no groups of subcommands.

use clap::Command;
use std::fmt::Write;

/// Headings and what stands below them. A test sees to it that every command has its place.
const GROUPS: [(&str, &[&str]); 4] = [
    ("Everyday", &["plan", "apply", "deploy", "destroy", "output", "status", "ssh", "exec", "logs", "rollback"]),
    (
        "Environments",
        &["bootstrap", "new", "doctor", "compare", "drift", "env", "audit", "snapshot", "restore", "cost", "prices", "policy", "history"],
    ),
    ("Language", &["validate", "fmt", "console", "graph", "show", "test", "providers", "get", "init"]),
    ("State", &["state", "taint", "untaint", "import", "migrate", "lock", "unlock", "workspace"]),
];

/// The program's command with its commands in groups.
pub fn grouped(command: Command) -> Command {
    let mut list = String::new();
    for (title, names) in GROUPS {
        let _ = writeln!(list, "{title}:");
        for name in names {
            let about = command.find_subcommand(name).and_then(Command::get_about).map(ToString::to_string).unwrap_or_default();
            let _ = writeln!(list, "  {name:<11}{about}");
        }
        list.push('\n');
    }
    let template = format!("{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{list}Options:\n{{options}}{{after-help}}\n");
    command.help_template(template)
}

#[cfg(test)]
mod tests {
    use super::super::Cli;
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn every_command_has_its_place() {
        let command = Cli::command();
        let mut there: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
        let mut listed: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        there.sort_unstable();
        listed.sort_unstable();
        assert_eq!(listed, there);
        let help = grouped(command).render_help().to_string();
        assert!(help.contains("Everyday:\n  plan") && help.contains("\nOptions:") && help.contains("Examples:"), "{help}");
    }
}

//! The command line of `new`.

use clap::Args;

/// `new`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  envctl new sandbox -region eu-central-1               a network, a machine, a database, an application
  envctl new lab -from machine -region eu-central-1 -set instance_type=t3.micro
  envctl new qa -from stage -set git_ref=develop         a copy of stage under another name, without its secrets

Templates: web (network, machine with a fixed address, database, application), machine (the same without a database),
bare (provider and backend). The modules that they call are written to modules/ where the project has none of that name.
Nothing is ever overwritten, and nothing is created in AWS.")]
#[allow(missing_docs)]
pub struct NewArgs {
    /// Name of the environment: its folder under environments/
    #[arg(value_name = "ENV")]
    pub name: String,
    /// A template, or an environment to copy
    #[arg(long, value_name = "TEMPLATE|ENV", default_value = "web")]
    pub from: String,
    /// AWS region; AWS_REGION when left out
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// Value of a variable, for terraform.tfvars
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<String>,
}

//! What the program brings along: parts of environments, and the modules of this repository.

/// A kind of environment.
#[derive(Debug, PartialEq, Eq)]
pub struct Template {
    /// As it is asked for.
    pub name: &'static str,
    /// In words.
    pub about: &'static str,
    /// Its files: name and text.
    pub files: &'static [(&'static str, &'static str)],
    /// Modules that it calls.
    pub modules: &'static [&'static str],
}

const COMMON: (&str, &str) = ("common.tf", include_str!("parts/common.tf"));
const NETWORK: (&str, &str) = ("network.tf", include_str!("parts/network.tf"));
const MACHINE: (&str, &str) = ("machine.tf", include_str!("parts/machine.tf"));
const DATABASE: (&str, &str) = ("database.tf", include_str!("parts/database.tf"));
const APP: (&str, &str) = ("app.hcl", include_str!("parts/app.hcl"));

/// All of them; the first is what is made when none is named.
pub const TEMPLATES: [Template; 3] = [
    Template {
        name: "web",
        about: "a network, a machine with a fixed address, a database, an application",
        files: &[COMMON, NETWORK, MACHINE, DATABASE, APP],
        modules: &["network", "compute", "database"],
    },
    Template {
        name: "machine",
        about: "a network, a machine with a fixed address, an application",
        files: &[COMMON, NETWORK, MACHINE, APP],
        modules: &["network", "compute"],
    },
    Template { name: "bare", about: "provider and backend, nothing else", files: &[COMMON], modules: &[] },
];

/// The modules by name, with their files.
pub const MODULES: [(&str, &[(&str, &str)]); 3] = [
    (
        "network",
        &[
            ("main.tf", include_str!("../../../modules/network/main.tf")),
            ("outputs.tf", include_str!("../../../modules/network/outputs.tf")),
            ("variables.tf", include_str!("../../../modules/network/variables.tf")),
        ],
    ),
    (
        "compute",
        &[
            ("main.tf", include_str!("../../../modules/compute/main.tf")),
            ("outputs.tf", include_str!("../../../modules/compute/outputs.tf")),
            ("user_data.sh.tftpl", include_str!("../../../modules/compute/user_data.sh.tftpl")),
            ("variables.tf", include_str!("../../../modules/compute/variables.tf")),
        ],
    ),
    (
        "database",
        &[
            ("main.tf", include_str!("../../../modules/database/main.tf")),
            ("outputs.tf", include_str!("../../../modules/database/outputs.tf")),
            ("variables.tf", include_str!("../../../modules/database/variables.tf")),
        ],
    ),
];

/// A template by name.
#[must_use]
pub fn template(name: &str) -> Option<&'static Template> {
    TEMPLATES.iter().find(|t| t.name == name)
}

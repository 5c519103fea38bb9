//! What the killed runs make, and what a second run makes of it: every way in which objects come, change and go.

fn read(name: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/killed/trees").join(name);
    std::fs::read_to_string(path).expect("a tree")
}

/// Parts of a network; the state is locked with a table.
pub fn network() -> String {
    read("network.tf")
}

/// Machine, database, role, storage and results without an API; locked with an object and a table.
pub fn machine() -> String {
    read("machine.tf")
}

/// A text in which each of these stood once.
fn replace(text: &str, changes: &[(&str, &str)]) -> String {
    changes.iter().fold(text.to_string(), |text, (old, new)| {
        assert_eq!(text.matches(old).count(), 1, "{old}");
        text.replace(old, new)
    })
}

/// Changed in place, replaced (destroyed first and created first), gone, new.
pub fn changed_network() -> String {
    replace(
        &network(),
        &[
            ("Name = \"killed\"", "Name = \"changed\""),
            ("10.0.1.0/24\"", "10.0.2.0/24\""),
            ("from_port      = 443", "from_port      = 80"),
            ("resource \"aws_eip\" \"this\" {\n  domain = \"vpc\"", "resource \"aws_eip\" \"other\" {\n  domain = \"vpc\""),
            (
                "  map_public_ip_on_launch = true",
                "  map_public_ip_on_launch = true\n\n  lifecycle {\n    create_before_destroy = true\n  }",
            ),
        ],
    )
}

/// The machine is stopped and started, its key replaced before the old one goes, the database changed, the policy
/// gets a version, the role's name and the password are new ones, the bucket's settings move.
pub fn changed_machine() -> String {
    replace(
        &machine(),
        &[
            ("t3.micro", "t3.small"),
            ("killed-key\"", "killed-key-two\""),
            ("db.t4g.micro", "db.t4g.small"),
            ("\"s3:GetObject\"", "\"s3:PutObject\""),
            ("killed-machine\"", "killed-machine-two\""),
            ("length = 20", "length = 24"),
            ("status = \"Enabled\"", "status = \"Suspended\""),
            ("from_port         = 443", "from_port         = 8443"),
            ("to_port           = 443", "to_port           = 8443"),
            ("description = \"SSH\"", "description = \"the team\""),
        ],
    )
}

//! Changes to an applied environment: what the plan calls each, and that applying it leaves nothing to do.

use super::{House, assert_nothing_left, changes};
use crate::harness::{Inventory, Outcome};

const WEB: &str = include_str!("configurations/web.tf");

/// Variables that were changed so far, as arguments.
struct Web {
    house: House,
    vars: Vec<String>,
}

impl Web {
    fn args(&self) -> Vec<&str> {
        self.vars.iter().map(String::as_str).collect()
    }

    /// Changes a variable; the plan, which says all of this and makes these counts.
    #[track_caller]
    fn change(&mut self, var: &str, value: &str, counts: &str, says: &[&str]) -> Outcome {
        self.vars.push(format!("-var={var}={value}"));
        let plan = self.house.differs("web", &self.args()).says(&format!("Plan: {counts}."));
        for text in says {
            assert!(plan.stdout.contains(text), "no {text:?} in\n{}", plan.text());
        }
        self.house.proxy.reset_stats();
        self.house.apply("web", &self.args());
        plan
    }

    fn called(&self, operation: &str) -> u64 {
        self.house.proxy.calls(operation)
    }
}

const IN_PLACE: &str = "0 to add, 1 to change, 0 to destroy";

#[test]
fn each_change_is_the_right_action_and_destroy_leaves_nothing() {
    let house = House::with_home("journey-state", "journey-locks");
    let before = Inventory::of(&house.aws);
    house.envctl.file("environments/web/main.tf", WEB);
    house.differs("web", &[]).says("Plan: 13 to add, 0 to change, 0 to destroy.");
    house.apply("web", &[]);
    let log = house.proxy.stats()["log"].to_string();
    let position = |call: &str| log.find(call).unwrap_or_else(|| panic!("no {call} in {log}"));
    assert!(position("ec2/ImportKeyPair") < position("ec2/RunInstances"), "key_name is written as text, and waits for its key pair");

    house.apply("web", &[]).says("No changes");
    house.proxy.reset_stats();
    house.apply("web", &[]).says("No changes");
    assert_eq!(changes(&house.proxy), [""; 0], "nothing to do, and nothing done");

    let mut web = Web { house, vars: vec![] };
    machine(&mut web);
    network(&mut web);
    database(&mut web);

    web.house.run("destroy", "web", &web.args()).ok().says("13 destroyed");
    assert_nothing_left(&web.house.aws, &before);
    web.house.run("destroy", "web", &web.args()).ok().says("Nothing to destroy");
}

fn machine(web: &mut Web) {
    let instance = "# aws_instance.web will be updated in place";
    let restart = "\"t3.micro\" -> \"t3.small\" # STOP-START";
    web.change("instance_type", "t3.small", IN_PLACE, &[instance, restart]);
    assert_eq!([web.called("ec2/StopInstances"), web.called("ec2/StartInstances"), web.called("ec2/RunInstances")], [1, 1, 0]);

    web.change("role", "api", IN_PLACE, &[instance, "~ \"Role\" = \"web\" -> \"api\""]);
    assert_eq!([web.called("ec2/CreateTags"), web.called("ec2/StopInstances")], [1, 0]);

    let kept = ["# STOP-START", "# NO EFFECT: what is installed stays", "- echo hello > /etc/motd", "+ echo bye > /etc/motd"];
    web.change("greeting", "bye", IN_PLACE, &kept).says(instance);
    assert_eq!([web.called("ec2/StopInstances"), web.called("ec2/RunInstances")], [1, 0]);

    web.change("replace_on_user_data", "true", IN_PLACE, &[instance]);
    let replaced = ["# aws_instance.web must be REPLACED", "# REPLACE: the instance is replaced"];
    web.change("greeting", "again", "1 to add, 1 to change, 1 to destroy", &replaced);
    assert_eq!([web.called("ec2/TerminateInstances"), web.called("ec2/RunInstances"), web.called("ec2/AssociateAddress")], [1, 1, 1]);

    let key = [
        "# aws_instance.web must be REPLACED",
        "# aws_key_pair.deploy must be REPLACED",
        "\"journey-a\" -> \"journey-b\" # forces replacement",
    ];
    web.change("key_name", "journey-b", "2 to add, 1 to change, 2 to destroy", &key);
}

fn network(web: &mut Web) {
    let rule = ["# aws_security_group.web will be updated in place", "- \"203.0.113.0/24\"", "+ \"198.51.100.0/24\""];
    web.change("admin_cidr", "198.51.100.0/24", IN_PLACE, &rule);
    let moved = ["ec2/AuthorizeSecurityGroupIngress", "ec2/RevokeSecurityGroupIngress"].map(|call| web.called(call));
    assert_eq!((moved, web.called("ec2/CreateSecurityGroup")), ([1, 1], 0));

    let subnet = [
        "# aws_subnet.public must be REPLACED",
        "\"10.0.1.0/24\" -> \"10.0.2.0/24\" # forces replacement",
        "# aws_instance.web must be REPLACED",
        "# aws_route_table_association.public must be REPLACED",
        "# aws_eip.web will be updated in place",
    ];
    web.change("subnet", "10.0.2.0/24", "3 to add, 1 to change, 3 to destroy", &subnet);
}

fn database(web: &mut Web) {
    let database = "# aws_db_instance.this will be updated in place";
    web.change("db_storage", "30", IN_PLACE, &[database, "allocated_storage  = 20 -> 30"]);
    web.change("db_class", "db.t3.small", IN_PLACE, &[database, "\"db.t3.micro\" -> \"db.t3.small\""]);
    assert_eq!([web.called("rds/ModifyDBInstance"), web.called("rds/CreateDBInstance")], [1, 0]);
    web.change("db_password", "another-good-password", IN_PLACE, &[database, "(sensitive value, changed)"]).never_says("another-good");
}

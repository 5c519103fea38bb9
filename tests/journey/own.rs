//! Our own environments, as a user copies them: from bootstrap to nothing.

use super::{assert_nothing_left, changes, edit};
use crate::harness::{Inventory, World, assert_next_plan_empty};

const DESTROY: [&str; 2] = ["-auto-approve", "-input=false"];

#[test]
fn every_environment_of_ours_from_bootstrap_to_nothing() {
    let world = World::new();
    let before = Inventory::of(&world.aws());
    world.run(&["bootstrap", "-auto-approve"]).ok();
    let home = Inventory::of(&world.aws());
    assert_eq!(home.since(&before).into_iter().collect::<Vec<_>>(), ["bucket example-envctl-state", "table envctl-locks"]);
    world.run(&["bootstrap", "-auto-approve"]).ok();
    assert_eq!(Inventory::of(&world.aws()), home, "bootstrap twice is bootstrap once");

    world.apply("shared", &[]);
    again(&world, "shared");
    stage(&world);
    prod(&world);
    network(&world);

    world.run(&["destroy", "shared", DESTROY[0], DESTROY[1]]).ok();
    assert_nothing_left(&world.aws(), &home);
}

/// Applies once more: the addresses that others gave are noted once, and then nothing is done.
fn again(world: &World, env: &str) {
    world.apply(env, &[]).says("No changes");
    world.proxy.reset_stats();
    world.apply(env, &[]).says("No changes");
    assert_eq!(changes(&world.proxy), [""; 0], "{env}");
}

fn stage(world: &World) {
    world.run(&["plan", "stage", "-detailed-exitcode", "-input=false"]).expect(2).says("module.compute.aws_instance.this will be created");
    world.apply("stage", &[]).says("Deployed: 2 of 2 applications changed.");
    assert_eq!(world.on_host("dashboard/installed").lines().count(), 1);
    assert!(world.on_host("dashboard/dashboard_backend/.env.docker").contains("POSTGRES_HOST="));
    again(world, "stage");
    let second = world.run(&["deploy", "stage", "-auto-approve", "-input=false"]).ok();
    assert!(second.stdout.contains("Nothing to deploy"), "{}", second.text());
    assert_eq!(world.on_host("dashboard/installed").lines().count(), 1, "install ran again for nothing");

    world.set("background_color", "#e0f4ff");
    let plan = world.run(&["plan", "stage", "-detailed-exitcode", "-input=false", "-no-color"]).expect(2).says("BACKGROUND_COLOR");
    for other in ["will be updated", "will be created", "POSTGRES_PASSWORD", "app.edge"] {
        assert!(!plan.stdout.contains(other), "{other} in\n{}", plan.text());
    }
    world.run(&["deploy", "stage", "-auto-approve", "-input=false"]).ok();
    assert!(world.on_host("dashboard/dashboard_frontend/.env.docker").contains("e0f4ff"));
    assert_next_plan_empty(&world.envctl, "stage");
    world.run(&["destroy", "stage", DESTROY[0], DESTROY[1]]).ok();
}

/// Its database is protected: that has to be taken off first, in so many words.
fn prod(world: &World) {
    world.write_variables("prod");
    world.apply("prod", &[]);
    again(world, "prod");
    let refused = world.run(&["destroy", "prod", DESTROY[0], DESTROY[1]]).expect(1);
    assert!(refused.stderr.contains("deletion"), "{}", refused.text());
    edit(&world.envctl, "environments/prod/main.tf", "deletion_protection       = true", "deletion_protection       = false");
    world.apply("prod", &[]);
    world.run(&["destroy", "prod", DESTROY[0], DESTROY[1]]).ok();
}

fn network(world: &World) {
    let changes = |says: &str| {
        world.run(&["plan", "shared", "-detailed-exitcode", "-input=false", "-no-color"]).expect(2).says(says);
        world.apply("shared", &[]);
    };
    edit(&world.envctl, "environments/shared/terraform.tfvars", "203.0.113.0/24", "198.51.100.0/24");
    changes("module.network.aws_security_group.web will be updated in place");
    edit(&world.envctl, "modules/network/main.tf", "Layer = \"network\"", "Layer = \"net\"");
    changes("module.network.aws_vpc.this will be updated in place");
    edit(&world.envctl, "modules/network/main.tf", "cidrsubnet(var.cidr_block, 8, 0)", "cidrsubnet(var.cidr_block, 8, 1)");
    changes("module.network.aws_subnet.public must be REPLACED");
}

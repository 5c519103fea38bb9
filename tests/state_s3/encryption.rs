//! Encrypted states in S3: nothing in the bucket shows a secret, and every command works as on a plain
//! one. The keys are KMS's: deriving one from a passphrase takes seconds in a debug build.

use super::kms::{block, in_terraform, new_key};
use super::{KEPT, Locks, TREE, World};
use crate::harness::assert_next_plan_empty;
use envctl::state::seal::is_sealed;

const SECRET: &str = "hunter2-in-the-state";
const KEY: &str = "sealed/terraform.tfstate";
const PLAIN: &str = "method \"unencrypted\" \"none\" {}";
const FROM_PLAIN: &str = "fallback {\n  method = method.unencrypted.none\n}";

/// Keys whose current bytes show the secret.
fn showing(world: &World) -> Vec<String> {
    let shows = |key: &String| {
        let bytes = world.object(KEPT, &key.replace(':', "%3A")).unwrap();
        bytes.windows(SECRET.len()).any(|w| w == SECRET.as_bytes())
    };
    world.keys(KEPT, "").into_iter().filter(shows).collect()
}

fn world() -> World {
    let mut world = World::new();
    world.envctl = world.envctl.with_env("TF_VAR_note", SECRET);
    world.envctl.file("environments/dev/main.tf", TREE);
    world
}

impl World {
    fn encrypt(&self, content: &str) {
        self.envctl.file("environments/dev/encryption.tf", &in_terraform(content));
    }
}

#[test]
fn state_commands_workspaces_and_versions_work_on_sealed_states() {
    let world = world();
    let run = |args: &[&str]| world.envctl.run(args);
    let (one, two) = (new_key(&world), new_key(&world));
    world.backend(KEPT, KEY, Locks::Both, "");
    world.encrypt(&block("main", &one, "", ""));
    world.apply();
    run(&["state", "mv", "dev", "terraform_data.top", "terraform_data.peak"]).ok();
    run(&["state", "rm", "dev", "terraform_data.peak"]).ok();
    assert!(is_sealed(&world.object(KEPT, KEY).unwrap()));
    run(&["state", "versions", "dev"]).ok().says("3 instances").says("4 instances").says("(current)");
    let listed = run(&["state", "versions", "dev"]).ok().stdout;
    let version = listed.lines().nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    run(&["state", "restore", "dev", &version, "-auto-approve"]).ok();
    run(&["state", "mv", "dev", "terraform_data.peak", "terraform_data.top"]).ok();
    run(&["state", "verify", "dev"]).ok().says("is sound");
    run(&["state", "secrets", "dev"]).ok();
    assert_next_plan_empty(&world.envctl, "dev");
    assert!(run(&["state", "pull", "dev"]).ok().stdout.contains(SECRET));
    world.assert_tidy(KEPT, KEY, Locks::Both);

    // Another key: versions of the old one are listed as what they are.
    world.encrypt(&block("main", &two, "", ""));
    run(&["plan", "dev", "-input=false"]).expect(1).says("did not decrypt it");
    run(&["state", "versions", "dev", "-limit", "2"]).ok().says("not readable").never_says("instances");
    world.encrypt(&block("main", &one, "", ""));

    run(&["workspace", "new", "dev", "blue"]).ok();
    let blue = format!("env%3A/blue/{KEY}");
    assert!(is_sealed(&world.object(KEPT, &blue).unwrap()), "an empty one too");
    world.apply();
    assert!(is_sealed(&world.object(KEPT, &blue).unwrap()));
    run(&["workspace", "select", "dev", "default"]).ok();
    run(&["workspace", "delete", "dev", "blue", "-force"]).ok();
    run(&["workspace", "new", "dev", "blue"]).ok();
    run(&["workspace", "select", "dev", "default"]).ok();
    assert_eq!(showing(&world), [""; 0]);
}

#[test]
fn a_plain_local_state_moves_into_a_sealed_one_in_s3_and_on() {
    let world = world();
    let run = |args: &[&str]| world.envctl.run(args);
    let id = new_key(&world);
    world.apply();
    world.backend(KEPT, KEY, Locks::Object, "");
    world.encrypt(&block("main", &id, "", ""));
    run(&["migrate", "dev", "-auto-approve"]).expect(1).says("not encrypted").says("fallback");
    world.encrypt(&block("main", &id, PLAIN, FROM_PLAIN));
    run(&["migrate", "dev", "-auto-approve"]).ok();
    assert!(is_sealed(&world.object(KEPT, KEY).unwrap()));
    world.encrypt(&block("main", &id, "", ""));
    assert_next_plan_empty(&world.envctl, "dev");

    world.backend(KEPT, "moved/terraform.tfstate", Locks::Table, "");
    let from = [format!("bucket={KEPT}"), format!("key={KEY}"), "region=eu-central-1".into(), "use_lockfile=true".into()];
    let mut args = vec!["migrate", "dev", "-auto-approve", "-from", "s3"];
    from.iter().for_each(|s| args.extend(["-from-config", s.as_str()]));
    run(&args).ok();
    assert!(is_sealed(&world.object(KEPT, "moved/terraform.tfstate").unwrap()));
    assert_next_plan_empty(&world.envctl, "dev");
    run(&["history", "dev"]).ok().says("4 added");
    assert_eq!(showing(&world), [""; 0]);
}

#[test]
fn methods_begin_are_enforced_and_end_as_opentofu_does_it() {
    let world = world();
    let run = |args: &[&str]| world.envctl.run(args);
    let apply = ["apply", "dev", "-auto-approve", "-input=false", "-replace=terraform_data.top"];
    let id = new_key(&world);
    world.backend(KEPT, KEY, Locks::None, "");
    world.apply();
    world.encrypt(&block("main", &id, PLAIN, FROM_PLAIN));
    run(&apply).ok();
    assert!(is_sealed(&world.object(KEPT, KEY).unwrap()));

    // The provider got another name; its documents keep theirs by the alias.
    let renamed =
        block("other", &id, "", "").replace("kms_key_id", "encrypted_metadata_alias = \"key_provider.aws_kms.main\"\n  kms_key_id");
    world.encrypt(&renamed);
    assert_next_plan_empty(&world.envctl, "dev");

    let plain = "method = method.unencrypted.none";
    world.encrypt(&block("main", &id, PLAIN, "enforced = true").replacen("method = method.aes_gcm.main", plain, 1));
    run(&["plan", "dev", "-input=false"]).expect(1).says("enforced");
    // Leaving: the old method reads, and what is written is plain.
    let leave =
        block("main", &id, PLAIN, "fallback {\n  method = method.aes_gcm.old\n}").replacen("method = method.aes_gcm.main", plain, 1);
    world.encrypt(&leave.replace("method.aes_gcm.old", "method.aes_gcm.main"));
    run(&apply).ok();
    assert!(!is_sealed(&world.object(KEPT, KEY).unwrap()));
}

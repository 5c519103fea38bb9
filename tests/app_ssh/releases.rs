//! Releases that come back: in place, and with a folder for each.

use super::gate::world;
use super::world::World;
use envctl::app::{self, AppPlan, ReleaseRecord, ReleaseResult};
use envctl::deploy::{self, AppOutcome, AppRequest, Done};
use envctl::value::Value;
use std::path::PathBuf;

const FOLDERS: &str = "  releases {\n keep = 3\n shared = [\"data\"]\n }\n";

/// Plans and brings a release back.
async fn back(world: &World, release: ReleaseRecord) -> (AppPlan, AppOutcome) {
    let request = AppRequest { restore: Some(release), ..world.request() };
    let plan = world.with(async |ctx| deploy::plan(ctx, std::slice::from_ref(&request)).await.remove(0)).await;
    (plan, world.run(request).await)
}

fn releases(world: &World) -> Vec<ReleaseRecord> {
    world.records.last().unwrap().releases
}

/// Three releases: versions 1 to 3, colours blue, green and red.
async fn three(world: &mut World) {
    world.deploy().await;
    for (version, colour) in [("2\n", "green"), ("3\n", "red")] {
        world.repo.commit("next", &[("version", version)]);
        world.var("colour", Value::string(colour));
        world.deploy().await;
    }
}

fn outside(world: &World) -> String {
    std::fs::read_to_string(world.sshd.home().join("outside.conf")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn any_kept_release_comes_back_with_commit_files_and_install() {
    let mut world = world("");
    three(&mut world).await;
    let first = releases(&world)[0].clone();
    let (plan, outcome) = back(&world, first.clone()).await;
    assert!(matches!(outcome.result, Ok(Done::Deployed(_))), "{:?}", outcome.result);
    let text = app::describe(&plan);
    assert!(
        text.contains(&format!("release {} comes back", first.id))
            && text.contains("COLOUR = \"red\" -> \"blue\"")
            && !text.contains("hunter2"),
        "{text}"
    );
    assert_eq!((world.on_host("version").as_str(), outside(&world).as_str()), ("1\n", "colour blue\n"));
    assert!(world.on_host(".env").contains("hunter2"));
    assert!(world.events.output().contains("installed blue with (sensitive value)"), "{}", world.events.output());
    let record = world.records.last().unwrap();
    assert_eq!((record.current.as_deref(), record.good_commit()), (Some(first.id.as_str()), first.commit()));
    assert_eq!(record.releases[2].result, ReleaseResult::RolledBack);
    // What was left can come back too, and the declaration as well.
    let third = record.release(&record.releases[2].id).unwrap().clone();
    let (_, outcome) = back(&world, third).await;
    assert!(outcome.result.is_ok(), "{:?}", outcome.result);
    assert_eq!((world.on_host("version").as_str(), outside(&world).as_str()), ("3\n", "colour red\n"));
    assert!(world.plan().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_whose_files_are_gone_says_so() {
    let mut world = world("");
    three(&mut world).await;
    std::fs::remove_dir_all(world.sshd.home().join(".envctl")).unwrap();
    let (plan, outcome) = back(&world, releases(&world)[0].clone()).await;
    assert_eq!(plan.diagnostics.iter().next().unwrap().summary, "Release is gone");
    assert!(outcome.result.is_err());
    assert_eq!(world.on_host("version"), "3\n");
}

fn link(world: &World) -> PathBuf {
    std::fs::read_link(world.at("current")).unwrap()
}

fn folders(world: &World) -> usize {
    std::fs::read_dir(world.at("releases")).unwrap().count()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_release_has_a_folder_and_the_link_moves_at_once() {
    let mut world = world(FOLDERS);
    world.deploy().await;
    assert_eq!(world.on_host("current/version"), "1\n");
    assert_eq!(link(&world), PathBuf::from("releases").join(&releases(&world)[0].id));
    std::fs::write(world.at("current/data/upload"), "kept").unwrap();
    let first = world.at("current").canonicalize().unwrap();

    world.repo.commit("two", &[("version", "2\n")]);
    world.var("colour", Value::string("green"));
    let text = app::describe(&world.deploy().await);
    assert!(text.contains("COLOUR = \"blue\" -> \"green\""), "{text}");
    assert_eq!((world.on_host("current/version").as_str(), world.on_host("current/data/upload").as_str()), ("2\n", "kept"));
    assert!(world.on_host("current/.env").contains("COLOUR=green"));
    assert_eq!(std::fs::read_to_string(first.join("version")).unwrap(), "1\n", "the release before is untouched");
    assert!(std::fs::read_to_string(first.join(".env")).unwrap().contains("COLOUR=blue"));

    let (_, outcome) = back(&world, releases(&world)[0].clone()).await;
    assert!(outcome.result.is_ok(), "{:?}", outcome.result);
    assert_eq!(world.at("current").canonicalize().unwrap(), first);
    assert_eq!((world.on_host("current/runs").lines().count(), outside(&world).as_str()), (2, "colour blue\n"));
    world.deploy().await;
    for version in ["3\n", "4\n", "5\n"] {
        world.repo.commit("next", &[("version", version)]);
        world.deploy().await;
    }
    assert_eq!((world.on_host("current/version").as_str(), folders(&world), releases(&world).len()), ("5\n", 3, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unhealthy_folder_is_left_for_the_one_before() {
    let check = "  health {\n command = \"[ $(cat version) != 2 ]\"\n interval = \"100ms\"\n deadline = \"400ms\"\n }\n";
    let world = world(&format!("{FOLDERS}{check}"));
    world.deploy().await;
    let before = link(&world);
    world.repo.commit("two", &[("version", "2\n")]);
    world.fails("The release is not healthy").await;
    assert_eq!((link(&world), world.on_host("current/version").as_str()), (before, "1\n"));
    assert_eq!(world.on_host("current/runs").lines().count(), 2);
    world.repo.commit("three", &[("version", "3\n")]);
    world.deploy().await;
    assert_eq!(world.on_host("current/version"), "3\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_are_not_built_over_a_checkout_in_place_and_tracked_paths_are_not_shared() {
    let mut world = world("");
    world.deploy().await;
    world.body += FOLDERS;
    world.fails("Source path is occupied").await;
    std::fs::remove_dir_all(world.at("")).unwrap();
    world.body = world.body.replace("\"data\"", "\"version\"");
    let error = world.fails("Source cannot be checked out").await;
    assert!(error.detail.contains("version is tracked by git"), "{}", error.detail);
    world.body = world.body.replace("[\"version\"]", "[\"data\"]");
    world.deploy().await;
    assert_eq!(world.on_host("current/version"), "1\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_hook_stopped_can_be_left_before_anything_was_kept() {
    let world = world("  hook \"before_deploy\" {\n command = \"[ ! -e ~/stop ]\"\n }\n");
    world.deploy().await;
    std::fs::write(world.sshd.home().join("stop"), "").unwrap();
    world.repo.commit("two", &[("version", "2\n")]);
    world.fails("Hook failed").await;
    let record = world.records.last().unwrap();
    let (_, outcome) = back(&world, record.release_before().unwrap().clone()).await;
    assert!(outcome.result.is_ok(), "{:?}", outcome.result);
    let record = world.records.last().unwrap();
    assert_eq!(record.good_commit(), record.releases[0].commit());
    assert_eq!(record.releases.len(), 2);
}

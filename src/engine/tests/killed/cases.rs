use super::graph::{Dice, Graph};
use super::*;

const NORMAL: PlanMode = PlanMode::Normal;

/// Kills a run at each moment (`every`: only each so manieth), lets the next one finish, compares.
async fn killed_everywhere(before: Option<&str>, text: &str, mode: PlanMode, every: usize, what: &str) -> usize {
    let prepared = || async {
        let place = Place::new();
        if let Some(before) = before {
            place.run(before, NORMAL, None).await.unwrap();
        }
        place
    };
    let reference = prepared().await;
    reference.run(text, mode, None).await.unwrap();
    let moments = reference.fuse.names().len();
    let want = reference.picture();
    reference.assert_clean(text, mode, what).await;
    for kill in (0..moments).step_by(every) {
        let place = prepared().await;
        let ended = place.run(text, mode, Some(kill)).await;
        let names = place.fuse.names();
        let what = format!("{what}, killed {} ({kill} of {moments})", names.get(kill).map_or("nowhere", String::as_str));
        assert!(ended.is_none(), "{what}: it ended");
        // A second kill, somewhere in the recovery.
        if kill % 3 == 0 {
            let _ = place.run(text, mode, Some(kill % 7)).await;
        }
        place.run(text, mode, None).await.unwrap();
        let got = place.picture();
        assert_eq!(got.1, want.1, "{what}: the cloud");
        assert_eq!(got.0, want.0, "{what}: the state");
        place.assert_clean(text, mode, &what).await;
    }
    moments
}

const CHAIN: &str = r#"
resource "fake_random" "r" { name = "seed" }
resource "fake_tagged" "a" {
  name   = "a-${fake_random.r.id}"
  size   = 3
  secret = "hidden"
}
resource "fake_named" "b" {
  name = "b"
  size = 1
  refs = [fake_tagged.a.id]
}
output "a" { value = fake_tagged.a.id }
"#;

#[tokio::test]
async fn creates() {
    let moments = killed_everywhere(None, CHAIN, NORMAL, 1, "create").await;
    assert!(moments > 20, "{moments} moments are too few to mean anything");
}

#[tokio::test]
async fn updates() {
    let changed = CHAIN.replace("size   = 3", "size   = 4").replace("size = 1", "size = 2");
    killed_everywhere(Some(CHAIN), &changed, NORMAL, 1, "update").await;
}

#[tokio::test]
async fn replacements() {
    let changed = CHAIN.replace("\"a-", "\"x-").replace("name = \"b\"", "name = \"y\"");
    killed_everywhere(Some(CHAIN), &changed, NORMAL, 1, "destroy first").await;
    let first = |t: &str| t.replace("  size", "  lifecycle {\n    create_before_destroy = true\n  }\n  size");
    killed_everywhere(Some(&first(CHAIN)), &first(&changed), NORMAL, 1, "create first").await;
}

#[tokio::test]
async fn destroys() {
    killed_everywhere(Some(CHAIN), CHAIN, PlanMode::Destroy, 1, "destroy").await;
}

/// A bounded, seeded sample; `ENVCTL_TEST_GRAPHS` sets how many graphs.
#[tokio::test]
async fn random_graphs() {
    let graphs: u64 = std::env::var("ENVCTL_TEST_GRAPHS").ok().and_then(|n| n.parse().ok()).unwrap_or(6);
    for seed in 1..=graphs {
        let mut dice = Dice::new(seed);
        let graph = Graph::random(&mut dice);
        let changed = graph.changed(&mut dice);
        let (before, after) = (graph.text(), changed.text());
        killed_everywhere(None, &before, NORMAL, 5, &format!("graph {seed}\n{before}")).await;
        killed_everywhere(Some(&before), &after, NORMAL, 5, &format!("graph {seed} changed\n{before}\n{after}")).await;
    }
}

#[tokio::test]
async fn it_says_what_it_adopted() {
    let place = Place::new();
    let reference = Place::new();
    reference.run(CHAIN, NORMAL, None).await.unwrap();
    let at = reference.fuse.names().iter().position(|n| n.starts_with("after create a-")).unwrap();
    assert!(place.run(CHAIN, NORMAL, Some(at)).await.is_none());
    let found = place.run(CHAIN, NORMAL, None).await.unwrap();
    let adopted: Vec<&String> = found.iter().filter(|f| f.starts_with("adopted fake_tagged.a, created ")).collect();
    assert_eq!(adopted.len(), 1, "{found:?}");
    assert!(adopted[0].ends_with(" s before the previous run ended"), "{found:?}");
}

use super::{LocalStore, lock};
use crate::store::{LockGuard, LockInfo, LockRequest, StateStore, StoreErrorKind};
use crate::value::Value;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

fn store() -> (TempDir, LocalStore) {
    let dir = TempDir::new().unwrap();
    let store = LocalStore::new(dir.path().join("terraform.tfstate"));
    (dir, store)
}

fn request(millis: u64) -> LockRequest {
    let info = LockInfo { operation: "OperationTypeApply".into(), who: "ann@box".into(), ..LockInfo::default() };
    LockRequest { info, timeout: Duration::from_millis(millis) }
}

async fn held(store: &LocalStore) -> Box<dyn LockGuard> {
    store.lock(request(0)).await.unwrap()
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn a_lock_leaves_nothing_behind_when_nothing_was_written() {
    let (dir, store) = store();
    let guard = held(&store).await;
    assert_eq!(names(dir.path()), [".terraform.tfstate.lock.info", "terraform.tfstate"]);
    assert_eq!(mode(&dir.path().join(".terraform.tfstate.lock.info")), 0o600);
    guard.release().await.unwrap();
    assert_eq!(names(dir.path()), Vec::<String>::new());
}

#[tokio::test]
async fn a_second_lock_says_who_holds_the_first() {
    let (_dir, store) = store();
    let guard = held(&store).await;
    let other = LocalStore::new(store.path());
    let error = other.lock(request(0)).await.err().unwrap();
    assert!(matches!(&error.kind, StoreErrorKind::Locked(info) if **info == *guard.info()), "{error}");
    assert!(error.detail.contains("ann@box") && error.detail.contains("OperationTypeApply"), "{error}");
    assert_eq!(other.holder().await.unwrap().as_ref(), Some(guard.info()));
    assert!(matches!(other.force_unlock(&guard.info().id).await.unwrap_err().kind, StoreErrorKind::Locked(_)));
    guard.write_state(b"{}").await.unwrap();
    assert!(other.lock(request(0)).await.is_err(), "the lock must survive the replacement of the file");
    guard.release().await.unwrap();
    assert_eq!(other.holder().await.unwrap(), None);
    held(&other).await.release().await.unwrap();
}

#[tokio::test]
async fn a_waiting_lock_gets_the_new_file() {
    let (_dir, store) = store();
    let guard = held(&store).await;
    let other = LocalStore::new(store.path());
    let waiting = tokio::spawn(async move {
        let guard = other.lock(request(10_000)).await.unwrap();
        guard.check().unwrap();
        let bytes = other.read().await.unwrap().unwrap().bytes;
        guard.release().await.unwrap();
        bytes
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    guard.write_state(b"{\"serial\":2}").await.unwrap();
    guard.release().await.unwrap();
    assert_eq!(waiting.await.unwrap(), b"{\"serial\":2}");
}

#[tokio::test]
async fn tofus_kind_of_lock_is_respected() {
    let (_dir, store) = store();
    std::fs::write(store.path(), "{}").unwrap();
    // A process of its own that takes a POSIX lock, as Go's FcntlFlock does.
    let script = "import fcntl,sys,time\nf=open(sys.argv[1],'r+')\nfcntl.lockf(f,fcntl.LOCK_EX|fcntl.LOCK_NB)\nprint('held',flush=True)\ntime.sleep(30)";
    let mut child =
        std::process::Command::new("python3").args(["-c", script]).arg(store.path()).stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.take().unwrap()), &mut line).unwrap();
    assert_eq!(line, "held\n");
    assert!(matches!(store.lock(request(0)).await.err().unwrap().kind, StoreErrorKind::Locked(_)));
    assert!(store.holder().await.unwrap().is_some());
    child.kill().unwrap();
    child.wait().unwrap();
    held(&store).await.release().await.unwrap();
}

#[tokio::test]
async fn what_a_dead_process_left_is_no_lock() {
    let (dir, store) = store();
    let stale = LockInfo { id: "dead".into(), ..LockInfo::default() };
    let path = dir.path().join(".terraform.tfstate.lock.info");
    std::fs::write(&path, stale.to_json()).unwrap();
    assert_eq!(store.holder().await.unwrap(), None);
    assert!(store.force_unlock("other").await.is_err());
    store.force_unlock("dead").await.unwrap();
    assert!(!path.exists());
    std::fs::write(&path, stale.to_json()).unwrap();
    held(&store).await.release().await.unwrap();
    assert!(!path.exists());
}

#[tokio::test]
async fn writes_replace_the_file_and_keep_the_previous_state_once() {
    let (dir, store) = store();
    let guard = held(&store).await;
    guard.write_state(b"{\"serial\":1}").await.unwrap();
    assert_eq!(mode(store.path()), 0o600);
    let backup = dir.path().join("terraform.tfstate.backup");
    guard.release().await.unwrap();
    assert!(!backup.exists());

    std::fs::set_permissions(store.path(), std::fs::Permissions::from_mode(0o640)).unwrap();
    let guard = held(&store).await;
    guard.write_state(b"{\"serial\":2}").await.unwrap();
    guard.write_state(b"{\"serial\":3}").await.unwrap();
    assert_eq!(std::fs::read(&backup).unwrap(), b"{\"serial\":1}");
    assert_eq!(mode(store.path()), 0o640);
    assert_eq!(store.read().await.unwrap().unwrap().bytes, b"{\"serial\":3}");
    guard.release().await.unwrap();
    assert_eq!(names(dir.path()), ["terraform.tfstate", "terraform.tfstate.backup"]);
}

#[tokio::test]
async fn a_state_that_changed_under_us_is_not_overwritten() {
    let (_dir, store) = store();
    std::fs::write(store.path(), "{\"serial\":1}").unwrap();
    store.read().await.unwrap();
    std::fs::write(store.path(), "{\"serial\":9}").unwrap();
    let guard = held(&store).await;
    assert_eq!(guard.write_state(b"{\"serial\":2}").await.unwrap_err().kind, StoreErrorKind::Conflict);
    assert_eq!(std::fs::read(store.path()).unwrap(), b"{\"serial\":9}");
}

#[tokio::test]
async fn a_file_that_was_taken_away_is_a_lost_lock() {
    let (_dir, store) = store();
    std::fs::write(store.path(), "{}").unwrap();
    let guard = held(&store).await;
    std::fs::remove_file(store.path()).unwrap();
    assert_eq!(guard.check().unwrap_err().kind, StoreErrorKind::LockLost);
    assert_eq!(guard.write_state(b"{\"serial\":2}").await.unwrap_err().kind, StoreErrorKind::LockLost);
    assert_eq!(guard.write_record("a", b"x").await.unwrap_err().kind, StoreErrorKind::LockLost);
    assert!(!store.path().exists());
}

#[tokio::test]
async fn links_stay_links() {
    let (dir, store) = store();
    let real = dir.path().join("real");
    std::fs::write(&real, "{\"serial\":1}").unwrap();
    std::os::unix::fs::symlink(&real, store.path()).unwrap();
    let guard = held(&store).await;
    guard.write_state(b"{\"serial\":2}").await.unwrap();
    guard.release().await.unwrap();
    assert_eq!(std::fs::read(&real).unwrap(), b"{\"serial\":2}");
    assert!(store.path().is_symlink());
}

#[tokio::test]
async fn records_are_private_and_vanish_with_their_folders() {
    let (dir, store) = store();
    let guard = held(&store).await;
    guard.write_record("apps/web.json", b"{}").await.unwrap();
    let root = dir.path().join("terraform.tfstate.envctl");
    assert_eq!((mode(&root), mode(&root.join("apps/web.json"))), (0o700, 0o600));
    guard.delete_record("apps/web.json").await.unwrap();
    assert!(!root.exists());
    assert!(guard.write_record("../x", b"").await.is_err());
}

#[tokio::test]
async fn a_folder_that_forbids_writing_is_explained() {
    let (dir, _) = store();
    let file = dir.path().join("plain-file");
    std::fs::write(&file, "").unwrap();
    let store = LocalStore::new(file.join("terraform.tfstate"));
    let error = store.lock(request(0)).await.err().unwrap();
    assert!(error.detail.contains("plain-file"), "{error}");
    assert!(lock::is_held(&file).is_ok_and(|held| !held));
}

#[test]
fn settings_name_the_file() {
    let open = |pairs: &[(&str, &str)], workspace: &str| {
        let settings: BTreeMap<_, _> = pairs.iter().map(|(k, v)| ((*k).into(), Value::string(v))).collect();
        LocalStore::open(Path::new("/r"), &settings, workspace).map(|s| s.path().display().to_string())
    };
    assert_eq!(open(&[], "default").unwrap(), "/r/terraform.tfstate");
    assert_eq!(open(&[("path", "x/y.tfstate")], "default").unwrap(), "/r/x/y.tfstate");
    assert_eq!(open(&[("path", "/abs")], "default").unwrap(), "/abs");
    assert_eq!(open(&[], "dev").unwrap(), "/r/terraform.tfstate.d/dev/terraform.tfstate");
    assert_eq!(open(&[("workspace_dir", "w")], "dev").unwrap(), "/r/w/dev/terraform.tfstate");
    assert!(open(&[("pth", "x")], "default").unwrap_err().detail.contains("\"path\""));
}

//! Modules that lie in S3: archives, folders of objects, versions of them.

use super::{calling, saying, zip};
use crate::harness::{Aws, Envctl, Moto, Proxy};

const REGION: &str = "eu-central-1";

struct Bucket {
    aws: Aws,
    proxy: Proxy,
    _moto: Moto,
}

impl Bucket {
    fn new() -> Self {
        let moto = Moto::start();
        let proxy = Proxy::start(&moto).without_delays();
        let aws = Aws::new(proxy.url(), REGION);
        aws.create_bucket("packages");
        Bucket { aws, proxy, _moto: moto }
    }

    fn put(&self, key: &str, bytes: &[u8]) -> Option<String> {
        let reply = self.aws.s3("PUT", &format!("/packages/{key}"), bytes);
        assert_eq!(reply.status, 200, "{key}");
        reply.headers.iter().find(|(name, _)| name == "x-amz-version-id").map(|(_, value)| value.clone())
    }

    fn calling(&self, source: &str) -> Envctl {
        calling(source, None).with_aws(&self.proxy, REGION)
    }
}

#[test]
fn archives_and_folders_are_fetched_and_a_folder_of_them_chosen() {
    let bucket = Bucket::new();
    let (here, deep) = (saying("here"), saying("deep"));
    bucket.put("m.zip", &zip(&[("main.tf", here.as_bytes()), ("modules/a/main.tf", deep.as_bytes())]));
    bucket.put("net/main.tf", here.as_bytes());
    bucket.put("net/modules/a/main.tf", deep.as_bytes());
    bucket.put("network/main.tf", saying("another").as_bytes());
    let own = format!("s3::{}/packages", bucket.proxy.url());
    for (source, want) in [
        (format!("{own}/m.zip"), "here"),
        (format!("{own}/m.zip//modules/a"), "deep"),
        (format!("{own}/net"), "here"),
        (format!("{own}/net//modules/a?region={REGION}"), "deep"),
        ("s3::https://s3.eu-central-1.amazonaws.com/packages/m.zip".to_owned(), "here"),
    ] {
        assert_eq!(super::which(&bucket.calling(&source)), want, "{source}");
    }
}

#[test]
fn a_version_of_an_object_is_what_is_fetched() {
    let bucket = Bucket::new();
    let versioning =
        b"<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Status>Enabled</Status></VersioningConfiguration>";
    assert_eq!(bucket.aws.s3("PUT", "/packages?versioning", versioning).status, 200);
    let first = bucket.put("m.zip", &zip(&[("main.tf", saying("first").as_bytes())])).expect("a version");
    bucket.put("m.zip", &zip(&[("main.tf", saying("second").as_bytes())]));
    let source = format!("s3::{}/packages/m.zip", bucket.proxy.url());
    assert_eq!(super::which(&bucket.calling(&source)), "second");
    assert_eq!(super::which(&bucket.calling(&format!("{source}?version={first}"))), "first");
}

#[test]
fn what_is_not_there_is_told_with_what_to_do() {
    let bucket = Bucket::new();
    let own = format!("s3::{}", bucket.proxy.url());
    for (source, why) in [("packages/none.zip", "NoSuchKey"), ("nobody/m.zip", "NoSuchBucket"), ("packages/none", "no object below none/")]
    {
        let project = bucket.calling(&format!("{own}/{source}"));
        project.run(&["plan", "dev"]).expect(1).says("Module not fetched").says(why).says("Check bucket");
    }
    let keys = bucket.calling(&format!("{own}/packages/m.zip?aws_access_key_id=AKIAX&aws_access_key_secret=hush-hush"));
    keys.run(&["plan", "dev"]).expect(1).says("Credentials in a module source").never_says("hush-hush");
}

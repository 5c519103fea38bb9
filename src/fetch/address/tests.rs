use super::{Archive, ChecksumKind, Package, parse};

/// `kind what [//subfolder]`, short enough for a table.
fn short(source: &str) -> String {
    let found = match parse(source, false) {
        Ok(found) => found,
        Err(d) => return format!("error: {} {}", d.summary, d.detail),
    };
    let what = match &found.package {
        Package::Registry(module) => format!("registry {module}"),
        Package::Git(git) => format!("git {}{}", git.url, git.reference.as_ref().map(|r| format!(" {r}")).unwrap_or_default()),
        Package::Http(http) => format!("http {}{}", http.url, http.archive.map(|a| format!(" {}", a.name())).unwrap_or_default()),
        Package::Objects(o, archive) => format!(
            "s3 {} {}/{}{}",
            o.endpoint.as_ref().or(o.region.as_ref()).map_or("-", String::as_str),
            o.bucket,
            o.key,
            archive.map(|a| format!(" {}", a.name())).unwrap_or_default()
        ),
        Package::File(path, archive) => format!("file {}{}", path.display(), archive.map(|a| format!(" {}", a.name())).unwrap_or_default()),
    };
    if found.subfolder.is_empty() { what } else { format!("{what} //{}", found.subfolder) }
}

#[test]
fn every_form_of_the_documentation() {
    for (source, want) in [
        ("hashicorp/consul/aws", "registry registry.opentofu.org/hashicorp/consul/aws"),
        (
            "terraform-aws-modules/iam/aws//modules/iam-user",
            "registry registry.opentofu.org/terraform-aws-modules/iam/aws //modules/iam-user",
        ),
        ("app.terraform.io/example-corp/k8s-cluster/azurerm", "registry app.terraform.io/example-corp/k8s-cluster/azurerm"),
        ("localhost:8080/a/b/c", "registry localhost:8080/a/b/c"),
        ("github.com/hashicorp/example", "git https://github.com/hashicorp/example.git"),
        ("github.com/hashicorp/example//sub?ref=v1", "git https://github.com/hashicorp/example.git v1 //sub"),
        ("github.com/hashicorp/example.git//sub/./a/../b", "git https://github.com/hashicorp/example.git //sub/b"),
        ("github.com/hashicorp/example/deep//sub", "git https://github.com/hashicorp/example.git //deep/sub"),
        ("git@github.com:hashicorp/example.git//sub?ref=main", "git ssh://git@github.com/hashicorp/example.git main //sub"),
        ("git::git@github.com:org/repo.git", "git ssh://git@github.com/org/repo.git"),
        ("bitbucket.org/hashicorp/consul-aws", "git https://bitbucket.org/hashicorp/consul-aws.git"),
        ("git::https://example.com/vpc.git", "git https://example.com/vpc.git"),
        (
            "git::https://example.com/network.git//modules/vpc?depth=1&ref=v1.2.0",
            "git https://example.com/network.git v1.2.0 //modules/vpc",
        ),
        ("git::ssh://username@example.com/storage.git", "git ssh://username@example.com/storage.git"),
        ("git::https://dev.azure.com/o/p/_git/r?api=7&ref=x", "git https://dev.azure.com/o/p/_git/r?api=7 x"),
        ("git::file:///srv/git/r.git//a", "git file:///srv/git/r.git //a"),
        ("git::/srv/git/r.git", "git file:///srv/git/r.git"),
        ("https://example.com/vpc-module.zip", "http https://example.com/vpc-module.zip zip"),
        ("https://example.com/vpc-module?archive=zip", "http https://example.com/vpc-module zip"),
        ("https://example.com/m.tgz//a/b?token=x&archive=tar", "http https://example.com/m.tgz?token=x tar //a/b"),
        ("https://example.com/m.zip?archive=false", "http https://example.com/m.zip"),
        ("https://api.github.com/repos/o/r/tarball/v1//*?archive=tar.gz", "http https://api.github.com/repos/o/r/tarball/v1 tar.gz //*"),
        ("https://example.com/vpc", "http https://example.com/vpc"),
        ("s3::https://s3-eu-west-1.amazonaws.com/examplecorp-modules/vpc.zip", "s3 eu-west-1 examplecorp-modules/vpc.zip zip"),
        ("s3::https://s3.amazonaws.com/b/k/vpc.zip", "s3 - b/k/vpc.zip zip"),
        ("s3::https://b.s3.eu-central-1.amazonaws.com/k/vpc//x", "s3 eu-central-1 b/k/vpc //x"),
        ("s3::http://127.0.0.1:9000/b/vpc.zip?region=x", "s3 http://127.0.0.1:9000 b/vpc.zip zip"),
        ("b.s3-eu-west-1.amazonaws.com/vpc.zip", "s3 eu-west-1 b/vpc.zip zip"),
        ("/srv/modules/vpc//a", "file /srv/modules/vpc //a"),
        ("file:///srv/vpc.zip", "file /srv/vpc.zip zip"),
        ("file::/srv/vpc", "file /srv/vpc"),
    ] {
        assert_eq!(short(source), want, "{source}");
    }
}

#[test]
fn what_cannot_be_fetched_is_said() {
    for (source, part) in [
        ("", "no address"),
        ("-oProxyCommand=x", "no address"),
        ("git::-u./x", "neither a local path"),
        ("git::ssh://-oProxyCommand=x/r", "take for an option"),
        ("git::https://h/r?ref=--upload-pack=x", "take for an option"),
        ("git::https://h/r?ref=a..b%20c", "cannot be a branch"),
        ("git::ext::sh -c x", "neither a local path"),
        ("git::ext://sh", "over \"ext\""),
        ("git::https://h/r?depth=x", "no number"),
        ("modules/vpc", "neither a local path"),
        ("https://h/a.zip//../x", "leads out"),
        ("a/b/c//../x", "leads out"),
        ("https://h/a.tar.xz", "packed as tar.xz"),
        ("https://h/a?archive=rar", "packed as rar"),
        ("https://h/a.zip?checksum=sha256:12", "no checksum"),
        ("hg::https://h/a", "Mercurial"),
        ("gcs::https://h/a", "Google"),
        ("oci://h/a", "OCI"),
        ("ssh://git@h/r", "address for ssh"),
        ("what://h/r", "unknown kind"),
        ("file::ssh://h/r", "forced to be file"),
        ("s3::git://h/b/k", "forced to be s3"),
        ("s3::https://s3.amazonaws.com/bucket", "no bucket and key"),
        ("s3::https://s3.amazonaws.com/b/k?aws_access_key_id=A", "Keys in a source"),
        ("git::ssh://git@github.com:org/repo.git", "invalid port"),
    ] {
        let said = short(source);
        assert!(said.starts_with("error: ") && said.contains(part), "{source}: {said}");
    }
}

#[test]
fn versions_belong_to_registries() {
    assert!(parse("a/b/c", true).is_ok());
    let error = parse("git::https://example.com/r.git", true).unwrap_err();
    assert_eq!(error.summary, "Invalid version argument");
    assert!(error.help.unwrap().contains("?ref="));
}

#[test]
fn passwords_and_keys_are_not_shown() {
    for (source, want) in [
        ("git::https://u:secret@h/r.git?sshkey=c2VjcmV0&ref=v1", "git::https://h/r.git?ref=v1"),
        ("git::ssh://git:secret@h/r.git", "git::ssh://git@h/r.git"),
        ("https://u:secret@h/a.zip?X-Amz-Signature=secret&b=1", "https://h/a.zip?b=1&archive=zip"),
        ("https://h/a?private_token=secret&archive=zip", "https://h/a?archive=zip"),
    ] {
        assert_eq!(parse(source, false).unwrap().package.shown(), want, "{source}");
    }
}

#[test]
fn checksums_are_told_by_name_or_length() {
    let of = |text: &str| match parse(&format!("https://h/a.tgz?checksum={text}"), false).unwrap().package {
        Package::Http(http) => (http.archive, http.checksum.unwrap().kind),
        other => panic!("{other:?}"),
    };
    assert_eq!(of(&format!("sha256:{}", "A".repeat(64))), (Some(Archive::TarGz), ChecksumKind::Sha256));
    assert_eq!(of(&"0".repeat(32)).1, ChecksumKind::Md5);
    assert_eq!(of(&"0".repeat(40)).1, ChecksumKind::Sha1);
    assert_eq!(of(&format!("sha512:{}", "0".repeat(128))).1, ChecksumKind::Sha512);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(3000))]
    #[test]
    fn no_source_makes_it_panic(source in "(git::|s3::|hg::|file::|)(https?://|ssh://|git@|github.com/|/|\\./|)[ -~é\n]{0,30}(//[a-z*./]{0,8}|)(\\?[a-z=&%:.-]{0,20}|)") {
        if let Ok(found) = parse(&source, false) && !matches!(found.package, Package::File(..)) {
            // What is shown of a package means the same package again, but for its secrets.
            let shown = found.package.shown();
            let again = parse(&shown, false).map(|s| s.package.shown());
            proptest::prop_assert_eq!(again.map_err(|d| d.detail), Ok(shown));
            proptest::prop_assert!(!found.subfolder.split('/').any(|p| p == ".."));
        }
    }
}

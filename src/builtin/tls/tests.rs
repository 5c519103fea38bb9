//! What is made here, looked at with the programs that others read it with: `openssl` and `ssh-keygen`.

use super::certificates::{cert_request, locally_signed, self_signed};
use super::private::PrivateKey;
use super::public::{Algorithm, CURVES};
use super::{CertificateData, Ephemeral, PublicKeyData, private_key, ssh};
use crate::builtin::object::with;
use crate::builtin::state_only::StateOnly;
use crate::provider::{Ctx, DataSource, EphemeralType, ProviderError};
use crate::schema::{BlockSchema, ProviderFacts};
use crate::value::{Type, Value};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::process::Command;

type Members<'a> = &'a [(&'a str, Value)];

fn s(text: &str) -> Value {
    Value::string(text)
}

fn list(items: &[&str]) -> Value {
    Value::list(Type::String, items.iter().map(|i| s(i)).collect())
}

/// An object of a schema with its defaults.
fn object(block: &BlockSchema, members: Members<'_>) -> Value {
    let Type::Object(o) = block.ty() else { unreachable!() };
    let nulls = Value::object(o.attrs.iter().map(|(n, t)| (n.clone(), Value::null(t.clone()))).collect());
    let defaults = block.attrs.iter().filter_map(|(n, a)| Some((&**n, a.default.clone()?)));
    with(&with(&nulls, defaults), members.iter().cloned())
}

fn subject(members: Members<'_>) -> (&'static str, Value) {
    let block = self_signed().schema.block.blocks["subject"].block.clone();
    ("subject", Value::list(block.ty(), vec![object(&block, members)]))
}

fn made(ty: &StateOnly, members: Members<'_>) -> Result<Value, ProviderError> {
    let planned = object(&ty.schema.block, members);
    assert_eq!(said(ty, members), Vec::<String>::new());
    (ty.make)(&planned)
}

fn said(ty: &StateOnly, members: Members<'_>) -> Vec<String> {
    let config = object(&ty.schema.block, members);
    ty.schema.rules.validate.iter().flat_map(|rule| rule(&config)).map(|e| e.sentence()).collect()
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_else(|| panic!("{name} is no text"))
}

/// Files for a program to read.
struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Files(tempfile::tempdir().unwrap())
    }

    fn put(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path).unwrap();
        std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
        path
    }

    /// What a program says to a command line in this folder; it must succeed.
    fn run(&self, line: &str) -> String {
        let mut words = line.split(' ');
        let out = Command::new(words.next().unwrap()).args(words).current_dir(self.0.path()).output().unwrap();
        let (stdout, stderr) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        assert!(out.status.success(), "{line}: {stdout}{stderr}");
        format!("{stdout}{stderr}")
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.path().join(name)).unwrap()
    }
}

const KINDS: [(&str, &str, &str); 5] = [
    ("RSA", "P224", "RSA PRIVATE KEY"),
    ("ECDSA", "P256", "EC PRIVATE KEY"),
    ("ECDSA", "P384", "EC PRIVATE KEY"),
    ("ECDSA", "P521", "EC PRIVATE KEY"),
    ("ED25519", "P224", "PRIVATE KEY"),
];

fn key(algorithm: &str, curve: &str) -> Value {
    made(&private_key::resource(), &[("algorithm", s(algorithm)), ("ecdsa_curve", s(curve))]).unwrap()
}

fn pem(algorithm: &str) -> Value {
    key(algorithm, "P256").get("private_key_pem").unwrap().clone()
}

#[test]
fn every_form_of_a_key_is_the_same_key_to_other_programs() {
    for (algorithm, curve, label) in KINDS {
        let key = key(algorithm, curve);
        let files = Files::new();
        for form in ["private_key_pem", "private_key_pem_pkcs8"] {
            files.put("key", text(&key, form));
            assert_eq!(files.run("openssl pkey -in key -pubout"), text(&key, "public_key_pem"), "{algorithm} {curve} {form}");
            assert_eq!(PrivateKey::from_pem(text(&key, form)).unwrap().public.id().as_str(), Some(text(&key, "id")));
        }
        assert!(text(&key, "private_key_pem").starts_with(&format!("-----BEGIN {label}-----\n")));
        assert_eq!(files.run("openssl pkey -in key"), text(&key, "private_key_pem_pkcs8"));
        if algorithm != "ED25519" {
            assert_eq!(files.run("openssl pkey -in key -traditional"), text(&key, "private_key_pem"));
        }
        files.put("ssh", text(&key, "private_key_openssh"));
        let line = text(&key, "public_key_openssh");
        assert_eq!(files.run("ssh-keygen -y -f ssh"), line);
        files.put("ssh.pub", line);
        assert!(files.run("ssh-keygen -l -f ssh.pub").contains(text(&key, "public_key_fingerprint_sha256")));
        assert!(files.run("ssh-keygen -l -E md5 -f ssh.pub").contains(&format!("MD5:{} ", text(&key, "public_key_fingerprint_md5"))));
        let read = ssh::public_of_private(text(&key, "private_key_openssh")).unwrap();
        assert_eq!(read.id().as_str(), Some(text(&key, "id")));
        let json = files.run("openssl pkey -in key -pubout -outform DER -out der");
        assert_eq!(json, "");
        // The provider leaves out what looks like white space at the end of the bytes.
        let der = std::fs::read(files.0.path().join("der")).unwrap();
        std::fs::write(files.0.path().join("trimmed"), der.trim_ascii()).unwrap();
        assert!(files.run("openssl dgst -sha1 trimmed").trim_end().ends_with(text(&key, "id")));
        assert!(key.is_wholly_known());
    }
}

#[test]
fn a_comment_stands_in_the_forms_of_ssh() {
    let key = made(&private_key::resource(), &[("algorithm", s("ED25519")), ("openssh_comment", s("me@here"))]).unwrap();
    assert!(text(&key, "public_key_openssh").ends_with(" me@here\n"));
    let files = Files::new();
    files.put("ssh", text(&key, "private_key_openssh"));
    assert!(files.run("ssh-keygen -l -f ssh").contains(" me@here "));
}

#[test]
fn keys_that_cannot_be_made_are_refused_before() {
    let ty = private_key::resource();
    assert!(said(&ty, &[("algorithm", s("ECDSA"))])[0].contains("write ecdsa_curve = \"P256\""));
    assert!(said(&ty, &[("algorithm", s("DSA"))])[0].contains("\"DSA\" is none of RSA, ECDSA, ED25519"));
    assert!(said(&ty, &[("algorithm", s("RSA")), ("rsa_bits", Value::int(1024))])[0].contains("1024 bits"));
    assert!(said(&ty, &[("algorithm", s("RSA")), ("ecdsa_curve", s("P1"))])[0].contains("\"P1\""));
    assert_eq!(said(&ty, &[("algorithm", s("ED25519")), ("rsa_bits", Value::int(1024))]), Vec::<String>::new());
    let key = made(&ty, &[("algorithm", s("RSA")), ("rsa_bits", Value::int(3072))]).unwrap();
    let files = Files::new();
    files.put("key", text(&key, "private_key_pem"));
    assert!(files.run("openssl pkey -in key -noout -text").contains("(3072 bit"));
}

#[test]
fn a_key_of_an_older_release_gains_its_other_forms() {
    let ty = private_key::resource();
    let made = made(&ty, &[("algorithm", s("RSA"))]).unwrap();
    let full = crate::value::to_json(&made, &made.ty());
    let mut old = full.as_object().unwrap().clone();
    for name in ["private_key_openssh", "private_key_pem_pkcs8", "public_key_fingerprint_sha256"] {
        old.remove(name);
    }
    let upgrade = ty.schema.rules.upgrade.unwrap();
    assert_eq!(serde_json::Value::Object(upgrade(0, old.clone()).unwrap()), full);
    old.insert("private_key_pem".into(), "of a curve that is not known here".into());
    assert_eq!(upgrade(0, old.clone()).unwrap(), old);
}

#[tokio::test]
async fn the_public_half_of_keys_of_other_programs() {
    let (nothing, facts) = ((), ProviderFacts::default());
    let ctx = Ctx { configured: &nothing, facts: &facts, region: None };
    let files = Files::new();
    files.run("openssl genrsa -traditional -out rsa1 2048");
    files.run("openssl ecparam -name secp384r1 -genkey -noout -out ec");
    files.run("openssl genpkey -algorithm ED25519 -out ed");
    for (n, kind) in ["rsa", "ecdsa", "ed25519"].iter().enumerate() {
        files.run(&format!("ssh-keygen -q -t {kind} -N x -C  -f locked{n}"));
        files.run(&format!("ssh-keygen -q -t {kind} -f open{n} -N  -C "));
    }
    let (block, ctx) = (&PublicKeyData.schema().block, &ctx);
    let read = |name: &'static str, file: &str| {
        let config = object(block, &[(name, s(&files.read(file)))]);
        async move { PublicKeyData.read(ctx, &[config]).await.pop().unwrap() }
    };
    for (file, algorithm) in [("rsa1", "RSA"), ("ec", "ECDSA"), ("ed", "ED25519")] {
        let found = read("private_key_pem", file).await.unwrap();
        assert_eq!(text(&found, "public_key_pem"), files.run(&format!("openssl pkey -in {file} -pubout")));
        assert_eq!(text(&found, "algorithm"), algorithm);
    }
    for n in 0..3 {
        let found = read("private_key_openssh", &format!("open{n}")).await.unwrap();
        let line = files.read(&format!("open{n}.pub"));
        assert!(line.starts_with(text(&found, "public_key_openssh").trim_end()), "{line}");
        let refused = read("private_key_openssh", &format!("locked{n}")).await.unwrap_err();
        assert!(refused.detail.contains("passphrase"), "{}", refused.detail);
    }
    let refused = read("private_key_pem", "open0").await.unwrap_err();
    assert!(refused.detail.contains("it is a OPENSSH PRIVATE KEY"), "{}", refused.detail);
}

fn authority(key: &Value) -> Value {
    let members = [
        ("private_key_pem", key.clone()),
        ("validity_period_hours", Value::int(48)),
        ("allowed_uses", list(&["cert_signing", "crl_signing"])),
        ("is_ca_certificate", Value::bool(true)),
        ("max_path_length", Value::int(0)),
        ("set_authority_key_id", Value::bool(true)),
        subject(&[("common_name", s("Root, \"one\"")), ("organization", s("Fish & Söhne")), ("street_address", list(&["b 2", "a 1"]))]),
    ];
    made(&self_signed(), &members).unwrap()
}

fn wanted(key: &Value) -> Value {
    let members = [
        ("private_key_pem", key.clone()),
        ("dns_names", list(&["example.org", "*.example.org"])),
        ("ip_addresses", list(&["10.0.0.1", "2001:db8::1"])),
        ("uris", list(&["spiffe://example.org/x"])),
        subject(&[("common_name", s("example.org")), ("country", s("DE")), ("email_address", s("x@example.org"))]),
    ];
    made(&cert_request(), &members).unwrap()
}

fn signed(authority: &Value, key: &Value, request: &Value) -> Result<Value, ProviderError> {
    let members = [
        ("ca_cert_pem", authority.get("cert_pem").unwrap().clone()),
        ("ca_private_key_pem", key.clone()),
        ("cert_request_pem", request.get("cert_request_pem").unwrap().clone()),
        ("validity_period_hours", Value::int(24)),
        ("allowed_uses", list(&["digital_signature", "key_encipherment", "server_auth", "client_auth"])),
        ("set_subject_key_id", Value::bool(true)),
    ];
    made(&locally_signed(), &members)
}

#[test]
fn a_chain_of_every_kind_of_key_verifies() {
    for (of_root, of_leaf) in [("RSA", "ED25519"), ("ECDSA", "RSA"), ("ED25519", "ECDSA")] {
        let (root_key, leaf_key) = (pem(of_root), pem(of_leaf));
        let (root, request) = (authority(&root_key), wanted(&leaf_key));
        let leaf = signed(&root, &root_key, &request).unwrap();
        let files = Files::new();
        files.put("root", text(&root, "cert_pem"));
        files.put("leaf", text(&leaf, "cert_pem"));
        files.put("request", text(&request, "cert_request_pem"));
        assert!(files.run("openssl req -in request -verify -noout").contains("verif"), "{of_leaf}");
        assert!(files.run("openssl verify -x509_strict -CAfile root root leaf").contains("leaf: OK"));
        assert!(files.run("openssl verify -CAfile root -purpose sslserver -verify_hostname www.example.org leaf").contains("leaf: OK"));
        assert_eq!((text(&root, "key_algorithm"), text(&leaf, "ca_key_algorithm")), (of_root, of_root));
        let said = files.run("openssl x509 -in leaf -noout -text");
        for part in [
            "Version: 3 (0x2)",
            "Issuer: O = Fish",
            "Subject: C = DE, CN = example.org, emailAddress = x@example.org",
            "Digital Signature, Key Encipherment",
            "TLS Web Server Authentication, TLS Web Client Authentication",
            "CA:FALSE",
            "DNS:example.org, DNS:*.example.org, IP Address:10.0.0.1, IP Address:2001:DB8:0:0:0:0:0:1, URI:spiffe://example.org/x",
        ] {
            assert!(said.replace("C=", "C = ").contains(part), "{part} in\n{said}");
        }
        let said = files.run("openssl x509 -in root -noout -text");
        assert!(said.contains("CA:TRUE, pathlen:0") && said.contains("Certificate Sign, CRL Sign"), "{said}");
        let (root_id, leaf_id) =
            ("openssl x509 -in root -noout -ext subjectKeyIdentifier", "openssl x509 -in leaf -noout -ext authorityKeyIdentifier");
        let last = |said: String| said.lines().last().unwrap().trim().trim_start_matches("keyid:").to_string();
        assert_eq!(last(files.run(root_id)), last(files.run(leaf_id)));
    }
}

#[test]
fn lifetimes_are_in_the_certificate_and_in_the_state() {
    let root = authority(&pem("ED25519"));
    let at = |name| text(&root, name).parse::<jiff::Timestamp>().unwrap();
    assert_eq!(at("validity_end_time").duration_since(at("validity_start_time")).as_hours(), 48);
    let files = Files::new();
    files.put("root", text(&root, "cert_pem"));
    let end = at("validity_end_time").strftime("%Y-%m-%d %H:%M:%SZ").to_string();
    assert!(files.run("openssl x509 -in root -noout -enddate -dateopt iso_8601").contains(&end));
    let serial = num_bigint::BigUint::parse_bytes(text(&root, "id").as_bytes(), 10).unwrap();
    let shown = files.run("openssl x509 -in root -noout -serial");
    let shown = shown.trim().trim_start_matches("serial=");
    assert_eq!(num_bigint::BigUint::parse_bytes(shown.as_bytes(), 16).unwrap(), serial);
    assert_eq!(root.get("ready_for_renewal").and_then(Value::as_bool), Some(false));
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let (one, other) = (pem("ED25519"), pem("ED25519"));
    let refused = signed(&authority(&one), &other, &wanted(&other)).unwrap_err();
    assert!(refused.detail.contains("not the key of the certificate"), "{}", refused.detail);
    let nameless = [
        ("private_key_pem", one.clone()),
        ("validity_period_hours", Value::int(1)),
        ("allowed_uses", list(&[])),
        ("is_ca_certificate", Value::bool(true)),
    ];
    assert!(made(&self_signed(), &nameless).unwrap_err().detail.contains("at least one part"));
    let [key, hours, _, _] = nameless;
    let without_id = [key.clone(), hours.clone(), ("allowed_uses", list(&[])), ("set_authority_key_id", Value::bool(true))];
    assert!(made(&self_signed(), &without_id).unwrap_err().detail.contains("needs set_subject_key_id"));
    let garbage =
        made(&cert_request(), &[("private_key_pem", s("-----BEGIN RSA PRIVATE KEY-----\nc2VjcmV0\n-----END RSA PRIVATE KEY-----\n"))]);
    let garbage = garbage.unwrap_err();
    assert!(garbage.detail.contains("damaged") && !garbage.detail.contains("c2VjcmV0"), "{}", garbage.detail);
    let wrong = [
        ("allowed_uses", list(&["server"])),
        ("ip_addresses", list(&["ten"])),
        ("dns_names", list(&["ü"])),
        ("validity_period_hours", Value::int(-1)),
        subject(&[("email_address", s("ü@example.org"))]),
    ];
    assert_eq!(said(&self_signed(), &wrong).len(), 5);
    let unnamed = (cert_request().make)(&object(&cert_request().schema.block, &[("private_key_pem", one), ("dns_names", list(&["ü"]))]));
    assert!(unnamed.unwrap_err().detail.contains("punycode"));
}

#[tokio::test]
async fn a_certificate_is_described_in_the_words_of_the_provider() {
    let (nothing, facts) = ((), ProviderFacts::default());
    let ctx = Ctx { configured: &nothing, facts: &facts, region: None };
    let key = pem("ECDSA");
    let root = authority(&key);
    let leaf = signed(&root, &key, &wanted(&pem("RSA"))).unwrap();
    let block = &CertificateData.schema().block;
    let content = |cert: &Value| object(block, &[("content", cert.get("cert_pem").unwrap().clone())]);
    let read = CertificateData.read(&ctx, &[content(&root), content(&leaf)]).await;
    let [root_read, leaf_read] = read.as_slice() else { unreachable!() };
    let one = |read: &Result<Value, ProviderError>| read.as_ref().unwrap().get("certificates").and_then(Value::items).unwrap()[0].clone();
    let (root_said, leaf_said) = (one(root_read), one(leaf_read));
    let name = "STREET=a 1+STREET=b 2,O=Fish & Söhne,CN=Root\\, \\\"one\\\"";
    let mut parts: Vec<&str> = text(&root_said, "subject").split(',').collect();
    parts.sort_unstable();
    let mut expected: Vec<&str> = name.split(',').collect();
    expected.sort_unstable();
    assert_eq!(parts, expected);
    assert_eq!(text(&root_said, "subject"), "CN=Root\\, \\\"one\\\",STREET=a 1+STREET=b 2,O=Fish & Söhne");
    assert_eq!(text(&leaf_said, "subject"), "CN=example.org,C=DE,1.2.840.113549.1.9.1=#0c0d78406578616d706c652e6f7267");
    assert_eq!(text(&leaf_said, "issuer"), text(&root_said, "subject"));
    assert_eq!((text(&leaf_said, "signature_algorithm"), text(&leaf_said, "public_key_algorithm")), ("ECDSA-SHA256", "RSA"));
    assert_eq!(text(&root_said, "serial_number"), text(&root, "id"));
    let number = |said: &Value, name: &str| said.get(name).and_then(Value::as_i64).unwrap();
    assert_eq!((number(&root_said, "max_path_length"), number(&leaf_said, "max_path_length"), number(&leaf_said, "version")), (0, -1, 3));
    let files = Files::new();
    files.put("leaf", text(&leaf_said, "cert_pem"));
    let print = files.run("openssl x509 -in leaf -noout -fingerprint -sha1").to_lowercase().replace(':', "");
    assert!(print.trim_end().ends_with(text(&leaf_said, "sha1_fingerprint")), "{print}");
    files.run("openssl req -x509 -newkey rsa:2048 -nodes -keyout key -sha384 -sigopt rsa_padding_mode:pss -subj /CN=x -out pss");
    let pss = CertificateData.read(&ctx, &[object(block, &[("content", s(&files.read("pss")))])]).await;
    assert_eq!(text(&one(&pss[0]), "signature_algorithm"), "SHA384-RSAPSS");
    let until = text(&leaf_said, "not_after").replace('T', " ");
    assert!(files.run("openssl x509 -in leaf -noout -enddate -dateopt iso_8601").contains(&until));
}

#[tokio::test]
async fn an_ephemeral_key_is_whole_and_another_one_each_time() {
    let (nothing, facts) = ((), ProviderFacts::default());
    let ctx = Ctx { configured: &nothing, facts: &facts, region: None };
    let config = object(&Ephemeral.schema().block, &[("algorithm", s("ECDSA")), ("ecdsa_curve", s("P384")), ("openssh_comment", s(""))]);
    let open = || async { Ephemeral.open(&ctx, &config).await.unwrap().value };
    let (one, other) = (open().await, open().await);
    assert!(one.is_wholly_known() && one.get("rsa_bits") == Some(&Value::int(2048)));
    assert_ne!(text(&one, "private_key_pem"), text(&other, "private_key_pem"));
}

#[test]
fn keys_of_kinds_that_are_not_here_are_named_as_such() {
    let files = Files::new();
    files.run("openssl ecparam -name secp224r1 -genkey -noout -out p224");
    files.run("openssl genpkey -algorithm X25519 -out x25519");
    files.run("openssl genrsa -traditional -out small 1024");
    files.run("openssl genrsa -aes128 -passout pass:secret -out locked 2048");
    files.run("openssl genrsa -traditional -aes128 -passout pass:secret -out barred 2048");
    let kinds = [("p224", "P256, P384 or P521"), ("x25519", "ED25519"), ("small", "2048 to 8192 bits")];
    for (file, why) in kinds.into_iter().chain([("locked", "passphrase"), ("barred", "passphrase")]) {
        let said = PrivateKey::from_pem(&files.read(file)).err().unwrap();
        assert!(said.contains(why), "{file}: {said}");
    }
}

proptest::proptest! {
    #[test]
    fn no_text_panics(mut bytes: Vec<u8>, label in 0usize..5, at: proptest::sample::Index, cut: bool) {
        let label = ["RSA PRIVATE KEY", "EC PRIVATE KEY", "PRIVATE KEY", "OPENSSH PRIVATE KEY", "CERTIFICATE"][label];
        let key = PrivateKey::generate(Algorithm::Ecdsa(&CURVES[0]), 0).unwrap();
        let real = ssh::private(&key, "").unwrap() + &key.pem().unwrap() + &key.pkcs8_pem().unwrap();
        let real = real.split("-----BEGIN ").find(|p| p.starts_with(label)).map(|p| format!("-----BEGIN {p}"));
        if let (true, Some(real)) = (cut, real) {
            let (_, mut der) = super::pem::decode(&real).unwrap();
            let at = at.index(der.len());
            der[at] ^= bytes.first().copied().unwrap_or(1);
            bytes = der;
        }
        let text = super::pem::encode(label, &bytes);
        let _ = (PrivateKey::from_pem(&text), ssh::public_of_private(&text), super::parsed::authority(&text), super::described::describe(&bytes));
    }
}

mod server {
    //! A server that shows a chain made here.

    use super::*;
    use crate::builtin::tls::{handshake, pem as form};
    use tokio_rustls::TlsAcceptor;
    use tokio_rustls::rustls::ServerConfig;
    use tokio_rustls::rustls::crypto::aws_lc_rs;
    use tokio_rustls::rustls::pki_types::PrivateKeyDer;

    #[tokio::test]
    async fn a_chain_is_fetched_and_trusted_only_where_it_is_to_be() {
        let key = pem("ECDSA");
        let root = authority(&key);
        let leaf_key = super::key("ED25519", "P224");
        let leaf = signed(&root, &key, &wanted(leaf_key.get("private_key_pem").unwrap())).unwrap();
        let der = |value: &Value, name: &str| form::decode(text(value, name)).unwrap().1;
        let shown = vec![der(&leaf, "cert_pem"), der(&root, "cert_pem")];
        let secret = PrivateKeyDer::try_from(der(&leaf_key, "private_key_pem_pkcs8")).unwrap();
        let config = ServerConfig::builder_with_provider(std::sync::Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(shown.iter().cloned().map(Into::into).collect(), secret)
            .unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let acceptor = TlsAcceptor::from(std::sync::Arc::new(config));
        let serve = tokio::spawn(async move {
            loop {
                let (tcp, _) = listener.accept().await.unwrap();
                let _ = acceptor.accept(tcp).await;
            }
        });
        let target = handshake::Target::parse(&format!("https://127.0.0.1:{port}/x")).unwrap();
        assert_eq!(handshake::chain(&target, false).await.unwrap(), shown);
        let refused = handshake::chain(&target, true).await.unwrap_err();
        assert!(refused.contains("no TLS connection"), "{refused}");
        serve.abort();
        let _ = serve.await;
        let gone = handshake::chain(&target, false).await.unwrap_err();
        // Another test's server may have taken the port by now.
        assert!(gone.contains("cannot be reached") || gone.contains("no TLS connection"), "{gone}");
        for (url, why) in [("tls://h", "needs a port"), ("http://h", "neither"), ("h", "no URL")] {
            assert!(handshake::Target::parse(url).err().unwrap().contains(why), "{url}");
        }
    }
}

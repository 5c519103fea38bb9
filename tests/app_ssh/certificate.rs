//! A health check that looks at the server's certificate, on a real TLS server.

use crate::harness::{Envctl, Sshd, process};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn openssl(dir: &Path, args: &str) {
    let output = Command::new("openssl").args(args.split(' ')).current_dir(dir).output().expect("openssl: run scripts/setup");
    assert!(output.status.success(), "{args}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A server whose certificate is valid for 20 days; it ends with its guard.
fn server(dir: &Path, port: u16) -> process::Guard {
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(dir, &format!("req -x509 {key} -keyout ca.key -out ca.pem -days 30 -subj /CN=ca"));
    openssl(dir, &format!("req {key} -keyout key.pem -out csr.pem -subj /CN=test -addext subjectAltName=IP:127.0.0.1"));
    openssl(dir, "x509 -req -in csr.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 20 -copy_extensions copy -out cert.pem");
    let mut command = process::mortal("openssl");
    command.args(["s_server", "-www", "-quiet", "-cert", "cert.pem", "-key", "key.pem", "-accept"]).arg(port.to_string()).current_dir(dir);
    let server = process::spawn({
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    });
    let start = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(start.elapsed() < Duration::from_secs(10), "openssl s_server does not listen");
        std::thread::sleep(Duration::from_millis(20));
    }
    server.unwrap()
}

#[test]
fn a_certificate_that_ends_too_soon_is_not_healthy() {
    let (sshd, dir, port) = (Sshd::start(), tempfile::tempdir().unwrap(), process::free_port());
    let _server = server(dir.path(), port);
    let envctl = Envctl::new().with_env("SSL_CERT_FILE", &dir.path().join("ca.pem").display().to_string());
    let declare = |days: u32| {
        let config = sshd.ssh_config();
        let text = format!(
            "terraform {{\n  backend \"local\" {{}}\n}}\n\napp \"web\" {{\n  host = \"target\"\n  ssh {{\n    config = \"{}\"\n  }}\n  file \"~/days\" {{\n    content = \"{days}\"\n  }}\n  health {{\n    http     = \"https://127.0.0.1:{port}/\"\n    tls_days = {days}\n    interval = \"100ms\"\n    deadline = \"1s\"\n  }}\n}}\n",
            config.display()
        );
        envctl.file("environments/stage/main.tf", &text);
    };
    let deploy = || envctl.run(&["deploy", "stage", "-auto-approve", "-input=false", "-no-color"]);
    declare(14);
    deploy().ok();
    declare(25);
    deploy().expect(1).says("the certificate is valid for 19 more days, not 25");
    assert_eq!(std::fs::read_to_string(sshd.home().join("days")).unwrap(), "14", "the release before is back");
}

//! Typical mistakes: one report each, at the right place, with what helps.

use super::records::read;
use crate::harness::Envctl;

const AROUND: &str = r#"variable "name" {
  type    = string
  default = "web"
}
variable "list" {
  type    = list(string)
  default = ["a"]
}
variable "secret" {
  type      = string
  default   = "hush-hush"
  sensitive = true
}
"#;

/// What a report says first, where it points, what values it shows and what it proposes.
fn essence(stderr: &str) -> String {
    let wanted = |line: &&str| {
        let line = line.trim_start();
        line.starts_with("error: ") || line.starts_with("--> ") || line.starts_with("= ")
    };
    stderr.lines().filter(wanted).map(str::trim).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_mistake_is_one_report_that_helps() {
    let project = Envctl::new();
    project.file("m/main.tf", "variable \"name\" {\n  default = 1\n}\noutput \"out\" {\n  value = 1\n}\n").file("t.tftpl", "${b}\n");
    let cases = read("mistakes.txt");
    assert!(cases.len() >= 40, "{}", cases.len());
    let mut wrong = Vec::new();
    for case in cases {
        project.file("main.tf", &format!("{AROUND}{}\n", case.text));
        let run = project.run(&["plan", ".", "-input=false"]);
        let got = essence(&run.stderr);
        if got != case.answer || run.code != Some(1) || run.stderr.matches("error: ").count() != 1 {
            wrong.push(format!("{}\n--- gives\n{got}\n--- not\n{}", case.text, case.answer));
        }
        assert!(!run.stderr.contains("hush"), "{}", run.stderr);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

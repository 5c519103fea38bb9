//! What `test` tells people: files, runs, leftovers, the sum.

use super::Style;
use crate::ops::testing::{FileResult, Leftover, TestStatus};

/// How many runs ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TestCounts {
    /// Everything held.
    pub passed: usize,
    /// An assertion did not hold.
    pub failed: usize,
    /// Could not be carried out.
    pub errored: usize,
    /// Left out.
    pub skipped: usize,
    /// All together, clean-up included.
    pub status: TestStatus,
}

impl TestCounts {
    /// Adds a file.
    pub fn add(&mut self, file: &FileResult) {
        self.status = self.status.max(file.status);
        for run in &file.runs {
            match run.status {
                TestStatus::Pass => self.passed += 1,
                TestStatus::Fail => self.failed += 1,
                TestStatus::Error => self.errored += 1,
                TestStatus::Skip | TestStatus::Pending => self.skipped += 1,
            }
        }
    }

    /// The last line, as OpenTofu words it.
    #[must_use]
    pub fn text(&self, style: &Style) -> String {
        let skipped = if self.skipped > 0 { format!(", {} skipped", self.skipped) } else { String::new() };
        if self.passed + self.failed + self.errored == 0 && self.skipped > 0 {
            return format!("Executed 0 tests{skipped}.");
        }
        let word = if self.status <= TestStatus::Pass { style.good("Success!") } else { style.alert("Failure!") };
        format!("{word} {} passed, {} failed{skipped}.", self.passed, self.failed + self.errored)
    }
}

fn status(status: TestStatus, style: &Style) -> String {
    match status {
        TestStatus::Pass => style.good(status.word()),
        TestStatus::Fail | TestStatus::Error => style.alert(status.word()),
        TestStatus::Skip | TestStatus::Pending => style.dim(status.word()),
    }
}

/// The line of a file.
#[must_use]
pub fn test_file_text(name: &str, how: TestStatus, style: &Style) -> String {
    format!("{name}... {}\n", status(how, style))
}

/// The line of a run.
#[must_use]
pub fn test_run_text(name: &str, how: TestStatus, style: &Style) -> String {
    format!("  run \"{name}\"... {}\n", status(how, style))
}

/// Objects that a file left behind, loud; `kept` names the files that hold them.
#[must_use]
pub fn leftovers_text(file: &str, leftovers: &[Leftover], kept: &[String], style: &Style) -> String {
    let mut text = format!("{}\n", style.alert(&format!("{file} left {} behind that it made:", counted(leftovers.len()))));
    for one in leftovers {
        let deposed = one.deposed.as_ref().map(|k| format!(" (replaced object {k})")).unwrap_or_default();
        let id = one.id.as_ref().map_or_else(String::new, |id| format!(" [id={id}]"));
        text.push_str(&format!("  - {}{deposed}{id}   from run \"{}\"\n", one.addr, one.run));
    }
    text.push_str("They exist and may cost money: destroy them by hand.");
    if !kept.is_empty() {
        text.push_str(&format!(" Their state is kept in {}.", kept.join(", ")));
    }
    text + "\n"
}

fn counted(n: usize) -> String {
    if n == 1 { "1 object".into() } else { format!("{n} objects") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::addr::parse_instance;

    #[test]
    fn the_sum_counts_what_could_not_be_carried_out_as_failed() {
        let plain = Style::default();
        let counts = TestCounts { passed: 2, failed: 1, errored: 1, skipped: 3, status: TestStatus::Error };
        assert_eq!(counts.text(&plain), "Failure! 2 passed, 2 failed, 3 skipped.");
        let good = TestCounts { passed: 2, status: TestStatus::Pass, ..TestCounts::default() };
        assert_eq!(good.text(&plain), "Success! 2 passed, 0 failed.");
        assert_eq!(TestCounts::default().text(&plain), "Success! 0 passed, 0 failed.");
        let none = TestCounts { skipped: 2, status: TestStatus::Skip, ..TestCounts::default() };
        assert_eq!(none.text(&plain), "Executed 0 tests, 2 skipped.");
        let unclean = TestCounts { passed: 1, status: TestStatus::Error, ..TestCounts::default() };
        assert_eq!(unclean.text(&plain), "Failure! 1 passed, 0 failed.");
    }

    #[test]
    fn leftovers_have_their_ids() {
        let one = Leftover { run: "make".into(), addr: parse_instance("local_file.a[0]").unwrap(), deposed: None, id: Some("x1".into()) };
        let text = leftovers_text("a.tftest.hcl", &[one], &["errored_test.tfstate".into()], &Style::default());
        assert!(text.contains("left 1 object behind") && text.contains("  - local_file.a[0] [id=x1]   from run \"make\""), "{text}");
        assert!(text.contains("errored_test.tfstate"));
    }
}

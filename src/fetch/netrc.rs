//! `~/.netrc`: users and passwords by host, as curl and go-getter read them.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// What the file says.
#[derive(Clone, Debug, Default)]
pub struct Netrc {
    machines: BTreeMap<String, Login>,
    default: Option<Login>,
}

/// User and password.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Login {
    /// User.
    pub user: String,
    /// Password.
    pub password: String,
}

impl Netrc {
    /// Reads the file that `NETRC` names, else `~/.netrc`; one that is not there is empty.
    #[must_use]
    pub fn read(env: &BTreeMap<String, String>) -> Netrc {
        let named = env.get("NETRC").filter(|v| !v.is_empty()).map(PathBuf::from);
        let file = named.or_else(|| env.get("HOME").map(|h| PathBuf::from(h).join(".netrc")));
        Netrc::parse(&file.and_then(|f| std::fs::read_to_string(f).ok()).unwrap_or_default())
    }

    fn parse(text: &str) -> Netrc {
        let mut netrc = Netrc::default();
        let mut current: Option<Option<String>> = None;
        let mut login = Login::default();
        let mut words = text.lines().filter(|l| !l.trim_start().starts_with('#')).flat_map(str::split_whitespace);
        while let Some(word) = words.next() {
            match word {
                "machine" | "default" => {
                    netrc.keep(current.take(), std::mem::take(&mut login));
                    current = Some(if word == "machine" { words.next().map(str::to_ascii_lowercase) } else { None });
                }
                "login" => login.user = words.next().unwrap_or_default().into(),
                "password" => login.password = words.next().unwrap_or_default().into(),
                // Macros run to an empty line, and nothing here runs them.
                "macdef" => break,
                _ => {}
            }
        }
        netrc.keep(current, login);
        netrc
    }

    fn keep(&mut self, machine: Option<Option<String>>, login: Login) {
        match machine {
            Some(Some(host)) => drop(self.machines.entry(host).or_insert(login)),
            Some(None) => self.default = Some(login),
            None => {}
        }
    }

    /// The login for a host.
    #[must_use]
    pub fn login(&self, host: &str) -> Option<&Login> {
        self.machines.get(&host.to_ascii_lowercase()).or(self.default.as_ref())
    }

    /// Every password, to be masked in what is printed.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        self.machines.values().chain(&self.default).map(|l| l.password.as_str()).filter(|p| !p.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_on_one_line_or_several() {
        let netrc = Netrc::parse(
            "# mine\nmachine A.example login u password p\nmachine b.example\n  password q\n  login v\ndefault login d password e\n",
        );
        let login = |host: &str| netrc.login(host).map(|l| (l.user.as_str(), l.password.as_str()));
        assert_eq!(login("a.example"), Some(("u", "p")));
        assert_eq!(login("b.example"), Some(("v", "q")));
        assert_eq!(login("c.example"), Some(("d", "e")));
        assert_eq!(Netrc::parse("machine a login").login("b"), None);
    }
}

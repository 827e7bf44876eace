//! Outside systems that an administrator has named. Only these may stand on an address of the
//! inside, and only at their own host and port.

use std::collections::BTreeMap;

use url::Url;

/// A named outside system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    base: Url,
}

/// A connection that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the address of the connection “{name}” cannot be used: {reason}")]
pub struct ConnectionError {
    /// The connection.
    pub name: String,
    /// Why.
    pub reason: String,
}

impl Connection {
    /// Where it is.
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// The address of `path` there; `None` where it would lead to another host or port.
    pub fn resolve(&self, path: &str) -> Option<Url> {
        let relative = path.trim_start_matches('/');
        let url = self.base.join(relative).ok()?;
        self.covers(&url).then_some(url)
    }

    /// Whether `url` leads to this host and port by this scheme.
    pub fn covers(&self, url: &Url) -> bool {
        url.scheme() == self.base.scheme()
            && url.host() == self.base.host()
            && url.port_or_known_default() == self.base.port_or_known_default()
    }
}

/// All named outside systems.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Connections {
    by_name: BTreeMap<String, Connection>,
}

impl Connections {
    /// Adds a connection.
    ///
    /// # Errors
    /// [`ConnectionError`] where the address is not plain `http` or `https`.
    pub fn add(&mut self, name: &str, base: &str) -> Result<(), ConnectionError> {
        let refuse = |reason: String| ConnectionError { name: name.to_owned(), reason };
        let mut base = Url::parse(base).map_err(|error| refuse(error.to_string()))?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(refuse("it must begin with http:// or https://".to_owned()));
        }
        if !base.username().is_empty() || base.password().is_some() {
            return Err(refuse("it must not hold a user name or password".to_owned()));
        }
        if base.query().is_some() || base.fragment().is_some() {
            return Err(refuse("it must not hold a query or fragment".to_owned()));
        }
        if !base.path().ends_with('/') {
            let path = format!("{}/", base.path());
            base.set_path(&path);
        }
        self.by_name.insert(name.to_owned(), Connection { base });
        Ok(())
    }

    /// The connection `name`.
    pub fn get(&self, name: &str) -> Option<&Connection> {
        self.by_name.get(name)
    }

    /// Names of the connections, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bureau() -> Connection {
        let mut connections = Connections::default();
        connections.add("bureau", "http://127.0.0.1:3001/bureau").unwrap();
        connections.get("bureau").unwrap().clone()
    }

    #[test]
    fn a_path_stays_under_the_base() {
        let url = |path| bureau().resolve(path).map(|url| url.to_string());
        let scores = Some("http://127.0.0.1:3001/bureau/scores".to_owned());
        assert_eq!(url("scores"), scores);
        assert_eq!(url("/scores"), scores);
        assert_eq!(
            url("//evil.example/scores").unwrap(),
            "http://127.0.0.1:3001/bureau/evil.example/scores"
        );
    }

    /// Case 73: nothing leaves for another host through a connection.
    #[test]
    fn a_path_cannot_lead_to_another_host() {
        for path in ["http://evil.example/", "http://127.0.0.1:22/", "https://127.0.0.1:3001/"] {
            assert_eq!(bureau().resolve(path), None, "{path}");
        }
    }

    #[test]
    fn an_address_with_a_password_is_refused() {
        for base in ["http://user@host/", "ftp://host/", "file:///etc/passwd", "no", "http://h/?q"]
        {
            assert!(Connections::default().add("x", base).is_err(), "{base}");
        }
    }
}

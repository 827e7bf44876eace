//! Settings: flags before environment before one TOML file before defaults.
//!
//! Never reads a file other than the settings file, and never prints a value: a database address
//! may hold a password.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use serde::Deserialize;

use crate::runtime::STATES_BYTES_MAX;

/// Time in which the body of a request must have arrived.
const BODY_TIME_MAX: Duration = Duration::from_secs(20);
/// The settings file that is read, when it exists, without being asked for.
const DEFAULT_FILE: &str = "spartito.toml";

/// Flags of `spartito serve`. Each can also be given as an environment variable or in the file.
#[derive(Debug, Clone, Default, Args)]
pub struct ServeArgs {
    /// Address and port to listen on [default: 127.0.0.1:3000]
    #[arg(long, env = "SPARTITO_ADDR", value_name = "HOST:PORT")]
    pub addr: Option<SocketAddr>,

    /// Folder of all data: the embedded database and what belongs to it [default: ./data]
    #[arg(long, env = "SPARTITO_DATA", value_name = "FOLDER")]
    pub data: Option<PathBuf>,

    /// Database to use instead of the embedded one, such as
    /// postgres://user:password@host/database [default: SQLite in the data folder]
    #[arg(long, env = "SPARTITO_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,

    /// File beside the database in which it is noted how far that has come, so that an old copy is
    /// noticed; best on another disk, and in no backup of the database
    /// [default: spartito.mark in the data folder]
    #[arg(long, env = "SPARTITO_MARK_FILE", value_name = "FILE")]
    pub mark_file: Option<PathBuf>,

    /// Name of this server among those that share a PostgreSQL database; no two may have the same
    /// [default: the name of the machine and the port]
    #[arg(long, env = "SPARTITO_NODE_NAME", value_name = "NAME")]
    pub node_name: Option<String>,

    /// Memory for instances that are kept at hand, in MiB [default: 128]
    #[arg(long, env = "SPARTITO_CACHE_MIB", value_name = "MIB")]
    pub cache_mib: Option<u32>,

    /// Folder with the browser half of the portal, as the build leaves it
    /// [default: the folder `site` beside the binary, else target/site]
    #[arg(long, env = "SPARTITO_SITE", value_name = "FOLDER")]
    pub site: Option<PathBuf>,

    /// A system that models may call by name, and the only way to reach a private address;
    /// repeatable (in the environment: separated by commas)
    #[arg(
        long = "connection",
        env = "SPARTITO_CONNECTIONS",
        value_name = "NAME=URL",
        value_delimiter = ',',
        hide_env_values = true
    )]
    pub connections: Vec<String>,

    /// File with the tokens of workers outside, one a line, each at least 20 characters; read again
    /// when it has changed [default: no workers outside]
    #[arg(long, env = "SPARTITO_WORKER_TOKEN_FILE", value_name = "FILE")]
    pub worker_token_file: Option<PathBuf>,

    /// How many jobs of a type all workers outside may have at the same time; repeatable (in the
    /// environment: separated by commas) [default: as many as they ask for]
    #[arg(
        long = "worker-limit",
        env = "SPARTITO_WORKER_LIMITS",
        value_name = "TYPE=JOBS",
        value_delimiter = ','
    )]
    pub worker_limits: Vec<String>,

    /// Address under which people reach the portal, when it is not the one listened on; with
    /// https, cookies are sent over https only
    #[arg(long, env = "SPARTITO_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,

    /// File with the password of a first administrator named `admin`, instead of the set-up link;
    /// read on the first start only
    #[arg(long, env = "SPARTITO_ADMIN_PASSWORD_FILE", value_name = "FILE")]
    pub admin_password_file: Option<PathBuf>,

    /// Address and port where figures are shown under /metrics, for Prometheus; nobody signs in
    /// there, so let only those reach it who may see them [default: nowhere]
    #[arg(long, env = "SPARTITO_METRICS_ADDR", value_name = "HOST:PORT")]
    pub metrics_addr: Option<SocketAddr>,

    /// Seconds for which the server goes on serving after it was told to stop, and says on /readyz
    /// that it is not ready, so that load balancers send nobody any more [default: 0]
    #[arg(long, env = "SPARTITO_STOP_DELAY", value_name = "SECONDS")]
    pub stop_delay: Option<u16>,

    /// What to log: off, error, warn, info, debug, trace, also by module as in
    /// `info,spartito=debug` [default: info]
    #[arg(long, env = "SPARTITO_LOG", value_name = "FILTER")]
    pub log: Option<String>,

    /// Settings file in TOML, with the names of these flags as keys
    /// [default: ./spartito.toml where it exists]
    #[arg(long, env = "SPARTITO_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// The settings file, key by key.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct FileSettings {
    addr: Option<SocketAddr>,
    data: Option<PathBuf>,
    database_url: Option<String>,
    mark_file: Option<PathBuf>,
    node_name: Option<String>,
    cache_mib: Option<u32>,
    site: Option<PathBuf>,
    #[serde(default)]
    connections: BTreeMap<String, String>,
    worker_token_file: Option<PathBuf>,
    #[serde(default)]
    worker_limits: BTreeMap<String, u32>,
    public_url: Option<String>,
    admin_password_file: Option<PathBuf>,
    metrics_addr: Option<SocketAddr>,
    stop_delay: Option<u16>,
    log: Option<String>,
}

/// Settings of a server, complete.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where to listen.
    pub addr: SocketAddr,
    /// The data folder.
    pub data: PathBuf,
    /// The database; `None` for SQLite in the data folder.
    pub database_url: Option<String>,
    /// Where it is noted how far the database has come; `None` for a file in the data folder.
    pub mark_file: Option<PathBuf>,
    /// Name of this server among others; `None` for machine and port.
    pub node_name: Option<String>,
    /// Bytes of memory for instances that are kept at hand.
    pub cache_bytes: usize,
    /// The folder with the browser half.
    pub site: PathBuf,
    /// Base addresses of outside systems by name.
    pub connections: BTreeMap<String, String>,
    /// File with the tokens of workers outside; `None` where there are none.
    pub worker_token_file: Option<PathBuf>,
    /// How many jobs of a type all workers outside may have at the same time.
    pub worker_limits: BTreeMap<String, u32>,
    /// Address for people, without a slash at its end; `None` for the one listened on.
    pub public_url: Option<String>,
    /// File with the first administrator's password.
    pub admin_password_file: Option<PathBuf>,
    /// Where figures are shown; `None` for nowhere.
    pub metrics_addr: Option<SocketAddr>,
    /// How long the server goes on serving after it was told to stop.
    pub stop_delay: Duration,
    /// What to log.
    pub log: String,
    /// Time in which the body of a request must have arrived. No flag: tests shorten it.
    pub body_time_max: Duration,
}

/// What is wrong with the settings, in words for the person who starts the server.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The settings file cannot be read.
    #[error("cannot read the settings file {path}: {source}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The settings file does not say what a settings file may say.
    #[error("the settings file {path} is not right: {message}")]
    Malformed {
        /// The file.
        path: String,
        /// What and where.
        message: String,
    },
    /// A connection is not `NAME=URL`.
    #[error("“{0}” is not a connection: give NAME=URL, such as bureau=http://127.0.0.1:3001")]
    Connection(String),
    /// A bound of workers is not `TYPE=JOBS`.
    #[error("“{0}” is not a bound for workers: give TYPE=JOBS, such as send-letter=20")]
    WorkerLimit(String),
    /// An address is not usable.
    #[error("“{given}” is not a usable {what}: {why}")]
    Address {
        /// What it is for.
        what: &'static str,
        /// What was given.
        given: String,
        /// Why not.
        why: String,
    },
}

impl Settings {
    /// Settings from flags and environment (`args`) over the settings file over defaults.
    ///
    /// # Errors
    /// A file that cannot be read or understood, a malformed connection or address.
    pub fn load(args: ServeArgs) -> Result<Self, ConfigError> {
        let file = read_file(args.config.as_deref())?;
        let mut connections = BTreeMap::new();
        for (name, url) in file.connections {
            connections.insert(name, checked_url("connection", &url)?);
        }
        for connection in args.connections.iter().filter(|text| !text.trim().is_empty()) {
            let (name, url) = connection
                .split_once('=')
                .map(|(name, url)| (name.trim(), url.trim()))
                .filter(|(name, _)| !name.is_empty())
                .ok_or_else(|| ConfigError::Connection(connection.clone()))?;
            connections.insert(name.to_owned(), checked_url("connection", url)?);
        }
        let mut worker_limits = file.worker_limits;
        for limit in args.worker_limits.iter().filter(|text| !text.trim().is_empty()) {
            // A type may hold an equals sign.
            let (job_type, jobs) = limit
                .rsplit_once('=')
                .and_then(|(name, jobs)| Some((name.trim(), jobs.trim().parse().ok()?)))
                .filter(|(name, _)| !name.is_empty())
                .ok_or_else(|| ConfigError::WorkerLimit(limit.clone()))?;
            worker_limits.insert(job_type.to_owned(), jobs);
        }
        let public_url = args.public_url.or(file.public_url).filter(|url| !url.is_empty());
        Ok(Self {
            addr: args
                .addr
                .or(file.addr)
                .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 3000))),
            data: args.data.or(file.data).unwrap_or_else(|| PathBuf::from("data")),
            database_url: args
                .database_url
                .or(file.database_url)
                .filter(|url| !url.trim().is_empty()),
            mark_file: args.mark_file.or(file.mark_file),
            cache_bytes: args.cache_mib.or(file.cache_mib).map_or(STATES_BYTES_MAX, |mib| {
                usize::try_from(u64::from(mib) * 1024 * 1024).unwrap_or(usize::MAX)
            }),
            node_name: args.node_name.or(file.node_name).filter(|name| !name.trim().is_empty()),
            site: args.site.or(file.site).unwrap_or_else(default_site),
            connections,
            worker_token_file: args.worker_token_file.or(file.worker_token_file),
            worker_limits,
            public_url: public_url.map(|url| checked_url("public address", &url)).transpose()?,
            admin_password_file: args.admin_password_file.or(file.admin_password_file),
            metrics_addr: args.metrics_addr.or(file.metrics_addr),
            stop_delay: Duration::from_secs(
                args.stop_delay.or(file.stop_delay).unwrap_or_default().into(),
            ),
            log: args.log.or(file.log).unwrap_or_else(|| "info".to_owned()),
            body_time_max: BODY_TIME_MAX,
        })
    }

    /// Whether people reach the portal over https.
    pub fn https(&self) -> bool {
        self.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }
}

fn read_file(given: Option<&Path>) -> Result<FileSettings, ConfigError> {
    let path = given.unwrap_or_else(|| Path::new(DEFAULT_FILE));
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if given.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(FileSettings::default());
        }
        Err(source) => {
            return Err(ConfigError::Unreadable { path: path.display().to_string(), source });
        }
    };
    toml::from_str(&text).map_err(|error| ConfigError::Malformed {
        path: path.display().to_string(),
        message: error.to_string(),
    })
}

/// An http or https address without a slash at its end.
fn checked_url(what: &'static str, given: &str) -> Result<String, ConfigError> {
    let refuse = |why: String| ConfigError::Address { what, given: given.to_owned(), why };
    let url = url::Url::parse(given).map_err(|error| refuse(error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refuse("it must begin with http:// or https://".to_owned()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("it must not hold a name or password".to_owned()));
    }
    Ok(given.trim_end_matches('/').to_owned())
}

/// `site` beside the binary, where an installed Spartito has it; else where the build leaves it.
fn default_site() -> PathBuf {
    std::env::current_exe()
        .ok()
        .and_then(|binary| Some(binary.parent()?.join("site")))
        .filter(|folder| folder.is_dir())
        .unwrap_or_else(|| PathBuf::from("target/site"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_file(text: &str, args: ServeArgs) -> Result<Settings, ConfigError> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("settings.toml");
        std::fs::write(&path, text).expect("a settings file");
        Settings::load(ServeArgs { config: Some(path), ..args })
    }

    #[test]
    fn a_flag_wins_over_the_file_and_the_file_over_the_default() {
        let args = ServeArgs { log: Some("debug".to_owned()), ..ServeArgs::default() };
        let text = "log = \"warn\"\ndata = \"/srv/data\"\nstop-delay = 5";
        let settings = with_file(text, args).expect("settings");
        assert_eq!((settings.stop_delay, settings.metrics_addr), (Duration::from_secs(5), None));
        assert_eq!(settings.log, "debug");
        assert_eq!(settings.data, PathBuf::from("/srv/data"));
        assert_eq!(settings.addr.port(), 3000);
    }

    #[test]
    fn an_unknown_key_in_the_file_is_refused_by_name() {
        let error = with_file("adress = \"127.0.0.1:1\"", ServeArgs::default()).unwrap_err();
        assert!(error.to_string().contains("adress"), "{error}");
    }

    #[test]
    fn connections_come_from_file_and_flags() {
        let args = ServeArgs {
            connections: vec!["bureau=http://127.0.0.1:3001/".to_owned()],
            ..ServeArgs::default()
        };
        let text = "[connections]\nbureau = \"http://10.0.0.1\"\npay = \"https://pay.example\"";
        let settings = with_file(text, args).expect("settings");
        assert_eq!(settings.connections["bureau"], "http://127.0.0.1:3001");
        assert_eq!(settings.connections["pay"], "https://pay.example");
    }

    #[test]
    fn bounds_of_workers_come_from_file_and_flags() {
        let args = ServeArgs {
            worker_limits: vec!["a=b=3".to_owned(), "pay=5".to_owned()],
            ..ServeArgs::default()
        };
        let settings = with_file("[worker-limits]\npay = 1\nship = 7", args).expect("settings");
        let limits: Vec<_> = settings.worker_limits.into_iter().collect();
        assert_eq!(limits, [("a=b", 3), ("pay", 5), ("ship", 7)].map(|(t, n)| (t.to_owned(), n)));
        for limit in ["pay", "pay=", "=3", "pay=-1"] {
            let args = ServeArgs { worker_limits: vec![limit.to_owned()], ..ServeArgs::default() };
            assert!(with_file("", args).is_err(), "{limit}");
        }
    }

    #[test]
    fn an_address_that_is_no_web_address_is_refused() {
        for url in ["ftp://host", "bureau", "http://name:secret@host"] {
            let args =
                ServeArgs { connections: vec![format!("bureau={url}")], ..ServeArgs::default() };
            assert!(with_file("", args).is_err(), "{url}");
        }
    }
}

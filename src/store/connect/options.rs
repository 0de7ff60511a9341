//! The address of a PostgreSQL database: options of the driver, and two options of this program.

use std::{fs, str::FromStr as _, time::Duration};

use sqlx::postgres::PgConnectOptions;

/// Maximum time to open a connection, unless the address sets another one.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The name of the connections of this program on the server, unless the address or `PGAPPNAME` sets another one.
const APPLICATION_NAME: &str = "dermagraph";

/// A setting that is sent when a connection is opened. Its only purpose is to detect poolers, which refuse it or do not
/// forward it.
const MARK: (&str, &str) = ("dermagraph.connection", "direct");

/// The statement that reports whether the server has the setting [`MARK`].
pub(super) const MARKED: &str = "SELECT COALESCE(current_setting('dermagraph.connection', true), '') = 'direct'";

/// Options that the driver supports, in addition to `options[NAME]`. The driver ignores unknown options, so this module
/// refuses them.
const DRIVER_OPTIONS: [&str; 18] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "ssl-root-cert",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "user",
];

/// Options of the driver with paths of files.
const FILES: [&str; 7] = ["ssl-ca", "ssl-cert", "ssl-key", "ssl-root-cert", "sslcert", "sslkey", "sslrootcert"];

/// How to connect to a PostgreSQL database.
#[derive(Clone)]
pub(super) struct PostgresOptions {
    /// Options for the driver.
    pub connect: PgConnectOptions,
    pub timeout: Duration,
    /// True if statements are prepared once for each connection. With `pgbouncer=true` they are not, because a pooler
    /// in transaction mode may run each transaction on another connection.
    pub prepared: bool,
    /// True if the address sets how many statements a connection caches.
    pub sets_cache: bool,
    /// Options with paths of files, and the paths.
    files: Vec<(String, String)>,
}

impl PostgresOptions {
    /// Parses an address. The error does not repeat values, which may be secret.
    pub fn read(url: &str) -> Result<Self, String> {
        let (address, query) = url.split_once('?').unwrap_or((url, ""));
        let (mut timeout, mut prepared) = (CONNECT_TIMEOUT, true);
        let (mut passed, mut files) = (Vec::new(), Vec::new());
        for option in query.split('&').filter(|option| !option.is_empty()) {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            let wrong = |wanted| Err(format!("the option {name} of the database URL must be {wanted}"));
            match (name, value) {
                // Even with a capacity of 0, the driver would prepare statements by name.
                ("pgbouncer", "true") | ("statement-cache-capacity", "0") => prepared = false,
                ("pgbouncer", "false") => prepared = true,
                ("pgbouncer", _) => return wrong("true or false"),
                ("connect_timeout", value) => match value.parse() {
                    Ok(seconds @ 1..=3600) => timeout = Duration::from_secs(seconds),
                    _ => return wrong("1 to 3600 seconds"),
                },
                _ if DRIVER_OPTIONS.contains(&name) || name.starts_with("options[") => {
                    if PgConnectOptions::from_str(&format!("postgres://localhost/?{option}")).is_err() {
                        return wrong("a value that the driver knows");
                    }
                    if FILES.contains(&name) {
                        files.push((name.to_owned(), value.to_owned()));
                    }
                    passed.push(option);
                }
                _ => return Err(format!("a PostgreSQL URL has no option {name:?}")),
            }
        }
        let address = if passed.is_empty() { address.to_owned() } else { format!("{address}?{}", passed.join("&")) };
        let connect = PgConnectOptions::from_str(&address)
            .map_err(|_| "this is not a PostgreSQL URL: postgres://USER:PASSWORD@HOST:PORT/NAME".to_owned())?;
        // Poolers refuse this setting at the start of a connection. Since PostgreSQL 12 it is not needed.
        let mut connect = connect.extra_float_digits(None);
        if connect.get_application_name().is_none() {
            connect = connect.application_name(APPLICATION_NAME);
        }
        if prepared {
            connect = connect.options([MARK]);
        }
        let sets_cache = passed.iter().any(|option| option.starts_with("statement-cache-capacity="));
        Ok(Self { connect, timeout, prepared, sets_cache, files })
    }

    /// Returns a message about the first file in the address that cannot be read; `None` if all can be read. The message of
    /// the driver does not name the file.
    pub fn unreadable_file(&self) -> Option<String> {
        // A value may also be the text of a certificate. Paths with escapes are not checked.
        let paths = self.files.iter().filter(|(_, value)| !value.contains(['%', '\n']));
        let mut wrong = paths.filter_map(|(name, path)| Some((name, fs::File::open(path).err()?)));
        wrong.next().map(|(name, reason)| format!("the file of {name} cannot be read: {reason}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> PostgresOptions {
        PostgresOptions::read(url).unwrap_or_else(|problem| panic!("{url}: {problem}"))
    }

    #[test]
    fn the_options_of_an_address_are_parsed() {
        let plain = read("postgres://u:p@h:5/lib");
        assert_eq!((plain.timeout, plain.prepared), (CONNECT_TIMEOUT, true));
        assert_eq!(plain.connect.get_application_name(), Some("dermagraph"));
        let url = "postgres://u@h/lib?pgbouncer=true&application_name=portal&connect_timeout=3&sslmode=verify-full";
        let set = read(url);
        assert_eq!((set.timeout, set.prepared), (Duration::from_secs(3), false));
        assert_eq!(set.connect.get_application_name(), Some("portal"));
        assert_eq!((set.connect.get_host(), set.connect.get_database()), ("h", Some("lib")));
        assert_eq!(format!("{:?}", set.connect.get_ssl_mode()), "VerifyFull");
        assert!(!read("postgres://u@h/lib?statement-cache-capacity=0").prepared);
        assert_eq!(read("postgres:///lib?host=/run/postgresql").connect.get_database(), Some("lib"));
    }

    #[test]
    fn an_error_names_the_invalid_option_and_not_its_value() {
        for (options, named) in [
            ("sslmode=hunter2", "the option sslmode of the database URL must be a value that the driver knows"),
            ("pgbouncer=hunter2", "the option pgbouncer of the database URL must be true or false"),
            ("pgbouncer", "the option pgbouncer of the database URL must be true or false"),
            ("connect_timeout=0", "the option connect_timeout of the database URL must be 1 to 3600 seconds"),
            ("sslmode=require&pgbuoncer=hunter2", "a PostgreSQL URL has no option \"pgbuoncer\""),
        ] {
            let problem = PostgresOptions::read(&format!("postgres://u@h/lib?{options}")).map(|_| ()).unwrap_err();
            assert_eq!(problem, named, "{options}");
        }
    }
}

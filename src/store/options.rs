//! What the address of a PostgreSQL database says: options of the driver, and two of ours.

use std::{fs, str::FromStr as _, time::Duration};

use sqlx::postgres::PgConnectOptions;

/// How long to wait for a connection before saying that the database cannot be reached, unless the address says otherwise.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The name that the server shows for our connections, unless the address or `PGAPPNAME` gives one.
const APPLICATION_NAME: &str = "dermagraph";

/// A setting that a connection begins with, of no meaning but to be there: it is not when a pooler stands between, which refuses
/// it or keeps it to itself.
const MARK: (&str, &str) = ("dermagraph.connection", "direct");

/// Whether the mark has come through.
pub(super) const MARKED: &str = "SELECT COALESCE(current_setting('dermagraph.connection', true), '') = 'direct'";

/// Options that the driver reads. It passes over all others in silence, `options[NAME]` apart, so others are refused here.
const OF_THE_DRIVER: [&str; 18] = [
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

/// Those of them that name files.
const FILES: [&str; 7] = ["ssl-ca", "ssl-cert", "ssl-key", "ssl-root-cert", "sslcert", "sslkey", "sslrootcert"];

/// How a PostgreSQL database is reached.
#[derive(Clone)]
pub(super) struct PostgresOptions {
    /// What the driver is told.
    pub connect: PgConnectOptions,
    /// How long to wait for a connection.
    pub timeout: Duration,
    /// Whether statements are prepared once and kept with their connection. A pooler that gives each transaction another
    /// connection knows nothing of them, so they are not with `pgbouncer=true`.
    pub prepared: bool,
    /// Options that name files, with their values.
    files: Vec<(String, String)>,
}

impl PostgresOptions {
    /// Reads an address. What is wrong is told without repeating values, which may be secret.
    pub fn read(url: &str) -> Result<Self, String> {
        let (address, query) = url.split_once('?').unwrap_or((url, ""));
        let (mut timeout, mut prepared) = (CONNECT_TIMEOUT, true);
        let (mut theirs, mut files) = (Vec::new(), Vec::new());
        for option in query.split('&').filter(|option| !option.is_empty()) {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            let wrong = |wanted| Err(format!("the option {name} of the address needs {wanted}"));
            match (name, value) {
                // The driver would go on to prepare by name, and forget the names.
                ("pgbouncer", "true") | ("statement-cache-capacity", "0") => prepared = false,
                ("pgbouncer", "false") => prepared = true,
                ("pgbouncer", _) => return wrong("true or false"),
                ("connect_timeout", value) => match value.parse() {
                    Ok(seconds @ 1..=3600) => timeout = Duration::from_secs(seconds),
                    _ => return wrong("1 to 3600 seconds"),
                },
                _ if OF_THE_DRIVER.contains(&name) || name.starts_with("options[") => {
                    if PgConnectOptions::from_str(&format!("postgres://localhost/?{option}")).is_err() {
                        return wrong("another value");
                    }
                    if FILES.contains(&name) {
                        files.push((name.to_owned(), value.to_owned()));
                    }
                    theirs.push(option);
                }
                _ => return Err(format!("the address of a PostgreSQL database has no option {name:?}")),
            }
        }
        let address = if theirs.is_empty() { address.to_owned() } else { format!("{address}?{}", theirs.join("&")) };
        let connect = PgConnectOptions::from_str(&address)
            .map_err(|_| "this is not a PostgreSQL address: postgres://USER:PASSWORD@HOST:PORT/NAME".to_owned())?;
        // Poolers refuse what they do not know at the start of a connection, and this is not needed since PostgreSQL 12.
        let mut connect = connect.extra_float_digits(None);
        if connect.get_application_name().is_none() {
            connect = connect.application_name(APPLICATION_NAME);
        }
        if prepared {
            connect = connect.options([MARK]);
        }
        Ok(Self { connect, timeout, prepared, files })
    }

    /// What is wrong with a file that the address names, since the driver does not say which it could not read.
    pub fn unreadable_file(&self) -> Option<String> {
        // A value may be the text of a certificate, and what is escaped is left to the driver.
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
    fn an_address_says_how_the_database_is_reached() {
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
    fn an_option_that_is_wrong_is_named_and_its_value_is_not() {
        for (options, named) in [
            ("sslmode=hunter2", "the option sslmode of the address needs another value"),
            ("pgbouncer=hunter2", "the option pgbouncer of the address needs true or false"),
            ("pgbouncer", "the option pgbouncer of the address needs true or false"),
            ("connect_timeout=0", "the option connect_timeout of the address needs 1 to 3600 seconds"),
            ("sslmode=require&pgbuoncer=hunter2", "the address of a PostgreSQL database has no option \"pgbuoncer\""),
        ] {
            let problem = PostgresOptions::read(&format!("postgres://u@h/lib?{options}")).map(|_| ()).unwrap_err();
            assert_eq!(problem, named, "{options}");
        }
    }
}

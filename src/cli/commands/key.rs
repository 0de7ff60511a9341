//! `dermagraph key`: creates, lists and revokes API keys. It can run while the service uses the same database.

use clap::{Args, Subcommand};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    access::{
        KEY_CACHE_AGE, ListedKey, Role,
        keys::{self, KeyError},
    },
    cli::{
        DatabaseArgs,
        documents::{print_line, print_secret},
    },
    store::Store,
};

/// Arguments of `key`.
#[derive(Args)]
pub struct KeyArgs {
    #[command(subcommand)]
    command: KeyCommand,
}

#[derive(Subcommand)]
enum KeyCommand {
    /// Create a key and print it; it cannot be shown again
    Create(CreateArgs),
    /// List the keys, without their secrets
    List(ListArgs),
    /// Revoke a key permanently
    Revoke(RevokeArgs),
}

/// Arguments of `key create`.
#[derive(Args)]
struct CreateArgs {
    /// Name of the key, such as the program that will use it
    #[arg(long, value_name = "NAME")]
    name: String,
    /// Role of the key
    #[arg(long, value_name = "ROLE")]
    role: Role,
    /// Time until it expires: a number with s, m, h, d or w, such as 90d [default: it does not expire]
    #[arg(long, value_name = "DURATION", value_parser = time_span)]
    expires_in: Option<Duration>,
    /// Time at which it expires, in RFC 3339: 2027-01-31T12:00:00Z
    #[arg(long, value_name = "TIME", value_parser = moment, conflicts_with = "expires_in")]
    expires_at: Option<OffsetDateTime>,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Arguments of `key list`.
#[derive(Args)]
struct ListArgs {
    /// Print a JSON array
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Arguments of `key revoke`.
#[derive(Args)]
struct RevokeArgs {
    /// Id of the key, or the key itself
    #[arg(value_name = "ID")]
    key: String,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Creates, lists or revokes keys.
pub async fn run(args: KeyArgs) -> Result<(), String> {
    let database = match &args.command {
        KeyCommand::Create(CreateArgs { database, .. })
        | KeyCommand::List(ListArgs { database, .. })
        | KeyCommand::Revoke(RevokeArgs { database, .. }) => database,
    };
    let opened = match &args.command {
        KeyCommand::Create(_) => database.open().await,
        KeyCommand::List(_) | KeyCommand::Revoke(_) => database.open_existing().await,
    };
    let store = opened.map_err(|failure| failure.to_string())?;
    let done = match &args.command {
        KeyCommand::Create(args) => create(&store, args).await,
        KeyCommand::List(args) => list(&store, args).await,
        KeyCommand::Revoke(args) => revoke(&store, args).await,
    };
    store.close().await;
    done
}

/// Creates a key. Only the key is printed on standard output, so that it can be piped. If it cannot be printed, it is
/// revoked, because nobody has it.
async fn create(store: &Store, args: &CreateArgs) -> Result<(), String> {
    let in_time = args.expires_in.map(|span| OffsetDateTime::now_utc().checked_add(span).ok_or(KeyError::ExpiryTooLate));
    let expires_at = in_time.transpose().map_err(|failure| failure.to_string())?.or(args.expires_at);
    let key = keys::create(store, &args.name, args.role, expires_at).await.map_err(|failure| failure.to_string())?;
    let (id, role) = (&key.listed.id, args.role);
    if let Err(failure) = print_secret(&key.text) {
        return Err(match keys::revoke(store, id).await {
            Ok(_) => format!("{failure}; the key {id} is revoked, because it cannot be shown again"),
            Err(reason) => format!("{failure}; revoke the key {id}, which cannot be shown again: {reason}"),
        });
    }
    eprintln!("This is the key {id} with the role {role}. It cannot be shown again, so store it with your secrets.");
    Ok(())
}

async fn list(store: &Store, args: &ListArgs) -> Result<(), String> {
    let keys = keys::list(store).await.map_err(|failure| failure.to_string())?;
    if args.json {
        return print_line(&serde_json::to_string_pretty(&keys).unwrap_or_default());
    }
    print_line(&table(&keys).join("\n"))
}

async fn revoke(store: &Store, args: &RevokeArgs) -> Result<(), String> {
    let id = keys::revoke(store, &args.key).await.map_err(|failure| failure.to_string())?.id;
    print_line(&format!("The key {id} is revoked; services that run refuse it within {} seconds.", KEY_CACHE_AGE.as_secs()))
}

/// Returns the lines of a table of keys.
fn table(keys: &[ListedKey]) -> Vec<String> {
    let expires = |key: &ListedKey| key.expires_at.clone().unwrap_or_else(|| "never".to_owned());
    let cells = |key: &ListedKey| {
        let ListedKey { id, name, role, created_at, .. } = key.clone();
        [id, name, role, created_at, expires(key), key.state.name().to_owned()]
    };
    let head = ["ID", "NAME", "ROLE", "CREATED", "EXPIRES", "STATE"].map(str::to_owned);
    let rows: Vec<[String; 6]> = std::iter::once(head).chain(keys.iter().map(cells)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..6).map(width).collect();
    let line = |row: &[String; 6]| {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// Parses a span of time: a number and its unit.
fn time_span(text: &str) -> Result<Duration, String> {
    let unit = match text.chars().next_back() {
        Some('s') => Duration::SECOND,
        Some('m') => Duration::MINUTE,
        Some('h') => Duration::HOUR,
        Some('d') => Duration::DAY,
        Some('w') => Duration::WEEK,
        _ => return Err("a number with s, m, h, d or w is needed, such as 90d".to_owned()),
    };
    let number: u32 = text[..text.len() - 1].parse().map_err(|_| "a whole number is needed before the unit".to_owned())?;
    Ok(Duration::seconds(unit.whole_seconds() * i64::from(number)))
}

fn moment(text: &str) -> Result<OffsetDateTime, String> {
    OffsetDateTime::parse(text, &Rfc3339)
        .map_err(|_| "a date and time in RFC 3339 is needed, such as 2027-01-31T12:00:00Z".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::KeyState;

    #[test]
    fn time_spans_are_a_number_and_a_unit() {
        assert_eq!(time_span("90d"), Ok(Duration::days(90)));
        assert_eq!(time_span("2w"), Ok(Duration::weeks(2)));
        assert_eq!(time_span("0s"), Ok(Duration::ZERO));
        for text in ["", "d", "90", "-1d", "1.5h", "1 d", "90ä"] {
            assert!(time_span(text).is_err(), "{text}");
        }
    }

    #[test]
    fn keys_are_listed_in_columns() {
        let key = |id: &str, name: &str, expires_at: Option<&str>, state| ListedKey {
            id: id.to_owned(),
            name: name.to_owned(),
            role: "reader".to_owned(),
            created_at: "2026-01-01T00:00:00Z".to_owned(),
            expires_at: expires_at.map(str::to_owned),
            revoked_at: None,
            state,
        };
        let keys = [
            key("0123456789ab", "Ärzteportal", None, KeyState::Active),
            key("ba9876543210", "CI", Some("2026-02-01T00:00:00Z"), KeyState::Expired),
        ];
        assert_eq!(
            table(&keys).join("\n"),
            "\
ID            NAME         ROLE    CREATED               EXPIRES               STATE
0123456789ab  Ärzteportal  reader  2026-01-01T00:00:00Z  never                 active
ba9876543210  CI           reader  2026-01-01T00:00:00Z  2026-02-01T00:00:00Z  expired"
        );
    }
}

//! `dermagraph serve`: runs the service.

use std::{net::TcpListener, num::NonZeroU32};

use clap::Args;

use crate::{
    access::AccessConfig,
    app::{self, Application},
    cli::{
        DatabaseArgs,
        documents::print_line,
        settings::{HttpArgs, OperationArgs, number},
    },
    content,
    http::{self, socket::SocketConfig},
    library::{self, LibraryError, Silent},
    store::{CONNECTIONS, DatabaseUrl, Store, Writer},
};

/// Maximum of `--database-connections`. It is far above the number of connections that a database can use at once.
const MAX_DATABASE_CONNECTIONS: NonZeroU32 = NonZeroU32::new(10_000).expect("it is not zero");

/// Arguments of `serve`.
#[derive(Args)]
pub struct ServeArgs {
    /// Address to listen on; port 0 uses any free port
    #[arg(long, env = "DERMAGRAPH_LISTEN", value_name = "HOST:PORT", default_value = "127.0.0.1:8080")]
    listen: String,
    #[command(flatten)]
    database: DatabaseArgs,
    /// Maximum number of database connections that read at once
    #[arg(long, env = "DERMAGRAPH_DATABASE_CONNECTIONS", value_name = "NUMBER", default_value_t = CONNECTIONS)]
    #[arg(value_parser = number(NonZeroU32::MIN..=MAX_DATABASE_CONNECTIONS))]
    database_connections: NonZeroU32,
    #[command(flatten)]
    http: HttpArgs,
    #[command(flatten)]
    sockets: SocketConfig,
    #[command(flatten)]
    operations: OperationArgs,
    #[command(flatten)]
    access: AccessConfig,
}

/// Serves until the process is stopped by a signal.
pub async fn run(args: ServeArgs) -> Result<(), String> {
    let (limits, trusted) = (args.operations.limits(), args.operations.trusted()?);
    let url = args.database.url().map_err(|failure| failure.to_string())?;
    let (store, found) = prepare(&url, args.database_connections).await?;
    // Addresses are bound when the database is ready. Until then, the system refuses connections, so no client waits.
    let listener = TcpListener::bind(&args.listen)
        .map_err(|failure| format!("cannot listen on {}: {failure}; set another address with --listen", args.listen))?;
    let metrics = args.http.metrics()?;
    let metrics_address = metrics.as_ref().and_then(|listener| listener.local_addr().ok());
    let config = app::Config {
        http: args.http.config(args.database_connections),
        sockets: args.sockets,
        access: args.access,
        limits,
        trusted,
        metrics,
    };
    announce(concat!("dermagraph ", env!("CARGO_PKG_VERSION")));
    announce(&format!("  database    {url}"));
    announce(&format!("  library     {found}"));
    let application = Application::build(&store, listener, config).await.map_err(|failure| failure.to_string())?;
    let address = application.address();
    let page = if http::playground::is_bundled() { "" } else { " (a small page; build with npm for the full one)" };
    announce(&format!("  pages       http://{address}/"));
    announce(&format!("  playground  http://{address}/playground{page}"));
    announce(&format!("  GraphQL     http://{address}/graphql"));
    if let Some(address) = metrics_address {
        announce(&format!("  metrics     http://{address}/metrics"));
    }
    announce("Press Ctrl-C to stop.");
    application.run_until_stopped().await.map_err(|failure| failure.to_string())?;
    store.close().await;
    announce("stopped");
    Ok(())
}

/// Prints a line about the service, which runs even if the line cannot be written.
fn announce(line: &str) {
    let _ = print_line(line);
}

/// Opens the database. Imports the starter library if nothing was published before; otherwise checks the version of the
/// search index. Returns the database and a description of its revision.
async fn prepare(url: &DatabaseUrl, connections: NonZeroU32) -> Result<(Store, String), String> {
    let store = Store::open_with(url, connections).await.map_err(|failure| failure.to_string())?;
    if let Some(found) = latest(&store).await? {
        // The service can run with the index of another version.
        if let Err(failure) = update_index(url, store.writer()).await {
            tracing::warn!(
                failure = failure.to_string(),
                "the search index could not be checked or rebuilt, so searches may miss words: run `dermagraph migrate`, \
                 and restart the service"
            );
        }
        return Ok((store, found));
    }
    let imported = library::seed(content::catalog(), store.writer(), &library::starter(), &Silent).await;
    let imported = imported.map_err(|failure| format!("the starter library could not be imported: {failure}"))?;
    let found = latest(&store).await?.unwrap_or_default();
    // `imported` is `None` if another process has imported the starter library meanwhile.
    let starter = if imported.is_some() { " (the starter library, just imported)" } else { "" };
    Ok((store, format!("{found}{starter}")))
}

/// Rebuilds the search index of an SQLite database if another version of the program wrote it. On PostgreSQL, only logs a
/// warning: services of two versions that use one database would otherwise rebuild the index in turns, and rebuilding that
/// of a large library would delay the start of each service.
async fn update_index(url: &DatabaseUrl, writer: &Writer) -> Result<(), LibraryError> {
    let catalog = content::catalog();
    if matches!(url, DatabaseUrl::Sqlite(_)) {
        return library::update_index(catalog, writer).await;
    }
    if library::is_index_of_another_version(catalog, writer).await? {
        tracing::warn!(
            "another version of the program wrote the search index, so searches may miss words: run `dermagraph migrate`, \
             and restart the service"
        );
    }
    Ok(())
}

/// Describes the latest revision; `None` if nothing was published yet.
async fn latest(store: &Store) -> Result<Option<String>, String> {
    let revision = async { store.snapshot().await?.latest_revision().await };
    let revision = revision.await.map_err(|failure| failure.to_string())?;
    Ok(revision.map(|revision| format!("revision {}, published {}", revision.number, revision.published_at)))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        serve: ServeArgs,
    }

    #[test]
    fn numbers_that_are_too_small_or_too_large_are_refused() {
        const LARGEST: &str = "18446744073709551615";
        for (flag, value, range) in [
            ("--max-expensive", "0", "from 1 to 1024"),
            ("--max-expensive", "9223372036854775808", "from 1 to 1024"),
            ("--response-cache", LARGEST, "from 0 to 1048576"),
            ("--response-memory", "95", "from 96 to 1048576"),
            ("--response-memory", LARGEST, "from 96 to 1048576"),
            ("--batch-limit", "0", "from 1 to 100"),
            ("--batch-limit", "101", "from 1 to 100"),
            ("--max-connections", "0", "from 1 to 1000000"),
            ("--max-connections-per-address", LARGEST, "from 1 to 1000000"),
            ("--database-connections", "0", "from 1 to 10000"),
            ("--database-connections", "4294967295", "from 1 to 10000"),
            ("--socket-init-timeout", LARGEST, "from 1 to 86400"),
            ("--socket-ping-interval", LARGEST, "from 1 to 86400"),
            ("--socket-send-timeout", "0", "from 1 to 86400"),
        ] {
            let refused = Program::try_parse_from(["program", flag, value]).err().expect("it is refused").to_string();
            assert!(refused.contains(flag) && refused.contains(range), "{flag} {value}: {refused}");
        }
    }

    #[test]
    fn numbers_have_the_type_of_their_argument() {
        let flags = "--max-expensive 1024 --response-cache 0 --response-memory 96 --batch-limit 1 --max-connections 1 \
                     --max-connections-per-address 1 --database-connections 10000";
        let arguments = ["program"].into_iter().chain(flags.split_whitespace());
        let serve = Program::try_parse_from(arguments).expect("the numbers are valid").serve;
        let limits = serve.operations.limits();
        assert_eq!((limits.expensive, limits.responses, limits.reserved_bytes), (1024, 0, 96 << 20));
        assert_eq!(serve.database_connections, MAX_DATABASE_CONNECTIONS);
        assert_eq!(serve.http.config(NonZeroU32::MIN).batch, 1);
    }
}

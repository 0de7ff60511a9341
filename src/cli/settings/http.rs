//! Settings of `serve` for HTTP.

use std::{net::TcpListener, num::NonZeroU32};

use clap::Args;

use super::number::number;
use crate::http::{
    AllowedHost, AllowedOrigin, CachingConfig, ConnectionLimits, HeaderName, HttpConfig, Origins, connection::open_files,
};

/// Maximum of `--batch-limit`.
const MAX_BATCH: usize = 100;

/// Maximum of `--max-connections` and `--max-connections-per-address`. A million idle connections need about 25 GiB.
const MAX_CONNECTIONS: usize = 1_000_000;

/// Settings for HTTP.
#[derive(Args)]
pub struct HttpArgs {
    /// Origin whose pages may send requests, such as `https://example.org`; `*` for any. Separate several with commas, or
    /// repeat the flag
    #[arg(long, env = "DERMAGRAPH_CORS_ORIGIN", value_name = "ORIGIN", value_delimiter = ',')]
    cors_origin: Vec<AllowedOrigin>,
    /// Maximum number of requests in one batch, 1 to 100
    #[arg(long, env = "DERMAGRAPH_BATCH_LIMIT", value_name = "NUMBER", default_value_t = HttpConfig::BATCH, value_parser = number(1..=MAX_BATCH))]
    batch_limit: usize,
    /// Accept HTTP/2 without TLS, for proxies that use it
    #[arg(long, env = "DERMAGRAPH_HTTP2")]
    http2: bool,
    /// Header in which a proxy sends the address of its client, such as X-Forwarded-For or Forwarded; the last entry is used
    #[arg(long, env = "DERMAGRAPH_CLIENT_HEADER", value_name = "HEADER")]
    client_header: Option<HeaderName>,
    /// Host name of the service; `*.example.org` for all subdomains, `*` for any. Separate several with commas, or repeat
    /// the flag. Requests for other hosts are refused [default: any; on a loopback address without --client-header,
    /// localhost, its subdomains and IP addresses]
    #[arg(long, env = "DERMAGRAPH_ALLOWED_HOST", value_name = "HOST", value_delimiter = ',')]
    allowed_host: Vec<AllowedHost>,
    /// Address to serve metrics for Prometheus on, at /metrics [default: no metrics]
    #[arg(long, env = "DERMAGRAPH_METRICS_LISTEN", value_name = "HOST:PORT")]
    metrics_listen: Option<String>,
    /// Maximum number of open network connections of clients; fewer if the system allows the process fewer open files
    /// [default: 8000]
    #[arg(long, env = "DERMAGRAPH_MAX_CONNECTIONS", value_name = "NUMBER", value_parser = number(1..=MAX_CONNECTIONS))]
    max_connections: Option<usize>,
    /// Maximum number of open network connections from one address, or one /64 of IPv6 [default: a quarter of all; with
    /// --client-header all]
    #[arg(long, env = "DERMAGRAPH_MAX_CONNECTIONS_PER_ADDRESS", value_name = "NUMBER", value_parser = number(1..=MAX_CONNECTIONS))]
    max_connections_per_address: Option<usize>,
    /// Do not serve the editor's desk at /edit
    #[arg(long, env = "DERMAGRAPH_NO_DESK")]
    no_desk: bool,
    #[command(flatten)]
    caching: CachingConfig,
}

impl HttpArgs {
    /// Returns the settings, and raises the limit of open files to the maximum. `database` is the maximum number of database
    /// connections, which need open files too.
    pub fn config(&self, database: NonZeroU32) -> HttpConfig {
        HttpConfig {
            origins: Origins(self.cors_origin.clone()),
            batch: self.batch_limit,
            http2: self.http2,
            client_header: self.client_header.clone(),
            hosts: self.allowed_host.clone(),
            desk: !self.no_desk,
            caching: self.caching.clone(),
            connections: self.connections(database),
        }
    }

    fn connections(&self, database: NonZeroU32) -> ConnectionLimits {
        let wanted = self.max_connections.unwrap_or(ConnectionLimits::MAX_CONNECTIONS);
        let most = wanted.min(open_files::raise_limit(database).unwrap_or(wanted));
        if most < wanted {
            let message =
                "the system allows the process too few open files for this many connections; raise its limit (ulimit -n)";
            if self.max_connections.is_some() {
                tracing::warn!(wanted, possible = most, message);
            } else {
                tracing::debug!(wanted, possible = most, message);
            }
        }
        // Behind a proxy, every network connection has the address of the proxy.
        let has_proxy = self.client_header.is_some();
        let share = (!has_proxy).then(|| (most / ConnectionLimits::NETWORK_SHARE_DIVISOR).max(1));
        ConnectionLimits {
            max_connections: most,
            max_per_network: self.max_connections_per_address.or(share),
            max_new_per_network: (!has_proxy).then_some(ConnectionLimits::MAX_NEW_PER_NETWORK),
            ends_unread: !has_proxy,
            ..ConnectionLimits::default()
        }
    }

    /// Binds the address for metrics, if one is set.
    ///
    /// # Errors
    /// If the address is invalid or in use.
    pub fn metrics(&self) -> Result<Option<TcpListener>, String> {
        let bind = |address: &String| {
            TcpListener::bind(address).map_err(|failure| {
                format!("cannot listen on {address}: {failure}; set another address with --metrics-listen")
            })
        };
        self.metrics_listen.as_ref().map(bind).transpose()
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        http: HttpArgs,
    }

    fn limits(arguments: &str) -> ConnectionLimits {
        let arguments = ["program"].into_iter().chain(arguments.split_whitespace());
        Program::try_parse_from(arguments).expect("arguments").http.config(NonZeroU32::MIN).connections
    }

    fn connections(arguments: &str) -> (usize, Option<usize>) {
        let limits = limits(arguments);
        (limits.max_connections, limits.max_per_network)
    }

    #[test]
    fn a_proxy_has_no_limits_that_are_for_one_client() {
        let of = |arguments| (limits(arguments).max_new_per_network, limits(arguments).ends_unread);
        assert_eq!(of(""), (Some(ConnectionLimits::MAX_NEW_PER_NETWORK), true));
        assert_eq!(of("--client-header x-forwarded-for"), (None, false));
    }

    #[test]
    fn one_address_gets_a_quarter_of_the_connections_except_behind_a_proxy() {
        assert_eq!(connections("--max-connections 100"), (100, Some(25)));
        assert_eq!(connections("--max-connections 1"), (1, Some(1)));
        assert_eq!(connections("--max-connections 100 --max-connections-per-address 7"), (100, Some(7)));
        assert_eq!(connections("--max-connections 100 --client-header x-forwarded-for"), (100, None));
        let both = "--max-connections 100 --client-header x-forwarded-for --max-connections-per-address 7";
        assert_eq!(connections(both), (100, Some(7)));
    }
}

//! Settings of sockets that the operator chooses.

use std::time::Duration;

use clap::Args;

/// Limits of sockets.
#[derive(Args, Clone, Debug)]
pub struct SocketConfig {
    /// Seconds that a client has to send `connection_init`
    #[arg(long = "socket-init-timeout", env = "DERMAGRAPH_SOCKET_INIT_TIMEOUT", value_name = "SECONDS")]
    #[arg(default_value = "3", value_parser = seconds)]
    pub init_timeout: Duration,
    /// Seconds between pings; a socket whose client sends nothing until the next ping is closed
    #[arg(long = "socket-ping-interval", env = "DERMAGRAPH_SOCKET_PING_INTERVAL", value_name = "SECONDS")]
    #[arg(default_value = "30", value_parser = seconds)]
    pub ping_interval: Duration,
    /// Seconds that a client has to read a message, in addition to one second for each 4 KiB
    #[arg(long = "socket-send-timeout", env = "DERMAGRAPH_SOCKET_SEND_TIMEOUT", value_name = "SECONDS")]
    #[arg(default_value = "30", value_parser = seconds)]
    pub send_timeout: Duration,
    /// Maximum operations that run on one socket
    #[arg(long = "socket-max-operations", env = "DERMAGRAPH_SOCKET_MAX_OPERATIONS", value_name = "NUMBER")]
    #[arg(default_value_t = MAX_OPERATIONS)]
    pub max_operations: usize,
    /// Maximum open sockets and event streams
    #[arg(long = "max-sockets", env = "DERMAGRAPH_MAX_SOCKETS", value_name = "NUMBER")]
    #[arg(default_value_t = MAX_SOCKETS)]
    pub max_sockets: usize,
    /// Maximum open sockets and event streams of one client: of a key, a subject or an address [default: a quarter of all]
    #[arg(long = "max-sockets-per-client", env = "DERMAGRAPH_MAX_SOCKETS_PER_CLIENT", value_name = "NUMBER")]
    pub max_sockets_per_client: Option<usize>,
}

impl SocketConfig {
    /// Returns the maximum of open sockets and event streams of one client.
    #[must_use]
    pub fn max_per_client(&self) -> usize {
        self.max_sockets_per_client.unwrap_or(self.max_sockets.div_ceil(4))
    }
}

/// Default of [`SocketConfig::max_operations`]. A page has a few subscriptions; a hundred are probably an endless loop.
const MAX_OPERATIONS: usize = 100;

/// Default of [`SocketConfig::max_sockets`]. An open socket needs little memory, and its operations have limits of their
/// own.
const MAX_SOCKETS: usize = 1000;

impl Default for SocketConfig {
    fn default() -> Self {
        Self {
            init_timeout: Duration::from_secs(3),
            ping_interval: Duration::from_secs(30),
            send_timeout: Duration::from_secs(30),
            max_operations: MAX_OPERATIONS,
            max_sockets: MAX_SOCKETS,
            max_sockets_per_client: None,
        }
    }
}

/// Maximum of the times: a day. A much longer time limit would have no effect, and its end may be later than the latest
/// time that the clock of the system can represent.
const MAX_SECONDS: u64 = 24 * 60 * 60;

/// Reads a number of seconds. Zero is an error, because a timeout of zero would close every socket.
fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(seconds @ 1..=MAX_SECONDS) => Ok(Duration::from_secs(seconds)),
        _ => Err(format!("the value must be a number of seconds, from 1 to {MAX_SECONDS}")),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        config: SocketConfig,
    }

    #[test]
    fn missing_arguments_have_their_defaults() {
        let line = Line::parse_from(["serve"]);
        assert_eq!(format!("{:?}", line.config), format!("{:?}", SocketConfig::default()));
    }

    #[test]
    fn a_duration_is_a_positive_number_of_seconds() {
        let line = Line::parse_from(["serve", "--socket-init-timeout", "10", "--max-sockets", "5"]);
        assert_eq!((line.config.init_timeout, line.config.max_sockets), (Duration::from_secs(10), 5));
        for wrong in ["0", "-1", "3s", "", "86401", "18446744073709551615"] {
            assert!(Line::try_parse_from(["serve", "--socket-init-timeout", wrong]).is_err(), "{wrong}");
        }
    }
}

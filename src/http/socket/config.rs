//! What whoever runs the service may set about sockets.

use std::time::Duration;

use clap::Args;

/// Limits of sockets.
#[derive(Args, Clone, Debug)]
pub struct SocketConfig {
    /// How long a socket may take to send `connection_init`, in seconds
    #[arg(long = "socket-init-timeout", env = "DERMAGRAPH_SOCKET_INIT_TIMEOUT", value_name = "SECONDS")]
    #[arg(default_value = "3", value_parser = seconds)]
    pub init_timeout: Duration,
    /// How often a socket is asked whether anybody is there, in seconds; one that says nothing until the next time is dropped
    #[arg(long = "socket-ping-interval", env = "DERMAGRAPH_SOCKET_PING_INTERVAL", value_name = "SECONDS")]
    #[arg(default_value = "30", value_parser = seconds)]
    pub ping_interval: Duration,
    /// How far a socket may be behind a pace of 4 KiB/s in taking a message, in seconds
    #[arg(long = "socket-send-timeout", env = "DERMAGRAPH_SOCKET_SEND_TIMEOUT", value_name = "SECONDS")]
    #[arg(default_value = "30", value_parser = seconds)]
    pub send_timeout: Duration,
    /// Most operations that one socket runs at once
    #[arg(long = "socket-max-operations", env = "DERMAGRAPH_SOCKET_MAX_OPERATIONS", value_name = "NUMBER")]
    #[arg(default_value_t = MAX_OPERATIONS)]
    pub max_operations: usize,
    /// Most sockets and event streams that are open at once
    #[arg(long = "max-sockets", env = "DERMAGRAPH_MAX_SOCKETS", value_name = "NUMBER")]
    #[arg(default_value_t = MAX_SOCKETS)]
    pub max_sockets: usize,
    /// Most sockets and event streams of one address, or of one key or subject [default: a quarter of all]
    #[arg(long = "max-sockets-per-address", env = "DERMAGRAPH_MAX_SOCKETS_PER_ADDRESS", value_name = "NUMBER")]
    pub max_sockets_per_address: Option<usize>,
}

impl SocketConfig {
    /// Most sockets and event streams of one client.
    #[must_use]
    pub fn share(&self) -> usize {
        self.max_sockets_per_address.unwrap_or(self.max_sockets.div_ceil(4))
    }
}

/// A page has a few subscriptions; a hundred is a mistake in a loop.
const MAX_OPERATIONS: usize = 100;

/// Sockets that are open cost little; what they ask for is limited on its own.
const MAX_SOCKETS: usize = 1000;

impl Default for SocketConfig {
    fn default() -> Self {
        Self {
            init_timeout: Duration::from_secs(3),
            ping_interval: Duration::from_secs(30),
            send_timeout: Duration::from_secs(30),
            max_operations: MAX_OPERATIONS,
            max_sockets: MAX_SOCKETS,
            max_sockets_per_address: None,
        }
    }
}

/// Reads a number of seconds; a timer of none at all makes no sense here.
fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("a number of seconds is wanted, at least 1".to_owned()),
        Ok(seconds) => Ok(Duration::from_secs(seconds)),
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
    fn what_is_not_given_is_the_default() {
        let line = Line::parse_from(["serve"]);
        assert_eq!(format!("{:?}", line.config), format!("{:?}", SocketConfig::default()));
    }

    #[test]
    fn a_time_is_a_number_of_seconds() {
        let line = Line::parse_from(["serve", "--socket-init-timeout", "10", "--max-sockets", "5"]);
        assert_eq!((line.config.init_timeout, line.config.max_sockets), (Duration::from_secs(10), 5));
        for wrong in ["0", "-1", "3s", ""] {
            assert!(Line::try_parse_from(["serve", "--socket-init-timeout", wrong]).is_err(), "{wrong}");
        }
    }
}

//! Clients: whose budget an operation is paid from.

use std::net::{IpAddr, Ipv6Addr};

use super::{Caller, Who};

/// Whose budget is spent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Client {
    /// That of an API key, by its public id.
    Key(String),
    /// That of the subject of tokens.
    Subject(String),
    /// That of an address; of IPv6 the first 64 bits, which are what one customer of a provider gets at least.
    Address(IpAddr),
}

impl Client {
    /// The client that this caller is, at this address.
    #[must_use]
    pub fn of(caller: &Caller, address: IpAddr) -> Self {
        match &caller.who {
            Who::Key { id, .. } => Self::Key(id.clone()),
            Who::Token { subject } => Self::Subject(subject.clone()),
            Who::Anonymous => Self::Address(network(address)),
        }
    }
}

/// What stands for all addresses of one client: an IPv4 address itself, the first 64 bits of an IPv6 address.
#[must_use]
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        address @ IpAddr::V4(_) => address,
    }
}

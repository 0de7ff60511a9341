//! Clients: the identities to which limits and budgets apply.

use std::net::{IpAddr, Ipv6Addr};

use super::{Identity, Principal};

/// The identity to which limits and budgets apply.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Client {
    /// An API key, by its public id.
    Key(String),
    /// The subject of tokens.
    Subject(String),
    /// An IPv4 address, or the /64 of an IPv6 address, which is the smallest network that an internet provider assigns to
    /// one customer.
    Address(IpAddr),
}

impl Client {
    /// Returns the client for a principal that sends requests from this address.
    #[must_use]
    pub fn of(principal: &Principal, address: IpAddr) -> Self {
        match &principal.identity {
            Identity::Key { id, .. } => Self::Key(id.clone()),
            Identity::Token { subject } => Self::Subject(subject.clone()),
            Identity::Anonymous => Self::at(address),
        }
    }

    /// Returns the client for an address, without regard to credentials.
    #[must_use]
    pub fn at(address: IpAddr) -> Self {
        Self::Address(network(address))
    }
}

/// Returns the address that identifies a network: an IPv4 address unchanged, an IPv6 address with only its first 64 bits.
#[must_use]
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        address @ IpAddr::V4(_) => address,
    }
}

//! Addresses of sources: which work an address names, and why an address must not be published.

use url::{Host, Url};

use super::hosts::{self, REFUSED_HOSTS};

/// Parameters that serve only to track users. A name that ends in `_` stands for all names that start with it.
const TRACKING: [&str; 10] = ["utm_", "fbclid", "gclid", "igshid", "mc_cid", "mc_eid", "msclkid", "s_cid", "yclid", "_ga"];

/// Punctuation that belongs to the sentence from which an address was copied.
const PUNCTUATION: &[char] = &['.', ',', ';', ':', '!', '?', '\'', '"', ']'];

/// The work that an address names by an identifier.
#[derive(Debug, PartialEq, Eq)]
pub enum Work {
    /// A DOI.
    Doi(String),
    /// A `PubMed` identifier.
    Pmid(String),
    /// A `PubMed` Central identifier with its prefix.
    Pmcid(String),
}

/// Returns why an address must not be published, as a sentence; `None` if it may be published.
pub fn flaw(address: &str) -> Option<String> {
    let Ok(url) = Url::parse(address) else { return Some("The address is not a URL.".to_owned()) };
    let domain = match url.host() {
        Some(Host::Domain(domain)) => domain.trim_end_matches('.').to_owned(),
        Some(number) => return Some(format!("The host {number} is an IP address.")),
        None => return Some("The address has no host.".to_owned()),
    };
    let of = |refused: &str| domain == refused || domain.strip_suffix(refused).is_some_and(|rest| rest.ends_with('.'));
    if let Some((_, reason)) = REFUSED_HOSTS.iter().find(|(refused, _)| of(refused)) {
        return Some(format!("The host {domain} {reason}."));
    }
    if let Some(reason) = hosts::flaw(&domain) {
        return Some(format!("The host {domain} {reason}."));
    }
    if let Some(port) = url.port() {
        return Some(format!("The host {domain} has the port {port}."));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Some("The address has a user name.".to_owned());
    }
    if url.scheme() != "https" {
        return Some("The address does not start with https://.".to_owned());
    }
    let is_tracking =
        |name: &str| TRACKING.iter().any(|known| name == *known || known.ends_with('_') && name.starts_with(known));
    if let Some((name, _)) = url.query_pairs().find(|(name, _)| is_tracking(name)) {
        return Some(format!("The parameter {name} of the address is for tracking."));
    }
    let unopened = address.ends_with(')') && address.matches(')').count() > address.matches('(').count();
    (unopened || address.ends_with(PUNCTUATION))
        .then(|| "The address ends in punctuation, which is not a part of it.".to_owned())
}

/// Returns the work that an address of DOI, `PubMed` or `PubMed` Central names; `None` for other addresses.
pub fn work(address: &str) -> Option<Work> {
    let url = Url::parse(address).ok()?;
    let host = url.host_str()?.trim_end_matches('.').to_owned();
    let path = url.path().trim_matches('/');
    let mut steps = path.split('/');
    let first = steps.next().unwrap_or_default().to_owned();
    let after = |prefix: &str| path.strip_prefix(prefix)?.split('/').next().map(str::to_owned);
    match host.strip_prefix("www.").unwrap_or(&host) {
        "doi.org" | "dx.doi.org" => Some(Work::Doi(decoded(path))),
        "pubmed.ncbi.nlm.nih.gov" => Some(Work::Pmid(first)),
        "pmc.ncbi.nlm.nih.gov" => after("articles/").map(Work::Pmcid),
        "ncbi.nlm.nih.gov" => after("pubmed/").map(Work::Pmid).or_else(|| after("pmc/articles/").map(Work::Pmcid)),
        _ => None,
    }
}

/// Decodes the percent-encoding of a path: the DOI `10.1000/1` may be written as `10.1000%2F1`.
fn decoded(path: &str) -> String {
    let mut decoded = Vec::with_capacity(path.len());
    let mut bytes = path.as_bytes().iter();
    while let Some(byte) = bytes.next().copied() {
        // `from_str_radix` accepts a sign, so the digits are checked first.
        let digits = bytes.as_slice().get(..2).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(|_| byte == b'%') {
            Some(escaped) => {
                decoded.push(escaped);
                bytes.nth(1);
            }
            None => decoded.push(byte),
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

//! Addresses of sources: the works that they name, and the reasons why an address must not be published.

use std::net::IpAddr;

/// Hosts whose addresses are refused, with the reason. A host includes its subdomains.
const REFUSED_HOSTS: &[(&str, &str)] = &[
    // They relay pages of other hosts, so a user would have to trust a host that is not the publisher.
    ("https.ncbi.nlm.nih.gov", PROXY),
    ("identifiers.org", PROXY),
    ("laibokeji.com", PROXY),
    ("proxy.weglot.com", PROXY),
    ("translate.goog", PROXY),
    // They are for the developers of a site, and are removed sooner or later.
    ("mimsdev.com", STAGING),
    ("localhost", STAGING),
    // They have copies of works that the rights holders did not publish there.
    ("abcdocz.com", COPY),
    ("docplayer.net", COPY),
    ("doczz.net", COPY),
    ("dokumen.pub", COPY),
    ("medilib.ir", COPY),
    ("plasticsurgerykey.com", COPY),
    ("sci-hub.se", COPY),
    ("scribd.com", COPY),
    ("uqu-sa.net", COPY),
    ("vdoc.pub", COPY),
    ("vdocument.in", COPY),
    ("vdocuments.mx", COPY),
    ("vdocuments.net", COPY),
    ("vdocuments.site", COPY),
];

const PROXY: &str = "is a proxy";
const STAGING: &str = "is a staging host";
const COPY: &str = "has copies of works of others";

/// Labels in host names that identify a staging host.
const STAGING_LABELS: [&str; 6] = ["staging", "stage", "dev", "test", "preview", "mdedge9-ma1"];

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

/// Returns why an address must not be published; `None` if it may be.
pub fn flaw(url: &str) -> Option<String> {
    let authority = host_and_path(url)?.0;
    let host = authority.split(':').next().unwrap_or_default();
    if authority.starts_with('[') || host.parse::<IpAddr>().is_ok() || host.bytes().all(|b| b.is_ascii_digit()) {
        return Some(format!("The host {authority} is a number"));
    }
    if authority != host {
        return Some(format!("The host {authority} has a port"));
    }
    let of = |refused: &str| host == refused || host.strip_suffix(refused).is_some_and(|rest| rest.ends_with('.'));
    if let Some((_, reason)) = REFUSED_HOSTS.iter().find(|(refused, _)| of(refused)) {
        return Some(format!("The host {host} {reason}"));
    }
    let staging = host.split('.').any(|label| STAGING_LABELS.contains(&label));
    staging.then(|| format!("The host {host} {STAGING}"))
}

/// Returns the work that an address at DOI, `PubMed` or `PubMed` Central names; `None` for other addresses.
pub fn work(url: &str) -> Option<Work> {
    let (host, path) = host_and_path(url)?;
    let path = path.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let last = path.rsplit('/').next().unwrap_or_default();
    match host.as_str() {
        "doi.org" | "dx.doi.org" => Some(Work::Doi(path.to_owned())),
        "pubmed.ncbi.nlm.nih.gov" => Some(Work::Pmid(last.to_owned())),
        "pmc.ncbi.nlm.nih.gov" => Some(Work::Pmcid(last.to_owned())),
        "ncbi.nlm.nih.gov" | "www.ncbi.nlm.nih.gov" if path.starts_with("pubmed/") => Some(Work::Pmid(last.to_owned())),
        "ncbi.nlm.nih.gov" | "www.ncbi.nlm.nih.gov" if path.starts_with("pmc/articles/") => {
            Some(Work::Pmcid(last.to_owned()))
        }
        _ => None,
    }
}

/// The host of an address in lower case, with its port, and what follows the host without the first slash.
fn host_and_path(url: &str) -> Option<(String, &str)> {
    let rest = url.split_once("://")?.1;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    Some((host.to_lowercase(), path))
}

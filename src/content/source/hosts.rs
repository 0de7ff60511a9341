//! Hosts whose addresses must not be published.

/// Hosts whose addresses are refused, with the reason. A host includes its subdomains.
pub const REFUSED_HOSTS: &[(&str, &str)] = &[
    // Proxies relay pages of other hosts, so a user would have to trust a host that is not the publisher.
    ("anonyproxies.com", PROXY),
    ("https.ncbi.nlm.nih.gov", PROXY),
    ("identifiers.org", PROXY),
    ("laibokeji.com", PROXY),
    ("translate.goog", PROXY),
    ("weglot.com", PROXY),
    ("zafu.edu.cn", PROXY),
    // Staging hosts are for the developers of a site, and may disappear at any time.
    ("mimsdev.com", STAGING),
    ("mdedge9-ma1.mdedge.com", STAGING),
    // These hosts have copies of works that the rights holders did not publish there.
    ("ablesci.com", COPY),
    ("abcdocz.com", COPY),
    ("bohrium.dp.tech", COPY),
    ("booksci.cn", COPY),
    ("discovery.researcher.life", COPY),
    ("docksci.com", COPY),
    ("docplayer.net", COPY),
    ("docslib.org", COPY),
    ("doczz.net", COPY),
    ("dokumen.pub", COPY),
    ("edrugswiki.com", COPY),
    ("globalauthorid.com", COPY),
    ("lawstack.com", COPY),
    ("linkyblog.com", COPY),
    ("litmetric.com", COPY),
    ("manualshive.com", COPY),
    ("medilib.ir", COPY),
    ("omicsdi.org", COPY),
    ("ouci.dntb.gov.ua", COPY),
    ("paperzz.com", COPY),
    ("pherobase.com", COPY),
    ("plasticsurgerykey.com", COPY),
    ("qxmd.com", COPY),
    ("reviewer.ly", COPY),
    ("rxreasoner.com", COPY),
    ("sci-hub.se", COPY),
    ("scilit.com", COPY),
    ("scribd.com", COPY),
    ("studylib.net", COPY),
    ("uqu-sa.net", COPY),
    ("vdoc.pub", COPY),
    ("vdocument.in", COPY),
    ("vdocuments.mx", COPY),
    ("vdocuments.net", COPY),
    ("vdocuments.site", COPY),
    ("zanotowane.pl", COPY),
    ("zendy.io", COPY),
];

const PROXY: &str = "is a proxy";
const STAGING: &str = "is a staging host";
const COPY: &str = "has copies of works of others";
const PRIVATE: &str = "is not public";

/// Words in the labels of host names that identify a staging host.
const STAGING_WORDS: [&str; 9] = ["dev", "demo", "preprod", "preview", "qa", "stage", "staging", "test", "uat"];

/// Last labels of names that only private networks resolve (RFC 6761, RFC 6762, RFC 8375).
const PRIVATE_NAMES: [&str; 5] = ["local", "localhost", "internal", "lan", "home"];

/// Returns why addresses with a host name must not be published, judged by the form of the name; `None` if they may be.
pub fn flaw(host: &str) -> Option<&'static str> {
    let mut labels: Vec<&str> = host.split('.').collect();
    // The last label is the top-level domain, which says nothing about staging: `pages.dev` is public.
    let last = labels.pop().unwrap_or_default();
    if labels.is_empty() || PRIVATE_NAMES.contains(&last) {
        return Some(PRIVATE);
    }
    let is_staging = |word: &str| STAGING_WORDS.contains(&word.trim_end_matches(|c: char| c.is_ascii_digit()));
    labels.iter().flat_map(|label| label.split('-')).any(is_staging).then_some(STAGING)
}

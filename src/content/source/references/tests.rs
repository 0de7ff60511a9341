use super::*;
use crate::content::tests::list;

fn object<const N: usize>(fields: [(&'static str, CanonicalValue); N]) -> CanonicalObject {
    fields.into_iter().collect()
}

/// A source with a kind, a level, an address, a DOI and a year.
fn source(kind: &str, level: i64, url: &str, doi: &str, year: i64) -> CanonicalObject {
    let text = |text: &str| if text.is_empty() { CanonicalValue::Null } else { text.into() };
    object([
        ("kind", kind.into()),
        ("level", level.into()),
        ("url", text(url)),
        ("doi", text(doi)),
        ("year", year.into()),
        ("authors", "Doe J".into()),
    ])
}

fn of_source(slug: &'static str, fields: &CanonicalObject) -> (&'static str, CanonicalObject) {
    (slug, fields.clone())
}

/// Returns the remarks on sources, each as `slug field: sentence`, with a `!` before it if the remark is an error.
fn remarks(sources: &[(&'static str, CanonicalObject)]) -> Vec<String> {
    let documents: Vec<_> = sources.iter().map(|(slug, fields)| Document { type_name: "Source", slug, fields }).collect();
    let shown = |remark: Remark| {
        let mark = if remark.is_error { "!" } else { "" };
        format!("{mark}{} {}: {}", documents[remark.document].slug, remark.path, remark.sentence)
    };
    check_references(&documents).into_iter().map(shown).collect()
}

#[test]
fn two_sources_cannot_have_the_same_identifier() {
    let a = source("ARTICLE", 4, "https://doi.org/10.1000/Abc", "10.1000/Abc", 2020);
    let b = source("ARTICLE", 4, "https://doi.org/10.1000/aBC", "10.1000/aBC", 2020);
    assert_eq!(remarks(&[of_source("a", &a), of_source("b", &b)]), ["!b doi: The source a has the same doi."]);
}

#[test]
fn a_source_with_a_duplicate_identifier_is_also_compared_by_its_other_identifiers() {
    let a = source("ARTICLE", 4, "https://doi.org/10.1000/1", "10.1000/1", 2020);
    let b = source("ARTICLE", 4, "https://journal.example/1", "10.1000/1", 2020);
    let c = source("ARTICLE", 4, "https://journal.example/1", "", 2020);
    let mut found = remarks(&[of_source("a", &a), of_source("b", &b), of_source("c", &c)]);
    found.retain(|remark| remark.contains("has the same"));
    assert_eq!(found, ["!b doi: The source a has the same doi.", "!c url: The source b has the same url."]);
}

#[test]
fn an_address_names_the_work_of_the_identifiers() {
    let other = source("ARTICLE", 4, "https://doi.org/10.1000/2", "10.1000/1", 2020);
    assert_eq!(
        remarks(&[of_source("a", &other)]),
        ["!a url: The address names the doi 10.1000/2, and the source has 10.1000/1."]
    );
    let none = source("ARTICLE", 4, "https://pubmed.ncbi.nlm.nih.gov/123/", "10.1000/1", 2020);
    assert_eq!(remarks(&[of_source("a", &none)]), ["!a url: The address names the pmid 123, and the source has none."]);
    let elsewhere = source("ARTICLE", 4, "https://journal.example/1", "10.1000/1", 2020);
    assert_eq!(remarks(&[of_source("a", &elsewhere)]).len(), 1, "advice only");
    for url in ["https://doi.org/10.1000/1", "https://doi.org/10.1000%2F1", "https://dx.doi.org/10.1000/1/"] {
        let right = source("ARTICLE", 4, url, "10.1000/1", 2020);
        assert_eq!(remarks(&[of_source("a", &right)]), [] as [&str; 0], "{url}");
    }
    let sign = source("ARTICLE", 4, "https://doi.org/10.1000%+1", "10.1000%+1", 2020);
    assert_eq!(remarks(&[of_source("a", &sign)]), [] as [&str; 0], "only hexadecimal digits are an escape");
}

#[test]
fn a_page_below_that_of_a_work_names_the_work() {
    for (url, field, id) in [
        ("https://pubmed.ncbi.nlm.nih.gov/124/comments", "pmid", "124"),
        ("https://www.ncbi.nlm.nih.gov/pubmed/124?dopt=Abstract", "pmid", "124"),
        ("https://pmc.ncbi.nlm.nih.gov/articles/PMC2/pdf/main.pdf", "pmcid", "PMC2"),
        ("https://www.ncbi.nlm.nih.gov/pmc/articles/PMC2/", "pmcid", "PMC2"),
    ] {
        let fields = [("kind", "ARTICLE"), ("url", url), (field, id), ("authors", "Doe J")];
        let mut fields: Vec<(&'static str, CanonicalValue)> = fields.map(|(field, text)| (field, text.into())).to_vec();
        fields.push(("year", CanonicalValue::Int(2020)));
        assert_eq!(remarks(&[("a", fields.into_iter().collect())]), [] as [&str; 0], "{url}");
    }
}

#[test]
fn a_page_of_an_authority_without_an_address_is_secondary() {
    let found = |url: &str| {
        let label = source("REGULATOR", 5, url, "", 2020);
        let procedure = object([("sources", list(["label".into()]))]);
        let documents = [
            Document { type_name: "Source", slug: "label", fields: &label },
            Document { type_name: "Procedure", slug: "peel", fields: &procedure },
        ];
        check_references(&documents).len()
    };
    assert_eq!(found("https://www.fda.gov/1"), 0);
    assert_eq!(found(""), 1);
}

#[test]
fn a_year_that_differs_from_the_one_in_the_doi_is_only_reported() {
    let kang = source("ARTICLE", 4, "https://doi.org/10.3389/fmed.2021.788754", "10.3389/fmed.2021.788754", 2022);
    assert_eq!(remarks(&[of_source("a", &kang)]), ["a year: The year is 2022, and the DOI contains 2021."]);
    let sign = source("ARTICLE", 4, "https://doi.org/10.3389/fmed.+2021.788754", "10.3389/fmed.+2021.788754", 2022);
    assert_eq!(remarks(&[of_source("a", &sign)]), [] as [&str; 0], "a number with a sign is not a year");
    let volume =
        source("ARTICLE", 4, "https://doi.org/10.1111/j.1473-2165.2006.00222.x", "10.1111/j.1473-2165.2006.00222.x", 2006);
    assert_eq!(remarks(&[of_source("a", &volume)]), [] as [&str; 0]);
}

#[test]
fn addresses_of_numbers_proxies_staging_hosts_and_copies_are_refused() {
    for (url, message) in [
        ("http://47.251.13.51:8081/32644576", "is an IP address"),
        ("https://0x2f.0xfb.0x0d.0x33/1", "is an IP address"),
        ("https://805000499/1", "is an IP address"),
        ("http://[::1]/a", "is an IP address"),
        ("https://proxy.weglot.com/a/pubmed.ncbi.nlm.nih.gov/35426044", "is a proxy"),
        ("https://api-pubmed-ncbi.laibokeji.com/33656167", "is a proxy"),
        ("https://mdedge9-ma1.mdedge.com/a", "is a staging host"),
        ("https://www.scribd.com/document/1", "has copies"),
        ("https://www.scribd.com./document/1", "has copies"),
        ("https://ouci.dntb.gov.ua/en/works/1", "has copies"),
        ("https://dev2.journal.example/1", "is a staging host"),
        ("https://staging-www.journal.example/1", "is a staging host"),
        ("https://journal.example:8443/1", "has the port 8443"),
        ("https://intranet/1", "is not public"),
        ("https://journal.local/1", "is not public"),
        ("https://reader:word@journal.example/1", "has a user name"),
        ("http://journal.example/1", "does not start with https://"),
        ("https://journal.example/1?id=2&utm_source=mail", "is for tracking"),
        ("https://journal.example/1.", "ends in punctuation"),
        ("https://journal.example/1)", "ends in punctuation"),
    ] {
        let found = remarks(&[of_source("a", &source("ARTICLE", 4, url, "", 2020))]);
        assert!(found.len() == 1 && found[0].starts_with("!a url: ") && found[0].contains(message), "{url}: {found:?}");
    }
    for url in [
        "https://www.nhs.uk/conditions/botox",
        "https://notscribd.com/1",
        "https://www.fda.gov/a?b=1",
        "https://leaflets.pages.dev/1",
        "https://www.latest.example/testing",
        "https://journal.example/S1748-6815(22)",
    ] {
        assert_eq!(remarks(&[of_source("a", &source("HEALTH_SERVICE", 5, url, "", 2020))]), [] as [&str; 0], "{url}");
    }
}

#[test]
fn a_statement_that_rests_on_one_secondary_source_is_listed_once() {
    let blog = source("WEB_PAGE", 5, "https://clinic.example/1", "", 2020);
    let authority = source("HEALTH_SERVICE", 5, "https://www.nhs.uk/1", "", 2020);
    let part = object([("name", "Redness".into()), ("sources", list(["blog".into()]))]);
    let inherited = object([("text", "a".into()), ("sources", list(["nhs".into()]))]);
    let embedded = object([("notice", "N.".into()), ("sources", list(["blog".into()]))]);
    let procedure = object([
        ("sources", list(["nhs".into()])),
        ("pain", CanonicalValue::Object(inherited)),
        ("adverseEffects", list([CanonicalValue::Object(part)])),
        ("outcomes", list([CanonicalValue::Object(embedded)])),
    ]);
    let documents = [
        Document { type_name: "Source", slug: "blog", fields: &blog },
        Document { type_name: "Source", slug: "nhs", fields: &authority },
        Document { type_name: "Procedure", slug: "peel", fields: &procedure },
    ];
    let found = check_references(&documents);
    let sentence = "The only source of this statement is blog, a secondary source (WEB_PAGE, level 5).".to_owned();
    assert_eq!(found, [Remark { document: 2, path: "adverseEffects[0]".to_owned(), sentence, is_error: false }]);
}

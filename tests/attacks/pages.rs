//! Pages: texts to search for, many parameters, long lists and files.

use std::fmt::Write as _;

use crate::{
    attack::{Attack, Conduct, NUMBER, Reads, numbered, same},
    lab,
};

/// Connections of an attack in which the requests of each could use a whole processor.
const CONNECTIONS: usize = 30;

/// Twelve words, most of them beginnings of many words. The last one differs for each request.
const WORDS: &str = "a+e+i+o+s+t+l+r+n+d+c";

#[test]
#[cfg_attr(debug_assertions, ignore = "it takes minutes, and .ci/run includes it")]
fn the_service_withstands_pages() {
    lab::withstands("pages", &[searches(), parameters(), lists()].into_iter().flatten().collect::<Vec<_>>());
}

/// A visit of a browser.
fn visit(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nAccept-Encoding: gzip\r\n\r\n").into_bytes()
}

/// A flood of visits, whose addresses differ if they have a number.
fn visits(name: &'static str, path: impl AsRef<str>) -> Attack {
    Attack::new(name, Conduct::requests(CONNECTIONS, numbered(visit(path.as_ref()))))
}

fn searches() -> Vec<Attack> {
    vec![
        visits("searches on the first page", format!("/?search={WORDS}+{NUMBER}")),
        visits("searches in a list", format!("/explore/procedures?name={WORDS}+{NUMBER}")),
        visits("searches in the reference", format!("/reference?search={WORDS}+{NUMBER}")),
        visits("a text to search for that is too long", format!("/?search={}{NUMBER}", "x".repeat(60_000))),
    ]
}

fn parameters() -> Vec<Attack> {
    let of = |names: &[&str], times: usize| {
        let mut parameters = format!("/explore/outcomes?unknown={NUMBER}");
        for at in 0..times {
            for name in names {
                // Writing to a String cannot fail.
                _ = write!(parameters, "&{name}={at:0>20}");
            }
        }
        parameters
    };
    vec![
        visits("the most parameters of a long URL", of(&["procedure"], 1900)),
        visits("the most values of all filters", of(&["condition", "area", "procedure", "source"], 95)),
        visits("a cursor that is too long", format!("/explore/outcomes?after={}{NUMBER}", "x".repeat(15_000))),
        visits("slugs that are too long", format!("/explore/compare?condition={NUMBER}&a={0}&b={0}", "x".repeat(7_000))),
    ]
}

fn lists() -> Vec<Attack> {
    let of_long_host = format!("GET /sitemap.xml?unknown={NUMBER} HTTP/1.1\r\nHost: {:.<60000}\r\n\r\n", "localhost");
    vec![
        visits("the evidence map", format!("/explore/map?gaps=shown&unknown={NUMBER}")),
        visits("the longest file", format!("/explore/outcomes?format=json&unknown={NUMBER}")),
        visits("the longest table", format!("/explore/outcomes?format=csv&order=grade&unknown={NUMBER}")),
        visits("the sitemap", format!("/sitemap.xml?unknown={NUMBER}")),
        Attack::new("the sitemap of a long host", Conduct::requests(4, numbered(of_long_host))),
        Attack::new(
            "evidence maps that are not read",
            Conduct::hold(300, same(visit("/explore/map"))).reads(Reads::Nothing),
        ),
    ]
}

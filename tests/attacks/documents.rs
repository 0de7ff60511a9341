//! Documents, their variables and their responses: work before and after planning, and long responses.

use std::time::Duration;

use serde_json::json;

use crate::{
    attack::{Attack, Conduct, Life, NUMBER, Reads, made, numbered, same},
    lab,
    requests::{self, batch, compressed, get, known, many, nested, of_procedures, path, post, query, register},
};

/// Connections of an attack in which the requests of each could use a whole processor.
const CONNECTIONS: usize = 30;

/// A flood of documents, each different from the others.
pub fn unique(name: &'static str, text: impl AsRef<str>) -> Attack {
    Attack::new(name, Conduct::requests(CONNECTIONS, numbered(requests::unique(text.as_ref()))))
}

/// A document whose response has many mebibytes although it costs a hundred points, because each alias adds a copy.
pub fn aliases(times: usize) -> String {
    of_procedures(100, &many(times, |at| format!("a{at}:description")))
}

#[test]
#[cfg_attr(debug_assertions, ignore = "it takes minutes, and .ci/run includes it")]
fn the_service_withstands_expensive_documents() {
    lab::withstands("documents", &[large(), nested_deep(), fragments(), values()].into_iter().flatten().collect::<Vec<_>>());
}

#[test]
#[cfg_attr(debug_assertions, ignore = "it takes minutes, and .ci/run includes it")]
fn the_service_withstands_unread_responses() {
    lab::withstands("responses", &[copies(), reading(), finding(), batches()].into_iter().flatten().collect::<Vec<_>>());
}

fn large() -> Vec<Attack> {
    let names = of_procedures(1, &"name ".repeat(9900));
    vec![
        unique("9,900 times one field", names),
        unique("9,900 aliases", of_procedures(1, &many(9900, |at| format!("a{at}:name")))),
        unique("a document of 250 KB in one comment", format!("{{__typename}} #{}", "x".repeat(250_000))),
        unique("a document of 200 KB in comments", format!("{{__typename}} {}", "#\n".repeat(100_000))),
        unique("a text of 200 KB", format!("{{procedure(by:{{slug:\"{}\"}}){{name}}}}", "x".repeat(200_000))),
        unique("40,000 escapes", format!("{{procedure(by:{{slug:\"{}\"}}){{name}}}}", "\\u0041".repeat(40_000))),
        unique(
            "a block of 200 KB in lines",
            format!("{{procedure(by:{{slug:\"\"\"{}\"\"\"}}){{name}}}}", " \n".repeat(100_000)),
        ),
        unique("10,000 directives", of_procedures(1, &format!("name {}", "@skip(if:true)".repeat(2000)))),
        unique("5,000 variables", format!("query({}){{__typename}}", many(3000, |at| format!("$v{at}:Int")))),
        unique(
            "4,000 variables that 99 operations do not define",
            format!(
                "fragment F on Query{{procedures(where:{{slug:{{in:[{}]}}}}){{totalCount}}}}{}",
                many(4000, |at| format!("$a{at}")),
                many(99, |at| format!("query Q{at}{{...F}}"))
            ),
        ),
        unique("7,000 fields that do not exist", of_procedures(1, &many(7000, |at| format!("f{at}")))),
        unique("tokens without end", "{([".repeat(80_000)),
    ]
}

fn nested_deep() -> Vec<Attack> {
    vec![
        unique("100,000 levels of lists", format!("{{a(b:{})}}", nested("[", "", "]", 100_000))),
        unique("32 levels of fields", nested("{procedures(first:1){nodes", "{id}", "}}", 10)),
        unique("120 inline fragments in each other", format!("{{{}}}", nested("...{", "__typename", "}", 120))),
    ]
}

fn fragments() -> Vec<Attack> {
    let chain = |levels: usize| {
        let each = |at: usize| format!("fragment F{at} on Query{{...F{0} ...F{0}}}", at + 1);
        format!("{{...F0}} {} fragment F{levels} on Query{{__typename}}", many(levels, each))
    };
    let spreads = many(100, |at| format!("...F{at}"));
    vec![
        unique("a fragment bomb", chain(450)),
        unique("a fragment bomb within the limit", chain(12)),
        unique(
            "100 fragments that spread all",
            format!("{{...F0}} {}", many(100, |at| format!("fragment F{at} on Query{{{spreads}}}"))),
        ),
        unique(
            "400 fragments on one field",
            format!(
                "{} {}",
                of_procedures(1, &many(400, |at| format!("...F{at}"))),
                many(400, |at| format!("fragment F{at} on Procedure{{x:outcomes(first:1){{nodes{{y:grade}}}}}}"))
            ),
        ),
    ]
}

fn values() -> Vec<Attack> {
    const FILTERED: &str = "query($w:ProcedureWhere){procedures(where:$w){totalCount}}";
    let with = |name, document: &str, variables: serde_json::Value| {
        let body = json!({"query": document, "variables": variables, "extensions": {"number": NUMBER}});
        Attack::new(name, Conduct::requests(CONNECTIONS, numbered(post(&body))))
    };
    let deep = (0..100).fold(json!({"slug": {"eq": "x"}}), |inner, _| json!({"not": inner}));
    let short = format!("query($n:Int){{procedures(first:$n){{nodes{{{}}}}}}}", many(20, |at| format!("a{at}:name")));
    let fat = format!("query($s:String!){{procedure(by:{{slug:$s}}){{{}}}}}", many(990, |at| format!("a{at:x>34}:name")));
    let copied = "query($w:TreatmentOutcomeWhere){treatmentOutcomes(where:$w){";
    let copied = format!("{copied}{}}}}}", many(990, |at| format!("a{at}:aggregate{{count}}")));
    let values = json!({"or": vec![json!({"slug": {"in": vec!["procedure-000001--condition-0001"; 1000]}}); 15]});
    let (digest, register_fat) = (requests::hash(&fat), register_with_variable(&fat));
    vec![
        with("9,000 small maps that no variable takes", "{__typename}", json!({"x": vec![json!({"a": 1}); 9000]})),
        with("a filter of 100 levels", FILTERED, json!({"w": deep})),
        with("a list of 1,000 values", FILTERED, json!({"w": {"slug": {"in": vec!["procedure-000001"; 1000]}}})),
        with("990 copies of a filter with 15,000 values", &copied, json!({"w": values})),
        with("a list of 100,000 values", FILTERED, json!({"w": {"slug": {"in": vec!["x"; 100_000]}}})),
        with("a needle of 400 KB", FILTERED, json!({"w": {"name": {"contains": "%a".repeat(200_000)}}})),
        with(
            "60,000 variables that no operation uses",
            "{__typename}",
            (0..60_000).map(|at| (format!("v{at}"), json!(at))).collect(),
        ),
        unique(
            "100 filters with a long needle",
            format!(
                "{{{}}}",
                many(99, |at| format!(
                    "a{at}:procedures(where:{{name:{{contains:\"{}\"}}}}){{totalCount}}",
                    "%a".repeat(500)
                ))
            ),
        ),
        Attack::new(
            "a small document with a new value every time",
            Conduct::requests(8, made(move |number| post(&json!({"query": short, "variables": {"n": number % 100}})))),
        ),
        Attack::new(
            "a cached document of 990 aliases with 9,000 values",
            Conduct::requests(
                8,
                made(move |number| {
                    post(&json!({"documentId": format!("sha256:{digest}"), "variables": {"s": format!("{number:x>120}")}}))
                }),
            ),
        )
        .on(&["--response-cache", "64"])
        .prepared(vec![register_fat]),
    ]
}

fn register_with_variable(document: &str) -> Vec<u8> {
    let extensions = json!({"persistedQuery": {"version": 1, "sha256Hash": requests::hash(document)}});
    post(&json!({"query": document, "variables": {"s": "x"}, "extensions": extensions}))
}

/// Small requests with long responses.
fn copies() -> Vec<Attack> {
    let document = aliases(999);
    let of_coding = |name, coding: &'static str| {
        let document = aliases(999);
        Attack::new(name, Conduct::requests(40, same(compressed(&document, coding))))
    };
    let persisted = |name, reads| {
        let document = aliases(400);
        let request = get(&known(&document));
        Attack::new(name, Conduct::hold(300, same(request)).reads(reads)).prepared(vec![register(&document)])
    };
    vec![
        persisted("aliases of long texts, by hash, not read", Reads::Nothing),
        persisted("aliases of long texts, by hash, a byte a second", Reads::Slowly),
        Attack::new("the schema as a file, not read", Conduct::hold(300, same(get("/schema.json"))).reads(Reads::Nothing)),
        Attack::new("aliases of long texts, read", Conduct::requests(40, same(query(&document)))),
        of_coding("aliases of long texts, br", "br"),
        of_coding("aliases of long texts, gzip", "gzip"),
        of_coding("aliases of long texts, zstd", "zstd"),
        of_coding("aliases of long texts, deflate", "deflate"),
        Attack::new("aliases of long texts, unique", Conduct::requests(40, numbered(requests::unique(&aliases(999))))),
        Attack::new("aliases by GET in the address", Conduct::requests(20, same(get(&path(&aliases(60)))))),
        Attack::new(
            "aliases of long texts, pipelined, not read",
            Conduct::hold(40, same(query(&aliases(300)).repeat(50))).reads(Reads::Nothing),
        ),
        Attack::new(
            "a batch of aliases, not read",
            Conduct::hold(40, numbered(batch(&aliases(100), 10))).reads(Reads::Nothing),
        ),
        Attack::new(
            "aliases of long texts, disconnecting at once",
            Conduct { life: Life::Short, pace: Duration::from_millis(5), ..Conduct::hold(40, same(query(&document))) },
        ),
    ]
}

/// Searches, facets and groups of the largest lists.
fn finding() -> Vec<Attack> {
    const LETTERS: &str = "a e i o u s t r n l m p";
    const MISSPELT: &str = "lasr sknn treatmen sclerosin microneedlin abcdef ghijkl opqrst uvwxyz abdef ghjkl oprst";
    let matches = "edges{score matchedOn{term how}highlight{field text spans{start}}}";
    let facets = "procedure procedureCategory position condition alsoCovers causesCovered commonUse effectsAttribute grade \
                  certainty evidenceLevel responders measures conditions citations targets usedAdjuncts";
    let facets: Vec<String> = facets.split_whitespace().map(|field| format!("{field}(first:100){{count}}")).collect();
    let facets = facets.concat();
    let list = |at: usize, selection: &str| format!("a{at}:treatmentOutcomes(first:0){{{selection}}}");
    let groups = "groups(by:[PROCEDURE,CONDITION,GRADE,CITATIONS],first:100){totalCount nodes{aggregate{count}}}";
    let distinct = "aggregate{count countDistinct{slug procedure condition}}";
    let begun = |number: usize| {
        let second = char::from(b"abcdefghijklmnopqrstuvwxyz"[number % 26]);
        query(&format!("{{search(text:\"s{second}\",first:1){{totalCount}}}}#{number}"))
    };
    vec![
        unique(
            "a search for the beginnings of most words",
            format!("{{search(text:\"{LETTERS}\",first:100){{totalCount didYouMean nodes{{id}}{matches}}}}}"),
        ),
        unique(
            "a search for 12 misspelt words",
            format!("{{search(text:\"{MISSPELT}\",first:100){{totalCount didYouMean expansions{{words}}nodes{{id}}}}}}"),
        ),
        unique(
            "20 searches",
            format!("{{{}}}", many(20, |at| format!("a{at}:search(text:\"{LETTERS}{at}\",first:20){{totalCount}}"))),
        ),
        Attack::new(
            "searches for the beginnings of words with one first letter",
            Conduct::requests(CONNECTIONS, made(begun)),
        ),
        unique("17 facets", format!("{{{}}}", list(0, &format!("facets{{{facets}}}")))),
        unique("groups by four dimensions", format!("{{{}}}", many(10, |at| list(at, groups)))),
        unique("numbers of different values", format!("{{{}}}", many(20, |at| list(at, distinct)))),
    ]
}

/// Operations that read from the database for a long time.
fn reading() -> Vec<Attack> {
    let through = "some:{procedure:{outcomes:{some:{condition:{outcomes:{some:{slug:{contains:\"zq\"}}}}}}}}";
    let relations = format!("{{conditions(first:1,where:{{outcomes:{{{through}}}}}){{totalCount}}}}");
    let pages = "{procedures(first:100){nodes{outcomes(first:30){nodes{evidence(first:10){nodes{id}}}}}}}";
    let count =
        |at: usize| format!("a{at}:treatmentOutcomes(where:{{procedure:{{name:{{contains:\"z{at}\"}}}}}}){{totalCount}}");
    let orders = "[{outcomes:{count:DESC}},{citations:{count:ASC}},{children:{count:ASC}}]";
    let introspection = "types{name description fields{name description args{name type{name}}type{name kind}}}";
    vec![
        unique("a filter through six relations", relations),
        unique("deep pages", pages),
        unique("100 counts with filters through relations", format!("{{{}}}", many(99, count))),
        unique("an order by three counts", format!("{{conditions(first:100,orderBy:{orders}){{nodes{{id}}}}}}")),
        unique(
            "counts within every node",
            of_procedures(100, "outcomes{totalCount}citations{totalCount}usedDevices{totalCount}"),
        ),
        unique("introspection 99 times", format!("{{{}}}", many(99, |at| format!("a{at}:__schema{{{introspection}}}")))),
        unique(
            "introspection through 15 types",
            format!("{{__schema{{types{{{}}}}}}}", nested("fields{type{", "name", "}}", 14)),
        ),
    ]
}

fn batches() -> Vec<Attack> {
    let names = of_procedures(1, &"name ".repeat(9900));
    vec![
        Attack::new("batches of ten large documents", Conduct::requests(10, numbered(batch(&names, 10)))),
        Attack::new(
            "batches of ten deep pages",
            Conduct::requests(10, numbered(batch("{procedures(first:100){nodes{outcomes(first:10){nodes{id}}}}}", 10))),
        ),
        Attack::new(
            "10,000 requests that are pipelined, not read",
            Conduct::hold(4, same(query("{procedures{totalCount}}").repeat(10_000))).reads(Reads::Nothing),
        ),
    ]
}

//! Documents and variables that are written to be expensive. Each is refused or run with little processor time.
//!
//! `cargo test --release --test hostile documents -- --nocapture` prints the time of each kind.

use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use crate::{
    compression,
    server::Server,
    wire::{Outcome, assert_allowed, exchange, post, post_with, query},
};

/// Maximum processor time of one request. A debug build is about twenty times slower.
const MOST: Duration = Duration::from_millis(if cfg!(debug_assertions) { 1000 } else { 50 });

/// Requests of each kind, so that the resolution of the processor clock has little effect. Fewer are sent if they take
/// longer than [`LONG_ENOUGH`].
const TIMES: u32 = if cfg!(debug_assertions) { 3 } else { 10 };
const LONG_ENOUGH: Duration = Duration::from_secs(1);

/// A kind of request. Each request contains its number, so that none is in a cache.
struct Kind {
    name: &'static str,
    request: Box<dyn Fn(u32) -> Vec<u8>>,
}

#[test]
fn no_document_takes_long_to_refuse() {
    let mut server = Server::start();
    let kinds: Vec<Kind> =
        [sizes(), fragments(), overlapping(), introspection(), values(), others()].into_iter().flatten().collect();
    for kind in &kinds {
        send(&server, kind, 0);
    }
    server.mark_warm();
    let mut slow = Vec::new();
    println!("{:>9} {:>9}  kind of request", "CPU ms", "wall ms");
    for kind in &kinds {
        let (cpu, started, mut times) = (server.cpu(), Instant::now(), 0);
        while times < TIMES && started.elapsed() < LONG_ENOUGH {
            times += 1;
            send(&server, kind, times);
        }
        let (cpu, wall) = (server.cpu().saturating_sub(cpu) / times, started.elapsed() / times);
        println!("{:>9.1} {:>9.1}  {}", cpu.as_secs_f64() * 1e3, wall.as_secs_f64() * 1e3, kind.name);
        if cpu > MOST {
            slow.push(format!("{} took {cpu:?}", kind.name));
        }
        server.still_responds();
    }
    server.ends_well();
    assert!(slow.is_empty(), "more than {MOST:?}: {slow:#?}");
}

fn send(server: &Server, kind: &Kind, number: u32) {
    let request = (kind.request)(number);
    match exchange(server.address, &request) {
        Outcome::Responded(response) => assert_allowed(kind.name, &request, &response),
        Outcome::Closed => {}
        Outcome::Silent => panic!("{}: no response", kind.name),
    }
}

fn kind(name: &'static str, request: impl Fn(u32) -> Vec<u8> + 'static) -> Kind {
    Kind { name, request: Box::new(request) }
}

fn document(name: &'static str, text: String) -> Kind {
    kind(name, move |number| query(&format!("{text} #{number}"), &json!({})))
}

fn with_variables(name: &'static str, text: &'static str, variables: Json) -> Kind {
    kind(name, move |number| query(&format!("{text} #{number}"), &variables))
}

fn many(times: usize, each: impl Fn(usize) -> String) -> String {
    (0..times).map(each).collect::<Vec<_>>().join(" ")
}

fn nested(open: &str, inner: &str, close: &str, levels: usize) -> String {
    format!("{}{inner}{}", open.repeat(levels), close.repeat(levels))
}

/// A query with this selection on procedures.
fn of_procedures(selection: &str) -> String {
    format!("{{ procedures(first: 1) {{ nodes {{ {selection} }} }} }}")
}

fn sizes() -> Vec<Kind> {
    let deep = 100_000;
    vec![
        document("100,000 levels of fields", nested("{a", "", "}", deep)),
        document("100,000 levels of lists", format!("{{ a(b: {}) }}", nested("[", "", "]", deep))),
        document("100,000 levels of objects", format!("{{ a(b: {}) }}", nested("{a:", "1", "}", deep))),
        document("100,000 inline fragments in each other", format!("{{ {} }}", nested("...{", "a", "}", deep))),
        document("100,000 lists in a type", format!("query($a: {}) {{ a }}", nested("[", "Int", "]", deep))),
        document("120 lists in a type", format!("query($a: {}) {{ a }}", nested("[", "Int", "]", 120))),
        document("120 inline fragments in each other", format!("{{ {} }}", nested("...{", "__typename", "}", 120))),
        document("10,000 aliases", of_procedures(&many(10_000, |at| format!("a{at}: name")))),
        document("1,000 aliases", of_procedures(&many(1_000, |at| format!("a{at}: name")))),
        document("10,000 fields at the root", format!("{{ {} }}", many(10_000, |_| "library { revision }".to_owned()))),
        document("7,000 fields that do not exist", format!("{{ {} }}", many(7_000, |at| format!("f{at}")))),
        document("7,000 nested fields that do not exist", of_procedures(&many(7_000, |at| format!("f{at}")))),
        document("20,000 variables", format!("query({}) {{ a }}", many(20_000, |at| format!("$v{at}: Int")))),
        document(
            "200 variables that are not used",
            format!("query({}) {{ __typename }}", many(200, |at| format!("$v{at}: Int"))),
        ),
        document("200 variables of one name", format!("query({}) {{ __typename }}", many(200, |_| "$v: Int".to_owned()))),
        document(
            "4,000 variables that are not defined",
            of_procedures(&many(1_500, |at| format!("name @skip(if: $v{at})"))),
        ),
        document("10,000 directives", of_procedures(&format!("name {}", many(10_000, |_| "@skip(if: true)".to_owned())))),
        document("500 directives that do not exist", of_procedures(&format!("name {}", many(500, |at| format!("@d{at}"))))),
        document("100 operations", many(100, |at| format!("query Q{at} {{ __typename }}"))),
        document("100 operations of one name", many(100, |_| "query Q { __typename }".to_owned())),
        document("5,000 operations", many(5_000, |at| format!("query Q{at} {{ a }}"))),
        document(
            "2,000 arguments that do not exist",
            format!("{{ procedures({}) {{ totalCount }} }}", many(3_000, |at| format!("a{at}: 1"))),
        ),
        document(
            "3,000 arguments of one name",
            format!("{{ procedures({}) {{ totalCount }} }}", many(3_000, |_| "first: 1".to_owned())),
        ),
    ]
}

fn fragments() -> Vec<Kind> {
    let chain = |levels: usize, spreads: &str| {
        let each = |at: usize| format!("fragment F{at} on Query {{ {} }}", spreads.replace('?', &(at + 1).to_string()));
        format!("{{ ...F0 }} {} fragment F{levels} on Query {{ __typename }}", many(levels, each))
    };
    let circle = |size: usize| {
        format!("{{ ...F0 }} {}", many(size, |at| format!("fragment F{at} on Query {{ ...F{} }}", (at + 1) % size)))
    };
    let to_all = |size: usize| {
        let spreads = many(size, |at| format!("...F{at}"));
        format!("{{ ...F0 }} {}", many(size, |at| format!("fragment F{at} on Query {{ {spreads} }}")))
    };
    vec![
        document("a fragment bomb of 1 KB", chain(24, "...F? ...F?")),
        document("a fragment bomb of 20 KB", chain(450, "...F? ...F?")),
        document("a fragment bomb within the limit", chain(12, "...F? ...F?")),
        document("a chain of 500 fragments", chain(499, "...F?")),
        document("5,000 fragments", chain(5_000, "...F?")),
        document(
            "500 fragments that are not used",
            format!("{{ __typename }} {}", many(500, |at| format!("fragment F{at} on Query {{ __typename }}"))),
        ),
        document(
            "500 fragments of one name",
            format!("{{ ...F }} {}", many(500, |_| "fragment F on Query { __typename }".to_owned())),
        ),
        document("a circle of 1 fragment", circle(1)),
        document("a circle of 500 fragments", circle(500)),
        document("60 fragments that each spread all", to_all(60)),
        document("100 fragments that each spread all", to_all(100)),
        document("4,000 spreads of fragments that do not exist", format!("{{ {} }}", many(4_000, |at| format!("...F{at}")))),
    ]
}

/// Fields with the same response key, which a simple check compares pairwise.
fn overlapping() -> Vec<Kind> {
    let below = "outcomes(first: 1) { nodes { condition { name slug } } }";
    let doubled = |levels: usize| {
        (0..levels).fold("name".to_owned(), |inner, _| {
            let field = format!("parent {{ {inner} }}");
            format!("{field} {field}")
        })
    };
    let halves = |times: usize| {
        format!(
            "{{ ...A ...B }} fragment A on Query {{ {0} }} fragment B on Query {{ {0} }}",
            many(times, |_| format!("procedures(first: 1) {{ nodes {{ {below} }} }}"))
        )
    };
    let spread = |size: usize| {
        let fragments =
            many(size, |at| format!("fragment F{at} on Procedure {{ x: outcomes(first: 1) {{ nodes {{ y: grade }} }} }}"));
        format!("{} {fragments}", of_procedures(&many(size, |at| format!("...F{at}"))))
    };
    let by_type = |times: usize| {
        many(times, |at| format!("... on Procedure {{ a{0}: name }} ... on Condition {{ a{0}: slug }}", at % 7))
    };
    vec![
        document("7,000 times one field", of_procedures(&"name ".repeat(7_000))),
        document("900 times one field of fields", of_procedures(&format!("{below} ").repeat(900))),
        document("1,000 fields in conflict", of_procedures(&many(500, |_| "a: name a: slug".to_owned()))),
        document(
            "900 fields in conflict, by their arguments",
            of_procedures(&many(900, |at| format!("outcomes(first: {at}) {{ totalCount }}"))),
        ),
        document(
            "300 fields in conflict, deep down",
            of_procedures(&many(300, |at| {
                format!("outcomes {{ nodes {{ condition {{ a: {} }} }} }}", ["name", "slug"][at % 2])
            })),
        ),
        document("fields that double with each of 10 levels", of_procedures(&doubled(10))),
        document("two fragments with 45 fields each", halves(45)),
        document("400 fragments with one field", spread(400)),
        document("1,000 fragments on two types", format!("{{ node(id: \"x\") {{ {} }} }}", by_type(500))),
        document(
            "1,000 fragments on a type that does not exist",
            of_procedures(&many(1_000, |at| format!("... on T{at} {{ a }}"))),
        ),
    ]
}

fn introspection() -> Vec<Kind> {
    let of_types =
        |levels: usize| format!("{{ __schema {{ types {{ {} }} }} }}", nested("fields { type { ", "name", " } }", levels));
    let all = "types { name description fields { name description args { name type { name } } type { name kind } } }";
    vec![
        document("introspection through 15 types", of_types(14)),
        document("introspection through 2 types", of_types(2)),
        document(
            "introspection by possible types",
            format!("{{ __schema {{ types {{ {} }} }} }}", nested("possibleTypes { interfaces { ", "name", " } }", 6)),
        ),
        document(
            "introspection of lists in lists",
            format!("{{ __type(name: \"Query\") {{ {} }} }}", nested("ofType { ", "name", " }", 25)),
        ),
        document("introspection 99 times", format!("{{ {} }}", many(99, |at| format!("a{at}: __schema {{ {all} }}")))),
        document(
            "introspection by 99 names",
            format!(
                "{{ {} }}",
                many(99, |at| format!("a{at}: __type(name: \"Procedure\") {{ fields {{ name description }} }}"))
            ),
        ),
        document(
            "introspection 900 times within",
            format!("{{ __schema {{ {} }} }}", many(900, |at| format!("a{at}: types {{ name }}"))),
        ),
        document("introspection once", format!("{{ __schema {{ {all} }} }}")),
    ]
}

fn values() -> Vec<Kind> {
    const FILTERED: &str = "query($w: ProcedureWhere) { procedures(where: $w) { totalCount } }";
    const NODES: &str = "query($i: [ID!]!) { nodes(ids: $i) { id } }";
    let filter = |levels: usize| (0..levels).fold(json!({"slug": {"eq": "x"}}), |inner, _| json!({"not": inner}));
    let wide = json!({"or": vec![json!({"name": {"eq": "x"}}); 10_000]});
    let some = (0..30).fold("{name: {eq: \"x\"}}".to_owned(), |inner, at| {
        format!("{{{}: {{some: {inner}}}}}", ["procedures", "conditions"][at % 2])
    });
    let lists = |levels: usize| (0..levels).fold(json!(1), |inner, _| json!([inner]));
    let letters = "x".repeat(400_000);
    vec![
        with_variables("a filter of 100 levels", FILTERED, filter(100)),
        with_variables("a filter of 100 levels, as a variable", FILTERED, json!({"w": filter(100)})),
        with_variables("a filter of 10,000 conditions", FILTERED, json!({"w": wide})),
        with_variables("100,000 values in a filter", FILTERED, json!({"w": {"slug": {"in": vec!["x"; 100_000]}}})),
        with_variables("60,000 ids", NODES, json!({"i": vec!["UHJvY2VkdXJl"; 60_000]})),
        with_variables("100 lists in each other", NODES, json!({"i": lists(100)})),
        with_variables(
            "100,000 variables that no operation uses",
            "{ __typename }",
            (0..60_000).map(|at| (format!("v{at}"), json!(at))).collect(),
        ),
        with_variables(
            "a variable of 400 KB",
            "query($s: String!) { procedure(by: {slug: $s}) { name } }",
            json!({"s": letters}),
        ),
        document("a filter of 30 levels of relations", format!("{{ procedures(where: {some}) {{ totalCount }} }}")),
        document("14,000 values in a list", format!("{{ nodes(ids: [{}]) {{ id }} }}", "1 ".repeat(14_000))),
        document("14,000 texts in a list", format!("{{ nodes(ids: [{}]) {{ id }} }}", "\"\" ".repeat(14_000))),
        document(
            "3,000 keys of one name in an object",
            format!("{{ procedures(where: {{{}}}) {{ totalCount }} }}", "name: {eq: \"x\"} ".repeat(1_800)),
        ),
        document("a number of 400,000 digits", format!("{{ procedures(first: {}) {{ totalCount }} }}", "9".repeat(400_000))),
        document("a number of 120 digits", format!("{{ procedures(first: {}) {{ totalCount }} }}", "9".repeat(120))),
        document("an exponent of 100 digits", format!("{{ procedures(first: 1e{}) {{ totalCount }} }}", "9".repeat(100))),
        document("a text of 400 KB", format!("{{ procedure(by: {{slug: \"{letters}\"}}) {{ name }} }}")),
        document(
            "a block of 400 KB in lines",
            format!("{{ procedure(by: {{slug: \"\"\"{}\"\"\"}}) {{ name }} }}", " \n".repeat(200_000)),
        ),
        document("80,000 escapes", format!("{{ procedure(by: {{slug: \"{}\"}}) {{ name }} }}", "\\u0041".repeat(80_000))),
        document(
            "100 filters of a long text",
            format!(
                "{{ {} }}",
                many(99, |at| format!(
                    "a{at}: procedures(where: {{name: {{contains: \"{}%_\"}}}}) {{ totalCount }}",
                    "%a".repeat(1_000)
                ))
            ),
        ),
    ]
}

fn others() -> Vec<Kind> {
    let compressed_kind = |(name, coding, body): (&'static str, &'static str, Vec<u8>)| {
        let headers = format!("Content-Type: application/json\r\nContent-Encoding: {coding}\r\n");
        kind(name, move |_| post_with(&headers, &body))
    };
    let mut kinds = vec![
        document("a name of 400 KB", format!("{{ {} }}", "x".repeat(400_000))),
        document("names of 128 letters", format!("{{ {} }}", many(5_000, |at| format!("{at:x>128}")))),
        document("a comment of 400 KB", format!("{{ __typename }} # {}", "x".repeat(400_000))),
        document("400,000 comments", format!("{{ __typename }} {}", "#\n".repeat(200_000))),
        document("marks of byte order", format!("{}{{ __typename }}", "\u{feff}".repeat(100_000))),
        document("spaces and commas", format!("{{ __typename }}{}", " ,".repeat(400_000))),
        document("a text without end", format!("{{ a(b: \"{}", "\\\"".repeat(200_000))),
        document("quotes", "\"".repeat(400_000)),
        document("points", ".".repeat(400_000)),
        document("open brackets of all kinds", "{([".repeat(130_000)),
        kind("a body of 20 MB", |_| post(&vec![b' '; 20_000_000])),
        kind("100,000 lists in JSON", |_| post("[".repeat(100_000).as_bytes())),
        kind("a batch of 10 introspections", |number| {
            let query = format!("{{ __schema {{ types {{ name fields {{ name args {{ name }} }} }} }} }} #{number}");
            post(json!(vec![json!({"query": query}); 10]).to_string().as_bytes())
        }),
        kind("JSON with 300,000 zeros", |_| post(format!("{{\"query\":[{}0]}}", "0,".repeat(300_000)).as_bytes())),
    ];
    kinds.extend(compression::bombs().into_iter().map(compressed_kind));
    kinds
}

//! Mutations of clients with keys: work before, under and after the lock of a publication, long reports, and refusals.

use serde_json::{Value as Json, json};

use crate::{
    attack::{Attack, Conduct, NUMBER, Piece, Reads, made, numbered, same},
    lab, library,
    requests::{many, post_with},
};

/// Connections of an attack.
const CONNECTIONS: usize = 30;
/// Changes of the largest `apply`.
const CHANGES: usize = 100;
/// A flag with its default, which no other attack sets. So no other attack uses the server, and the numbers of its revisions
/// are known.
const OWN_SERVER: &[&str] = &["--queue-timeout", "2"];
/// Outcomes of the procedure that the attacks save.
const OUTCOMES: usize = 300;
/// Its steps. With the outcomes, they have nearly as many fields as variables may have.
const STEPS: usize = 2000;
/// The revision that has the procedure: the library, three publications of conditions, and one of the procedure.
const SAVED: usize = 5;

const NOTICE: &str = "Generated for attacks. Nothing in it is a statement about a real treatment.";
const SOURCE: &str = "source-000001";
const TOPICS: &str = "CONTRAINDICATIONS PREGNANCY BREASTFEEDING MEDICINES INFECTIONS SKIN_TYPES SERIOUS_EFFECTS GET_HELP \
     HELP_FOR_EFFECTS SESSIONS INTERVAL VISIT_DURATION PAIN DOWNTIME LASTS PREPARATION AFTERCARE PRACTITIONERS COSTS";

const APPLY: &str = "mutation($changes:[ChangeInput!]!){apply(changes:$changes){revision changed \
     changes{slug fields{field before after}} errors{code path message}}}";
const SAVE: &str = "mutation($document:ProcedureDocument!){saveProcedure(document:$document){revision changed \
     changes{slug} errors{code path message}}}";
const RESTORE: &str = "mutation($slug:String!){restoreProcedure(by:{slug:$slug},revision:1){revision changed \
     changes{slug fields{field before after}} errors{code path message}}}";
const NAME_AREA: &str = "mutation($name:String!,$key:String){patchBodyArea(by:{slug:\"face\"},idempotencyKey:$key,\
     operations:[{set:{name:$name}}]){revision changed replayed record{name} errors{message}}}";

/// In the response to changes that are published, or would be.
const CHANGED: &str = "\"changed\":true";
/// In the response to changes without errors.
const NO_ERRORS: &str = "\"errors\":[]";

#[test]
#[cfg_attr(debug_assertions, ignore = "it takes minutes, and .ci/run includes it")]
fn the_service_withstands_mutations() {
    let kinds = [publications(), dry_runs(), amplified(), refused(), large()];
    lab::withstands("mutations", &kinds.into_iter().flatten().collect::<Vec<_>>());
}

/// A mutation of a client with a key of this role. An invalid one has the status 400.
fn mutation(role: &str, document: &str, variables: &Json) -> Vec<u8> {
    let headers = format!(
        "Content-Type: application/json\r\nAccept: application/graphql-response+json\r\nAuthorization: Bearer {}\r\n",
        library::key(role)
    );
    post_with(&headers, json!({"query": document, "variables": variables}).to_string().as_bytes())
}

/// A flood of mutations, whose responses contain this text.
fn flood(name: &'static str, request: Piece, expected: &'static str) -> Attack {
    Attack::new(name, Conduct::requests(CONNECTIONS, request)).expects(&[expected])
}

/// A patch of a procedure. `arguments` are further arguments, and `selection` is that of the payload.
fn patch(role: &str, index: usize, operations: &Json, arguments: &str, selection: &str) -> Vec<u8> {
    let document = format!(
        "mutation($slug:String!,$operations:[ProcedureOperation!]!){{patchProcedure(by:{{slug:$slug}},operations:$operations\
         {arguments}){{revision changed {selection} errors{{code path message}}}}}}"
    );
    mutation(role, &document, &json!({"slug": library::procedure(index), "operations": operations}))
}

/// Returns the changes of an `apply` that patches this number of procedures.
fn patches(count: usize, operations: impl Fn(usize) -> Json) -> Json {
    let patch = |at| json!({"patchProcedure": {"by": {"slug": library::procedure(at)}, "operations": operations(at)}});
    json!({"changes": (0..count).map(patch).collect::<Json>()})
}

fn step(title: &str, description: &str) -> Json {
    json!({"kind": "TREATMENT", "title": title, "description": description})
}

/// Publications that change something.
fn publications() -> Vec<Attack> {
    let descriptions = patches(CHANGES, |at| json!([{"set": {"description": format!("Description {NUMBER} of {at}.")}}]));
    let name = |at: usize| json!({"set": {"name": format!("Procedure {at} of {NUMBER}")}});
    let names: Json = (0..45).map(name).collect();
    let of_one = json!({"by": {"slug": library::procedure(2)}, "operations": names});
    let of_one = json!({"changes": vec![json!({"patchProcedure": of_one}); CHANGES]});
    let word = json!({"name": format!("Face {NUMBER}")});
    let once = made(|number| {
        let group = number / CONNECTIONS;
        mutation("publisher", NAME_AREA, &json!({"name": format!("Face of {group}"), "key": format!("attack-{group}")}))
    });
    let description = json!([{"set": {"description": format!("Description {NUMBER}.")}}]);
    let restore = mutation("publisher", RESTORE, &json!({"slug": library::procedure(1)}));
    let patched = numbered(patch("publisher", 1, &description, "", "changes{slug}"));
    let restores = Conduct::requests(CONNECTIONS / 2, same(restore));
    vec![
        flood("publications of one word", numbered(mutation("publisher", NAME_AREA, &word)), CHANGED),
        flood("one idempotency key on all connections", once, CHANGED),
        flood("100 patches of procedures", numbered(mutation("publisher", APPLY, &descriptions)), CHANGED),
        flood("4,500 operations on one procedure", numbered(mutation("publisher", APPLY, &of_one)), CHANGED),
        Attack::new("restores of a procedure that others patch", restores)
            .and(Conduct::requests(CONNECTIONS / 2, patched))
            .expects(&[NO_ERRORS, CHANGED]),
    ]
}

/// Dry runs of an editor. Those with records in the payload have the lock while the records are read.
fn dry_runs() -> Vec<Attack> {
    let deep = "record{outcomes(first:20){nodes{condition{outcomes(first:30){nodes{expectedEffect \
                evidence(first:5){nodes{finding source{title}}}}}}}}}";
    let records = "mutation($changes:[ChangeInput!]!){apply(changes:$changes,dryRun:true){changed \
                    records{...on Procedure{name outcomes(first:5){nodes{expectedEffect}}}}}}";
    let description = json!([{"set": {"description": format!("Description {NUMBER}.")}}]);
    let descriptions = patches(CHANGES, |at| json!([{"set": {"description": format!("Description {NUMBER} of {at}.")}}]));
    let insert = |at: usize| {
        let value = step(&format!("Step {at}"), &format!("Do it {NUMBER} times."));
        json!({"entries": {"steps": {"insert": {"value": value}}}})
    };
    let inserts: Json = (0..100).map(insert).collect();
    vec![
        flood(
            "dry runs that select deep records",
            numbered(patch("editor", 0, &description, ",dryRun:true", deep)),
            CHANGED,
        ),
        flood("dry runs of 100 changes with records", numbered(mutation("editor", records, &descriptions)), CHANGED),
        flood("dry runs of 100 insertions", numbered(patch("editor", 0, &inserts, ",dryRun:true", "")), CHANGED),
    ]
}

/// Short mutations that need much time or memory.
fn amplified() -> Vec<Attack> {
    let steps = |count: usize| -> Json { vec![step("Step", "Do it."); count].into() };
    let sources = |count: usize| -> Json { (1..=count).map(|at| format!("source-{at:06}")).collect() };
    let set = |fields: Json| json!([{"set": fields}]);
    let dry = |operations: &Json, selection: &str| patch("editor", 3, operations, ",dryRun:true", selection);
    let equal = dry(&set(json!({"steps": steps(3000)})), "");
    let inherited = dry(&set(json!({"sources": sources(90), "steps": steps(1000)})), "");
    let too_many = dry(&set(json!({"sources": sources(1000), "steps": steps(3000)})), "");
    let copies = format!("changes{{fields{{{}}}}}", many(990, |at| format!("a{at}:after")));
    let copies = dry(&set(json!({"description": "long ".repeat(3000)})), &copies);
    // A debug build needs many times as long for each word.
    let words = 120_000 / CHANGES / usize::try_from(lab::slowness()).unwrap();
    let texts = |prefix: &str| {
        let text = |at: usize| many(words, |word| format!("{prefix}{:x}", at * words + word));
        let apply = "mutation($changes:[ChangeInput!]!){apply(changes:$changes){changed errors{message}}}";
        mutation("publisher", apply, &patches(CHANGES, |at| set(json!({"description": text(at)}))))
    };
    let texts = [texts("w"), texts("v")];
    vec![
        flood("3,000 equal entries without keys", same(equal), CHANGED),
        flood("90,000 inherited sources", same(inherited), CHANGED),
        flood("3 million inherited sources", same(too_many), "more than 100000 sources"),
        flood("100 texts of new words", made(move |number| texts[number % texts.len()].clone()), CHANGED),
        Attack::new("reports with 990 copies of a text", Conduct::requests(CONNECTIONS, same(copies.clone()))),
        Attack::new(
            "reports with 990 copies of a text, not read",
            Conduct::hold(CONNECTIONS, same(copies)).reads(Reads::Nothing),
        ),
    ]
}

/// Mutations that publish nothing, because they are invalid or not permitted.
fn refused() -> Vec<Attack> {
    let missing: Json = (0..1000).map(|at| format!("nothing-{NUMBER}-{at}")).collect();
    let missing = numbered(patch("publisher", 5, &json!([{"set": {"sources": missing}}]), "", ""));
    let condition = |at| json!({"deleteCondition": {"by": {"slug": format!("condition-{at:06}")}}});
    let source = |at| json!({"deleteSource": {"by": {"slug": format!("source-{at:06}")}}});
    let deletes: Json = (1..=40).map(condition).chain((1..=60).map(source)).collect();
    let deletes = json!({"changes": deletes});
    let referrers = "mutation($changes:[ChangeInput!]!){apply(changes:$changes){revision \
                     errors{code path message referrers{type slug}}}}";
    let deletes = same(mutation("publisher", referrers, &deletes));
    let descriptions = patches(CHANGES, |at| json!([{"set": {"description": format!("Description {NUMBER} of {at}.")}}]));
    vec![
        flood("1,000 errors", missing, "NOT_FOUND"),
        flood("100 deletions of records with dependents", deletes, "STILL_REFERENCED"),
        flood("mutations of a reader", numbered(mutation("reader", APPLY, &descriptions)), "HTTP/1.1 403 "),
    ]
}

/// The largest documents.
fn large() -> Vec<Attack> {
    let update = made(|number| {
        let key = format!("attacked--{}", condition(number % OUTCOMES));
        let update = json!({"key": key, "set": {"expectedEffect": format!("Effect {number}.")}});
        let document = format!(
            "mutation($operations:[ProcedureOperation!]!){{patchProcedure(by:{{slug:\"attacked\"}},operations:$operations,\
             expectedRevision:{SAVED}){{revision changed errors{{code path message}}}}}}"
        );
        let operations = json!([{"entries": {"outcomes": {"update": update}}}]);
        mutation("publisher", &document, &json!({"operations": operations}))
    });
    let save = |number: &str| mutation("publisher", SAVE, &json!({"document": document(number)}));
    let prepares: Vec<Vec<u8>> = (0..OUTCOMES).step_by(CHANGES).map(conditions).chain([save("first")]).collect();
    let of = |name, request, expected| flood(name, request, expected).on(OWN_SERVER).prepared(prepares.clone());
    vec![
        of("merges of a procedure with 300 outcomes", update, CHANGED),
        of("the largest document", numbered(save(NUMBER)), CHANGED),
    ]
}

/// Returns the slug of a condition of [`conditions`].
fn condition(index: usize) -> String {
    format!("attacked-{index:06}")
}

/// A publication of a hundred conditions.
fn conditions(first: usize) -> Vec<u8> {
    let save = |at| {
        let (slug, name) = (condition(at), format!("Attacked condition {at}"));
        let mut document = json!({"slug": slug, "notice": NOTICE, "name": name, "sources": [SOURCE]});
        (document["kind"], document["description"]) = (json!("COSMETIC_CONCERN"), json!("It has no meaning."));
        json!({"saveCondition": {"document": document}})
    };
    let changes: Json = (first..first + CHANGES).map(save).collect();
    mutation("publisher", APPLY, &json!({"changes": changes}))
}

/// A document of nearly a mebibyte, in which each outcome and each step contains this number.
fn document(number: &str) -> Json {
    let long = "and again ".repeat(18);
    let step = |at: usize| step(&format!("Step {at}"), &format!("Do it {number} times {long}."));
    let topic = |topic: &str| json!({"topic": topic, "searchedOn": "2026-01-01"});
    json!({
        "slug": "attacked",
        "notice": NOTICE,
        "name": "Attacked procedure",
        "category": "LASER",
        "status": "DRAFT",
        "locale": "en",
        "sources": [SOURCE],
        "description": format!("Description {number}."),
        "steps": (0..STEPS).map(step).collect::<Json>(),
        "notFound": TOPICS.split_whitespace().map(topic).collect::<Json>(),
        "outcomes": (0..OUTCOMES).map(|at| outcome(at, number)).collect::<Json>(),
    })
}

fn outcome(index: usize, number: &str) -> Json {
    json!({
        "condition": condition(index),
        "effects": [{"attribute": "TEXTURE", "direction": "IMPROVES"}],
        "expectedEffect": format!("Effect {number}."),
        "effectiveness": {"grade": "HELPS", "basis": [SOURCE]},
        "certainty": "NOT_ASSESSED",
        "responseVariability": "NOT_STATED",
    })
}

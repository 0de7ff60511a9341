//! Rules for the whole project.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use dermagraph::resources;
use serde_json::{Value as Json, json};

use crate::{
    introspection,
    support::{TestApp, on_both_databases},
};

/// Longest source file, in lines.
const MAX_LINES: usize = 400;

/// The modules from the bottom up: a module may use itself and the modules before it. Modules on one line must not use
/// each other.
const LAYERS: &[&[&str]] = &[
    &["entity", "log_throttle", "plural", "strict"],
    &["graphql", "store"],
    &["access", "engine"],
    &["error"],
    &["content"],
    &["library", "pages"],
    &["schema"],
    &["generate", "http"],
    &["app", "resources"],
    &["cli"],
    &["lib", "main"],
];

pub fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the files below a folder of the project whose names have one of these endings, each with its path from the
/// root of the project.
pub fn files(folder: &str, endings: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![project().join(folder)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                folders.extend((name != "node_modules" && name != "dist").then_some(path));
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                let from_root = path.strip_prefix(project()).unwrap().to_string_lossy().into_owned();
                found.push((from_root, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "{folder} holds no {endings:?}");
    found
}

/// Returns the source files of the program, without code that is only compiled for tests, and without comments.
fn program() -> Vec<(String, String)> {
    let is_test = |path: &str| path.ends_with("/tests.rs") || path.contains("/tests/");
    let code = |text: String| {
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        lines.join("\n")
    };
    files("src", &[".rs"]).into_iter().filter(|(path, _)| !is_test(path)).map(|(path, text)| (path, code(text))).collect()
}

/// Returns the module path of a file: `src/engine/sql/groups.rs` is `engine`, `sql`, `groups`.
fn module(path: &str) -> Vec<String> {
    let path = PathBuf::from(path.strip_prefix("src/").unwrap()).with_extension("");
    let mut parts: Vec<String> = path.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if parts.last().is_some_and(|part| part == "mod") {
        parts.pop();
    }
    parts
}

/// Splits a list at the commas outside of braces.
fn split(list: &str) -> Vec<&str> {
    let (mut depth, mut from, mut parts) = (0, 0, Vec::new());
    for (at, letter) in list.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&list[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&list[from..]);
    parts
}

/// Adds the paths of a use tree: `a::{b, c::d}` is `a::b` and `a::c::d`.
fn expand(tree: &str, before: &str, paths: &mut Vec<String>) {
    let tree = tree.trim();
    match tree.split_once('{') {
        Some((head, rest)) => {
            for part in split(rest.strip_suffix('}').unwrap_or(rest)) {
                expand(part, &format!("{before}{}", head.trim()), paths);
            }
        }
        None if tree.is_empty() => {}
        None => paths.push(format!("{before}{}", tree.split(" as ").next().unwrap_or_default())),
    }
}

/// Returns every path in the `use` lines of a file, and the paths elsewhere that begin with `crate::`.
fn paths(code: &str) -> Vec<String> {
    let mut paths = Vec::new();
    let flat: String = code.split_whitespace().collect::<Vec<_>>().join(" ");
    for (at, _) in flat.match_indices("use ") {
        let starts = at == 0 || flat[..at].ends_with([' ', '{', '}', ';']);
        if starts && let Some((tree, _)) = flat[at + 4..].split_once(';') {
            expand(tree, "", &mut paths);
        }
    }
    for (at, _) in flat.match_indices("crate::") {
        let path: String =
            flat[at..].chars().take_while(|letter| letter.is_alphanumeric() || "_:".contains(*letter)).collect();
        paths.push(path);
    }
    paths
}

/// Returns the module that a path leads to from a file; `None` if it is in another crate or in the same module.
fn module_of(path: &str, module: &[String]) -> Option<String> {
    let mut parts: Vec<&str> = path.split("::").collect();
    if parts[0] == "dermagraph_entity" {
        return Some("entity".to_owned());
    }
    let mut here: Vec<&str> = match parts[0] {
        "crate" => Vec::new(),
        "super" | "self" => module.iter().map(String::as_str).collect(),
        _ => return None,
    };
    while let Some(first) = parts.first() {
        match *first {
            "super" => _ = here.pop(),
            "crate" | "self" => {}
            _ => break,
        }
        parts.remove(0);
    }
    here.extend(parts);
    here.first().filter(|name| !name.is_empty()).map(|name| (*name).to_owned())
}

fn level(name: &str) -> usize {
    let found = LAYERS.iter().position(|layer| layer.contains(&name));
    found.unwrap_or_else(|| panic!("there is a new module {name:?}: add it to LAYERS in tests/service/guards.rs"))
}

#[test]
fn dependencies_point_down() {
    let mut seen = BTreeSet::new();
    let mut wrong = BTreeSet::new();
    for (path, code) in program() {
        let module = module(&path);
        let user = module[0].as_str();
        for used in paths(&code) {
            let Some(other) = module_of(&used, &module) else { continue };
            if other == user {
                continue;
            }
            seen.insert((user.to_owned(), other.clone()));
            let starter = user == "library" && other == "content" && !path.ends_with("/starter.rs");
            if level(&other) >= level(user) || starter {
                wrong.insert(format!("{path} uses {used}"));
            }
        }
    }
    assert!(wrong.is_empty(), "dependencies point up:\n{}", Vec::from_iter(wrong).join("\n"));
    for (user, other) in [
        ("schema", "engine"),
        ("content", "engine"),
        ("engine", "graphql"),
        ("engine", "store"),
        ("http", "schema"),
        ("app", "http"),
    ] {
        assert!(seen.contains(&(user.to_owned(), other.to_owned())), "the guard no longer sees that {user} uses {other}");
    }
}

#[test]
fn crates_are_used_where_they_belong() {
    let allowed_paths: [(&str, &[&str]); 3] = [
        ("actix_web", &["src/http/", "src/app.rs", "src/cli/mod.rs"]),
        ("async_graphql", &["src/schema/host.rs"]),
        ("rusqlite", &["src/store/"]),
    ];
    for (name, allowed) in allowed_paths {
        let uses = |code: &str| {
            let listed = paths(code).iter().any(|path| *path == name || path.starts_with(&format!("{name}::")));
            listed || code.contains(&format!("{name}::"))
        };
        let using: Vec<String> = program().into_iter().filter(|(_, code)| uses(code)).map(|(path, _)| path).collect();
        assert!(!using.is_empty(), "nothing uses {name}: the guard is blind");
        let wrong: Vec<&String> =
            using.iter().filter(|path| !allowed.iter().any(|allowed| path.starts_with(allowed))).collect();
        assert!(wrong.is_empty(), "{name} belongs in {allowed:?}, and is used in {wrong:?}");
    }
}

#[test]
fn the_engine_names_no_content_type() {
    let names: BTreeSet<&str> = dermagraph::content::catalog().contents().map(|(object, _)| object.name).collect();
    assert!(!names.is_empty());
    for (path, code) in
        program().into_iter().filter(|(path, _)| path.starts_with("src/engine/") || path.starts_with("src/store/"))
    {
        let words = code.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        let found: Vec<&str> = words.filter(|word| names.contains(word)).collect();
        assert!(found.is_empty(), "{path} names {found:?}");
    }
}

#[test]
fn sql_is_written_in_the_engine_and_the_store_alone() {
    let words = ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH ", "DROP ", "ALTER ", "CREATE "];
    let holds =
        |code: &str| words.iter().any(|word| code.contains(&format!("\"{word}")) || code.contains(&format!("({word}")));
    let holding: Vec<String> = program().into_iter().filter(|(_, code)| holds(code)).map(|(path, _)| path).collect();
    assert!(holding.contains(&"src/engine/sql/statement.rs".to_owned()), "the guard is blind: {holding:?}");
    let wrong: Vec<&String> =
        holding.iter().filter(|path| !path.starts_with("src/engine/") && !path.starts_with("src/store/")).collect();
    assert!(wrong.is_empty(), "SQL text in {wrong:?}");
    for (path, code) in program() {
        assert!(!code.replace("is_in(padded(", "").contains("is_in("), "{path} has a list of any length (decision 0016)");
    }
}

#[test]
fn migrations_and_entities_do_not_use_each_other_or_graphql() {
    let apart = [
        ("migration", ["dermagraph", "dermagraph_entity", "async_graphql", "entity"]),
        ("entity", ["dermagraph", "dermagraph_migration", "async_graphql", "sea_orm_migration"]),
    ];
    for (folder, banned) in apart {
        for (path, code) in files(folder, &[".rs"]) {
            let roots: BTreeSet<String> =
                paths(&code).iter().filter_map(|path| path.split("::").next().map(str::to_owned)).collect();
            let wrong: Vec<&str> = banned.into_iter().filter(|name| roots.contains(*name)).collect();
            assert!(wrong.is_empty(), "{path} uses {wrong:?}");
        }
        let manifest = fs::read_to_string(project().join(folder).join("Cargo.toml")).unwrap();
        let dependencies = manifest.split("[dependencies]").nth(1).unwrap();
        assert!(!dependencies.contains("dermagraph") && !dependencies.contains("async-graphql"), "{folder}/Cargo.toml");
    }
}

#[test]
fn no_source_file_has_more_than_400_lines() {
    let rust = ["src", "entity", "migration", "tests"].into_iter().flat_map(|folder| files(folder, &[".rs"]));
    let web = files("web", &[".js", ".jsx", ".css", ".html"]);
    for (path, text) in rust.chain(web) {
        let lines = text.lines().count();
        assert!(lines <= MAX_LINES, "{path} has {lines} lines; at most {MAX_LINES} are allowed, so split it by concern");
    }
}

#[test]
fn the_schema_is_that_of_schema_graphql() {
    let refresh = "refresh it with: cargo run -- schema > schema.graphql";
    let committed = fs::read_to_string(project().join("schema.graphql")).unwrap_or_default();
    let made = dermagraph::schema::sdl();
    let differs = made.lines().zip(committed.lines()).enumerate().find(|(_, (made, committed))| made != committed);
    if let Some((line, (made, committed))) = differs {
        panic!("schema.graphql is stale at line {}: it has {committed:?}, the service has {made:?}; {refresh}", line + 1);
    }
    assert!(
        made == committed,
        "schema.graphql is stale: it has {} lines, the service has {}; {refresh}",
        committed.lines().count(),
        made.lines().count()
    );
}

/// Adds the items within one item of introspection that have no proper description. Returns how many items were
/// checked.
fn undescribed(item: &Json, at: &str, found: &mut Vec<String>) -> usize {
    let name = item["name"].as_str().unwrap();
    let at = if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") };
    let words = item["description"].as_str().unwrap_or_default().trim();
    if words.chars().count() < 10 || !words.ends_with('.') || words.contains('\n') {
        found.push(format!("{at}: {words:?}"));
    }
    let below = ["fields", "args", "inputFields", "enumValues"];
    1 + below
        .iter()
        .flat_map(|key| item[*key].as_array().into_iter().flatten())
        .map(|item| undescribed(item, &at, found))
        .sum::<usize>()
}

#[actix_web::test]
async fn everything_in_the_schema_has_a_description() {
    let app = TestApp::sqlite().await;
    let data = app.data(introspection::QUERY).await;
    let types = data["__schema"]["types"].as_array().unwrap().iter().filter(|ty| {
        let name = ty["name"].as_str().unwrap();
        !name.starts_with("__") && !["Int", "Float", "String", "Boolean", "ID"].contains(&name)
    });
    let mut found = Vec::new();
    let looked_at: usize = types.map(|ty| undescribed(ty, "", &mut found)).sum();
    assert!(found.is_empty(), "without sentences in one line that end in a full stop:\n{}", found.join("\n"));
    assert!(looked_at > 1500, "{looked_at}");
    let types = data["__schema"]["types"].as_array().unwrap();
    let is_empty = |ty: &&Json| ["fields", "inputFields", "enumValues"].iter().any(|list| ty[list] == json!([]));
    let empty: Vec<&Json> = types.iter().filter(is_empty).map(|ty| &ty["name"]).collect();
    assert!(empty.is_empty(), "types without members: {empty:?}");
}

on_both_databases! {
    async fn every_content_type_is_found_by_node_and_nodes(app: &TestApp) {
        let catalog = dermagraph::content::catalog();
        assert!(catalog.contents().count() > 0);
        for (object, role) in catalog.contents() {
            let all = app.every(role.plural, "id slug").await;
            assert!(!all.is_empty(), "{}", role.plural);
            let selection = format!("id __typename ... on {} {{ slug }}", object.name);
            for batch in all.chunks(100) {
                let ids: Vec<&Json> = batch.iter().map(|one| &one["id"]).collect();
                let query = format!("query ($ids: [ID!]!, $id: ID!) {{ nodes(ids: $ids) {{ {selection} }} node(id: $id) {{ {selection} }} one: {}(by: {{id: $id}}) {{ id slug }} }}", role.singular);
                let response = app.query_with(&query, json!({"ids": ids, "id": ids[0]})).await;
                let selected = |one: &Json| json!({"id": one["id"], "__typename": object.name, "slug": one["slug"]});
                let expected = json!({"data": {"nodes": batch.iter().map(selected).collect::<Json>(), "node": selected(&batch[0]), "one": batch[0]}});
                assert_eq!(response, expected, "{}", object.name);
            }
        }
    }
}

on_both_databases! {
    async fn the_tour_of_the_playground_runs(app: &TestApp) {
        let tour = files("web/playground/src/tour", &[".graphql"]);
        assert!(tour.len() >= 5);
        for (path, query) in tour {
            let response = app.query(&query).await;
            assert_eq!(response.get("errors"), None, "{path}");
            let text = response["data"].to_string();
            assert!(text.len() > 200 && !text.contains(r#""nodes":[]}}}"#), "{path} shows nothing: {text}");
        }
    }
}

#[test]
fn the_list_of_resources_is_documented_and_true() {
    let table = resources::table();
    let page = std::fs::read_to_string(project().join("docs/resources.md")).unwrap();
    if !page.contains(&table) {
        let expected = std::env::temp_dir().join("resources.md");
        std::fs::write(&expected, &table).unwrap();
        panic!("docs/resources.md is stale. Its table is in {} now.", expected.display());
    }
    let tests: String = files("src", &[".rs"]).into_iter().chain(files("tests", &[".rs"])).map(|(_, text)| text).collect();
    let metrics = std::fs::read_to_string(project().join("src/http/observe/metrics.rs")).unwrap();
    for row in resources::all() {
        assert!(tests.contains(&format!("fn {}(", row.test)), "there is no test {}", row.test);
        for metric in row.metric.split('`').filter(|part| part.starts_with("dermagraph_")) {
            let name = metric.split('{').next().unwrap();
            assert!(metrics.contains(&format!("\"{name}\"")), "there is no metric {name}");
        }
    }
}

#[test]
fn every_error_code_is_documented() {
    let page = std::fs::read_to_string(project().join("docs/errors.md")).unwrap();
    let documented: BTreeSet<&str> =
        page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`')).map(|(code, _)| code).collect();
    let code = codes_in(&[
        "src/access/problem.rs",
        "src/error.rs",
        "src/engine/problem.rs",
        "src/http/client/host/mod.rs",
        "src/http/response/refusal.rs",
        "src/http/socket/handshake.rs",
        "src/http/socket/mod.rs",
        "src/http/socket/protocol.rs",
    ]);
    assert_eq!(documented, code.iter().map(String::as_str).collect());
}

/// Returns the quoted words of capitals and underscores in these files, which are the codes.
fn codes_in(files: &[&str]) -> BTreeSet<String> {
    let is_code = |word: &str| word.len() > 4 && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    let texts = files.iter().map(|file| std::fs::read_to_string(project().join(file)).unwrap());
    texts.flat_map(|text| text.split('"').filter(|word| is_code(word)).map(str::to_owned).collect::<Vec<_>>()).collect()
}

//! README.md and docs/questions.md are correct: their queries are run, and settings are compared with `--help`.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use serde_json::Value as Json;

use crate::support::{TestApp, on_both_databases};

const README: &str = include_str!("../../README.md");

/// The pages that show queries with their responses, each with its name.
const PAGES: [(&str, &str); 2] = [("README.md", README), ("docs/questions.md", include_str!("../../docs/questions.md"))];

/// Minimum number of queries on those pages, so that the test cannot pass by finding none.
const MIN_QUERIES: usize = 12;

/// Maximum number of lines of the README. More text belongs into docs/.
const MAX_README_LINES: usize = 250;

/// Maximum number of columns of a response, as far as JSON can be broken into lines.
const WIDTH: usize = 100;

/// Minimum length of the help text of a setting, in characters.
const MIN_HELP: usize = 10;

on_both_databases! {
    async fn every_query_of_the_readme_and_of_the_questions_has_the_response_that_is_shown(app: &TestApp) {
        let mut stale = Vec::new();
        let mut run = 0;
        for (page, text) in PAGES {
            for Example { line, query, response } in examples(page, text) {
                run += 1;
                let now = layout(&app.query(query).await, 0, 0);
                if now != response {
                    stale.push(format!("The response to the query in line {line} of {page} is now (paste it):\n\n{now}\n"));
                }
            }
        }
        assert!(stale.is_empty(), "\n{}", stale.join("\n"));
        assert!(run >= MIN_QUERIES, "only {run} queries with responses were found");
    }
}

#[test]
fn the_readme_is_short() {
    let lines = README.lines().count();
    assert!(lines <= MAX_README_LINES, "README.md has {lines} lines; at most {MAX_README_LINES} are allowed");
}

#[test]
fn every_setting_has_a_help_text_and_a_variable_that_is_named_after_the_flag() {
    let settings = settings();
    assert!(settings.len() > 50, "only {} settings were found", settings.len());
    for Setting { command, flag, variable, help } in settings {
        assert!(help.chars().count() >= MIN_HELP, "{command} {flag} has no help text: {help:?}");
        let suffix = flag.trim_start_matches('-').replace('-', "_").to_uppercase();
        if let Some(variable) = variable {
            let expected = [format!("DERMAGRAPH_{suffix}"), format!("DERMAGRAPH_{}_{suffix}", command.to_uppercase())];
            assert!(expected.contains(&variable), "{command} {flag} is also set by {variable}, which is not named after it");
        } else {
            assert_ne!(command, "serve", "{flag} of serve has no environment variable");
        }
    }
}

#[test]
fn every_setting_of_the_service_and_every_variable_is_in_the_operating_guide() {
    let guide = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operating.md")).unwrap();
    let words: BTreeSet<&str> =
        guide.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-' && letter != '_').collect();
    let of_the_service = settings().into_iter().filter(|setting| setting.command == "serve");
    let missing: Vec<String> =
        of_the_service.map(|setting| setting.flag).filter(|flag| !words.contains(flag.as_str())).collect();
    assert!(missing.is_empty(), "docs/operating.md does not explain {missing:?}");
    let flags: BTreeSet<String> = settings().into_iter().filter_map(|setting| setting.variable).collect();
    let overview = help(&[]);
    let without_flag: Vec<&str> =
        variables(&overview).into_iter().filter(|name| !flags.contains(*name) && !words.contains(name)).collect();
    assert!(without_flag.is_empty(), "docs/operating.md does not explain {without_flag:?}");
}

#[test]
fn the_readme_names_the_version_of_rust_that_is_needed() {
    let needed = format!("**Rust {}** or later", env!("CARGO_PKG_RUST_VERSION"));
    assert!(README.contains(&needed), "README.md should say: {needed}");
}

/// A query of a page and the response below it.
struct Example<'p> {
    /// The line of the page in which the query starts.
    line: usize,
    query: &'p str,
    response: &'p str,
}

/// Returns every block of GraphQL in a page, with the block of JSON that must follow it.
fn examples<'p>(page: &str, text: &'p str) -> Vec<Example<'p>> {
    let example = |(at, fence): (usize, &str)| {
        let line = text[..at + fence.len()].matches('\n').count() + 1;
        let (query, rest) = text[at + fence.len()..].split_once("\n```\n").expect("the block ends");
        let response = rest.trim_start().strip_prefix("```json\n").and_then(|rest| rest.split_once("\n```\n"));
        let (response, _) =
            response.unwrap_or_else(|| panic!("no response in JSON follows the query in line {line} of {page}"));
        Example { line, query, response }
    };
    text.match_indices("\n```graphql\n").map(example).collect()
}

/// Formats JSON as the pages show it: on one line if it is short enough, otherwise with one line for each entry.
/// `indent` is the indentation of the line of the value, and `taken` the number of columns that other text uses on it.
fn layout(value: &Json, indent: usize, taken: usize) -> String {
    let one_line = one_line(value);
    let count = value.as_object().map_or(0, serde_json::Map::len) + value.as_array().map_or(0, Vec::len);
    if count == 0 || indent + taken + one_line.chars().count() <= WIDTH {
        return one_line;
    }
    let (inner, inside) = (indent + 2, " ".repeat(indent + 2));
    let (open, entries, close): (_, Vec<String>, _) = match value {
        Json::Object(fields) => {
            let entry = |(name, value): (&String, &Json)| {
                format!("{inside}\"{name}\": {}", layout(value, inner, name.chars().count() + "\"\": ,".len()))
            };
            ('{', fields.iter().map(entry).collect(), '}')
        }
        Json::Array(items) => {
            ('[', items.iter().map(|item| format!("{inside}{}", layout(item, inner, ",".len()))).collect(), ']')
        }
        _ => return one_line,
    };
    format!("{open}\n{}\n{}{close}", entries.join(",\n"), " ".repeat(indent))
}

fn one_line(value: &Json) -> String {
    match value {
        Json::Object(fields) => {
            let entry = |(name, value): (&String, &Json)| format!("\"{name}\": {}", one_line(value));
            format!("{{{}}}", fields.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        Json::Array(items) => format!("[{}]", items.iter().map(one_line).collect::<Vec<_>>().join(", ")),
        scalar => scalar.to_string(),
    }
}

/// A flag of a command, as `--help` lists it.
struct Setting {
    command: String,
    flag: String,
    /// The environment variable for the same setting; `None` if there is none.
    variable: Option<String>,
    /// The help text.
    help: String,
}

/// Returns the flags of all commands.
fn settings() -> Vec<Setting> {
    let mut settings: Vec<Setting> = Vec::new();
    for command in commands() {
        let text = help(&[&command]);
        let options = text.split_once("Options:\n").map_or("", |(_, options)| options);
        let mut current: Option<Setting> = None;
        for line in options.lines().map(str::trim) {
            // A line that begins with a hyphen and a space is a possible value of the flag.
            let mut about = line;
            if line.starts_with('-') && !line.starts_with("- ") {
                settings.extend(current.take());
                let flag = line.split([' ', ',']).find(|word| word.starts_with("--")).unwrap_or(line).to_owned();
                current = Some(Setting { command: command.clone(), flag, variable: None, help: String::new() });
                about = line.split_once("  ").map_or("", |(_, about)| about.trim());
            }
            let Some(setting) = &mut current else { continue };
            if let Some((_, rest)) = about.split_once("[env: ") {
                setting.variable = rest.split(['=', ']']).next().map(str::to_owned);
            }
            setting.help.push_str(about.split('[').next().unwrap_or_default().trim());
        }
        settings.extend(current);
    }
    settings.retain(|setting| setting.flag != "--help");
    settings
}

/// Returns the names of environment variables of the service in a text.
fn variables(text: &str) -> BTreeSet<&str> {
    let words = text.split(|letter: char| !letter.is_ascii_uppercase() && letter != '_');
    words.filter(|word| word.starts_with("DERMAGRAPH_")).collect()
}

fn commands() -> Vec<String> {
    let help = help(&[]);
    let (_, list) = help.split_once("Commands:\n").expect("a list of commands");
    let names = list.lines().take_while(|line| !line.is_empty()).filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

fn help(command: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_dermagraph")).args(command).arg("--help").output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

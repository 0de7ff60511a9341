//! The README says what is so: its answers, its table of flags and variables, and what is needed.

use std::{collections::BTreeSet, process::Command};

use serde_json::Value as Json;

use crate::support::{TestApp, story};

const README: &str = include_str!("../../README.md");

/// Questions that the README answers at least.
const QUESTIONS: usize = 10;

/// Columns that the answers of the README have at most, as far as they can be broken.
const WIDTH: usize = 100;

story! {
    async fn every_question_of_the_readme_has_the_answer_that_it_shows(app: &TestApp) {
        let questions = questions();
        assert!(questions.len() >= QUESTIONS, "README.md has {} questions with answers", questions.len());
        let mut stale = Vec::new();
        for Question { line, query, answer } in questions {
            let now = layout(&app.ask(query).await, 0, 0);
            if now != answer {
                stale.push(format!("The answer to the query in line {line} of README.md is now (paste it):\n\n{now}\n"));
            }
        }
        assert!(stale.is_empty(), "\n{}", stale.join("\n"));
    }
}

#[test]
fn the_table_of_the_readme_lists_every_flag_and_its_variable() {
    assert_eq!(documented(), offered(), "left: the table in README.md; right: what --help of each command lists");
}

#[test]
fn the_table_of_the_readme_lists_every_variable() {
    let table: String = README.lines().filter(|line| line.starts_with("| ")).collect();
    let help: String = commands().iter().map(|command| help(&[command])).collect();
    let overview = self::help(&[]);
    assert_eq!(variables(&table), &variables(&help) | &variables(&overview), "left: the table in README.md; right: --help");
}

#[test]
fn the_readme_names_the_version_of_rust_that_is_needed() {
    let needed = format!("**Rust {}** or later", env!("CARGO_PKG_RUST_VERSION"));
    assert!(README.contains(&needed), "README.md should say: {needed}");
}

/// A query of the README and the answer below it.
struct Question {
    /// Where the query starts.
    line: usize,
    query: &'static str,
    answer: &'static str,
}

/// Every block of GraphQL, with the block of JSON that must follow it.
fn questions() -> Vec<Question> {
    let blocks = README.match_indices("\n```graphql\n");
    let question = |(at, fence): (usize, &str)| {
        let line = README[..at + fence.len()].matches('\n').count() + 1;
        let (query, rest) = README[at + fence.len()..].split_once("\n```\n").expect("the block ends");
        let answer = rest.trim_start().strip_prefix("```json\n").and_then(|rest| rest.split_once("\n```\n"));
        let (answer, _) =
            answer.unwrap_or_else(|| panic!("no answer in JSON follows the query in line {line} of README.md"));
        Question { line, query, answer }
    };
    blocks.map(question).collect()
}

/// JSON as the README shows it: in one line where that fits, else a line for each entry. `indent` is that of the value's line,
/// `taken` what stands beside the value in it.
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

/// Command, flag, and the variable or nothing.
type Setting = (String, String, String);

/// The settings in the table of the README, whose columns are: commands, flag, variable, default, meaning.
fn documented() -> BTreeSet<Setting> {
    let rows = README.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.map(|row| row.split('|').skip(1).map(|cell| cell.trim().replace('`', "")).collect::<Vec<_>>());
    let settings = cells.filter(|cells| cells[1].starts_with("--")).flat_map(|cells| {
        let flag = cells[1].split(' ').next().unwrap_or_default().to_owned();
        let commands: Vec<String> = cells[0].split(", ").map(str::to_owned).collect();
        commands.into_iter().map(move |command| (command, flag.clone(), cells[2].clone()))
    });
    settings.collect()
}

/// The settings that the commands list themselves.
fn offered() -> BTreeSet<Setting> {
    let mut settings = BTreeSet::new();
    for command in commands() {
        let mut flag = None;
        for line in help(&[&command]).lines().map(str::trim) {
            // What begins with a hyphen and a space is one of the possible values.
            if line.starts_with('-') && !line.starts_with("- ") {
                let long = line.split([' ', ',']).find(|word| word.starts_with("--"));
                flag = long.filter(|flag| *flag != "--help").map(str::to_owned);
                settings.extend(flag.iter().map(|flag| (command.clone(), flag.clone(), String::new())));
            }
            let variable = line.split_once("[env: ").and_then(|(_, rest)| rest.split(['=', ']']).next());
            if let (Some(flag), Some(variable)) = (&flag, variable) {
                settings.remove(&(command.clone(), flag.clone(), String::new()));
                settings.insert((command.clone(), flag.clone(), variable.to_owned()));
            }
        }
    }
    settings
}

/// The names of our environment variables in a text.
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

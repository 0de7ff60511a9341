//! The documentation for authors of clients and for operators is correct: its examples are run, and its tables are
//! compared with the code.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value as Json;
use tokio_tungstenite::{connect_async, tungstenite::Message, tungstenite::client::IntoClientRequest as _};

use crate::fixed_limits::FIXED;

const CLIENTS: &str = include_str!("../../docs/clients/README.md");
const AUTHORING: &str = include_str!("../../docs/authoring.md");
const OPERATING: &str = include_str!("../../docs/operating.md");
const BINARY: &str = env!("CARGO_BIN_EXE_dermagraph");

/// The placeholder for any text.
const ANYTHING: char = '…';

/// How long the service may take to start, stop and respond.
const TIMEOUT: Duration = Duration::from_mins(1);

#[actix_web::test]
async fn every_example_for_clients_has_the_response_that_is_shown() {
    examples(CLIENTS, 20).await;
}

#[actix_web::test]
async fn every_example_for_editors_has_the_response_that_is_shown() {
    examples(AUTHORING, 5).await;
}

#[actix_web::test]
async fn every_example_for_operators_has_the_response_that_is_shown() {
    examples(OPERATING, 4).await;
}

/// Runs the examples of a page, in their order, against a service that is started as the page says.
async fn examples(page: &str, at_least: usize) {
    if !installed() {
        return;
    }
    let service = Service::start(page);
    let blocks = blocks(page);
    let mut run = 0;
    let mut stale = Vec::new();
    for (index, block) in blocks.iter().enumerate() {
        let following = blocks.get(index + 1).filter(|next| page[block.end..next.start].trim().is_empty());
        let found = match block.language {
            "sh" => service.shell(block.text, following),
            "text" if block.text.starts_with('→') => service.exchange(block.text).await,
            _ => continue,
        };
        run += 1;
        if let Err(found) = found {
            stale.push(format!("{}\n\nsays now:\n\n{found}\n", block.text));
        }
    }
    assert!(run >= at_least, "{run} examples were run");
    assert!(stale.is_empty(), "\n{}\nThe log:\n{}", stale.join("\n"), service.log());
}

/// Reports whether the programs that the examples need are installed. If not, the test prints that it skips them.
fn installed() -> bool {
    let missing: Vec<&str> = ["bash", "curl", "gzip", "sha256sum"]
        .into_iter()
        .filter(|tool| Command::new(tool).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err())
        .collect();
    let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
    assert!(missing.is_empty() || !ci, "with CI=true the examples must run, and {missing:?} are not on the path");
    if !missing.is_empty() {
        eprintln!("SKIPPED the examples of the documentation: {missing:?} are not on the path");
    }
    missing.is_empty()
}

/// A block of code in a page.
struct Block<'p> {
    language: &'p str,
    text: &'p str,
    start: usize,
    end: usize,
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut from = 0;
    while let Some(start) = page[from..].find("\n```").map(|at| from + at + 1) {
        let (language, _) = page[start + 3..].split_once('\n').expect("a block has lines");
        let inside = start + 3 + language.len() + 1;
        let length = page[inside..].find("```\n").expect("a block ends");
        let end = inside + length + 4;
        blocks.push(Block { language, text: &page[inside..inside + length], start, end });
        from = end - 1;
    }
    blocks
}

/// The real program, started as a page describes.
struct Service {
    process: Child,
    folder: tempfile::TempDir,
    host: String,
    metrics: Option<String>,
    key: String,
}

impl Service {
    fn start(page: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bin = folder.path().join("bin");
        fs::create_dir(&bin).unwrap();
        std::os::unix::fs::symlink(BINARY, bin.join("dermagraph")).unwrap();
        fs::write(folder.path().join("trusted.json"), manifest()).unwrap();
        let command = blocks(page).into_iter().find(|block| block.language == "console").expect("how it is started").text;
        let command = command.replace("\\\n", " ").replace("127.0.0.1:9090", "127.0.0.1:0");
        let arguments = command.split_whitespace().skip_while(|word| *word != "serve");
        let mut process = within(&folder, Command::new(BINARY))
            .args(arguments)
            .args(["--listen", "127.0.0.1:0", "--log-format", "json"])
            .env("DERMAGRAPH_LOG", "warn,dermagraph::request=info")
            .stdout(Stdio::piped())
            .stderr(File::create(folder.path().join("log")).unwrap())
            .spawn()
            .unwrap();
        let printed = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
        let printed: Vec<String> = printed.take_while(|line| !line.starts_with("Press Ctrl-C")).collect();
        let address = |name: &str, path: &str| {
            let line = printed.iter().find(|line| line.trim_start().starts_with(name))?;
            Some(line.split_once("http://")?.1.strip_suffix(path)?.to_owned())
        };
        let host = address("GraphQL", "/graphql");
        let metrics = address("metrics", "/metrics");
        let made = page.contains("$DERMAGRAPH_KEY").then(|| {
            let role = if page.contains("--role publisher") { "publisher" } else { "reader" };
            let arguments = ["key", "create", "--name", "Docs", "--role", role];
            within(&folder, Command::new(BINARY)).args(arguments).output().unwrap().stdout
        });
        let key = String::from_utf8(made.unwrap_or_default()).unwrap().trim().to_owned();
        let log = fs::read_to_string(folder.path().join("log")).unwrap();
        Self { process, host: host.unwrap_or_else(|| panic!("{printed:?}\n{log}")), folder, metrics, key }
    }

    /// Runs a script. Compares its output with the block below it; if there is none, the script must only succeed.
    fn shell(&self, script: &str, following: Option<&Block<'_>>) -> Result<(), String> {
        let script = script.replace("127.0.0.1:8080", &self.host);
        let script = script.replace("127.0.0.1:9090", self.metrics.as_deref().unwrap_or("nowhere"));
        let path = format!("{}/bin:{}", self.folder.path().display(), std::env::var("PATH").unwrap());
        let output = within(&self.folder, Command::new("bash"))
            .args(["-c", &script])
            .env("PATH", path)
            .env("DERMAGRAPH_KEY", &self.key)
            .env("no_proxy", "*")
            .output()
            .unwrap();
        let printed = String::from_utf8_lossy(&output.stdout).replace('\r', "");
        let is_so = match following {
            Some(Block { language: "json", text, .. }) => json_fits(text, &printed),
            Some(Block { language: "http", text, .. }) => response_fits(text, &printed),
            Some(Block { language: "text", text, .. }) => lines_fit(text, &printed),
            _ => output.status.success(),
        };
        if is_so { Ok(()) } else { Err(format!("{printed}\n{}", String::from_utf8_lossy(&output.stderr))) }
    }

    /// Sends the messages of a block over a socket, and compares the replies with those of the block.
    async fn exchange(&self, dialogue: &str) -> Result<(), String> {
        let mut request = format!("ws://{}/graphql", self.host).into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
        let (mut socket, _) = connect_async(request).await.unwrap();
        for line in dialogue.lines() {
            if let Some(message) = line.strip_prefix("→ ") {
                socket.send(Message::text(message.replace("$DERMAGRAPH_KEY", &self.key))).await.unwrap();
                continue;
            }
            let wanted = line.strip_prefix("← ").expect("a line begins with → or ←");
            let received = loop {
                match tokio::time::timeout(TIMEOUT, socket.next()).await {
                    Ok(Some(Ok(Message::Text(text)))) => break text.to_string(),
                    Ok(Some(Ok(Message::Ping(_)))) => {}
                    other => return Err(format!("{other:?} instead of {wanted}")),
                }
            };
            if !json_fits(wanted, &received) {
                return Err(received);
            }
        }
        Ok(())
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Sets the working folder of a command to a folder with its database, and removes all other settings.
fn within(folder: &tempfile::TempDir, mut command: Command) -> Command {
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DERMAGRAPH_")) {
        command.env_remove(name);
    }
    command.current_dir(folder.path()).env("DERMAGRAPH_DATA_DIR", folder.path().join("data"));
    command
}

/// Returns the manifest of trusted documents that the documentation shows to operators.
fn manifest() -> &'static str {
    let (_, rest) = OPERATING.split_once("`trusted.json`:\n\n```json\n").expect("trusted.json is shown");
    rest.split_once("```\n").expect("it ends").0
}

fn json_fits(shown: &str, found: &str) -> bool {
    let shown: Json = serde_json::from_str(shown).unwrap_or_else(|problem| panic!("{problem}: {shown}"));
    serde_json::from_str(found).is_ok_and(|found| value_fits(&shown, &found))
}

fn value_fits(shown: &Json, found: &Json) -> bool {
    match (shown, found) {
        (Json::String(text), _) if text.chars().eq([ANYTHING]) => true,
        (Json::String(shown), Json::String(found)) => line_fits(shown, found),
        (Json::Array(shown), Json::Array(found)) => {
            shown.len() == found.len() && shown.iter().zip(found).all(|(shown, found)| value_fits(shown, found))
        }
        (Json::Object(shown), Json::Object(found)) => {
            shown.len() == found.len()
                && shown.iter().all(|(name, shown)| found.get(name).is_some_and(|found| value_fits(shown, found)))
        }
        _ => shown == found,
    }
}

/// Reports whether a response matches the one on a page: its status, the headers that the page shows, and the body if
/// the page shows one.
fn response_fits(shown: &str, found: &str) -> bool {
    let (shown, shown_body) = shown.split_once("\n\n").unwrap_or((shown, ""));
    let (found, found_body) = found.split_once("\n\n").unwrap_or((found, ""));
    let headers_fit = shown.lines().all(|shown| found.lines().any(|found| line_fits(shown, found)));
    headers_fit && (shown_body.is_empty() || json_fits(shown_body, found_body))
}

fn lines_fit(shown: &str, found: &str) -> bool {
    let (shown, found) = (shown.trim_end().lines(), found.trim_end().lines());
    shown.clone().count() == found.clone().count() && shown.zip(found).all(|(shown, found)| line_fits(shown, found))
}

fn line_fits(shown: &str, found: &str) -> bool {
    let mut parts = shown.trim_end().split(ANYTHING);
    let mut rest = found.trim_end();
    let first = parts.next().unwrap_or_default();
    let Some(after) = rest.strip_prefix(first) else { return false };
    rest = after;
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// Returns the cells of the rows of a table, without their backquotes.
fn rows<'p>(page: &'p str, head: &str) -> Vec<Vec<String>> {
    let (_, table) = page.split_once(head).unwrap_or_else(|| panic!("the page has a table {head}"));
    let rows = table.lines().skip(2).take_while(|line: &&'p str| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().replace('`', "")).collect()).collect()
}

/// Returns the text of a source file.
fn source(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

fn help(command: &[&str]) -> String {
    let output = Command::new(BINARY).args(command).arg("--help").output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_documented_costs_are_those_that_are_counted() {
    let source = source("src/engine/plan/cost.rs");
    let documented: Vec<String> = rows(CLIENTS, "| What | Points |").iter().map(|row| row[1].clone()).collect();
    assert_eq!(documented, ["1", "1", "5 more", "5 more", "1", "20 more", "0", "1", "1 more", "1 more"]);
    for line in [
        "OBJECT_POINTS: u64 = 1;",
        "CONNECTION: u64 = 1;",
        "TOTAL_COUNT: u64 = 5;",
        "SEARCH_OR_SCAN_POINTS: u64 = 20;",
        "PLAIN_LIST: u64 = 10;",
        "BYTES_PER_POINT: u64 = 10_000;",
        "ROWS_PER_POINT: u64 = 1_000;",
        "GROUPED_ROWS_PER_POINT: u64 = 5_000;",
    ] {
        assert!(source.contains(line), "{line}: the table of docs/clients/README.md is stale");
    }
}

#[test]
fn every_documented_limit_is_the_one_that_is_enforced() {
    let help = help(&["serve"]);
    let default = |flag: &str| {
        let (_, rest) = help.split_once(&format!("      {flag} <")).unwrap_or_else(|| panic!("there is no {flag}"));
        let rest = rest.split_once("\n      --").map_or(rest, |(about, _)| about);
        rest.split_once("[default: ").map(|(_, rest)| rest.split(']').next().unwrap_or_default().to_owned())
    };
    let mut fixed = FIXED.iter();
    for row in rows(OPERATING, "| Limit | Value | Set by |") {
        let [limit, value, set_by] = row.as_slice() else { panic!("{row:?}") };
        if set_by == "fixed" {
            let (file, constant, documented) = fixed.next().unwrap_or_else(|| panic!("{limit} is not compared here"));
            assert!(source(file).contains(constant), "{limit}: {file} has no {constant}");
            assert_eq!(value, documented, "{limit}");
            continue;
        }
        match default(set_by).as_deref() {
            None | Some("one for each core") => assert_eq!(value, "one for each core", "{limit}"),
            Some("0") => assert_eq!(value, "none", "{limit}"),
            Some(default) => assert_eq!(value.trim_end_matches(" s"), default, "{limit}"),
        }
    }
    assert!(fixed.next().is_none(), "docs/operating.md does not list every limit");
}

#[test]
fn every_documented_flag_exists() {
    let keys: [&[&str]; 3] = [&["key", "create"], &["key", "list"], &["key", "revoke"]];
    let commands = keys.into_iter().chain([&["serve"][..], &["import"], &["export"], &["migrate"], &["copy"]]);
    let help: String = commands.map(help).collect();
    let flags = |text: &str| -> BTreeSet<String> {
        let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-');
        words.filter(|word| word.len() > 3 && word.starts_with("--")).map(str::to_owned).collect()
    };
    let offered = flags(&help);
    for page in [CLIENTS, OPERATING] {
        // In examples, curl has flags of its own. A flag that dermagraph does not have fails there.
        let mut prose = page.to_owned();
        for block in blocks(page).iter().filter(|block| ["sh", "http"].contains(&block.language)).rev() {
            prose.replace_range(block.start..block.end, "");
        }
        let unknown: Vec<String> =
            flags(&prose).into_iter().filter(|flag| !flag.trim_matches('-').is_empty() && !offered.contains(flag)).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}

#[actix_web::test]
async fn the_log_and_the_metrics_are_as_documented() {
    let service = Service::start(OPERATING);
    let get = |path: &str| reqwest::get(format!("http://{}/graphql{path}", service.host));
    get("?documentId=procedure-name&variables=%7B%22slug%22:%22microneedling%22%7D").await.unwrap();
    let (_, shown) = OPERATING.split_once("```jsonl\n").unwrap();
    let shown: Json = serde_json::from_str(shown.lines().next().unwrap()).unwrap();
    let log = service.log();
    let found: Json = serde_json::from_str(log.lines().next().unwrap_or_else(|| panic!("nothing is logged"))).unwrap();
    let names = |line: &Json| line.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(names(&found), names(&shown), "{log}");
    for same in ["method", "path", "status", "operations", "operation", "hash", "cost", "statements", "bytes", "target"] {
        assert_eq!(found[same], shown[same], "{same}: {log}");
    }
    let documented: BTreeSet<String> = rows(OPERATING, "| Field | What it is |")
        .iter()
        .flat_map(|row| row[0].split(", ").map(str::to_owned).collect::<Vec<_>>())
        .filter(|name| name != "refused")
        .collect();
    let always = ["timestamp", "level", "target"].map(str::to_owned).into();
    assert_eq!(documented, &names(&found) - &always);

    get("?query=nonsense").await.unwrap();
    let metrics = reqwest::get(format!("http://{}/metrics", service.metrics.as_ref().unwrap())).await.unwrap();
    let metrics = metrics.text().await.unwrap();
    let types = metrics.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    let documented: Vec<String> = rows(OPERATING, "| Metric | What it is |").iter().map(|row| row[0].clone()).collect();
    assert_eq!(documented.iter().map(String::as_str).collect::<BTreeSet<_>>(), types.collect(), "{metrics}");
}

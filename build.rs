//! Builds the playground of `web/playground` with npm and writes the table of its files, which
//! `src/http/playground` embeds. Without npm the build goes on with an empty table, and the binary
//! serves its small page of `web/fallback` instead.
//!
//! Everything happens in a folder below `OUT_DIR`: the checkout may be read-only, and builds of
//! different profiles have folders of their own.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const SOURCES: &str = "web/playground";
/// What makes the bundle, below [`SOURCES`]. An installed `node_modules` or a `dist` there is
/// neither used nor watched.
const PARTS: [&str; 7] = [".npmrc", "build", "index.html", "package-lock.json", "package.json", "src", "vite.config.js"];
const SKIP: &str = "DERMAGRAPH_SKIP_WEB";
const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };
/// The lock file that `node_modules` was installed from, kept in it.
const INSTALLED: &str = "node_modules/.installed-lock.json";

type Outcome<T> = Result<T, String>;

fn main() {
    for part in PARTS {
        println!("cargo::rerun-if-changed={SOURCES}/{part}");
    }
    println!("cargo::rerun-if-env-changed={SKIP}");
    println!("cargo::rustc-check-cfg=cfg(playground_bundled)");

    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let files = if env::var_os(SKIP).is_some_and(|value| !value.is_empty()) {
        Vec::new()
    } else {
        bundle(&out.join("playground")).unwrap_or_else(|problem| {
            println!(
                "cargo::warning=The GraphiQL playground is not in this build, because {problem}; \
                 the binary serves its small query page instead."
            );
            Vec::new()
        })
    };
    if !files.is_empty() {
        println!("cargo::rustc-cfg=playground_bundled");
    }
    if let Err(problem) = fs::write(out.join("playground.rs"), table(&files)) {
        println!("cargo::error=The list of playground files could not be written: {problem}.");
    }
}

/// Makes the bundle in `folder` and returns its files, relative to the `dist` folder in there and
/// without the ending that tells the compression.
fn bundle(folder: &Path) -> Outcome<Vec<String>> {
    if !npm_is_there() {
        // Only then does another search path make a difference.
        println!("cargo::rerun-if-env-changed=PATH");
        return Err("npm was not found (Node.js 20.19 or later brings it)".into());
    }
    copy_sources(folder).map_err(|problem| format!("{SOURCES} could not be copied: {problem}"))?;
    install(folder)?;
    npm(folder, &["run", "build"])?;
    let dist = folder.join("dist");
    let mut files = Vec::new();
    list(&dist, &dist, &mut files).map_err(|problem| format!("the bundle could not be read: {problem}"))?;
    files.sort();
    Ok(files)
}

fn npm_is_there() -> bool {
    Command::new(NPM)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn install(folder: &Path) -> Outcome<()> {
    let lock = fs::read(folder.join("package-lock.json")).map_err(|problem| problem.to_string())?;
    if fs::read(folder.join(INSTALLED)).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    // A build that was stopped leaves a part of the packages, which npm does not always remove.
    let packages = folder.join("node_modules");
    if packages.exists() {
        fs::remove_dir_all(packages).map_err(|problem| problem.to_string())?;
    }
    npm(folder, &["ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"])?;
    fs::write(folder.join(INSTALLED), lock).map_err(|problem| problem.to_string())
}

fn npm(folder: &Path, arguments: &[&str]) -> Outcome<()> {
    let step = format!("npm {}", arguments[..arguments.len().min(2)].join(" "));
    let output = Command::new(NPM)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .map_err(|problem| format!("`{step}` could not be started: {problem}"))?;
    if output.status.success() {
        return Ok(());
    }
    let log = folder.join("npm-failure.log");
    let kept = fs::write(&log, [output.stdout, output.stderr].concat());
    let place = kept.map_or_else(|_| String::new(), |()| format!(" (see {})", log.display()));
    Err(format!("`{step}` failed{place}"))
}

/// Copies by content, so that files of a read-only checkout can be replaced the next time.
fn copy_sources(folder: &Path) -> io::Result<()> {
    for part in PARTS {
        let (from, to) = (Path::new(SOURCES).join(part), folder.join(part));
        if from.is_dir() {
            if to.exists() {
                fs::remove_dir_all(&to)?;
            }
            copy_folder(&from, &to)?;
        } else {
            fs::create_dir_all(folder)?;
            fs::write(&to, fs::read(&from)?)?;
        }
    }
    Ok(())
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let copy = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &copy)?;
        } else {
            fs::write(copy, fs::read(entry.path())?)?;
        }
    }
    Ok(())
}

fn list(dist: &Path, folder: &Path, files: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            list(dist, &path, files)?;
        } else if path.extension().is_some_and(|ending| ending == "br") {
            let name = path.strip_prefix(dist).unwrap_or(&path).with_extension("");
            files.push(name.to_string_lossy().replace('\\', "/"));
        }
    }
    Ok(())
}

fn table(files: &[String]) -> String {
    let mut table = String::from("&[\n");
    for file in files {
        let bytes = |ending: &str| {
            let path = format!("/playground/dist/{file}{ending}");
            format!("include_bytes!(concat!(env!(\"OUT_DIR\"), {path:?}))")
        };
        // Writing to a String cannot fail.
        let _ = writeln!(table, "    Asset::compressed({file:?}, {}, {}),", bytes(".br"), bytes(".gz"));
    }
    table.push_str("]\n");
    table
}

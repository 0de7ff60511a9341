//! Exporting into a folder with an earlier export: if the process is killed at any moment, the folder has all of one of
//! the two exports.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Output, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use dermagraph::{
    content::catalog,
    generate::{LibrarySize, RequestedSize, documents},
    library::{self, DocumentFile, write_files},
    store::DatabaseUrl,
};
use time::OffsetDateTime;

use crate::support::{TestApp, on_both_databases, program};

/// How often an export is killed, at moments that are spread evenly over the time in which it writes.
const KILLS: u32 = 24;

/// Files that a person put into the folder.
const OTHERS: [&str; 3] = ["notes.txt", "procedures/notes.txt", ".git/config"];

/// Returns the URL of a new database with a generated library.
fn library(folder: &Path, name: &str, size: RequestedSize) -> DatabaseUrl {
    let (documents_folder, url) = (folder.join(name), DatabaseUrl::Sqlite(folder.join(format!("{name}.db"))));
    write_files(catalog(), &documents_folder, documents(&LibrarySize::new(size).unwrap()), false).unwrap();
    program::stdout(&url, &["import", documents_folder.to_str().unwrap()]);
    url
}

/// Returns the text of every file below a folder.
fn texts(folder: &Path) -> BTreeMap<PathBuf, String> {
    fn read(folder: &Path, texts: &mut BTreeMap<PathBuf, String>) {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                read(&path, texts);
            } else {
                let text = fs::read_to_string(&path).unwrap();
                texts.insert(path, text);
            }
        }
    }
    let mut texts = BTreeMap::new();
    read(folder, &mut texts);
    texts
}

/// Returns what is in every file below a folder: its documents, in the order of their types and slugs, or its text if it
/// has none. The order in a file depends on the earlier exports.
fn state(folder: &Path) -> BTreeMap<PathBuf, String> {
    let state = texts(folder).into_iter().map(|(path, text)| {
        let file = DocumentFile { name: path.display().to_string(), text };
        let found = library::documents(catalog(), OffsetDateTime::now_utc, std::slice::from_ref(&file));
        let documents: BTreeMap<_, _> =
            found.into_iter().map(|document| ((document.type_name, document.slug), document.fields)).collect();
        (path, if documents.is_empty() { file.text } else { format!("{documents:?}") })
    });
    state.collect()
}

/// Starts an export, waits until it writes, and kills it some time later. Returns how long it wrote.
fn export(url: &DatabaseUrl, folder: &Path, new: &Path, kill_after: Duration) -> Duration {
    let arguments = ["export", "--force", folder.to_str().unwrap()];
    let mut exporting = program::command(url, &arguments).stdout(Stdio::null()).spawn().unwrap();
    // The folder of an earlier process must not be mistaken for that of this process, which is created later.
    let _ = fs::remove_dir_all(new);
    while !new.exists() && exporting.try_wait().unwrap().is_none() {
        sleep(Duration::from_micros(200));
    }
    let started = Instant::now();
    while started.elapsed() < kill_after && exporting.try_wait().unwrap().is_none() {
        sleep(Duration::from_micros(200));
    }
    let _ = exporting.kill();
    exporting.wait().unwrap();
    started.elapsed()
}

#[test]
fn an_export_that_is_killed_leaves_the_old_or_the_new_documents_and_all_other_files() {
    let root = tempfile::tempdir().unwrap();
    let size = RequestedSize { procedures: 60, outcomes: 120, conditions: None, sources: Some(50), largest: None, seed: 1 };
    let urls =
        [library(root.path(), "one", size), library(root.path(), "two", RequestedSize { procedures: 50, seed: 2, ..size })];
    let folder = root.path().join("parent/out");
    let new = root.path().join("parent/.out.export-new");
    let whole = urls.each_ref().map(|url| {
        program::stdout(url, &["export", "--force", folder.to_str().unwrap()]);
        for name in OTHERS {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        }
        state(&folder)
    });
    assert_eq!((whole[0].len(), whole[1].len()), (60 + 7, 50 + 7));

    let writing = export(&urls[0], &folder, &new, Duration::MAX);
    let (mut current, mut killed) = (0, 0);
    for kill in 0..KILLS {
        let next = 1 - current;
        export(&urls[next], &folder, &new, writing * kill / KILLS);
        let found = state(&folder);
        if found == whole[next] {
            current = next;
        } else {
            assert!(found == whole[current], "after {:?} of {writing:?}", writing * kill / KILLS);
            killed += 1;
        }
    }
    assert!(killed > 0, "no export was killed in time");

    program::stdout(&urls[current], &["export", "--force", folder.to_str().unwrap()]);
    assert!(state(&folder) == whole[current]);
    let siblings: Vec<_> = fs::read_dir(folder.parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(siblings, ["out"]);
}

#[test]
fn an_export_says_why_it_does_not_remove_a_file() {
    let root = tempfile::tempdir().unwrap();
    let size = RequestedSize { procedures: 1, outcomes: 1, conditions: None, sources: Some(1), largest: None, seed: 1 };
    let (url, folder) = (library(root.path(), "one", size), root.path().join("out"));
    let mine = folder.join("procedures/mine.yaml");
    fs::create_dir_all(mine.parent().unwrap()).unwrap();
    fs::write(&mine, "# Nothing yet.\n").unwrap();
    let printed = program::stdout(&url, &["export", "--force", folder.to_str().unwrap()]);
    let line = format!("not removed {}: ids.yaml does not show that an earlier export wrote it\n", mine.display());
    assert!(printed.starts_with(&line), "{printed}");
    assert!(mine.exists());
}

#[test]
fn an_export_leaves_a_draft_and_says_which_file_it_writes_anew() {
    let root = tempfile::tempdir().unwrap();
    let size = RequestedSize { procedures: 1, outcomes: 1, conditions: None, sources: Some(1), largest: None, seed: 1 };
    let (url, folder) = (library(root.path(), "one", size), root.path().join("out"));
    let arguments = ["export", "--force", folder.to_str().unwrap()];
    program::stdout(&url, &arguments);
    let (sources, conditions) = (folder.join("sources.yaml"), folder.join("conditions.yaml"));
    let draft = "  # To read.\n  - {slug: my-draft, kind: ARTICLE, title: A paper, extentRead: FULL, level: 2}\n";
    let with_draft = fs::read_to_string(&sources).unwrap() + draft;
    let whole = fs::read_to_string(&conditions).unwrap();
    fs::write(&sources, &with_draft).unwrap();
    fs::write(&conditions, whole.replacen("conditions:", "conditions: [", 1)).unwrap();

    let Output { status, stdout, stderr } = program::command(&url, &arguments).output().unwrap();
    let (printed, said) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    assert!(status.success(), "{said}");
    let line = format!("not removed from {}: Source \"my-draft\", which is not in the library\n", sources.display());
    assert!(printed.starts_with(&line), "{printed}");
    assert_eq!(fs::read_to_string(&sources).unwrap(), with_draft);
    assert!(said.starts_with(&format!("replaced {}:", conditions.display())), "{said}");
    assert_eq!(fs::read_to_string(&conditions).unwrap(), whole);
}

/// Copies the files of a folder and its subfolders.
fn copy(from: &Path, to: &Path) {
    for (path, text) in texts(from) {
        let path = to.join(path.strip_prefix(from).unwrap());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

on_both_databases! {
    async fn an_export_of_the_starter_library_changes_no_line_of_its_documents(app: &TestApp) {
        let (root, starter) = (tempfile::tempdir().unwrap(), Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/content")));
        let folder = root.path().join("content");
        copy(starter, &folder);
        let mut before = texts(&folder);
        let exported = library::export(catalog(), app.store.writer()).await.unwrap();
        write_files(catalog(), &folder, &exported, true).unwrap();
        let mut after = texts(&folder);
        assert!(after.remove(&folder.join("ids.yaml")).is_some());
        before.retain(|path, text| after.get(path) != Some(&*text));
        assert_eq!(before.keys().collect::<Vec<_>>(), Vec::<&PathBuf>::new(), "these files have changed");
        assert_eq!(after.len(), texts(starter).len());
    }
}

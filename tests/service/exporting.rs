//! Exporting into a folder with an earlier export: if the process is killed at any moment, the folder has all of one of
//! the two exports.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    thread::sleep,
    time::{Duration, Instant},
};

use dermagraph::{
    content::catalog,
    generate::{LibrarySize, RequestedSize, documents},
    library::write_files,
    store::DatabaseUrl,
};

use crate::support::program;

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
        texts(&folder)
    });
    assert_eq!((whole[0].len(), whole[1].len()), (60 + 7, 50 + 7));

    let writing = export(&urls[0], &folder, &new, Duration::MAX);
    let (mut current, mut killed) = (0, 0);
    for kill in 0..KILLS {
        let next = 1 - current;
        export(&urls[next], &folder, &new, writing * kill / KILLS);
        let found = texts(&folder);
        if found == whole[next] {
            current = next;
        } else {
            assert!(found == whole[current], "after {:?} of {writing:?}", writing * kill / KILLS);
            killed += 1;
        }
    }
    assert!(killed > 0, "no export was killed in time");

    program::stdout(&urls[current], &["export", "--force", folder.to_str().unwrap()]);
    assert!(texts(&folder) == whole[current]);
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

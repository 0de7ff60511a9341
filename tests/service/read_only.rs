//! SQLite databases for which the program has no permission to write, or not even to read.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Output},
};

use dermagraph::store::DatabaseUrl;

use crate::support::{program, sqlite};

/// The number of the user and of the group without permissions, `nobody`.
const NOBODY: &str = "65534";

/// Returns a command that runs the program as a user who does not own the database.
fn as_nobody(arguments: &[&str]) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", program::BINARY]).args(arguments);
    command
}

/// Runs the program as that user, which must fail. Returns its standard error.
fn refused(arguments: &[&str]) -> String {
    let Output { status, stderr, .. } = as_nobody(arguments).output().unwrap();
    assert_eq!(status.code(), Some(1), "{arguments:?}");
    String::from_utf8(stderr).unwrap()
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[actix_web::test]
async fn a_database_without_permission_to_write_or_read_is_named_with_the_reason() {
    if !as_nobody(&["--version"]).output().is_ok_and(|output| output.status.success()) {
        return eprintln!("SKIPPED: the program cannot be run as another user");
    }
    let (folder, url) = sqlite::starter().await;
    let DatabaseUrl::Sqlite(path) = &url else { panic!("{url}") };
    let outside = tempfile::tempdir().unwrap();
    set_mode(outside.path(), 0o777);
    let address = url.to_string();
    let (export, target) = (outside.path().join("export"), format!("sqlite://{}", outside.path().join("copy.db").display()));
    let document = concat!(env!("CARGO_MANIFEST_DIR"), "/content/sources.yaml");
    let commands: [&[&str]; 5] = [
        &["serve", "--listen", "127.0.0.1:0", "--database-url", &address],
        &["export", export.to_str().unwrap(), "--database-url", &address],
        &["check", "--against-database", document, "--database-url", &address],
        &["migrate", "--check", "--database-url", &address],
        &["copy", "--from", &address, "--to", &target],
    ];
    let read_only = format!(
        "{} or its folder is read-only; SQLite needs a log next to it even for reading, so copy it to another folder first",
        path.display()
    );
    let unreadable = format!("the database {} cannot be used: Permission denied (os error 13)", path.display());
    for (folder_mode, file_mode, reason) in
        [(0o755, 0o644, &read_only), (0o755, 0o000, &unreadable), (0o000, 0o644, &unreadable)]
    {
        set_mode(path, file_mode);
        set_mode(folder.path(), folder_mode);
        for arguments in commands {
            let message = refused(arguments);
            assert!(message.contains(reason.as_str()), "{arguments:?} with {folder_mode:o} and {file_mode:o}: {message}");
        }
    }
    set_mode(folder.path(), 0o755);
}

//! TLS to PostgreSQL, as the option `sslmode` of the URL sets it.

use std::{fs, process::Command};

use dermagraph::store::DatabaseUrl;

use crate::support::{empty_postgres, postgres, program};

/// A script that creates a certificate authority in `ca.crt`, and a certificate of it for `localhost` in `server.crt`.
const CERTIFICATES: &str = r#"
set -e
new="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
openssl req -x509 $new -days 2 -subj /CN=authority -keyout ca.key -out ca.crt
openssl req $new -subj /CN=localhost -keyout server.key -out server.csr
echo "subjectAltName=DNS:localhost" >names
openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.crt
chmod 600 server.key
"#;

/// Returns the message about an address that cannot be used; an empty text if it can.
fn problem(address: &str) -> String {
    let url: DatabaseUrl = address.parse().unwrap();
    let output = program::command(&url, &["migrate", "--check"]).output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    if message.contains("migrations are pending") { String::new() } else { message }
}

#[actix_web::test]
async fn certificates_are_checked_as_sslmode_requires() {
    let folder = tempfile::tempdir().unwrap();
    let made = Command::new("sh").args(["-c", CERTIFICATES]).current_dir(folder.path()).output();
    if !made.is_ok_and(|output| output.status.success()) {
        let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
        assert!(!ci, "openssl made no certificate, and with CI=true TLS must be tried");
        return eprintln!("SKIPPED TLS to PostgreSQL: openssl made no certificate");
    }
    // The server's user reads it too.
    fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let Some(cluster) = postgres::start(Some(folder.path())) else { return };
    let root = format!("&sslrootcert={}", folder.path().join("ca.crt").display());
    let at = |host: &str, options: &str| problem(&format!("postgres://postgres@{host}:{}/postgres?{options}", cluster.port));

    for options in ["sslmode=prefer", "sslmode=require", &format!("sslmode=verify-ca{root}")] {
        assert_eq!(at("127.0.0.1", options), "", "{options}");
    }
    assert_eq!(at("localhost", &format!("sslmode=verify-full{root}")), "");

    let refused = |host: &str, options: &str, why: &str| {
        let message = at(host, options);
        assert!(message.starts_with("dermagraph: cannot use postgres://") && message.contains(why), "{options}: {message}");
    };
    refused("127.0.0.1", "sslmode=disable", "no encryption");
    refused("localhost", "sslmode=verify-full", "UnknownIssuer");
    refused("127.0.0.1", &format!("sslmode=verify-full{root}"), "not valid for name");
    refused("localhost", "sslmode=verify-full&sslrootcert=/nowhere/ca.crt", "the file of sslrootcert cannot be read");
}

#[actix_web::test]
async fn a_server_without_tls_is_refused_when_it_is_required() {
    let Some(url) = empty_postgres().await else { return };
    let message = problem(&format!("{}?sslmode=require", program::address(&url)));
    assert!(message.contains("server does not support TLS"), "{message}");
}

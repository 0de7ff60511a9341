//! Every rival sends the same responses as the service, on both databases.

#![expect(clippy::unwrap_used, reason = "a test that cannot unwrap has failed, and says where")]

use std::{
    net::{SocketAddr, TcpListener},
    path::Path,
    process::Command,
    sync::mpsc,
};

use clap::ValueEnum as _;
use dermagraph::{
    app::{Application, Config},
    content,
    library::{self, PublishOptions, Silent},
    store::{DatabaseUrl, Store},
};
use dermagraph_benches::{
    check,
    cluster::Cluster,
    contender::{Arena, Contender},
    question::Question,
    rival::Rival,
};

/// Starts the service on a thread that ends with the test, and fills its empty database with the starter library.
fn service(url: DatabaseUrl) -> SocketAddr {
    let (sender, addresses) = mpsc::channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async {
            let store = Store::open(&url).await.unwrap();
            let files = library::starter();
            library::import(content::catalog(), store.writer(), &files, PublishOptions::default(), &Silent).await.unwrap();
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let application = Application::build(&store, listener, Config::default()).await.unwrap();
            sender.send(application.address()).unwrap();
            application.run_until_stopped().await.unwrap();
        });
    });
    addresses.recv().expect("the service starts")
}

fn compare(database: DatabaseUrl, folder: &Path) {
    let service = service(database.clone());
    let arena = Arena {
        dermagraph: "unused".into(),
        rivals: env!("CARGO_BIN_EXE_load").into(),
        database,
        database_server: None,
        responses: folder.to_owned(),
    };
    let questions = [Question::list(), Question::page("microneedling")];
    let expected = questions.each_ref().map(|question| check::expected(service, question).unwrap());
    for (question, expected) in questions.iter().zip(&expected) {
        assert!(expected.bytes.len() > 1000, "{} has something to compare", question.name());
        arena.store(question, &expected.bytes).unwrap();
    }
    for contender in Rival::value_variants().iter().copied().map(Contender::Rival).filter(|rival| rival.has_body()) {
        let server = contender.start(&arena).unwrap();
        for (question, expected) in questions.iter().zip(&expected) {
            check::same(contender, server.address(), question, expected).unwrap();
        }
    }
}

#[test]
fn rivals_send_the_same_responses_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    compare(DatabaseUrl::Sqlite(folder.path().join("starter.db")), folder.path());
}

#[test]
fn rivals_send_the_same_responses_on_postgres() {
    if Command::new("initdb").arg("--version").output().is_err() {
        assert!(std::env::var("CI").is_err(), "initdb is not on the path, and in CI it must be");
        eprintln!("SKIPPED on PostgreSQL: initdb is not on the path");
        return;
    }
    let (folder, responses) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let cluster = Cluster::start(folder.path()).unwrap();
    compare(DatabaseUrl::Postgres(cluster.url("postgres")), responses.path());
}

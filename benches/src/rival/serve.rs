//! Serves one rival, with the keep-alive timeout, the pool size and the pragmas of Dermagraph.

use std::{path::PathBuf, rc::Rc, time::Duration};

use actix_web::{
    App, HttpResponse, HttpServer, Result,
    error::ErrorInternalServerError,
    web::{self, Bytes, Data, Query, ServiceConfig},
};
use async_graphql::{Request, Variables};
use clap::Args;
use dermagraph::store::DatabaseUrl;
use sea_orm::{SqlxPostgresConnector, SqlxSqliteConnector};
use serde::Deserialize;
use sqlx::{
    postgres::PgPoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions},
};

use super::{
    Rival, RivalError,
    dataloader::{self, Resolvers},
    levels::{self, Levels},
    one_statement::{OnPostgres, OnSqlite},
    postgres::Sqlx,
    seaorm::SeaOrm,
    sqlite::{self, Rusqlite},
};
use crate::question::{Question, Root};

/// Database connections of a pool, as many as in Dermagraph.
const CONNECTIONS: u32 = 16;

/// Keep-alive timeout, the same as in Dermagraph.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// Arguments of `rival`.
#[derive(Args, Clone, Debug)]
pub struct RivalArgs {
    /// The rival to serve
    pub rival: Rival,
    /// Address to listen on
    #[arg(long, value_name = "HOST:PORT")]
    pub listen: String,
    /// Database to read
    #[arg(long, value_name = "URL")]
    pub database_url: DatabaseUrl,
    /// Folder with the responses of the rival `static`, one file per query
    #[arg(long, value_name = "FOLDER")]
    pub responses: Option<PathBuf>,
}

/// Serves until the process is ended.
///
/// # Errors
/// When the database cannot be opened, or the address is in use.
pub async fn run(args: RivalArgs) -> Result<(), String> {
    let listen = args.listen.clone();
    let configure = routes(&args).await?;
    let server = HttpServer::new(move || App::new().configure(|config| configure(config)))
        .keep_alive(KEEP_ALIVE)
        .bind(&listen)
        .map_err(|failure| format!("cannot listen on {listen}: {failure}"))?;
    for address in server.addrs() {
        println!("http://{address}");
    }
    server.run().await.map_err(|failure| failure.to_string())
}

/// Adds the routes of a rival. It is called once on each serving thread.
type Routes = Box<dyn Fn(&mut ServiceConfig) + Send + Sync>;

async fn routes(args: &RivalArgs) -> Result<std::sync::Arc<Routes>, String> {
    let routes: Routes = match (args.rival, args.database_url.clone()) {
        (Rival::OneStatement, DatabaseUrl::Sqlite(path)) => {
            let path = path.to_string_lossy().into_owned();
            tried(sqlite::open(&path).and_then(|connection| OnSqlite::new(Rc::new(connection))))?;
            Box::new(move |config| {
                let Ok(rival) = sqlite::open(&path).and_then(|connection| OnSqlite::new(Rc::new(connection))) else {
                    return;
                };
                route(config, Rc::new(rival), async |rival: &OnSqlite, question: &Question| rival.execute(question));
            })
        }
        (Rival::OneStatement, DatabaseUrl::Postgres(url)) => {
            let rival = OnPostgres::new(pool(&url).await?);
            Box::new(move |config| {
                let rival = Rc::new(rival.clone());
                route(config, rival, async |rival: &OnPostgres, question: &Question| rival.execute(question).await);
            })
        }
        (Rival::LevelsDriver, DatabaseUrl::Sqlite(path)) => {
            let path = path.to_string_lossy().into_owned();
            tried(sqlite::open(&path))?;
            Box::new(move |config| {
                let Ok(connection) = sqlite::open(&path) else { return };
                by_levels(config, Rusqlite(Rc::new(connection)));
            })
        }
        (Rival::LevelsDriver, DatabaseUrl::Postgres(url)) => {
            let rival = Sqlx(pool(&url).await?);
            Box::new(move |config| by_levels(config, rival.clone()))
        }
        (Rival::LevelsSeaorm, url) => {
            let rival = sea_orm(&url).await?;
            Box::new(move |config| by_levels(config, rival.clone()))
        }
        (Rival::Dataloader, url) => {
            let rival = sea_orm(&url).await?;
            let schema = dataloader::schema(rival.clone());
            Box::new(move |config| {
                let shared = Data::new((schema.clone(), rival.clone()));
                config.app_data(shared).route("/graphql", web::post().to(resolve));
            })
        }
        (Rival::Static, _) => {
            let folder = args.responses.clone().ok_or("the rival static requires --responses")?;
            let read = |name: &str| std::fs::read(folder.join(name)).map(Bytes::from);
            // The folder has only the queries that are measured.
            let files = [("/procedures", "list.json"), ("/procedure", "page.json")].into_iter();
            let files = files.filter(|(_, name)| folder.join(name).exists());
            let files: Vec<_> = tried(files.map(|(path, name)| Ok((path, read(name)?))).collect::<std::io::Result<_>>())?;
            Box::new(move |config| {
                for (path, bytes) in &files {
                    let bytes = bytes.clone();
                    config.route(path, web::get().to(move || std::future::ready(json(bytes.clone()))));
                }
            })
        }
        (Rival::Empty, _) => Box::new(|config| {
            config.route("/graphql", web::get().to(async || HttpResponse::NotModified().finish()));
        }),
    };
    Ok(std::sync::Arc::new(routes))
}

fn by_levels<L: Levels + 'static>(config: &mut ServiceConfig, rival: L) {
    route(config, Rc::new(rival), async |rival: &L, question: &Question| levels::execute(rival, question).await);
}

/// Routes both queries to one function.
fn route<R: 'static>(
    config: &mut ServiceConfig,
    rival: Rc<R>,
    execute: impl AsyncFn(&R, &Question) -> Result<Vec<u8>, RivalError> + Copy + 'static,
) {
    let page = Rc::clone(&rival);
    config
        .route(
            "/procedures",
            web::get().to(move |query: Query<List>| respond(Rc::clone(&rival), query.into_inner().into(), execute)),
        )
        .route(
            "/procedure",
            web::get().to(move |query: Query<Page>| respond(Rc::clone(&page), query.into_inner().into(), execute)),
        );
}

async fn respond<R>(
    rival: Rc<R>,
    question: Question,
    execute: impl AsyncFn(&R, &Question) -> Result<Vec<u8>, RivalError>,
) -> Result<HttpResponse, RivalError> {
    Ok(json(execute(&rival, &question).await?.into()))
}

/// Parameters of `/procedures`.
#[derive(Deserialize)]
struct List {
    procedures: u32,
    outcomes: u32,
    sources: u32,
}

/// Parameters of `/procedure`.
#[derive(Deserialize)]
struct Page {
    slug: String,
    outcomes: u32,
    sources: u32,
}

impl From<List> for Question {
    fn from(List { procedures, outcomes, sources }: List) -> Self {
        Self { root: Root::List { procedures }, outcomes, sources }
    }
}

impl From<Page> for Question {
    fn from(Page { slug, outcomes, sources }: Page) -> Self {
        Self { root: Root::Page { slug }, outcomes, sources }
    }
}

fn json(body: Bytes) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(body)
}

#[derive(Deserialize)]
struct GraphqlBody {
    query: String,
    variables: serde_json::Value,
}

async fn resolve(shared: Data<(Resolvers, SeaOrm)>, body: web::Json<GraphqlBody>) -> Result<HttpResponse> {
    let GraphqlBody { query, variables } = body.into_inner();
    let request = Request::new(query).variables(Variables::from_json(variables)).data(dataloader::loaders(&shared.1));
    let response = shared.0.execute(request).await;
    Ok(json(serde_json::to_vec(&response).map_err(ErrorInternalServerError)?.into()))
}

async fn pool(url: &str) -> Result<sqlx::PgPool, String> {
    tried(PgPoolOptions::new().max_connections(CONNECTIONS).connect(url).await)
}

async fn sea_orm(url: &DatabaseUrl) -> Result<SeaOrm, String> {
    Ok(SeaOrm(match url {
        DatabaseUrl::Postgres(url) => SqlxPostgresConnector::from_sqlx_postgres_pool(pool(url).await?),
        DatabaseUrl::Sqlite(path) => {
            let options = SqliteConnectOptions::new()
                .filename(path)
                .journal_mode(SqliteJournalMode::Wal)
                .busy_timeout(Duration::from_secs(5))
                .pragma("mmap_size", "1073741824")
                .pragma("cache_size", "-16384")
                .pragma("temp_store", "MEMORY");
            let pool = SqlitePoolOptions::new().max_connections(CONNECTIONS).connect_with(options).await;
            SqlxSqliteConnector::from_sqlx_sqlite_pool(tried(pool)?)
        }
    }))
}

fn tried<T>(result: Result<T, impl std::fmt::Display>) -> Result<T, String> {
    result.map_err(|failure| failure.to_string())
}

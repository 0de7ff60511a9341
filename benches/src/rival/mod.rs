//! What one would write by hand for the questions, each as well as we know how, served by Actix.

mod cursor;
mod dataloader;
mod levels;
mod one_statement;
mod postgres;
mod rows;
mod seaorm;
mod serve;
mod sqlite;

use actix_web::{HttpResponse, ResponseError};
use clap::ValueEnum;

pub use serve::{RivalArgs, run};

/// A way to answer the questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Rival {
    /// One statement, JSON written by the database
    OneStatement,
    /// A statement for each level, models of SeaORM
    LevelsSeaorm,
    /// A statement for each level, bare drivers
    LevelsDriver,
    /// Resolvers of async-graphql with data loaders over SeaORM
    Dataloader,
    /// The bytes of the answer, from memory
    Static,
    /// An answer without a body, 304, to the request that the service gets
    Empty,
}

/// A rival cannot answer.
#[derive(Debug, thiserror::Error)]
pub enum RivalError {
    /// SQLite refused something.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// PostgreSQL refused something.
    #[error(transparent)]
    Postgres(#[from] sqlx::Error),
    /// SeaORM failed.
    #[error(transparent)]
    SeaOrm(#[from] sea_orm::DbErr),
    /// JSON could not be read or written.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

impl ResponseError for RivalError {
    fn error_response(&self) -> HttpResponse {
        HttpResponse::InternalServerError().body(self.to_string())
    }
}

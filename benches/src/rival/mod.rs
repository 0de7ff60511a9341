//! The rivals: handwritten code for the same queries, optimised as far as its technique allows, and served by Actix.

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

/// A rival.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Rival {
    /// One statement; the database writes the JSON
    OneStatement,
    /// One statement per level over SeaORM models
    LevelsSeaorm,
    /// One statement per level over the bare drivers
    LevelsDriver,
    /// Resolvers of async-graphql with data loaders over SeaORM
    Dataloader,
    /// The bytes of the response, from memory
    Static,
    /// A 304 without a body, to the same request as the service gets
    Empty,
}

/// The error of a rival that cannot respond.
#[derive(Debug, thiserror::Error)]
pub enum RivalError {
    /// SQLite failed.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// PostgreSQL failed.
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

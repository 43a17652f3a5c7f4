//! What a statement runs on. The repositories need not know; to them it is a connection.

use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt as _, TryFutureExt as _, TryStreamExt as _};
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArguments, PgQueryResult, PgRow, PgStatement, PgTypeInfo};
use sqlx::{
    Describe, Either, Execute, Executor, PgConnection, Postgres, Result, SqlStr, Transaction,
};

use crate::replica::Copied;

/// The connection of the next statement.
#[derive(Debug)]
pub(crate) enum Connection<'c> {
    /// Of a session of our own.
    Own(&'c mut PgConnection),
    /// In a transaction on a session that is somebody else's next.
    Shared(&'c mut PgConnection),
    /// A transaction on such a session for this statement alone.
    Alone(Transaction<'static, Postgres>),
    /// A copy of the database, with the primary behind it.
    Copied(&'c mut Copied),
}

/// What a statement answers, piece by piece.
type Piece = Either<PgQueryResult, PgRow>;

/// A statement that can be run more than once.
#[derive(Clone)]
pub(crate) struct Statement {
    sql: SqlStr,
    arguments: Option<PgArguments>,
    /// Prepared under a name, for the next time; the name belongs to a session.
    is_kept: bool,
}

impl Statement {
    fn new<'q, E: Execute<'q, Postgres>>(mut query: E) -> Result<Self> {
        let arguments = query.take_arguments().map_err(sqlx::Error::Encode)?;
        let is_kept = query.persistent();
        Ok(Self { sql: query.sql(), arguments, is_kept })
    }

    /// Leaves nothing in the session that runs it.
    pub(crate) fn without_trace(self) -> Self {
        Self { is_kept: false, ..self }
    }

    /// Runs it to its end.
    pub(crate) async fn run(self, connection: &mut PgConnection) -> Result<Vec<Piece>> {
        connection.fetch_many(self).try_collect().await
    }

    /// Runs it in a transaction that ends with it.
    pub(crate) async fn run_alone(
        self,
        mut transaction: Transaction<'static, Postgres>,
    ) -> Result<Vec<Piece>> {
        let pieces = self.without_trace().run(&mut transaction).await?;
        transaction.commit().await?;
        Ok(pieces)
    }
}

impl Execute<'_, Postgres> for Statement {
    fn sql(self) -> SqlStr {
        self.sql
    }

    fn statement(&self) -> Option<&PgStatement> {
        None
    }

    fn take_arguments(&mut self) -> std::result::Result<Option<PgArguments>, BoxDynError> {
        Ok(self.arguments.take())
    }

    fn persistent(&self) -> bool {
        self.is_kept
    }
}

impl Connection<'_> {
    async fn run(self, statement: Result<Statement>) -> Result<Vec<Piece>> {
        let statement = statement?;
        match self {
            Self::Own(connection) => statement.run(connection).await,
            Self::Shared(connection) => statement.without_trace().run(connection).await,
            Self::Alone(transaction) => statement.run_alone(transaction).await,
            Self::Copied(copy) => copy.run(statement).await,
        }
    }
}

impl<'c> Executor<'c> for Connection<'c> {
    type Database = Postgres;

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<Piece>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        match self {
            Self::Own(connection) => connection.fetch_many(query),
            other => {
                let pieces = other.run(Statement::new(query));
                let pieces = pieces.map_ok(|all| stream::iter(all).map(Ok));
                pieces.try_flatten_stream().boxed()
            }
        }
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<PgRow>>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        match self {
            Self::Own(connection) => connection.fetch_optional(query),
            other => {
                let pieces = other.run(Statement::new(query));
                let first = pieces.map_ok(|all| all.into_iter().find_map(Either::right));
                Box::pin(first)
            }
        }
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [PgTypeInfo],
    ) -> BoxFuture<'e, Result<PgStatement>>
    where
        'c: 'e,
    {
        match self {
            Self::Own(connection) | Self::Shared(connection) => {
                connection.prepare_with(sql, parameters)
            }
            Self::Alone(_) | Self::Copied(_) => Box::pin(async { Err(no_session()) }),
        }
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Postgres>>>
    where
        'c: 'e,
    {
        match self {
            Self::Own(connection) | Self::Shared(connection) => connection.describe(sql),
            Self::Alone(_) | Self::Copied(_) => Box::pin(async { Err(no_session()) }),
        }
    }
}

fn no_session() -> sqlx::Error {
    sqlx::Error::Configuration("nothing can be prepared where no session is kept".into())
}

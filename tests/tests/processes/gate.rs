//! Statements held up in the database, so that a server is killed at a point that is known to the
//! statement.

use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, PgConnection, PgPool, Postgres};

use super::site::until;

/// Where those wait who come to the gate.
const WAITING: &str = "FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

/// A trigger that waits for a lock which the test has.
pub(crate) struct Gate {
    table: &'static str,
    pool: PgPool,
    keeper: PoolConnection<Postgres>,
}

impl Gate {
    /// Holds up whoever does this to a row of the table, before it is done: `INSERT`, or `UPDATE
    /// OF` a column.
    pub(crate) async fn before(pool: &PgPool, event: &str, table: &'static str) -> Self {
        let mut keeper = pool.acquire().await.unwrap();
        let made = format!(
            "CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NEW; END $$;
             SELECT pg_advisory_lock(1);
             CREATE TRIGGER gate BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION gate()"
        );
        run(&mut keeper, made).await;
        Self { table, pool: pool.clone(), keeper }
    }

    /// Waits until somebody is held up.
    pub(crate) async fn holds_somebody_up(&self) {
        until("somebody comes to the gate", async || self.held_up().await > 0).await;
    }

    async fn held_up(&self) -> i64 {
        let query = format!("SELECT count(*) {WAITING}");
        sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(&self.pool).await.unwrap()
    }

    /// Lets those go on who are held up.
    pub(crate) async fn open(mut self) {
        // The trigger can go only when nobody writes to its table any more.
        let gone = format!(
            "SELECT pg_advisory_unlock(1); DROP TRIGGER gate ON {}; DROP FUNCTION gate()",
            self.table
        );
        run(&mut self.keeper, gone).await;
    }

    /// Ends the sessions that are held up: nothing of what they were at remains.
    pub(crate) async fn cut(self) {
        let ended = format!("SELECT pg_terminate_backend(pid) {WAITING}");
        let mut other = self.pool.acquire().await.unwrap();
        run(&mut other, ended).await;
        until("they are gone", async || self.held_up().await == 0).await;
        self.open().await;
    }
}

async fn run(connection: &mut PgConnection, statements: String) {
    sqlx::raw_sql(AssertSqlSafe(statements)).execute(connection).await.unwrap();
}

//! What the database says of itself, a line a thing, in the form of `expected.rs`.

use std::collections::BTreeSet;

use sqlx::PgPool;

/// Tables, views and alike but the migrator's own, each with its columns in order.
pub(crate) async fn tables(pool: &PgPool) -> Vec<(String, Vec<String>)> {
    sqlx::query_as(
        "SELECT c.relname::text, array_agg(
            CASE
                WHEN format_type(a.atttypid, a.atttypmod) = 'integer' AND a.attnotnull
                    AND pg_get_expr(d.adbin, d.adrelid) = format(
                        'nextval(''%s''::regclass)',
                        pg_get_serial_sequence(c.oid::regclass::text, a.attname)::regclass
                    )
                THEN a.attname || ' serial'
                ELSE concat(
                    a.attname, ' ',
                    replace(
                        replace(
                            format_type(a.atttypid, a.atttypmod),
                            'timestamp with time zone', 'timestamptz'
                        ),
                        'character varying', 'varchar'
                    ),
                    CASE WHEN a.attnotnull THEN ' NOT NULL' END,
                    ' DEFAULT '
                        || regexp_replace(pg_get_expr(d.adbin, d.adrelid), '::[a-z ]+$', '')
                )
            END ORDER BY a.attnum
        )
        FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = current_schema()::regnamespace
            AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
            AND c.relname <> '_sqlx_migrations'
        GROUP BY c.relname ORDER BY c.relname",
    )
    .fetch_all(pool)
    .await
    .unwrap()
}

/// Every index, with the kind of constraint that it serves.
pub(crate) async fn indexes(pool: &PgPool) -> Vec<String> {
    sqlx::query_scalar(
        r"SELECT concat(
            CASE
                WHEN i.indisprimary THEN 'PRIMARY KEY '
                WHEN n.contype = 'u' THEN 'UNIQUE CONSTRAINT '
                WHEN i.indisunique THEN 'UNIQUE '
            END,
            regexp_replace(
                pg_get_indexdef(i.indexrelid),
                '^CREATE (UNIQUE )?INDEX (\S+) ON (\w+\.)?(\w+) USING btree ', '\2 ON \4 '
            ),
            CASE WHEN NOT i.indisvalid THEN ' INVALID' END
        )
        FROM pg_index i
        JOIN pg_class t ON t.oid = i.indrelid
        LEFT JOIN pg_constraint n ON n.conindid = i.indexrelid AND n.conrelid = i.indrelid
        WHERE t.relnamespace = current_schema()::regnamespace AND t.relname <> '_sqlx_migrations'",
    )
    .fetch_all(pool)
    .await
    .unwrap()
}

/// Every check constraint: name, table, column, definition.
pub(crate) async fn checks(pool: &PgPool) -> Vec<(String, String, String, String)> {
    sqlx::query_as(
        "SELECT n.conname::text, t.relname::text, a.attname::text, pg_get_constraintdef(n.oid, true)
        FROM pg_constraint n
        JOIN pg_class t ON t.oid = n.conrelid
        JOIN pg_attribute a ON a.attrelid = n.conrelid AND a.attnum = ANY (n.conkey)
        WHERE n.contype = 'c' AND n.connamespace = current_schema()::regnamespace",
    )
    .fetch_all(pool)
    .await
    .unwrap()
}

/// Every foreign key, with its whole definition: columns, delete rule, deferral, validity.
pub(crate) async fn foreign_keys(pool: &PgPool) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT format('%s ON %s: %s', n.conname, t.relname, pg_get_constraintdef(n.oid, true))
        FROM pg_constraint n
        JOIN pg_class t ON t.oid = n.conrelid
        WHERE n.contype = 'f' AND n.connamespace = current_schema()::regnamespace",
    )
    .fetch_all(pool)
    .await
    .unwrap()
}

/// Every trigger that a migration made and that is switched on.
pub(crate) async fn triggers(pool: &PgPool) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT format('%s ON %s', g.tgname, t.relname)
        FROM pg_trigger g
        JOIN pg_class t ON t.oid = g.tgrelid
        WHERE NOT g.tgisinternal AND g.tgenabled = 'O'
            AND t.relnamespace = current_schema()::regnamespace",
    )
    .fetch_all(pool)
    .await
    .unwrap()
}

/// Everything in the schema but the migrator's own table: what a step may leave behind is in it.
pub(crate) async fn everything(pool: &PgPool) -> BTreeSet<String> {
    let mut lines: Vec<String> = sqlx::query_scalar(
        "SELECT format('relation %s of kind %s', c.relname, c.relkind)
        FROM pg_class c
        WHERE c.relnamespace = current_schema()::regnamespace
            AND c.relname NOT IN ('_sqlx_migrations', '_sqlx_migrations_pkey')
        UNION ALL
        SELECT 'function ' || pg_get_functiondef(p.oid)
        FROM pg_proc p
        WHERE p.pronamespace = current_schema()::regnamespace
        UNION ALL
        SELECT pg_get_statisticsobjdef(s.oid)
        FROM pg_statistic_ext s
        WHERE s.stxnamespace = current_schema()::regnamespace
        UNION ALL
        SELECT 'type ' || y.typname
        FROM pg_type y
        WHERE y.typnamespace = current_schema()::regnamespace
            AND y.typname NOT IN ('_sqlx_migrations', '__sqlx_migrations')",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    lines.extend(indexes(pool).await);
    lines.extend(foreign_keys(pool).await);
    lines.extend(triggers(pool).await);
    for (table, columns) in tables(pool).await {
        lines.extend(columns.into_iter().map(|column| format!("{table}.{column}")));
    }
    for (name, table, column, definition) in checks(pool).await {
        lines.push(format!("{name} ON {table} ({column}): {definition}"));
    }
    lines.into_iter().collect()
}

/// Fails on every line that only one side has, and on a comparison of nothing with nothing.
#[track_caller]
pub(crate) fn assert_same<E: Into<String>>(
    what: &str,
    expected: impl IntoIterator<Item = E>,
    found: impl IntoIterator<Item = String>,
) {
    let expected: BTreeSet<String> = expected.into_iter().map(Into::into).collect();
    let found: BTreeSet<String> = found.into_iter().collect();
    assert!(!expected.is_empty(), "{what}: nothing is expected");
    let missing: Vec<_> = expected.difference(&found).collect();
    let unexpected: Vec<_> = found.difference(&expected).collect();
    assert!(
        missing.is_empty() && unexpected.is_empty(),
        "{what}\nmissing from the database: {missing:#?}\nonly in the database: {unexpected:#?}"
    );
}

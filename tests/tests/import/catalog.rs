//! Everything that a schema consists of, a line a thing.

use wiwebb_tests::TestDatabase;

use crate::django::select;

const CATALOG: &str = "
    SELECT format('column %s.%s %s %s %s %s %s', c.relname, a.attname,
        row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum),
        format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
        pg_get_expr(d.adbin, d.adrelid))
    FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
    LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
        AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT format('constraint %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL
    SELECT pg_get_triggerdef(oid) FROM pg_trigger
    WHERE NOT tgisinternal AND tgrelid IN
        (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
    UNION ALL
    SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL
    SELECT format('sequence %s %s', sequencename, data_type)
    FROM pg_sequences WHERE schemaname = 'public'
    UNION ALL
    SELECT format('other %s %s', relkind, relname)
    FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind NOT IN ('r', 'i', 'S')
    ORDER BY 1";

/// The schema `public` of a database.
pub(crate) async fn of(database: &TestDatabase) -> Vec<String> {
    select(database, CATALOG).await
}

/// Which steps the database has, and in which form.
pub(crate) async fn steps(database: &TestDatabase) -> Vec<String> {
    let steps = "SELECT format('%s %s %s %s', version, description, success, checksum)
        FROM _sqlx_migrations ORDER BY version";
    select(database, steps).await
}

//! The way of the rows: read, judged, held against the rows they refer to, written or set aside.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use sqlx::PgConnection;
use wiwebb_domain::import::{
    Fit, ForeignRow, Misfit, Reason, Verdict, judge, kept, name_of, references,
};
use wiwebb_domain::relations::{EntityKind, Relation};

use super::origin::Origin;
use super::target::{self, Refusal};
use super::{Found, ImportError, ImportSettings, Summary, TableSummary, Witness, foreign_table};

/// One import under way.
pub(super) struct Run<'a> {
    target: &'a mut PgConnection,
    /// `None` where both are one database.
    source: Option<&'a mut PgConnection>,
    origin: Origin,
    settings: ImportSettings<'a>,
    witness: &'a mut dyn Witness,
    /// Whether there is a table for refused rows already.
    has_refused: bool,
    /// The last id that was given to a key, whether or not the store has taken it.
    last_key: u64,
}

/// A row that is well by itself.
struct Candidate {
    row: ForeignRow,
    fit: Fit,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        target: &'a mut PgConnection,
        source: Option<&'a mut PgConnection>,
        origin: Origin,
        settings: ImportSettings<'a>,
        witness: &'a mut dyn Witness,
    ) -> Self {
        Self { target, source, origin, settings, witness, has_refused: false, last_key: 0 }
    }

    fn source(&mut self) -> &mut PgConnection {
        self.source.as_deref_mut().unwrap_or(self.target)
    }

    /// Takes over every table.
    pub(super) async fn all(mut self) -> Result<Summary, ImportError> {
        let origin = self.origin.clone();
        let mut counts = Vec::new();
        for kind in &origin.kinds {
            counts.push((*kind, origin.count(self.source(), *kind).await?));
        }
        self.witness.begins(counts.iter().map(|(_, rows)| rows).sum());
        let mut tables = Vec::new();
        for (kind, rows) in counts {
            tables.push(self.table(kind, rows).await?);
        }
        if !self.settings.dry_run {
            self.number(&origin).await?;
        }
        self.witness.ends().map_err(ImportError::Report)?;
        Ok(Summary { tables, left_behind: origin.left_behind })
    }

    async fn table(&mut self, kind: EntityKind, rows: u64) -> Result<TableSummary, ImportError> {
        let table = foreign_table(kind);
        let mut summary = TableSummary { table, rows, stored: 0, refused: 0 };
        let origin = self.origin.clone();
        origin.open(self.source(), kind).await?;
        loop {
            let rows = Origin::next(self.source(), kind).await?;
            let Ok(read @ 1..) = u64::try_from(rows.len()) else { break };
            let stored = self.batch(kind, rows).await?;
            summary.stored += stored;
            summary.refused += read - stored;
            self.witness.advances(read);
        }
        Origin::close(self.source()).await?;
        let read = summary.stored + summary.refused;
        if read == rows { Ok(summary) } else { Err(ImportError::Miscounted { table, rows, read }) }
    }

    /// Takes over some rows and says how many; the others are set aside.
    async fn batch(&mut self, kind: EntityKind, rows: Vec<ForeignRow>) -> Result<u64, ImportError> {
        let mut candidates = Vec::with_capacity(rows.len());
        for row in rows {
            match judge(kind, &row, self.settings.secrets)? {
                Verdict::Fits(fit) => candidates.push(Candidate { row, fit }),
                Verdict::Refused(misfits) => self.refuse(kind, &row, &misfits).await?,
            }
        }
        let mut candidates = self.without_dangling(kind, candidates).await?;
        if kind == EntityKind::AccessToken {
            self.complete_keys(&mut candidates);
        }
        self.write(kind, candidates).await
    }

    /// The rows whose parents are all there.
    async fn without_dangling(
        &mut self,
        kind: EntityKind,
        mut candidates: Vec<Candidate>,
    ) -> Result<Vec<Candidate>, ImportError> {
        for relation in references(kind) {
            let wanted: BTreeSet<i32> =
                candidates.iter().filter_map(|found| found.fit.reference(relation)).collect();
            let wanted: Vec<i32> = wanted.into_iter().collect();
            let present = target::present(self.target, relation.parent, &wanted).await?;
            let present: BTreeSet<i32> = present.into_iter().collect();
            let absent: Vec<i32> = wanted.into_iter().filter(|id| !present.contains(id)).collect();
            if absent.is_empty() {
                continue;
            }
            let refused = self.refused(relation, &absent).await?;
            let mut left = Vec::with_capacity(candidates.len());
            for candidate in candidates {
                match candidate.fit.reference(relation).filter(|id| !present.contains(id)) {
                    None => left.push(candidate),
                    Some(id) => {
                        let was_refused = refused.contains(&id.to_string());
                        let misfit = Misfit::dangling(&candidate.row, relation, id, was_refused);
                        self.refuse(kind, &candidate.row, &[misfit]).await?;
                    }
                }
            }
            candidates = left;
        }
        Ok(candidates)
    }

    async fn refused(
        &mut self,
        relation: &Relation,
        ids: &[i32],
    ) -> Result<BTreeSet<String>, ImportError> {
        if !self.has_refused {
            return Ok(BTreeSet::new());
        }
        let table = foreign_table(relation.parent);
        Ok(target::refused(self.target, table, ids).await?.into_iter().collect())
    }

    /// Gives keys what they did not have: an id, and an end.
    fn complete_keys(&mut self, keys: &mut [Candidate]) {
        let expires_at = json!(self.settings.keys_expire_at);
        for key in keys {
            self.last_key += 1;
            key.fit.row.insert("id".to_owned(), self.last_key.into());
            key.fit.row.insert("expires_at".to_owned(), expires_at.clone());
        }
    }

    /// Writes rows; those that the store does not take are set aside.
    async fn write(
        &mut self,
        kind: EntityKind,
        candidates: Vec<Candidate>,
    ) -> Result<u64, ImportError> {
        let rows: Vec<&Map<String, Value>> = candidates.iter().map(|it| &it.fit.row).collect();
        let taken = target::store(self.target, kind, &rows).await?.unwrap_or_default();
        let taken: BTreeSet<i64> = taken.into_iter().map(i64::from).collect();
        let mut stored = 0;
        for Candidate { row, fit } in &candidates {
            let is_taken = fit.row.get("id").and_then(Value::as_i64);
            let refusal = if is_taken.is_some_and(|id| taken.contains(&id)) {
                None
            } else {
                target::store_one(self.target, kind, &fit.row).await?
            };
            match refusal {
                None => {
                    stored += 1;
                    self.tell_changes(kind, row, fit)?;
                }
                Some(refusal) => {
                    let misfit = self.misfit(kind, row, fit, refusal).await?;
                    self.refuse(kind, row, &[misfit]).await?;
                }
            }
        }
        Ok(stored)
    }

    async fn misfit(
        &mut self,
        kind: EntityKind,
        row: &ForeignRow,
        fit: &Fit,
        refusal: Refusal,
    ) -> Result<Misfit, ImportError> {
        Ok(match refusal {
            Refusal::Taken(key) => Misfit::taken(kind, row, key),
            Refusal::Dangling(relation) => {
                let id = fit.reference(relation).unwrap_or_default();
                let was_refused = !self.refused(relation, &[id]).await?.is_empty();
                Misfit::dangling(row, relation, id, was_refused)
            }
            Refusal::Other(told) => Misfit::of(kind, row, "", Reason::Store(told)),
        })
    }

    fn tell_changes(
        &mut self,
        kind: EntityKind,
        row: &ForeignRow,
        fit: &Fit,
    ) -> Result<(), ImportError> {
        for changed in &fit.changes {
            let (table, name) = (foreign_table(kind), name_of(kind, row));
            let found = Found::Changed(changed);
            self.witness.finds(table, &name, found).map_err(ImportError::Report)?;
        }
        Ok(())
    }

    /// Tells of a row that is not taken over, and keeps it.
    async fn refuse(
        &mut self,
        kind: EntityKind,
        row: &ForeignRow,
        misfits: &[Misfit],
    ) -> Result<(), ImportError> {
        let (table, name) = (foreign_table(kind), name_of(kind, row));
        let mut reasons = BTreeMap::<&str, Vec<String>>::new();
        for misfit in misfits {
            let found = Found::Misfit(misfit);
            self.witness.finds(table, &name, found).map_err(ImportError::Report)?;
            reasons.entry(misfit.column).or_default().push(misfit.reason.to_string());
        }
        if !self.has_refused {
            target::prepare_refused(self.target).await?;
            self.has_refused = true;
        }
        let kept = kept(kind, row, self.settings.secrets)?;
        target::set_aside(self.target, table, &name, &json!(reasons), &kept).await
    }

    /// Has new rows numbered behind those that were taken over.
    async fn number(&mut self, origin: &Origin) -> Result<(), ImportError> {
        for kind in &origin.kinds {
            let last = match kind {
                EntityKind::AccessToken => None,
                kind => origin.last_id(self.source(), *kind).await?,
            };
            target::number_behind(self.target, *kind, last).await?;
        }
        Ok(())
    }
}

//! Rows of one kind by id.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::engine::State;
use crate::error::RepositoryError;
use crate::relations::EntityKind;

/// A column that refers to another row.
pub(super) struct Reference<R> {
    /// The name, as in [`crate::relations::RELATIONS`].
    pub(super) column: &'static str,
    /// The id in it.
    pub(super) get: fn(&R) -> Option<i32>,
    /// Empties it; `None` where it cannot be empty or a delete never empties it.
    pub(super) clear: Option<fn(&mut R)>,
}

/// A row as the tables see it.
pub(super) trait Row: Clone + Send + Sync + 'static {
    /// Which kind.
    const KIND: EntityKind;
    /// The columns that refer to other rows.
    const REFERENCES: &'static [Reference<Self>] = &[];

    fn id(&self) -> i32;

    /// Where the rows of the kind are kept.
    fn table(state: &State) -> &Table<Self>;

    /// Where the rows of the kind are kept.
    fn table_mut(state: &mut State) -> &mut Table<Self>;

    /// Why the row cannot stand beside another one; `None` where it can.
    fn clash(&self, _other: &Self) -> Option<RepositoryError> {
        None
    }

    /// Takes over the columns that an update leaves alone.
    fn keep(&mut self, _stored: &Self) {}
}

/// Rows of one kind. A clone shares the rows until one of the two is written to.
#[derive(Clone)]
pub(super) struct Table<R> {
    rows: Arc<BTreeMap<i32, R>>,
    last_id: i32,
}

impl<R> Default for Table<R> {
    fn default() -> Self {
        Self { rows: Arc::default(), last_id: 0 }
    }
}

impl<R: Row> Table<R> {
    pub(super) fn get(&self, id: i32) -> Option<&R> {
        self.rows.get(&id)
    }

    /// By id.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &R> {
        self.rows.values()
    }

    /// An id that no row had before.
    pub(super) fn next_id(&mut self) -> i32 {
        self.last_id += 1;
        self.last_id
    }

    /// Stores a row in the place of whichever had its id.
    pub(super) fn put(&mut self, row: R) {
        Arc::make_mut(&mut self.rows).insert(row.id(), row);
    }

    /// As [`Self::remove_where`], of so many rows at most, the oldest first.
    pub(super) fn sweep(&mut self, limit: u32, matches: impl Fn(&R) -> bool) -> u64 {
        let doomed = self.iter().filter(|row| matches(row)).map(Row::id).take(limit as usize);
        let doomed: Vec<i32> = doomed.collect();
        doomed.iter().filter(|id| self.remove(**id)).count() as u64
    }

    /// Removes all rows that match and says how many there were.
    pub(super) fn remove_where(&mut self, matches: impl Fn(&R) -> bool) -> u64 {
        let doomed: Vec<i32> = self.iter().filter(|row| matches(row)).map(Row::id).collect();
        doomed.iter().filter(|id| self.remove(**id)).count() as u64
    }
}

/// What the delete policies need of a table, whatever its rows.
pub(super) trait AnyTable {
    fn contains(&self, id: i32) -> bool;

    /// The ids of the rows that refer to a row through a column.
    fn referring(&self, column: &str, parent: i32) -> Vec<i32>;

    /// Empties a column of a row.
    fn clear(&mut self, column: &str, id: i32);

    /// `false` where there was no such row.
    fn remove(&mut self, id: i32) -> bool;

    /// The columns that refer to other rows, each with whether it can be emptied.
    #[cfg(test)]
    fn columns(&self) -> Vec<(&'static str, bool)>;
}

fn reference<R: Row>(column: &str) -> Option<&'static Reference<R>> {
    R::REFERENCES.iter().find(|reference| reference.column == column)
}

impl<R: Row> AnyTable for Table<R> {
    fn contains(&self, id: i32) -> bool {
        self.rows.contains_key(&id)
    }

    fn referring(&self, column: &str, parent: i32) -> Vec<i32> {
        let Some(reference) = reference::<R>(column) else {
            return Vec::new();
        };
        self.iter().filter(|row| (reference.get)(row) == Some(parent)).map(Row::id).collect()
    }

    fn clear(&mut self, column: &str, id: i32) {
        let clear = reference::<R>(column).and_then(|reference| reference.clear);
        if let (Some(clear), Some(row)) = (clear, Arc::make_mut(&mut self.rows).get_mut(&id)) {
            clear(row);
        }
    }

    fn remove(&mut self, id: i32) -> bool {
        Arc::make_mut(&mut self.rows).remove(&id).is_some()
    }

    #[cfg(test)]
    fn columns(&self) -> Vec<(&'static str, bool)> {
        R::REFERENCES
            .iter()
            .map(|reference| (reference.column, reference.clear.is_some()))
            .collect()
    }
}

//! Objects by id, in the order in which they were made.

use std::collections::HashMap;

/// What is kept in a [`Table`].
pub(crate) trait Row {
    /// Its id, which never changes.
    fn id(&self) -> &str;

    /// When it was made.
    fn created(&self) -> i64;
}

/// Objects of one kind.
#[derive(Debug)]
pub(crate) struct Table<T> {
    rows: Vec<T>,
    places: HashMap<String, usize>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), places: HashMap::new() }
    }
}

impl<T: Row> Table<T> {
    pub(crate) fn insert(&mut self, row: T) {
        let taken = self.places.insert(row.id().to_owned(), self.rows.len());
        assert!(taken.is_none(), "{} exists already", row.id());
        self.rows.push(row);
    }

    pub(crate) fn get(&self, id: &str) -> Option<&T> {
        self.places.get(id).map(|place| &self.rows[*place])
    }

    /// A row that is known to be there.
    pub(crate) fn at(&self, id: &str) -> &T {
        self.get(id).unwrap_or_else(|| panic!("the fake Stripe has no {id}"))
    }

    /// As [`Self::at`], to change it.
    pub(crate) fn at_mut(&mut self, id: &str) -> &mut T {
        let place = self.places.get(id).unwrap_or_else(|| panic!("the fake Stripe has no {id}"));
        &mut self.rows[*place]
    }

    /// Oldest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.rows.iter()
    }

    /// Ids, oldest first.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.rows.iter().map(|row| row.id().to_owned()).collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }
}

//! Rows of the register of drivers on their way in: understood, held against the earlier rows of their file, and joined with their photos.

use super::reading::{Rows, repeated};
use crate::photo::{self, Portrait};
use crate::register::columns::{self, ColumnSet};
use crate::register::driver::{self, DriverRow};
use crate::register::record::Record;
use crate::register::seen::SeenSet;
use crate::register::{Reject, RowWarning};
use jiff::civil::Date;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Key of the seen-set.
const LICENCE: u8 = b'l';
/// Most photos remembered.
const TAKEN_MAX: usize = 64;

/// One row as it was understood.
#[derive(Debug)]
pub(crate) enum Item {
    /// It can go in.
    Row {
        /// What it says.
        row: Box<DriverRow>,
        /// Its photo, written anew.
        photo: Option<Portrait>,
        /// What is wrong with the photo that it names; the row goes in without one.
        told: Vec<Reject>,
    },
    /// It cannot; every problem.
    Bad(Vec<Reject>),
}

/// Understands rows of drivers as of a day.
pub(crate) struct DriverRows {
    /// The day in China.
    today: Date,
    /// Where the photo files lie that the rows name, in this order; without one no photo comes in.
    photos: Vec<PathBuf>,
    /// Photos taken in last, by name: a file that several rows name is decoded once.
    taken: HashMap<String, Portrait>,
}

impl Rows for DriverRows {
    type Item = Item;

    fn columns(&self) -> &'static ColumnSet {
        columns::driver()
    }

    fn understand(&mut self, record: Record, seen: &mut SeenSet) -> io::Result<Item> {
        let row = match driver::read(record, self.today) {
            Err(rejects) => return Ok(Item::Bad(rejects)),
            Ok(row) => row,
        };
        let number = row.licence.number.as_str();
        let content = seen.content(&content(&row));
        if let Some(earlier) = seen.insert(LICENCE, number.as_bytes(), row.line, content)? {
            let key = ("licence_number", number);
            let reject = repeated(columns::driver(), row.line, key, "duplicate_licence", earlier, content);
            return Ok(Item::Bad(vec![reject]));
        }
        Ok(self.with_photo(row))
    }

    fn weight(item: &Item) -> usize {
        match item {
            Item::Row { photo: Some(photo), .. } => photo.jpeg.len(),
            _ => 0,
        }
    }
}

impl DriverRows {
    pub(crate) fn new(today: Date, photos: Vec<PathBuf>) -> Self {
        Self { today, photos, taken: HashMap::new() }
    }

    fn with_photo(&mut self, mut row: DriverRow) -> Item {
        let Some(name) = row.photo.clone() else { return Item::Row { row: Box::new(row), photo: None, told: vec![] } };
        let (photo, told) = match self.photo(&name) {
            Ok(photo) => (Some(photo), vec![]),
            Err((code, sentence)) => {
                row.warnings.push(RowWarning { column: "photo", code });
                (None, vec![Reject::found(columns::driver(), row.line, "photo", &name, code, sentence)])
            }
        };
        Item::Row { row: Box::new(row), photo, told }
    }

    fn photo(&mut self, name: &str) -> Result<Portrait, (&'static str, String)> {
        if let Some(portrait) = self.taken.get(name) {
            return Ok(portrait.clone());
        }
        let found = self.photos.iter().map(|folder| folder.join(name)).find(|path| path.exists());
        let path = found.ok_or_else(|| {
            let sentence = match self.photos.len() {
                0 => "photos come in from the command line only, from the folder of the file or from --photos",
                _ => "there is no such file where the photos lie",
            };
            ("photo_missing", sentence.to_owned())
        })?;
        let bytes =
            read_file(&path).map_err(|error| ("photo_missing", format!("the photo cannot be read: {error}")))?;
        let portrait = photo::accept_register_photo(&bytes)
            .map_err(|error| ("photo_refused", format!("{}: {error}", error.code())))?;
        if self.taken.len() >= TAKEN_MAX {
            self.taken.clear();
        }
        self.taken.insert(name.to_owned(), portrait.clone());
        Ok(portrait)
    }
}

/// Reads a file up to one byte more than a photo may have, so that a longer one is seen to be too long.
fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no file"));
    }
    let mut bytes = Vec::new();
    file.take(photo::FILE_MAX as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Everything a row says, in one spelling.
fn content(row: &DriverRow) -> Vec<u8> {
    serde_json::to_vec(&(&row.licence, row.points, &row.photo, row.applied_on)).unwrap_or_default()
}

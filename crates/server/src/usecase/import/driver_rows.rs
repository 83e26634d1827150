//! Rows of the register of drivers on their way in: understood, held against the earlier rows of their file, and joined with their photos.

use super::reading::{Rows, repeated};
use crate::photo::{self, Portrait};
use crate::register::columns::{self, ColumnSet};
use crate::register::driver::{self, DriverRow};
use crate::register::record::Record;
use crate::register::seen::SeenSet;
use crate::register::{Reject, RowWarning};
use jiff::civil::Date;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Key of the seen-set.
const LICENCE: u8 = b'l';

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
    pub(crate) today: Date,
    /// Where the photo files lie that the rows name; without it no photo comes in.
    pub(crate) photos: Option<PathBuf>,
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
    fn with_photo(&self, mut row: DriverRow) -> Item {
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

    fn photo(&self, name: &str) -> Result<Portrait, (&'static str, String)> {
        let folder = self.photos.as_deref().ok_or_else(|| {
            (
                "photo_missing",
                "photos come in from the command line only, from the folder of the file or --photos".to_owned(),
            )
        })?;
        let bytes = read_file(&folder.join(name))
            .map_err(|error| ("photo_missing", format!("the photo file cannot be read: {error}")))?;
        photo::accept_register_photo(&bytes).map_err(|error| ("photo_refused", format!("{}: {error}", error.code())))
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

//! The bytes of the journal: how entries are written down and what is hashed and signed. Lengths stand before every part, numbers are
//! big-endian, so that every entry has exactly one encoding.

use aws_lc_rs::digest;
use jiff::Timestamp;
use uuid::Uuid;

use crate::audit::AuditEntry;

/// A block's hash.
pub type Hash = [u8; 32];
/// What the first block follows from.
pub(crate) const GENESIS: Hash = [0; 32];
/// The most bytes of a block's entries.
pub(crate) const MAX_BLOCK_BYTES: usize = 16 * 1024 * 1024;

/// The bytes of a block's entries.
pub(crate) fn encode(entries: &[AuditEntry]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(entries.len() * 160);
    for entry in entries {
        bytes.extend_from_slice(entry.id.as_bytes());
        bytes.extend_from_slice(&entry.at.as_microsecond().to_be_bytes());
        put(&mut bytes, Some(entry.actor.as_bytes()));
        put(&mut bytes, Some(entry.action.as_bytes()));
        put(&mut bytes, entry.subject.as_ref().map(|subject| subject.as_bytes().as_slice()));
        put(&mut bytes, entry.purpose.as_deref().map(str::as_bytes));
        put(&mut bytes, Some(entry.detail.as_bytes()));
    }
    bytes
}

/// Length plus one, 0 for nothing: an empty text and no text differ.
fn put(bytes: &mut Vec<u8>, part: Option<&[u8]>) {
    let length = part.map_or(0, |part| u32::try_from(part.len() + 1).unwrap_or(u32::MAX));
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(part.unwrap_or_default());
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], String> {
        let (part, rest) = self.0.split_at_checked(length).ok_or("its entries end in the middle of one")?;
        self.0 = rest;
        Ok(part)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        self.take(N)?.try_into().map_err(|_| "its entries end in the middle of one".to_owned())
    }

    fn part(&mut self) -> Result<Option<&'a [u8]>, String> {
        match u32::from_be_bytes(self.array()?) {
            0 => Ok(None),
            length => Ok(Some(self.take(length as usize - 1)?)),
        }
    }

    fn opt_text(&mut self) -> Result<Option<String>, String> {
        self.part()?
            .map(|part| String::from_utf8(part.to_vec()).map_err(|_| "a text of an entry is not UTF-8".to_owned()))
            .transpose()
    }

    fn text(&mut self) -> Result<String, String> {
        self.opt_text()?.ok_or_else(|| "an entry lacks a part".to_owned())
    }
}

/// The entries of a block.
pub(crate) fn decode(bytes: &[u8]) -> Result<Vec<AuditEntry>, String> {
    if bytes.len() > MAX_BLOCK_BYTES {
        return Err("too large".to_owned());
    }
    let mut reader = Reader(bytes);
    let mut entries = Vec::new();
    while !reader.0.is_empty() {
        let id = Uuid::from_bytes(reader.array()?);
        let at = Timestamp::from_microsecond(i64::from_be_bytes(reader.array()?))
            .map_err(|_| "an entry's time is out of range".to_owned())?;
        let (actor, action) = (reader.text()?, reader.text()?);
        let subject = reader
            .part()?
            .map(|part| Uuid::from_slice(part).map_err(|_| "a subject has not 16 bytes".to_owned()))
            .transpose()?;
        entries.push(AuditEntry {
            id,
            at,
            actor,
            action,
            subject,
            purpose: reader.opt_text()?,
            detail: reader.text()?,
        });
    }
    Ok(entries)
}

/// A block's hash: over its number, the hash before it, how many entries it has, when it was sealed, and the entries.
pub(crate) fn hash(number: i64, prev: &Hash, count: i64, sealed_at: Timestamp, entries: &[u8]) -> Hash {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(b"luzheng audit block 1");
    context.update(&number.to_be_bytes());
    context.update(prev);
    context.update(&count.to_be_bytes());
    context.update(&sealed_at.as_microsecond().to_be_bytes());
    context.update(entries);
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

/// What is signed: never mistaken for a credential's or a list's message.
pub(crate) fn message(number: i64, hash: &Hash) -> Vec<u8> {
    [b"luzheng audit head 1".as_slice(), &number.to_be_bytes(), hash].concat()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    prop_compose! {
        fn entry()(id: u128, at in -1_000_000_000_000_i64..4_000_000_000_000_000, actor: String, action: String, subject: Option<u128>, purpose: Option<String>, detail: String) -> AuditEntry {
            AuditEntry {
                id: Uuid::from_u128(id),
                at: Timestamp::from_microsecond(at).expect("in range"),
                actor,
                action,
                subject: subject.map(Uuid::from_u128),
                purpose,
                detail,
            }
        }
    }

    proptest! {
        #[test]
        fn entries_read_back(entries in proptest::collection::vec(entry(), 0..8)) {
            prop_assert_eq!(decode(&encode(&entries)).expect("reads"), entries);
        }

        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            if let Ok(entries) = decode(&bytes) {
                prop_assert_eq!(encode(&entries), bytes);
            }
        }
    }
}

//! Status lists in memory, and where a verifier gets a status from.

use std::collections::HashMap;

use super::{SignedList, StatusList, StatusValue};

/// What is known about one entry, and how old that knowledge is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusAnswer {
    /// The entry.
    pub value: StatusValue,
    /// As of when, in seconds since 1970: the `iat` of the list.
    pub iat: i64,
    /// From when on it must not be relied on: the `exp` of the list.
    pub exp: i64,
}

/// Where a verifier looks up a status: lists in memory, a database, or nothing at all.
pub trait StatusSource {
    /// What is known about an entry; `None` when there is no such list here, or no such entry in it. A list past its `exp` may be
    /// answered from: [`crate::verify`] looks at `exp` itself.
    fn look_up(&self, list: u32, index: u32) -> Option<StatusAnswer>;
}

/// A source that knows nothing, for readers without any list.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoStatus;

impl StatusSource for NoStatus {
    fn look_up(&self, _list: u32, _index: u32) -> Option<StatusAnswer> {
        None
    }
}

/// A set of status lists, 256 or 512 KiB each; a look-up is two array accesses.
#[derive(Debug, Clone, Default)]
pub struct StatusBook {
    lists: HashMap<u32, Page>,
}

#[derive(Debug, Clone)]
struct Page {
    entries: StatusList,
    iat: i64,
    exp: i64,
}

impl StatusBook {
    /// An empty book.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in a list whose signature was checked. An older one than what is here changes nothing and returns false: a replayed
    /// list cannot bring a revoked credential back.
    pub fn take(&mut self, signed: SignedList) -> bool {
        self.put(signed.claims.list, signed.entries, signed.claims.iat, signed.claims.exp)
    }

    /// Puts entries in that come from a trusted place of one's own, such as the issuer's database. As [`StatusBook::take`],
    /// an older list changes nothing.
    pub fn put(&mut self, list: u32, entries: StatusList, iat: i64, exp: i64) -> bool {
        if self.lists.get(&list).is_some_and(|page| page.iat > iat) {
            return false;
        }
        self.lists.insert(list, Page { entries, iat, exp });
        true
    }

    /// Changes one entry of a list that is here, as of `iat`; false when the list is not here or the index is beyond its end.
    pub fn set(&mut self, list: u32, index: u32, value: StatusValue, iat: i64) -> bool {
        let Some(page) = self.lists.get_mut(&list) else { return false };
        if !page.entries.set(index, value) {
            return false;
        }
        page.iat = page.iat.max(iat);
        true
    }

    /// The numbers of the lists that are here, ascending.
    pub fn lists(&self) -> Vec<u32> {
        let mut numbers: Vec<u32> = self.lists.keys().copied().collect();
        numbers.sort_unstable();
        numbers
    }

    /// As of when a list is, and from when on it must not be relied on, in seconds since 1970.
    pub fn dates(&self, list: u32) -> Option<(i64, i64)> {
        self.lists.get(&list).map(|page| (page.iat, page.exp))
    }

    /// The entries of a list.
    pub fn find(&self, list: u32) -> Option<&StatusList> {
        self.lists.get(&list).map(|page| &page.entries)
    }
}

impl StatusSource for StatusBook {
    fn look_up(&self, list: u32, index: u32) -> Option<StatusAnswer> {
        let page = self.lists.get(&list)?;
        Some(StatusAnswer { value: page.entries.get(index)?, iat: page.iat, exp: page.exp })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_list_never_replaces_a_newer_one() {
        let mut book = StatusBook::new();
        let mut revoked = StatusList::default();
        assert!(revoked.set(7, StatusValue::Invalid));
        assert!(book.put(3, revoked, 2_000, 3_000));
        assert!(!book.put(3, StatusList::default(), 1_999, 9_000));
        assert_eq!(book.look_up(3, 7), Some(StatusAnswer { value: StatusValue::Invalid, iat: 2_000, exp: 3_000 }));
        assert_eq!(book.look_up(3, super::super::ENTRIES), None);
        assert_eq!(book.look_up(4, 7), None);
        assert!(!book.set(4, 7, StatusValue::Valid, 2_100));
        assert!(book.set(3, 7, StatusValue::Valid, 2_100));
        assert_eq!(book.look_up(3, 7).map(|answer| (answer.value, answer.iat)), Some((StatusValue::Valid, 2_100)));
        assert_eq!(book.lists(), [3]);
    }
}

//! What was raised and waits to be written: a bounded queue, so that whoever raises never waits for the database.

use super::codes::Copied;
use super::plates::Enumerating;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Most flags that wait. Beyond it they are counted and forgotten: the same code or caller raises again in the next window.
const WAITING_MAX: usize = 1_024;

/// Something that staff should look at.
#[derive(Debug, Clone)]
pub(super) enum What {
    Copied(Copied),
    Enumerating(Enumerating),
}

/// The same with its time.
#[derive(Debug, Clone)]
pub(super) struct Raised {
    pub(super) at_s: i64,
    pub(super) what: What,
}

/// The queue.
#[derive(Debug, Default)]
pub(super) struct Waiting(Mutex<VecDeque<Raised>>);

impl Waiting {
    pub(super) fn add(&self, raised: Raised) {
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let full = queue.len() >= WAITING_MAX;
        if !full {
            queue.push_back(raised);
        }
        drop(queue);
        if full {
            metrics::counter!("luzheng_flags_dropped_total").increment(1);
        }
    }

    /// The first ones, which stay until they are [`Waiting::done`].
    pub(super) fn first(&self, most: usize) -> Vec<Raised> {
        let queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        queue.iter().take(most).cloned().collect()
    }

    /// Takes the first ones out: they are written.
    pub(super) fn done(&self, count: usize) {
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = count.min(queue.len());
        queue.drain(..count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usecase::watch::Sort;
    use crate::usecase::watch::plates::LookUpRule;

    #[test]
    fn it_is_bounded_and_keeps_what_is_not_written() {
        let waiting = Waiting::default();
        let what = |looks| {
            let (rule, sort, who) = (LookUpRule::TooMany, Sort::Anyone, None);
            What::Enumerating(Enumerating { rule, sort, who, looks, misses: 0, neighbours: 0 })
        };
        for looks in 0..2_000 {
            waiting.add(Raised { at_s: 0, what: what(looks) });
        }
        assert_eq!(waiting.first(5_000).len(), WAITING_MAX);
        assert_eq!(waiting.first(10).len(), 10);
        waiting.done(1_000);
        let What::Enumerating(first) = &waiting.first(1)[0].what else { panic!("of this sort") };
        assert_eq!(first.looks, 1_000);
        waiting.done(5_000);
        assert!(waiting.first(1).is_empty());
    }
}

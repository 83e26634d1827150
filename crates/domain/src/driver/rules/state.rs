//! Which state letters follow by law from the facts on a day, beside those the register states.

use jiff::civil::Date;

use super::super::licence::Licence;
use super::super::points::LIMIT;
use super::super::status::{LicenceStatus, StateLetter};
use super::cancel;
use super::day::days_after;
use super::facts::LicenceFacts;
use super::law::{Topic, law};
use super::medical;
use super::renewal::{self, RenewalState};
use super::review;
use crate::clause::Clause;

/// A letter that follows from the facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Derived {
    /// The letter.
    pub letter: StateLetter,
    /// Since when; `None` when the facts do not say.
    pub since: Option<Date>,
    /// The clause.
    pub clause: &'static Clause,
}

/// The letters that follow from the facts, most severe first: G or R when time has cancelled the licence, otherwise M past the validity and S past a
/// review; B at 12 points in any case.
pub fn derived(facts: &LicenceFacts) -> Vec<Derived> {
    let mut list = Vec::new();
    match cancel::first(facts).filter(|cancellation| cancellation.has_happened(facts.as_of)) {
        Some(cancellation) => list.push(cancelled(facts, &cancellation)),
        None => {
            if let Some(renewal) = renewal::of(facts).filter(|renewal| renewal.state == RenewalState::Overdue) {
                let since = days_after(renewal::postponed(facts, renewal.valid_until), 1);
                let clause = law(Topic::Expired, facts.as_of).clause;
                list.push(Derived { letter: StateLetter::M, since: Some(since), clause });
            }
            if let Some(due) = review::next(facts).filter(|due| due.due_on < facts.as_of) {
                list.push(Derived {
                    letter: StateLetter::S,
                    since: Some(days_after(due.due_on, 1)),
                    clause: due.clause,
                });
            }
            if let Some((letter, due)) = medical::OVERDUE_LETTER.zip(medical::next(facts))
                && due.due_on < facts.as_of
            {
                list.push(Derived { letter, since: Some(days_after(due.due_on, 1)), clause: due.clause });
            }
        }
    }
    if facts.points >= LIMIT {
        let since = facts.full_on.last().copied();
        list.push(Derived { letter: StateLetter::B, since, clause: law(Topic::PointsFull, facts.as_of).clause });
    }
    list.sort_by_key(|derived| derived.letter);
    list
}

fn cancelled(facts: &LicenceFacts, cancellation: &cancel::Cancellation) -> Derived {
    // Cancelled for want of a certificate, then past the validity by a year: the longer way back is closed as well.
    let letter = if cancellation.is_recoverable(facts.as_of) { StateLetter::R } else { StateLetter::G };
    Derived { letter, since: Some(cancellation.cancelled_on()), clause: cancellation.clause }
}

/// The register's letters with those that follow from the facts. A cancellation takes M, S and the deferrals with it; one that the register states stays
/// as it is, except that R becomes G when its time has run out. A deferral ends with its last day, when that is known.
pub fn effective(register: LicenceStatus, facts: &LicenceFacts) -> LicenceStatus {
    use StateLetter::{B, E, F, G, M, N, P, R, S, T};
    let mut status = register;
    if facts.deferred_until.is_some_and(|until| until < facts.as_of) {
        status = without(status, &[N, T, P]);
    }
    for Derived { letter, .. } in derived(facts) {
        let stands = match letter {
            B => true,
            M | S => !register.has_any(&[E, F, G, R]),
            _ => !register.has_any(&[E, F, G]),
        };
        if stands {
            status = status.with(letter);
        }
    }
    if status.has_any(&[E, F, G, R]) {
        status = without(status, &[M, S, N, T, P]);
    }
    if status.has(G) { status.without(R) } else { status }
}

fn without(status: LicenceStatus, letters: &[StateLetter]) -> LicenceStatus {
    letters.iter().fold(status, |status, letter| status.without(*letter))
}

impl Licence {
    /// The state on a day: the register's letters with what follows by law from the facts. B at 12 points, M past the validity, S past a review, R or G
    /// when time has cancelled the licence, A alone when there is nothing else.
    pub fn effective_status(&self, today: Date) -> LicenceStatus {
        effective(self.status, &LicenceFacts::of(self, today))
    }
}

//! Walking the cycle: from the registration month point by point to the one that is asked about.

use jiff::ToSpan;
use jiff::civil::Date;

use super::check::FIRST_REGISTRATION;
use super::table::{Class, Counting, Rule};
use super::{
    CycleFacts, InspectionAction, InspectionAnswer, InspectionError, InspectionRules, InspectionState, LAST_DAY, Void,
};
use crate::vehicle::YearMonth;

/// A vehicle registered later than this many years after its manufacture has no exemption (section 4.4).
const YEARS_TO_REGISTRATION: i32 = 4;

impl CycleFacts {
    /// The first condition, in the order of [`Void`], that voids the exemption.
    pub fn void(&self) -> Option<Void> {
        if self.casualty_accident {
            Some(Void::CasualtyAccident)
        } else if self.illegal_modification {
            Some(Void::IllegalModification)
        } else if self.registered_late() {
            Some(Void::LateRegistration)
        } else {
            None
        }
    }

    /// Whether more than 4 years lie between manufacture and registration; exactly 4 years are not more.
    fn registered_late(&self) -> bool {
        let limit = self.manufactured_on.and_then(|day| day.checked_add(YEARS_TO_REGISTRATION.years()).ok());
        limit.is_some_and(|limit| self.registered_on > limit)
    }

    fn check(&self) -> Result<(), InspectionError> {
        let range = |what: &'static str, day: Date| {
            if (FIRST_REGISTRATION..=LAST_DAY).contains(&day) {
                Ok(())
            } else {
                Err(InspectionError::OutOfRange { what, value: day.to_string() })
            }
        };
        let registered_on = self.registered_on;
        range("the registration date", registered_on)?;
        if let Some(manufactured_on) = self.manufactured_on {
            range("the manufacture date", manufactured_on)?;
            if manufactured_on > registered_on {
                return Err(InspectionError::ManufacturedLater { registered_on, manufactured_on });
            }
        }
        if let Some(valid_until) = self.valid_until {
            if valid_until > YearMonth::of(LAST_DAY) {
                return Err(InspectionError::OutOfRange { what: "the validity", value: valid_until.to_string() });
            }
            if valid_until < YearMonth::of(registered_on) {
                return Err(InspectionError::ValidBeforeRegistration { valid_until, registered_on });
            }
        }
        Ok(())
    }
}

/// One vehicle's cycle under one table.
struct Cycle<'r> {
    rules: &'r InspectionRules,
    class_index: usize,
    class: &'r Class,
    void: Option<Void>,
    registered_on: Date,
    start: YearMonth,
}

impl<'r> Cycle<'r> {
    fn of(rules: &'r InspectionRules, facts: &CycleFacts) -> Result<Self, InspectionError> {
        facts.check()?;
        let void = facts.void();
        let row = rules
            .assignment
            .iter()
            .find(|row| row.fits(facts.vehicle_type.code(), facts.use_nature.letter(), facts.seats, void.is_some()))
            // The load check tried every kind of vehicle with at least one seat.
            .ok_or(InspectionError::SeatsMissing { vehicle_type: facts.vehicle_type })?;
        let start = YearMonth::of(facts.registered_on);
        let void = void.filter(|_| row.takes_exemption());
        Ok(Self {
            rules,
            class_index: row.class,
            class: &rules.classes[row.class],
            void,
            registered_on: facts.registered_on,
            start,
        })
    }

    fn first_point(&self) -> YearMonth {
        self.start.add_months(self.class.first_months)
    }

    /// The rule of a point that is decided on `day`. A day before the oldest rule is answered by the oldest rule.
    fn rule(&self, point: YearMonth, day: Date) -> &'r Rule {
        let age = point.months_since(self.start);
        let day = day.max(self.rules.first_day);
        self.rules.of_class[self.class_index]
            .iter()
            .map(|r| &self.rules.rules[*r])
            .find(|rule| rule.speaks(day, self.registered_on, age))
            .expect("the load check tried every day, registration and age, and `check` keeps the facts inside them")
    }

    /// The point that follows one that was handled under `rule`.
    fn after(&self, point: YearMonth, rule: &Rule) -> YearMonth {
        let age = point.months_since(self.start);
        let step = rule.step_months;
        let next_on_grid = (age.div_euclid(step) + 1) * step;
        let next = match rule.counting {
            Counting::Point => age + step,
            Counting::HalfYearKept if age % 6 == 0 => age + step,
            Counting::Registration | Counting::HalfYearKept => next_on_grid,
        };
        self.start.add_months(next)
    }

    /// The point a vehicle faces in a month when every earlier step was taken on time. An earlier point was decided at the latest on
    /// the last day of its month.
    fn faced_in(&self, month: YearMonth) -> YearMonth {
        let mut point = self.first_point();
        while point < month {
            point = self.after(point, self.rule(point, point.last_day()));
        }
        point
    }

    fn window_opens(&self, due: YearMonth) -> Date {
        due.add_months(1 - self.class.window_months).first_day()
    }
}

/// What handling a point leads to.
struct Step<'r> {
    rule: &'r Rule,
    next: YearMonth,
    missed_inspection: Option<YearMonth>,
}

impl<'r> Cycle<'r> {
    /// Handles the point `due` on `day` (never before its window). Every further point up to the month of that day is passed as well:
    /// the new validity is the first point after the month of handling, and an inspection demanded by any of the points is made.
    fn handle(&self, due: YearMonth, day: Date) -> Step<'r> {
        let rule = self.rule(due, day.min(due.last_day()));
        let mut step = Step { rule, next: self.after(due, rule), missed_inspection: None };
        while step.next <= YearMonth::of(day) {
            let passed = self.rule(step.next, day.min(step.next.last_day()));
            if step.rule.action == InspectionAction::ApplyMark && passed.action == InspectionAction::Inspect {
                step.missed_inspection = Some(step.next);
                step.rule = passed;
            }
            step.next = self.after(step.next, passed);
        }
        step
    }
}

impl InspectionRules {
    /// Where the vehicle stands on `as_of`, what is to be done and by which rule.
    ///
    /// The action is decided by the rules in force on the day it would be handled: `as_of`, or the first day of the window when that is
    /// later; a point whose due month ended before a rule began keeps the older rule.
    pub fn answer(&self, facts: &CycleFacts, as_of: Date) -> Result<InspectionAnswer<'_>, InspectionError> {
        let cycle = Cycle::of(self, facts)?;
        if as_of > LAST_DAY {
            return Err(InspectionError::OutOfRange { what: "the day asked about", value: as_of.to_string() });
        }
        if as_of < self.first_day {
            return Err(InspectionError::BeforeRules { as_of, first: self.first_day });
        }
        if as_of < facts.registered_on {
            return Err(InspectionError::BeforeRegistration { as_of, registered_on: facts.registered_on });
        }
        let due = facts.valid_until.unwrap_or_else(|| cycle.faced_in(YearMonth::of(as_of)));
        let window_opens = cycle.window_opens(due);
        let step = cycle.handle(due, as_of.max(window_opens));
        let state = if as_of > due.last_day() {
            InspectionState::Overdue
        } else if as_of >= window_opens {
            InspectionState::WindowOpen
        } else {
            InspectionState::NotDue
        };
        Ok(InspectionAnswer {
            as_of,
            state,
            action: step.rule.action,
            due,
            window_opens,
            next_valid_until: step.next,
            rule: &step.rule.id,
            clause: &self.clauses[step.rule.clause],
            confidence: step.rule.confidence,
            window_clause: &self.clauses[cycle.class.window_clause],
            class: &cycle.class.id,
            class_name: &cycle.class.name,
            exemption_lost: cycle.void.map(|void| &self.clauses[self.voids[void as usize]]),
            missed_inspection: step.missed_inspection,
            registered_on: facts.registered_on,
        })
    }

    /// The validity of the first mark, given with the registration: up to the first point of the class.
    pub fn valid_until_after_registration(&self, facts: &CycleFacts) -> Result<YearMonth, InspectionError> {
        Ok(Cycle::of(self, facts)?.first_point())
    }

    /// The validity after the point was handled on `on`. Handling before the window opens is refused: it moves nothing.
    pub fn valid_until_after_handling(&self, facts: &CycleFacts, on: Date) -> Result<YearMonth, InspectionError> {
        let answer = self.answer(facts, on)?;
        match answer.state {
            InspectionState::NotDue => Err(InspectionError::TooEarly { on, window_opens: answer.window_opens }),
            InspectionState::WindowOpen | InspectionState::Overdue => Ok(answer.next_valid_until),
        }
    }

    /// The validity of a vehicle whose every step was taken on time, as of a day: the point it faces in that day's month.
    pub fn valid_until_when_on_time(&self, facts: &CycleFacts, as_of: Date) -> Result<YearMonth, InspectionError> {
        let on_time = CycleFacts { valid_until: None, ..facts.clone() };
        self.answer(&on_time, as_of).map(|answer| answer.due)
    }
}

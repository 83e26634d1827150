//! A story fed through the real event path, and questions asked through the use case, each answer compared with the truth.

use super::story::Story;
use super::truth::{Stood, Truth};
use jiff::Timestamp;
use luzheng::app::App;
use luzheng::usecase::event::{Outcome, apply_event};
use luzheng::usecase::state_at::{MAX_QUESTIONS, Question, Stood as Answered, answer};
use luzheng_domain::vehicle::{Plate, PlateType};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Of so many questions one is also asked when the answer changed.
const HISTORY: usize = 40;

/// Which vehicle is which car, and what became of the events.
#[derive(Debug, Default)]
pub struct Fed {
    pub cars: HashMap<Uuid, usize>,
    pub outcomes: BTreeMap<&'static str, u64>,
}

/// Feeds everything, each event at its moment.
pub async fn feed(app: &App, story: &mut Story) -> Result<Fed, String> {
    let mut fed = Fed::default();
    app.clock.advance(story.begins().duration_since(app.clock.now()));
    while let Some(sending) = story.next() {
        app.clock.advance(sending.at.duration_since(app.clock.now()));
        let text = sending.json.to_string();
        let receipt = apply_event(app, &text).await.map_err(|e| format!("{}: {e}: {text}", e.code))?;
        let word = match receipt.outcome {
            Outcome::Applied => "applied",
            Outcome::Late => "late",
            Outcome::Refused => "refused",
            Outcome::Parked | Outcome::Seen => return Err(format!("{receipt:?}: {text}")),
        };
        *fed.outcomes.entry(word).or_default() += 1;
        if let (Some(vehicle), Some(vin)) = (receipt.vehicle, sending.json["subject"]["vin"].as_str()) {
            let car = vin.trim_start_matches("WVWZZZ1KZ").parse().map_err(|_| format!("{vin} is no car"))?;
            fed.cars.insert(vehicle, car);
        }
    }
    fed.outcomes.insert("never arrived", story.lost.len() as u64);
    Ok(fed)
}

fn as_truth(found: Option<&Answered>, fed: &Fed) -> Option<Stood> {
    found.map(|stood| Stood {
        vehicle: fed.cars.get(&stood.vehicle).copied().unwrap_or(usize::MAX),
        in_validity: stood.in_validity,
        valid_until: stood.valid_until.map(|month| month.to_string()).unwrap_or_default(),
        letters: stood.status.letters(),
        insurance: stood.insurance,
    })
}

/// When the answer changed between two moments of knowing, by asking the truth at each.
fn changes(truth: &Truth, plate: &str, at: Timestamp, from: Timestamp, to: Timestamp) -> Vec<Timestamp> {
    let mut before = truth.answer(plate, at, from);
    let mut changes = Vec::new();
    for moment in truth.learned(plate, from, to) {
        let after = truth.answer(plate, at, moment);
        if after != before {
            changes.push(moment);
        }
        before = after;
    }
    changes
}

/// What asking found.
#[derive(Debug, Default)]
pub struct Asked {
    pub questions: usize,
    /// Questions about a plate that a vehicle was known to carry.
    pub known: usize,
    /// Those whose answer of then and of now differ.
    pub changed: usize,
    /// Those of which the whole history of the answer was compared.
    pub histories: usize,
    /// The first wrong ones, in words.
    pub wrong: Vec<String>,
}

/// Asks so many questions.
pub async fn ask(app: &App, story: &mut Story, fed: &Fed, count: usize) -> Result<Asked, String> {
    let now = app.clock.now();
    let plate_type = PlateType::parse("02").map_err(|e| e.to_string())?;
    let mut asked = Asked::default();
    while asked.questions < count {
        let drawn: Vec<_> = (0..MAX_QUESTIONS.min(count - asked.questions)).map(|_| story.question()).collect();
        let questions: Vec<Question> = drawn
            .iter()
            .map(|(plate, at, known_at)| {
                let plate = Plate::parse(plate, plate_type).map_err(|e| e.to_string())?.value;
                Ok(Question { plate, at: *at, known_at: *known_at })
            })
            .collect::<Result<_, String>>()?;
        let mut tx = app.store.read().await.map_err(|e| e.to_string())?;
        let answers = answer(&mut tx, &questions, now).await.map_err(|e| e.to_string())?;
        drop(tx);
        for ((plate, at, known_at), found) in drawn.into_iter().zip(answers) {
            asked.questions += 1;
            let then_at = known_at.unwrap_or(at);
            let truth = (story.truth.answer(&plate, at, then_at), story.truth.answer(&plate, at, now));
            let told = (as_truth(found.then.as_ref(), fed), as_truth(found.now.as_ref(), fed));
            asked.known += usize::from(truth.1.is_some());
            asked.changed += usize::from(truth.0 != truth.1);
            let mut right = truth == told;
            let holder = found.carries_now.map(|id| fed.cars.get(&id).copied().unwrap_or(usize::MAX));
            right &= holder == story.truth.holder(&plate, now);
            if asked.questions.is_multiple_of(HISTORY) && truth.0 != truth.1 {
                asked.histories += 1;
                // The marks are not part of this truth; what they alone changed is left out.
                let things = |differs: &[_]| differs.iter().any(|d| *d != luzheng::usecase::state_at::Differs::Mark);
                let told: Vec<Timestamp> =
                    found.changes.iter().filter(|(_, differs)| things(differs)).map(|(at, _)| *at).collect();
                let whole = changes(&story.truth, &plate, at, then_at, now);
                right &= told.len() == luzheng::usecase::state_at::MAX_CHANGES || told == whole;
            }
            if !right && asked.wrong.len() < 5 {
                asked.wrong.push(format!("{plate} at {at} as known at {then_at}: {told:?}, but it is {truth:?}"));
            }
        }
    }
    Ok(asked)
}

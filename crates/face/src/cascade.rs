//! The funnel: every window of the picture at every size, then what is left of them, judged better and better.

use crate::Face;
use crate::grey::Grey;
use crate::lab;
use crate::model::{Classifier, Model, Network, Step};
use crate::surf::Sums;

/// Side of a window as classifiers see it, in pixels.
pub(crate) const WINDOW: usize = 40;
/// Windows begin so many pixels apart.
const MOVE: usize = 4;
/// Each next copy of the picture is so much smaller.
const SHRINK: f32 = 0.8;
/// Windows that share so much of their area are one, on the way.
const SAME: f32 = 0.8;
/// Windows that share so much of their area are one, at the end.
const SAME_AT_LAST: f32 = 0.3;
/// Most windows that go on from one level to the next: a picture of nothing but faces has some hundred.
const WINDOWS_MAX: usize = 20_000;

/// The faces of a picture, surest first.
pub(crate) fn detect(model: &Model, picture: &Grey<'_>) -> Vec<Face> {
    let Some((first, later)) = model.levels.split_first() else { return Vec::new() };
    let mut left: Vec<Vec<Face>> = scan(first, picture).into_iter().map(|w| merge(w, SAME)).collect();
    let (mut sums, mut window) = (Sums::new(), Vec::with_capacity(WINDOW * WINDOW));
    for (number, steps) in later.iter().enumerate() {
        let last_level = number + 1 == later.len();
        left = steps
            .iter()
            .map(|step| {
                let mut windows: Vec<Face> = step.sources.iter().flat_map(|n| left[*n].iter().copied()).collect();
                windows.truncate(WINDOWS_MAX);
                for (stage, classifier) in step.stages.iter().enumerate() {
                    let Classifier::Network(network) = classifier else { continue };
                    windows =
                        windows.into_iter().filter_map(|w| look(network, picture, w, &mut sums, &mut window)).collect();
                    if stage + 1 < step.stages.len() {
                        windows = merge(windows, SAME);
                    } else if last_level {
                        windows = merge(windows, SAME_AT_LAST);
                    }
                }
                windows
            })
            .collect();
    }
    left.into_iter().next().unwrap_or_default()
}

/// The first level: for each step, the windows that its classifier lets through.
fn scan(steps: &[Step], picture: &Grey<'_>) -> Vec<Vec<Face>> {
    let mut found = vec![Vec::new(); steps.len()];
    let smallest = WINDOW as f32 / picture.width().min(picture.height()) as f32;
    let (mut scale, mut copy) = (1.0_f32, Vec::new());
    while scale >= smallest {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between a window and the picture")]
        let side = |n: usize| (n as f32 * scale) as usize;
        let (width, height) = (side(picture.width()), side(picture.height()));
        let whole = (u32::try_from(picture.width()).unwrap_or(0), u32::try_from(picture.height()).unwrap_or(0));
        picture.resample((0, 0), whole, (width, height), &mut copy);
        if let Some(copy) = Grey::new(&copy, width, height).filter(|c| c.width().min(c.height()) >= WINDOW) {
            scan_copy(steps, &copy, scale, &mut found);
        }
        scale *= SHRINK;
    }
    found
}

fn scan_copy(steps: &[Step], copy: &Grey<'_>, scale: f32, found: &mut [Vec<Face>]) {
    let map = lab::Map::of(copy);
    for y in (0..=copy.height() - WINDOW).step_by(MOVE) {
        for x in (0..=copy.width() - WINDOW).step_by(MOVE) {
            for (step, windows) in steps.iter().zip(&mut *found) {
                let Some(Classifier::Boosted(by)) = step.stages.first() else { continue };
                let Some(score) = map.judge(by, x, y, WINDOW) else { continue };
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the picture")]
                windows.push(Face {
                    x: (x as f32 / scale + 0.5) as i32,
                    y: (y as f32 / scale + 0.5) as i32,
                    side: (WINDOW as f32 / scale + 0.5) as u32,
                    score: f64::from(score),
                });
            }
        }
    }
}

/// Lets a network look at a window; answers the window moved and grown as it says, or nothing when it is no face. A window beside the
/// picture, or too small to be looked at, is none.
fn look(by: &Network, picture: &Grey<'_>, face: Face, sums: &mut Sums, window: &mut Vec<u8>) -> Option<Face> {
    let (right, bottom) = (i64::from(face.x) + i64::from(face.side), i64::from(face.y) + i64::from(face.side));
    let beyond = |at: i32, side: usize| usize::try_from(at).is_ok_and(|at| at >= side);
    let largest = 4 * picture.width().max(picture.height());
    if right <= 0 || bottom <= 0 || beyond(face.x, picture.width()) || beyond(face.y, picture.height()) {
        return None;
    }
    if face.side < 2 || face.side as usize > largest {
        return None;
    }
    let at = (i64::from(face.x), i64::from(face.y));
    picture.resample(at, (face.side, face.side), (WINDOW, WINDOW), window);
    let [score, across, down, size] = sums.judge(by, window)?;
    // What was looked at begins at the picture's edge when it reached over it.
    let (x, y, old) = (face.x.max(0) as f32, face.y.max(0) as f32, face.side as f32);
    let side = ((size * 2.0 - 1.0) * old + old + 0.5).floor();
    let moved = |by: f32, at: f32| ((by * 2.0 - 1.0) * old + at + (old - side) * 0.5 + 0.5).floor();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few times the picture's size")]
    Some(Face { x: moved(across, x) as i32, y: moved(down, y) as i32, side: side as u32, score: f64::from(score) })
}

/// Of windows that share much of their area the surest stays, with the scores of all of them together.
fn merge(mut windows: Vec<Face>, same: f32) -> Vec<Face> {
    windows.truncate(WINDOWS_MAX);
    windows.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut merged = vec![false; windows.len()];
    let mut kept = Vec::new();
    for number in 0..windows.len() {
        if merged[number] {
            continue;
        }
        let mut best = windows[number];
        for other in number + 1..windows.len() {
            if !merged[other] && shared(&windows[number], &windows[other]) > same {
                merged[other] = true;
                best.score += windows[other].score;
            }
        }
        kept.push(best);
    }
    kept
}

/// The part of two windows' area that both have, 0 to 1.
fn shared(one: &Face, other: &Face) -> f32 {
    let along = |a: i32, a_side: u32, b: i32, b_side: u32| {
        let end = (i64::from(a) + i64::from(a_side)).min(i64::from(b) + i64::from(b_side));
        (end - i64::from(a.max(b))).max(0)
    };
    let both = along(one.x, one.side, other.x, other.side) * along(one.y, one.side, other.y, other.side);
    let area = |face: &Face| i64::from(face.side) * i64::from(face.side);
    let all = area(one) + area(other) - both;
    if all == 0 { 0.0 } else { both as f32 / all as f32 }
}

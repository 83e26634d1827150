//! The same answers as the port it was written after, and an answer to whatever is shown.

use luzheng_face::{Face, Grey, faces};
use proptest::prelude::*;

/// A face of a few soft shapes: enough for the detector.
fn drawn(width: usize, height: usize, middle: (f64, f64), half: f64) -> Vec<u8> {
    let mut pixels = vec![240; width * height];
    for (at, pixel) in pixels.iter_mut().enumerate() {
        let (u, v) = (((at % width) as f64 - middle.0) / half, ((at / width) as f64 - middle.1) / half);
        let glow = |x: f64, y: f64, w: f64, h: f64| (-((u - x) / w).powi(2) - ((v - y) / h).powi(2)).exp();
        let oval = u * u + (v / 1.35).powi(2);
        if oval > 1.0 {
            continue;
        }
        let mut light = 205.0 - 45.0 * oval;
        for side in [-1.0, 1.0] {
            light -= 120.0 * glow(side * 0.4, 0.05, 0.16, 0.09);
            light -= 90.0 * glow(side * 0.4, -0.25, 0.24, 0.06);
            light -= 40.0 * glow(side * 0.12, 0.46, 0.06, 0.05);
        }
        light -= 90.0 * glow(0.0, 0.82, 0.3, 0.05);
        light += 20.0 * glow(0.0, 0.3, 0.08, 0.2);
        if v < -0.75 {
            light = 40.0;
        }
        *pixel = light.clamp(0.0, 255.0) as u8;
    }
    pixels
}

fn theirs(pixels: &[u8], width: u32, height: u32, score_min: f64) -> Vec<(i32, i32, u32, f64)> {
    let model = include_bytes!("../model/seeta_fd_frontal_v1.0.bin");
    let mut detector = rustface::create_detector_with_model(rustface::read_model(&model[..]).expect("the model"));
    detector.set_score_thresh(score_min);
    detector
        .detect(&rustface::ImageData::new(pixels, width, height))
        .into_iter()
        .map(|f| (f.bbox().x(), f.bbox().y(), f.bbox().width(), f.score()))
        .collect()
}

#[test]
fn the_answers_are_the_ports() {
    let mut found = 0;
    for (width, height, middle, half) in [
        (260, 378, (130.0, 170.0), 80.0),
        (260, 378, (100.0, 150.0), 60.0),
        (200, 160, (60.0, 80.0), 40.0),
        (120, 180, (70.0, 80.0), 45.0),
        (64, 64, (32.0, 30.0), 20.0),
        (300, 120, (150.0, 60.0), 30.0),
    ] {
        let pixels = drawn(width, height, middle, half);
        let ours = faces(&Grey::new(&pixels, width, height).expect("its size"), 1.0);
        let theirs = theirs(&pixels, width as u32, height as u32, 1.0);
        assert_eq!(ours.len(), theirs.len(), "{width} × {height}: {ours:?} {theirs:?}");
        for (Face { x, y, side, score }, their) in ours.iter().zip(&theirs) {
            assert_eq!((*x, *y, *side), (their.0, their.1, their.2));
            assert!((score - their.3).abs() < 1e-3, "{score} {}", their.3);
        }
        found += ours.len();
    }
    assert!(found >= 3, "the drawn faces are found: {found}");
}

#[test]
fn small_and_wrong_pictures_have_none() {
    assert!(Grey::new(&[0; 10], 3, 3).is_none());
    for side in [0, 1, 39] {
        let pixels = vec![128; side * side];
        assert!(faces(&Grey::new(&pixels, side, side).expect("its size"), 0.1).is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever is shown, there is an answer: stripes, noise and faces in pieces at the edge are where windows wander off.
    #[test]
    fn whatever_is_shown_is_answered(
        width in 40_usize..110, height in 40_usize..110, across in -30.0_f64..130.0, down in -30.0_f64..130.0,
        half in 8.0_f64..70.0, noise in prop::collection::vec(any::<u8>(), 64), strength in 0_u16..256,
    ) {
        let mut pixels = drawn(width, height, (across, down), half);
        for (at, pixel) in pixels.iter_mut().enumerate() {
            let grain = u16::from(noise[at * 7 % 64]) * strength / 255;
            *pixel = u8::try_from((u16::from(*pixel) * (255 - strength) / 255 + grain).min(255)).unwrap_or(255);
        }
        for face in faces(&Grey::new(&pixels, width, height).expect("its size"), 0.1) {
            prop_assert!(face.score.is_finite() && (face.side as usize) < 1 << 16);
        }
    }
}

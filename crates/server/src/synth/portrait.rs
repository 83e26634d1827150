//! Drawn portraits of people who do not exist: for the demonstration's photos and for the labelled set that the photo rules are measured on.
//!
//! Nothing here comes from a photograph. A head is a few soft shapes under one lamp, with skin, hair, glasses and clothes drawn by chance
//! from a seed, so that the same number is always the same face.

mod head;

use head::Spot;
use image::{Rgb, RgbImage};

use super::chance::{Purpose, Stream};

type Colour = [f32; 3];

/// How a drawn person looks.
#[derive(Debug, Clone)]
pub struct Look {
    skin: Colour,
    hair: Colour,
    lips: Colour,
    clothes: Colour,
    shirt: Colour,
    collar: Collar,
    style: Style,
    /// Half the head's height in parts of half its width.
    tall: f32,
    jaw: f32,
    eye_apart: f32,
    eye_size: f32,
    brow: f32,
    nose: f32,
    mouth: f32,
    beard: f32,
    lamp: f32,
    glasses: bool,
    turned: bool,
    grain: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Collar {
    Round,
    Shirt,
    Jacket,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Short,
    Parted,
    Fringe,
    Long,
    Tied,
    Thin,
}

/// Skin from light to dark.
const SKINS: [Colour; 8] = [
    [246.0, 216.0, 196.0],
    [238.0, 202.0, 176.0],
    [230.0, 190.0, 158.0],
    [220.0, 176.0, 142.0],
    [204.0, 156.0, 122.0],
    [176.0, 128.0, 96.0],
    [148.0, 104.0, 76.0],
    [120.0, 82.0, 60.0],
];
const HAIRS: [Colour; 6] = [
    [26.0, 22.0, 22.0],
    [34.0, 28.0, 26.0],
    [48.0, 36.0, 30.0],
    [74.0, 52.0, 38.0],
    [110.0, 106.0, 104.0],
    [168.0, 166.0, 164.0],
];
const CLOTHES: [Colour; 6] = [
    [32.0, 40.0, 62.0],
    [44.0, 46.0, 50.0],
    [62.0, 34.0, 38.0],
    [30.0, 58.0, 54.0],
    [58.0, 50.0, 74.0],
    [70.0, 74.0, 82.0],
];

impl Look {
    /// The face of a number: the same seed, number and sex give the same face.
    pub fn of(seed: u64, number: u64, female: bool) -> Self {
        let mut chance = Stream::new(seed, Purpose::Portrait, number * 2 + u64::from(female));
        let mut part = |low: f32, high: f32| low + (high - low) * unit(&mut chance);
        let (tall, jaw) = (part(1.30, 1.42), part(0.10, if female { 0.20 } else { 0.14 }));
        let (eye_apart, eye_size) = (part(0.37, 0.42), part(0.15, 0.18));
        let (brow, nose, mouth) = (part(0.05, if female { 0.06 } else { 0.085 }), part(0.17, 0.22), part(0.26, 0.34));
        let (lamp, grain) = (part(-0.35, 0.35), u64::from(part(0.0, 65_535.0).to_bits()));
        let mut pick = |limit: u64| usize::try_from(chance.below(limit)).unwrap_or(0);
        let skin = SKINS[pick(8)];
        let (hair, clothes) = (HAIRS[pick(6)], CLOTHES[pick(6)]);
        let style = if female {
            [Style::Long, Style::Tied, Style::Fringe, Style::Long][pick(4)]
        } else {
            [Style::Short, Style::Parted, Style::Short, Style::Thin][pick(4)]
        };
        let collar = [Collar::Round, Collar::Shirt, Collar::Jacket][pick(3)];
        let glasses = pick(4) == 0;
        let beard = if female || pick(3) > 0 { 0.0 } else { 0.35 };
        let lips = mix(skin, if female { [178.0, 62.0, 70.0] } else { [160.0, 84.0, 78.0] }, 0.55);
        let shirt = [[236.0, 238.0, 242.0], [186.0, 204.0, 226.0], [206.0, 198.0, 186.0]][pick(3)];
        Self {
            skin,
            hair,
            lips,
            clothes,
            shirt,
            collar,
            style,
            tall,
            jaw,
            eye_apart,
            eye_size,
            brow,
            nose,
            mouth,
            beard,
            lamp,
            glasses,
            turned: false,
            grain,
        }
    }
}

/// Where somebody stands in the picture, in parts of its width.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// The head's middle from left to right.
    pub centre: f32,
    /// The crown's distance from the top, in parts of the picture's height.
    pub top: f32,
    /// The head's width.
    pub head: f32,
}

impl Place {
    /// As the licence photo wants it: head width 165 to 189 of 260 pixels, 10 to 20 of 378 above it (GA 482 family, a little smaller for comfort).
    pub const NOMINAL: Self = Self { centre: 0.5, top: 0.07, head: 0.60 };
}

/// What is behind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Backdrop {
    /// Plain, of a brightness from 0 to 255.
    Plain(f32),
    /// A coloured wall.
    Tinted([f32; 3]),
    /// Stripes of two brightnesses.
    Striped(f32, f32),
    /// Shelves with things.
    Busy,
}

impl Look {
    /// How bright the skin is in good light, 0 to 255.
    pub fn brightness(&self) -> f32 {
        0.299 * self.skin[0] + 0.587 * self.skin[1] + 0.114 * self.skin[2]
    }

    /// The same person seen from behind: hair where the face was.
    pub fn from_behind(mut self) -> Self {
        self.turned = true;
        self
    }
}

/// A picture to be drawn.
#[derive(Debug, Clone)]
pub struct Scene {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// What is behind.
    pub backdrop: Backdrop,
    /// What the light on the people is multiplied with; 1 is right.
    pub light: f32,
    /// Who stands where, the farthest first.
    pub people: Vec<(Look, Place)>,
}

impl Scene {
    /// A licence photo of one person.
    pub fn nominal(look: Look, width: u32, height: u32) -> Self {
        Self { width, height, backdrop: Backdrop::Plain(246.0), light: 1.0, people: vec![(look, Place::NOMINAL)] }
    }

    /// Draws it, with the grain of a good camera.
    pub fn draw(&self) -> RgbImage {
        let mut picture = self.draw_clean();
        add_grain(&mut picture, self.people.first().map_or(0, |(look, _)| look.grain));
        picture
    }

    /// Draws it without any grain.
    pub fn draw_clean(&self) -> RgbImage {
        let size = self.width as f32;
        let mut picture = RgbImage::new(self.width, self.height);
        for (x, y, pixel) in picture.enumerate_pixels_mut() {
            let (px, py) = ((x as f32 + 0.5) / size, (y as f32 + 0.5) / size);
            let mut colour = self.backdrop.at(px, py);
            for (look, place) in &self.people {
                let half = place.head / 2.0;
                let middle = place.top * self.height as f32 / size + half * look.tall;
                let at = Spot { u: (px - place.centre) / half, v: (py - middle) / half, soft: 1.6 / (half * size) };
                colour = look.over(colour, at, self.light);
            }
            *pixel = Rgb(colour.map(byte));
        }
        picture
    }
}

impl Backdrop {
    fn at(self, x: f32, y: f32) -> Colour {
        match self {
            Self::Plain(level) => [level, level, level],
            Self::Tinted(colour) => colour,
            Self::Striped(one, other) => {
                let level = if (x * 14.0).fract() < 0.5 { one } else { other };
                [level, level, level]
            }
            Self::Busy => {
                let (column, row) = ((x * 17.0) as u64, (y * 5.0) as u64);
                let shade = 70.0 + 150.0 * hash(column * 31 + row, 77);
                let shelf = if (y * 5.0).fract() < 0.08 { 0.4 } else { 1.0 };
                let warm = hash(column * 57 + row, 78);
                [shade * shelf, shade * shelf * (0.7 + 0.3 * warm), shade * shelf * (0.5 + 0.5 * warm)]
            }
        }
    }
}

/// A whole face as a JPEG for a register: 260 × 378 pixels, like the card file's picture.
pub fn card_photo(seed: u64, number: u64, female: bool) -> Vec<u8> {
    jpeg(&Scene::nominal(Look::of(seed, number, female), 260, 378).draw(), 85)
}

/// A picture as a JPEG of a quality from 1 to 100.
pub fn jpeg(picture: &RgbImage, quality: u8) -> Vec<u8> {
    use image::ImageEncoder;
    let mut bytes = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, quality);
    let (width, height) = picture.dimensions();
    // Writing into memory a picture of a size that JPEG knows cannot fail; nothing written would be seen at once.
    let _ = encoder.write_image(picture, width, height, image::ExtendedColorType::Rgb8);
    bytes
}

/// Adds a camera's grain: at most one and a half steps up or down.
pub fn add_grain(picture: &mut RgbImage, salt: u64) {
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        let noise = (hash(u64::from(x) << 32 | u64::from(y), salt) - 0.5) * 3.0;
        *pixel = Rgb(pixel.0.map(|c| byte(f32::from(c) + noise)));
    }
}

fn unit(chance: &mut Stream) -> f32 {
    chance.below(1 << 20) as f32 / (1u32 << 20) as f32
}

/// A number from 0 to 1 that looks like chance, of a place.
fn hash(place: u64, salt: u64) -> f32 {
    let mut z = place.wrapping_add(salt.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 40) as f32 / 16_777_216.0
}

/// 0 at `from`, 1 at `to`, smoothly between; `from` may be above `to`.
fn step(from: f32, to: f32, at: f32) -> f32 {
    let x = ((at - from) / (to - from)).clamp(0.0, 1.0);
    x * x * (3.0 - 2.0 * x)
}

fn mix(one: Colour, other: Colour, share: f32) -> Colour {
    let share = share.clamp(0.0, 1.0);
    [0, 1, 2].map(|i| one[i] + (other[i] - one[i]) * share)
}

fn scale(colour: Colour, by: f32) -> Colour {
    colour.map(|c| c * by)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte")]
fn byte(value: f32) -> u8 {
    value.clamp(0.0, 255.0) as u8
}

//! Drawn portraits of people who do not exist: for the demonstration's photos and for the labelled set that the photo rules are measured on.
//!
//! Nothing here comes from a photograph. A head is a few soft shapes under one lamp, with skin, hair, glasses and clothes drawn by chance
//! from a seed, so that the same number is always the same face.

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

/// A point in a head's own measure: the head's middle is 0, its side is at `u` = ±1; `v` in the same unit, downwards.
#[derive(Debug, Clone, Copy)]
struct Spot {
    u: f32,
    v: f32,
    /// Over how much an edge is softened.
    soft: f32,
}

impl Spot {
    /// How much of a point lies inside a shape whose signed distance is negative inside.
    fn inside(self, distance: f32) -> f32 {
        step(self.soft, -self.soft, distance)
    }

    /// A soft ellipse around a point: 1 in its middle, 0 far outside.
    fn glow(self, u: f32, v: f32, width: f32, height: f32) -> f32 {
        let (du, dv) = ((self.u - u) / width, (self.v - v) / height);
        (-(du * du + dv * dv)).exp()
    }

    /// Roughly the distance to an ellipse, negative inside.
    fn ellipse(self, u: f32, v: f32, width: f32, height: f32) -> f32 {
        let (du, dv) = ((self.u - u) / width, (self.v - v) / height);
        ((du * du + dv * dv).sqrt() - 1.0) * width.min(height)
    }
}

impl Look {
    /// This person over a colour.
    fn over(&self, under: Colour, at: Spot, light: f32) -> Colour {
        let t = self.tall;
        if at.v < -t * 1.15 || at.u.abs() > 3.2 {
            return under;
        }
        let lit = |c: Colour| c.map(|part| part * light);
        let mut colour = under;
        if matches!(self.style, Style::Long) {
            let behind = at.ellipse(0.0, 0.25 * t, 1.10, 1.15 * t).max(at.v - 1.25 * t);
            colour = mix(colour, lit(self.strands(at, 0.75)), at.inside(behind));
        }
        colour = self.body(colour, at, &lit);
        let ears = at.ellipse(0.97, 0.12, 0.12, 0.26).min(at.ellipse(-0.97, 0.12, 0.12, 0.26));
        if !matches!(self.style, Style::Long) {
            colour = mix(colour, lit(scale(self.skin, 0.78)), at.inside(ears));
        }
        let face = at.inside(self.outline(at));
        if face > 0.0 {
            colour = mix(colour, lit(self.face(at)), face);
        }
        let hair = at.inside(self.hair_shape(at));
        if hair > 0.0 {
            colour = mix(colour, lit(self.strands(at, 1.0)), hair);
        }
        if self.glasses && !self.turned {
            colour = self.spectacles(colour, at, light);
        }
        colour
    }

    /// Distance to the head's outline: an oval that narrows towards the chin.
    fn outline(&self, at: Spot) -> f32 {
        let v = at.v / self.tall;
        let narrow = if v > 0.0 { 1.0 - self.jaw * v * v * 1.6 } else { 1.0 };
        let (u, v) = (at.u.abs() / (0.95 * narrow), v.abs());
        (u.powf(2.3) + v.powf(2.3)).powf(1.0 / 2.3) - 1.0
    }

    fn body(&self, under: Colour, at: Spot, lit: &impl Fn(Colour) -> Colour) -> Colour {
        let t = self.tall;
        let mut colour = under;
        let neck = (at.u.abs() - 0.52 - 0.10 * (at.v - t * 0.9).max(0.0)).max(0.55 * t - at.v);
        let shade = 0.80 - 0.28 * at.glow(0.0, t * 0.98, 0.75, 0.24);
        colour = mix(colour, lit(scale(self.skin, shade)), at.inside(neck));
        let shoulder = at.v - t * 1.20;
        let slope = 0.10 * at.u.abs() + 0.26 * (at.u.abs() - 1.2).max(0.0).powi(2) - 0.06;
        let opening = match self.collar {
            Collar::Round => at.ellipse(0.0, t * 1.12, 0.62, 0.32),
            Collar::Shirt | Collar::Jacket => (at.u.abs() * 1.25 + (at.v - t * 1.62)) * 0.7,
        };
        let cloth = (slope - shoulder).max(-opening);
        let fold = 1.0 + 0.10 * (at.u * 3.0 + at.v).sin() - 0.10 * at.u.abs();
        let inner = match self.collar {
            Collar::Jacket if at.u.abs() * 1.1 + (at.v - t * 2.1) < 0.0 => self.shirt,
            Collar::Shirt if opening < 0.16 => scale(self.clothes, 1.45),
            _ => self.clothes,
        };
        mix(colour, lit(scale(inner, fold)), at.inside(cloth))
    }

    /// Skin with its light, eyes, brows, nose and mouth.
    fn face(&self, at: Spot) -> Colour {
        let (t, v) = (self.tall, at.v / self.tall);
        let depth = (1.0 - (at.u * at.u * 0.85 + v * v * 0.75)).max(0.0).sqrt();
        let lambert = 0.62 + 0.42 * depth + 0.10 * self.lamp * at.u - 0.06 * v;
        let (eye_v, mouth_v, nose_v) = (0.06 * t, 0.60 * t, 0.36 * t);
        let side = at.u.abs();
        let sym = Spot { u: side, ..at };
        let mut shade = lambert;
        shade -= 0.16 * sym.glow(self.eye_apart, eye_v - 0.03, 0.26, 0.13);
        shade -= 0.12 * sym.glow(0.13, eye_v + 0.02, 0.08, 0.16);
        shade += 0.09 * at.glow(0.03 * self.lamp, 0.20 * t, 0.07, 0.22);
        shade += 0.08 * at.glow(0.04 * self.lamp, nose_v - 0.04, 0.09, 0.08);
        shade -= 0.10 * sym.glow(self.nose * 0.8, nose_v - 0.06, 0.06, 0.16);
        shade -= 0.24 * at.glow(0.0, nose_v + 0.09, self.nose * 0.95, 0.045);
        shade += 0.07 * sym.glow(0.50, 0.30 * t, 0.22, 0.16);
        shade -= 0.09 * sym.glow(0.36, 0.46 * t, 0.06, 0.18);
        shade -= 0.12 * at.glow(0.0, mouth_v + 0.17, 0.26, 0.06);
        shade += 0.06 * at.glow(0.0, mouth_v + 0.32, 0.22, 0.10);
        shade += 0.05 * at.glow(0.15 * self.lamp, -0.42 * t, 0.5, 0.22);
        let mut colour = scale(self.skin, shade);
        colour = mix(colour, scale(self.skin, 0.35), 0.85 * sym.glow(self.nose * 0.50, nose_v + 0.06, 0.045, 0.030));
        if self.beard > 0.0 {
            let chin = step(0.30 * t, 0.55 * t, at.v) * (1.0 - at.glow(0.0, mouth_v, 0.30, 0.09));
            colour = mix(colour, self.hair, self.beard * chin);
        }
        colour = self.brows(colour, sym, eye_v);
        colour = self.eye(colour, sym, eye_v);
        self.lips_over(colour, at, mouth_v)
    }

    fn brows(&self, under: Colour, sym: Spot, eye_v: f32) -> Colour {
        let across = (sym.u - self.eye_apart) / 0.25;
        let height = eye_v - 0.27 + 0.05 * across * across + 0.02 * across;
        let thick = self.brow * (1.0 - 0.45 * across.max(0.0));
        let hairs = 0.92 + 0.08 * (sym.u * 150.0 + sym.v * 90.0).sin();
        let shape = ((sym.v - height).abs() - thick).max((across.abs() - 1.0) * 0.25);
        let ink = mix(self.hair, [40.0, 32.0, 30.0], 0.5);
        mix(under, ink, 0.85 * hairs * step(0.03, -0.03, shape))
    }

    fn eye(&self, under: Colour, sym: Spot, eye_v: f32) -> Colour {
        let (du, dv) = ((sym.u - self.eye_apart) / self.eye_size, sym.v - eye_v);
        if du.abs() > 1.6 || dv.abs() > 0.35 {
            return under;
        }
        let open = 0.082 * (1.0 - du * du).max(0.0).sqrt();
        let lid = dv + open;
        let mut colour = under;
        let white = sym.inside((dv.abs() - open).max((du.abs() - 1.0) * self.eye_size));
        colour = mix(colour, [226.0, 220.0, 216.0], white);
        let iris = sym.inside(sym.ellipse(self.eye_apart, eye_v - 0.008, 0.082, 0.082)) * white;
        colour = mix(colour, [52.0, 36.0, 28.0], iris);
        let pupil = sym.inside(sym.ellipse(self.eye_apart, eye_v - 0.008, 0.040, 0.040)) * white;
        colour = mix(colour, [12.0, 10.0, 10.0], pupil);
        let spark = sym.inside(sym.ellipse(self.eye_apart - 0.025, eye_v - 0.035, 0.018, 0.018)) * white;
        colour = mix(colour, [250.0, 250.0, 250.0], spark);
        let lash = step(0.035, 0.0, lid.abs()) * step(1.15, 0.95, du.abs()) * step(0.05, 0.0, dv);
        colour = mix(colour, [28.0, 22.0, 22.0], 0.9 * lash);
        let fold = step(0.02, 0.0, (lid + 0.055).abs()) * step(1.2, 0.8, du.abs());
        let under_lid = step(0.02, 0.0, (dv - open - 0.01).abs()) * step(1.1, 0.8, du.abs());
        mix(colour, scale(self.skin, 0.55), (0.55 * fold + 0.4 * under_lid).min(1.0) * (1.0 - white))
    }

    fn lips_over(&self, under: Colour, at: Spot, mouth_v: f32) -> Colour {
        let across = at.u / self.mouth;
        let curve = mouth_v - 0.018 * (1.0 - across * across);
        let room = (1.0 - across * across).max(0.0);
        let cupid = 0.055 - 0.016 * at.glow(0.0, mouth_v - 0.06, 0.05, 1.0);
        let upper =
            step(0.015, -0.015, (curve - at.v - cupid * room.sqrt()).max(at.v - curve)) * step(1.0, 0.9, across.abs());
        let lower =
            step(0.015, -0.015, (at.v - curve - 0.080 * room.sqrt()).max(curve - at.v)) * step(1.0, 0.9, across.abs());
        let mut colour = mix(under, scale(self.lips, 0.80), 0.85 * upper);
        let shine = 1.0 + 0.15 * at.glow(0.0, mouth_v + 0.04, 0.12, 0.03);
        colour = mix(colour, scale(self.lips, shine), 0.85 * lower);
        let line = step(0.020, 0.0, (at.v - curve).abs()) * step(1.06, 0.92, across.abs());
        mix(colour, [58.0, 26.0, 26.0], 0.8 * line)
    }

    /// Distance to the hair in front of the head, negative inside.
    fn hair_shape(&self, at: Spot) -> f32 {
        let t = self.tall;
        let side = at.u.abs();
        let cap = at.ellipse(0.0, -0.16 * t, 1.06, 0.90 * t);
        // The face's opening: below the hairline and between the sides; hair lies where the cap is and the opening is not.
        let (line, width) = match self.style {
            Style::Short => (-0.50 * t + 0.10 * at.u * at.u, 0.90 - 0.06 * at.v.max(0.0)),
            Style::Parted => (-0.56 * t + 0.22 * (at.u + 0.3).abs(), 0.88),
            Style::Fringe => (-0.33 * t + 0.03 * (at.u * 21.0).sin() + 0.10 * at.u * at.u, 0.82),
            Style::Long => (-0.60 * t + 0.42 * at.u * at.u, 0.80),
            Style::Tied => (-0.60 * t + 0.32 * at.u * at.u, 0.92),
            Style::Thin => (-0.72 * t + 0.35 * at.u * at.u, 0.92),
        };
        let opening = (line - at.v).max(side - width).max(self.outline(at) - 0.03);
        if self.turned {
            return cap.max(at.v - 0.75 * t);
        }
        let reach = match self.style {
            Style::Long => 0.75 * t,
            Style::Fringe => 0.30 * t,
            Style::Short | Style::Parted | Style::Tied | Style::Thin => 0.02 * t,
        };
        cap.max(-opening).max(at.v - reach)
    }

    fn strands(&self, at: Spot, shade: f32) -> Colour {
        let flow = (at.u * 46.0 + (at.v * 3.0).sin() * 4.0).sin() * 0.5 + (at.u * 97.0 - at.v * 11.0).sin() * 0.5;
        let gloss = 0.35 * at.glow(-0.25 + 0.4 * self.lamp, -0.78 * self.tall, 0.55, 0.16);
        scale(mix(self.hair, [210.0, 205.0, 200.0], gloss * 0.4), shade * (1.0 + 0.16 * flow))
    }

    fn spectacles(&self, under: Colour, at: Spot, light: f32) -> Colour {
        let sym = Spot { u: at.u.abs(), ..at };
        let eye_v = 0.06 * self.tall;
        let rim = (sym.ellipse(self.eye_apart + 0.02, eye_v + 0.03, 0.29, 0.21)).abs() - 0.016;
        let bridge = ((sym.v - eye_v + 0.03).abs() - 0.014).max(sym.u - 0.13);
        let arm = ((sym.v - eye_v + 0.03).abs() - 0.016).max(0.68 - sym.u).max(sym.u - 0.98);
        mix(under, scale([44.0, 40.0, 40.0], light), 0.9 * at.inside(rim.min(bridge).min(arm)))
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

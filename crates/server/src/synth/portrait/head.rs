//! A head: a few soft shapes under one lamp.

use super::{Collar, Colour, Look, Style, mix, scale, step};

/// A point in a head's own measure: the head's middle is 0, its side is at `u` = ±1; `v` in the same unit, downwards.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot {
    pub(super) u: f32,
    pub(super) v: f32,
    /// Over how much an edge is softened.
    pub(super) soft: f32,
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
    pub(super) fn over(&self, under: Colour, at: Spot, light: f32) -> Colour {
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

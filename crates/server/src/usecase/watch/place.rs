//! Roughly where a check was made: as much as the watch needs and no more.

use luzheng_domain::region::Division;
use serde::Deserialize;
use utoipa::ToSchema;

/// Where a checker says to be, in degrees (WGS 84). Rounded to a tenth of a degree (about ten kilometres) before anything else is done with it.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
pub struct Coordinates {
    /// Latitude, -90 to 90.
    pub lat: f64,
    /// Longitude, -180 to 180.
    pub lon: f64,
}

/// Roughly where a check was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Coordinates")]
pub enum Place {
    /// Nobody said.
    #[default]
    Unknown,
    /// A point, in tenths of a degree.
    Near {
        /// Latitude × 10.
        lat: i16,
        /// Longitude × 10.
        lon: i16,
    },
    /// Somewhere in an administrative division: an officer's duty region, a partner's region.
    In(Division),
}

impl From<Coordinates> for Place {
    fn from(given: Coordinates) -> Self {
        Self::near(given.lat, given.lon)
    }
}

impl From<Option<Division>> for Place {
    fn from(division: Option<Division>) -> Self {
        division.map_or(Self::Unknown, Self::In)
    }
}

/// Degrees to whole tenths, when they are at most `most` degrees either way.
fn tenths(degrees: f64, most: f64) -> Option<i16> {
    // Not a number compares as false and is refused with the rest.
    if degrees.abs() <= most {
        #[expect(clippy::cast_possible_truncation, reason = "at most 1,800 either way")]
        Some((degrees * 10.0).round() as i16)
    } else {
        None
    }
}

/// A place on the sphere with how far it may be off.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot {
    point: [f32; 3],
    radius_km: f32,
}

/// Radius of the earth, in kilometres.
const EARTH_KM: f32 = 6_371.0;
/// How far a point rounded to a tenth of a degree may be off: half a diagonal.
const ROUNDED_KM: f32 = 8.0;

/// Middle and radius of the provinces, in tenths of a degree and kilometres: rough and generous, so that two places are never taken for farther
/// apart than they are.
const PROVINCES: &[(u32, i16, i16, f32)] = &[
    (11, 401, 1164, 130.0),
    (12, 393, 1173, 110.0),
    (13, 395, 1160, 430.0),
    (14, 375, 1123, 400.0),
    (15, 440, 1135, 1_400.0),
    (21, 413, 1227, 380.0),
    (22, 436, 1262, 450.0),
    (23, 478, 1279, 650.0),
    (31, 312, 1214, 90.0),
    (32, 330, 1195, 350.0),
    (33, 292, 1203, 320.0),
    (34, 319, 1172, 360.0),
    (35, 261, 1181, 350.0),
    (36, 276, 1157, 380.0),
    (37, 364, 1183, 430.0),
    (41, 339, 1136, 380.0),
    (42, 310, 1123, 460.0),
    (43, 276, 1117, 420.0),
    (44, 233, 1134, 500.0),
    (45, 238, 1088, 440.0),
    (46, 192, 1098, 200.0),
    (50, 301, 1079, 340.0),
    (51, 306, 1027, 650.0),
    (52, 268, 1069, 350.0),
    (53, 250, 1015, 550.0),
    (54, 315, 885, 1_150.0),
    (61, 353, 1090, 500.0),
    (62, 380, 1015, 1_000.0),
    (63, 355, 960, 760.0),
    (64, 373, 1061, 280.0),
    (65, 415, 855, 1_200.0),
    (71, 237, 1210, 230.0),
    (81, 224, 1141, 50.0),
    (82, 222, 1135, 20.0),
];

fn spot(lat: i16, lon: i16, radius_km: f32) -> Spot {
    let (lat, lon) = ((f32::from(lat) / 10.0).to_radians(), (f32::from(lon) / 10.0).to_radians());
    Spot { point: [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()], radius_km }
}

impl Place {
    /// A point, rounded to a tenth of a degree. What is no place on earth is no place.
    pub fn near(lat: f64, lon: f64) -> Self {
        match (tenths(lat, 90.0), tenths(lon, 180.0)) {
            (Some(lat), Some(lon)) => Self::Near { lat, lon },
            _ => Self::Unknown,
        }
    }

    /// How it is written down with a flag: `31.3,120.6` or a division's code.
    pub fn code(self) -> Option<String> {
        let degrees = |tenths: i16| f32::from(tenths) / 10.0;
        match self {
            Self::Unknown => None,
            Self::Near { lat, lon } => Some(format!("{:.1},{:.1}", degrees(lat), degrees(lon))),
            Self::In(division) => Some(division.code().to_string()),
        }
    }

    /// Where that is, when it says enough.
    pub(super) fn spot(self) -> Option<Spot> {
        match self {
            Self::Unknown => None,
            Self::Near { lat, lon } => Some(spot(lat, lon, ROUNDED_KM)),
            Self::In(division) => {
                let province = division.code() / 10_000;
                let (_, lat, lon, radius) = PROVINCES.iter().find(|(code, ..)| *code == province)?;
                Some(spot(*lat, *lon, *radius))
            }
        }
    }
}

impl Spot {
    /// How far two places are apart at the least, in kilometres.
    pub(super) fn at_least_km(&self, other: &Self) -> f32 {
        let dot: f32 = self.point.iter().zip(other.point).map(|(a, b)| a * b).sum();
        let between = EARTH_KM * dot.clamp(-1.0, 1.0).acos();
        (between - self.radius_km - other.radius_km).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apart(one: Place, other: Place) -> f32 {
        one.spot().unwrap().at_least_km(&other.spot().unwrap())
    }

    fn division(code: u32) -> Place {
        Place::from(Division::new(code))
    }

    #[test]
    fn a_point_loses_its_precision_at_once() {
        let place: Place = serde_json::from_str(r#"{"lat": 31.29871, "lon": 120.58531, "accuracy": 4}"#).unwrap();
        assert_eq!(place, Place::Near { lat: 313, lon: 1206 });
        assert_eq!(place.code().unwrap(), "31.3,120.6");
        for nowhere in [(91.0, 0.0), (0.0, 181.0), (f64::NAN, 1.0), (f64::INFINITY, 1.0)] {
            assert_eq!(Place::near(nowhere.0, nowhere.1), Place::Unknown);
        }
    }

    #[test]
    fn distances_are_those_of_the_map() {
        let (suzhou, guangzhou) = (Place::near(31.3, 120.6), Place::near(23.1, 113.3));
        assert!((1_100.0..1_200.0).contains(&apart(suzhou, guangzhou)));
        assert!(apart(suzhou, suzhou) < 0.1);
        // Neighbouring provinces may be the same spot as far as anybody knows.
        assert!(apart(division(320_500), division(310_000)) < 0.1);
        assert!(apart(division(320_500), suzhou) < 0.1);
        assert!(apart(division(320_500), division(440_100)) > 300.0);
        assert!(Place::In(Division::new(990_000).unwrap()).spot().is_none());
    }
}

//! The rules for a photo, and what one of them says about a picture.

use luzheng_domain::text::Text;
use serde::{Deserialize, Serialize};

/// A rule for photos of licence holders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// At least 520 pixels wide.
    Size,
    /// Width to height above 2:3 and below 3:4.
    Ratio,
    /// Exactly one face.
    OneFace,
    /// The face in the middle.
    Centred,
    /// The face neither small nor cut off.
    FaceSize,
    /// A plain white background.
    Background,
    /// In focus.
    Sharpness,
    /// Neither too dark nor too bright.
    Light,
}

impl Rule {
    /// All, in the order in which they are shown.
    pub const ALL: [Self; 8] = [
        Self::Size,
        Self::Ratio,
        Self::OneFace,
        Self::Centred,
        Self::FaceSize,
        Self::Background,
        Self::Sharpness,
        Self::Light,
    ];

    /// The stable word.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Size => "size",
            Self::Ratio => "ratio",
            Self::OneFace => "one_face",
            Self::Centred => "centred",
            Self::FaceSize => "face_size",
            Self::Background => "background",
            Self::Sharpness => "sharpness",
            Self::Light => "light",
        }
    }

    /// The rule of a word.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.code() == code)
    }

    /// Whether its failing only advises people, and never refuses the upload by itself.
    pub const fn advice_only(self) -> bool {
        !matches!(self, Self::Size | Self::Ratio)
    }
}

/// What one rule says about one picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The rule.
    pub rule: Rule,
    /// Nothing wrong was found. A rule about the face is not wrong when there is no face: [`Rule::OneFace`] says that.
    pub ok: bool,
    /// What was measured, as a number with its unit.
    pub measured: String,
    /// What is asked for.
    pub limit: String,
    /// What it says, in one sentence.
    pub text: Text,
    /// How to put it right.
    pub fix: Text,
}

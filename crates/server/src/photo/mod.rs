//! Photos of licence holders: taken in within ceilings, looked at rule by rule, and written anew without anything but their pixels.
//!
//! What is uploaded comes from strangers. The kind of a file is told by its content, its size in pixels by its header before anything is
//! decoded, and what is kept is never the file that came but a JPEG of our own making: no metadata, no trailing data, no second meaning.
//!
//! Two rules refuse an upload, size and ratio (they are stated in numbers). The others are advice: they are measured, said to the person
//! before and after uploading and shown to the reviewer, and a human being decides.

mod check;
mod decode;
mod encode;
mod face;
mod measure;
mod rule;
mod words;

pub use check::check;
pub use decode::{Picture, decode};
pub use encode::Portrait;
pub use face::{FaceBox, faces};
pub use rule::{Check, Rule};

/// Longest file, in bytes.
pub const FILE_MAX: usize = 8 * 1024 * 1024;
/// Most pixels of a picture (telephones make 12 to 50 million; a portrait needs far fewer).
pub const PIXELS_MAX: u64 = 40_000_000;
/// Most pixels of a progressive JPEG, whose decoder must hold every coefficient at once.
pub const PROGRESSIVE_PIXELS_MAX: u64 = 24_000_000;
/// Most bytes a decoder may ask for at one time.
pub const ALLOCATION_MAX: u64 = 256 * 1024 * 1024;
/// Most scans of a JPEG: ten are usual, and each costs a walk over all pixels.
pub const SCANS_MAX: usize = 32;
/// Least width of an uploaded photo, in pixels (pay1999 3160801, egb634 3162108).
pub const WIDTH_MIN: u32 = 520;
/// The recommended size, in pixels, and the size of what is kept of an upload (same sources).
pub const KEPT: (u32, u32) = (520, 756);
/// Most bytes of what is kept.
pub const KEPT_MAX: usize = 160 * 1024;
/// Least side of a photo that comes from the register, in pixels: the card file's picture has 260 × 378 (GA 482 family).
pub const REGISTER_SIDE_MIN: u32 = 100;

/// Why a file is not taken in at all. Nothing of it is kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PhotoRefused {
    /// Longer than [`FILE_MAX`].
    #[error("the file has {0} bytes; at most {FILE_MAX} are taken")]
    TooLarge(usize),
    /// Neither JPEG nor PNG nor WebP by its content.
    #[error("the file is not a JPEG, PNG or WebP picture")]
    NotAPicture,
    /// The file ends before the picture does.
    #[error("the picture is cut off: the file ends too early")]
    Truncated,
    /// More pixels than are decoded, told from the header.
    #[error("the picture has {0} × {1} pixels; at most {PIXELS_MAX} are taken")]
    TooManyPixels(u32, u32),
    /// Fewer pixels than anything can be seen on.
    #[error("the picture has only {0} × {1} pixels")]
    TooSmall(u32, u32),
    /// An animation.
    #[error("the picture is an animation; a photo stands still")]
    Animated,
    /// A damaged picture, or one of a kind that no camera makes.
    #[error("the picture is damaged or of an unusual kind: {0}")]
    Broken(String),
}

impl PhotoRefused {
    /// The stable code, snake_case.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge(_) => "photo_too_large",
            Self::NotAPicture => "photo_not_a_picture",
            Self::Truncated => "photo_truncated",
            Self::TooManyPixels(..) => "photo_too_many_pixels",
            Self::TooSmall(..) => "photo_too_small",
            Self::Animated => "photo_animated",
            Self::Broken(_) => "photo_broken",
        }
    }
}

/// An uploaded photo, looked at.
#[derive(Debug, Clone)]
pub struct Examined {
    /// What each rule says, in the order of [`Rule::ALL`].
    pub checks: Vec<Check>,
    /// What may be kept; nothing when a rule that refuses has failed.
    pub portrait: Option<Portrait>,
}

impl Examined {
    /// Whether no rule that refuses has failed.
    pub const fn accepted(&self) -> bool {
        self.portrait.is_some()
    }
}

/// Takes in what somebody uploaded: decoded, looked at, written anew at [`KEPT`] size. Takes some tenths of a second and, for the largest
/// pictures, some hundred megabytes: callers bound how many run at once.
///
/// # Errors
/// [`PhotoRefused`]: the file is no picture that can be taken in.
pub fn examine_upload(bytes: &[u8]) -> Result<Examined, PhotoRefused> {
    let picture = decode(bytes)?;
    let faces = faces(&picture);
    let checks = check::check_with(&picture, &faces);
    let refused = checks.iter().any(|c| !c.ok && !c.rule.advice_only());
    let portrait = if refused { None } else { Some(encode::kept(&picture)?) };
    Ok(Examined { checks, portrait })
}

/// Takes in a photo that the register sends: the same ceilings and the same new writing, but no rule about size and ratio, since it is
/// the register's own; a larger one is made smaller, a smaller one is left at its size.
///
/// # Errors
/// [`PhotoRefused`].
pub fn accept_register_photo(bytes: &[u8]) -> Result<Portrait, PhotoRefused> {
    let picture = decode(bytes)?;
    if picture.width < REGISTER_SIDE_MIN || picture.height < REGISTER_SIDE_MIN {
        return Err(PhotoRefused::TooSmall(picture.width, picture.height));
    }
    encode::fitted(&picture)
}

/// What the rules say about a photo that is kept already, for the reviewer. Size and ratio are those of the kept photo.
///
/// # Errors
/// [`PhotoRefused`]: the kept bytes are no picture, which is a fault of ours.
pub fn check_kept(bytes: &[u8]) -> Result<Vec<Check>, PhotoRefused> {
    Ok(check(&decode(bytes)?))
}

//! A photo that comes with an event: JPEG as base64.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The largest photo an event may carry, in bytes of the JPEG. Card photos have 14 to 30 KB (domain-driver.md 5.4).
pub const MAX_PHOTO_BYTES: usize = 512 * 1024;

/// How a JPEG begins.
const JPEG_START: [u8; 3] = [0xFF, 0xD8, 0xFF];

/// The bytes of a photo as the register sent them: the beginning of a JPEG was seen, nothing more. Personal data; `Debug` shows the size.
#[derive(Clone, PartialEq, Eq)]
pub struct Photo(Vec<u8>);

/// The text is no photo.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PhotoError {
    /// Larger than [`MAX_PHOTO_BYTES`].
    #[error("the photo is larger than {MAX_PHOTO_BYTES} bytes")]
    TooLarge,
    /// Not base64.
    #[error("the photo must be base64 (RFC 4648 section 4, padded)")]
    NotBase64,
    /// The bytes are no JPEG.
    #[error("the photo must be a JPEG")]
    NotJpeg,
}

impl PhotoError {
    /// The stable code of this error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "photo_too_large",
            Self::NotBase64 => "not_base64",
            Self::NotJpeg => "not_jpeg",
        }
    }
}

impl Photo {
    /// Reads base64 text.
    pub fn parse(text: &str) -> Result<Self, PhotoError> {
        if text.len() > MAX_PHOTO_BYTES.div_ceil(3) * 4 {
            return Err(PhotoError::TooLarge);
        }
        let bytes = STANDARD.decode(text).map_err(|_| PhotoError::NotBase64)?;
        if bytes.len() > MAX_PHOTO_BYTES {
            return Err(PhotoError::TooLarge);
        }
        if bytes.starts_with(&JPEG_START) { Ok(Self(bytes)) } else { Err(PhotoError::NotJpeg) }
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, given away.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl fmt::Debug for Photo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Photo({} bytes)", self.0.len())
    }
}

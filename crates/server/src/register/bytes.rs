//! Where the bytes of a register come from: a file, standard input or any reader; packed with gzip or not.

use super::limits::{GZIP_RATIO_FLOOR, GZIP_RATIO_MAX};
use aws_lc_rs::digest::{Context, SHA256};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

const BUFFER: usize = 128 * 1024;

/// How far reading has come in the file as it lies on disk, and what it was; shared with whoever draws the progress bar.
#[derive(Clone)]
pub struct Position {
    bytes: Arc<AtomicU64>,
    digest: Arc<Mutex<Context>>,
}

impl Position {
    fn new() -> Self {
        Self { bytes: Arc::default(), digest: Arc::new(Mutex::new(Context::new(&SHA256))) }
    }

    /// Bytes read so far.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// The SHA-256 of everything read so far: of the file, once it has been read to its end.
    pub fn digest(&self) -> [u8; 32] {
        let context = self.digest.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut out = [0; 32];
        out.copy_from_slice(context.finish().as_ref());
        out
    }

    fn advance(&self, read: &[u8]) {
        self.bytes.fetch_add(read.len() as u64, Ordering::Relaxed);
        self.digest.lock().unwrap_or_else(PoisonError::into_inner).update(read);
    }
}

/// An opened input, unpacked, with its position.
pub(super) struct Bytes {
    pub(super) reader: Box<dyn BufRead + Send>,
    pub(super) position: Position,
    /// Size of the file on disk, when it is a file.
    pub(super) size: Option<u64>,
}

/// Opens a file, or standard input for `-`.
pub(super) fn open(path: &Path) -> io::Result<Bytes> {
    if path.as_os_str() == "-" {
        return wrap(io::stdin(), None);
    }
    let file = File::open(path)?;
    let meta = file.metadata()?;
    if meta.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
    }
    wrap(file, meta.is_file().then_some(meta.len()))
}

/// Wraps a reader and takes the gzip layer off when there is one.
pub(super) fn wrap(reader: impl Read + Send + 'static, size: Option<u64>) -> io::Result<Bytes> {
    let position = Position::new();
    let counted = Counted { inner: reader, position: position.clone() };
    let mut plain = BufReader::with_capacity(BUFFER, counted);
    // Two bytes can be split over two reads of a pipe; BufReader gives at least one byte unless the input ends.
    let packed = begins_with(&mut plain, &[0x1F, 0x8B])?;
    let reader: Box<dyn BufRead + Send> = if packed {
        let unpacked = flate2::bufread::MultiGzDecoder::new(plain);
        let guard = RatioGuard { inner: unpacked, packed: position.clone(), unpacked: 0 };
        Box::new(BufReader::with_capacity(BUFFER, guard))
    } else {
        Box::new(plain)
    };
    Ok(Bytes { reader, position, size })
}

/// Whether the input begins with these bytes; nothing is consumed. A first read that is shorter than the magic says no.
pub(super) fn begins_with(reader: &mut impl BufRead, magic: &[u8]) -> io::Result<bool> {
    Ok(reader.fill_buf()?.starts_with(magic))
}

struct Counted<R> {
    inner: R,
    position: Position,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        // The first read fills at least a few bytes, so that the kind of file can be told even from a pipe that trickles.
        let mut n = self.inner.read(buf)?;
        while n > 0 && n < 8 && n < buf.len() {
            let more = self.inner.read(&mut buf[n..])?;
            if more == 0 {
                break;
            }
            n += more;
        }
        self.position.advance(&buf[..n]);
        Ok(n)
    }
}

/// Stops an archive that unpacks to far more than a register can.
struct RatioGuard<R> {
    inner: R,
    packed: Position,
    unpacked: u64,
}

impl<R: Read> Read for RatioGuard<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.unpacked += n as u64;
        if self.unpacked > GZIP_RATIO_FLOOR && self.unpacked / GZIP_RATIO_MAX > self.packed.bytes() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("the archive unpacks to more than {GZIP_RATIO_MAX} times its size"),
            ));
        }
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    fn gz(bytes: &[u8]) -> Vec<u8> {
        let mut out = GzEncoder::new(Vec::new(), Compression::default());
        out.write_all(bytes).expect("memory");
        out.finish().expect("memory")
    }

    #[test]
    fn gzip_is_taken_off_and_members_follow_each_other() {
        let mut packed = gz(b"one\n");
        packed.extend(gz(b"two\n"));
        let mut text = String::new();
        let mut bytes = wrap(io::Cursor::new(packed.clone()), None).expect("opens");
        bytes.reader.read_to_string(&mut text).expect("unpacks");
        assert_eq!(text, "one\ntwo\n");
        assert_eq!(bytes.position.bytes(), packed.len() as u64);
        assert_eq!(bytes.position.digest(), aws_lc_rs::digest::digest(&SHA256, &packed).as_ref());
    }

    #[test]
    fn a_bomb_stops() {
        let packed = gz(&vec![b'0'; 64 * 1024 * 1024]);
        let mut bytes = wrap(io::Cursor::new(packed), None).expect("opens");
        let error = io::copy(&mut bytes.reader, &mut io::sink()).expect_err("stops");
        assert!(error.to_string().contains("200 times"), "{error}");
    }

    #[test]
    fn a_cut_archive_is_an_error_not_an_end() {
        let mut packed = gz(&(0..100_000u32).flat_map(u32::to_le_bytes).collect::<Vec<u8>>());
        packed.truncate(packed.len() / 2);
        let mut bytes = wrap(io::Cursor::new(packed), None).expect("opens");
        assert!(io::copy(&mut bytes.reader, &mut io::sink()).is_err());
    }
}

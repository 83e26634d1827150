//! Keys in files: PKCS#8 in PEM, encrypted at rest, readable by the `openssl` command line.
//!
//! Encryption is PBES2 (RFC 8018) with scrypt (N = 2^14, r = 8, p = 5: 16 MB of memory, which stays below OpenSSL's own
//! ceiling of 32 MB; N = 2^10, p = 1 under a passphrase of 64 hex digits, which is a random key already) and AES-256-CBC. A file is written beside its place, synced, and only then given its name; a name that
//! is taken is never overwritten, because a lost issuing key cannot be had again.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use pkcs8::der::asn1::{ObjectIdentifier, OctetString};
use pkcs8::der::pem::{LineEnding, PemLabel};
use pkcs8::der::{Decode, Encode, SecretDocument};
use pkcs8::pkcs5::{EncryptionScheme, pbes2, scrypt};
use pkcs8::{EncryptedPrivateKeyInfoOwned, EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef};
use zeroize::Zeroizing;

use super::spki::{EC_PUBLIC_KEY, ED25519, PRIME256V1, SM2P256V1};
use super::{Algorithm, PublicKey, SIGNATURE_LEN, SignError, Signer, ed25519, es256, sm2};

/// Longest key file that is read, in bytes; ours have about 500.
pub const KEY_FILE_MAX: usize = 16 * 1024;
/// What a passphrase that people may have chosen costs to try: log2 of N, and p.
const COST: (u8, u32) = (14, 5);
/// What 256 random bits cost: nobody tries those, so stretching adds nothing but time at every start.
const RANDOM_COST: (u8, u32) = (10, 1);
/// Most rounds of PBKDF2 that a file may ask for.
const PBKDF2_ROUNDS_MAX: u32 = 10_000_000;
/// Most memory that a file may ask for in scrypt (128·N·r), in bytes.
const SCRYPT_MEMORY_MAX: u64 = 256 * 1024 * 1024;
/// Most work that a file may ask for in scrypt (N·r·p).
const SCRYPT_WORK_MAX: u64 = 1 << 23;

/// Why a key could not be made, saved or loaded. No message contains any part of a key or a passphrase.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The operating system refused.
    #[error("cannot {action} the key file {}: {source}", path.display())]
    Io {
        /// What was being done.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's own error.
        source: io::Error,
    },
    /// There is already a file of this name; keys are never overwritten.
    #[error("{} exists already; a key file is never overwritten", .0.display())]
    Exists(PathBuf),
    /// Longer than [`KEY_FILE_MAX`].
    #[error("a key file has at most {KEY_FILE_MAX} bytes")]
    TooLarge,
    /// Not one PEM block, or its contents are not DER.
    #[error("not a key in PEM form")]
    NotPem,
    /// PEM, but of another kind than `ENCRYPTED PRIVATE KEY`.
    #[error("the PEM block is {0:?}; an encrypted private key (PKCS#8, \"ENCRYPTED PRIVATE KEY\") is needed")]
    NotEncrypted(String),
    /// Encrypted in a way that is not read here.
    #[error("the key file is encrypted with {0}, which is not supported; use PBES2 with scrypt or PBKDF2 and AES")]
    UnsupportedEncryption(String),
    /// The file asks for more work or memory than any honest one.
    #[error("the key file asks for an unreasonably expensive key derivation")]
    TooCostly,
    /// An empty passphrase protects nothing.
    #[error("the passphrase must not be empty")]
    EmptyPassphrase,
    /// It did not decrypt to a key.
    #[error("wrong passphrase, or the key file is damaged")]
    WrongPassphrase,
    /// It decrypted to a key that is not used here.
    #[error("the key file holds a private key of algorithm {0}, which is not used here")]
    UnsupportedKey(String),
    /// It decrypted to a key whose numbers are impossible or whose halves do not agree.
    #[error("the key file holds a broken {0} key")]
    BrokenKey(Algorithm),
    /// The cryptographic library refused.
    #[error("the cryptographic library could not {0}")]
    Library(&'static str),
}

enum Secret {
    Es256(es256::SecretKey),
    Ed25519(ed25519::SecretKey),
    Sm2(sm2::SecretKey),
}

/// A private key held in this process, usually loaded from an encrypted file. Its secret is never printed, and it is
/// wiped when the value is dropped.
pub struct FileKey {
    public: PublicKey,
    secret: Secret,
}

/// Whether a passphrase is 256 bits as the server makes them, in lower-case hex, with enough different digits to have come from chance:
/// sixty-four digits of which fewer than ten differ do so in less than one of a million.
fn is_random(passphrase: &[u8]) -> bool {
    let mut seen = [false; 256];
    for digit in passphrase {
        seen[usize::from(*digit)] = true;
    }
    passphrase.len() == 64
        && passphrase.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
        && seen.iter().filter(|there| **there).count() >= 10
}

impl FileKey {
    /// Makes a new key.
    ///
    /// # Errors
    /// [`KeyFileError::Library`] when there is no randomness.
    pub fn generate(algorithm: Algorithm) -> Result<Self, KeyFileError> {
        let secret = match algorithm {
            Algorithm::Es256 => es256::SecretKey::generate().map(Secret::Es256),
            Algorithm::Ed25519 => ed25519::SecretKey::generate().map(Secret::Ed25519),
            Algorithm::Sm2 => sm2::SecretKey::generate().map(Secret::Sm2),
        };
        Self::new(algorithm, secret.ok_or(KeyFileError::Library("generate a key"))?)
    }

    fn new(algorithm: Algorithm, secret: Secret) -> Result<Self, KeyFileError> {
        let public = match &secret {
            Secret::Es256(key) => key.public_key(),
            Secret::Ed25519(key) => key.public_key(),
            Secret::Sm2(key) => key.public_key(),
        };
        Ok(Self { public: public.map_err(|_| KeyFileError::BrokenKey(algorithm))?, secret })
    }

    /// Reads an unencrypted PKCS#8 key (DER).
    fn from_pkcs8(der: &[u8]) -> Result<Self, KeyFileError> {
        let info = PrivateKeyInfoRef::from_der(der).map_err(|_| KeyFileError::WrongPassphrase)?;
        let curve = info.algorithm.parameters.and_then(|any| any.decode_as::<ObjectIdentifier>().ok());
        let (algorithm, secret) = match (info.algorithm.oid, curve) {
            (EC_PUBLIC_KEY, Some(PRIME256V1)) => {
                (Algorithm::Es256, es256::SecretKey::from_pkcs8(der).map(Secret::Es256))
            }
            (EC_PUBLIC_KEY, Some(SM2P256V1)) => (Algorithm::Sm2, sm2::SecretKey::from_pkcs8(der).map(Secret::Sm2)),
            (ED25519, None) => (Algorithm::Ed25519, ed25519::SecretKey::from_pkcs8(der).map(Secret::Ed25519)),
            (EC_PUBLIC_KEY, Some(curve)) => {
                return Err(KeyFileError::UnsupportedKey(format!("EC on curve {curve}")));
            }
            (oid, _) => return Err(KeyFileError::UnsupportedKey(oid.to_string())),
        };
        Self::new(algorithm, secret.ok_or(KeyFileError::BrokenKey(algorithm))?)
    }

    fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
        let der = match &self.secret {
            Secret::Es256(key) => key.to_pkcs8(),
            Secret::Ed25519(key) => key.to_pkcs8(),
            Secret::Sm2(key) => key.to_pkcs8(),
        };
        der.ok_or(KeyFileError::Library("encode the key"))
    }

    /// The key as an `ENCRYPTED PRIVATE KEY` PEM block.
    ///
    /// # Errors
    /// [`KeyFileError::EmptyPassphrase`], [`KeyFileError::Library`].
    pub fn to_encrypted_pem(&self, passphrase: &[u8]) -> Result<String, KeyFileError> {
        if passphrase.is_empty() {
            return Err(KeyFileError::EmptyPassphrase);
        }
        let failed = || KeyFileError::Library("encrypt the key");
        let (mut salt, mut iv) = ([0; 16], [0; 16]);
        aws_lc_rs::rand::fill(&mut salt).map_err(|_| failed())?;
        aws_lc_rs::rand::fill(&mut iv).map_err(|_| failed())?;
        let (log_n, parallel) = if is_random(passphrase) { RANDOM_COST } else { COST };
        let cost = scrypt::Params::new(log_n, 8, parallel).map_err(|_| failed())?;
        let scheme = pbes2::Parameters::generate_scrypt_aes256cbc(cost, &salt, iv).map_err(|_| failed())?;
        let encrypted = scheme.encrypt(passphrase, &self.to_pkcs8()?).map_err(|_| failed())?;
        let info = EncryptedPrivateKeyInfoOwned {
            encryption_algorithm: scheme.into(),
            encrypted_data: OctetString::new(encrypted).map_err(|_| failed())?,
        };
        let der = info.to_der().map_err(|_| failed())?;
        pkcs8::der::pem::encode_string(EncryptedPrivateKeyInfoOwned::PEM_LABEL, LineEnding::LF, &der)
            .map_err(|_| failed())
    }

    /// Reads an `ENCRYPTED PRIVATE KEY` PEM block, ours or one made by `openssl`.
    ///
    /// # Errors
    /// See [`KeyFileError`]; a key that does not decrypt is [`KeyFileError::WrongPassphrase`].
    pub fn from_encrypted_pem(pem: &str, passphrase: &[u8]) -> Result<Self, KeyFileError> {
        if pem.len() > KEY_FILE_MAX {
            return Err(KeyFileError::TooLarge);
        }
        let (label, document) = SecretDocument::from_pem(pem).map_err(|_| KeyFileError::NotPem)?;
        if label != EncryptedPrivateKeyInfoOwned::PEM_LABEL {
            return Err(KeyFileError::NotEncrypted(label.chars().take(40).collect()));
        }
        let info = read_encryption(document.as_bytes())?;
        let der = Zeroizing::new(
            info.encryption_algorithm
                .decrypt(passphrase, info.encrypted_data.as_bytes())
                .map_err(|_| KeyFileError::WrongPassphrase)?,
        );
        Self::from_pkcs8(&der)
    }

    /// Writes the key, encrypted, to a new file that only its owner may read.
    ///
    /// # Errors
    /// [`KeyFileError::Exists`], [`KeyFileError::Io`], and those of [`FileKey::to_encrypted_pem`].
    pub fn save(&self, path: &Path, passphrase: &[u8]) -> Result<(), KeyFileError> {
        let pem = self.to_encrypted_pem(passphrase)?;
        let io =
            |action: &'static str| move |source: io::Error| KeyFileError::Io { action, path: path.to_owned(), source };
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut tag = [0; 8];
        aws_lc_rs::rand::fill(&mut tag).map_err(|_| KeyFileError::Library("name a temporary file"))?;
        let temporary = folder.join(format!(".key-{}.tmp", hex::encode(tag)));
        let written = write_synced(&temporary, pem.as_bytes()).map_err(io("write"));
        // A link, unlike a rename, fails when the name is taken, even when two processes try at once.
        let placed = written.and_then(|()| {
            std::fs::hard_link(&temporary, path).map_err(|source| match source.kind() {
                io::ErrorKind::AlreadyExists => KeyFileError::Exists(path.to_owned()),
                _ => io("name")(source),
            })
        });
        // After an error the temporary file may not even exist; the first error is the one to report.
        let removed = std::fs::remove_file(&temporary).map_err(io("tidy up after"));
        placed?;
        removed?;
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(io("make durable"))
    }

    /// Loads a key from a file written by [`FileKey::save`] or by `openssl pkcs8 -topk8`.
    ///
    /// # Errors
    /// [`KeyFileError::Io`] and those of [`FileKey::from_encrypted_pem`].
    pub fn load(path: &Path, passphrase: &[u8]) -> Result<Self, KeyFileError> {
        let io = |source| KeyFileError::Io { action: "read", path: path.to_owned(), source };
        let mut bytes = Vec::new();
        let limit = KEY_FILE_MAX as u64 + 1;
        File::open(path).map_err(io)?.take(limit).read_to_end(&mut bytes).map_err(io)?;
        if bytes.len() > KEY_FILE_MAX {
            return Err(KeyFileError::TooLarge);
        }
        Self::from_encrypted_pem(std::str::from_utf8(&bytes).map_err(|_| KeyFileError::NotPem)?, passphrase)
    }
}

/// Reads the outer structure and refuses a key derivation that would eat the machine.
fn read_encryption(der: &[u8]) -> Result<EncryptedPrivateKeyInfoRef<'_>, KeyFileError> {
    let info = EncryptedPrivateKeyInfoRef::from_der(der)
        .map_err(|_| KeyFileError::UnsupportedEncryption("an unknown or malformed scheme".to_owned()))?;
    let EncryptionScheme::Pbes2(scheme) = &info.encryption_algorithm else {
        return Err(KeyFileError::UnsupportedEncryption("PBES1".to_owned()));
    };
    let affordable = match &scheme.kdf {
        pbes2::Kdf::Pbkdf2(kdf) => kdf.iteration_count <= PBKDF2_ROUNDS_MAX,
        pbes2::Kdf::Scrypt(kdf) => {
            let (n, r, p) = (kdf.cost_parameter, u64::from(kdf.block_size), u64::from(kdf.parallelization));
            let memory = n.checked_mul(128).and_then(|x| x.checked_mul(r));
            let work = n.checked_mul(r).and_then(|x| x.checked_mul(p));
            // The library's own conversion of N panics on zero.
            n.is_power_of_two()
                && memory.is_some_and(|x| x <= SCRYPT_MEMORY_MAX)
                && work.is_some_and(|x| x <= SCRYPT_WORK_MAX)
        }
        other => return Err(KeyFileError::UnsupportedEncryption(other.oid().to_string())),
    };
    if affordable { Ok(info) } else { Err(KeyFileError::TooCostly) }
}

/// Creates a file for its owner only, writes, and waits until the disk has it.
fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

impl Signer for FileKey {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; SIGNATURE_LEN], SignError> {
        match &self.secret {
            Secret::Es256(key) => key.sign(message),
            Secret::Ed25519(key) => key.sign(message),
            Secret::Sm2(key) => key.sign(message),
        }
    }
}

impl fmt::Debug for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileKey({} {}, secret not shown)", self.public.algorithm(), self.public.kid())
    }
}

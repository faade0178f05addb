//! Journals are sealed: they hold numbers, names and pressed digits, and outlive the call.
//!
//! A generation has a random salt in the clear and a key derived from it (HKDF-SHA256, RFC 5869), so that a counter is
//! nonce enough (AES-256-GCM). Each record is its length in four bytes and the sealed bytes.

use crate::clock::{Entropy, draw};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Salt};
use std::io::{self, Read};
use std::sync::Arc;

/// Bytes of a generation's salt.
pub(super) const SALT: usize = 32;
/// The longest record: the snapshot of a floor with thousands of calls.
const LONGEST: usize = 256 << 20;
/// What the derived key is for.
const PURPOSE: &[u8] = b"hark journal";

/// What a tenant's journals are sealed with.
#[derive(Clone)]
pub struct JournalKey {
    secret: [u8; 32],
    entropy: Arc<dyn Entropy>,
}

impl std::fmt::Debug for JournalKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JournalKey")
    }
}

impl JournalKey {
    /// From the secret that only this installation has; generations' salts are drawn from `entropy`.
    #[must_use]
    pub fn new(secret: [u8; 32], entropy: Arc<dyn Entropy>) -> Self {
        Self { secret, entropy }
    }

    /// A generation's salt.
    pub(super) fn draw_salt(&self) -> [u8; SALT] {
        draw(self.entropy.as_ref())
    }
}

/// Seals or opens the records of one generation, in their order.
#[derive(Debug)]
pub(super) struct Sealer {
    key: LessSafeKey,
    next: u64,
}

impl Sealer {
    pub(super) fn new(key: &JournalKey, salt: &[u8; SALT]) -> Self {
        let mut derived = [0; 32];
        let secret = Salt::new(HKDF_SHA256, salt).extract(&key.secret);
        let filled = secret.expand(&[PURPOSE], HKDF_SHA256).and_then(|material| material.fill(&mut derived));
        filled.expect("the length asked for is the digest's own");
        let key = UnboundKey::new(&AES_256_GCM, &derived).expect("32 bytes are a key");
        Self { key: LessSafeKey::new(key), next: 0 }
    }

    fn nonce(&mut self) -> Nonce {
        let mut nonce = [0; NONCE_LEN];
        nonce[..8].copy_from_slice(&self.next.to_le_bytes());
        self.next += 1;
        Nonce::assume_unique_for_key(nonce)
    }

    /// A record as it is written.
    pub(super) fn seal(&mut self, mut plain: Vec<u8>) -> io::Result<Vec<u8>> {
        let nonce = self.nonce();
        self.key
            .seal_in_place_append_tag(nonce, Aad::empty(), &mut plain)
            .map_err(|_| io::Error::other("a record is too long to be sealed"))?;
        let length = u32::try_from(plain.len()).map_err(io::Error::other)?;
        let mut record = length.to_le_bytes().to_vec();
        record.append(&mut plain);
        Ok(record)
    }

    /// The next record; `None` at the end, and where the last life broke off.
    pub(super) fn open(&mut self, from: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
        let mut length = [0; 4];
        if !filled(from, &mut length)? {
            return Ok(None);
        }
        let length = u32::from_le_bytes(length) as usize;
        if length > LONGEST {
            return Ok(None);
        }
        let mut sealed = vec![0; length];
        if !filled(from, &mut sealed)? {
            return Ok(None);
        }
        let nonce = self.nonce();
        let Ok(plain) = self.key.open_in_place(nonce, Aad::empty(), &mut sealed) else { return Ok(None) };
        let length = plain.len();
        sealed.truncate(length);
        Ok(Some(sealed))
    }
}

/// Whether there was enough to fill `bytes`.
pub(super) fn filled(from: &mut impl Read, bytes: &mut [u8]) -> io::Result<bool> {
    match from.read_exact(bytes) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

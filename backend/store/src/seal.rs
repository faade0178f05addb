//! Sealing secrets before they reach a row: AES-256-GCM with a master key that never enters the database.
//!
//! A sealed value is nonce (12 bytes), ciphertext, tag (16 bytes). The additional data names where the value belongs,
//! so that a value copied to another row or tenant does not open.
//!
//! What is only ever compared, and has too few possible values for a bare hash, is hashed with a key of the same secret
//! (HMAC-SHA256, RFC 2104).

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, UnboundKey};
use ring::hmac;
use std::sync::Arc;

/// 96 random bits, never used twice with one key.
pub type Nonce = [u8; 12];

/// The key that wraps all others; from the configuration.
#[derive(Clone)]
pub struct MasterKey(Arc<Keys>);

struct Keys {
    seals: LessSafeKey,
    hashes: hmac::Key,
}

/// What the key for hashes is derived for.
const HASHES: &[u8] = b"hark keyed hashes";

/// A sealed value that does not open: another master key, or the row was tampered with.
#[derive(Debug, thiserror::Error)]
#[error("the sealed value does not open with this master key")]
pub struct SealError;

impl MasterKey {
    /// A master key of these bytes.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        // One secret, two keys: neither says anything about the other.
        let derived = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), HASHES);
        let hashes = hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref());
        let key = UnboundKey::new(&AES_256_GCM, key).expect("AES-256 takes 32 bytes");
        Self(Arc::new(Keys { seals: LessSafeKey::new(key), hashes }))
    }

    /// Seals `plain` for the place that `place` names.
    #[must_use]
    pub fn seal(&self, nonce: Nonce, place: &[u8], plain: &[u8]) -> Vec<u8> {
        let mut sealed = nonce.to_vec();
        let mut body = plain.to_vec();
        self.0
            .seals
            .seal_in_place_append_tag(ring::aead::Nonce::assume_unique_for_key(nonce), Aad::from(place), &mut body)
            .expect("a secret is far shorter than the cipher's limit of 64 GiB");
        sealed.append(&mut body);
        sealed
    }

    /// Opens what [`seal`](Self::seal) made for the same place.
    ///
    /// # Errors
    /// [`SealError`] when it was sealed with another key, for another place, or changed since.
    pub fn open(&self, place: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (nonce, body) = sealed.split_first_chunk::<12>().ok_or(SealError)?;
        let mut body = body.to_vec();
        let nonce = ring::aead::Nonce::assume_unique_for_key(*nonce);
        let length = self.0.seals.open_in_place(nonce, Aad::from(place), &mut body).map_err(|_| SealError)?.len();
        body.truncate(length);
        Ok(body)
    }

    /// The hash of `plain` for the place that `place` names, whose length is always the same: who has no key cannot try
    /// out what it is of.
    #[must_use]
    pub fn hash(&self, place: &[u8], plain: &[u8]) -> Vec<u8> {
        let mut context = hmac::Context::with_key(&self.0.hashes);
        context.update(place);
        context.update(plain);
        context.sign().as_ref().to_vec()
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_of_its_key_its_place_and_what_it_is_of() {
        let key = MasterKey::new(&[7; 32]);
        let hash = key.hash(b"room", b"1234");
        assert_eq!(hash, MasterKey::new(&[7; 32]).hash(b"room", b"1234"));
        for other in
            [key.hash(b"hall", b"1234"), key.hash(b"room", b"1235"), MasterKey::new(&[8; 32]).hash(b"room", b"1234")]
        {
            assert_ne!(hash, other);
        }
    }

    #[test]
    fn opens_only_with_its_key_at_its_place_and_unchanged() {
        let key = MasterKey::new(&[7; 32]);
        let sealed = key.seal([1; 12], b"here", b"secret");
        assert!(!sealed.windows(6).any(|bytes| bytes == b"secret"));
        assert_eq!(key.open(b"here", &sealed).unwrap(), b"secret");
        assert!(key.open(b"there", &sealed).is_err());
        assert!(MasterKey::new(&[8; 32]).open(b"here", &sealed).is_err());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(key.open(b"here", &changed).is_err(), "byte {at}");
        }
        assert!(key.open(b"here", &sealed[..11]).is_err());
    }
}

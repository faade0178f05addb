//! The sealed file: a header, then chunks of 64 KiB under AES-256-GCM.
//!
//! | bytes | what |
//! | --- | --- |
//! | 4 | `HARK` |
//! | 4 | version 1, encoding (1: A-law), channels (2), 0 |
//! | 4 | frames a second, little-endian |
//! | 4 | key id, little-endian |
//! | 16 | recording id |
//! | 32 | salt |
//! | 16 | proof: the tag of nothing under the file's key, with the header as additional data |
//!
//! The file's key is HKDF-SHA256 (RFC 5869) of the tenant's key, the salt and the header, so that two files never share
//! a nonce; the nonce is the chunk's number, and the additional data are recording, number and whether it is the last.
//! Every chunk but the last is full, so the place of any second is known.

use hark_shared::edge::SealKey;
use hark_shared::ids::RecordingId;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use std::io::{self, Write};

/// Sealed at once: about four seconds.
pub(super) const CHUNK: usize = 64 * 1024;
/// Length of a tag.
pub(super) const TAG: usize = 16;
/// Length of the header with its proof.
pub(super) const HEADER: usize = PLAIN_HEADER + TAG;
const PLAIN_HEADER: usize = 64;
/// Frames a second.
pub(super) const RATE: u32 = 8000;
/// Bytes of a frame: A-law, left and right.
pub(super) const FRAME: usize = 2;
/// The nonce of the proof, which no chunk reaches.
const PROOF: u64 = u64::MAX;

/// What a header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub key_id: u32,
    pub recording: RecordingId,
    pub salt: [u8; 32],
}

impl Header {
    fn bytes(&self) -> [u8; PLAIN_HEADER] {
        let mut bytes = [0; PLAIN_HEADER];
        bytes[..4].copy_from_slice(b"HARK");
        bytes[4..8].copy_from_slice(&[1, 1, 2, 0]);
        bytes[8..12].copy_from_slice(&RATE.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.key_id.to_le_bytes());
        bytes[16..32].copy_from_slice(self.recording.0.as_bytes());
        bytes[32..].copy_from_slice(&self.salt);
        bytes
    }

    /// A header's fields; `None` when the bytes are no header of ours.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let plain = bytes.first_chunk::<PLAIN_HEADER>()?;
        let recording: [u8; 16] = plain[16..32].try_into().ok()?;
        let header = Self {
            key_id: u32::from_le_bytes(plain[12..16].try_into().ok()?),
            recording: RecordingId::from_u128(u128::from_be_bytes(recording)),
            salt: plain[32..].try_into().ok()?,
        };
        (header.bytes() == *plain).then_some(header)
    }

    /// The key of this file, and the proof that it is the right one.
    fn key(&self, seal: &SealKey) -> LessSafeKey {
        struct Length;
        impl KeyType for Length {
            fn len(&self) -> usize {
                32
            }
        }
        let plain = self.bytes();
        let mut key = [0; 32];
        Salt::new(HKDF_SHA256, &self.salt)
            .extract(&seal.key)
            .expand(&[b"hark recording", &plain], Length)
            .and_then(|okm| okm.fill(&mut key))
            .expect("32 bytes are a length that HKDF-SHA256 gives");
        LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).expect("32 bytes are a key of AES-256"))
    }
}

fn nonce(number: u64) -> Nonce {
    let mut bytes = [0; 12];
    bytes[4..].copy_from_slice(&number.to_be_bytes());
    Nonce::assume_unique_for_key(bytes)
}

fn additional(recording: RecordingId, number: u64, last: bool) -> [u8; 25] {
    let mut bytes = [0; 25];
    bytes[..16].copy_from_slice(recording.0.as_bytes());
    bytes[16..24].copy_from_slice(&number.to_be_bytes());
    bytes[24] = u8::from(last);
    bytes
}

/// Seals frames into any writer.
pub(super) struct Sealer<W> {
    to: W,
    key: LessSafeKey,
    recording: RecordingId,
    number: u64,
    chunk: Vec<u8>,
}

impl<W: Write> Sealer<W> {
    /// Writes the header.
    pub(super) fn begin(mut to: W, header: &Header, seal: &SealKey) -> io::Result<Self> {
        let key = header.key(seal);
        let plain = header.bytes();
        let proof = key
            .seal_in_place_separate_tag(nonce(PROOF), Aad::from(plain), &mut [])
            .map_err(|_| io::Error::other("the header cannot be sealed"))?;
        to.write_all(&plain)?;
        to.write_all(proof.as_ref())?;
        let chunk = Vec::with_capacity(CHUNK + TAG);
        Ok(Self { to, key, recording: header.recording, number: 0, chunk })
    }

    /// Adds bytes; writes whenever a chunk is full.
    pub(super) fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            // A full chunk waits until more comes, since the last one must know that it is the last.
            if self.chunk.len() == CHUNK {
                self.flush(false)?;
            }
            let (now, rest) = bytes.split_at(bytes.len().min(CHUNK - self.chunk.len()));
            self.chunk.extend_from_slice(now);
            bytes = rest;
        }
        Ok(())
    }

    fn flush(&mut self, last: bool) -> io::Result<()> {
        let aad = Aad::from(additional(self.recording, self.number, last));
        self.key
            .seal_in_place_append_tag(nonce(self.number), aad, &mut self.chunk)
            .map_err(|_| io::Error::other("a chunk cannot be sealed"))?;
        self.number += 1;
        let written = self.to.write_all(&self.chunk);
        self.chunk.clear();
        written
    }

    /// Writes the last chunk.
    pub(super) fn end(mut self) -> io::Result<W> {
        self.flush(true)?;
        self.to.flush()?;
        Ok(self.to)
    }
}

/// Opens chunks.
pub(super) struct Opener {
    key: LessSafeKey,
    recording: RecordingId,
}

impl Opener {
    /// `None` when the key is not the file's.
    pub(super) fn new(header: &Header, proof: &[u8; TAG], seal: &SealKey) -> Option<Self> {
        let key = header.key(seal);
        let mut tag = proof.to_vec();
        key.open_in_place(nonce(PROOF), Aad::from(header.bytes()), &mut tag).ok()?;
        Some(Self { key, recording: header.recording })
    }

    /// The plain bytes of a chunk; `None` when it is not whole.
    pub(super) fn open<'a>(&self, number: u64, last: bool, sealed: &'a mut [u8]) -> Option<&'a [u8]> {
        let aad = Aad::from(additional(self.recording, number, last));
        self.key.open_in_place(nonce(number), aad, sealed).ok().map(|plain| &*plain)
    }
}

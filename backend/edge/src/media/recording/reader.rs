//! Reading a recording back, whole or cut off.

use super::seal::{CHUNK, FRAME, HEADER, Header, Opener, RATE, TAG};
use crate::media::law::Law;
use hark_shared::edge::SealKey;
use hark_shared::ids::RecordingId;
use hark_shared::time::Millis;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Why a recording cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file cannot be read.
    #[error("the recording cannot be read: {0}")]
    Read(#[from] io::Error),
    /// It is no recording of ours, or of a later version.
    #[error("this is not a recording")]
    Foreign,
    /// Sealed with another key.
    #[error("the recording is sealed with another key than {0}")]
    WrongKey(u32),
}

/// A recording in memory: two channels of 8 kHz.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// Which.
    pub recording: RecordingId,
    /// False when the end is missing or damaged: what is here is the part before.
    pub whole: bool,
    /// A-law, left and right in turn.
    frames: Vec<u8>,
}

fn header(file: &mut File) -> Result<(Header, [u8; TAG]), OpenError> {
    let mut bytes = [0; HEADER];
    file.read_exact(&mut bytes).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => OpenError::Foreign,
        _ => OpenError::Read(error),
    })?;
    let header = Header::parse(&bytes).ok_or(OpenError::Foreign)?;
    let mut proof = [0; TAG];
    proof.copy_from_slice(&bytes[HEADER - TAG..]);
    Ok((header, proof))
}

/// Which of the tenant's keys a recording is sealed with.
///
/// # Errors
/// When the file cannot be read or is no recording.
pub fn key_id(path: &Path) -> Result<u32, OpenError> {
    Ok(header(&mut File::open(path)?)?.0.key_id)
}

/// Opens a recording. A file that was cut off, or damaged in the middle, gives what comes before.
///
/// # Errors
/// When the file cannot be read, is no recording, or the key is another.
pub fn open(path: &Path, key: &SealKey) -> Result<Recording, OpenError> {
    let mut file = File::open(path)?;
    let (header, proof) = header(&mut file)?;
    let opener = Opener::new(&header, &proof, key).ok_or(OpenError::WrongKey(key.id))?;
    let mut recording = Recording { recording: header.recording, whole: false, frames: Vec::new() };
    let mut next = chunk(&mut file)?;
    for number in 0u64.. {
        let mut sealed = next;
        if sealed.len() < TAG {
            break;
        }
        next = chunk(&mut file)?;
        let last = next.is_empty();
        let mut again = if last { sealed.clone() } else { Vec::new() };
        if let Some(plain) = opener.open(number, last, &mut sealed) {
            recording.frames.extend_from_slice(plain);
            recording.whole = last;
        } else if let Some(plain) = opener.open(number, false, &mut again).filter(|_| last) {
            // Cut off exactly behind a full chunk.
            recording.frames.extend_from_slice(plain);
        } else {
            break;
        }
    }
    Ok(recording)
}

fn chunk(file: &mut File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take((CHUNK + TAG) as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

impl Recording {
    /// How long it plays.
    #[must_use]
    pub fn length(&self) -> Millis {
        Millis((self.frames.len() / FRAME) as i64 * 1000 / i64::from(RATE))
    }

    /// Linear samples of 8 kHz, left and right in turn.
    #[must_use]
    pub fn samples(&self) -> Vec<i16> {
        let mut samples = Vec::with_capacity(self.frames.len());
        Law::A.decode(&self.frames, &mut samples);
        samples
    }

    /// As a WAV file: 16-bit PCM, two channels, 8 kHz; every browser plays that.
    #[must_use]
    pub fn wav(&self) -> Vec<u8> {
        let samples = self.samples();
        let length = (samples.len() * 2) as u32;
        let mut wav = Vec::with_capacity(44 + samples.len() * 2);
        wav.extend(b"RIFF");
        wav.extend((36 + length).to_le_bytes());
        wav.extend(b"WAVEfmt \x10\0\0\0\x01\0\x02\0");
        wav.extend(RATE.to_le_bytes());
        wav.extend((RATE * 4).to_le_bytes());
        wav.extend([4, 0, 16, 0]);
        wav.extend(b"data");
        wav.extend(length.to_le_bytes());
        wav.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
        wav
    }
}

#[cfg(test)]
mod tests {
    use super::super::seal::Sealer;
    use super::*;
    use std::path::PathBuf;

    const KEY: SealKey = SealKey { id: 7, key: [3; 32] };

    fn file(length: usize) -> (PathBuf, Vec<u8>) {
        let path = std::env::temp_dir().join(format!("hark-seal-{}-{}", std::process::id(), rand::random::<u64>()));
        let header = Header { key_id: 7, recording: RecordingId::from_u128(5), salt: [9; 32] };
        let frames: Vec<u8> = (0..length).map(|n| (n * 7 + n / 1000) as u8).collect();
        let mut sealer = Sealer::begin(Vec::new(), &header, &KEY).unwrap();
        frames.chunks(333).for_each(|part| sealer.write(part).unwrap());
        std::fs::write(&path, sealer.end().unwrap()).unwrap();
        (path, frames)
    }

    #[test]
    fn what_was_sealed_comes_back() {
        for length in [0, 2, CHUNK - 2, CHUNK, CHUNK + 2, 3 * CHUNK] {
            let (path, frames) = file(length);
            let recording = open(&path, &KEY).unwrap();
            assert!(recording.whole, "{length}");
            assert_eq!(recording.frames, frames);
            assert_eq!(key_id(&path).unwrap(), 7);
            std::fs::remove_file(path).unwrap();
        }
    }

    #[test]
    fn a_cut_file_gives_its_full_chunks_and_says_that_it_is_cut() {
        let (path, frames) = file(3 * CHUNK);
        let sealed = std::fs::read(&path).unwrap();
        let full = CHUNK + TAG;
        for (cut, chunks) in
            [(HEADER, 0), (HEADER + 100, 0), (HEADER + full, 1), (HEADER + full + 9, 1), (sealed.len() - 1, 2)]
        {
            std::fs::write(&path, &sealed[..cut]).unwrap();
            let recording = open(&path, &KEY).unwrap();
            assert!(!recording.whole, "cut at {cut}");
            assert_eq!(recording.frames, frames[..chunks * CHUNK], "cut at {cut}");
        }
        std::fs::write(&path, &sealed[..HEADER - 1]).unwrap();
        assert!(matches!(open(&path, &KEY), Err(OpenError::Foreign)));
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn another_key_and_a_changed_byte_are_noticed() {
        let (path, frames) = file(2 * CHUNK);
        let other = SealKey { id: 7, key: [4; 32] };
        assert!(matches!(open(&path, &other), Err(OpenError::WrongKey(7))));
        let mut sealed = std::fs::read(&path).unwrap();
        sealed[HEADER + CHUNK + TAG + 5] ^= 1;
        std::fs::write(&path, &sealed).unwrap();
        let recording = open(&path, &KEY).unwrap();
        assert!(!recording.whole && recording.frames == frames[..CHUNK]);
        sealed[13] ^= 1; // the key id in the header
        std::fs::write(&path, &sealed).unwrap();
        assert!(matches!(open(&path, &KEY), Err(OpenError::WrongKey(_))));
        std::fs::remove_file(path).unwrap();
    }
}

//! The `Range` header (RFC 9110, 14.1.2): one range of bytes; several are answered with the whole.

/// Which bytes, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteRange {
    /// The first.
    pub first: u64,
    /// The last.
    pub last: u64,
}

/// The range lies outside the file: 416.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the range is outside the file")]
pub struct RangeError;

impl ByteRange {
    /// How many bytes.
    #[must_use]
    pub fn length(self) -> u64 {
        (self.last + 1).saturating_sub(self.first)
    }

    /// What a header asks for of a file of `length` bytes. `None`: all of it, since the header is of another unit, of
    /// several ranges or not understood, and must then be ignored.
    ///
    /// # Errors
    /// [`RangeError`] when it is understood and outside the file.
    pub fn parse(header: &str, length: u64) -> Result<Option<Self>, RangeError> {
        let Some((first, last)) = header.strip_prefix("bytes=").and_then(|range| range.trim().split_once('-')) else {
            return Ok(None);
        };
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| text.parse().unwrap_or(u64::MAX))
        };
        let (first, last) = match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => (first, last),
            (Some(first), None) if last.is_empty() => (first, u64::MAX),
            (None, Some(0)) if first.is_empty() => return Err(RangeError),
            (None, Some(tail)) if first.is_empty() => (length.saturating_sub(tail), u64::MAX),
            _ => return Ok(None),
        };
        if first >= length {
            return Err(RangeError);
        }
        Ok(Some(Self { first, last: last.min(length - 1) }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_as_the_standard_reads_them() {
        let range = |header| ByteRange::parse(header, 1000);
        let bytes = |first, last| Ok(Some(ByteRange { first, last }));
        assert_eq!(range("bytes=0-499"), bytes(0, 499));
        assert_eq!(range("bytes=500-"), bytes(500, 999));
        assert_eq!(range("bytes=-500"), bytes(500, 999));
        assert_eq!(range("bytes=-5000"), bytes(0, 999));
        assert_eq!(range("bytes=999-99999999999999999999999"), bytes(999, 999));
        assert_eq!(range("bytes=1000-"), Err(RangeError));
        assert_eq!(range("bytes=-0"), Err(RangeError));
        for ignored in ["", "bytes=", "bytes=-", "bytes=5-2", "bytes=0-1,5-6", "lines=1-2", "bytes=a-b", "bytes=+1-2"] {
            assert_eq!(range(ignored), Ok(None), "{ignored}");
        }
        assert_eq!(ByteRange { first: 0, last: 499 }.length(), 500);
    }
}

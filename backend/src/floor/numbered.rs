//! Files that follow one another by number: `00000007.facts`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The file of a number.
pub(super) fn path(folder: &Path, number: u64, suffix: &str) -> PathBuf {
    folder.join(format!("{number:08}.{suffix}"))
}

/// The numbers of all files with this suffix, ascending.
///
/// # Errors
/// When the folder cannot be read.
pub(super) fn all(folder: &Path, suffix: &str) -> io::Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = PathBuf::from(entry?.file_name());
        if name.extension().is_some_and(|extension| extension == suffix) {
            numbers.extend(name.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse::<u64>().ok()));
        }
    }
    numbers.sort_unstable();
    Ok(numbers)
}

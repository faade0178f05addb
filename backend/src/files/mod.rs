//! Recordings as files: from the edge's spool folder into the object store, and back as sound.

/// The object store with the recordings.
#[derive(Clone, Debug, Default)]
pub struct Files {}

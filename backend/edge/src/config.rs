//! What an edge must be told at start; checked by the binary's configuration before it gets here.

use hark_shared::time::Timestamp;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

/// Where the edge listens and what it announces.
#[derive(Clone)]
pub struct EdgeConfig {
    /// SIP over UDP; port 0 takes a free one (tests).
    pub sip: SocketAddr,
    /// The address written into Via, Contact and SDP `c=`; must be reachable from the trunks.
    pub sip_public: IpAddr,
    /// RTP ports, even numbers used in pairs with RTCP; inclusive.
    pub rtp_ports: (u16, u16),
    /// The one UDP and the one TCP port for all browser legs; port 0 takes a free one.
    pub webrtc: SocketAddr,
    /// Addresses announced as ICE candidates.
    pub webrtc_public: Vec<IpAddr>,
    /// INVITEs per second above which 503 with Retry-After is the answer.
    pub invites_per_second: u32,
    /// Where recordings are written until the core takes them.
    pub spool: PathBuf,
    /// Where dialogs are noted that stand, so that the next start can hang them up after a crash.
    pub dialogs: PathBuf,
    /// Threads of the sound.
    pub media: MediaConfig,
    /// Prompts and music by name.
    pub sounds: Arc<dyn Sounds>,
    /// The time of events and the ids of incoming calls.
    pub source: Arc<dyn Source>,
}

/// The most media threads: past that the one port of the browsers is the narrow place.
pub const MAX_MEDIA_THREADS: usize = 8;

/// How sound is carried and recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MediaConfig {
    /// Threads that carry calls, 1 to [`MAX_MEDIA_THREADS`].
    pub threads: usize,
    /// Bytes that recordings leave free in the spool's file system: below, none begins; below half, those that run are
    /// closed. 0 is no bound.
    pub spool_free: u64,
}

impl Default for MediaConfig {
    /// A thread for each core, and no bound.
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { threads: cores.min(MAX_MEDIA_THREADS), spool_free: 0 }
    }
}

/// Where prompts and music come from: embedded files in the binary, a folder in tests.
pub trait Sounds: Send + Sync {
    /// The WAV file of this name (`zh/welcome`, without `.wav`), 16-bit mono of any rate; `None` when there is none.
    fn wav(&self, name: &str) -> Option<Vec<u8>>;
}

/// Time and fresh ids: the binary's clock, or a counted one in tests.
pub trait Source: Send + Sync {
    /// Now, in UTC.
    fn now(&self) -> Timestamp;
    /// A new id, a UUID v7 as a number; never the same twice, and not to be guessed.
    fn fresh(&self) -> u128;
}

/// What the log filter must contain: the SIP stack logs whole messages, with numbers and names, at `info`, and the
/// WebRTC crates one line for each bad packet at `warn`.
pub const LOG_LIMITS: &str = "rsipstack=warn,rtc=error,rtc_ice=error,rtc_dtls=error,rtc_srtp=error,rtc_sctp=error,\
    rtc_rtp=error,rtc_rtcp=error,rtc_interceptor=error,rtc_stun=error,rtc_shared=error";

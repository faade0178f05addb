//! What arrives on a leg: whose packets are believed, and how well they come (RFC 3550, A.1, A.3, A.8).
//!
//! A telephone leg learns its far end from the first valid packets and locks by SSRC, so that a stranger cannot
//! inject; it follows another SSRC only from the very same address after the old stream has fallen silent, and learns
//! anew after a re-INVITE. A browser's packets are authenticated by SRTP, so its SSRC is followed at once. Memory is
//! constant whatever is sent.

use super::packet::Header;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// A jump ahead of more than this many packets is a restarted stream, not loss (RFC 3550, A.1).
const MAX_DROPOUT: u16 = 3000;
/// Older than this many packets is a restarted stream, not reordering (RFC 3550, A.1).
const MAX_MISORDER: u16 = 100;
/// The old stream must have been silent for this long before another SSRC from the same address is believed: five
/// packets, so that two streams at once never flip the lock.
const TAKE_OVER: Duration = Duration::from_millis(100);

/// How far the packets of a leg can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Plain RTP: anybody may send to the port.
    Latch,
    /// SRTP: whoever gets here knew the key.
    Sealed,
}

#[derive(Clone, Copy, Debug)]
enum Lock {
    Open,
    Candidate { from: SocketAddr, ssrc: u32, next: u16 },
    Locked { from: SocketAddr, ssrc: u32 },
}

/// A believed packet's place in its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The sequence number, extended so that it never wraps.
    pub index: u64,
    /// Grows whenever the stream begins anew: another SSRC or a jump.
    pub epoch: u32,
}

/// What became of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It belongs to the leg's stream.
    Take(Place),
    /// A stranger's, a duplicate or still on probation.
    Drop,
}

/// Loss and jitter over a leg's life, and since the last report.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Figures {
    /// Packets taken.
    pub received: u64,
    /// Packets missing by sequence number; duplicates are not counted against it.
    pub lost: u64,
    /// Interarrival jitter in seconds.
    pub jitter: f64,
}

/// The receiving side of one leg.
#[derive(Debug)]
pub(crate) struct Ingress {
    trust: Trust,
    lock: Lock,
    epoch: u32,
    candidate_since: Option<(SocketAddr, u32, u16)>,
    last_at: Option<Instant>,
    /// Closed streams' totals.
    past_received: u64,
    past_expected: u64,
    jitter: f64,
    transit: Option<f64>,
    stream: Option<Stream>,
    /// At the last report: (expected, received).
    reported: (u64, u64),
}

#[derive(Clone, Copy, Debug)]
struct Stream {
    base: u64,
    highest: u64,
    /// Bit n: `highest - n` has been seen.
    seen: u64,
    received: u64,
}

impl Ingress {
    /// A leg that has heard nothing yet.
    pub(crate) fn new(trust: Trust) -> Self {
        Self {
            trust,
            lock: Lock::Open,
            epoch: 0,
            candidate_since: None,
            last_at: None,
            past_received: 0,
            past_expected: 0,
            jitter: 0.0,
            transit: None,
            stream: None,
            reported: (0, 0),
        }
    }

    /// Believes nobody any more until the next packets: after a re-INVITE, or a new connection on the same leg.
    pub(crate) fn relearn(&mut self) {
        self.lock = Lock::Open;
        self.candidate_since = None;
    }

    /// Judges a packet whose payload type is already known to be one of ours. `expected` is the address that SDP named:
    /// from there the very first packet is believed.
    pub(crate) fn judge(
        &mut self,
        header: &Header,
        from: SocketAddr,
        expected: Option<SocketAddr>,
        now: Instant,
    ) -> Verdict {
        match self.lock {
            Lock::Locked { from: known, ssrc } if ssrc == header.ssrc && known == from => {}
            Lock::Locked { from: known, ssrc } => {
                if !self.takes_over(header, from, (known, ssrc), now) {
                    return Verdict::Drop;
                }
            }
            Lock::Open if self.trust == Trust::Sealed || expected == Some(from) => self.begin(from, header),
            Lock::Open => {
                self.lock = Lock::Candidate { from, ssrc: header.ssrc, next: header.sequence.wrapping_add(1) };
                return Verdict::Drop;
            }
            Lock::Candidate { from: known, ssrc, next } => {
                let steady = known == from && ssrc == header.ssrc && next == header.sequence;
                if !steady && expected != Some(from) {
                    self.lock = Lock::Candidate { from, ssrc: header.ssrc, next: header.sequence.wrapping_add(1) };
                    return Verdict::Drop;
                }
                self.begin(from, header);
            }
        }
        self.count(header, now)
    }

    /// Whether a packet that does not match the lock may replace it.
    fn takes_over(&mut self, header: &Header, from: SocketAddr, known: (SocketAddr, u32), now: Instant) -> bool {
        if self.trust == Trust::Sealed {
            if header.ssrc == known.1 {
                self.lock = Lock::Locked { from, ssrc: known.1 };
            } else {
                self.begin(from, header);
            }
            return true;
        }
        let silent = self.last_at.is_none_or(|last| now.saturating_duration_since(last) >= TAKE_OVER);
        let same_stream = header.ssrc == known.1;
        let same_source = from == known.0;
        // Two packets in a row, as at the start; a stream in full flow is never replaced.
        let steady = self.candidate_since.replace((from, header.ssrc, header.sequence.wrapping_add(1)))
            == Some((from, header.ssrc, header.sequence));
        if !(steady && silent && (same_stream || same_source)) {
            return false;
        }
        if same_stream {
            self.lock = Lock::Locked { from, ssrc: known.1 };
        } else {
            self.begin(from, header);
        }
        self.candidate_since = None;
        true
    }

    fn begin(&mut self, from: SocketAddr, header: &Header) {
        self.lock = Lock::Locked { from, ssrc: header.ssrc };
        self.restart(header.sequence);
    }

    fn restart(&mut self, sequence: u16) {
        if let Some(stream) = self.stream.take() {
            self.past_received += stream.received;
            self.past_expected += stream.highest + 1 - stream.base;
        }
        // One cycle up, so that a reordered packet before the first one has an index too.
        let base = 0x1_0000 + u64::from(sequence);
        self.stream = Some(Stream { base, highest: base, seen: 0, received: 0 });
        self.epoch = self.epoch.wrapping_add(1);
        self.transit = None;
    }

    fn count(&mut self, header: &Header, now: Instant) -> Verdict {
        let highest = self.stream.map_or(0, |stream| stream.highest);
        let ahead = header.sequence.wrapping_sub(highest as u16);
        if ahead > MAX_DROPOUT && ahead < u16::MAX - MAX_MISORDER {
            self.restart(header.sequence);
        }
        let Some(stream) = &mut self.stream else { return Verdict::Drop };
        let step = i64::from(header.sequence.wrapping_sub(stream.highest as u16) as i16);
        let Some(index) = stream.highest.checked_add_signed(step) else { return Verdict::Drop };
        if step > 0 {
            stream.seen = if step < 64 { stream.seen << step } else { 0 };
            stream.highest = index;
        }
        let bit = stream.highest - index;
        if bit >= 64 || stream.seen & (1 << bit) != 0 {
            return Verdict::Drop;
        }
        stream.seen |= 1 << bit;
        stream.base = stream.base.min(index);
        stream.received += 1;
        self.last_at = Some(now);
        Verdict::Take(Place { index, epoch: self.epoch })
    }

    /// Updates the jitter by RFC 3550, A.8; `arrival` in seconds on any steady clock, `clock` in Hz.
    pub(crate) fn jitter(&mut self, timestamp: u32, arrival: f64, clock: u32) {
        let transit = arrival - f64::from(timestamp) / f64::from(clock);
        if let Some(before) = self.transit.replace(transit) {
            let difference = (transit - before).abs();
            // A wrapped or jumped timestamp is not jitter.
            if difference < 10.0 {
                self.jitter += (difference - self.jitter) / 16.0;
            }
        }
    }

    /// When the last packet of the stream came.
    pub(crate) fn last_at(&self) -> Option<Instant> {
        self.last_at
    }

    /// The locked stream: where it comes from and its SSRC.
    pub(crate) fn source(&self) -> Option<(SocketAddr, u32)> {
        match self.lock {
            Lock::Locked { from, ssrc } => Some((from, ssrc)),
            Lock::Open | Lock::Candidate { .. } => None,
        }
    }

    fn expected(&self) -> u64 {
        self.past_expected + self.stream.map_or(0, |stream| stream.highest + 1 - stream.base)
    }

    fn received(&self) -> u64 {
        self.past_received + self.stream.map_or(0, |stream| stream.received)
    }

    /// Over the leg's life.
    pub(crate) fn figures(&self) -> Figures {
        let received = self.received();
        Figures { received, lost: self.expected().saturating_sub(received), jitter: self.jitter }
    }

    /// The highest sequence number as RTCP wants it: cycles above, number below.
    pub(crate) fn highest(&self) -> u32 {
        self.stream.map_or(0, |stream| (stream.highest - 0x1_0000) as u32)
    }

    /// The fraction lost since the last call, in 256ths (RFC 3550, A.3).
    pub(crate) fn fraction_lost(&mut self) -> u8 {
        let now = (self.expected(), self.received());
        let (expected, received) = (now.0 - self.reported.0, now.1.saturating_sub(self.reported.1));
        self.reported = now;
        let lost = expected.saturating_sub(received);
        (lost << 8).checked_div(expected).map_or(0, |fraction| fraction.min(255) as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "10.0.0.1:4000";
    const B: &str = "10.0.0.2:5000";

    fn at(address: &str) -> SocketAddr {
        address.parse().unwrap()
    }

    fn packet(ssrc: u32, sequence: u16) -> Header {
        Header { marker: false, payload_type: 8, sequence, timestamp: u32::from(sequence) * 160, ssrc }
    }

    fn taken(verdict: Verdict) -> bool {
        matches!(verdict, Verdict::Take(_))
    }

    #[test]
    fn a_stranger_cannot_inject_or_take_over() {
        let (mut ingress, start) = (Ingress::new(Trust::Latch), Instant::now());
        let tick = |n: u64| start + Duration::from_millis(20 * n);
        assert!(!taken(ingress.judge(&packet(1, 10), at(A), None, tick(0))));
        assert!(taken(ingress.judge(&packet(1, 11), at(A), None, tick(1))));
        for n in 2..200u64 {
            assert!(taken(ingress.judge(&packet(1, 10 + n as u16), at(A), None, tick(n))));
            assert!(!taken(ingress.judge(&packet(9, n as u16), at(B), None, tick(n))), "another address");
            assert!(
                !taken(ingress.judge(&packet(9, n as u16), at(A), None, tick(n))),
                "another stream while ours flows"
            );
        }
        for n in 300..400u64 {
            assert!(!taken(ingress.judge(&packet(9, n as u16), at(B), None, tick(n))), "even after silence");
        }
        assert_eq!(ingress.figures().lost, 0);
    }

    #[test]
    fn the_same_address_may_begin_a_new_stream_after_silence() {
        let (mut ingress, start) = (Ingress::new(Trust::Latch), Instant::now());
        assert!(taken(ingress.judge(&packet(1, 10), at(A), Some(at(A)), start)));
        let later = start + Duration::from_millis(200);
        assert!(!taken(ingress.judge(&packet(2, 500), at(A), Some(at(A)), later)));
        let Verdict::Take(place) = ingress.judge(&packet(2, 501), at(A), Some(at(A)), later) else { panic!() };
        assert_eq!(place.epoch, 2);
        assert_eq!(ingress.source(), Some((at(A), 2)));
    }

    #[test]
    fn a_new_target_is_learnt_anew() {
        let (mut ingress, now) = (Ingress::new(Trust::Latch), Instant::now());
        assert!(taken(ingress.judge(&packet(1, 10), at(A), Some(at(A)), now)));
        ingress.relearn();
        assert!(taken(ingress.judge(&packet(7, 1), at(B), Some(at(B)), now)));
    }

    #[test]
    fn loss_reordering_duplicates_and_wrap_are_told_apart() {
        let (mut ingress, now) = (Ingress::new(Trust::Sealed), Instant::now());
        for sequence in [65533u16, 65534, 0, 65535, 0, 2, 3] {
            ingress.judge(&packet(1, sequence), at(A), None, now);
        }
        let figures = ingress.figures();
        assert_eq!((figures.received, figures.lost), (6, 1), "1 is missing, the second 0 is a duplicate");
        assert_eq!(ingress.fraction_lost(), 36, "one of seven in 256ths");
        assert_eq!(ingress.fraction_lost(), 0);
        assert_eq!(ingress.highest(), 0x1_0003);
    }

    #[test]
    fn a_great_jump_is_a_new_stream_and_not_loss() {
        let (mut ingress, now) = (Ingress::new(Trust::Sealed), Instant::now());
        ingress.judge(&packet(1, 10), at(A), None, now);
        let Verdict::Take(place) = ingress.judge(&packet(1, 30_000), at(A), None, now) else { panic!() };
        assert_eq!(place.epoch, 2);
        assert_eq!(ingress.figures().lost, 0);
    }
}

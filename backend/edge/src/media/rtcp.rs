//! RTCP of one leg (RFC 3550, 6): sender and receiver reports out every five seconds or so, the far end's reports in.
//!
//! The same for telephone and browser legs; SRTCP is the peer's business. The round trip comes from LSR and DLSR.

use super::egress::Egress;
use super::ingress::Ingress;
use bytes::Bytes;
use rtc::rtcp::Packet;
use rtc::rtcp::goodbye::Goodbye;
use rtc::rtcp::receiver_report::ReceiverReport;
use rtc::rtcp::reception_report::ReceptionReport;
use rtc::rtcp::sender_report::SenderReport;
use rtc::rtcp::source_description::{SdesType, SourceDescription, SourceDescriptionChunk, SourceDescriptionItem};
use std::time::{Duration, Instant};

/// The mean time between reports (RFC 3550, 6.2).
const INTERVAL: Duration = Duration::from_secs(5);
/// A larger round trip is nonsense: a far end with a broken clock.
const MAX_ROUND_TRIP_MS: f32 = 10_000.0;
/// Weight of a new round trip in the running mean; reports are seconds apart, so it may move fast.
const WEIGHT: f32 = 0.25;

/// What one leg remembers between reports.
#[derive(Debug)]
pub(crate) struct Reports {
    due: Instant,
    /// The middle of the NTP time of the far end's last sender report, and when it came.
    heard: Option<(u32, Instant)>,
    round_trip_ms: Option<f32>,
    packets_reported: u32,
}

/// An NTP timestamp: seconds since 1900 and their fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ntp(pub u64);

impl Ntp {
    fn middle(self) -> u32 {
        (self.0 >> 16) as u32
    }
}

impl Reports {
    /// The first report is due after half the interval (RFC 3550, 6.2).
    pub(crate) fn new(now: Instant) -> Self {
        Self { due: now + INTERVAL / 2, heard: None, round_trip_ms: None, packets_reported: 0 }
    }

    /// Whether a report is due; then the next one is set, between half and one and a half intervals away. `dice` is
    /// uniform in 0..1.
    pub(crate) fn is_due(&mut self, now: Instant, dice: f64) -> bool {
        let due = now >= self.due;
        if due {
            self.due = now + INTERVAL.mul_f64(0.5 + dice);
        }
        due
    }

    /// The smoothed round trip.
    pub(crate) fn round_trip_ms(&self) -> Option<f32> {
        self.round_trip_ms
    }

    /// A compound report as bytes; `None` while neither side has sent anything.
    pub(crate) fn build(
        &mut self,
        ingress: &mut Ingress,
        egress: &Egress,
        cname: &str,
        ntp: Ntp,
        now: Instant,
        in_clock: u32,
    ) -> Option<Vec<u8>> {
        let (packets, octets) = egress.sent();
        let reports: Vec<ReceptionReport> = self.reception(ingress, now, in_clock).into_iter().collect();
        let spoke = packets != std::mem::replace(&mut self.packets_reported, packets);
        let report: Box<dyn Packet> = match egress.timestamp_at(now).filter(|_| spoke) {
            Some(rtp_time) => Box::new(SenderReport {
                ssrc: egress.ssrc(),
                ntp_time: ntp.0,
                rtp_time,
                packet_count: packets,
                octet_count: octets,
                reports,
                ..Default::default()
            }),
            None if reports.is_empty() => return None,
            None => Box::new(ReceiverReport { ssrc: egress.ssrc(), reports, ..Default::default() }),
        };
        marshal(&[report, description(egress.ssrc(), cname)])
    }

    fn reception(&self, ingress: &mut Ingress, now: Instant, in_clock: u32) -> Option<ReceptionReport> {
        let (_, ssrc) = ingress.source()?;
        let figures = ingress.figures();
        let (lsr, dlsr) = self.heard.map_or((0, 0), |(middle, at)| {
            (middle, (now.saturating_duration_since(at).as_secs_f64() * 65_536.0) as u32)
        });
        Some(ReceptionReport {
            ssrc,
            fraction_lost: ingress.fraction_lost(),
            total_lost: figures.lost.min(0x7F_FFFF) as u32,
            last_sequence_number: ingress.highest(),
            jitter: (figures.jitter * f64::from(in_clock)) as u32,
            last_sender_report: lsr,
            delay: dlsr,
        })
    }

    /// Takes a compound packet of the far end. `ssrc` is ours, `ntp` the time of its arrival.
    pub(crate) fn take(&mut self, mut datagram: &[u8], ssrc: u32, ntp: Ntp, now: Instant) {
        // A datagram holds few packets; whatever does not parse is dropped whole.
        let Ok(packets) = rtc::rtcp::packet::unmarshal(&mut datagram) else { return };
        for packet in &packets {
            let any = packet.as_any();
            if let Some(report) = any.downcast_ref::<SenderReport>() {
                self.heard = Some((Ntp(report.ntp_time).middle(), now));
                self.measure(&report.reports, ssrc, ntp);
            } else if let Some(report) = any.downcast_ref::<ReceiverReport>() {
                self.measure(&report.reports, ssrc, ntp);
            }
        }
    }

    /// The round trip is the arrival less LSR less DLSR, in units of 1/65536 s (RFC 3550, 6.4.1).
    fn measure(&mut self, reports: &[ReceptionReport], ssrc: u32, ntp: Ntp) {
        let ours = reports.iter().find(|report| report.ssrc == ssrc && report.last_sender_report != 0);
        let Some(report) = ours else { return };
        let span = ntp.middle().wrapping_sub(report.last_sender_report).wrapping_sub(report.delay);
        let milliseconds = span as f32 / 65.536;
        if milliseconds <= MAX_ROUND_TRIP_MS {
            let before = self.round_trip_ms.unwrap_or(milliseconds);
            self.round_trip_ms = Some(before + (milliseconds - before) * WEIGHT);
        }
    }
}

fn description(ssrc: u32, cname: &str) -> Box<dyn Packet> {
    Box::new(SourceDescription {
        chunks: vec![SourceDescriptionChunk {
            source: ssrc,
            items: vec![SourceDescriptionItem {
                sdes_type: SdesType::SdesCname,
                text: Bytes::copy_from_slice(cname.as_bytes()),
            }],
        }],
    })
}

fn marshal(packets: &[Box<dyn Packet>]) -> Option<Vec<u8>> {
    rtc::rtcp::packet::marshal(packets).ok().map(|bytes| bytes.to_vec())
}

/// The leave-taking of a leg (RFC 3550, 6.6).
pub(crate) fn goodbye(ssrc: u32, cname: &str) -> Option<Vec<u8>> {
    let empty = ReceiverReport { ssrc, ..Default::default() };
    let bye = Goodbye { sources: vec![ssrc], reason: Bytes::new() };
    marshal(&[Box::new(empty), description(ssrc, cname), Box::new(bye)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::ingress::Trust;
    use crate::media::packet::Header;

    #[test]
    fn two_sides_measure_their_round_trip() {
        let start = Instant::now();
        let ntp = |ms: u64| Ntp((1_000_000 << 32) + ((ms << 32) / 1000));
        let at = |ms: u64| start + Duration::from_millis(ms);
        let side = |ssrc: u32| (Reports::new(start), Ingress::new(Trust::Sealed), Egress::new(ssrc, 0, 0, 8000));
        let ((mut ours, mut our_in, mut our_out), (mut theirs, mut their_in, their_out)) = (side(1), side(2));
        let stamp = our_out.play(0, at(0));
        our_out.count(160);
        let header = Header { marker: true, payload_type: 8, sequence: stamp.sequence, timestamp: 0, ssrc: 1 };
        their_in.judge(&header, "1.1.1.1:1".parse().unwrap(), None, at(0));
        let report = ours.build(&mut our_in, &our_out, "x", ntp(0), at(0), 8000).unwrap();
        theirs.take(&report, 2, ntp(30), at(30));
        let answer = theirs.build(&mut their_in, &their_out, "y", ntp(500), at(500), 8000).unwrap();
        ours.take(&answer, 1, ntp(550), at(550));
        let round_trip = ours.round_trip_ms().unwrap();
        assert!((round_trip - 80.0).abs() < 1.0, "30 ms there and 50 ms back, not {round_trip}");
    }

    #[test]
    fn nonsense_changes_nothing() {
        let mut reports = Reports::new(Instant::now());
        for length in 0..64 {
            reports.take(&vec![0x81; length], 1, Ntp(0), Instant::now());
        }
        assert_eq!(reports.round_trip_ms(), None);
    }
}

//! Packets in: judged, and passed on at once where somebody listens to nothing else.

use super::World;
use super::leg::{Leg, Wire, clock_of};
use crate::media::cng::Verdict;
use crate::media::egress::Origin;
use crate::media::ingress::{Place, Verdict as Judged};
use crate::media::law::Law;
use crate::media::outbox::Outbox;
use crate::media::packet::Header;
use crate::media::recording::tape::Packet;
use crate::media::{Codec, MediaEvent, routes};
use hark_shared::ids::LegId;
use std::net::SocketAddr;
use std::time::Instant;

/// A packet that was believed.
#[derive(Clone, Copy)]
struct Heard<'a> {
    codec: Codec,
    place: Place,
    header: Header,
    payload: &'a [u8],
}

impl World {
    /// A datagram on a telephone leg's RTP port.
    pub(crate) fn on_rtp(&mut self, id: LegId, from: SocketAddr, datagram: &[u8], now: Instant) {
        if let Some((header, payload)) = Header::parse(datagram) {
            self.on_packet(id, from, header, payload, now);
        }
    }

    /// A packet of a leg, already taken apart (and, from a browser, decrypted).
    pub(crate) fn on_packet(&mut self, id: LegId, from: SocketAddr, header: Header, payload: &[u8], now: Instant) {
        let arrival = now.saturating_duration_since(self.start.now).as_secs_f64();
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let event = leg.events == Some(header.payload_type);
        let Some(codec) = leg.codec_of(header.payload_type).or(event.then_some(leg.speaks)) else { return };
        let expected = match &leg.wire {
            Wire::Rtp(target) => target.as_ref().map(|target| target.address),
            Wire::Peer => None,
        };
        let Judged::Take(place) = leg.ingress.judge(&header, from, expected, now) else { return };
        if event {
            leg.in_event = true;
            if let Some(digit) = leg.presses.take(place.epoch, header.timestamp, payload) {
                self.out.events.push(MediaEvent::Digit { leg: id, digit });
            }
            return;
        }
        leg.ingress.jitter(header.timestamp, arrival, clock_of(codec));
        if std::mem::take(&mut leg.in_event) {
            leg.detours = leg.detours.wrapping_add(1);
        }
        if !leg.flowing {
            leg.flowing = true;
            self.out.events.push(MediaEvent::Flowing { leg: id, flowing: true });
        }
        if leg.notice(codec, payload.len()) {
            self.reroute_leg(id);
        }
        self.hear(id, Heard { codec, place, header, payload }, arrival);
        self.pass(id, Heard { codec, place, header, payload }, now);
    }

    /// Hands a packet to the leg's decoder, recording and detector of digits, where it has them.
    fn hear(&mut self, id: LegId, heard: Heard<'_>, arrival: f64) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if let Some(voice) = &mut leg.voice {
            let arrival = (arrival * 8000.0) as i64;
            voice.put(heard.codec, heard.place, heard.header.timestamp, heard.payload, arrival);
        }
        if let Some((recording, side)) = leg.tap {
            let Heard { codec, place, header, payload } = heard;
            let packet = Packet { side, leg: id, codec, place, timestamp: header.timestamp, start: 0, end: 0 };
            self.out.tape.packet(recording, (arrival * 8000.0) as u64, packet, payload);
        }
        let listens = leg.detector.is_some() || leg.cng.is_some() || leg.quiet.is_some();
        if let Some(law) = Law::of(heard.codec).filter(|_| listens) {
            self.samples.clear();
            law.decode(heard.payload, &mut self.samples);
            leg.listen(&self.samples, &mut self.out);
        }
    }

    fn pass(&mut self, id: LegId, heard: Heard<'_>, now: Instant) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let origin = Origin { leg: id, epoch: heard.place.epoch, detours: leg.detours };
        let listeners = std::mem::take(&mut leg.passes_to);
        for listener in &listeners {
            if let Some(listener) = self.legs.get_mut(listener) {
                listener.pass(origin, heard, now, &mut self.out);
            }
        }
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.passes_to = listeners;
        }
    }

    /// A datagram on a leg's RTCP port, or a browser's decrypted RTCP.
    pub(crate) fn on_rtcp(&mut self, id: LegId, from: SocketAddr, datagram: &[u8], now: Instant) {
        let ntp = self.ntp(now);
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let believed = match &leg.wire {
            Wire::Peer => true,
            Wire::Rtp(target) => {
                let learnt = leg.ingress.source().is_some_and(|(source, _)| source.ip() == from.ip());
                learnt || target.as_ref().is_some_and(|target| target.rtcp == from)
            }
        };
        if believed {
            let ssrc = leg.egress.ssrc();
            leg.reports.take(datagram, ssrc, ntp, now);
        }
    }
}

impl Leg {
    /// Digits in the sound, a fax machine, silence: whatever this leg is listened to for.
    fn listen(&mut self, samples: &[i16], out: &mut Outbox) {
        if let Some(digit) = self.detector.as_mut().and_then(|detector| detector.take(samples)) {
            out.events.push(MediaEvent::Digit { leg: self.id, digit });
        }
        match self.cng.as_mut().map_or(Verdict::Listening, |cng| cng.take(samples)) {
            Verdict::Listening => {}
            Verdict::Fax => {
                self.cng = None;
                out.events.push(MediaEvent::Fax { leg: self.id });
            }
            Verdict::No => self.cng = None,
        }
        if let Some(quiet) = &mut self.quiet
            && let Some(spoken) = quiet.take(samples)
        {
            out.events.push(MediaEvent::Quiet { recording: quiet.recording, spoken });
        }
    }

    /// Notes what the leg sends; true when that changes who can have its packets as they are.
    fn notice(&mut self, codec: Codec, length: usize) -> bool {
        let mut changed = std::mem::replace(&mut self.speaks, codec) != codec;
        if Law::of(codec).is_some() {
            let ms = u8::try_from(length / 8).unwrap_or(u8::MAX);
            // One odd packet (the last of a spurt) changes nothing, two of the same length do.
            let steady = std::mem::replace(&mut self.other_ms, ms) == ms;
            if steady && self.packet_ms != ms {
                self.packet_ms = ms;
                changed = true;
            }
        }
        changed
    }

    /// Sends a packet of `origin` on, as it is or in the other law.
    fn pass(&mut self, origin: Origin, heard: Heard<'_>, now: Instant, out: &mut Outbox) {
        if self.way_out().is_none() || self.sending.sounding() {
            return;
        }
        let Some((payload_type, convert)) = routes::passing(heard.codec, self) else { return };
        let Header { timestamp, marker, .. } = heard.header;
        let Some(stamp) = self.egress.pass(origin, heard.place, timestamp, marker, now) else { return };
        self.send(stamp, payload_type, out, |bytes| match convert {
            None => bytes.extend_from_slice(heard.payload),
            Some(law) => law.convert(heard.payload, bytes),
        });
    }
}

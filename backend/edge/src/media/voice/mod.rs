//! A leg's sound, decoded: an adaptive jitter buffer that is asked for 20 ms at a time, and never has to wait.
//!
//! Packets lie in order of their timestamps; what is missing when its turn comes is brought back from the packet behind
//! it, should that be Opus with a copy, or else concealed. The delay follows the network ([`delay`]); to change it a
//! pitch period is left out or said twice, which is hardly heard. All positions and counts are in samples of 8 kHz of the
//! sender's clock; wide sound, of 16 kHz, has `scale` times as many.

mod conceal;
mod delay;

use super::Codec;
use super::ingress::Place;
use super::law::Law;
use super::opus::{Decoder, recoverable};
use super::resample::Down;
use conceal::{Conceal, best_lag, blend};
use delay::Delay;
use std::collections::VecDeque;

/// Samples of a tick.
pub(crate) const FRAME: usize = 160;
/// Samples of a tick of wide sound, and its rate in 8 kHz.
pub(crate) const WIDE_FRAME: usize = WIDE * FRAME;
const WIDE: usize = 2;
/// Packets that wait for their turn: 1.28 s of 20 ms, four times the longest delay.
const MAX_PACKETS: usize = 64;
/// The delay may be this much too long before it is shortened, 15 ms, ...
const TOO_LONG: i64 = 120;
/// ... or too short before it is lengthened, 10 ms.
const TOO_SHORT: i64 = 80;
/// A delay that is too long by this much, half a second, is cut at once: the network had stopped.
const CUT: i64 = 4000;
/// Where sound was cut, 5 ms of it are blended.
const JOINT: usize = 40;
/// After as many empty ticks, 200 ms, the speaker has paused: the next packet begins anew.
const PAUSE: u32 = 10;

/// How much of what was heard was made up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Repairs {
    /// Samples played of packets that came.
    pub played: u64,
    /// Samples made up for packets that did not, or not in time.
    pub concealed: u64,
    /// Samples that the packet behind a lost one brought, as far as it carried a copy.
    pub recovered: u64,
    /// Packets that came too late.
    pub late: u64,
    /// Times that a pitch period was left out or repeated.
    pub stretched: u64,
}

#[derive(Debug)]
struct Waiting {
    index: u64,
    at: i64,
    codec: Codec,
    payload: Vec<u8>,
}

/// One leg's decoder and buffer.
#[derive(Debug)]
pub(crate) struct Voice {
    waiting: VecDeque<Waiting>,
    spare: Vec<Vec<u8>>,
    /// Of the newest timestamp: as sent, and extended.
    newest: Option<(u32, i64)>,
    epoch: u32,
    delay: Delay,
    conceal: Conceal,
    opus: Option<Box<Decoder>>,
    /// The sound's rate in 8 kHz: 1 or [`WIDE`].
    scale: usize,
    wide: Option<Wide>,
    /// Decoded and not yet played, at its own rate; ends at `to`.
    ready: Vec<i16>,
    to: i64,
    last_index: u64,
    playing: bool,
    empty: u32,
    repairs: Repairs,
}

/// What a wide voice has besides.
#[derive(Debug)]
struct Wide {
    frame: [i16; WIDE_FRAME],
    /// For those who hear 8 kHz.
    down: Down<WIDE>,
    narrow: Vec<i16>,
}

impl Voice {
    /// A voice of 8 kHz that has said nothing.
    pub(crate) fn new() -> Self {
        Self::of(1)
    }

    /// A voice of 16 kHz that has said nothing; it understands Opus alone.
    pub(crate) fn new_wide() -> Self {
        let frame = [0; WIDE_FRAME];
        let wide = Wide { frame, down: Down::default(), narrow: Vec::with_capacity(FRAME) };
        Self { wide: Some(wide), ..Self::of(WIDE) }
    }

    fn of(scale: usize) -> Self {
        Self {
            scale,
            wide: None,
            waiting: VecDeque::new(),
            spare: Vec::new(),
            newest: None,
            epoch: 0,
            delay: Delay::new(),
            conceal: Conceal::new(scale),
            opus: None,
            ready: Vec::with_capacity(8 * FRAME * scale),
            to: 0,
            last_index: 0,
            playing: false,
            empty: 0,
            repairs: Repairs::default(),
        }
    }

    /// Whether it is of 16 kHz.
    pub(crate) fn is_wide(&self) -> bool {
        self.wide.is_some()
    }

    /// The same 20 ms that were pulled last, at 16 kHz, if it is wide.
    pub(crate) fn wide(&self) -> Option<&[i16; WIDE_FRAME]> {
        self.wide.as_ref().map(|wide| &wide.frame)
    }

    /// How much has been made up so far.
    #[cfg(test)]
    pub(crate) fn repairs(&self) -> Repairs {
        self.repairs
    }

    /// How far behind the fastest packets sound is played at present, in samples.
    #[cfg(test)]
    pub(crate) fn delay(&self) -> i64 {
        self.delay.target()
    }

    /// Takes a packet; `arrival` is our clock in samples.
    pub(crate) fn put(&mut self, codec: Codec, place: Place, timestamp: u32, payload: &[u8], arrival: i64) {
        let clock = if codec == Codec::Opus { 6 } else { 1 };
        if self.is_wide() && codec != Codec::Opus {
            return;
        }
        if self.epoch != place.epoch {
            self.restart(place.epoch);
        }
        let step = self.newest.map_or(0, |(newest, _)| i64::from(timestamp.wrapping_sub(newest) as i32) / clock);
        let at = self.newest.map_or(0, |(_, at)| at) + step;
        if step > 0 || self.newest.is_none() {
            self.newest = Some((timestamp, at));
        }
        self.delay.note(arrival - at);
        if self.playing && at < self.to {
            self.repairs.late += 1;
            return;
        }
        let place_in = self.waiting.partition_point(|packet| packet.at < at);
        if self.waiting.get(place_in).is_some_and(|packet| packet.at == at) {
            return;
        }
        let mut bytes = self.spare.pop().unwrap_or_default();
        bytes.clear();
        bytes.extend_from_slice(payload);
        self.waiting.insert(place_in, Waiting { index: place.index, at, codec, payload: bytes });
        if self.waiting.len() > MAX_PACKETS {
            self.take();
        }
    }

    fn restart(&mut self, epoch: u32) {
        self.epoch = epoch;
        self.waiting.clear();
        self.newest = None;
        self.delay = Delay::new();
        self.pause();
    }

    fn pause(&mut self) {
        self.playing = false;
        self.empty = 0;
        self.ready.clear();
    }

    fn take(&mut self) -> Option<Waiting> {
        self.waiting.pop_front()
    }

    /// Fills 20 ms; true when there is sound in it. `now` is our clock in samples.
    pub(crate) fn pull(&mut self, now: i64, out: &mut [i16; FRAME]) -> bool {
        if !self.begin(now) {
            out.fill(0);
            return false;
        }
        let excess = now - self.delay.base() - (self.to - self.lying() as i64) - self.delay.target();
        if excess > CUT {
            self.cut(now);
        }
        // The longest lag and its window must lie ready to leave a period out.
        let shorten = excess > TOO_LONG;
        self.fill(if shorten { 2 * FRAME } else { FRAME }, excess < 0);
        if shorten {
            self.leave_out();
        } else if excess < -TOO_SHORT && self.lying() >= FRAME + 40 {
            self.say_twice();
        }
        self.play(out);
        if self.empty > PAUSE {
            self.pause();
        }
        true
    }

    /// Samples that lie ready, counted at 8 kHz.
    fn lying(&self) -> usize {
        self.ready.len() / self.scale
    }

    /// Takes 20 ms of what lies ready.
    fn play(&mut self, out: &mut [i16; FRAME]) {
        let count = self.ready.len().min(FRAME * self.scale);
        let frame = match &mut self.wide {
            Some(wide) => &mut wide.frame[..],
            None => &mut out[..],
        };
        frame[..count].copy_from_slice(&self.ready[..count]);
        frame[count..].fill(0);
        self.ready.drain(..count);
        if let Some(Wide { frame, down, narrow }) = &mut self.wide {
            narrow.clear();
            down.run(frame.iter().map(|sample| f32::from(*sample)), narrow);
            out.copy_from_slice(narrow);
        }
    }

    /// Whether sound is due: the first packet is held back by the target.
    fn begin(&mut self, now: i64) -> bool {
        if self.playing {
            return true;
        }
        let Some(first) = self.waiting.front() else { return false };
        if now < first.at + self.delay.base() + self.delay.target() {
            return false;
        }
        self.to = first.at;
        self.last_index = first.index.wrapping_sub(1);
        self.playing = true;
        true
    }

    /// Skips to where the target says, over packets that are far too old.
    fn cut(&mut self, now: i64) {
        let wanted = now - self.delay.base() - self.delay.target();
        self.ready.clear();
        while self.waiting.front().is_some_and(|packet| packet.at < wanted) {
            if let Some(packet) = self.take() {
                self.last_index = packet.index;
                self.spare.push(packet.payload);
            }
        }
        self.to = self.waiting.front().map_or(wanted, |packet| packet.at);
    }

    /// Decodes until `wanted` samples lie ready. `stretch`: sound made up for want of packets lengthens the delay.
    fn fill(&mut self, wanted: usize, stretch: bool) {
        while self.lying() < wanted {
            let Some(gap) = self.waiting.front().map(|packet| packet.at - self.to) else {
                if self.lying() >= FRAME {
                    return; // only wanted more to leave some out
                }
                self.make_up(FRAME - self.lying(), !stretch);
                self.empty += 1;
                continue;
            };
            self.empty = 0;
            if gap <= 0 {
                self.decode();
            } else {
                let next = self.waiting.front().map_or(0, |packet| packet.index);
                let count = usize::try_from(gap).unwrap_or(FRAME).min(FRAME);
                if next == self.last_index + 1 {
                    // Nothing was lost: the speaker has paused in between.
                    self.ready.extend(std::iter::repeat_n(0, count * self.scale));
                    self.to += count as i64;
                } else if !self.recover(gap) {
                    self.make_up(count, true);
                }
            }
        }
    }

    /// Brings back the end of a gap from the packet behind it; what that has no copy of is made up first. False when more
    /// is missing than concerns the copy, or there is none.
    fn recover(&mut self, gap: i64) -> bool {
        let (Some(opus), Some(next)) = (&mut self.opus, self.waiting.front()) else { return false };
        let copied = recoverable(&next.payload).filter(|_| next.codec == Codec::Opus);
        let (Some(copied), Ok(gap)) = (copied, usize::try_from(gap)) else { return false };
        match gap.checked_sub(copied) {
            Some(0) | None => {}
            Some(before) if before < FRAME => {
                self.make_up(before, true);
                return true;
            }
            Some(_) => return false,
        }
        let from = self.ready.len();
        let Some(made) = opus.recover(&next.payload, &mut self.ready) else { return false };
        // Its beginning may have been made up already, when the next packet had not come yet.
        self.ready.drain(from..from + made.saturating_sub(gap) * self.scale);
        self.conceal.good(&mut self.ready, from);
        self.repairs.recovered += gap as u64;
        self.to += gap as i64;
        true
    }

    fn make_up(&mut self, count: usize, advance: bool) {
        let own = count == FRAME && self.opus.as_mut().is_some_and(|opus| opus.conceal(&mut self.ready).is_some());
        if !own {
            self.conceal.fill(count * self.scale, &mut self.ready);
        }
        self.repairs.concealed += count as u64;
        if advance {
            self.to += count as i64;
        }
    }

    fn decode(&mut self) {
        let Some(packet) = self.take() else { return };
        let from = self.ready.len();
        let made = match Law::of(packet.codec) {
            Some(law) => {
                self.opus = None;
                law.decode(&packet.payload, &mut self.ready);
                Some(packet.payload.len())
            }
            None => {
                let wide = self.wide.is_some();
                let fresh = || Box::new(if wide { Decoder::wide() } else { Decoder::new() });
                let opus = self.opus.get_or_insert_with(fresh);
                opus.decode(&packet.payload, &mut self.ready)
            }
        };
        self.last_index = packet.index;
        // A packet of no sense is as good as lost.
        match made.filter(|made| *made > 0) {
            Some(made) => {
                self.conceal.good(&mut self.ready, from);
                self.to = packet.at + made as i64;
                self.repairs.played += made as u64;
            }
            None => {
                self.ready.truncate(from);
                self.to = packet.at;
                self.make_up(FRAME, true);
            }
        }
        if self.spare.len() < MAX_PACKETS {
            self.spare.push(packet.payload);
        }
    }

    fn leave_out(&mut self) {
        if self.lying() < 2 * FRAME {
            return;
        }
        let (lag, joint) = (best_lag(&self.ready, self.scale) * self.scale, JOINT * self.scale);
        let (head, tail) = self.ready.split_at_mut(lag);
        let (head, tail) = (&mut head[..joint], &mut tail[..joint]);
        blend(head, tail);
        tail.copy_from_slice(head);
        self.ready.drain(..lag);
        self.repairs.stretched += 1;
    }

    fn say_twice(&mut self) {
        let lag = if self.lying() >= 200 { best_lag(&self.ready, self.scale) } else { JOINT };
        let (lag, joint) = (lag * self.scale, JOINT * self.scale);
        let mut joint: Vec<i16> = self.ready[lag..(lag + joint).min(self.ready.len())].to_vec();
        let first: Vec<i16> = self.ready[..joint.len()].to_vec();
        blend(&mut joint, &first);
        let mut doubled: Vec<i16> = self.ready[..lag].to_vec();
        doubled.extend_from_slice(&joint);
        doubled.extend_from_slice(&self.ready[joint.len()..]);
        self.ready = doubled;
        self.repairs.stretched += 1;
    }
}

#[cfg(test)]
mod tests;

//! The voice portal on the floor: which flow a call enters, the world that its walk sees, and what its steps do to the call.

use super::setup::Setup;
use super::{Floor, LegOwner, Output, SocketId, Timer};
use crate::acd::Acd;
use crate::call::{Call, Phase};
use crate::edge::{Sound, Source};
use crate::facts::{Fact, SurveyFact, TrailFact};
use crate::flow::model::{Mailbox, Measure};
use crate::flow::{
    self, Alarm, Beginning, Flow, FlowRef, Footprint, Listening, Phrase, Run, Saying, Step, World, speech,
};
use crate::hours::DayState;
use crate::ids::{CalendarId, ContactId, FlowId, LegId, MeetingRoomId, NoticeId, QueueId};
use crate::phone::PhoneNumber;
use crate::time::{Millis, Timestamp};
use crate::wire::rest::{Entry, Language, Number};

/// Nodes of a walk that are kept for the history of its contact: the first ones, which lead to where it went.
const MAX_TRAIL: usize = 200;

/// How long a caller hears nothing while another system is asked: most answer sooner, and music for an instant startles.
const FETCHING_SILENCE: Millis = Millis(1500);

/// What they hear then.
const FETCHING_MUSIC: &str = "music/calm";

/// What a walk sees of the floor.
struct Around<'a> {
    setup: &'a Setup,
    acd: &'a Acd,
    number: Option<&'a Number>,
    caller: Option<PhoneNumber>,
    vip: bool,
    surveyed: bool,
    /// What the house drew for this walk: a few nodes, copied because the walk within the same call is changed meanwhile.
    house: Option<Flow>,
}

impl<'a> Around<'a> {
    fn of(setup: &'a Setup, acd: &'a Acd, call: &Call) -> Self {
        let number = call.entered.and_then(|id| setup.number_by_id(id));
        let vip = call.party.card.as_ref().is_some_and(|card| card.vip);
        let house = call.house.as_deref().cloned();
        Self { setup, acd, number, caller: call.party.number.clone(), vip, surveyed: call.surveyed, house }
    }
}

impl World for Around<'_> {
    fn published(&self, flow: FlowId) -> Option<u32> {
        self.setup.published(flow)
    }

    fn flow(&self, flow: FlowRef) -> Option<&Flow> {
        if flow == FlowRef::HOUSE { self.house.as_ref() } else { self.setup.flow(flow) }
    }

    /// A calendar that was taken away after the flow was published closes nothing.
    fn hours(&self, now: Timestamp, calendar: CalendarId) -> DayState {
        self.setup.hours(now, calendar).unwrap_or(DayState::Open)
    }

    fn has_queue(&self, queue: QueueId) -> bool {
        self.setup.queues.contains_key(&queue)
    }

    fn measure(&self, now: Timestamp, queue: QueueId, measure: Measure) -> u32 {
        let waiting = u32::try_from(self.acd.waiting(queue)).unwrap_or(u32::MAX);
        let seconds = |span: Option<Millis>| u32::try_from(span.map_or(0, |span| span.0 / 1000)).unwrap_or(u32::MAX);
        match measure {
            Measure::Waiting => waiting,
            Measure::Staffed => self.acd.staff(queue),
            Measure::Ready => self.acd.ready(queue),
            Measure::LongestWait => seconds(self.acd.waits_since(queue).map(|since| now.since(since))),
            Measure::EstimatedWait => seconds(self.acd.estimated_wait(now, queue, waiting.saturating_add(1))),
        }
    }

    fn vip(&self) -> bool {
        self.vip
    }

    fn listed(&self, now: Timestamp) -> bool {
        self.caller.as_ref().is_some_and(|caller| self.setup.lists.allows(now, caller))
    }

    fn notice(&self, notice: NoticeId) -> Option<&[Phrase]> {
        self.setup.notices.get(&notice).filter(|notice| notice.on).map(|notice| notice.say.as_slice())
    }

    fn greeting(&self, mailbox: Mailbox, language: Language) -> Option<&[Phrase]> {
        self.setup.greeting(mailbox, language)
    }

    fn meeting(&self, number: &str) -> Option<MeetingRoomId> {
        self.setup.rooms.values().find(|it| it.room.number.as_str() == number).map(|it| it.room.id)
    }

    fn has_meeting(&self, room: MeetingRoomId) -> bool {
        self.setup.rooms.contains_key(&room)
    }

    fn has_sound(&self, name: &str) -> bool {
        self.setup.has_sound(name)
    }

    /// Sentences are spoken when the set-up is read, and are sounds like others from then on.
    fn spoken(&self, language: Language, text: &str) -> Option<Saying> {
        Some(speech::sentence(language, text)).filter(|name| self.setup.has_sound(name)).map(Saying::Sound)
    }

    /// Who has talked with an agent and is only asked how it was is not put into a queue.
    fn fallback(&self) -> Option<QueueId> {
        let number = self.number.filter(|_| !self.surveyed)?;
        number.fallback.or(match &number.entry {
            Entry::Queue(queue) => Some(*queue),
            Entry::Menu(menu) => Some(menu.otherwise),
            Entry::Flow(_) => None,
        })
    }
}

/// What the shell does with a digit before anybody writes it down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DigitUse {
    /// It may be known: a menu or a plain input waits for it.
    Plain,
    /// Nobody waits for it: it is handed in as [`flow::MASKED_DIGIT`] and forgotten.
    Unused,
    /// A star may be known, since a deed in a meeting begins with it; anything else is handed in and forgotten like
    /// [`DigitUse::Unused`].
    Star,
    /// It is part of a masked input: it is handed in as [`flow::MASKED_DIGIT`] and kept apart.
    Masked {
        /// Whose.
        contact: ContactId,
        /// The variable.
        into: flow::VarName,
        /// How many digits of it are there already; those beyond are of an input that was given up.
        so_far: u8,
    },
}

impl Floor {
    /// The walk of a call that enters by a number.
    pub(super) fn walk_of(&self, number: &Number, caller: Option<&PhoneNumber>) -> Run {
        let flow = self.setup.entry(number);
        Run::new(flow, &Beginning { caller: caller.cloned(), called: Some(number.number.clone()), answered: false })
    }

    /// A key of the customer's: for the portal, or for the queue that they wait in.
    pub(super) fn pressed(&mut self, now: Timestamp, contact: ContactId, digit: char) {
        match self.calls.get(&contact).map(|call| &call.phase) {
            Some(Phase::Portal(_)) => self.key(now, contact, digit),
            Some(Phase::Queued { .. }) => self.key_while_waiting(now, contact, digit),
            Some(Phase::Meeting(_)) => self.meeting_key(now, contact, digit),
            Some(
                Phase::Asked { .. }
                | Phase::Dialling { .. }
                | Phase::Talking
                | Phase::Held
                | Phase::Parked(_)
                | Phase::Over { .. },
            )
            | None => {}
        }
    }

    /// Feeds the portal, if it has the call, and does what it says.
    pub(super) fn portal(&mut self, now: Timestamp, contact: ContactId, input: flow::Input) {
        self.drive(now, contact, |run, world| run.handle(now, input, world));
    }

    /// The portal's timer.
    pub(super) fn portal_due(&mut self, now: Timestamp, contact: ContactId) {
        self.drive(now, contact, |run, world| run.tick(now, world));
    }

    /// The shell that was asked for something died: walks go on without.
    pub(super) fn resume_walks(&mut self, now: Timestamp) {
        let walks = |call: &&Call| matches!(call.phase, Phase::Portal(_));
        for contact in self.calls.values().filter(walks).map(|call| call.id).collect::<Vec<_>>() {
            self.drive(now, contact, |run, world| run.resume(now, world));
        }
    }

    fn drive(&mut self, now: Timestamp, contact: ContactId, act: impl FnOnce(&mut Run, &dyn World)) {
        let Some(call) = self.calls.get_mut(&contact) else { return };
        let around = Around::of(&self.setup, &self.acd, call);
        let Phase::Portal(run) = &mut call.phase else { return };
        act(run, &around);
        let music = matches!(call.source, Some(Source { sound: Sound::Music(_), .. }));
        if music && !run.is_fetching() {
            self.play(now, contact, None);
        }
        self.walk(now, contact);
    }

    /// Another system takes its time: whoever was answered must not take that for a broken line.
    pub(super) fn fetching_for_long(&mut self, now: Timestamp, contact: ContactId) {
        let Some(call) = self.calls.get(&contact).filter(|call| call.run().is_some_and(Run::is_fetching)) else {
            return;
        };
        if call.customer.answered && call.source.is_none() {
            self.play(now, contact, Some(Sound::Music(FETCHING_MUSIC.to_owned())));
        }
    }

    fn walk(&mut self, now: Timestamp, contact: ContactId) {
        loop {
            let Some(Call { phase: Phase::Portal(run), .. }) = self.calls.get_mut(&contact) else { return };
            let Some(step) = run.poll() else {
                if let Some(at) = run.deadline() {
                    self.timers.insert((at, Timer::Call(contact)));
                }
                return;
            };
            match &step {
                Step::Queue { .. }
                | Step::Agent { .. }
                | Step::Outside { .. }
                | Step::Duty { .. }
                | Step::Record { .. }
                | Step::Callback { .. } => self.note_told(now, contact),
                Step::Entered { .. }
                | Step::Answer
                | Step::Play(_)
                | Step::Quiet
                | Step::Fetch(_)
                | Step::CheckPin { .. }
                | Step::Rated { .. }
                | Step::Alarm(_)
                | Step::HangUp(_) => {}
            }
            self.step(now, contact, step);
        }
    }

    fn step(&mut self, now: Timestamp, contact: ContactId, step: Step) {
        match step {
            Step::Entered { at, by: _ } => self.note_step(contact, at),
            Step::Answer => self.answer(contact),
            Step::Play(sayings) => {
                let sound = |saying| match saying {
                    Saying::Sound(name) => Some(name),
                    // For pages that speak themselves; here a sentence is a sound, see `Around::spoken`.
                    Saying::Text { .. } => None,
                };
                self.play(now, contact, Some(Sound::Prompt(sayings.into_iter().filter_map(sound).collect())));
            }
            Step::Quiet => self.play(now, contact, None),
            Step::Fetch(request) => {
                self.timers.insert((now + FETCHING_SILENCE, Timer::Fetching(contact)));
                self.out.push_back(Output::Fetch { contact, request });
            }
            Step::Agent { user, ring } => self.ring_agent(now, contact, user, ring),
            Step::Outside { to, ring } => self.call_outside(now, contact, &to, ring),
            Step::Duty { rota, ring } => self.ring_duty(now, contact, rota, ring),
            Step::Record { mailbox, limit } => self.beep(now, contact, mailbox, limit),
            Step::CheckPin { room, digits } => self.check_pin(now, contact, room, digits),
            Step::Callback { queue, number } => {
                let booked = self.book_for(now, contact, queue, &number);
                self.portal(now, contact, flow::Input::Booked(booked));
            }
            Step::Rated { at, question, scale, score } => {
                self.rated(contact, scale, score);
                self.fact(Fact::Survey(SurveyFact { contact, at, question, scale, score, answered: now }));
            }
            Step::Alarm(alarm) => self.alarm(contact, alarm),
            Step::Queue { queue, priority, last_agent } => {
                self.with_call(contact, |call| call.wish = last_agent.map(|wish| (queue, wish)));
                self.enqueue(now, contact, queue, priority);
            }
            Step::HangUp(cause) => self.end_call(now, contact, cause),
        }
    }

    fn note_step(&mut self, contact: ContactId, at: Footprint) {
        if let Some(call) = self.calls.get_mut(&contact).filter(|call| call.trail.len() < MAX_TRAIL) {
            call.trail.push(at);
        }
    }

    /// The walk for the history, once the call is over. What a number's entry was made into is no flow that anybody drew.
    pub(super) fn store_trail(&mut self, contact: ContactId) {
        let Some(call) = self.calls.get(&contact) else { return };
        let steps: Vec<Footprint> = call.trail.iter().filter(|at| at.flow.version > 0).copied().collect();
        if !steps.is_empty() {
            self.fact(Fact::Trail(TrailFact { contact, steps }));
        }
    }

    fn alarm(&mut self, contact: ContactId, alarm: Alarm) {
        self.out.push_back(Output::Alarm { contact, alarm: Box::new(alarm) });
    }

    /// What becomes of a digit that this leg sends now.
    #[must_use]
    pub fn digit_use(&self, leg: LegId) -> DigitUse {
        match self.legs.get(&leg) {
            Some(LegOwner::Customer(contact)) => self.digit_use_of(*contact),
            Some(LegOwner::Telephone(user)) if self.listens_for_key(*user) => DigitUse::Plain,
            Some(LegOwner::Outside(contact)) if self.waits_for_key(*contact, leg) => DigitUse::Plain,
            Some(
                LegOwner::Agent(_)
                | LegOwner::Outside(_)
                | LegOwner::Guest(_)
                | LegOwner::Telephone(_)
                | LegOwner::Referrer(_),
            )
            | None => DigitUse::Unused,
        }
    }

    /// What becomes of a digit that this widget sends now.
    #[must_use]
    pub fn visitor_digit_use(&self, socket: SocketId) -> DigitUse {
        self.visitors.get(&socket).map_or(DigitUse::Unused, |contact| self.digit_use_of(*contact))
    }

    fn digit_use_of(&self, contact: ContactId) -> DigitUse {
        let run = match self.calls.get(&contact).map(|call| &call.phase) {
            Some(Phase::Portal(run)) => run,
            Some(Phase::Queued { treatment, .. }) if treatment.has_keys() => return DigitUse::Plain,
            Some(Phase::Meeting(id)) => return self.digit_use_in_meeting(*id, contact),
            _ => return DigitUse::Unused,
        };
        match run.listening() {
            Listening::No => DigitUse::Unused,
            Listening::Keys => DigitUse::Plain,
            Listening::Masked { into, so_far } => DigitUse::Masked { contact, into, so_far },
        }
    }

    /// Whether a contact still walks a flow: what was kept apart for it is needed no longer than that.
    #[must_use]
    pub fn walks(&self, contact: ContactId) -> bool {
        self.calls.get(&contact).is_some_and(|call| call.walk().is_some())
    }
}

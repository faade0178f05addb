//! What a simulated day is made of: its traffic, what people do, what goes wrong.

use crate::ids::TrunkId;
use crate::phone::PhoneNumber;
use crate::time::{Millis, Timestamp};

/// A day's traffic.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Names the day.
    pub seed: u64,
    /// When it begins.
    pub begins: Timestamp,
    /// How long calls keep coming on each day.
    pub length: Millis,
    /// How many days.
    pub days: u8,
    /// How many come.
    pub calls: u32,
    /// How many messages are left, each of which makes a task.
    pub messages: u32,
    /// How many ask on a page to be called back.
    pub callbacks: u32,
    /// The numbers they call and through which trunk, each as often as the others.
    pub numbers: Vec<(TrunkId, PhoneNumber)>,
    /// The most patient caller hangs up after this, whatever happens.
    pub patience: Millis,
    /// The longest talk.
    pub talk: Millis,
    /// What callers and agents do.
    pub habits: Habits,
    /// What goes wrong.
    pub mishaps: Mishaps,
}

/// What people do, in percent of the occasions.
#[derive(Clone, Copy, Debug)]
pub struct Habits {
    /// Offers that are answered; at the others nobody looks.
    pub answers: u8,
    /// Wrap-ups that are finished before their time is over.
    pub finishes: u8,
    /// Talks with a hold and a resume by the agent.
    pub holds: u8,
    /// Talks with a hold and a resume by the customer.
    pub far_holds: u8,
    /// Talks in which the agent mutes for a while.
    pub mutes: u8,
    /// Contacts after which the agent calls somebody.
    pub dials: u8,
    /// Occasions (an offer, a talk, a wrap-up) at which the desk's page is lost, and calls whose widget loses its socket.
    pub desk_lost: u8,
    /// Lost pages that stay away until their agent is given up.
    pub stays_away: u8,
    /// Occasions at which the agent's sound stops, or its connection ends.
    pub sound_lost: u8,
    /// Pages that repeat their last command when they are back.
    pub repeats: u8,
    /// Contacts after which the agent signs out for a while.
    pub signs_out: u8,
    /// Callers in a hurry: gone within seconds, in the prompt, the menu, the queue or while it rings.
    pub hasty: u8,
    /// Calls from a web page.
    pub visitors: u8,
    /// Callers who are in our records as very important.
    pub vip: u8,
    /// Callers who talked with an agent within the last weeks.
    pub returning: u8,
    /// Talks in which the agent asks a colleague or a number, passes the call on, or parks it.
    pub shares: u8,
    /// Times that an agent turns to a task in hand at which they call.
    pub calls_from_hand: u8,
    /// Offers that a colleague tries to pick up, and parked calls that a colleague takes.
    pub picks: u8,
}

impl Habits {
    /// A quiet day: people answer, hold now and then, and hardly a page is lost.
    pub const QUIET: Self = Self {
        answers: 93,
        finishes: 80,
        holds: 20,
        far_holds: 0,
        mutes: 0,
        dials: 0,
        desk_lost: 1,
        stays_away: 0,
        sound_lost: 0,
        repeats: 0,
        signs_out: 0,
        hasty: 0,
        visitors: 0,
        vip: 0,
        returning: 0,
        shares: 0,
        calls_from_hand: 0,
        picks: 0,
    };
}

/// What goes wrong, in times a day.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mishaps {
    /// Administrators change the set-up.
    pub changes: u32,
    /// The line between core and edge is cut.
    pub cuts: u32,
    /// The edge dies, and all calls with it.
    pub edge_deaths: u32,
    /// The core dies; calls live on at the edge.
    pub core_deaths: u32,
}

//! Callers of a simulated day, by telephone and from web pages.

use super::edge::Apart;
use super::{Day, Event, Observe};
use crate::edge::{Cause, EdgeEvent, RoomPlan, Stage};
use crate::floor::{Input, LastAgent, Pass, SocketId};
use crate::ids::{ContactId, CustomerId, LegId};
use crate::phone::PhoneNumber;
use crate::time::Timestamp;
use crate::wire::desk::CustomerCard;
use crate::wire::visitor::FromVisitor;

/// A visitor's page.
#[derive(Clone, Copy)]
pub(super) struct Visitor {
    socket: Option<SocketId>,
    leg: Option<LegId>,
}

/// What leads this visitor back.
fn pass(visitor: u32) -> Pass {
    Pass(format!("{visitor:064x}"))
}

/// How long callers in a hurry stay at most.
const HURRY: i64 = 15_000;

impl Day<'_> {
    /// Somebody calls. An edge without a floor takes nobody, and a page without one cannot call.
    pub(super) fn arrive(&mut self, observe: &mut Observe<'_>) {
        let visitor = self.random.chance(self.plan.habits.visitors);
        if self.edge.apart != Apart::Together {
            return;
        }
        self.report.calls += 1;
        if visitor { self.visit(observe) } else { self.ring(observe) }
    }

    fn stays(&mut self) -> i64 {
        let longest = if self.random.chance(self.plan.habits.hasty) { HURRY } else { self.plan.patience.0 };
        self.random.between(2_000, longest)
    }

    fn ring(&mut self, observe: &mut Observe<'_>) {
        let count = self.report.calls;
        let leg = LegId::from_u128(u128::from(count));
        let stays = self.stays();
        self.after(stays, Event::LegEnds(leg, Cause::Normal));
        if self.random.chance(self.plan.habits.far_holds) {
            for (share, held) in [(3, true), (2, false)] {
                self.after(stays / share, Event::Edge(EdgeEvent::FarHold { leg, held }));
            }
        }
        let (trunk, to) = self.plan.numbers[self.random.place(self.plan.numbers.len())].clone();
        let from = PhoneNumber::parse(&format!("139{count:08}")).ok();
        self.edge.legs.insert(leg, (None, Stage::Waiting));
        self.report_event(EdgeEvent::Incoming { leg, trunk, to, from, name: None }, observe);
    }

    fn visit(&mut self, observe: &mut Observe<'_>) {
        let socket = self.next_socket();
        let (_, number) = self.plan.numbers[self.random.place(self.plan.numbers.len())].clone();
        let stays = self.stays();
        let visitor = self.report.calls;
        self.after(stays, Event::VisitorLeaves(visitor));
        if self.random.chance(self.plan.habits.desk_lost) {
            self.after(stays / 2, Event::VisitorLost(visitor));
        }
        self.visitors.insert(visitor, Visitor { socket: Some(socket), leg: None });
        let (page, sdp) = ("https://shop.example/".to_owned(), String::new());
        self.step(Some(Input::VisitorOpened { socket, number, page, sdp, pass: Some(pass(visitor)) }), observe);
    }

    /// A visitor's leg is known: it is the one that was connected while the floor handled the visitor.
    pub(super) fn visitor_connected(&mut self, leg: LegId) {
        if let Some(visitor) = self.visitors.values_mut().find(|visitor| visitor.leg.is_none()) {
            visitor.leg = Some(leg);
        }
    }

    /// The floor closes a widget's socket: its call is over.
    pub(super) fn visitor_closed(&mut self, socket: SocketId) {
        self.visitors.retain(|_, visitor| visitor.socket != Some(socket));
    }

    /// The socket is gone, the page is not.
    pub(super) fn visitor_lost(&mut self, visitor: u32, observe: &mut Observe<'_>) {
        let Some(socket) = self.visitors.get_mut(&visitor).and_then(|visitor| visitor.socket.take()) else { return };
        let back = self.random.between(200, 20_000);
        self.after(back, Event::VisitorBack(visitor));
        self.step(Some(Input::VisitorClosed { socket }), observe);
    }

    /// All sockets died with the core.
    pub(super) fn visitors_adrift(&mut self) {
        let lost: Vec<u32> = self.visitors.keys().copied().collect();
        for visitor in lost {
            self.visitors.entry(visitor).and_modify(|visitor| visitor.socket = None);
            let back = self.random.between(200, 30_000);
            self.after(back, Event::VisitorBack(visitor));
        }
    }

    pub(super) fn visitor_back(&mut self, visitor: u32, observe: &mut Observe<'_>) {
        if self.edge.apart == Apart::CoreDead {
            return self.after(1_000, Event::VisitorBack(visitor));
        }
        let socket = self.next_socket();
        let Some(known) = self.visitors.get_mut(&visitor).filter(|visitor| visitor.socket.is_none()) else { return };
        known.socket = Some(socket);
        self.step(Some(Input::VisitorResumed { socket, pass: pass(visitor) }), observe);
    }

    /// Hangs up, or closes the page: then the socket goes, and the sound with it.
    pub(super) fn visitor_leaves(&mut self, visitor: u32, observe: &mut Observe<'_>) {
        let Some(Visitor { socket, leg }) = self.visitors.get(&visitor).copied() else { return };
        if let Some(socket) = socket.filter(|_| self.random.chance(50)) {
            return self.step(Some(Input::Visitor { socket, message: FromVisitor::HangUp }), observe);
        }
        self.visitors.remove(&visitor);
        if let Some(leg) = leg {
            self.after(3_000, Event::Edge(EdgeEvent::Media { leg, flowing: false }));
            // The browser's own farewell may be lost; then the edge's patience is over.
            self.after(120_000, Event::LegEnds(leg, Cause::Lost));
        }
        if let Some(socket) = socket {
            self.step(Some(Input::VisitorClosed { socket }), observe);
        }
    }

    /// A caller hears the menu, and presses a key that may lead somewhere, or none.
    pub(super) fn in_menu(&mut self, plan: &RoomPlan) {
        let Some(leg) = plan.listeners.first().map(|listener| listener.leg) else { return };
        if self.random.chance(70) {
            let digit = ['1', '2', '3', '4', '7'][self.random.place(5)];
            let after = self.random.between(300, 6_000);
            self.after(after, Event::Edge(EdgeEvent::Digit { leg, digit }));
        }
    }

    /// A caller who waits hears of keys, and may press one.
    pub(super) fn in_queue(&mut self, plan: &RoomPlan) {
        let Some(leg) = plan.listeners.first().map(|listener| listener.leg) else { return };
        if self.random.chance(25) {
            let digit = ['1', '1', '1', '2', '5'][self.random.place(5)];
            let after = self.random.between(300, 20_000);
            self.after(after, Event::Edge(EdgeEvent::Digit { leg, digit }));
        }
    }

    /// The store answers, sooner or later.
    pub(super) fn look_up(&mut self, contact: ContactId) {
        let after = self.random.between(2, 400);
        let vip = self.random.chance(self.plan.habits.vip);
        // Nothing is drawn on days without such callers: they stay as they were.
        let returning = self.plan.habits.returning;
        let last = (returning > 0 && self.random.chance(returning)).then(|| {
            let agent = self.agents[self.random.place(self.agents.len())];
            let ago = self.random.between(0, 40 * 86_400_000);
            LastAgent { agent, ended: Timestamp(self.now.0 - ago) }
        });
        self.after(after, Event::Card(contact, vip, last));
    }

    pub(super) fn card(&mut self, contact: ContactId, vip: bool, last: Option<LastAgent>, observe: &mut Observe<'_>) {
        if self.edge.apart == Apart::CoreDead {
            return;
        }
        let card = CustomerCard {
            customer: CustomerId::from_u128(1),
            name: "Known".to_owned(),
            company: None,
            vip,
            remark: None,
            contacts: 0,
            last_contact: None,
        };
        self.step(Some(Input::Card { contact, card: Some(card), last }), observe);
    }
}

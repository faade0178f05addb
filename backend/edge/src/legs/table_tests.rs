//! The life of legs without a socket: what goes in, what must come out.

use super::*;
use hark_shared::edge::Listener;
use hark_shared::ids::{ContactId, SourceId, UserId};
use hark_shared::phone::PhoneNumber;
use hark_shared::time::Millis;

const LEG: LegId = LegId::from_u128(1);
const TENANT: TenantId = TenantId::from_u128(10);
const OTHER: TenantId = TenantId::from_u128(20);
const OFFER: &str = "v=0\r\no=x 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n";

/// A table, and the envelopes' numbers.
struct Bench {
    table: Table,
    id: u64,
    now: Timestamp,
}

impl Bench {
    fn new() -> Self {
        let mut bench = Self { table: Table::new(EdgeLife(1)), id: 0, now: Timestamp(0) };
        bench.command(EdgeCommand::Resume { seen: None });
        bench
    }

    fn input(&mut self, input: Input) -> Vec<String> {
        words(self.table.handle(self.now, input))
    }

    fn command_of(&mut self, tenant: TenantId, command: EdgeCommand) -> Vec<String> {
        self.id += 1;
        let envelope = ToEdge { id: self.id, epoch: 1, tenant, command, seal: None };
        self.input(Input::Command(Box::new(envelope)))
    }

    fn command(&mut self, command: EdgeCommand) -> Vec<String> {
        self.command_of(TENANT, command)
    }

    fn sip(&mut self, event: SipEvent) -> Vec<String> {
        self.input(Input::Sip(event))
    }

    fn media(&mut self, event: MediaEvent) -> Vec<String> {
        self.input(Input::Media(event))
    }

    fn port(&mut self) -> Vec<String> {
        self.input(Input::Port(LEG, Ok("198.51.100.9:20000".parse().unwrap())))
    }

    fn closed(&mut self) -> Vec<String> {
        let quality = Quality { received: 5, ..Quality::default() };
        self.media(MediaEvent::Closed { leg: LEG, quality })
    }

    fn incoming(&mut self, sdp: Option<&str>) -> Vec<String> {
        self.sip(SipEvent::Incoming {
            leg: LEG,
            tenant: TENANT,
            trunk: TrunkId::from_u128(3),
            to: number("4001"),
            from: None,
            name: None,
            sdp: sdp.map(str::to_owned),
        })
    }

    fn answer(&mut self) -> Vec<String> {
        self.command(EdgeCommand::Answer { leg: LEG, role: LegRole::Customer(ContactId::from_u128(1)) })
    }

    fn dial(&mut self) -> Vec<String> {
        self.command(EdgeCommand::Dial {
            leg: LEG,
            role: LegRole::Dialled(ContactId::from_u128(1)),
            trunk: TrunkId::from_u128(3),
            to: number("010"),
            from: number("4001"),
            timeout: Millis::from_secs(30),
        })
    }

    fn end(&mut self, cause: Cause) -> Vec<String> {
        self.command(EdgeCommand::End { leg: LEG, cause })
    }
}

fn number(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text).unwrap()
}

/// Outputs in a few words each, so that a test reads as a list.
fn words(outputs: Vec<Output>) -> Vec<String> {
    outputs
        .into_iter()
        .map(|output| match output {
            Output::OpenRtp(_) => "open rtp".into(),
            Output::SetRtp(_, target) => format!("rtp to {} send={}", target.address, target.send),
            Output::OpenPeer(..) => "open peer".into(),
            Output::CloseLeg(_) => "close".into(),
            Output::SetRoom(..) => "set room".into(),
            Output::CloseRoom(_) => "close room".into(),
            Output::Digits(_, digits) => format!("digits {digits}"),
            Output::Call(_, CallCommand::Ring(sdp)) => format!("ring sdp={}", sdp.is_some()),
            Output::Call(_, CallCommand::Answer(_)) => "answer".into(),
            Output::Call(_, CallCommand::Reanswer(answer)) => format!("reanswer ok={}", answer.is_ok()),
            Output::Call(_, CallCommand::End(cause)) => format!("end {cause:?}"),
            Output::Call(_, other) => format!("{other:?}"),
            Output::Dial(dial) => format!("dial offer={}", dial.offer.contains("m=audio 20000")),
            Output::Trunks(..) => "trunks".into(),
            Output::Probe(..) => "probe".into(),
            Output::Event(_, EdgeEvent::Incoming { .. }) => "> incoming".into(),
            Output::Event(_, EdgeEvent::Answered { .. }) => "> answered".into(),
            Output::Event(_, EdgeEvent::Connected { .. }) => "> connected".into(),
            Output::Event(_, EdgeEvent::Ringing { early_media, .. }) => format!("> ringing early={early_media}"),
            Output::Event(_, EdgeEvent::FarHold { held, .. }) => format!("> far hold {held}"),
            Output::Event(_, EdgeEvent::Media { flowing, .. }) => format!("> media {flowing}"),
            Output::Event(_, EdgeEvent::Digit { digit, .. }) => format!("> digit {digit}"),
            Output::Event(_, EdgeEvent::Ended { cause, quality, .. }) => {
                format!("> ended {cause:?} {}", quality.received)
            }
            Output::Event(_, EdgeEvent::Living { legs, rooms, .. }) => {
                let legs: Vec<String> = legs.iter().map(|l| format!("{} {:?}", l.leg.0.as_u128(), l.stage)).collect();
                format!("> living {legs:?} rooms={}", rooms.len())
            }
            Output::Event(_, other) => format!("> {other:?}"),
            Output::Again(event) => format!("again {}", event.seq),
        })
        .collect()
}

#[test]
fn an_inbound_call_from_invite_to_bye() {
    let mut b = Bench::new();
    assert_eq!(b.incoming(Some(OFFER)), ["open rtp"]);
    assert_eq!(b.port(), ["> incoming"]);
    assert_eq!(b.command(EdgeCommand::Ring { leg: LEG, early_media: false }), ["ring sdp=false"]);
    assert_eq!(b.answer(), ["answer", "rtp to 192.0.2.1:4000 send=true"]);
    assert_eq!(b.sip(SipEvent::Up { leg: LEG, sdp: None }), ["> answered"]);
    assert_eq!(b.media(MediaEvent::Flowing { leg: LEG, flowing: false }), ["> media false"]);
    assert_eq!(b.sip(SipEvent::Digit { leg: LEG, digit: '2' }), ["> digit 2"]);
    assert_eq!(b.sip(SipEvent::Ended { leg: LEG, cause: Cause::Normal }), ["close"]);
    assert_eq!(b.media(MediaEvent::Flowing { leg: LEG, flowing: true }), [""; 0]);
    assert_eq!(b.closed(), ["> ended Normal 5"]);
    assert_eq!(b.closed(), [""; 0]);
    assert!(b.table.is_empty());
}

#[test]
fn our_hang_up_ends_once_whatever_crosses_it() {
    let mut b = Bench::new();
    b.incoming(Some(OFFER));
    b.port();
    b.answer();
    b.sip(SipEvent::Up { leg: LEG, sdp: None });
    assert_eq!(b.end(Cause::Ended), ["end Ended", "close"]);
    assert_eq!(b.end(Cause::Normal), [""; 0]);
    assert_eq!(b.sip(SipEvent::Ended { leg: LEG, cause: Cause::Normal }), [""; 0]);
    assert_eq!(b.closed(), ["> ended Ended 5"]);
}

#[test]
fn a_caller_who_leaves_before_the_core_knew_is_not_mentioned() {
    let mut b = Bench::new();
    b.incoming(Some(OFFER));
    assert_eq!(b.sip(SipEvent::Ended { leg: LEG, cause: Cause::Cancelled }), ["close"]);
    assert_eq!(b.port(), [""; 0]);
    assert_eq!(b.closed(), [""; 0]);
    assert!(b.table.is_empty());
}

#[test]
fn an_offer_without_common_codec_gets_488_and_no_port_gets_503() {
    let mut b = Bench::new();
    b.incoming(Some(&OFFER.replace("8 101", "18 101")));
    assert_eq!(b.port(), ["end Incompatible", "close"]);
    assert_eq!(b.closed(), [""; 0]);
    b.incoming(Some(OFFER));
    assert_eq!(b.input(Input::Port(LEG, Err("none".into()))), ["end Congestion"]);
    assert!(b.table.is_empty());
}

#[test]
fn early_media_points_sound_once() {
    let mut b = Bench::new();
    b.incoming(Some(OFFER));
    b.port();
    let ring = EdgeCommand::Ring { leg: LEG, early_media: true };
    assert_eq!(b.command(ring.clone()), ["ring sdp=true", "rtp to 192.0.2.1:4000 send=true"]);
    assert_eq!(b.command(ring), ["ring sdp=true"]);
    assert_eq!(b.answer(), ["answer"]);
}

#[test]
fn without_an_offer_the_answer_comes_in_the_ack() {
    let mut b = Bench::new();
    b.incoming(None);
    b.port();
    assert_eq!(b.answer(), ["answer"]);
    assert_eq!(
        b.sip(SipEvent::Up { leg: LEG, sdp: Some(OFFER.into()) }),
        ["rtp to 192.0.2.1:4000 send=true", "> answered"]
    );
    let mut b = Bench::new();
    b.incoming(None);
    b.port();
    b.answer();
    assert_eq!(b.sip(SipEvent::Up { leg: LEG, sdp: None }), ["end Incompatible", "close"]);
    assert_eq!(b.closed(), ["> ended Incompatible 5"]);
}

#[test]
fn hold_and_resume_and_a_new_address() {
    let mut b = Bench::new();
    b.incoming(Some(OFFER));
    b.port();
    b.answer();
    b.sip(SipEvent::Up { leg: LEG, sdp: None });
    let mut offered = |sdp: Option<String>| b.sip(SipEvent::Offered { leg: LEG, sdp });
    assert_eq!(
        offered(Some(format!("{OFFER}a=sendonly\r\n"))),
        ["reanswer ok=true", "rtp to 192.0.2.1:4000 send=false", "> far hold true"]
    );
    assert_eq!(
        offered(Some(format!("{OFFER}a=inactive\r\n"))),
        ["reanswer ok=true", "rtp to 192.0.2.1:4000 send=false"]
    );
    assert_eq!(
        offered(Some(OFFER.replace("192.0.2.1", "192.0.2.77"))),
        ["reanswer ok=true", "rtp to 192.0.2.77:4000 send=true", "> far hold false"]
    );
    assert_eq!(offered(Some(OFFER.replace("audio", "image"))), ["reanswer ok=false"]);
    assert_eq!(offered(None), ["reanswer ok=true"]);
    assert_eq!(b.sip(SipEvent::Answered { leg: LEG, sdp: Some(OFFER.into()) }), ["rtp to 192.0.2.1:4000 send=true"]);
}

#[test]
fn a_dialled_call_rings_with_sound_and_is_answered() {
    let mut b = Bench::new();
    assert_eq!(b.dial(), ["open rtp"]);
    assert_eq!(b.dial(), [""; 0], "an id that is taken is not dialled again");
    assert_eq!(b.port(), ["dial offer=true"]);
    assert_eq!(b.sip(SipEvent::Progress { leg: LEG, sdp: None }), ["> ringing early=false"]);
    assert_eq!(b.sip(SipEvent::Progress { leg: LEG, sdp: None }), [""; 0]);
    assert_eq!(
        b.sip(SipEvent::Progress { leg: LEG, sdp: Some(OFFER.into()) }),
        ["rtp to 192.0.2.1:4000 send=true", "> ringing early=true"]
    );
    assert_eq!(b.sip(SipEvent::Up { leg: LEG, sdp: Some(OFFER.into()) }), ["> answered"]);
    let digits = EdgeCommand::SendDigits { leg: LEG, digits: "12#".into() };
    assert_eq!(b.command(digits), ["digits 12#"]);
    assert_eq!(b.command(EdgeCommand::SendDigits { leg: LEG, digits: "1x".into() }), [""; 0]);
}

#[test]
fn a_dialled_call_that_fails_ends_with_its_cause() {
    let mut b = Bench::new();
    b.dial();
    b.port();
    assert_eq!(b.sip(SipEvent::Ended { leg: LEG, cause: Cause::Busy }), ["close"]);
    assert_eq!(b.closed(), ["> ended Busy 5"]);
    let mut b = Bench::new();
    b.dial();
    assert_eq!(b.end(Cause::Normal), ["close"]);
    assert_eq!(b.input(Input::Port(LEG, Err("none".into()))), ["> ended Normal 0"]);
    let mut b = Bench::new();
    b.dial();
    b.port();
    assert_eq!(b.input(Input::Undialled(LEG, Cause::Rejected)), ["close"]);
    assert_eq!(b.closed(), ["> ended Rejected 5"]);
}

#[test]
fn browsers_connect_reconnect_and_get_lost() {
    let mut b = Bench::new();
    let connect = EdgeCommand::Connect { leg: LEG, role: LegRole::Agent(UserId::from_u128(4)), offer: "o".into() };
    assert_eq!(b.command(connect.clone()), ["open peer"]);
    assert_eq!(b.input(Input::Peer(LEG, Ok("a".into()))), ["> connected"]);
    assert_eq!(b.command(connect.clone()), ["open peer"], "an ICE restart keeps the leg");
    assert_eq!(b.input(Input::Peer(LEG, Err("bad".into()))), [""; 0], "a bad second offer costs nothing");
    assert_eq!(b.media(MediaEvent::PeerGone { leg: LEG }), ["close"]);
    assert_eq!(b.closed(), ["> ended Lost 5"]);
    assert_eq!(b.command(connect), ["open peer"]);
    assert_eq!(b.media(MediaEvent::PeerGone { leg: LEG }), ["close"], "also before its answer");
    assert_eq!(b.closed(), ["> ended Lost 5"]);
}

#[test]
fn a_bad_browser_offer_ends_its_leg_only() {
    let mut b = Bench::new();
    b.command(EdgeCommand::Connect { leg: LEG, role: LegRole::Agent(UserId::from_u128(4)), offer: "o".into() });
    assert_eq!(b.input(Input::Peer(LEG, Err("bad".into()))), ["> ended Incompatible 0"]);
    assert!(b.table.is_empty());
}

#[test]
fn nothing_crosses_tenants() {
    let mut b = Bench::new();
    b.incoming(Some(OFFER));
    b.port();
    assert_eq!(b.command_of(OTHER, EdgeCommand::End { leg: LEG, cause: Cause::Normal }), [""; 0]);
    assert_eq!(b.command_of(OTHER, EdgeCommand::Ring { leg: LEG, early_media: true }), [""; 0]);
    let plan = RoomPlan {
        room: RoomId::from_u128(1),
        sources: vec![],
        listeners: vec![Listener { leg: LEG, hears: vec![] }],
        recording: None,
    };
    assert_eq!(b.command_of(OTHER, EdgeCommand::SetRoom(plan.clone())), [""; 0]);
    assert_eq!(b.command(EdgeCommand::SetRoom(plan.clone())), ["set room"]);
    assert_eq!(b.command_of(OTHER, EdgeCommand::CloseRoom { room: plan.room }), [""; 0]);
    let ended = b.media(MediaEvent::SourceEnded { room: plan.room, source: SourceId::from_u128(1) });
    assert!(ended[0].starts_with("> SourceEnded"), "{ended:?}");
    assert_eq!(b.command(EdgeCommand::CloseRoom { room: plan.room }), ["close room"]);
}

#[test]
fn commands_count_once_and_from_the_newest_floor() {
    let mut b = Bench::new();
    let mut probe = |epoch, id| {
        let command = EdgeCommand::TestTrunk { trunk: TrunkId::from_u128(1) };
        b.input(Input::Command(Box::new(ToEdge { id, epoch, tenant: TENANT, command, seal: None }))).len()
    };
    assert_eq!([probe(2, 1), probe(2, 1), probe(2, 2), probe(1, 3), probe(3, 1), probe(2, 9)], [1, 0, 1, 0, 1, 0]);
}

/// A telephone and a browser that hear each other.
fn two_talk() -> (Bench, LegId) {
    let mut b = Bench::new();
    b.incoming(Some(OFFER));
    b.port();
    b.answer();
    b.sip(SipEvent::Up { leg: LEG, sdp: None });
    let browser = LegId::from_u128(2);
    b.command(EdgeCommand::Connect { leg: browser, role: LegRole::Agent(UserId::from_u128(4)), offer: "o".into() });
    b.input(Input::Peer(browser, Ok("a".into())));
    let hears = |leg| Listener { leg, hears: vec![] };
    let listeners = vec![hears(LEG), hears(browser)];
    let plan = RoomPlan { room: RoomId::from_u128(1), sources: vec![], listeners, recording: None };
    b.command(EdgeCommand::SetRoom(plan));
    (b, browser)
}

#[test]
fn a_new_core_hears_what_it_missed_and_what_lives() {
    let (mut b, _) = two_talk();
    let last = b.table.note(TENANT, EdgeEvent::Answered { leg: LEG }).unwrap();
    b.input(Input::Away);
    assert_eq!(b.sip(SipEvent::Digit { leg: LEG, digit: '7' }), ["> digit 7"]);
    assert!(b.table.note(TENANT, EdgeEvent::Digit { leg: LEG, digit: '7' }).is_none(), "nobody is there to take it");
    assert_eq!(b.sip(SipEvent::Ended { leg: LEG, cause: Cause::Normal }), ["close"]);
    let seen = Some(hark_shared::edge::Seen { life: last.life, seq: last.seq });
    let resumed = b.command(EdgeCommand::Resume { seen });
    assert_eq!(resumed, ["again 2", "> living [\"1 Up\", \"2 Up\"] rooms=1"], "it still closes");
    assert_eq!(b.closed(), ["> ended Normal 5"]);
    b.id += 1;
    assert_eq!(b.command(EdgeCommand::Resume { seen }).len(), 2);
}

#[test]
fn without_a_core_nobody_is_let_in_and_who_is_left_alone_is_let_go() {
    let (mut b, browser) = two_talk();
    b.input(Input::Away);
    let other = LegId::from_u128(9);
    let invite = SipEvent::Incoming {
        leg: other,
        tenant: TENANT,
        trunk: TrunkId::from_u128(3),
        to: number("4001"),
        from: None,
        name: None,
        sdp: None,
    };
    assert_eq!(b.sip(invite), ["end Congestion"], "503");
    b.now = Timestamp(100_000);
    assert_eq!(b.table.deadline(), None);
    b.input(Input::Media(MediaEvent::PeerGone { leg: browser }));
    assert_eq!(b.table.deadline(), Some(Timestamp(110_000)));
    assert_eq!(words(b.table.tick(Timestamp(109_999))), [""; 0]);
    assert_eq!(words(b.table.tick(Timestamp(110_000))), ["end Normal", "close"]);
    assert_eq!(b.table.deadline(), None);
}

#[test]
fn a_browser_that_falls_silent_has_longer_and_may_come_back() {
    let (mut b, browser) = two_talk();
    b.input(Input::Away);
    let flowing = |flowing| Input::Media(MediaEvent::Flowing { leg: browser, flowing });
    b.input(flowing(false));
    assert_eq!(b.table.deadline(), Some(Timestamp(30_000)));
    b.input(flowing(true));
    assert_eq!(words(b.table.tick(Timestamp(30_000))), [""; 0]);
    let (mut b, browser) = two_talk();
    b.input(Input::Media(MediaEvent::Flowing { leg: browser, flowing: false }));
    b.input(Input::Away);
    assert_eq!(words(b.table.tick(Timestamp(30_000))), ["end Normal", "close"]);
}

#[test]
fn a_core_that_comes_back_in_time_decides_itself() {
    let (mut b, browser) = two_talk();
    b.input(Input::Away);
    b.input(Input::Media(MediaEvent::PeerGone { leg: browser }));
    b.command(EdgeCommand::Resume { seen: None });
    assert_eq!(words(b.table.tick(Timestamp(60_000))), [""; 0]);
}

#[test]
fn an_agents_warm_connection_is_not_let_go() {
    let (mut b, _) = two_talk();
    b.input(Input::Away);
    assert_eq!(b.sip(SipEvent::Ended { leg: LEG, cause: Cause::Normal }), ["close"]);
    assert_eq!(b.table.deadline(), None);
}

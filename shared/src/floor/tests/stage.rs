//! A floor, its clock, and everything it said: what every test of it plays on.

use super::*;
use crate::capacity::Capacity;

pub(super) const QUEUE: QueueId = QueueId::from_u128(1);
pub(super) const TRUNK: TrunkId = TrunkId::from_u128(2);
pub(super) const HOTLINE: &str = "95588";

pub(super) fn phone(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text).unwrap()
}

pub(super) fn agent(n: u128) -> UserId {
    UserId::from_u128(100 + n)
}

pub(super) fn setup(agents: u128) -> TenantSetup {
    let user = |n| User {
        id: agent(n),
        login: format!("a{n}"),
        name: format!("Agent {n}"),
        number: None,
        roles: vec![Role::Agent],
        skills: vec![],
        queues: vec![QUEUE],
        active: true,
        recording: crate::wire::control::RecordRule::Always,
    };
    TenantSetup {
        tenant: crate::ids::TenantId::from_u128(9),
        name: "Test".into(),
        outbound: OutboundLimits { at_once: 2, per_day: 3, ..OutboundLimits::default() },
        users: (1..=agents).map(user).collect(),
        skills: vec![],
        queues: vec![Queue {
            id: QUEUE,
            name: "Repairs".into(),
            skills: vec![],
            priority: 0,
            offer_timeout: Millis::from_secs(20),
            wrap_up: Millis::from_secs(30),
            greeting: Some("en/queue-greeting".into()),
            music: "music/calm".into(),
            announce_every: Some(Millis::from_secs(30)),
            record: true,
            language: Language::En,
            routing: crate::wire::routing::Routing::default(),
            waiting: crate::wire::waiting::Waiting::default(),
        }],
        numbers: vec![Number {
            id: NumberId::from_u128(3),
            number: phone(HOTLINE),
            trunk: TRUNK,
            entry: Entry::Queue(QUEUE),
            vip: None,
            fallback: None,
            fax: None,
        }],
        trunks: vec![Trunk {
            id: TRUNK,
            name: "SBC".into(),
            address: "127.0.0.1:5080".into(),
            sources: vec![],
            username: None,
            password: None,
            caller: Some(phone(HOTLINE)),
            allowed: vec!["1".into()],
            refer: false,
            limit: 10,
        }],
        capacity: Capacity::default(),
        dispositions: vec![],
        flows: vec![],
        sounds: BTreeSet::new(),
        calendars: vec![],
        rotas: vec![],
        meeting_rooms: vec![],
        zones: BTreeMap::new(),
        listings: vec![],
        notices: vec![],
        prompts: vec![],
        teams: vec![],
        mailboxes: vec![],
    }
}

/// A floor, its clock, and everything it said.
pub(super) struct Stage {
    pub(super) floor: Floor,
    pub(super) now: Timestamp,
    pub(super) said: Vec<Output>,
    asked: u128,
}

impl Stage {
    pub(super) fn new(agents: u128) -> Self {
        let mut stage = Self { floor: Floor::new(7), now: Timestamp(1_000_000), said: vec![], asked: 0 };
        stage.input(Input::Setup(Box::new(setup(agents))));
        stage
    }

    pub(super) fn input(&mut self, input: Input) -> Vec<Output> {
        self.floor.handle(self.now, input);
        self.drain()
    }

    pub(super) fn drain(&mut self) -> Vec<Output> {
        let said: Vec<_> = std::iter::from_fn(|| self.floor.poll()).collect();
        self.said.extend(said.iter().cloned());
        said
    }

    /// Lets time pass, firing what is due on the way.
    pub(super) fn pass(&mut self, seconds: i64) -> Vec<Output> {
        let until = self.now + Millis::from_secs(seconds);
        let mut said = vec![];
        while let Some(at) = self.floor.deadline().filter(|at| *at <= until) {
            self.now = at.max(self.now);
            self.floor.tick(self.now);
            said.extend(self.drain());
        }
        self.now = until;
        said
    }

    /// Agent `n` sits down, connects the browser and says ready.
    pub(super) fn sit(&mut self, n: u128) {
        let socket = SocketId(n as u64);
        let tab = Uuid::from_u128(n);
        self.input(Input::DeskOpened { user: agent(n), socket, tab, take_over: false });
        let said = self.command(n, DeskCommand::Connect { sdp: "offer".into() });
        let leg = said.iter().find_map(|output| match output {
            Output::Edge(EdgeCommand::Connect { leg, .. }) => Some(*leg),
            _ => None,
        });
        self.edge(EdgeEvent::Connected { leg: leg.unwrap(), answer: "answer".into() });
        self.command(n, DeskCommand::SetState { state: WantedState::Ready });
    }

    pub(super) fn command(&mut self, n: u128, command: DeskCommand) -> Vec<Output> {
        self.asked += 1;
        self.input(Input::Desk { socket: SocketId(n as u64), id: Uuid::from_u128(self.asked), command })
    }

    pub(super) fn edge(&mut self, event: EdgeEvent) -> Vec<Output> {
        self.input(Input::Edge(event))
    }

    pub(super) fn ring(&mut self, n: u128) -> Vec<Output> {
        let leg = LegId::from_u128(n);
        let from = Some(phone("13800138000"));
        self.edge(EdgeEvent::Incoming { leg, trunk: TRUNK, to: phone(HOTLINE), from, name: None })
    }

    pub(super) fn gone(&mut self, n: u128) -> Vec<Output> {
        let quality = Quality::default();
        self.edge(EdgeEvent::Ended { leg: LegId::from_u128(n), cause: Cause::Normal, quality })
    }

    pub(super) fn desk(&self, n: u128) -> Desk {
        *self.floor.agents[&agent(n)].desk.as_ref().unwrap().shown.clone().unwrap()
    }

    pub(super) fn state(&self, n: u128) -> AgentState {
        self.floor.agents[&agent(n)].activity.state()
    }

    pub(super) fn accept(&mut self, n: u128) -> ContactId {
        let card = self.desk(n).offer.expect("an offer rings");
        self.command(n, DeskCommand::Accept { offer: card.offer });
        card.contact
    }

    pub(super) fn facts(&self) -> Vec<Fact> {
        self.said
            .iter()
            .filter_map(|output| match output {
                Output::Fact(versioned) => Some(versioned.fact.clone()),
                _ => None,
            })
            .collect()
    }

    pub(super) fn plan(&self, contact: ContactId) -> &RoomPlan {
        &self.floor.plans[&contact]
    }
}

pub(super) fn commands(said: &[Output]) -> Vec<&EdgeCommand> {
    said.iter()
        .filter_map(|output| match output {
            Output::Edge(command) => Some(command),
            _ => None,
        })
        .collect()
}

pub(super) fn refused(said: &[Output]) -> Option<String> {
    said.iter().find_map(|output| match output {
        Output::Desk { message, .. } => match message.as_ref() {
            ToDesk::Refused { error, .. } => Some(error.key.clone()),
            _ => None,
        },
        _ => None,
    })
}

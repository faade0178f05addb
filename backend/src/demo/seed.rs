//! The demo tenant: people, queues, numbers, customers. Made once; a second start finds it.

use crate::api::AppState;
use crate::clock::draw;
use anyhow::{Context, ensure};
use hark_shared::ids::{CustomerId, DispositionId, NumberId, QueueId, SkillId, TeamId, TenantId, TrunkId, UserId};
use hark_shared::perms::Role;
use hark_shared::phone::PhoneNumber;
use hark_shared::team::Team;
use hark_shared::time::Millis;
use hark_shared::wire::desk::Disposition;
use hark_shared::wire::rest::{Choice, Customer, Entry, Language, Menu, Number, Queue, Skill, SkillLevel, Trunk, User};
use hark_shared::wire::routing::Routing;
use hark_shared::wire::waiting::Waiting;
use hark_store::{Audit, NewTenant, NewUser};
use std::net::SocketAddr;
use uuid::Uuid;

/// The tenant's short name.
pub(super) const SLUG: &str = "demo";
/// The number that begins with a menu.
pub(super) const HOTLINE: &str = "95588";
/// The number that leads straight to a queue.
pub(super) const DIRECT: &str = "95599";
/// What agents may dial: the carrier answers.
pub(super) const DIALABLE: [&str; 2] = ["13800138000", "10086"];
/// Everybody's password; printed at start, which is why a demo must not be reachable from elsewhere.
pub const PASSWORD: &str = "hark-demo-2026";
/// Who may sign in, and as what.
pub const USERS: [(&str, &str); 4] =
    [("mei", "agent"), ("tom", "agent"), ("lead", "supervisor"), ("admin", "administrator")];

/// The demo tenant, with its trunk pointing to where the carrier is this time.
pub(super) async fn tenant(state: &AppState, carrier: SocketAddr) -> anyhow::Result<TenantId> {
    if let Some(found) = state.db.tenant_called(SLUG).await? {
        let trunks = state.db.trunks(found.id).await?;
        let mut trunk = trunks.into_iter().next().context("the demo tenant has lost its trunk")?;
        trunk.address = carrier.to_string();
        state.db.change_trunk(found.id, &trunk, draw(state.entropy.as_ref()), &audit(state, "demo.started")).await?;
        return Ok(found.id);
    }
    ensure!(state.db.tenants().await?.is_empty(), "--demo wants a data folder of its own: this one holds tenants");
    Seed { state, tenant: TenantId(state.entropy.uuid_v7(state.now())) }.plant(carrier).await
}

fn audit(state: &AppState, action: &'static str) -> Audit {
    let now = state.now();
    let id = state.entropy.uuid_v7(now);
    Audit { id, at: now, user: None, user_name: None, action, subject: SLUG.to_owned(), address: None }
}

struct Seed<'a> {
    state: &'a AppState,
    tenant: TenantId,
}

impl Seed<'_> {
    fn id(&self) -> Uuid {
        self.state.entropy.uuid_v7(self.state.now())
    }

    fn audit(&self) -> Audit {
        audit(self.state, "demo.seeded")
    }

    async fn plant(&self, carrier: SocketAddr) -> anyhow::Result<TenantId> {
        let entropy = self.state.entropy.as_ref();
        let new = NewTenant {
            id: self.tenant,
            slug: SLUG.to_owned(),
            name: "Hark 演示 · Demo".to_owned(),
            recording_key: draw(entropy),
            nonce: draw(entropy),
        };
        self.state.db.create_tenant(&new, self.state.now()).await?;
        let english = SkillId(self.id());
        let skill = Skill { id: english, name: "English".to_owned() };
        self.state.db.create_skill(self.tenant, &skill, &self.audit()).await?;
        let chinese_line = self.queue("客户服务", Language::Zh, &[]).await?;
        let english_line = self.queue("Customer service", Language::En, &[english]).await?;
        self.people(&[chinese_line, english_line], english).await?;
        self.numbers(carrier, chinese_line, english_line).await?;
        self.customers().await?;
        self.dispositions().await?;
        Ok(self.tenant)
    }

    async fn queue(&self, name: &str, language: Language, skills: &[SkillId]) -> anyhow::Result<QueueId> {
        let id = QueueId(self.id());
        let queue = Queue {
            id,
            name: name.to_owned(),
            skills: skills.iter().map(|skill| SkillLevel { skill: *skill, level: 3 }).collect(),
            priority: 5,
            offer_timeout: Millis::from_secs(20),
            wrap_up: Millis::from_secs(60),
            greeting: Some(format!("{}/queue-greeting", language.folder())),
            music: "music/calm".to_owned(),
            announce_every: Some(Millis::from_secs(30)),
            record: true,
            language,
            routing: Routing::default(),
            waiting: Waiting::default(),
        };
        self.state.db.create_queue(self.tenant, &queue, &self.audit()).await?;
        Ok(id)
    }

    async fn people(&self, queues: &[QueueId], english: SkillId) -> anyhow::Result<()> {
        let hash = self.state.auth.passwords().hash(PASSWORD.to_owned(), self.state.entropy.as_ref()).await?;
        let people = [
            ("mei", "李梅", "8001", Role::Agent),
            ("tom", "Tom Baker", "8002", Role::Agent),
            ("lead", "王班长", "8000", Role::Supervisor),
            ("admin", "Admin", "", Role::Administrator),
        ];
        let id = TeamId(self.id());
        let mut team = Team { id, name: "一班 · Team One".to_owned(), members: [].into(), leaders: [].into() };
        for (login, name, number, role) in people {
            let serves = role != Role::Administrator;
            let user = User {
                id: UserId(self.id()),
                login: login.to_owned(),
                name: name.to_owned(),
                number: Some(number.to_owned()).filter(|number| !number.is_empty()),
                roles: vec![role],
                skills: serves.then_some(SkillLevel { skill: english, level: 6 }).into_iter().collect(),
                queues: if serves { queues.to_vec() } else { Vec::new() },
                active: true,
                recording: hark_shared::wire::control::RecordRule::Always,
            };
            match role {
                Role::Agent => team.members.insert(user.id),
                Role::Supervisor => team.leaders.insert(user.id),
                Role::Administrator => false,
            };
            let new = NewUser { user, password: Some(hash.clone()) };
            self.state.db.create_user(self.tenant, &new, &self.audit(), self.state.now()).await?;
        }
        self.state.db.create_document(self.tenant, &team, &self.audit()).await?;
        Ok(())
    }

    async fn numbers(&self, carrier: SocketAddr, chinese: QueueId, english: QueueId) -> anyhow::Result<()> {
        let trunk = Trunk {
            id: TrunkId(self.id()),
            name: "演示运营商 · Demo carrier".to_owned(),
            address: carrier.to_string(),
            sources: Vec::new(),
            username: None,
            password: None,
            caller: Some(PhoneNumber::parse(HOTLINE)?),
            allowed: DIALABLE.map(str::to_owned).to_vec(),
            refer: false,
            limit: 100,
        };
        self.state.db.create_trunk(self.tenant, &trunk, draw(self.state.entropy.as_ref()), &self.audit()).await?;
        let choices = vec![Choice { digit: '1', queue: chinese }, Choice { digit: '2', queue: english }];
        let menu = Menu { prompt: "zh/menu".to_owned(), choices, otherwise: chinese };
        for (number, entry) in [(HOTLINE, Entry::Menu(menu)), (DIRECT, Entry::Queue(chinese))] {
            let number = Number {
                id: NumberId(self.id()),
                number: PhoneNumber::parse(number)?,
                trunk: trunk.id,
                entry,
                vip: None,
                fallback: None,
                fax: None,
            };
            self.state.db.create_number(self.tenant, &number, &self.audit()).await?;
        }
        Ok(())
    }

    async fn customers(&self) -> anyhow::Result<()> {
        let customers = [
            ("王芳", "晨光家居", true, "空调保修到 2027 年；喜欢上午回访", "13800138000"),
            ("Emma Clarke", "Harbour Hotels", false, "Prefers e-mail for invoices", "+447700900123"),
            ("张伟", "", false, "", "13900139000"),
        ];
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        for (name, company, vip, remark, number) in customers {
            let customer = Customer {
                id: CustomerId(self.id()),
                name: name.to_owned(),
                company: some(company),
                vip,
                remark: some(remark),
                numbers: vec![PhoneNumber::parse(number)?],
            };
            self.state.db.create_customer(self.tenant, &customer, &self.audit()).await?;
        }
        Ok(())
    }

    async fn dispositions(&self) -> anyhow::Result<()> {
        let names = [("咨询", "Enquiry"), ("报修", "Repair"), ("投诉", "Complaint"), ("打错电话", "Wrong number")];
        for (zh, en) in names {
            let disposition = Disposition { id: DispositionId(self.id()), zh: zh.to_owned(), en: en.to_owned() };
            self.state.db.create_disposition(self.tenant, &disposition, &self.audit()).await?;
        }
        Ok(())
    }
}

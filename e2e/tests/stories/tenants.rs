//! Two companies on one server, with the same numbers. Neither sees, hears or reaches anything of the other.

use anyhow::{Context, Result, ensure};
use hark_e2e::api::Api;
use hark_e2e::browser::Patch;
use hark_e2e::desk::{Desk, SOON};
use hark_e2e::phone::End;
use hark_e2e::postgres::Postgres;
use hark_e2e::scene::{AGENT, CALLER, SECOND, Scene};
use hark_e2e::server::Options;
use hark_e2e::story::story;
use hark_e2e::tenant::PASSWORD;
use hark_shared::ids::NumberId;
use hark_shared::phone::PhoneNumber;
use hark_shared::wire::rest::{Contact, Number};
use hyper::{Method, StatusCode};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// What the other company's caller says.
const OTHER_CALLER: f64 = 1050.0;
/// A number that only the first company has.
const OWN_NUMBER: &str = "95599";
/// The one-time key of the second company.
const KEY: &str = "drawn-for-the-second-company";

/// One company: who it is, and by what it would be known if it were seen.
struct Company {
    scene: Scene,
    desk: Desk,
    agent: Api,
    /// A word that occurs in texts of this company only.
    word: &'static str,
    /// One thing of each kind, by the part of the path that names the kind.
    things: Map<String, Value>,
}

impl Company {
    async fn new(scene: Scene, desk: Desk, word: &'static str) -> Result<Self> {
        let origin = scene.server.origin();
        let login = &scene.tenant.agents.first().context("one agent")?.login;
        let agent = Api::signed_in(&origin, &scene.tenant.slug, login, PASSWORD).await?;
        let mut company = Self { scene, desk, agent, word, things: Map::new() };
        let id = Uuid::now_v7();
        company.make("dispositions", json!({ "id": id, "zh": word, "en": word })).await?;
        let customer = json!({ "id": id, "name": word, "company": word, "vip": false, "remark": word,
            "numbers": [hark_e2e::scene::CALLER_NUMBER] });
        company.make("customers", customer).await?;
        let closed: [[u8; 0]; 7] = [[]; 7];
        let calendar = json!({ "id": id, "name": word, "zone": "UTC", "week": closed });
        company.make("calendars", calendar).await?;
        let say = json!([{ "say": "prompt", "name": "closed" }]);
        company.make("notices", json!({ "id": id, "name": word, "on": false, "say": say })).await?;
        let people = json!([{ "name": word, "number": "13900000009" }]);
        let turn = json!({ "weekdays": ["monday"], "from": "18:00", "to": "08:00", "people": people });
        company.make("rotas", json!({ "id": id, "name": word, "zone": "UTC", "turns": [turn], "days": [] })).await?;
        let room = json!({ "id": id, "name": word, "number": "4711", "most": 2, "music": "music/calm",
            "pin": { "do": "set", "pin": "47110815" }, "moderator_pin": { "do": "keep" } });
        company.make("meeting-rooms", room).await?;
        let team = json!({ "id": id, "name": word, "members": [], "leaders": [] });
        company.make("teams", team).await?;
        let listing = json!({ "id": id, "listed": "allowed", "number": "17700000000", "reason": word });
        company.make("listings", listing).await?;
        let nodes = json!({ "1": { "name": word, "kind": { "type": "hang_up", "cause": "normal" } } });
        let flow = json!({ "start": 1, "language": "en", "nodes": nodes });
        // With a version, for the route that rolls back.
        company.make("flows", json!({ "id": id, "name": word, "revision": 1, "flow": flow, "version": 1 })).await?;
        Ok(company)
    }

    async fn make(&mut self, kind: &str, thing: Value) -> Result<()> {
        self.scene.tenant.admin.send(Method::POST, &format!("/api/{kind}"), &thing).await?;
        self.things.insert(kind.to_owned(), thing);
        Ok(())
    }

    /// Remembers what the call has left behind, and the first of each list.
    async fn gather(&mut self) -> Result<()> {
        let admin = &self.scene.tenant.admin;
        // The last version of its record, with what the agent wrote.
        let whole = |contact: &Contact| contact.recording.is_some() && contact.form.notes == self.word;
        let contact = admin.expect_contacts(1, SOON, whole).await?.remove(0);
        let recording = contact.recording.as_ref().context("recorded")?.id;
        self.things.insert("contacts".to_owned(), json!({ "id": contact.id }));
        self.things.insert("recordings".to_owned(), json!({ "id": recording }));
        for kind in ["users", "skills", "queues", "numbers", "trunks"] {
            let all: Vec<Value> = admin.get(&format!("/api/{kind}")).await?;
            self.things.insert(kind.to_owned(), all.into_iter().next().context(kind)?);
        }
        Ok(())
    }

    /// What nobody else may ever get to read.
    fn marks(&self) -> Vec<String> {
        let ids = self.things.values().filter_map(|thing| thing["id"].as_str().map(str::to_owned));
        ids.chain([self.word.to_owned()]).collect()
    }

    fn ensure_unseen(&self, text: &str, by: &str) -> Result<()> {
        let seen = self.marks().into_iter().find(|mark| text.contains(mark));
        ensure!(seen.is_none(), "{by} shows {seen:?} of {}: {text}", self.word);
        Ok(())
    }

    /// All that its administrator can read.
    async fn everything(&self) -> Result<String> {
        let mut all = String::new();
        for kind in [
            "users",
            "skills",
            "queues",
            "numbers",
            "trunks",
            "dispositions",
            "customers",
            "contacts?whose=all",
            "calendars",
            "notices",
            "listings",
            "rotas",
            "meeting-rooms",
            "teams",
            "flows",
        ] {
            all += &self.scene.tenant.admin.ask(Method::GET, &format!("/api/{kind}"), None::<&()>).await?.text();
        }
        Ok(all)
    }
}

/// Every operation of the server's own OpenAPI document.
async fn operations(api: &Api) -> Result<Vec<(Method, String)>> {
    let document: Value = api.get("/api/openapi.json").await?;
    let paths = document["paths"].as_object().context("paths")?;
    let mut operations = Vec::new();
    for (path, item) in paths {
        for method in item.as_object().context("operations")?.keys() {
            operations.push((Method::from_bytes(method.to_uppercase().as_bytes())?, path.clone()));
        }
    }
    ensure!(operations.len() > 30, "the document has lost most of its operations: {operations:?}");
    Ok(operations)
}

/// `stranger` asks each operation about the things of `owner`, with the body that the owner itself would send.
async fn walk(owner: &Company, stranger: &Api, who: &str) -> Result<()> {
    for (method, path) in operations(stranger).await? {
        let kind = path.split('/').nth(2).unwrap_or_default();
        if matches!(kind, "session" | "setup" | "tickets") {
            continue;
        }
        let one = path.contains("{id}");
        // What is made without naming a thing is the stranger's own.
        if !one && method != Method::GET {
            continue;
        }
        // Prompts take sounds, mailboxes, messages and callbacks things that only a call leaves: the API's tests walk them.
        if matches!(kind, "prompts" | "mailboxes" | "messages" | "callbacks") {
            continue;
        }
        let thing = owner.things.get(kind);
        ensure!(thing.is_some() || !one, "say what to ask of {path}");
        let id = thing.and_then(|thing| thing["id"].as_str()).unwrap_or_default();
        let asked = path.replace("{id}", id).replace("{version}", "1");
        let body = thing.filter(|_| method != Method::GET && method != Method::DELETE);
        let answer = stranger.ask(method.clone(), &asked, body).await?;
        let what = format!("{method} {path} as {who}");
        owner.ensure_unseen(&answer.text(), &what)?;
        let refused = matches!(answer.status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND);
        ensure!(refused || !one, "{what}: {} {}", answer.status, answer.text());
    }
    Ok(())
}

#[test]
fn two_companies_on_one_server_know_nothing_of_each_other() {
    story("two-tenants", async |story| {
        let postgres = Postgres::start(story).await?;
        let options = Options { database: Some(postgres.url()), ..Options::default() };
        let first = Scene::open_with(story, &["amy"], options, |_| ()).await?;
        let amy = first.ready_with(story, "amy", AGENT, &[Patch::Frames]).await?;
        // The operator draws a second key; there is no command for it yet.
        let draw = format!("INSERT INTO setup_key (one, hash) VALUES (1, sha256('{KEY}'::bytea))");
        postgres.query(&draw).await?;
        let second = first.beside(story, KEY, "other", &["bob"], OTHER_CALLER).await?;
        let bob = Desk::sign_in_to(story, &second.tenant, &second.server, "bob", SECOND, &[Patch::Frames]).await?;
        bob.ready().await?;
        let own = Number {
            id: NumberId(Uuid::now_v7()),
            number: PhoneNumber::parse(OWN_NUMBER)?,
            ..first.tenant.number.clone()
        };
        first.tenant.admin.send(Method::POST, "/api/numbers", &own).await?;
        let mut first = Company::new(first, amy, "secret-of-the-first").await?;
        let mut second = Company::new(second, bob, "secret-of-the-second").await?;

        // The same number, dialled by the same caller: the carrier decides whose call it is.
        let call = first.scene.call().await?;
        first.desk.expect_ring().await?;
        first.desk.expect_text("offer-card", first.word, SOON).await?;
        ensure!(!second.desk.has("offer-card").await?, "it rings at the other company");
        first.desk.answer().await?;
        let other = second.scene.call().await?;
        second.desk.expect_ring().await?;
        second.desk.expect_text("offer-card", second.word, SOON).await?;
        second.desk.answer().await?;
        // Both talk at once, and each hears its own.
        first.desk.expect_tone(CALLER, SOON).await?;
        second.desk.expect_tone(OTHER_CALLER, SOON).await?;
        call.expect_tone(AGENT, SOON).await?;
        other.expect_tone(SECOND, SOON).await?;
        // A number of the first company cannot be reached over the second one's trunk.
        let astray = second.scene.carrier.call(OWN_NUMBER, second.scene.door).await?;
        ensure!(astray.ended(SOON).await? == End::Refused(404), "{:?}", astray.state());

        call.hang_up().await?;
        other.hang_up().await?;
        first.desk.wrap_up(first.word).await?;
        second.desk.wrap_up(second.word).await?;
        first.gather().await?;
        second.gather().await?;

        let before = (first.everything().await?, second.everything().await?);
        for (owner, stranger) in [(&first, &second), (&second, &first)] {
            walk(owner, &stranger.scene.tenant.admin, "another company's administrator").await?;
            walk(owner, &stranger.agent, "another company's agent").await?;
            let frames = stranger.desk.frames().await?.concat();
            owner.ensure_unseen(&frames, "another company's desk")?;
            ensure!(frames.contains(stranger.word), "the desk's frames are not what they seem");
        }
        ensure!(before == (first.everything().await?, second.everything().await?), "something was changed");
        first.ensure_unseen(&before.1, "everything of the second company")?;
        second.ensure_unseen(&before.0, "everything of the first company")?;
        Ok(())
    });
}

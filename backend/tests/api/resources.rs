//! What administrators set up through the API: created, read, changed, refused with the field named, audited.

use crate::app::{A, B, TestApp};
use hark_shared::ids::{QueueId, SkillId, TenantId, TrunkId};
use hark_shared::time::Millis;
use hark_shared::wire::rest::{Language, Queue, Skill, SkillLevel, Trunk};
use hark_shared::wire::routing::Routing;
use hark_shared::wire::waiting::Waiting;
use hark_store::testing::TestDb;
use serde_json::{Value, json};

hark_store::on_both!(
    each_resource_is_created_changed_and_removed,
    wrong_values_name_their_field,
    users_are_set_up,
    trunk_passwords_are_never_shown,
    an_administrator_remains,
    dialling_has_limits,
    capacity_is_decided_once_for_a_tenant,
    the_audit_log_pages,
);

/// A skill 0x?1, a queue 0x?2 and a trunk 0x?4 in a tenant, whose number is the ids' first digit.
pub async fn arrange(app: &TestApp, tenant: TenantId) {
    let base = tenant.0.as_u128() << 4;
    let skill = Skill { id: SkillId::from_u128(base + 1), name: "Arranged skill".into() };
    app.db().create_skill(tenant, &skill, &app.audit()).await.unwrap();
    let queue = Queue {
        id: QueueId::from_u128(base + 2),
        name: "Arranged queue".into(),
        skills: vec![SkillLevel { skill: skill.id, level: 1 }],
        priority: 0,
        offer_timeout: Millis::from_secs(20),
        wrap_up: Millis::from_secs(30),
        greeting: None,
        music: "music".into(),
        announce_every: None,
        record: true,
        language: Language::En,
        routing: Routing::default(),
        waiting: Waiting::default(),
    };
    app.db().create_queue(tenant, &queue, &app.audit()).await.unwrap();
    let trunk = Trunk {
        id: TrunkId::from_u128(base + 4),
        name: "Arranged trunk".into(),
        address: "sbc.example:5060".into(),
        sources: vec![],
        username: None,
        password: None,
        caller: None,
        allowed: vec![],
        refer: false,
        limit: 10,
    };
    app.db().create_trunk(tenant, &trunk, [9; 12], &app.audit()).await.unwrap();
}

pub fn id(number: u128) -> String {
    uuid::Uuid::from_u128(number).to_string()
}

pub fn skill(number: u128) -> Value {
    json!({ "id": id(number), "name": "Mandarin" })
}

pub fn queue(number: u128, skill: u128) -> Value {
    json!({
        "id": id(number), "name": "Repair", "skills": [{ "skill": id(skill), "level": 5 }], "priority": 3,
        "offer_timeout": 20_000, "wrap_up": 30_000, "greeting": "welcome", "music": "music", "announce_every": 30_000, "language": "en",
        "record": true, "routing": {
            "strategy": "fewest_contacts", "ring": 3, "steps": [{ "after": 30_000, "skills": [{ "skill": id(skill), "level": 1 }] }],
            "members": [{ "user": id(0xb0), "delay": 15_000 }], "sticky": { "days": 30, "patience": 20_000 },
            "wrap_up": "must_classify", "auto_answer": false, "announce_agent": false, "recording": null, "survey": null,
        },
        "waiting": {
            "comfort": ["comfort"], "comfort_every": 60_000, "estimate": true, "keys": [], "hours": null,
            "overflow": [{ "when": { "when": "length", "at_least": 9 }, "to": { "to": "hang_up" } }],
            "callback": { "first": "customer", "ring": 30_000, "tries": 3, "interval": 900_000, "expires": 86_400_000 },
        },
    })
}

/// So many members, each with a delay of its own.
fn members(count: u128) -> Vec<Value> {
    (1..=count).map(|n| json!({ "user": id(n), "delay": n * 1_000 })).collect()
}

pub fn trunk(number: u128) -> Value {
    json!({
        "id": id(number), "name": "Carrier", "address": "10.0.0.1:5060", "sources": ["10.0.0.0/8"], "username": "hark",
        "password": "trunk secret", "caller": "95598", "allowed": ["1", "+86"], "limit": 30,
        "refer": false,
    })
}

pub fn number(number: u128, trunk: u128, queue: u128) -> Value {
    let menu = json!({ "prompt": "menu", "choices": [{ "digit": "1", "queue": id(queue) }], "otherwise": id(queue) });
    json!({
        "id": id(number), "number": "4008-200-100", "trunk": id(trunk), "entry": { "menu": menu }, "fallback": null, "fax": null,
        "vip": id(queue),
    })
}

pub fn disposition(number: u128) -> Value {
    json!({ "id": id(number), "zh": "已解决", "en": "Solved" })
}

pub fn calendar(number: u128) -> Value {
    let day = json!([{ "from": "09:00", "to": "12:00" }, { "from": "13:30", "to": "24:00" }]);
    json!({
        "id": id(number), "name": "Office", "zone": "Asia/Shanghai", "week": [day, day, day, day, day, [], []],
        "days": [{ "date": "2026-10-10", "name": "补班", "kind": { "is": "like", "weekday": "thursday" } }],
        "emergency": false,
    })
}

pub fn notice(number: u128) -> Value {
    let say = json!([{ "say": "prompt", "name": "closed" }, { "say": "text", "zh": "停电", "en": "Power cut" }]);
    json!({ "id": id(number), "name": "Outage", "on": true, "say": say })
}

pub fn rota(number: u128) -> Value {
    let people = json!([{ "name": "Wang", "number": "13900000001" }]);
    let turn = json!({ "weekdays": ["monday", "tuesday"], "from": "18:00", "to": "08:00", "people": people });
    json!({ "id": id(number), "name": "Nights", "zone": "Asia/Shanghai", "turns": [turn], "days": [] })
}

/// A team without people.
pub fn team(number: u128) -> Value {
    json!({ "id": id(number), "name": "Red", "members": [], "leaders": [] })
}

/// The mailbox of a queue, which has the queue's number.
pub fn mailbox(queue: u128) -> Value {
    json!({ "id": id(queue), "mailbox": { "of": "queue", "id": id(queue) }, "address": "team@a.example", "language": "en", "greeting": null })
}

/// So many ids.
fn crowd(count: u128) -> Vec<String> {
    (1..=count).map(id).collect()
}

pub fn spoken_prompt(number: u128) -> Value {
    json!({ "id": id(number), "name": "spring-offer", "language": "zh", "words": "春季优惠" })
}

pub fn listing(number: u128) -> Value {
    json!({
        "id": id(number), "listed": "blocked", "number": "1390", "prefix": true, "reason": "robots",
        "until": 2_000_000_000_000_i64,
    })
}

pub fn customer(number: u128) -> Value {
    json!({
        "id": id(number), "name": "李 雷", "company": null, "vip": true, "remark": "speaks Cantonese",
        "numbers": ["13800138000"],
    })
}

pub fn user(login: &str) -> Value {
    json!({
        "login": login, "name": "New", "number": "8001", "roles": ["agent"], "skills": [], "queues": [], "active": true,
        "password": "a long password",
    })
}

async fn dialling_has_limits(test: TestDb) {
    let app = TestApp::new(test).await;
    let admin = app.client("a", "admin").await;
    let usual = json!({ "at_once": 50, "per_day": 2000, "recording": "always" });
    assert_eq!(admin.get("/api/outbound").await.ok(200), usual);
    for (field, value) in [("at_once", 10_001), ("per_day", 1_000_001)] {
        let mut limits = usual.clone();
        limits[field] = json!(value);
        let reply = admin.put("/api/outbound", limits).await;
        reply.refused(422, "invalid.range");
        assert_eq!(reply.value("field"), field);
    }
    let fewer = json!({ "at_once": 0, "per_day": 7, "recording": "always" });
    assert_eq!(admin.put("/api/outbound", fewer.clone()).await.ok(200), fewer);
    assert_eq!(admin.get("/api/outbound").await.ok(200), fewer);
    let of = async |tenant| app.db().load_setup(tenant).await.unwrap().unwrap().outbound;
    assert_eq!((of(A).await.at_once, of(A).await.per_day, of(B).await.per_day), (0, 7, 2000));
    let log = admin.get("/api/audit").await.ok(200);
    let rows = log["rows"].as_array().unwrap();
    assert_eq!(rows.iter().filter(|row| row["action"] == "outbound.changed").count(), 1, "{log}");
}

async fn capacity_is_decided_once_for_a_tenant(test: TestDb) {
    let app = TestApp::new(test).await;
    let admin = app.client("a", "admin").await;
    let usual = json!({
        "tasks": 0, "calls_interrupt_tasks": true, "tasks_interrupt_calls": false, "tasks_interrupt_wrap_up": false,
    });
    assert_eq!(admin.get("/api/capacity").await.ok(200), usual);
    let reply = admin.put("/api/capacity", json!({ "tasks": 21 })).await;
    reply.refused(422, "invalid.range");
    assert_eq!(reply.value("field"), "tasks");
    let more = json!({
        "tasks": 20, "calls_interrupt_tasks": false, "tasks_interrupt_calls": true, "tasks_interrupt_wrap_up": true,
    });
    assert_eq!(admin.put("/api/capacity", more.clone()).await.ok(200), more);
    assert_eq!(admin.get("/api/capacity").await.ok(200), more);
    let of = async |tenant| app.db().load_setup(tenant).await.unwrap().unwrap().capacity;
    assert_eq!((of(A).await.tasks, of(B).await.tasks), (20, 0));
    let log = admin.get("/api/audit").await.ok(200);
    assert!(log["rows"].as_array().unwrap().iter().any(|row| row["action"] == "capacity.changed"), "{log}");
}

async fn each_resource_is_created_changed_and_removed(test: TestDb) {
    let app = TestApp::new(test).await;
    arrange(&app, A).await;
    let admin = app.client("a", "admin").await;
    let (skill, queue) = (skill(1), queue(2, 1));
    let mut shown_trunk = trunk(4);
    shown_trunk.as_object_mut().unwrap().remove("password");
    let mut shown_number = number(5, 4, 2);
    shown_number["number"] = json!("4008200100");
    let steps = [
        ("skills", skill.clone(), skill, "name"),
        ("queues", queue.clone(), queue, "name"),
        ("trunks", trunk(4), shown_trunk, "name"),
        ("numbers", number(5, 4, 2), shown_number, "number"),
        ("dispositions", disposition(6), disposition(6), "en"),
        ("customers", customer(7), customer(7), "name"),
        ("calendars", calendar(8), calendar(8), "name"),
        ("notices", notice(9), notice(9), "name"),
        ("listings", listing(10), listing(10), "number"),
        ("teams", team(11), team(11), "name"),
    ];
    for (resource, body, shown, field) in &steps {
        let path = format!("/api/{resource}");
        assert_eq!(&admin.post(&path, body.clone()).await.ok(201), shown);
        let again = admin.post(&path, body.clone()).await;
        again.refused(409, "conflict.taken");
        let list = admin.get(&path).await.ok(200);
        let rows = list["rows"].as_array().or(list.as_array()).unwrap();
        assert!(rows.contains(shown), "{resource}: {list}");

        let one = format!("{path}/{}", body["id"].as_str().unwrap());
        let mut changed = body.clone();
        changed[field] = json!(if *field == "number" { "4008200199" } else { "Changed" });
        assert_eq!(admin.put(&one, changed.clone()).await.ok(200)[field], changed[field]);
        changed["id"] = json!(id(99));
        admin.put(&one, changed.clone()).await.refused(422, "invalid.other_id");
        admin.put(&format!("{path}/{}", id(99)), changed).await.refused(404, "not_found");
    }
    admin.delete(&format!("/api/skills/{}", id(1))).await.refused(409, "conflict.in_use");
    admin.delete(&format!("/api/queues/{}", id(2))).await.refused(409, "conflict.in_use");
    admin.delete(&format!("/api/trunks/{}", id(4))).await.refused(409, "conflict.in_use");
    let all = [("numbers", 5), ("trunks", 4), ("queues", 2), ("skills", 1), ("dispositions", 6), ("calendars", 8)];
    for (resource, number) in all.into_iter().chain([("notices", 9), ("listings", 10), ("teams", 11)]) {
        let path = format!("/api/{resource}/{}", id(number));
        assert_eq!(admin.delete(&path).await.status.as_u16(), 204, "{path}");
        admin.delete(&path).await.refused(404, "not_found");
    }
    let log = admin.get("/api/audit?limit=200").await.ok(200);
    let actions: Vec<_> = log["rows"].as_array().unwrap().iter().map(|row| row["action"].as_str().unwrap()).collect();
    for what in ["skill", "queue", "trunk", "number", "disposition", "calendar", "notice", "listing", "team"] {
        for how in ["created", "changed", "removed"] {
            let action = format!("{what}.{how}");
            assert_eq!(actions.iter().filter(|found| **found == action).count(), 1, "{action}");
        }
    }
}

async fn wrong_values_name_their_field(test: TestDb) {
    let app = TestApp::new(test).await;
    arrange(&app, A).await;
    let admin = app.client("a", "admin").await;
    let base = |resource: &str| match resource {
        "skills" => skill(1),
        "queues" => queue(2, 0xa1),
        "trunks" => trunk(4),
        "numbers" => number(5, 0xa4, 0xa2),
        "dispositions" => disposition(6),
        "customers" => customer(7),
        "users" => user("new"),
        "calendars" => calendar(8),
        "notices" => notice(9),
        "listings" => listing(10),
        "teams" => team(11),
        other => panic!("{other}"),
    };
    for (resource, pointer, value, key, field) in [
        ("skills", "/name", json!("  "), "invalid.empty", "name"),
        ("skills", "/name", json!("x".repeat(101)), "invalid.too_long", "name"),
        ("queues", "/priority", json!(10), "invalid.range", "priority"),
        ("queues", "/offer_timeout", json!(4_999), "invalid.seconds", "offer_timeout"),
        ("queues", "/wrap_up", json!(600_001), "invalid.seconds", "wrap_up"),
        ("queues", "/announce_every", json!(1), "invalid.seconds", "announce_every"),
        ("queues", "/skills/0/level", json!(10), "invalid.range", "level"),
        ("queues", "/music", json!(""), "invalid.empty", "music"),
        ("queues", "/routing/ring", json!(11), "invalid.range", "ring"),
        ("queues", "/routing/steps/0/after", json!(0), "invalid.seconds", "step_after"),
        ("queues", "/routing/steps/0/skills/0/level", json!(0), "invalid.range", "level"),
        (
            "queues",
            "/routing/steps",
            json!(vec![json!({ "after": 1_000, "skills": [] }); 6]),
            "invalid.too_many",
            "steps",
        ),
        (
            "queues",
            "/routing/steps",
            json!(vec![json!({ "after": 1_000, "skills": [] }); 2]),
            "invalid.not_later",
            "step_after",
        ),
        ("queues", "/routing/members/0/delay", json!(3_600_001), "invalid.seconds", "delay"),
        ("queues", "/routing/members", json!(vec![json!({ "user": id(1) }); 2]), "invalid.twice", "members"),
        ("queues", "/routing/members", json!(members(6)), "invalid.too_many", "delay"),
        ("queues", "/routing/members", json!(members(1001)), "invalid.too_many", "members"),
        ("queues", "/routing/sticky/days", json!(0), "invalid.range", "sticky_days"),
        ("queues", "/routing/sticky/patience", json!(600_001), "invalid.seconds", "sticky_patience"),
        ("trunks", "/address", json!("nowhere"), "invalid.address", "address"),
        ("trunks", "/sources", json!(["10.0.0.0/99"]), "invalid.network", "sources"),
        ("trunks", "/allowed", json!(["abc"]), "invalid.prefix", "allowed"),
        ("trunks", "/limit", json!(0), "invalid.range", "limit"),
        ("numbers", "/entry/menu/choices/0/digit", json!("x"), "invalid.digit", "choices"),
        ("numbers", "/entry/menu/choices", json!([]), "invalid.empty", "choices"),
        ("numbers", "/entry/menu/prompt", json!(""), "invalid.empty", "prompt"),
        ("dispositions", "/zh", json!(""), "invalid.empty", "zh"),
        ("calendars", "/zone", json!("Asia/Nowhere"), "invalid.zone", "zone"),
        ("calendars", "/week/0/1/to", json!("13:00"), "invalid.hours_backwards", "week"),
        ("calendars", "/week/0/1/from", json!("11:00"), "invalid.hours_overlap", "week"),
        ("notices", "/say", json!([]), "invalid.empty", "say"),
        ("notices", "/say/1/zh", json!("x".repeat(501)), "invalid.too_long", "say"),
        ("listings", "/reason", json!("x".repeat(501)), "invalid.too_long", "reason"),
        ("teams", "/name", json!(" "), "invalid.empty", "name"),
        ("teams", "/members", json!([id(0x77)]), "invalid.unknown_user", "members"),
        ("teams", "/leaders", json!([id(0x77)]), "invalid.unknown_user", "leaders"),
        ("teams", "/leaders", json!(crowd(51)), "invalid.too_many", "leaders"),
        ("teams", "/members", json!(crowd(1001)), "invalid.too_many", "members"),
        ("customers", "/numbers", json!(["1", "1"]), "invalid.twice", "numbers"),
        ("customers", "/remark", json!("x".repeat(501)), "invalid.too_long", "remark"),
        ("users", "/login", json!("Ann"), "invalid.short_name", "login"),
        ("users", "/login", json!("-ann"), "invalid.short_name", "login"),
        ("users", "/roles", json!([]), "invalid.empty", "roles"),
        ("users", "/number", json!("80a1"), "invalid.agent_number", "number"),
        ("users", "/password", json!("123456789"), "invalid.too_short", "password"),
        ("users", "/skills", json!([{"skill": id(0xa1), "level": 0}]), "invalid.range", "level"),
    ] {
        let mut body = base(resource);
        *body.pointer_mut(pointer).unwrap() = value;
        let reply = admin.post(&format!("/api/{resource}"), body).await;
        reply.refused(422, key);
        assert_eq!(reply.value("field"), field, "{resource}{pointer}");
    }
    admin.post("/api/queues", queue(2, 0x77)).await.refused(409, "conflict.reference");
    admin.post("/api/numbers", number(5, 0x77, 0xa2)).await.refused(409, "conflict.reference");
    admin.post("/api/numbers", number(5, 0xa4, 0x77)).await.refused(409, "conflict.reference");
    let mut stranger = number(5, 0xa4, 0xa2);
    stranger["vip"] = json!(id(0x77));
    admin.post("/api/numbers", stranger).await.refused(409, "conflict.reference");
    let mut stranger = queue(2, 0xa1);
    stranger["routing"]["steps"][0]["skills"][0]["skill"] = json!(id(0x77));
    admin.post("/api/queues", stranger).await.refused(409, "conflict.reference");
    assert_eq!(app.db().load_setup(A).await.unwrap().unwrap().queues.len(), 1, "nothing was half done");
}

async fn users_are_set_up(test: TestDb) {
    let app = TestApp::new(test).await;
    arrange(&app, A).await;
    let admin = app.client("a", "admin").await;
    let mut body = user("new.agent");
    body["skills"] = json!([{ "skill": id(0xa1), "level": 7 }]);
    body["queues"] = json!([id(0xa2)]);
    let made = admin.post("/api/users", body.clone()).await.ok(201);
    assert!(made.get("password").is_none());
    let path = format!("/api/users/{}", made["id"].as_str().unwrap());
    assert_eq!(admin.get(&path).await.ok(200), made);
    let mut same_login = user("new.agent");
    same_login["number"] = json!("8002");
    let taken = admin.post("/api/users", same_login).await;
    taken.refused(409, "conflict.taken");
    assert_eq!(taken.value("field"), "login");
    let taken = admin.post("/api/users", user("other")).await;
    assert_eq!(taken.value("field"), "number");

    let mut client = app.stranger();
    client.sign_in("a", "new.agent", "a long password").await.ok(200);
    body["password"] = Value::Null;
    body["name"] = json!("Renamed");
    admin.put(&path, body.clone()).await.ok(200);
    assert_eq!(client.get("/api/session").await.ok(200)["name"], "Renamed");
    body["password"] = json!("another password");
    admin.put(&path, body).await.ok(200);
    client.get("/api/session").await.refused(401, "session.none");
    client.sign_in("a", "new.agent", "a long password").await.refused(401, "sign_in.wrong");
    client.sign_in("a", "new.agent", "another password").await.ok(200);
}

async fn trunk_passwords_are_never_shown(test: TestDb) {
    let app = TestApp::new(test).await;
    let admin = app.client("a", "admin").await;
    let made = admin.post("/api/trunks", trunk(4)).await;
    let changed = admin.put(&format!("/api/trunks/{}", id(4)), trunk(4)).await;
    let listed = admin.get("/api/trunks").await;
    for reply in [made, changed, listed] {
        assert!(!String::from_utf8_lossy(&reply.bytes).contains("trunk secret"));
        assert!(reply.status.is_success());
    }
    let setup = app.db().load_setup(A).await.unwrap().unwrap();
    assert_eq!(setup.trunks[0].password.as_deref(), Some("trunk secret"));
    admin.post(&format!("/api/trunks/{}/test", id(4)), json!({})).await.refused(503, "server.unavailable");
    admin.post(&format!("/api/trunks/{}/test", id(5)), json!({})).await.refused(404, "not_found");
}

async fn an_administrator_remains(test: TestDb) {
    let app = TestApp::new(test).await;
    let admin = app.client("a", "admin").await;
    let me = admin.get("/api/session").await.ok(200);
    let path = format!("/api/users/{}", me["user"].as_str().unwrap());
    let mut edit = admin.get(&path).await.ok(200);
    edit["active"] = json!(false);
    admin.put(&path, edit.clone()).await.refused(409, "conflict.last_administrator");
    edit["active"] = json!(true);
    edit["roles"] = json!(["agent"]);
    admin.put(&path, edit.clone()).await.refused(409, "conflict.last_administrator");
    app.add_user(A, "admin2", hark_shared::perms::Role::Administrator).await;
    admin.put(&path, edit).await.ok(200);
    admin.get("/api/users").await.refused(403, "session.forbidden");
}

async fn the_audit_log_pages(test: TestDb) {
    let app = TestApp::new(test).await;
    let admin = app.client("a", "admin").await;
    for number in 0..25 {
        app.clock.advance(Millis(number % 2));
        let body = json!({ "id": id(100 + u128::from(number as u8)), "name": format!("Skill {number}") });
        admin.post("/api/skills", body).await.ok(201);
    }
    let all = admin.get("/api/audit?limit=200").await.ok(200)["rows"].as_array().unwrap().clone();
    let mut paged = Vec::new();
    let mut path = "/api/audit?limit=7".to_owned();
    loop {
        let page = admin.get(&path).await.ok(200);
        paged.extend(page["rows"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/audit?limit=7&before={next}");
    }
    assert_eq!(paged, all);
    let times: Vec<i64> = all.iter().map(|row| row["at"].as_i64().unwrap()).collect();
    assert!(times.is_sorted_by(|newer, older| newer >= older));
    let theirs = app.client("b", "admin").await.get("/api/audit?limit=200").await.ok(200);
    assert!(!theirs.to_string().contains("skill.created"), "{B}: {theirs}");
}

//! Teams through the API: who may be in one, what needs one, and whose messages and tasks are whose.

use crate::app::{A, TestApp};
use crate::callbacks::callback;
use crate::contacts::{contact, message, save, user_of};
use crate::resources::{self, arrange, id, team};
use hark_shared::facts::Fact;
use hark_shared::flow::model::Mailbox;
use hark_shared::ids::TeamId;
use hark_shared::perms::Role;
use hark_store::testing::TestDb;
use serde_json::{Value, json};

hark_store::on_both!(
    who_leads_a_team_may_supervise,
    what_needs_a_team_keeps_it,
    a_teams_messages_and_tasks_are_its_peoples,
);

async fn who_leads_a_team_may_supervise(test: TestDb) {
    let app = TestApp::new(test).await;
    let admin = app.client("a", "admin").await;
    let (agent, supervisor) = (user_of(&app, "agent").await, user_of(&app, "supervisor").await);
    let mut red = team(1);
    red["leaders"] = json!([agent]);
    let refused = admin.post("/api/teams", red.clone()).await;
    refused.refused(422, "invalid.no_supervisor");
    assert_eq!((refused.value("field"), refused.value("name")), ("leaders", "The agent"));
    red["leaders"] = json!([supervisor]);
    red["members"] = json!([agent, supervisor]);
    let shown = admin.post("/api/teams", red.clone()).await.ok(201);
    assert_eq!(shown["leaders"], json!([supervisor]));
    let mut blue = red.clone();
    blue["id"] = json!(id(2));
    admin.post("/api/teams", blue.clone()).await.refused(409, "conflict.taken");
    blue["name"] = json!("Blue");
    admin.post("/api/teams", blue).await.ok(201);
    let kept = app.db().load_setup(A).await.unwrap().unwrap().teams;
    assert_eq!(kept.iter().map(|team| team.name.as_str()).collect::<Vec<_>>(), ["Blue", "Red"], "in several");
    assert!(kept.iter().all(|team| team.members.contains(&agent) && team.leaders.contains(&supervisor)));
}

async fn what_needs_a_team_keeps_it(test: TestDb) {
    let app = TestApp::new(test).await;
    arrange(&app, A).await;
    let admin = app.client("a", "admin").await;
    let team_box = |number: u128| json!({ "of": "team", "id": id(number) });
    let to = |number: u128| json!({ "to": "voicemail", "id": team_box(number) });
    let mut mailbox = json!({ "id": id(1), "mailbox": team_box(1), "address": "red@a.example", "language": "en" });
    let unknown = admin.post("/api/mailboxes", mailbox.clone()).await;
    unknown.refused(422, "team.unknown");
    assert_eq!(unknown.value("field"), "mailbox");
    let mut queue = resources::queue(2, 0xa1);
    queue["waiting"] = json!({ "keys": [{ "key": "2", "to": to(1) }] });
    let unknown = admin.post("/api/queues", queue.clone()).await;
    unknown.refused(422, "team.unknown");
    assert_eq!(unknown.value("field"), "keys");
    let mut number = resources::number(5, 0xa4, 0xa2);
    number["fax"] = to(1);
    admin.post("/api/numbers", number.clone()).await.refused(422, "team.unknown");

    admin.post("/api/teams", team(1)).await.ok(201);
    mailbox["language"] = json!("zh");
    admin.post("/api/mailboxes", mailbox).await.ok(201);
    let remove = async || admin.delete(&format!("/api/teams/{}", id(1))).await;
    admin.post("/api/queues", queue).await.ok(201);
    let refused = remove().await;
    refused.refused(409, "conflict.used_by_queue");
    admin.delete(&format!("/api/queues/{}", id(2))).await;
    admin.post("/api/numbers", number).await.ok(201);
    remove().await.refused(409, "conflict.used_by_number");
    admin.delete(&format!("/api/numbers/{}", id(5))).await;

    let mut flow = crate::flows::flow(4);
    let say = json!([{ "say": "prompt", "name": "welcome" }]);
    let voicemail =
        |number: u128| json!({ "type": "voicemail", "mailbox": team_box(number), "say": say, "limit": 60_000 });
    let publish = async |revision: u32| {
        admin.post(&format!("/api/flows/{}/publish", id(4)), json!({ "revision": revision })).await
    };
    flow["flow"]["nodes"]["1"]["kind"] = voicemail(9);
    admin.post("/api/flows", flow.clone()).await.ok(201);
    let refused = publish(1).await;
    assert!(refused.json.to_string().contains("lint.no_team"), "{}", refused.json);
    flow["flow"]["nodes"]["1"]["kind"] = voicemail(1);
    admin.put(&format!("/api/flows/{}", id(4)), flow).await.ok(200);
    publish(2).await.ok(200);
    let refused = remove().await;
    refused.refused(409, "conflict.used_by_flow");
    assert_eq!(refused.value("flow"), "Main");
    admin.delete(&format!("/api/flows/{}", id(4))).await;
    assert_eq!(remove().await.status.as_u16(), 204);
    assert_eq!(admin.get("/api/mailboxes").await.ok(200), json!([]), "its box went with it");
}

async fn a_teams_messages_and_tasks_are_its_peoples(test: TestDb) {
    let app = TestApp::new(test).await;
    let admin = app.client("a", "admin").await;
    let agent = user_of(&app, "agent").await;
    app.add_user(A, "outsider", Role::Agent).await;
    let mut red = team(1);
    red["members"] = json!([agent]);
    admin.post("/api/teams", red.clone()).await.ok(201);
    let Fact::Message(mut left) = message(0xab, 0xa8, 2) else { panic!("a message") };
    left.mailbox = Mailbox::Team(TeamId::from_u128(1));
    let Fact::Callback(mut task) = callback(0xaa, 2) else { panic!("a callback") };
    (task.queue, task.team) = (None, Some(TeamId::from_u128(1)));
    save(&app, vec![contact(0xa8, None, 1), Fact::Message(left), Fact::Callback(task)]).await;
    let (member, outsider) = (app.client("a", "agent").await, app.client("a", "outsider").await);
    let count = |list: Value| list["rows"].as_array().unwrap().len();
    for (client, theirs) in [(&member, 1), (&outsider, 0)] {
        assert_eq!(count(client.get("/api/messages").await.ok(200)), theirs);
        assert_eq!(client.get("/api/messages/new").await.ok(200)["count"], theirs);
        assert_eq!(count(client.get("/api/callbacks").await.ok(200)), theirs);
    }
    let heard = format!("/api/messages/{}/heard", id(0xab));
    outsider.put(&heard, json!({ "heard": true })).await.refused(404, "not_found");
    outsider.get(&format!("/api/messages/{}/sound", id(0xab))).await.refused(404, "not_found");
    assert_eq!(member.put(&heard, json!({ "heard": true })).await.status.as_u16(), 204);
    let cancel = format!("/api/callbacks/{}", id(0xaa));
    outsider.delete(&cancel).await.refused(404, "not_found");
    assert_eq!(member.delete(&cancel).await.status.as_u16(), 503, "the floor that would do it does not run here");
    assert_eq!(member.get("/api/messages").await.ok(200)["rows"][0]["mailbox_name"], "Red");
    red["members"] = json!([]);
    admin.put(&format!("/api/teams/{}", id(1)), red).await.ok(200);
    assert_eq!(count(member.get("/api/messages").await.ok(200)), 0, "at once");
}

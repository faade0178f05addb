//! Messages on both databases: whose they are, what people do with them, and what must be mailed.
#![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]

mod common;

use common::*;
use hark_shared::facts::{Fact, MessageFact, Versioned};
use hark_shared::flow::model::Mailbox;
use hark_shared::ids::*;
use hark_shared::team::Team;
use hark_shared::time::{Millis, Timestamp};
use hark_shared::wire::callbacks::{Callback, End, Reason, Stage, Try};
use hark_shared::wire::messages::MailboxSetting;
use hark_shared::wire::rest::Language;
use hark_store::testing::TestDb;
use hark_store::{Boxes, CallbacksOf, Mailed, MessageCursor, StoreError};

hark_store::on_both!(
    boxes_are_opened_by_their_owners,
    what_was_done_with_a_message_stays,
    letters_are_due_until_sent,
    a_message_names_its_task_and_is_done_with_it,
    a_teams_box_is_opened_by_its_members_and_leaders,
);

const ANN: UserId = UserId::from_u128(1);
const BO: UserId = UserId::from_u128(2);

fn message(id: u128, mailbox: Mailbox, left: i64) -> Versioned {
    let fact = MessageFact {
        id: RecordingId::from_u128(id),
        contact: ContactId::from_u128(id),
        mailbox,
        number: Some(phone("13800138000")),
        name: Some("韩梅梅 \0".into()),
        left: Timestamp(left),
        length: Millis(5000),
        fault: None,
    };
    Versioned { version: 1, fact: Fact::Message(fact) }
}

/// A task that the message of contact 1 has left, nobody's so far.
fn task_of(id: CallbackId) -> Callback {
    Callback {
        id,
        reason: Reason::Voicemail,
        queue: None,
        user: None,
        team: None,
        number: Some(phone("13800138000")),
        name: None,
        contact: Some(ContactId::from_u128(1)),
        booked: Timestamp(15),
        entered: Timestamp(15),
        bonus: 0,
        message: None,
        due: Timestamp(15),
        expires: Timestamp(9000),
        stage: Stage::Waiting,
        tries: vec![],
    }
}

async fn ids(test: &TestDb, boxes: Boxes) -> Vec<u128> {
    let (messages, _) = test.db.messages(A, boxes, None, 9).await.unwrap();
    messages.into_iter().map(|message| message.id.0.as_u128()).collect()
}

async fn boxes_are_opened_by_their_owners(test: TestDb) {
    let db = &test.db;
    tenant(db, A, "a").await;
    tenant(db, B, "b").await;
    db.create_queue(A, &queue(7, "Repairs", &[]), &note()).await.unwrap();
    db.create_user(A, &user(1, "ann", &[], &[7]), &note(), NOW).await.unwrap();
    db.create_user(A, &user(2, "bo", &[], &[]), &note(), NOW).await.unwrap();
    let queue = Mailbox::Queue(QueueId::from_u128(7));
    let facts = [message(1, queue, 10), message(2, Mailbox::Agent(ANN), 20), message(3, Mailbox::Agent(BO), 30)];
    db.save_facts(A, &facts).await.unwrap();
    assert_eq!(ids(&test, Boxes::All).await, [3, 2, 1]);
    assert_eq!(ids(&test, Boxes::Of(ANN)).await, [2, 1], "her own, and her queue's");
    assert_eq!(ids(&test, Boxes::Of(BO)).await, [3]);
    assert_eq!(db.messages(B, Boxes::All, None, 9).await.unwrap().0, [], "another tenant's");
    assert!(db.message(A, Boxes::Of(BO), RecordingId::from_u128(2)).await.unwrap().is_none());
    let first = db.message(A, Boxes::Of(ANN), RecordingId::from_u128(2)).await.unwrap().unwrap();
    assert_eq!((first.mailbox, first.mailbox_name.as_deref()), (Mailbox::Agent(ANN), Some("Name of ann")));
    assert_eq!((first.name.as_deref(), first.left, first.heard), (Some("韩梅梅 \u{fffd}"), Timestamp(20), None));
    let (page, next) = db.messages(A, Boxes::All, None, 2).await.unwrap();
    assert_eq!((page.len(), next), (2, Some(MessageCursor { left: Timestamp(20), id: RecordingId::from_u128(2) })));
    assert_eq!(db.messages(A, Boxes::All, next, 2).await.unwrap().0.len(), 1);
}

async fn what_was_done_with_a_message_stays(test: TestDb) {
    let db = &test.db;
    tenant(db, A, "a").await;
    let (one, two) = (RecordingId::from_u128(1), RecordingId::from_u128(2));
    let facts = [message(1, Mailbox::Agent(ANN), 10), message(2, Mailbox::Agent(ANN), 20)];
    db.save_facts(A, &facts).await.unwrap();
    assert_eq!(db.new_messages(A, Boxes::Of(ANN)).await.unwrap(), 2);
    db.mark_message(A, one, Some((Timestamp(50), "Ann"))).await.unwrap();
    db.mark_message(A, one, Some((Timestamp(60), "Bo"))).await.unwrap();
    let again = Versioned { version: 2, ..facts[0].clone() };
    db.save_facts(A, &[again]).await.unwrap();
    let heard = db.message(A, Boxes::All, one).await.unwrap().unwrap();
    assert_eq!((heard.heard, heard.heard_by.as_deref()), (Some(Timestamp(50)), Some("Ann")), "who heard it first");
    assert_eq!(db.new_messages(A, Boxes::Of(ANN)).await.unwrap(), 1);
    db.mark_message(A, one, None).await.unwrap();
    assert_eq!(db.new_messages(A, Boxes::All).await.unwrap(), 2);
    db.remove_message(A, two, &note()).await.unwrap();
    db.save_facts(A, &[Versioned { version: 3, ..facts[1].clone() }]).await.unwrap();
    assert_eq!(ids(&test, Boxes::All).await, [1], "a fact that comes again brings nothing back");
    assert!(db.has_message(A, two).await.unwrap(), "its sound was kept all the same");
    let due = db.due_mails(Timestamp(i64::MAX), 9).await.unwrap();
    assert_eq!(due.len(), 1, "nor is it mailed");
}

async fn letters_are_due_until_sent(test: TestDb) {
    let db = &test.db;
    tenant(db, A, "a").await;
    let fact = message(1, Mailbox::Agent(ANN), 10);
    let one = RecordingId::from_u128(1);
    db.save_facts(A, std::slice::from_ref(&fact)).await.unwrap();
    assert_eq!(db.due_mails(Timestamp(5009), 9).await.unwrap(), [], "it is being left");
    let due = db.due_mails(Timestamp(5010), 9).await.unwrap();
    assert_eq!((due[0].tenant, due[0].message.id, due[0].tries), (A, one, 0));
    db.mailed(A, one, &Mailed::Again(Timestamp(9000), "451".into())).await.unwrap();
    assert_eq!(db.due_mails(Timestamp(8999), 9).await.unwrap(), []);
    assert_eq!(db.due_mails(Timestamp(9000), 9).await.unwrap()[0].tries, 1);
    db.mailed(A, one, &Mailed::Done).await.unwrap();
    db.save_facts(A, &[Versioned { version: 2, ..fact }]).await.unwrap();
    assert_eq!(db.due_mails(Timestamp(i64::MAX), 9).await.unwrap(), [], "once is enough");
}

/// Who left a message is to be called back; who talks with them has done both.
async fn a_message_names_its_task_and_is_done_with_it(test: TestDb) {
    let db = &test.db;
    tenant(db, A, "a").await;
    db.create_user(A, &user(1, "ann", &[], &[]), &note(), NOW).await.unwrap();
    let facts = [message(1, Mailbox::Agent(ANN), 10), message(2, Mailbox::Agent(BO), 20)];
    db.save_facts(A, &facts).await.unwrap();
    let (task, try_of) = (CallbackId::from_u128(9), ContactId::from_u128(5));
    let tried = Try { contact: try_of, at: Timestamp(30), agent: Some(ANN), reached: Some(true), cause: None };
    let fact = |version, stage, tries| Versioned {
        version,
        fact: Fact::Callback(Box::new(Callback { user: Some(ANN), stage, tries, ..task_of(task) })),
    };
    db.save_facts(A, &[fact(1, Stage::Waiting, vec![])]).await.unwrap();
    let read = async |id| db.message(A, Boxes::All, RecordingId::from_u128(id)).await.unwrap().unwrap();
    assert_eq!((read(1).await.task, read(2).await.task), (Some(task), None), "each in its owner's box");
    db.save_facts(A, &[message(3, Mailbox::Agent(ANN), 41)]).await.unwrap();
    let over = fact(2, Stage::Over { at: Timestamp(40), end: End::Reached }, vec![tried]);
    db.save_facts(A, std::slice::from_ref(&over)).await.unwrap();
    let done = read(1).await;
    assert_eq!((done.task, done.heard, done.heard_by.as_deref()), (None, Some(Timestamp(40)), Some("Name of ann")));
    assert_eq!((read(2).await.heard, read(3).await.heard), (None, None), "another's, and one that was left later");
    db.mark_message(A, done.id, None).await.unwrap();
    db.save_facts(A, &[over]).await.unwrap();
    assert_eq!(read(1).await.heard, None, "a fact that comes again takes back nothing");
    let left = db.callbacks_left_open(A, 9).await.unwrap();
    assert_eq!(left, [], "nothing is open any more");
}

/// Messages and tasks of a team are its members' and leaders', and of nobody else; what the team is comes from its document.
async fn a_teams_box_is_opened_by_its_members_and_leaders(test: TestDb) {
    const CY: UserId = UserId::from_u128(3);
    let db = &test.db;
    tenant(db, A, "a").await;
    tenant(db, B, "b").await;
    for (id, login) in [(1, "ann"), (2, "bo"), (3, "cy")] {
        db.create_user(A, &user(id, login, &[], &[]), &note(), NOW).await.unwrap();
    }
    let id = TeamId::from_u128(7);
    let of = |members: &[UserId], leaders: &[UserId]| Team {
        id,
        name: "Red".into(),
        members: members.iter().copied().collect(),
        leaders: leaders.iter().copied().collect(),
    };
    db.create_document(A, &of(&[ANN], &[CY]), &note()).await.unwrap();
    let strange = Team { id: TeamId::from_u128(8), name: "Blue".into(), ..of(&[UserId::from_u128(99)], &[]) };
    assert!(matches!(db.create_document(A, &strange, &note()).await, Err(StoreError::Dangling(_))));
    assert!(matches!(db.create_document(B, &of(&[ANN], &[]), &note()).await, Err(StoreError::Dangling(_))));
    assert_eq!(db.documents::<Team>(A).await.unwrap(), [of(&[ANN], &[CY])], "nothing was half done");

    db.save_facts(A, &[message(1, Mailbox::Team(id), 10)]).await.unwrap();
    let task = CallbackId::from_u128(9);
    let booked = |version, stage| Versioned {
        version,
        fact: Fact::Callback(Box::new(Callback { team: Some(id), stage, ..task_of(task) })),
    };
    db.save_facts(A, &[booked(1, Stage::Waiting)]).await.unwrap();
    let tasks = async |user| db.open_callbacks(A, CallbacksOf::User(user), None, 9).await.unwrap().0;
    for (user, theirs) in [(ANN, true), (BO, false), (CY, true)] {
        assert_eq!(ids(&test, Boxes::Of(user)).await, [1][..usize::from(theirs)], "{user}");
        assert_eq!(db.new_messages(A, Boxes::Of(user)).await.unwrap(), u32::from(theirs));
        assert_eq!(tasks(user).await.len(), usize::from(theirs));
        assert_eq!(db.is_of_team(A, user, id).await.unwrap(), theirs);
    }
    assert_eq!(tasks(ANN).await[0].team_name.as_deref(), Some("Red"));
    let read = async || db.message(A, Boxes::All, RecordingId::from_u128(1)).await.unwrap().unwrap();
    let shown = read().await;
    assert_eq!((shown.mailbox, shown.mailbox_name.as_deref()), (Mailbox::Team(id), Some("Red")));
    assert_eq!((shown.task, shown.heard), (Some(task), None));
    assert_eq!(db.messages(B, Boxes::All, None, 9).await.unwrap().0, [], "another tenant's");

    assert!(db.change_document(A, &of(&[BO], &[]), &note()).await.unwrap());
    assert_eq!((ids(&test, Boxes::Of(ANN)).await.len(), ids(&test, Boxes::Of(BO)).await.len()), (0, 1), "at once");
    db.save_facts(A, &[booked(2, Stage::Over { at: Timestamp(40), end: End::Served })]).await.unwrap();
    assert_eq!(read().await.heard, Some(Timestamp(40)), "who was served is done with");

    let setting = MailboxSetting {
        id: Mailbox::Team(id).id(),
        mailbox: Mailbox::Team(id),
        address: "red@example.com".into(),
        language: Language::En,
        greeting: None,
    };
    db.create_document(A, &setting, &note()).await.unwrap();
    assert!(db.remove_document::<Team>(A, id.0, &note()).await.unwrap());
    assert_eq!(ids(&test, Boxes::Of(BO)).await, [0; 0]);
    assert_eq!(read().await.mailbox_name, None, "still there for who may hear all");
    assert_eq!(db.documents::<MailboxSetting>(A).await.unwrap(), [], "its setting went with it");
}

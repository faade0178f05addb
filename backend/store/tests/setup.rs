//! What administrators set up, on both databases: written, read back for the floor, refused where it must be.

#![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]

mod common;

use common::*;
use hark_shared::hours::Calendar;
use hark_shared::ids::*;
use hark_shared::wire::desk::Disposition;
use hark_shared::wire::rest::{Choice, Entry, Menu, UserEdit};
use hark_store::testing::{TestDb, master};
use hark_store::{Db, MasterKey, StoreError};

hark_store::on_both!(
    an_empty_tenant_loads,
    a_whole_setup_loads_back,
    names_are_unique_in_a_tenant_only,
    nothing_refers_to_another_tenant,
    what_is_in_use_stays,
    trunk_passwords_are_sealed,
    users_change,
    recording_keys_open,
    the_setup_key_works_once,
);

async fn an_empty_tenant_loads(test: TestDb) {
    assert!(test.db.load_setup(A).await.unwrap().is_none());
    tenant(&test.db, A, "a").await;
    let setup = test.db.load_setup(A).await.unwrap().unwrap();
    assert_eq!((setup.tenant, setup.name.as_str(), setup.users.len()), (A, "Tenant a", 0));
    assert_eq!(test.db.tenant_called("").await.unwrap().unwrap().id, A);
    tenant(&test.db, B, "b").await;
    assert!(test.db.tenant_called("").await.unwrap().is_none(), "an empty name means the only tenant");
    assert_eq!(test.db.tenant_called("b").await.unwrap().unwrap().id, B);
}

async fn a_whole_setup_loads_back(test: TestDb) {
    let db = &test.db;
    tenant(db, A, "a").await;
    let skills = [skill(1, "English"), skill(2, "Mandarin")];
    for skill in &skills {
        db.create_skill(A, skill, &note()).await.unwrap();
    }
    let queues = [queue(1, "Repair", &[(1, 5), (2, 9)]), queue(2, "Sales", &[])];
    for queue in &queues {
        db.create_queue(A, queue, &note()).await.unwrap();
    }
    let users = [user(1, "ann", &[(1, 9)], &[1, 2]), user(2, "bob", &[], &[])];
    for user in &users {
        db.create_user(A, user, &note(), NOW).await.unwrap();
    }
    let trunk = trunk(1, "Carrier");
    db.create_trunk(A, &trunk, [2; 12], &note()).await.unwrap();
    let menu = Menu {
        prompt: "menu".into(),
        choices: vec![Choice { digit: '1', queue: queues[0].id }, Choice { digit: '#', queue: queues[1].id }],
        otherwise: queues[1].id,
    };
    let numbers = [number(1, "95598", 1, Entry::Menu(menu)), number(2, "95599", 1, Entry::Queue(queues[0].id))];
    for number in &numbers {
        db.create_number(A, number, &note()).await.unwrap();
    }
    let zone = "Asia/Shanghai".to_owned();
    let (id, name) = (CalendarId::from_u128(1), "Office".to_owned());
    let calendar = Calendar { id, name, zone, week: Default::default(), days: vec![], emergency: true };
    db.create_document(A, &calendar, &note()).await.unwrap();
    let disposition = Disposition { id: DispositionId::from_u128(1), zh: "已解决".into(), en: "Solved".into() };
    db.create_disposition(A, &disposition, &note()).await.unwrap();

    let setup = db.load_setup(A).await.unwrap().unwrap();
    assert_eq!(setup.skills, skills);
    assert_eq!(setup.queues, queues);
    assert_eq!(setup.users, users.map(|new| new.user));
    assert_eq!(setup.trunks, [trunk], "the floor gets the password");
    assert_eq!(setup.numbers, numbers);
    assert_eq!(setup.dispositions, [disposition]);
    assert_eq!(setup.calendars, [calendar]);
    assert_eq!(db.number_entry(A, &phone("95599")).await.unwrap().unwrap().0, numbers[1].id);
    assert!(db.number_entry(A, &phone("1")).await.unwrap().is_none());
}

async fn names_are_unique_in_a_tenant_only(test: TestDb) {
    let db = &test.db;
    tenant(db, A, "a").await;
    tenant(db, B, "b").await;
    db.create_queue(A, &queue(1, "Repair", &[]), &note()).await.unwrap();
    db.create_queue(B, &queue(1, "Repair", &[]), &note()).await.unwrap();
    let name = db.create_queue(A, &queue(2, "Repair", &[]), &note()).await;
    assert!(matches!(name, Err(StoreError::Conflict(on)) if on == "queues_name"));
    let id = db.create_queue(A, &queue(1, "Sales", &[]), &note()).await;
    assert!(matches!(id, Err(StoreError::Conflict(on)) if on == "queues_id"));
    db.create_user(A, &user(1, "ann", &[], &[]), &note(), NOW).await.unwrap();
    let mut other = user(2, "ann", &[], &[]);
    let login = db.create_user(A, &other, &note(), NOW).await;
    assert!(matches!(login, Err(StoreError::Conflict(on)) if on == "users_login"));
    other.user.login = "bob".into();
    other.user.number = Some("81".into());
    let number = db.create_user(A, &other, &note(), NOW).await;
    assert!(matches!(number, Err(StoreError::Conflict(on)) if on == "users_number"));
    assert_eq!(db.users(A).await.unwrap().len(), 1);

    assert!(db.remove_queue(A, QueueId::from_u128(1), &note(), NOW).await.unwrap());
    db.create_queue(A, &queue(3, "Repair", &[]), &note()).await.expect("the name is free again");
    assert!(!db.remove_queue(A, QueueId::from_u128(1), &note(), NOW).await.unwrap());
    assert!(!db.change_queue(A, &queue(1, "Back", &[]), &note()).await.unwrap());
}

async fn nothing_refers_to_another_tenant(test: TestDb) {
    let db = &test.db;
    tenant(db, A, "a").await;
    tenant(db, B, "b").await;
    db.create_skill(A, &skill(1, "English"), &note()).await.unwrap();
    db.create_queue(A, &queue(1, "Repair", &[]), &note()).await.unwrap();
    db.create_trunk(A, &trunk(1, "Carrier"), [2; 12], &note()).await.unwrap();
    db.create_trunk(B, &trunk(2, "Carrier"), [3; 12], &note()).await.unwrap();
    let dangling =
        |result: Result<(), StoreError>| assert!(matches!(result, Err(StoreError::Dangling(_))), "{result:?}");
    dangling(db.create_user(B, &user(1, "eve", &[(1, 9)], &[]), &note(), NOW).await);
    dangling(db.create_user(B, &user(1, "eve", &[], &[1]), &note(), NOW).await);
    dangling(db.create_queue(B, &queue(2, "Theirs", &[(1, 1)]), &note()).await);
    dangling(db.create_number(B, &number(1, "1", 2, Entry::Queue(QueueId::from_u128(1))), &note()).await);
    dangling(db.create_number(B, &number(1, "1", 1, Entry::Queue(QueueId::from_u128(1))), &note()).await);
    let theirs = db.load_setup(B).await.unwrap().unwrap();
    assert!(theirs.users.is_empty() && theirs.queues.is_empty() && theirs.numbers.is_empty());
}

async fn what_is_in_use_stays(test: TestDb) {
    let db = &test.db;
    tenant(db, A, "a").await;
    db.create_skill(A, &skill(1, "English"), &note()).await.unwrap();
    db.create_queue(A, &queue(1, "Repair", &[(1, 1)]), &note()).await.unwrap();
    db.create_user(A, &user(1, "ann", &[], &[1]), &note(), NOW).await.unwrap();
    db.create_trunk(A, &trunk(1, "Carrier"), [2; 12], &note()).await.unwrap();
    db.create_number(A, &number(1, "1", 1, Entry::Queue(QueueId::from_u128(1))), &note()).await.unwrap();
    let (skill, queue, trunk, number) =
        (SkillId::from_u128(1), QueueId::from_u128(1), TrunkId::from_u128(1), NumberId::from_u128(1));
    assert!(matches!(db.remove_skill(A, skill, &note()).await, Err(StoreError::Dangling(_))));
    assert!(matches!(db.remove_queue(A, queue, &note(), NOW).await, Err(StoreError::Dangling(_))));
    assert!(matches!(db.remove_trunk(A, trunk, &note()).await, Err(StoreError::Dangling(_))));
    assert!(db.remove_number(A, number, &note()).await.unwrap());
    assert!(db.remove_trunk(A, trunk, &note()).await.unwrap());
    assert!(db.remove_queue(A, queue, &note(), NOW).await.unwrap());
    let mut later = common::queue(2, "Later", &[(1, 1)]);
    later.skills.clear();
    db.create_queue(A, &later, &note()).await.unwrap();
    assert!(matches!(db.remove_skill(A, skill, &note()).await, Err(StoreError::Dangling(_))), "a step asks for it");
    assert!(db.remove_queue(A, later.id, &note(), NOW).await.unwrap());
    assert!(db.remove_skill(A, skill, &note()).await.unwrap());
    assert!(db.user(A, UserId::from_u128(1)).await.unwrap().unwrap().queues.is_empty());
}

async fn trunk_passwords_are_sealed(test: TestDb) {
    let db = &test.db;
    tenant(db, A, "a").await;
    let mut it = trunk(1, "Carrier");
    db.create_trunk(A, &it, [2; 12], &note()).await.unwrap();
    assert_eq!(db.trunks(A).await.unwrap()[0].password, None, "never read back");
    let plain = async |db: &Db| db.load_setup(A).await.unwrap().unwrap().trunks[0].password.clone();
    assert_eq!(plain(db).await.as_deref(), Some("trunk secret"));

    it.password = None;
    assert!(db.change_trunk(A, &it, [3; 12], &note()).await.unwrap());
    assert_eq!(plain(db).await.as_deref(), Some("trunk secret"), "no new one keeps the old");
    let stranger = Db::open(&test.url, MasterKey::new(&[0; 32])).await.unwrap();
    assert_eq!(plain(&stranger).await, None, "another master key opens nothing");
    it.username = None;
    assert!(db.change_trunk(A, &it, [4; 12], &note()).await.unwrap());
    assert_eq!(plain(db).await, None, "no user name, no password");
    assert!(!db.change_trunk(B, &it, [4; 12], &note()).await.unwrap());
}

async fn users_change(test: TestDb) {
    let db = &test.db;
    tenant(db, A, "a").await;
    tenant(db, B, "b").await;
    db.create_queue(A, &queue(1, "Repair", &[]), &note()).await.unwrap();
    let new = user(1, "ann", &[], &[1]);
    db.create_user(A, &new, &note(), NOW).await.unwrap();
    db.begin_session(A, &[7; 32], new.user.id, NOW).await.unwrap();
    let mut edit = UserEdit {
        login: "anna".into(),
        name: "Anna \0 李".into(),
        number: None,
        roles: vec![],
        skills: vec![],
        queues: vec![],
        active: true,
        recording: hark_shared::wire::control::RecordRule::Always,
        password: None,
    };
    assert!(db.change_user(A, new.user.id, &edit, None, &note()).await.unwrap());
    let changed = db.user(A, new.user.id).await.unwrap().unwrap();
    assert_eq!((changed.login.as_str(), changed.name.as_str()), ("anna", "Anna \u{fffd} 李"));
    assert!(changed.queues.is_empty());
    assert!(db.session(A, &[7; 32]).await.unwrap().is_some());
    assert!(db.session(B, &[7; 32]).await.unwrap().is_none());
    assert_eq!(db.password_of(A, "anna").await.unwrap().unwrap().password.as_deref(), Some("$hash"));
    assert!(db.password_of(A, "ann").await.unwrap().is_none());

    edit.active = false;
    assert!(db.change_user(A, new.user.id, &edit, Some("$new"), &note()).await.unwrap());
    assert!(db.session(A, &[7; 32]).await.unwrap().is_none(), "an inactive user's sessions end");
    assert_eq!(db.password_of(A, "anna").await.unwrap().unwrap().password.as_deref(), Some("$new"));
    assert!(!db.change_user(B, new.user.id, &edit, None, &note()).await.unwrap());
}

async fn recording_keys_open(test: TestDb) {
    tenant(&test.db, A, "a").await;
    let key = test.db.recording_key(A).await.unwrap();
    assert_eq!((key.id, key.key), (1, [9; 32]));
    assert_eq!(test.db.recording_keys(A).await.unwrap(), [key]);
    assert_eq!(test.db.recording_keys(B).await.unwrap(), []);
    let stranger = Db::open(&test.url, MasterKey::new(&[0; 32])).await.unwrap();
    assert!(matches!(stranger.recording_key(A).await, Err(StoreError::Broken(_))));
    let again = Db::open(&test.url, master()).await.unwrap();
    again.ping().await.unwrap();
}

async fn the_setup_key_works_once(test: TestDb) {
    let db = &test.db;
    let new =
        hark_store::NewTenant { id: A, slug: "a".into(), name: "A".into(), recording_key: [1; 32], nonce: [1; 12] };
    let admin = user(1, "root", &[], &[]);
    assert!(!db.use_setup_key(&[5; 32], &new, &admin, &note(), NOW).await.unwrap());
    db.put_setup_key(&[4; 32]).await.unwrap();
    db.put_setup_key(&[5; 32]).await.unwrap();
    assert!(!db.setup_key_is(&[4; 32]).await.unwrap());
    assert!(db.setup_key_is(&[5; 32]).await.unwrap());
    assert!(!db.use_setup_key(&[4; 32], &new, &admin, &note(), NOW).await.unwrap());
    assert!(db.use_setup_key(&[5; 32], &new, &admin, &note(), NOW).await.unwrap());
    assert!(!db.use_setup_key(&[5; 32], &new, &admin, &note(), NOW).await.unwrap());
    assert_eq!(db.users(A).await.unwrap(), [admin.user]);
}

//! Customers, sessions, tries and the audit log, on both databases.
#![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]

mod common;

use common::*;
use hark_shared::ids::*;
use hark_shared::time::{Millis, Timestamp};
use hark_store::testing::TestDb;
use hark_store::{AuditCursor, CustomerFilter, StoreError};
use uuid::Uuid;

hark_store::on_both!(
    customers_are_found,
    customers_change,
    sessions_live_and_end,
    a_new_password_ends_other_sessions,
    tries_are_counted_and_forgotten,
    writers_queue_instead_of_failing,
    the_audit_log_reads_back,
);

async fn customers_are_found(test: TestDb) {
    let db = &test.db;
    tenant(db, A, "a").await;
    tenant(db, B, "b").await;
    db.create_customer(A, &customer(1, "李雷", &["13800138000", "+861088880000"]), &note()).await.unwrap();
    db.create_customer(A, &customer(2, "Han Meimei", &["95500"]), &note()).await.unwrap();
    db.create_customer(A, &customer(3, "50% off", &[]), &note()).await.unwrap();
    db.create_customer(B, &customer(1, "Someone of B", &["13800138000"]), &note()).await.unwrap();
    let find = async |search: &str| {
        let filter = CustomerFilter { search: search.into(), before: None };
        let (rows, next) = db.customers(A, &filter, 50).await.unwrap();
        assert!(next.is_none());
        rows.iter().map(|row| row.id.0.as_u128()).collect::<Vec<_>>()
    };
    assert_eq!(find("").await, [3, 2, 1]);
    assert_eq!(find("han").await, [2]);
    assert_eq!(find("雷").await, [1]);
    assert_eq!(find("138").await, [1]);
    assert_eq!(find("+86").await, [1]);
    assert_eq!(find("38001").await, Vec::<u128>::new(), "numbers by their beginning");
    assert_eq!(find("50%").await, [3], "a sign of the pattern stands for itself");
    assert_eq!(find("h_n").await, Vec::<u128>::new());
    assert_eq!(find("\\").await, Vec::<u128>::new());
    assert_eq!(find("of B").await, Vec::<u128>::new());

    let (page, next) = db.customers(A, &CustomerFilter::default(), 2).await.unwrap();
    assert_eq!((page.len(), next), (2, Some(CustomerId::from_u128(2))));
    let (rest, next) = db.customers(A, &CustomerFilter { search: String::new(), before: next }, 2).await.unwrap();
    assert_eq!((rest.len(), rest[0].name.as_str(), next), (1, "李雷", None));
}

async fn customers_change(test: TestDb) {
    let db = &test.db;
    tenant(db, A, "a").await;
    let mut it = customer(1, "Li", &["1", "2"]);
    db.create_customer(A, &it, &note()).await.unwrap();
    it.numbers = vec![phone("2"), phone("3")];
    it.vip = false;
    assert!(db.change_customer(A, &it, &note()).await.unwrap());
    assert_eq!(db.customer(A, it.id).await.unwrap().unwrap(), it);
    assert!(db.customer_card(A, &phone("1")).await.unwrap().is_none());
    let other = db.create_customer(A, &customer(2, "Han", &["3"]), &note()).await;
    assert!(matches!(other, Err(StoreError::Conflict(on)) if on == "customer_numbers_number"));
    assert!(db.customer(A, CustomerId::from_u128(2)).await.unwrap().is_none(), "all or nothing");
    assert!(!db.change_customer(B, &it, &note()).await.unwrap());
    assert!(db.customer(B, it.id).await.unwrap().is_none());
}

async fn sessions_live_and_end(test: TestDb) {
    let db = &test.db;
    tenant(db, A, "a").await;
    let new = user(1, "ann", &[], &[]);
    db.create_user(A, &new, &note(), NOW).await.unwrap();
    db.begin_session(A, &[1; 32], new.user.id, NOW).await.unwrap();
    db.begin_session(A, &[2; 32], new.user.id, NOW).await.unwrap();
    let found = db.session(A, &[1; 32]).await.unwrap().unwrap();
    assert_eq!((found.user, found.login.as_str(), found.touched), (new.user.id, "ann", NOW));
    assert_eq!((found.tenant_name.as_str(), &found.roles), ("Tenant a", &new.user.roles));
    let later = Timestamp(NOW.0 + 5);
    db.touch_session(A, &[1; 32], later).await.unwrap();
    db.touch_session(A, &[1; 32], NOW).await.unwrap();
    db.touch_session(B, &[2; 32], later).await.unwrap();
    assert_eq!(db.session(A, &[1; 32]).await.unwrap().unwrap().touched, later, "never backwards");
    assert_eq!(db.end_idle_sessions(later).await.unwrap(), 1);
    assert!(db.session(A, &[2; 32]).await.unwrap().is_none());
    assert!(!db.end_session(B, &[1; 32]).await.unwrap());
    assert!(db.end_session(A, &[1; 32]).await.unwrap());
    assert!(!db.end_session(A, &[1; 32]).await.unwrap());
    let stranger = db.begin_session(A, &[3; 32], UserId::from_u128(9), NOW).await;
    assert!(matches!(stranger, Err(StoreError::Dangling(_))));
}

async fn a_new_password_ends_other_sessions(test: TestDb) {
    let db = &test.db;
    for (tenant_id, slug) in [(A, "a"), (B, "b")] {
        tenant(db, tenant_id, slug).await;
        db.create_user(tenant_id, &user(1, "ann", &[], &[]), &note(), NOW).await.unwrap();
        db.create_user(tenant_id, &user(2, "bob", &[], &[]), &note(), NOW).await.unwrap();
    }
    let (ann, bob) = (UserId::from_u128(1), UserId::from_u128(2));
    for (tenant, token, user) in [(A, 1, ann), (A, 2, ann), (A, 3, bob), (B, 2, ann)] {
        db.begin_session(tenant, &[token; 32], user, NOW).await.unwrap();
    }
    let old = db.password_of(A, "ann").await.unwrap().unwrap().password.unwrap();
    let kept = [1; 32];
    assert!(!db.change_password(A, ann, ("$other", "$new"), &kept, &note()).await.unwrap(), "somebody was quicker");
    assert!(db.session(A, &[2; 32]).await.unwrap().is_some());
    assert!(db.change_password(A, ann, (&old, "$new"), &kept, &note()).await.unwrap());
    assert_eq!(db.password_of(A, "ann").await.unwrap().unwrap().password.as_deref(), Some("$new"));
    for (tenant, login) in [(A, "bob"), (B, "ann")] {
        assert_eq!(db.password_of(tenant, login).await.unwrap().unwrap().password.as_deref(), Some(old.as_str()));
    }
    let mut live = Vec::new();
    for (tenant, token) in [(A, 1), (A, 2), (A, 3), (B, 2)] {
        live.push(db.session(tenant, &[token; 32]).await.unwrap().is_some());
    }
    assert_eq!(live, [true, false, true, true]);
    assert!(!db.change_password(A, UserId::from_u128(9), (&old, "$new"), &kept, &note()).await.unwrap());
}

async fn tries_are_counted_and_forgotten(test: TestDb) {
    let db = &test.db;
    let lock = |wrong: u32| if wrong < 2 { Millis::ZERO } else { Millis(100) };
    let at = |millis: i64| Timestamp(NOW.0 + millis);
    assert_eq!(db.count_try(A, "ann", at(0), lock).await.unwrap(), None);
    assert_eq!(db.count_try(A, "ann", at(1), lock).await.unwrap(), None);
    assert_eq!(db.count_try(A, "ann", at(2), lock).await.unwrap(), Some(at(101)));
    assert_eq!(db.count_try(A, "bob", at(2), lock).await.unwrap(), None);
    assert_eq!(db.count_try(B, "ann", at(2), lock).await.unwrap(), None);
    assert_eq!(db.count_try(A, "ann", at(101), lock).await.unwrap(), None, "the lock is over");
    assert_eq!(db.count_try(A, "ann", at(102), lock).await.unwrap(), Some(at(201)));
    db.forget_tries(A, "ann").await.unwrap();
    assert_eq!(db.count_try(A, "ann", at(103), lock).await.unwrap(), None);
    assert_eq!(db.count_try(A, "ann", at(104), lock).await.unwrap(), None);
    assert_eq!(db.count_try(A, "ann", at(3_600_105), lock).await.unwrap(), None, "an hour forgets");
}

async fn writers_queue_instead_of_failing(test: TestDb) {
    let writers = (0..100).map(|_| {
        let db = test.db.clone();
        tokio::spawn(async move { db.count_try(A, "ann", NOW, |_| Millis::ZERO).await })
    });
    for done in writers.collect::<Vec<_>>() {
        done.await.unwrap().unwrap();
    }
    let hundred = |wrong: u32| Millis(if wrong == 100 { 1 } else { 0 });
    assert!(test.db.count_try(A, "ann", NOW, hundred).await.unwrap().is_some(), "each was counted once");
}

async fn the_audit_log_reads_back(test: TestDb) {
    let db = &test.db;
    for id in 1..=5 {
        let mut entry = audit(id);
        entry.at = Timestamp(NOW.0 + i64::try_from(id / 3).unwrap());
        entry.subject = format!("{id}\0");
        entry.user = Some(UserId::from_u128(id));
        db.audit(A, &entry).await.unwrap();
    }
    db.audit(B, &audit(1)).await.unwrap();
    let (first, next) = db.audit_log(A, None, 3).await.unwrap();
    let subjects = |rows: &[hark_shared::wire::rest::AuditEntry]| {
        rows.iter().map(|row| row.subject.trim_end_matches('\u{fffd}').to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(subjects(&first), ["5", "4", "3"]);
    assert_eq!(next, Some(AuditCursor { at: Timestamp(NOW.0 + 1), id: Uuid::from_u128(3) }));
    let (rest, next) = db.audit_log(A, next, 3).await.unwrap();
    assert_eq!((subjects(&rest), next), (vec!["2".to_owned(), "1".to_owned()], None));
    assert_eq!((rest[0].user, rest[0].action.as_str()), (Some(UserId::from_u128(2)), "test.done"));
}

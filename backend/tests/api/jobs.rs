//! What is done although nobody asks.

use crate::app::{A, B, START, TestApp};
use hark_backend::api::tickets::Admission;
use hark_backend::jobs::{Done, Jobs};
use hark_shared::facts::{Fact, RecordingFact, Versioned};
use hark_shared::ids::{ContactId, RecordingId};
use hark_shared::phone::PhoneNumber;
use hark_shared::time::Millis;
use hark_store::testing::TestDb;

hark_store::on_both!(closed_recordings_leave_the_spool, idle_sessions_and_old_tickets_end);

fn jobs(app: &TestApp) -> Jobs {
    let state = app.state.clone();
    Jobs {
        auth: state.auth,
        tickets: state.tickets,
        files: state.files,
        db: state.db,
        clock: state.clock,
        metrics: None,
    }
}

async fn closed_recordings_leave_the_spool(test: TestDb) {
    let app = TestApp::new(test).await;
    let (closed, open) = (RecordingId::from_u128(1), RecordingId::from_u128(2));
    let files = &app.state.files;
    for recording in [closed, open] {
        std::fs::write(files.spooled(recording), b"sound").unwrap();
    }
    std::fs::write(files.spooled(closed).with_file_name("note.txt"), b"not ours").unwrap();
    let record = RecordingFact {
        id: closed,
        contact: ContactId::from_u128(9),
        began: START,
        length: Millis::from_secs(1),
        fault: None,
    };
    app.db().save_facts(B, &[Versioned { version: 1, fact: Fact::Recording(record) }]).await.unwrap();
    let (jobs, mut done) = (jobs(&app), Done::default());
    jobs.turn(&mut done).await;
    assert!(!files.spooled(closed).exists() && files.spooled(open).exists());
    let keys = app.db().recording_keys(B).await.unwrap();
    assert_eq!(files.sound(B, closed, keys.clone()).await.unwrap().unwrap().length(), 5);
    assert!(files.sound(A, closed, keys).await.unwrap().is_none(), "another tenant's");

    // Its record comes late; the next look is minutes later.
    let record =
        RecordingFact { id: open, contact: ContactId::from_u128(9), began: START, length: Millis(1), fault: None };
    app.db().save_facts(A, &[Versioned { version: 1, fact: Fact::Recording(record) }]).await.unwrap();
    jobs.turn(&mut done).await;
    assert!(files.spooled(open).exists());
    app.clock.advance(Millis::from_secs(300));
    jobs.turn(&mut done).await;
    assert!(!files.spooled(open).exists());
}

async fn idle_sessions_and_old_tickets_end(test: TestDb) {
    let app = TestApp::new(test).await;
    let (jobs, mut done) = (jobs(&app), Done::default());
    let client = app.client("a", "agent").await;
    let admission = Admission { tenant: A, number: PhoneNumber::parse("95588").unwrap() };
    let state = &app.state;
    let (ticket, _) = state.tickets.draw(admission, state.entropy.as_ref(), state.now()).unwrap();
    app.clock.advance(Millis::from_secs(11 * 3600));
    jobs.turn(&mut done).await;
    client.get("/api/session").await.ok(200);
    assert!(state.tickets.redeem(&ticket, START).is_none(), "swept");
    app.clock.advance(Millis::from_secs(13 * 3600));
    jobs.turn(&mut done).await;
    assert_eq!(state.auth.sweep().await.unwrap(), 0, "it was ended already");
    client.get("/api/session").await.refused(401, "session.none");
}

//! The flow's tests: run whenever something changes, each green or red with where its path departs.

use super::super::acts;
use super::super::editor::Edit;
use super::super::kinds;
use super::super::studio::{Studio, use_studio};
use super::walk::Walk;
use super::world::WorldForm;
use crate::text::*;
use hark_shared::flow::model::NodeId;
use hark_shared::flow::test::{Outcome, try_out};
use hark_shared::wire::flows::FlowTest;
use leptos::prelude::*;

/// The list.
#[component]
pub fn Tests() -> impl IntoView {
    let (studio, walk, i18n): (_, Walk, _) = (use_studio(), expect_context(), use_i18n());
    walk.load_others();
    let outcomes = Memo::new(move |_| {
        let begin = walk.around();
        studio.editor.with(|editor| {
            let doc = editor.doc();
            doc.tests.iter().map(|test| try_out(studio.id, &doc.flow, &begin.others, test)).collect::<Vec<Outcome>>()
        })
    });
    let count = Memo::new(move |_| outcomes.with(Vec::len));
    let open = RwSignal::new(None::<usize>);
    view! {
        <div class="panel-part" data-testid="tests">
            <h2>{t!(i18n, designer.tests)}</h2>
            <p class="muted">{t!(i18n, designer.tests_about)}</p>
            <p class="empty" hidden=move || count.get() != 0>{t!(i18n, designer.tests_none)}</p>
            <ul class="test-list">
                {move || (0..count.get()).map(|at| view! { <li><Test at outcomes open /></li> }).collect_view()}
            </ul>
        </div>
    }
}

#[component]
fn Test(at: usize, outcomes: Memo<Vec<Outcome>>, open: RwSignal<Option<usize>>) -> impl IntoView {
    let (studio, walk, i18n): (_, Walk, _) = (use_studio(), expect_context(), use_i18n());
    let test = Memo::new(move |_| studio.editor.with(|editor| editor.doc().tests.get(at).cloned()));
    let outcome = Memo::new(move |_| outcomes.with(|all| all.get(at).cloned()));
    let good = move || outcome.with(|outcome| outcome.as_ref().is_some_and(|outcome| outcome.departs.is_none()));
    let name = move || test.with(|test| test.as_ref().map(|test| test.name.clone()));
    let keys = move || test.with(|test| test.as_ref().map(|test| acts::line(&test.acts)).unwrap_or_default());
    let light = move |_| {
        if let Some(outcome) = outcome.get_untracked() {
            walk.light(&outcome);
        }
    };
    let accept = move |_| {
        if let Some(outcome) = outcome.get_untracked() {
            change(studio, at, |test| test.path = outcome.walked);
        }
    };
    let verdict = move || if good() { t_string!(i18n, designer.test_good) } else { t_string!(i18n, designer.test_bad) };
    view! {
        <div class="test" data-good=move || good().to_string() data-testid=format!("test-{at}")>
            <p><b>{name}</b>" "<span class="outcome" data-good=move || good().to_string()>{verdict}</span></p>
            <p class="muted">{move || t_string!(i18n, designer.keys_in, keys = keys())}</p>
            <p class="field-fault" hidden=good>{move || departure(studio, test.get(), outcome.get())}</p>
            <div class="panel-foot">
                <button type="button" class="quiet" on:click=light>{t!(i18n, designer.replay)}</button>
                <button type="button" class="quiet" hidden=good data-testid="accept-path" on:click=accept>
                    {t!(i18n, designer.accept_path)}
                </button>
                <button
                    type="button"
                    class="quiet"
                    data-testid="edit-test"
                    aria-expanded=move || (open.get() == Some(at)).to_string()
                    on:click=move |_| open.update(|open| *open = if *open == Some(at) { None } else { Some(at) })
                >
                    {t!(i18n, designer.edit_test)}
                </button>
                <button type="button" class="quiet" data-testid="remove-test" on:click=move |_| remove(studio, at)>
                    {t!(i18n, common.remove)}
                </button>
            </div>
            {move || (open.get() == Some(at)).then(|| view! { <Form at /> })}
        </div>
    }
}

fn change(studio: Studio, at: usize, change: impl FnOnce(&mut FlowTest)) {
    let mut tests = studio.editor.with_untracked(|editor| editor.doc().tests.clone());
    if let Some(test) = tests.get_mut(at) {
        change(test);
        studio.apply(Edit::Tests(tests));
    }
}

fn remove(studio: Studio, at: usize) {
    let mut tests = studio.editor.with_untracked(|editor| editor.doc().tests.clone());
    if at < tests.len() {
        tests.remove(at);
        studio.apply(Edit::Tests(tests));
    }
}

/// Where the path that is walked is another than the one that is expected.
fn departure(studio: Studio, test: Option<FlowTest>, outcome: Option<Outcome>) -> String {
    let Some(((test, outcome), at)) = test.zip(outcome).and_then(|both| {
        let at = both.1.departs?;
        Some((both, at))
    }) else {
        return String::new();
    };
    let locale = studio.i18n.get_locale();
    let name = |path: &[NodeId]| match path.get(at) {
        Some(id) => {
            let title = studio.editor.with(|editor| editor.node(*id).map(|node| kinds::title(locale, node)));
            format!("{id} · {}", title.unwrap_or_default())
        }
        None => words::designer::nothing_more.of(locale).to_owned(),
    };
    words::designer::departs { wanted: &name(&test.path), came: &name(&outcome.walked) }.of(locale)
}

/// Changes a test: name, world, what the caller does, the path.
#[component]
fn Form(at: usize) -> impl IntoView {
    let (studio, i18n) = (use_studio(), use_i18n());
    let test = studio.editor.with_untracked(|editor| editor.doc().tests.get(at).cloned());
    let Some(test) = test else { return ().into_any() };
    let name = RwSignal::new(test.name.clone());
    let (doing, path) = (RwSignal::new(acts::write(&test.acts)), RwSignal::new(acts::write_path(&test.path)));
    let given = RwSignal::new(test.given);
    let bad_act = Memo::new(move |_| doing.with(|doing| acts::read(doing).err()));
    let bad_path = Memo::new(move |_| path.with(|path| acts::read_path(path).is_none()));
    let apply = move |_| {
        let (Ok(acts), Some(path)) = (acts::read(&doing.get_untracked()), acts::read_path(&path.get_untracked()))
        else {
            return;
        };
        let (name, given) = (name.get_untracked(), given.get_untracked());
        change(studio, at, |test| *test = FlowTest { name, given, acts, path });
    };
    view! {
        <div class="rows">
            {area(words::designer::test_name, name, "edit-name")}
            {area(words::designer::acts, doing, "edit-acts")}
            <span class="field-fault" hidden=move || bad_act.get().is_none()>
                {move || bad_act.get().map(|line| t_string!(i18n, designer.acts_bad, n = line))}
            </span>
            <span class="field-hint">{t!(i18n, designer.acts_hint)}</span>
            {area(words::designer::path, path, "edit-path")}
            <span class="field-fault" hidden=move || !bad_path.get()>{t!(i18n, designer.path_bad)}</span>
            <span class="field-hint">{t!(i18n, designer.path_hint)}</span>
            <WorldForm given />
            <button
                type="button"
                data-testid="apply-test"
                disabled=move || bad_path.get() || bad_act.get().is_some()
                on:click=apply
            >
                {t!(i18n, designer.apply)}
            </button>
        </div>
    }
    .into_any()
}

fn area(label: Text, value: RwSignal<String>, testid: &'static str) -> AnyView {
    let i18n = use_i18n();
    view! {
        <label class="field">
            <span class="field-label">{i18n.shown(label)}</span>
            <textarea
                rows="2"
                data-testid=testid
                prop:value=value
                on:input:target=move |event| value.set(event.target().value())
            ></textarea>
        </label>
    }
    .into_any()
}

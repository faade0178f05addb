//! The messages at the page's edge. Always in the document: a live region that is added later is not announced.

use crate::notices::use_notices;
use crate::text::{self, *};
use leptos::prelude::*;

/// The list of messages.
#[component]
pub fn NoticeList() -> impl IntoView {
    let (notices, i18n) = (use_notices(), use_i18n());
    view! {
        <div class="notices" role="status" aria-live="polite" data-testid="notices">
            <For each=move || notices.shown() key=|notice| notice.id let:notice>
                <p class="notice" class:bad=notice.bad role=notice.bad.then_some("alert")>
                    <span>{move || text::error_text(i18n.get_locale(), &notice.what)}</span>
                    <button
                        type="button"
                        class="plain"
                        aria-label=t!(i18n, common.dismiss)
                        on:click=move |_| notices.dismiss(notice.id)
                    >
                        "×"
                    </button>
                </p>
            </For>
        </div>
    }
}

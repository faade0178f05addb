//! Where the flow designer is shown: the list of flows, or the flow that the address names.

use crate::designer::{FlowList, FlowPage};
use crate::route::use_route;
use hark_shared::ids::FlowId;
use leptos::prelude::*;

/// The designer.
#[component]
pub fn Flows() -> impl IntoView {
    let route = use_route();
    let named = Memo::new(move |_| route.item().and_then(|item| item.parse::<FlowId>().ok()));
    view! {
        <div class="designer-host" data-testid="designer">
            {move || match named.get() {
                Some(flow) => view! { <FlowPage flow /> }.into_any(),
                None => view! { <FlowList /> }.into_any(),
            }}
        </div>
    }
}

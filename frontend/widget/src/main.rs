//! The click-to-call frame.

fn main() {
    leptos::mount::mount_to_body(|| "Hark");
}

//! The desk's program.

fn main() {
    console_error_panic_hook::set_once();
    hark_desktop::start();
}

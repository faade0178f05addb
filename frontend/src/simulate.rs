//! The floor's simulation in the browser: today to prove that it decides as the server does, later for *what if*.

use wasm_bindgen::prelude::wasm_bindgen;

/// Plays a simulated day and returns the hash of all its decisions, the same as natively.
#[wasm_bindgen(js_name = hashOfADay)]
pub fn hash_of_a_day(seed: u64) -> u64 {
    hark_shared::sim::hash_of_a_day(seed)
}

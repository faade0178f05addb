//! The engines decide in the browser as they do on the server.

use anyhow::{Context, ensure};
use hark_e2e::browser::Browser;
use hark_e2e::scene::{AGENT, Scene};
use hark_e2e::story::story;
use hark_shared::sim::{Kind, hash_of_a_day};

#[test]
fn a_simulated_day_is_the_same_in_the_browser() {
    story("same-day", async |story| {
        let scene = Scene::open(story, &[]).await?;
        let browser = Browser::open(story, "planner", AGENT).await?;
        browser.goto(&scene.server.origin()).await?;
        // So many seeds in a row are one day of each kind.
        for seed in 0..Kind::ALL.len() as u64 {
            let expression = format!(
                "import('/app.js').then(async (app) => (await app.default({{ module_or_path: '/app_bg.wasm' }}), \
                 app.hashOfADay({seed}n).toString()))"
            );
            let there = browser.evaluate(&expression).await?;
            let there: u64 = there.as_str().context("a number as text")?.parse()?;
            let here = hash_of_a_day(seed);
            ensure!(there == here, "seed {seed}: {there:x} in the browser, {here:x} here");
        }
        Ok(())
    });
}

//! How full the edge's queues are, asked when somebody looks.

use super::Page;
use std::sync::Arc;

/// Asks for each queue's name, what waits in it, and what may.
pub type Queues = Arc<dyn Fn() -> Vec<(&'static str, usize, usize)> + Send + Sync>;

/// Writes them; without an edge in this process there are none.
#[expect(clippy::cast_precision_loss, reason = "queues are bounded far below 2^53")]
pub fn write_queues(page: &mut Page, queues: &Queues) {
    let queues = queues();
    let each = |value: fn(&(&'static str, usize, usize)) -> usize| {
        queues.iter().map(move |queue| (vec![("queue", queue.0)], value(queue) as f64))
    };
    page.gauge("hark_edge_queue", "What waits in the edge's own queues.", each(|queue| queue.1));
    page.gauge("hark_edge_queue_limit", "What may wait there.", each(|queue| queue.2));
}

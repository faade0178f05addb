//! Shapes on the canvas: cards, ports, edges, what is hit; and the view that looks at them.
//!
//! World coordinates are pixels at full size, as they are stored; screen coordinates are pixels of the canvas element.

use hark_shared::flow::model::{Node, Place};

/// Nodes stand on multiples of this.
pub const GRID: i32 = 24;
/// A card's width.
pub const WIDTH: i32 = 232;
/// A card's height above its ways out.
pub const HEAD: i32 = 64;
/// The height of a way out.
pub const ROW: i32 = 26;
/// Below the last way out.
const FOOT: i32 = 8;
/// Where an edge comes in, below a card's upper edge.
const ENTRY: i32 = 32;
/// The smallest and the largest magnification.
const SCALES: (f64, f64) = (0.2, 2.0);
/// Words on cards can be read from here on.
const READABLE: f64 = 0.65;
/// What is left free around everything that is fitted in.
const MARGIN: f64 = 48.0;

/// A rectangle; right and bottom are outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rect {
    pub left: i32,
    pub top: i32,
    pub right: i32,
    pub bottom: i32,
}

impl Rect {
    /// Between two corners, whichever way they lie.
    pub fn between(one: Place, other: Place) -> Self {
        Self {
            left: one.x.min(other.x),
            top: one.y.min(other.y),
            right: one.x.max(other.x),
            bottom: one.y.max(other.y),
        }
    }

    /// Whether the place is inside.
    pub fn touches(self, at: Place) -> bool {
        at.x >= self.left && at.x < self.right && at.y >= self.top && at.y < self.bottom
    }

    /// Whether the two share anything.
    pub fn meets(self, other: Self) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }
}

/// The nearest place on the grid.
pub fn snap(at: Place) -> Place {
    let near = |value: i32| (value + GRID / 2).div_euclid(GRID) * GRID;
    Place { x: near(at.x), y: near(at.y) }
}

/// A card's height with so many ways out.
pub fn height(exits: usize) -> i32 {
    let rows = i32::try_from(exits).unwrap_or(0);
    if rows == 0 { HEAD } else { HEAD + rows * ROW + FOOT }
}

/// Where a node's card is.
pub fn card(node: &Node) -> Rect {
    let Place { x, y } = node.at;
    Rect { left: x, top: y, right: x + WIDTH, bottom: y + height(node.kind.exits().len()) }
}

/// Around all of them; `None` when there are none.
pub fn bounds<'a>(nodes: impl Iterator<Item = &'a Node>) -> Option<Rect> {
    nodes.map(card).reduce(|all, one| Rect {
        left: all.left.min(one.left),
        top: all.top.min(one.top),
        right: all.right.max(one.right),
        bottom: all.bottom.max(one.bottom),
    })
}

/// Where the way out of this position in the list leaves a card at `at`.
pub fn port(at: Place, position: usize) -> Place {
    let row = i32::try_from(position).unwrap_or(0);
    Place { x: at.x + WIDTH, y: at.y + HEAD + row * ROW + ROW / 2 }
}

/// Where edges enter a card at `at`.
pub fn entry(at: Place) -> Place {
    Place { x: at.x, y: at.y + ENTRY }
}

/// An edge as the data of an SVG path: level where it leaves and where it arrives, with a wide bow when it leads back.
pub fn curve(from: Place, to: Place) -> String {
    let reach = if to.x >= from.x + GRID {
        ((to.x - from.x) / 2).clamp(GRID, 160)
    } else {
        ((from.x - to.x) / 3).clamp(72, 260)
    };
    let (x1, x2) = (from.x + reach, to.x - reach);
    format!("M{} {}C{x1} {} {x2} {} {} {}", from.x, from.y, from.y, to.y, to.x, to.y)
}

/// How the canvas looks at the world: the screen's place of the world's origin, and the magnification.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    pub x: f64,
    pub y: f64,
    pub scale: f64,
}

impl Default for Look {
    fn default() -> Self {
        Self { x: 24.0, y: 24.0, scale: 1.0 }
    }
}

impl Look {
    /// The world's place under a point of the canvas.
    #[allow(clippy::cast_possible_truncation)]
    pub fn world(self, x: f64, y: f64) -> Place {
        Place { x: ((x - self.x) / self.scale).round() as i32, y: ((y - self.y) / self.scale).round() as i32 }
    }

    /// Moved by so many pixels of the screen.
    pub fn moved(self, x: f64, y: f64) -> Self {
        Self { x: self.x + x, y: self.y + y, ..self }
    }

    /// Magnified by `factor`; what is under the point stays there.
    pub fn zoomed(self, factor: f64, x: f64, y: f64) -> Self {
        let scale = (self.scale * factor).clamp(SCALES.0, SCALES.1);
        let grown = scale / self.scale;
        Self { x: x - (x - self.x) * grown, y: y - (y - self.y) * grown, scale }
    }

    /// Shows all of `all` in a canvas of this size, at most at full size.
    pub fn fit(all: Rect, width: f64, height: f64) -> Self {
        let (w, h) = (f64::from(all.right - all.left), f64::from(all.bottom - all.top));
        let scale = ((width - 2.0 * MARGIN) / w).min((height - 2.0 * MARGIN) / h).clamp(SCALES.0, 1.0);
        let x = (width - w * scale) / 2.0 - f64::from(all.left) * scale;
        let y = (height - h * scale) / 2.0 - f64::from(all.top) * scale;
        Self { x, y, scale }
    }

    /// How a flow is opened: all of it, but never so small that it cannot be read; then its left upper part.
    pub fn open(all: Rect, width: f64, height: f64) -> Self {
        let fit = Self::fit(all, width, height);
        if fit.scale >= READABLE {
            return fit;
        }
        let (left, top) = (f64::from(all.left) * READABLE, f64::from(all.top) * READABLE);
        Self { x: MARGIN / 2.0 - left, y: MARGIN - top, scale: READABLE }
    }

    /// Moved as little as needed to show `card` in a canvas of this size.
    pub fn showing(self, card: Rect, width: f64, height: f64) -> Self {
        let shift = |from: i32, to: i32, origin: f64, size: f64| {
            let (from, to) = (f64::from(from) * self.scale + origin, f64::from(to) * self.scale + origin);
            if from < MARGIN / 2.0 {
                MARGIN / 2.0 - from
            } else if to > size - MARGIN / 2.0 {
                (size - MARGIN / 2.0 - to).max(MARGIN / 2.0 - from)
            } else {
                0.0
            }
        };
        self.moved(shift(card.left, card.right, self.x, width), shift(card.top, card.bottom, self.y, height))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn place(x: i32, y: i32) -> Place {
        Place { x, y }
    }

    #[test]
    fn places_snap_to_the_nearest_point_also_left_of_the_origin() {
        assert_eq!(snap(place(11, 12)), place(0, 24));
        assert_eq!(snap(place(-11, -13)), place(0, -24));
    }

    #[test]
    fn zooming_leaves_what_is_under_the_pointer() {
        let look = Look { x: 30.0, y: -10.0, scale: 0.8 };
        let before = look.world(200.0, 150.0);
        let after = look.zoomed(1.5, 200.0, 150.0);
        assert_eq!(after.world(200.0, 150.0), before);
        assert!((after.zoomed(1000.0, 0.0, 0.0).scale - SCALES.1).abs() < 1e-9);
    }

    #[test]
    fn everything_fits_and_small_things_are_not_blown_up() {
        let look = Look::fit(Rect { left: -1000, top: 0, right: 3000, bottom: 500 }, 1000.0, 600.0);
        assert_eq!(look.world(MARGIN, 300.0).x, -1000);
        let opened = Look::open(Rect { left: -1000, top: 0, right: 3000, bottom: 500 }, 1000.0, 600.0);
        assert!((opened.scale - READABLE).abs() < 1e-9 && opened.world(MARGIN / 2.0, 0.0).x == -1000);
        let small = Look::fit(Rect { left: 0, top: 0, right: 100, bottom: 100 }, 1000.0, 600.0);
        assert!((small.scale - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_card_out_of_sight_is_brought_in_and_one_in_sight_is_left() {
        let look = Look::default();
        let card = Rect { left: 2000, top: 40, right: 2232, bottom: 140 };
        let moved = look.showing(card, 800.0, 600.0);
        assert!(moved.x < look.x && (moved.y - look.y).abs() < 1e-9);
        assert_eq!(moved.showing(card, 800.0, 600.0), moved);
    }

    #[test]
    fn edges_leave_and_arrive_level() {
        assert_eq!(curve(place(0, 0), place(200, 100)), "M0 0C100 0 100 100 200 100");
        assert!(curve(place(500, 0), place(0, 0)).starts_with("M500 0C666 0 -166 0"));
    }

    #[test]
    fn a_lasso_catches_what_it_meets() {
        let lasso = Rect::between(place(100, 100), place(0, 0));
        assert!(lasso.meets(Rect { left: 90, top: 90, right: 322, bottom: 154 }));
        assert!(!lasso.meets(Rect { left: 100, top: 0, right: 332, bottom: 64 }));
    }
}

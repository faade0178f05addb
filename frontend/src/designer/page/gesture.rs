//! What pointers do on the canvas: pan, pinch, drag, lasso, draw an edge. Pure: points of the canvas in, what it means out.

use super::super::geometry::{Look, Rect, snap};
use hark_shared::flow::Exit;
use hark_shared::flow::model::{NodeId, Place};

/// Less movement than this, in pixels of the screen, is a click.
const STILL: f64 = 5.0;
/// Fingers that count: a third one is an accident.
const FINGERS: usize = 2;

/// What a pointer went down on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// The empty canvas.
    Ground,
    /// The empty canvas, to catch nodes with a lasso.
    Lasso,
    /// A card.
    Card(NodeId),
    /// A way out of a card.
    Port(NodeId, Exit),
}

/// A point of the canvas, in pixels from its left upper corner.
pub type Point = (f64, f64);

/// What is going on.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Doing {
    #[default]
    Nothing,
    One {
        on: On,
        from: Point,
        moved: bool,
    },
    Pinch,
}

/// What it means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Meaning {
    /// The view is another.
    Look(Look),
    /// The cards that were selected are so far from where they were.
    Drag(Place),
    /// They stay there.
    Drop(Place),
    /// The lasso is so large.
    Lasso(Rect),
    /// The lasso caught what it meets.
    Caught(Rect),
    /// An edge is drawn to here.
    Wire(NodeId, Exit, Place),
    /// The edge ends here.
    Wired(NodeId, Exit, Place),
    /// A click.
    Click(On, Place),
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Gesture {
    pointers: Vec<(i32, Point)>,
    doing: Doing,
}

impl Gesture {
    /// A pointer goes down.
    pub fn down(&mut self, pointer: i32, at: Point, on: On) {
        self.pointers.retain(|(known, _)| *known != pointer);
        if self.pointers.len() >= FINGERS {
            return;
        }
        self.pointers.push((pointer, at));
        self.doing = if self.pointers.len() == 1 { Doing::One { on, from: at, moved: false } } else { Doing::Pinch };
    }

    /// A pointer moves.
    pub fn moved(&mut self, pointer: i32, at: Point, look: Look) -> Option<Meaning> {
        let mine = self.pointers.iter().position(|(known, _)| *known == pointer)?;
        let before = self.pointers[mine].1;
        match self.doing {
            Doing::Nothing => None,
            Doing::Pinch => {
                let other = self.pointers[1 - mine].1;
                self.pointers[mine].1 = at;
                Some(Meaning::Look(pinched(look, (before, other), (at, other))))
            }
            Doing::One { on, from, moved } => {
                if !moved && distance(from, at) < STILL {
                    return None;
                }
                self.doing = Doing::One { on, from, moved: true };
                self.pointers[mine].1 = at;
                // What the first pixels were held back comes with the first that count.
                let before = if moved { before } else { from };
                Some(going(on, from, before, at, look))
            }
        }
    }

    /// A pointer goes up.
    pub fn up(&mut self, pointer: i32, at: Point, look: Look) -> Option<Meaning> {
        let mine = self.pointers.iter().position(|(known, _)| *known == pointer)?;
        self.pointers.remove(mine);
        let doing = std::mem::take(&mut self.doing);
        let Doing::One { on, from, moved } = doing else { return None };
        let place = look.world(at.0, at.1);
        if !moved {
            return Some(Meaning::Click(on, place));
        }
        match on {
            On::Ground => None,
            On::Lasso => Some(Meaning::Caught(Rect::between(look.world(from.0, from.1), place))),
            On::Card(_) => Some(Meaning::Drop(carried(from, at, look))),
            On::Port(node, exit) => Some(Meaning::Wired(node, exit, place)),
        }
    }

    /// Whatever goes on is given up.
    pub fn cancel(&mut self) {
        *self = Self::default();
    }
}

fn going(on: On, from: Point, before: Point, at: Point, look: Look) -> Meaning {
    match on {
        On::Ground => Meaning::Look(look.moved(at.0 - before.0, at.1 - before.1)),
        On::Lasso => Meaning::Lasso(Rect::between(look.world(from.0, from.1), look.world(at.0, at.1))),
        On::Card(_) => Meaning::Drag(carried(from, at, look)),
        On::Port(node, exit) => Meaning::Wire(node, exit, look.world(at.0, at.1)),
    }
}

/// How far something is carried, on the grid.
fn carried(from: Point, at: Point, look: Look) -> Place {
    let (from, at) = (look.world(from.0, from.1), look.world(at.0, at.1));
    snap(Place { x: at.x - from.x, y: at.y - from.y })
}

fn pinched(look: Look, before: (Point, Point), after: (Point, Point)) -> Look {
    let middle = |(one, other): (Point, Point)| (f64::midpoint(one.0, other.0), f64::midpoint(one.1, other.1));
    let (from, to) = (middle(before), middle(after));
    let factor = distance(after.0, after.1) / distance(before.0, before.1).max(1.0);
    look.zoomed(factor, from.0, from.1).moved(to.0 - from.0, to.1 - from.1)
}

fn distance(one: Point, other: Point) -> f64 {
    let (x, y) = (one.0 - other.0, one.1 - other.1);
    (x * x + y * y).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    const LOOK: Look = Look { x: 0.0, y: 0.0, scale: 0.5 };

    #[test]
    fn a_hand_that_trembles_clicks() {
        let mut gesture = Gesture::default();
        gesture.down(1, (10.0, 10.0), On::Card(3));
        assert_eq!(gesture.moved(1, (12.0, 12.0), LOOK), None);
        assert_eq!(gesture.up(1, (12.0, 12.0), LOOK), Some(Meaning::Click(On::Card(3), Place { x: 24, y: 24 })));
    }

    #[test]
    fn cards_are_carried_by_the_grid_at_every_magnification() {
        let mut gesture = Gesture::default();
        gesture.down(1, (10.0, 10.0), On::Card(3));
        let by = Place { x: 48, y: 0 };
        assert_eq!(gesture.moved(1, (33.0, 12.0), LOOK), Some(Meaning::Drag(by)));
        assert_eq!(gesture.up(1, (33.0, 12.0), LOOK), Some(Meaning::Drop(by)));
    }

    #[test]
    fn the_ground_follows_the_finger_and_two_fingers_magnify() {
        let mut gesture = Gesture::default();
        gesture.down(1, (100.0, 100.0), On::Ground);
        assert_eq!(gesture.moved(1, (110.0, 100.0), LOOK), Some(Meaning::Look(LOOK.moved(10.0, 0.0))));
        gesture.down(2, (210.0, 100.0), On::Ground);
        let Some(Meaning::Look(look)) = gesture.moved(2, (310.0, 100.0), LOOK) else { panic!("a pinch") };
        assert!((look.scale - 1.0).abs() < 1e-9);
        assert_eq!(gesture.up(2, (310.0, 100.0), LOOK), None);
        assert_eq!(gesture.moved(1, (0.0, 0.0), LOOK), None, "one finger that stays does not jump");
    }

    #[test]
    fn edges_end_where_they_are_let_go() {
        let mut gesture = Gesture::default();
        gesture.down(1, (10.0, 10.0), On::Port(2, Exit::Next));
        let here = Place { x: 200, y: 100 };
        assert_eq!(gesture.moved(1, (100.0, 50.0), LOOK), Some(Meaning::Wire(2, Exit::Next, here)));
        assert_eq!(gesture.up(1, (100.0, 50.0), LOOK), Some(Meaning::Wired(2, Exit::Next, here)));
        assert_eq!(gesture.up(1, (100.0, 50.0), LOOK), None);
    }
}

//! Edges of a drawing: lines with rounded corners, arrow heads, the slash of a default flow.

use std::fmt::Write as _;

use spartito_core::bpmn::diagram::Point;

use crate::ui::drawn::Drawn;

/// Radius of a corner.
const CORNER: f64 = 8.0;

/// Length of an arrow head.
const HEAD_LENGTH: f64 = 9.0;

/// Half the width of an arrow head.
const HEAD_HALF_WIDTH: f64 = 4.5;

/// Distance of the slash of a default flow from its source.
const SLASH_DISTANCE: f64 = 12.0;

/// Half the length of that slash.
const SLASH_HALF: f64 = 5.0;

fn distance(from: Point, to: Point) -> f64 {
    (to.x - from.x).hypot(to.y - from.y)
}

/// The point `length` from `from` towards `to`.
fn towards(from: Point, to: Point, length: f64) -> Point {
    let whole = distance(from, to);
    if whole == 0.0 {
        return from;
    }
    let share = length / whole;
    Point { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share }
}

/// The line through all points as SVG path data; it ends inside the arrow head where it has one.
pub(super) fn path(points: &[Point], headed: bool) -> String {
    let mut data = String::new();
    let Some(first) = points.first() else { return data };
    // Writing to a string cannot fail.
    let _ = write!(data, "M{} {}", Drawn(first.x), Drawn(first.y));
    for index in 1..points.len() {
        let (before, point) = (points[index - 1], points[index]);
        if let Some(next) = points.get(index + 1) {
            let radius =
                CORNER.min(distance(before, point) / 2.0).min(distance(point, *next) / 2.0);
            let (enter, leave) = (towards(point, before, radius), towards(point, *next, radius));
            let [enter_x, enter_y, x, y, leave_x, leave_y] =
                [enter.x, enter.y, point.x, point.y, leave.x, leave.y].map(Drawn);
            let _ = write!(data, "L{enter_x} {enter_y}Q{x} {y} {leave_x} {leave_y}");
        } else {
            let room = distance(before, point).min(HEAD_LENGTH - 2.0);
            let end = if headed { towards(point, before, room) } else { point };
            let _ = write!(data, "L{} {}", Drawn(end.x), Drawn(end.y));
        }
    }
    data
}

/// The arrow head at the last point, as SVG path data.
pub(super) fn head(points: &[Point]) -> String {
    let [.., before, tip] = points else { return String::new() };
    let base = towards(*tip, *before, HEAD_LENGTH);
    let (dx, dy) = side(*before, *tip, HEAD_HALF_WIDTH);
    let [x, y] = [tip.x, tip.y].map(Drawn);
    let [left_x, left_y] = [base.x + dx, base.y + dy].map(Drawn);
    let [right_x, right_y] = [base.x - dx, base.y - dy].map(Drawn);
    format!("M{x} {y}L{left_x} {left_y}L{right_x} {right_y}Z")
}

/// The slash near the first point, as SVG path data.
pub(super) fn slash(points: &[Point]) -> String {
    let [first, second, ..] = points else { return String::new() };
    let center = towards(*first, *second, SLASH_DISTANCE.min(distance(*first, *second) / 2.0));
    let along = towards(Point::default(), difference(*first, *second), SLASH_HALF * 0.6);
    let (dx, dy) = side(*first, *second, SLASH_HALF);
    let [from_x, from_y] = [center.x + dx - along.x, center.y + dy - along.y].map(Drawn);
    let [to_x, to_y] = [center.x - dx + along.x, center.y - dy + along.y].map(Drawn);
    format!("M{from_x} {from_y}L{to_x} {to_y}")
}

fn difference(from: Point, to: Point) -> Point {
    Point { x: to.x - from.x, y: to.y - from.y }
}

/// A step of `length` to the left of the way from `from` to `to`.
fn side(from: Point, to: Point, length: f64) -> (f64, f64) {
    let whole = distance(from, to);
    if whole == 0.0 {
        return (0.0, 0.0);
    }
    (-(to.y - from.y) / whole * length, (to.x - from.x) / whole * length)
}

/// Where the label of an edge goes when the modeler did not place it: above the middle of its
/// longest part.
pub(super) fn label_place(points: &[Point]) -> Point {
    let longest = points
        .windows(2)
        .max_by(|one, other| distance(one[0], one[1]).total_cmp(&distance(other[0], other[1])));
    match longest {
        Some([from, to]) => {
            Point { x: f64::midpoint(from.x, to.x), y: f64::midpoint(from.y, to.y) - 12.0 }
        }
        _ => points.first().copied().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corners_are_round_and_the_line_ends_inside_its_head() {
        let points =
            [Point { x: 0.0, y: 0.0 }, Point { x: 100.0, y: 0.0 }, Point { x: 100.0, y: 60.0 }];
        assert_eq!(path(&points, true), "M0 0L92 0Q100 0 100 8L100 53");
        assert_eq!(head(&points), "M100 60L95.5 51L104.5 51Z");
    }

    #[test]
    fn points_at_one_place_do_no_harm() {
        let points = [Point::default(), Point::default()];
        assert!(!path(&points, true).contains("NaN"));
        assert!(!head(&points).contains("NaN"));
        assert!(!slash(&points).contains("NaN"));
    }
}

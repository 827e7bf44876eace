//! Measures the contrast of every pair of colors that stand on each other, in both themes.
//!
//! WCAG 2.2 AA: 4.5 to 1 for words, 3 to 1 for shapes and what surrounds a control.

use std::collections::BTreeMap;

const TOKENS: &str = include_str!("../../../style/tokens.css");

/// Least contrast of words.
const WORDS: f64 = 4.5;
/// Least contrast of shapes.
const SHAPES: f64 = 3.0;

/// A color: lightness, chroma, hue in degrees.
type Oklch = [f64; 3];

/// Both values of every token that is one color in each theme.
fn tokens() -> BTreeMap<&'static str, [Oklch; 2]> {
    let mut tokens = BTreeMap::new();
    for line in TOKENS.lines().map(str::trim) {
        let Some((name, value)) = line.split_once(':') else { continue };
        let value = value.trim().trim_end_matches(';');
        if let Some(other) = value.strip_prefix("var(").and_then(|rest| rest.strip_suffix(')')) {
            let same = tokens.get(other).copied();
            tokens.extend(same.map(|same| (name, same)));
            continue;
        }
        let Some(pair) = value.strip_prefix("light-dark(").and_then(|rest| rest.strip_suffix(')'))
        else {
            continue;
        };
        let colors = pair
            .split("oklch(")
            .filter_map(|text| text.split_once(')'))
            .filter(|(numbers, _)| !numbers.contains('/'))
            .map(|(numbers, _)| {
                let mut parts =
                    numbers.split_whitespace().map(|part| part.parse().expect("a number"));
                std::array::from_fn(|_| parts.next().unwrap_or(0.0))
            })
            .collect::<Vec<Oklch>>();
        if let [light, dark] = colors[..] {
            tokens.insert(name, [light, dark]);
        }
    }
    tokens
}

/// Relative luminance, by way of OKLab and linear sRGB; colors beyond sRGB are clipped.
fn luminance([lightness, chroma, hue]: Oklch) -> f64 {
    let (a, b) = (chroma * hue.to_radians().cos(), chroma * hue.to_radians().sin());
    let long = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
    let medium = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
    let short = (lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b).powi(3);
    let red = 4.076_741_662_1 * long - 3.307_711_591_3 * medium + 0.230_969_929_2 * short;
    let green = -1.268_438_004_6 * long + 2.609_757_401_1 * medium - 0.341_319_396_5 * short;
    let blue = -0.004_196_086_3 * long - 0.703_418_614_7 * medium + 1.707_614_701_0 * short;
    let [red, green, blue] = [red, green, blue].map(|channel| channel.clamp(0.0, 1.0));
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(one: Oklch, other: Oklch) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn every_pair_of_colors_has_enough_contrast_in_both_themes() {
    let tokens = tokens();
    let grounds = ["--surface-0", "--surface-1", "--surface-2", "--surface-float"];
    let mut pairs = Vec::new();
    for ground in grounds {
        pairs.extend(
            ["--text", "--text-quiet", "--accent", "--accent-hover", "--danger"]
                .map(|words| (words, ground, WORDS)),
        );
        pairs.push(("--line-control", ground, SHAPES));
        pairs.push(("--focus", ground, SHAPES));
    }
    pairs.push(("--on-accent", "--accent", WORDS));
    pairs.push(("--on-accent", "--accent-hover", WORDS));
    pairs.push(("--accent", "--accent-bg", WORDS));
    pairs.push(("--accent-hover", "--accent-bg", WORDS));
    pairs.push(("--text", "--accent-bg", WORDS));
    pairs.push(("--text-quiet", "--accent-bg", WORDS));
    pairs.push(("--on-danger", "--danger", WORDS));
    pairs.push(("--on-danger", "--danger-hover", WORDS));
    pairs.push(("--text", "--surface-3", WORDS));
    pairs.push(("--text-quiet", "--surface-3", WORDS));
    for heat in ["--heat-1", "--heat-2", "--heat-3", "--heat-4"] {
        pairs.push(("--text", heat, WORDS));
    }
    for (words, ground, shape) in [
        ("--state-neutral-text", "--state-neutral-bg", "--state-neutral-shape"),
        ("--state-running-text", "--state-running-bg", "--state-running-shape"),
        ("--state-waiting-text", "--state-waiting-bg", "--state-waiting-shape"),
        ("--state-incident-text", "--state-incident-bg", "--state-incident-shape"),
        ("--state-done-text", "--state-done-bg", "--state-done-shape"),
        ("--state-paused-text", "--state-paused-bg", "--state-paused-shape"),
    ] {
        pairs.push((words, ground, WORDS));
        pairs.push((words, "--surface-1", WORDS));
        pairs.push(("--text", ground, WORDS));
        pairs.push((shape, "--surface-1", SHAPES));
    }
    pairs.push(("--on-state", "--state-running-shape", WORDS));
    pairs.push(("--on-state", "--state-incident-shape", WORDS));

    let mut weak = Vec::new();
    for (front, back, least) in pairs {
        let (front_colors, back_colors) = (tokens[front], tokens[back]);
        for (theme, index) in [("light", 0), ("dark", 1)] {
            let found = contrast(front_colors[index], back_colors[index]);
            if found < least {
                weak.push(format!("{front} on {back}, {theme}: {found:.2}, needs {least}"));
            }
        }
    }
    assert!(weak.is_empty(), "too little contrast:\n{}", weak.join("\n"));
}

#[test]
fn the_measure_knows_black_and_white() {
    assert!((contrast([1.0, 0.0, 0.0], [0.0, 0.0, 0.0]) - 21.0).abs() < 0.05);
}

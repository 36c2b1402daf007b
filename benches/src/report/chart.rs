//! Bar charts, as SVG written by hand.

use std::fmt::Write as _;

const WIDTH: f64 = 760.0;
const VALUE: f64 = 150.0;
const TOP: f64 = 54.0;
const BOTTOM: f64 = 14.0;
const GAP: f64 = 8.0;

/// One bar.
pub struct Bar {
    /// Its length; the longest of the chart is as long as there is room.
    pub value: f64,
    /// What is written behind it.
    pub text: String,
    /// As CSS knows it.
    pub colour: &'static str,
}

/// Bars that belong together.
pub struct Row {
    /// What is written before them.
    pub label: String,
    /// One below the other.
    pub bars: Vec<Bar>,
}

/// The chart; `label` is how wide what stands before the bars is.
pub fn svg(title: &str, label: f64, rows: &[Row]) -> String {
    let longest = rows.iter().flat_map(|row| &row.bars).map(|bar| bar.value).fold(f64::MIN_POSITIVE, f64::max);
    let height = TOP + rows.iter().map(|row| thickness(row) + GAP).sum::<f64>() + BOTTOM;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" font-size=\"13\" \
         role=\"img\" aria-label=\"{title}\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <text x=\"14\" y=\"30\" font-size=\"16\" fill=\"#1b1f24\">{title}</text>\n"
    );
    let mut top = TOP;
    for row in rows {
        // Writing to a String cannot fail.
        let _ = writeln!(
            svg,
            "<text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"end\" fill=\"#1b1f24\">{}</text>",
            label - 8.0,
            top + thickness(row) / 2.0 + 5.0,
            row.label
        );
        let each = thickness(row) / row.bars.len().max(1) as f64;
        for (place, bar) in row.bars.iter().enumerate() {
            let length = ((WIDTH - label - VALUE) * bar.value / longest).max(1.0);
            let upper = top + each * place as f64;
            let _ = writeln!(
                svg,
                "<rect x=\"{label:.0}\" y=\"{upper:.0}\" width=\"{length:.1}\" height=\"{:.0}\" rx=\"2\" fill=\"{}\"/>\
                 <text x=\"{:.1}\" y=\"{:.0}\" fill=\"#57606a\">{}</text>",
                each - if row.bars.len() > 1 { 2.0 } else { 0.0 },
                bar.colour,
                label + length + 6.0,
                upper + each / 2.0 + 4.0,
                bar.text
            );
        }
        top += thickness(row) + GAP;
    }
    svg.push_str("</svg>\n");
    svg
}

/// Of all bars of a row.
fn thickness(row: &Row) -> f64 {
    match row.bars.len() {
        0 | 1 => 18.0,
        bars => 16.0 * bars as f64,
    }
}

//! Line charts as SVG, in rows.

use std::fmt::Write as _;

/// Width and height of one chart, in pixels.
const SIZE: (f64, f64) = (360.0, 240.0);

/// Margins around the lines: left, top, right, bottom.
const MARGIN: (f64, f64, f64, f64) = (48.0, 36.0, 12.0, 32.0);

/// Charts in a row.
const COLUMNS: usize = 2;

/// Colours of the lines, distinguishable with colour blindness.
const COLOURS: [&str; 4] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7"];

/// A chart.
pub struct Chart {
    /// The title.
    pub title: &'static str,
    /// Unit of the values.
    pub unit: &'static str,
    /// The label of each point on the x axis.
    pub x: Vec<String>,
    /// Lines with their names; each line has one value per point.
    pub lines: Vec<(&'static str, Vec<f64>)>,
}

/// Draws charts as one SVG image.
#[must_use]
pub fn svg(charts: &[Chart]) -> String {
    let rows = charts.len().div_ceil(COLUMNS);
    let (width, height) = (SIZE.0 * float(COLUMNS), SIZE.1 * float(rows));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"11\" fill=\"#222\">\n<rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n"
    );
    for (at, chart) in charts.iter().enumerate() {
        let (x, y) = (SIZE.0 * float(at % COLUMNS), SIZE.1 * float(at / COLUMNS));
        let _ = writeln!(svg, "<g transform=\"translate({x} {y})\">");
        chart.draw(&mut svg);
        svg.push_str("</g>\n");
    }
    svg.push_str("</svg>\n");
    svg
}

impl Chart {
    fn draw(&self, svg: &mut String) {
        let (left, top, right, below) = MARGIN;
        let (width, height) = (SIZE.0 - left - right, SIZE.1 - top - below);
        let greatest = self.lines.iter().flat_map(|(_, values)| values).fold(0.0, |a: f64, b| a.max(*b));
        let step = nice(greatest / 4.0);
        let most = step * (greatest / step).ceil();
        let across = |at: usize| left + width * (float(at) + 0.5) / float(self.x.len());
        let up = |value: f64| top + height * (1.0 - value / most);
        let _ = writeln!(svg, "<text x=\"{left}\" y=\"16\" font-weight=\"bold\">{}, {}</text>", self.title, self.unit);
        let mut value = 0.0;
        while value <= most * 1.001 {
            let y = up(value);
            let end = left + width;
            let _ = writeln!(svg, "<path d=\"M{left} {y:.1}H{end}\" stroke=\"#ddd\"/>");
            let shown = (value * 100.0).round() / 100.0;
            let _ = writeln!(svg, "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{shown}</text>", left - 6.0, y + 4.0);
            value += step;
        }
        for (at, label) in self.x.iter().enumerate() {
            let (x, y) = (across(at), SIZE.1 - below + 16.0);
            let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y}\" text-anchor=\"middle\">{label}</text>");
        }
        for (at, ((name, values), colour)) in self.lines.iter().zip(COLOURS).enumerate() {
            let points: Vec<String> =
                values.iter().enumerate().map(|(at, value)| format!("{:.1},{:.1}", across(at), up(*value))).collect();
            let points = points.join(" ");
            let _ = writeln!(svg, "<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>");
            let x = left + 40.0 * float(at);
            let _ = writeln!(svg, "<text x=\"{x}\" y=\"30\" fill=\"{colour}\">{name}</text>");
        }
    }
}

/// Rounds up to 1, 2 or 5 times a power of ten.
fn nice(value: f64) -> f64 {
    let power = 10_f64.powf(value.max(1e-6).log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|step| step * power).find(|step| *step >= value).unwrap_or(power)
}

fn float(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::MAX, f64::from)
}

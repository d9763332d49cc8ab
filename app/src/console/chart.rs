//! A chart of figures over time, drawn on the server, with the same figures in a table for whoever does not see it.
//! The drawing takes its colours from the page's tokens, so that it is right by night too, and no style of its own.

use crate::text::{Lang, moment, t};
use leptos::prelude::*;
use plotters::prelude::*;
use shop::Timestamp;
use std::error::Error;

/// As large as the smallest screen shows it, so that its words stay readable there.
const SIZE: (u32, u32) = (360, 180);
const WORDS: (&str, u32) = ("sans-serif", 12);
/// What the library draws with, in place of the page's colours: it knows none but such.
const LINES: [(RGBColor, &str, &str); 3] = [
    (RGBColor(1, 1, 1), "#010101", "var(--accent)"),
    (RGBColor(2, 2, 2), "#020202", "var(--warning)"),
    (RGBColor(3, 3, 3), "#030303", "var(--danger)"),
];
const GRID: (RGBColor, &str, &str) = (RGBColor(4, 4, 4), "#040404", "var(--line)");
const INK: (RGBColor, &str, &str) = (RGBColor(5, 5, 5), "#050505", "var(--ink-soft)");

/// One line of a chart: what it is called, and a value for each moment; `None` where there is nothing to say.
pub struct Line {
    pub label: String,
    pub values: Vec<Option<f64>>,
}

impl Line {
    pub fn new(label: String, values: impl Iterator<Item = Option<f64>>) -> Self {
        Self { label, values: values.collect() }
    }
}

/// What a chart shows along its lower edge.
pub enum Along {
    /// When each slot begins; whether that needs its day.
    Time(Vec<Timestamp>, bool),
    /// Classes, each with a name, and drawn as bars.
    Classes(Vec<String>),
}

impl Along {
    fn len(&self) -> usize {
        match self {
            Along::Time(starts, _) => starts.len(),
            Along::Classes(names) => names.len(),
        }
    }

    fn name(&self, index: usize) -> String {
        match self {
            Along::Time(starts, with_day) => {
                starts.get(index).map(|start| clock(*start, *with_day)).unwrap_or_default()
            }
            Along::Classes(names) => names.get(index).cloned().unwrap_or_default(),
        }
    }
}

/// `14:35`, or `27. 14:00` where there are several days.
fn clock(start: Timestamp, with_day: bool) -> String {
    let clock = moment::clock(start);
    if with_day { format!("{}. {clock}", start.in_seoul().day()) } else { clock }
}

pub struct Chart {
    pub title: String,
    /// What it is now, or altogether.
    pub figure: String,
    /// The heading of the table's first column.
    pub along_label: String,
    pub along: Along,
    pub lines: Vec<Line>,
    /// How its values read.
    pub format: fn(Lang, f64) -> String,
}

impl Chart {
    pub fn view(self, lang: Lang) -> AnyView {
        let drawing = self.draw(lang).unwrap_or_else(|error| {
            tracing::error!(%error, chart = self.title, "a chart could not be drawn");
            String::new()
        });
        let legend = (self.lines.len() > 1).then(|| {
            let names = self.lines.iter().enumerate().map(|(index, line)| {
                view! { <li class="chart-name" data-line=index + 1>{line.label.clone()}</li> }
            });
            view! { <ul class="chart-names">{names.collect_view()}</ul> }
        });
        view! {
            <figure class="chart">
                <figcaption class="chart-title">
                    {self.title.clone()}
                    " "<strong class="chart-figure">{self.figure.clone()}</strong>
                </figcaption>
                <div class="chart-drawing" aria-hidden="true" inner_html=drawing></div>
                {legend}
                <details class="chart-table">
                    <summary class="link console-link">
                        {t!(lang, "dashboard-as-table")}<span class="sr-only">": "{self.title.clone()}</span>
                    </summary>
                    {self.table(lang)}
                </details>
            </figure>
        }
        .into_any()
    }

    /// Moments of which there is nothing to say are left out.
    fn table(&self, lang: Lang) -> AnyView {
        let told = (0..self.along.len())
            .filter(|index| self.lines.iter().any(|line| line.at(*index).is_some_and(|value| value != 0.0)));
        let rows: Vec<_> = told
            .map(|index| {
                let cells = self.lines.iter().map(|line| {
                    let text = line.at(index).map_or("–".to_owned(), |value| (self.format)(lang, value));
                    view! { <td>{text}</td> }
                });
                view! { <tr><th scope="row">{self.along.name(index)}</th>{cells.collect_view()}</tr> }
            })
            .collect();
        if rows.is_empty() {
            return view! { <p class="faint">{t!(lang, "dashboard-nothing")}</p> }.into_any();
        }
        let heads = self.lines.iter().map(|line| view! { <th scope="col">{line.label.clone()}</th> });
        view! {
            <div class="table-scroll" tabindex="0" role="region" aria-label=self.title.clone()>
                <table class="table console-table">
                    <thead><tr><th scope="col">{self.along_label.clone()}</th>{heads.collect_view()}</tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_any()
    }

    fn draw(&self, lang: Lang) -> Result<String, Box<dyn Error>> {
        let mut svg = String::new();
        let count = self.along.len();
        let top =
            self.lines.iter().flat_map(|line| line.values.iter().flatten()).fold(0f64, |top, value| top.max(*value));
        // A thousandth of a percent or of a second is no scale to show nothing on.
        let top = if top > 0.0 { top * 1.1 } else { 1_000.0 };
        {
            let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
            let mut chart = ChartBuilder::on(&area)
                .margin(8)
                .x_label_area_size(22)
                .y_label_area_size(56)
                .build_cartesian_2d(0f64..place(count.max(2)), 0f64..top)?;
            chart
                .configure_mesh()
                .disable_x_mesh()
                .max_light_lines(0)
                .x_labels(4)
                .y_labels(4)
                .bold_line_style(GRID.0)
                .axis_style(GRID.0)
                .label_style(WORDS.into_font().color(&INK.0))
                .x_label_formatter(&|place| self.along.name(index_at(*place)))
                .y_label_formatter(&|value| (self.format)(lang, *value))
                .draw()?;
            for (line, (color, ..)) in self.lines.iter().zip(LINES) {
                match self.along {
                    Along::Time(..) => {
                        for run in line.runs() {
                            if let [(at, value)] = run[..] {
                                chart.draw_series([Circle::new((at, value), 2, color.filled())])?;
                            } else {
                                chart.draw_series(LineSeries::new(run, color.stroke_width(2)))?;
                            }
                        }
                    }
                    Along::Classes(_) => {
                        let bars = line.values.iter().enumerate().filter_map(|(index, value)| {
                            let value = (*value)?;
                            Some(Rectangle::new(
                                [(place(index) + 0.1, 0.0), (place(index) + 0.9, value)],
                                color.filled(),
                            ))
                        });
                        chart.draw_series(bars)?;
                    }
                }
            }
            area.present()?;
        }
        Ok(in_tokens(svg))
    }
}

impl Line {
    fn at(&self, index: usize) -> Option<f64> {
        self.values.get(index).copied().flatten()
    }

    /// What lies between two moments of which there is nothing to say.
    fn runs(&self) -> Vec<Vec<(f64, f64)>> {
        let points: Vec<_> = self.values.iter().enumerate().map(|(index, value)| (place(index), *value)).collect();
        points
            .split(|(_, value)| value.is_none())
            .filter(|run| !run.is_empty())
            .map(|run| run.iter().filter_map(|(at, value)| Some((*at, (*value)?))).collect())
            .collect()
    }
}

#[expect(clippy::cast_precision_loss, reason = "a place among a hundred")]
fn place(index: usize) -> f64 {
    index as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place among a hundred, never below 0")]
fn index_at(place: f64) -> usize {
    place.max(0.0) as usize
}

/// The drawing in the colours of the page. It is told by its table, and takes no part in the keyboard's way.
fn in_tokens(svg: String) -> String {
    let colors = LINES.into_iter().chain([GRID, INK]);
    let svg = colors.fold(svg, |svg, (_, hex, token)| svg.replace(hex, token));
    svg.replacen("<svg ", "<svg focusable=\"false\" ", 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(values: Vec<Option<f64>>) -> Chart {
        let starts = (0..values.len()).map(|index| Timestamp::from_millis(60_000 * i64::try_from(index).unwrap_or(0)));
        Chart {
            title: "orders".to_owned(),
            figure: "3".to_owned(),
            along_label: "when".to_owned(),
            along: Along::Time(starts.collect(), false),
            lines: vec![Line { label: "placed".to_owned(), values }],
            format: |_, value| format!("{value:.1}"),
        }
    }

    #[test]
    fn a_chart_is_drawn_in_the_colours_of_the_page_and_without_a_style_of_its_own() {
        let svg = chart(vec![Some(1.0), Some(3.0), None, Some(2.0)]).draw(Lang::En).unwrap();
        assert!(
            svg.contains("var(--accent)") && svg.contains("var(--line)") && svg.contains("var(--ink-soft)"),
            "{svg}"
        );
        assert!(!svg.contains("#0") && !svg.contains("style="), "{svg}");
        assert!(svg.contains("<polyline") && svg.contains("<circle"), "a lone moment is a dot: {svg}");
    }

    #[test]
    fn a_chart_of_nothing_is_drawn_too() {
        for values in [vec![], vec![None], vec![Some(0.0)], vec![None, None]] {
            assert!(chart(values).draw(Lang::Ko).unwrap().contains("<svg"));
        }
    }

    #[test]
    fn a_line_breaks_where_there_is_nothing_to_say() {
        let line = Line { label: String::new(), values: vec![None, Some(1.0), Some(2.0), None, None, Some(3.0)] };
        assert_eq!(line.runs(), [vec![(1.0, 1.0), (2.0, 2.0)], vec![(5.0, 3.0)]]);
    }
}

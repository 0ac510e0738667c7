//! Curves over linear or logarithmic axes.

use super::paper::{Area, COLOURS, Drawn, FAINT, INK, PAPER, ink};
use plotters::prelude::*;

/// Curves.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct Lines {
    pub(super) x: Axis,
    pub(super) y: Axis,
    pub(super) series: Vec<Series>,
}

/// An axis.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct Axis {
    pub(super) label: String,
    pub(super) is_log: bool,
    /// From where to where; from the data where not given.
    pub(super) range: Option<(f64, f64)>,
}

/// A curve.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct Series {
    pub(super) name: String,
    pub(super) points: Vec<(f64, f64)>,
    /// Whether single points are marked.
    pub(super) has_dots: bool,
}

impl Lines {
    pub(super) fn draw(&self, area: &Area<'_>) -> Drawn {
        let points = || self.series.iter().flat_map(|series| &series.points);
        let (left, right) = self.x.extent(points().map(|point| point.0));
        let (low, high) = self.y.extent(points().map(|point| point.1));
        let mut chart = ChartBuilder::on(area)
            .margin(12)
            .x_label_area_size(46)
            .y_label_area_size(64)
            .build_cartesian_2d(left..right, low..high)?;
        chart
            .configure_mesh()
            .x_desc(self.x.label.as_str())
            .y_desc(self.y.label.as_str())
            .x_label_formatter(&|x| self.x.tick(*x))
            .y_label_formatter(&|y| self.y.tick(*y))
            .axis_desc_style(ink(14))
            .label_style(ink(13))
            .axis_style(INK)
            .bold_line_style(FAINT)
            .light_line_style(PAPER.mix(0.0))
            .draw()?;
        for (series, colour) in self.series.iter().zip(COLOURS.iter().cycle()) {
            let at = |&(x, y): &(f64, f64)| (self.x.place(x), self.y.place(y));
            let drawn = chart.draw_series(LineSeries::new(
                series.points.iter().map(at),
                colour.stroke_width(2),
            ))?;
            let sample =
                move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(3));
            drawn.label(series.name.as_str()).legend(sample);
            if series.has_dots {
                let dot = |point| Circle::new(at(point), 4, colour.filled());
                chart.draw_series(series.points.iter().map(dot))?;
            }
        }
        chart
            .configure_series_labels()
            .background_style(PAPER)
            .border_style(FAINT)
            .label_font(ink(13))
            .position(if self.y.is_log { SeriesLabelPosition::UpperRight } else { self.corner() })
            .draw()?;
        Ok(())
    }

    /// Distributions fill the upper right; other curves rise.
    fn corner(&self) -> SeriesLabelPosition {
        if self.y.range == Some((0.0, 1.0)) {
            SeriesLabelPosition::LowerRight
        } else {
            SeriesLabelPosition::UpperLeft
        }
    }
}

impl Axis {
    pub(super) fn linear(label: &str) -> Self {
        Self { label: label.to_owned(), is_log: false, range: None }
    }

    pub(super) fn log(label: &str) -> Self {
        Self { is_log: true, ..Self::linear(label) }
    }

    /// Logarithmic axes are linear ones of logarithms.
    fn place(&self, value: f64) -> f64 {
        if self.is_log { value.max(f64::MIN_POSITIVE).log10() } else { value }
    }

    fn tick(&self, placed: f64) -> String {
        let value = if self.is_log { 10_f64.powf(placed) } else { placed };
        match value.abs() {
            0.0 => "0".to_owned(),
            size if size >= 100.0 => format!("{value:.0}"),
            size if size >= 10.0 => trim(format!("{value:.1}")),
            size if size >= 0.01 => trim(format!("{value:.2}")),
            _ => trim(format!("{value:.4}")),
        }
    }

    /// Linear axes begin at 0, so that lengths can be compared; logarithmic ones cannot.
    fn extent(&self, values: impl Iterator<Item = f64>) -> (f64, f64) {
        if let Some((low, high)) = self.range {
            return (self.place(low), self.place(high));
        }
        let values =
            values.filter(|value| !self.is_log || *value > 0.0).map(|value| self.place(value));
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        match (self.is_log, low.is_finite()) {
            (_, false) => (0.0, 1.0),
            (true, true) => (low - 0.05, high + 0.05),
            (false, true) => (0.0, if high > 0.0 { high * 1.05 } else { 1.0 }),
        }
    }
}

fn trim(number: String) -> String {
    number.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linear_axes_begin_at_nothing_and_logarithmic_ones_at_the_least() {
        let (low, high) = Axis::linear("").extent([5.0, 10.0].into_iter());
        assert_eq!((low, high), (0.0, 10.5));
        let (low, high) = Axis::log("").extent([0.0, 10.0, 1_000.0].into_iter());
        assert!((low - 0.95).abs() < 1e-9 && (high - 3.05).abs() < 1e-9);
        assert_eq!(Axis::log("").extent([].into_iter()), (0.0, 1.0));
    }

    #[test]
    fn ticks_tell_values() {
        assert_eq!(Axis::log("").tick(-2.0), "0.01");
        assert_eq!(Axis::log("").tick(3.0), "1000");
        assert_eq!(Axis::linear("").tick(2.5), "2.5");
        assert_eq!(Axis::linear("").tick(0.0), "0");
    }
}

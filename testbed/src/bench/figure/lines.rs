//! Curves over linear or logarithmic axes.

use super::paper::{Area, COLOURS, Drawn, FAINT, INK, PAPER, ink};
use super::scale::{Scale, tick};
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
        let x = self.x.scale(points().map(|point| point.0));
        let y = self.y.scale(points().map(|point| point.1));
        let mut chart = ChartBuilder::on(area)
            .margin(12)
            .x_label_area_size(46)
            .y_label_area_size(64)
            .build_cartesian_2d(x, y)?;
        chart
            .configure_mesh()
            .x_desc(self.x.label.as_str())
            .y_desc(self.y.label.as_str())
            .x_label_formatter(&|x| tick(*x))
            .y_label_formatter(&|y| tick(*y))
            .axis_desc_style(ink(14))
            .label_style(ink(13))
            .axis_style(INK)
            .bold_line_style(FAINT)
            .light_line_style(PAPER.mix(0.0))
            .draw()?;
        for (series, colour) in self.series.iter().zip(COLOURS.iter().cycle()) {
            let drawn = chart.draw_series(LineSeries::new(
                series.points.iter().copied(),
                colour.stroke_width(2),
            ))?;
            let sample =
                move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(3));
            drawn.label(series.name.as_str()).legend(sample);
            if series.has_dots {
                let dot = |point: &(f64, f64)| Circle::new(*point, 4, colour.filled());
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

    /// Linear axes begin at 0, so that lengths can be compared; logarithmic ones cannot.
    fn scale(&self, values: impl Iterator<Item = f64>) -> Scale {
        let is_log = self.is_log;
        if let Some((low, high)) = self.range {
            return Scale { low, high, is_log };
        }
        let values = values.filter(|value| !is_log || *value > 0.0);
        let (least, most) = values
            .fold((f64::INFINITY, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
        let (low, high) = match (is_log, least.is_finite()) {
            (true, true) => (least * 0.9, most * 1.1),
            (true, false) => (0.1, 1.0),
            (false, _) => (0.0, if most > 0.0 { most * 1.05 } else { 1.0 }),
        };
        Scale { low, high, is_log }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linear_axes_begin_at_nothing_and_logarithmic_ones_at_the_least() {
        let extent = |axis: Axis, values: &[f64]| {
            let Scale { low, high, .. } = axis.scale(values.iter().copied());
            (low, high)
        };
        assert_eq!(extent(Axis::linear(""), &[5.0, 10.0]), (0.0, 10.5));
        assert_eq!(extent(Axis::log(""), &[0.0, 10.0, 1_000.0]), (9.0, 1_100.0));
        assert_eq!(extent(Axis::log(""), &[]), (0.1, 1.0));
    }
}

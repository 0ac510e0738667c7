//! Stacked bars, lying, the first on top.

use super::paper::{Area, COLOURS, Drawn, FAINT, INK, PAPER, ink};
use plotters::prelude::*;

/// Stacked bars.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct Bars {
    pub(super) label: String,
    /// Names of the parts, in their order.
    pub(super) parts: Vec<&'static str>,
    /// Name and parts of each bar.
    pub(super) bars: Vec<(String, Vec<f64>)>,
}

impl Bars {
    pub(super) fn draw(&self, area: &Area<'_>) -> Drawn {
        let sum = |bar: &(String, Vec<f64>)| bar.1.iter().sum::<f64>();
        let longest = self.bars.iter().map(sum).fold(0.0, f64::max);
        let n = self.bars.len() as f64;
        let mut chart = ChartBuilder::on(area)
            .margin(12)
            .margin_left(150)
            .x_label_area_size(46)
            .build_cartesian_2d(0.0..longest.max(1e-3) * 1.12, n..-0.7)?;
        chart
            .configure_mesh()
            .disable_y_mesh()
            .disable_y_axis()
            .x_desc(self.label.as_str())
            .axis_desc_style(ink(14))
            .label_style(ink(13))
            .axis_style(INK)
            .bold_line_style(FAINT)
            .light_line_style(PAPER.mix(0.0))
            .draw()?;
        for (part, colour) in (0..self.parts.len()).zip(COLOURS) {
            let piece = |(row, (_, lengths)): (usize, &(String, Vec<f64>))| {
                let from: f64 = lengths[..part].iter().sum();
                let top = row as f64 + 0.15;
                Rectangle::new([(from, top), (from + lengths[part], top + 0.7)], colour.filled())
            };
            let drawn = chart.draw_series(self.bars.iter().enumerate().map(piece))?;
            let sample =
                move |(x, y)| Rectangle::new([(x, y - 5), (x + 12, y + 5)], colour.filled());
            drawn.label(self.parts[part]).legend(sample);
        }
        for (row, bar) in self.bars.iter().enumerate() {
            let (_, y) = chart.backend_coord(&(0.0, row as f64 + 0.5));
            let (end, _) = chart.backend_coord(&(sum(bar), 0.0));
            let (left, top) = area.get_base_pixel();
            area.draw(&Text::new(bar.0.clone(), (20 - left.min(0), y - top - 7), ink(14)))?;
            area.draw(&Text::new(
                format!("{:.2}", sum(bar)),
                (end - left + 6, y - top - 7),
                ink(13),
            ))?;
        }
        chart
            .configure_series_labels()
            .background_style(PAPER)
            .border_style(FAINT)
            .label_font(ink(13))
            .position(SeriesLabelPosition::UpperRight)
            .draw()?;
        Ok(())
    }
}

//! A grid of numbers whose colours say the same.

use super::paper::{Area, Drawn, INK, PAPER, centred, ink};
use plotters::prelude::*;

/// A grid of percentages.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct Heat {
    pub(super) x_label: String,
    pub(super) y_label: String,
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<String>,
    /// By row and column.
    pub(super) percent: Vec<Vec<Option<f64>>>,
}

impl Heat {
    pub(super) fn draw(&self, area: &Area<'_>) -> Drawn {
        let (width, height) = area.dim_in_pixel();
        let (left, top, right, bottom) = (90, 10, width as i32 - 20, height as i32 - 60);
        let column = |n: usize| left + (right - left) * n as i32 / self.columns.len().max(1) as i32;
        let row = |n: usize| top + (bottom - top) * n as i32 / self.rows.len().max(1) as i32;
        for (y, percents) in self.percent.iter().enumerate() {
            for (x, percent) in percents.iter().enumerate() {
                let corners = [(column(x) + 1, row(y) + 1), (column(x + 1) - 1, row(y + 1) - 1)];
                let middle = ((column(x) + column(x + 1)) / 2, (row(y) + row(y + 1)) / 2);
                let (colour, words) = match percent {
                    Some(percent) => (shade(*percent), format!("{percent:.0}")),
                    None => (PAPER, "-".to_owned()),
                };
                area.draw(&Rectangle::new(corners, colour.filled()))?;
                // On a shade, black is readable whatever the paper.
                let style = centred(15).color(if percent.is_some() { &BLACK } else { &INK });
                area.draw(&Text::new(words, middle, style))?;
            }
        }
        for (n, name) in self.columns.iter().enumerate() {
            let at = ((column(n) + column(n + 1)) / 2, bottom + 14);
            area.draw(&Text::new(name.clone(), at, centred(12)))?;
        }
        for (n, name) in self.rows.iter().enumerate() {
            area.draw(&Text::new(
                name.clone(),
                (left - 34, (row(n) + row(n + 1)) / 2),
                centred(13),
            ))?;
        }
        area.draw(&Text::new(
            self.x_label.clone(),
            ((left + right) / 2, bottom + 40),
            centred(14),
        ))?;
        let upright = ink(14).transform(FontTransform::Rotate270);
        area.draw(&Text::new(self.y_label.clone(), (14, (top + bottom) / 2 + 60), upright))?;
        Ok(())
    }
}

/// Blue where something is saved, orange where it costs, pale where it makes no difference.
fn shade(percent: f64) -> RGBColor {
    let (full, strength) = match percent {
        saved if saved >= 0.0 => (RGBColor(0x2f, 0x9b, 0xe0), (saved / 60.0).min(1.0)),
        cost => (RGBColor(0xf2, 0x8a, 0x2e), (-cost / 60.0).min(1.0)),
    };
    let mix = |pale: f64, full: u8| (pale + (f64::from(full) - pale) * strength) as u8;
    RGBColor(mix(240.0, full.0), mix(244.0, full.1), mix(248.0, full.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shades_grow_with_what_they_stand_for() {
        let RGBColor(little, _, _) = shade(10.0);
        let RGBColor(much, _, _) = shade(50.0);
        assert!(much < little, "bluer");
        assert_eq!(shade(60.0), shade(90.0));
        assert_eq!(shade(0.0), RGBColor(240, 244, 248));
    }
}

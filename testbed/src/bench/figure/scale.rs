//! A linear or logarithmic axis, chosen when it is drawn, with ticks at round numbers.

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use plotters::coord::types::RangedCoordf64;
use std::ops::Range;

/// From where to where, and how.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) is_log: bool,
}

impl Scale {
    fn linear(self) -> RangedCoordf64 {
        (self.place(self.low)..self.place(self.high)).into()
    }

    fn place(self, value: f64) -> f64 {
        if self.is_log { value.max(f64::MIN_POSITIVE).log10() } else { value }
    }

    /// Returns 1, 2 and 5 times each power of ten in the range; only powers if that is too many.
    fn decades(self, most: usize) -> Vec<f64> {
        let exponents = self.low.log10().floor() as i32..=self.high.log10().ceil() as i32;
        let within = |value: &f64| (self.low..=self.high).contains(value);
        let times = |steps: &'static [f64]| -> Vec<f64> {
            let at = |exponent: i32| steps.iter().map(move |step| step * 10_f64.powi(exponent));
            exponents.clone().flat_map(at).filter(within).collect()
        };
        let fine = times(&[1.0, 2.0, 5.0]);
        if fine.len() <= most { fine } else { times(&[1.0]) }
    }
}

impl Ranged for Scale {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        self.linear().map(&self.place(*value), limit)
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        if self.is_log { self.decades(MOST_TICKS) } else { self.linear().key_points(hint) }
    }

    fn range(&self) -> Range<f64> {
        self.low..self.high
    }
}

impl ValueFormatter<f64> for Scale {
    fn format(value: &f64) -> String {
        tick(*value)
    }
}

/// Returns the words at a tick.
pub(super) fn tick(value: f64) -> String {
    let digits = match value.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 0.01 => 2,
        _ => 4,
    };
    let text = format!("{value:.digits$}");
    if digits == 0 { text } else { text.trim_end_matches('0').trim_end_matches('.').to_owned() }
}

const MOST_TICKS: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithmic_ticks_are_round() {
        let scale = |low, high| Scale { low, high, is_log: true };
        assert_eq!(scale(0.4, 25.0).decades(9), [0.5, 1.0, 2.0, 5.0, 10.0, 20.0]);
        assert_eq!(scale(0.001, 1_000.0).decades(9).len(), 7);
    }

    #[test]
    fn a_decade_is_as_long_anywhere() {
        let scale = Scale { low: 1.0, high: 100.0, is_log: true };
        let at = |value| scale.map(&value, (0, 200));
        assert_eq!([at(1.0), at(10.0), at(100.0)], [0, 100, 200]);
        let linear = Scale { low: 0.0, high: 100.0, is_log: false };
        assert_eq!(linear.map(&10.0, (0, 200)), 20);
    }

    #[test]
    fn ticks_tell_values() {
        let words = [0.01, 1_000.0, 2.5, 0.0, 20.0].map(tick);
        assert_eq!(words, ["0.01", "1000", "2.5", "0", "20"]);
    }
}

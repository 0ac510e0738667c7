//! Figures that sum samples up: exact, since there are few enough to keep them all.

use serde::Serialize;

/// What a list of figures came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    /// How many there are.
    pub n: usize,
    /// Arithmetic mean.
    pub mean: f64,
    /// Half the width of the mean's 95 % confidence interval, by the normal approximation.
    pub ci95: f64,
    /// Median.
    pub p50: u64,
    /// 95th percentile.
    pub p95: u64,
    /// 99th percentile.
    pub p99: u64,
    /// 99.9th percentile.
    #[serde(rename = "p99.9")]
    pub p999: u64,
    /// Highest.
    pub max: u64,
}

impl Summary {
    /// Sums `values` up; all 0 if there are none.
    pub fn of(values: impl IntoIterator<Item = u64>) -> Self {
        let mut values: Vec<u64> = values.into_iter().collect();
        values.sort_unstable();
        let n = values.len();
        let at = |quantile| quantile_of(&values, quantile);
        let mean = mean(values.iter().map(|&value| value as f64));
        let squares: f64 = values.iter().map(|&value| (value as f64 - mean).powi(2)).sum();
        let deviation = if n > 1 { (squares / (n - 1) as f64).sqrt() } else { 0.0 };
        Self {
            n,
            mean,
            ci95: if n > 1 { 1.96 * deviation / (n as f64).sqrt() } else { 0.0 },
            p50: at(0.5),
            p95: at(0.95),
            p99: at(0.99),
            p999: at(0.999),
            max: at(1.0),
        }
    }
}

/// Returns the least of the sorted values that at least this share does not exceed; 0 if there are none.
pub fn quantile_of(sorted: &[u64], quantile: f64) -> u64 {
    let rank = (quantile * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0)
}

/// Returns the mean; 0 if there are no values.
pub fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let (n, sum) = values.into_iter().fold((0, 0.0), |(n, sum), value| (n + 1, sum + value));
    if n == 0 { 0.0 } else { sum / f64::from(n) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occurred() {
        let summary = Summary::of((1..=1_000).rev());
        assert_eq!((summary.n, summary.p50, summary.p95), (1_000, 500, 950));
        assert_eq!((summary.p99, summary.p999, summary.max), (990, 999, 1_000));
        assert!((summary.mean - 500.5).abs() < 1e-9);
    }

    #[test]
    fn the_interval_shrinks_with_the_root_of_n() {
        let few = Summary::of([10, 20].repeat(50));
        let many = Summary::of([10, 20].repeat(5_000));
        assert!((few.ci95 - 0.985).abs() < 0.01, "{}", few.ci95);
        assert!((few.ci95 / many.ci95 - 10.0).abs() < 0.1);
    }

    #[test]
    fn nothing_and_one_are_no_trouble() {
        assert_eq!(Summary::of([]), Summary::default());
        let one = Summary::of([7]);
        assert_eq!((one.p50, one.p999, one.ci95), (7, 7, 0.0));
    }
}

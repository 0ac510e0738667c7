//! How delays are spread, pure: factors whose mean is 1, so that a mean delay means the same under each.

use crate::seeded::Seeded;
use serde::Serialize;

/// A family of delays.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Distribution {
    /// Always the mean.
    #[default]
    Constant,
    /// Exponential: queues with random service.
    Exponential,
    /// Log-normal with sigma 0.5: the usual shape of response times.
    Lognormal,
    /// Pareto with exponent 1.5, bounded to two decades: heavy tails.
    Pareto,
}

impl Distribution {
    /// Draws what to multiply the mean delay with.
    pub fn factor(self, chance: &mut Seeded) -> f64 {
        match self {
            Self::Constant => 1.0,
            Self::Exponential => -(1.0 - chance.unit()).ln(),
            Self::Lognormal => (SIGMA * chance.normal() - SIGMA * SIGMA / 2.0).exp(),
            Self::Pareto => bounded_pareto(chance.unit()) / bounded_pareto_mean(),
        }
    }
}

/// Returns the quantile `u` of the Pareto distribution from 1 to [`SPAN`].
fn bounded_pareto(u: f64) -> f64 {
    (1.0 - u * (1.0 - SPAN.powf(-ALPHA))).powf(-1.0 / ALPHA)
}

fn bounded_pareto_mean() -> f64 {
    ALPHA / (ALPHA - 1.0) * (1.0 - SPAN.powf(1.0 - ALPHA)) / (1.0 - SPAN.powf(-ALPHA))
}

const SIGMA: f64 = 0.5;
const ALPHA: f64 = 1.5;
/// Longest over shortest.
const SPAN: f64 = 100.0;

#[cfg(test)]
mod tests {
    use super::*;
    use Distribution::{Constant, Exponential, Lognormal, Pareto};

    fn sorted(distribution: Distribution) -> Vec<f64> {
        let mut chance = Seeded::new(1);
        let mut drawn: Vec<f64> = (0..200_000).map(|_| distribution.factor(&mut chance)).collect();
        drawn.sort_by(f64::total_cmp);
        drawn
    }

    #[test]
    fn every_mean_is_one_and_nothing_is_negative() {
        for distribution in [Constant, Exponential, Lognormal, Pareto] {
            let drawn = sorted(distribution);
            let mean = drawn.iter().sum::<f64>() / drawn.len() as f64;
            assert!((mean - 1.0).abs() < 0.02, "{distribution:?}: {mean}");
            assert!(drawn[0] >= 0.0, "{distribution:?}");
        }
    }

    #[test]
    fn medians_and_tails_are_those_of_the_family() {
        let at = |drawn: &[f64], quantile: f64| drawn[(quantile * drawn.len() as f64) as usize];
        let near = |found: f64, wanted: f64| (found / wanted - 1.0).abs() < 0.05;
        let exponential = sorted(Exponential);
        assert!(near(at(&exponential, 0.5), 2.0_f64.ln()), "{}", at(&exponential, 0.5));
        assert!(near(at(&exponential, 0.99), 100.0_f64.ln()), "{}", at(&exponential, 0.99));
        let lognormal = sorted(Lognormal);
        assert!(near(at(&lognormal, 0.5), (-0.125_f64).exp()), "{}", at(&lognormal, 0.5));
        let pareto = sorted(Pareto);
        let (least, most) = (pareto[0], pareto[pareto.len() - 1]);
        assert!(most / least <= SPAN && most / least > SPAN / 2.0, "{least} {most}");
    }
}

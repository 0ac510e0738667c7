//! `baton config`.

use super::args::ConfigVerb;
use super::exit::{Exit, Failure};
use super::out::{self, Format};
use crate::config::{Config, ConfigError};

pub(super) fn carry_out(verb: ConfigVerb, format: Format) -> Result<(), Failure> {
    match verb {
        ConfigVerb::Check { file } => {
            let (effective, _) = Config::load(&file).map_err(|error| wrong(&error))?;
            let text = toml::to_string(&effective).map_err(|error| {
                Failure::new(Exit::Failed, "the configuration has no text", error.to_string())
            })?;
            out::show(format, &effective, |_| text)
        }
        ConfigVerb::Example => out::data(Config::example()),
    }
}

/// An error in a configuration is one line.
pub(super) fn wrong(error: &ConfigError) -> Failure {
    Failure::new(Exit::Usage, "configuration", error.to_string())
}

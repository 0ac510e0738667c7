//! How a command ends: what went wrong, what did not change, what to try next.

use std::fmt;
use std::process::ExitCode;
use tonic::Code;

/// Exit codes that scripts rely on; 0 is done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Exit {
    /// It was tried and did not succeed.
    Failed = 1,
    /// The command makes no sense.
    Usage = 2,
    /// Something that it names does not exist.
    NotFound = 3,
    /// A guard forbids it in this state.
    Refused = 4,
    /// No node answers, or none that is in contact with a majority.
    Unhealthy = 5,
    /// The time is over, and it goes on without us.
    StillRunning = 6,
    /// It was done in part, or otherwise than asked.
    Partly = 7,
    /// The caller may not do that.
    NotAuthorised = 8,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// A command that was not done, or not as asked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Failure {
    /// How the process ends.
    pub exit: Exit,
    /// What failed.
    pub what: String,
    /// Why.
    pub why: String,
    /// What is as it was, and the next command to try; a line each.
    pub hints: Vec<String>,
}

impl Failure {
    pub(super) fn new(exit: Exit, what: impl Into<String>, why: impl Into<String>) -> Self {
        Self { exit, what: what.into(), why: why.into(), hints: Vec::new() }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Returns what a node's refusal means for the command that failed.
    pub(super) fn from_status(what: impl Into<String>, status: &tonic::Status) -> Self {
        let (exit, hint) = match status.code() {
            Code::NotFound => (Exit::NotFound, None),
            Code::FailedPrecondition => (Exit::Refused, Some("nothing has changed")),
            Code::InvalidArgument => (Exit::Usage, Some("nothing has changed")),
            Code::Unavailable => (Exit::Unhealthy, Some("see how the cluster fares: baton status")),
            Code::DeadlineExceeded | Code::Cancelled => {
                (Exit::Unhealthy, Some("see how the cluster fares: baton status"))
            }
            Code::PermissionDenied | Code::Unauthenticated => {
                (Exit::NotAuthorised, Some("nothing has changed"))
            }
            _ => (Exit::Failed, None),
        };
        let failure = Self::new(exit, what, status.message());
        hint.into_iter().fold(failure, Self::hint)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}: {}", self.what, self.why)?;
        self.hints.iter().try_for_each(|hint| write!(f, "\n  {hint}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tonic::Status;

    #[test]
    fn a_status_decides_the_exit_code() {
        for (status, exit) in [
            (Status::not_found(""), 3),
            (Status::failed_precondition(""), 4),
            (Status::unavailable(""), 5),
            (Status::deadline_exceeded(""), 5),
            (Status::invalid_argument(""), 2),
            (Status::permission_denied(""), 8),
            (Status::unauthenticated(""), 8),
            (Status::internal(""), 1),
        ] {
            assert_eq!(Failure::from_status("x", &status).exit as u8, exit, "{status}");
        }
    }
}

//! openraft's own suite for log stores and state machines, on real files.

use super::*;
use crate::types::TypeConfig;
use openraft::StorageError;
use openraft::testing::log::{StoreBuilder, Suite};

struct Builder;

/// Keeps the directory and the writer for as long as a test of the suite runs.
struct Guard {
    _dir: tempfile::TempDir,
    writer: Option<WriterThread>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let writer = self.writer.take().expect("dropped once");
        std::thread::spawn(move || writer.stop()).join().expect("the writer stops");
    }
}

impl StoreBuilder<TypeConfig, Log, Replica, Guard> for Builder {
    async fn build(&self) -> Result<(Guard, Log, Replica), StorageError<TypeConfig>> {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let opened = Store::open(dir.path(), Box::new(|_, _| {}), Arc::default());
        let Store { log, replica, writer, .. } = opened.expect("an empty directory opens");
        Ok((Guard { _dir: dir, writer: Some(writer) }, log, replica))
    }
}

#[test]
fn openrafts_suite_passes() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(Suite::test_all(Builder)).unwrap();
}

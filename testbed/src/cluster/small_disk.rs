//! A disk that can be filled.

use crate::wait::Failure;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A small file system, mounted while it lives; mounting needs root.
#[derive(Debug)]
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts `mib` MiB of memory at `path`, which is made.
    pub fn mount(path: PathBuf, mib: u64) -> Result<Self, Failure> {
        let failed = |error: &dyn std::fmt::Display| {
            Failure::new("mount a small disk, which needs root", error)
        };
        fs::create_dir_all(&path).map_err(|e| failed(&e))?;
        let size = format!("size={mib}m");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(&path).output();
        let mounted = mounted.map_err(|e| failed(&e))?;
        if mounted.status.success() {
            Ok(Self(path))
        } else {
            Err(failed(&String::from_utf8_lossy(&mounted.stderr).trim()))
        }
    }

    /// Returns whether this process may mount one.
    pub fn is_possible() -> bool {
        fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
    }

    /// Takes every byte that is free.
    pub fn fill(&self) -> Result<(), Failure> {
        let ballast = File::options().create(true).append(true).open(self.ballast());
        let mut ballast = ballast.map_err(|e| Failure::new("fill a disk", e))?;
        while ballast.write_all(&[0; 64 << 10]).is_ok() {}
        Ok(())
    }

    /// Gives them back.
    pub fn free(&self) -> Result<(), Failure> {
        fs::remove_file(self.ballast()).map_err(|e| Failure::new("make room on a disk", e))
    }

    fn ballast(&self) -> PathBuf {
        Path::new(&self.0).join("ballast")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // A node may still have it open: it goes with the node.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

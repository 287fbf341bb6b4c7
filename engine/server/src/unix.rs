//! A Unix socket that only its owner can reach, and that leaves no file behind.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, Mode, flock};
use rustix::process::umask;

/// The file of a socket; dropping it removes the file, if it is still the same one.
#[derive(Debug)]
pub struct SocketFile {
    path: PathBuf,
    device_and_inode: (u64, u64),
}

/// Returns a listener at `path`, of mode 0600 from the moment it exists. What a dead engine left there is replaced.
///
/// Call it while no other thread creates files: the process' umask is changed for a moment.
///
/// # Errors
/// - A live server, or anything but a socket, is at `path`.
/// - The path is too long for a socket, or its folder cannot be written.
pub fn listen(path: &Path) -> io::Result<(UnixListener, SocketFile)> {
    let listener = bind_or_replace(path)
        .map_err(|error| io::Error::new(error.kind(), format!("cannot listen on {}: {error}", path.display())))?;
    let metadata = fs::symlink_metadata(path)?;
    let file = SocketFile { path: path.to_path_buf(), device_and_inode: (metadata.dev(), metadata.ino()) };
    Ok((listener, file))
}

fn bind_or_replace(path: &Path) -> io::Result<UnixListener> {
    // Two engines starting at once must not each take the other's new socket for a dead one: the folder is locked from
    // the first look to the bind. Dropping the file unlocks it.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let lock = File::open(folder)?;
    flock(&lock, FlockOperation::LockExclusive)?;
    match bind(path) {
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            refuse_unless_stale(path)?;
            fs::remove_file(path)?;
            bind(path)
        }
        other => other,
    }
}

fn bind(path: &Path) -> io::Result<UnixListener> {
    // A chmod after the bind would leave a moment in which others can connect.
    let before = umask(Mode::from_bits_retain(0o177));
    let listener = UnixListener::bind(path);
    umask(before);
    listener
}

fn refuse_unless_stale(path: &Path) -> io::Result<()> {
    if !fs::symlink_metadata(path)?.file_type().is_socket() {
        return Err(io::Error::new(ErrorKind::AlreadyExists, "the file there is not a socket; give another path"));
    }
    match UnixStream::connect(path) {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => Ok(()),
        Err(error) => Err(error),
        Ok(_) => {
            Err(io::Error::new(ErrorKind::AddrInUse, "another server listens there; stop it or give another path"))
        }
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // Somebody may have put another file there since; it is not ours to remove.
        let ours = fs::symlink_metadata(&self.path).is_ok_and(|now| (now.dev(), now.ino()) == self.device_and_inode);
        if ours {
            // Nothing can be done at the end about a folder that has become read-only.
            let _ = fs::remove_file(&self.path);
        }
    }
}

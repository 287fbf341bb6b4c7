//! Memory that two processes share, mapped: atomics, and copies of what the atomics order.

use std::os::fd::AsFd;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicU32, AtomicU64};

use bytemuck::Pod;
use rustix::io::Errno;
use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};

/// A mapping of shared memory, aligned to a page.
#[derive(Debug)]
pub struct Mapping {
    start: NonNull<u8>,
    bytes: usize,
}

// SAFETY: the memory is shared with another process anyway; every access is atomic or a copy through raw pointers, and
// which side writes where is the layout's to say.
unsafe impl Send for Mapping {}

// SAFETY: as above; whoever has a mapping has the half of it that its layout gives.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Maps `bytes` of what the descriptor names; it must be that long, and stay so.
    ///
    /// # Errors
    /// - The descriptor cannot be mapped.
    pub fn new(descriptor: impl AsFd, bytes: usize) -> Result<Self, Errno> {
        let protection = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a new mapping at an address of the kernel's choice touches no memory of Rust's.
        let start = unsafe { mmap(ptr::null_mut(), bytes, protection, MapFlags::SHARED, descriptor, 0)? };
        NonNull::new(start.cast()).map(|start| Self { start, bytes }).ok_or(Errno::FAULT)
    }

    /// Returns the 32-bit word at `at`, which is only ever accessed atomically.
    #[inline]
    pub(crate) fn word(&self, at: usize) -> &AtomicU32 {
        assert!(at.is_multiple_of(4) && at + 4 <= self.bytes);
        // SAFETY: inside the mapping and aligned.
        unsafe { self.start.add(at).cast::<AtomicU32>().as_ref() }
    }

    /// Returns the 64-bit word at `at`, which is only ever accessed atomically.
    #[inline]
    pub(crate) fn long(&self, at: usize) -> &AtomicU64 {
        assert!(at.is_multiple_of(8) && at + 8 <= self.bytes);
        // SAFETY: inside the mapping and aligned.
        unsafe { self.start.add(at).cast::<AtomicU64>().as_ref() }
    }

    /// Returns what is at `at`; an atomic orders it after the other side's write.
    #[inline]
    pub(crate) fn read<T: Pod>(&self, at: usize) -> T {
        assert!(at + size_of::<T>() <= self.bytes);
        // SAFETY: inside the mapping; any bytes are a T.
        unsafe { self.start.add(at).cast::<T>().as_ptr().read_unaligned() }
    }

    /// Makes `value` what is at `at`; an atomic orders it before the other side's read.
    #[inline]
    pub(crate) fn write<T: Pod>(&self, at: usize, value: T) {
        assert!(at + size_of::<T>() <= self.bytes);
        // SAFETY: inside the mapping.
        unsafe { self.start.add(at).cast::<T>().as_ptr().write_unaligned(value) }
    }

    /// Copies what is at `at` into `out`.
    pub(crate) fn copy_to<T: Pod>(&self, at: usize, out: &mut [T]) {
        assert!(at + size_of_val(out) <= self.bytes);
        // SAFETY: inside the mapping, which no Rust slice is part of; any bytes are a T.
        unsafe { ptr::copy_nonoverlapping(self.start.add(at).cast::<T>().as_ptr(), out.as_mut_ptr(), out.len()) }
    }

    /// Copies `bytes` from `from` to `to`, which do not overlap.
    pub(crate) fn copy_within(&self, from: usize, to: usize, bytes: usize) {
        assert!(from.max(to) + bytes <= self.bytes && from.abs_diff(to) >= bytes);
        // SAFETY: both inside the mapping, and apart.
        unsafe { ptr::copy_nonoverlapping(self.start.add(from).as_ptr(), self.start.add(to).as_ptr(), bytes) }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: mapped by `new` with this length, and nothing borrowed from it outlives it. A failure leaves it mapped.
        let _ = unsafe { munmap(self.start.as_ptr().cast(), self.bytes) };
    }
}

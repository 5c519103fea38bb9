//! The fence: asked before each mutating call whether it may still be made.
//!
//! A run may change things only while its lock is certainly its own. What makes calls (the clients
//! of a provider) holds a handle; the store arms it when it takes the lock. Never armed, it is open.

use super::ProviderError;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// Fails when nothing may be changed any more, and says why.
pub type FenceCheck = Arc<dyn Fn() -> Result<(), ProviderError> + Send + Sync>;

/// A handle to the fence of a run; cloning shares it.
#[derive(Clone, Default)]
pub struct Fence(Arc<Mutex<Option<FenceCheck>>>);

impl Fence {
    /// An open one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// From here on, `check` decides.
    pub fn arm(&self, check: FenceCheck) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(check);
    }

    /// Opens it: the lock was given back, and what follows needs none.
    pub fn disarm(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Whether a mutating call may be made now.
    ///
    /// # Errors
    /// When the lock is not certainly ours any more.
    pub fn check(&self) -> Result<(), ProviderError> {
        let check = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        check.map_or(Ok(()), |check| check())
    }
}

impl fmt::Debug for Fence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fence").field("open", &self.check().is_ok()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::ErrorKind;

    #[test]
    fn an_armed_fence_asks_its_check() {
        let fence = Fence::new();
        let other = fence.clone();
        assert!(other.check().is_ok());
        fence.arm(Arc::new(|| Err(ProviderError::new(ErrorKind::Cancelled, "The lock was lost", "Somebody broke it."))));
        assert_eq!(other.check().unwrap_err().detail, "Somebody broke it.");
        fence.disarm();
        assert!(other.check().is_ok());
    }
}

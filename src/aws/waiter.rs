//! Waiting for what AWS does in its own time.

use crate::provider::{ErrorKind, ProviderError};
use std::future::Future;
use std::time::Duration;

/// What one look found.
pub enum Poll<T> {
    /// There.
    Ready(T),
    /// Not yet.
    Pending,
    /// Never.
    Failed(ProviderError),
}

/// A wait: what for, how long at most, and the factor on intervals.
pub struct Wait<'a> {
    /// For the message: "the VPC vpc-1 to become available".
    pub what: &'a str,
    /// At most this long.
    pub timeout: Duration,
    /// Factor on the intervals (tests wait less); see `Settings::wait_scale`.
    pub scale: f64,
}

/// The pause after look number `attempt` (from 0): half a second, growing to ten.
#[must_use]
pub fn interval(attempt: u32) -> Duration {
    let factor = 1.5f64.powi(i32::try_from(attempt.min(20)).unwrap_or(20));
    Duration::from_secs_f64((0.5 * factor).min(10.0))
}

impl Wait<'_> {
    /// Looks until there is something, at once and then in growing intervals.
    ///
    /// # Errors
    /// What the look said, or a time-out.
    pub async fn until<T, F, Fut>(&self, mut look: F) -> Result<T, ProviderError>
    where
        F: FnMut() -> Fut + Send,
        Fut: Future<Output = Poll<T>> + Send,
    {
        let mut waited = Duration::ZERO;
        for attempt in 0.. {
            match look().await {
                Poll::Ready(value) => return Ok(value),
                Poll::Failed(error) => return Err(error),
                Poll::Pending if waited >= self.timeout => break,
                Poll::Pending => {}
            }
            let pause = interval(attempt).min(self.timeout.saturating_sub(waited)).max(Duration::from_millis(1));
            tokio::time::sleep(pause.mul_f64(self.scale)).await;
            waited += pause;
        }
        let detail = format!("Waited {} s for {}.", self.timeout.as_secs(), self.what);
        Err(ProviderError::new(ErrorKind::Timeout, "A wait ran out of time", detail)
            .help("Look at the object in the AWS console; a longer `timeouts` block gives it more time."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_grow_to_ten_seconds() {
        assert_eq!(interval(0), Duration::from_millis(500));
        assert!(interval(3) > interval(2));
        assert_eq!(interval(30), Duration::from_secs(10));
    }

    #[tokio::test]
    async fn looks_until_ready_and_gives_up_in_time() {
        let wait = Wait { what: "it", timeout: Duration::from_secs(60), scale: 0.0 };
        let mut looks = 0;
        let n = wait
            .until(|| {
                looks += 1;
                let n = looks;
                async move { if n == 3 { Poll::Ready(n) } else { Poll::Pending } }
            })
            .await;
        assert_eq!(n.unwrap(), 3);
        let never = wait.until(|| async { Poll::<()>::Pending }).await.unwrap_err();
        assert_eq!(never.kind, ErrorKind::Timeout);
        assert!(never.detail.contains("60 s"));
    }
}

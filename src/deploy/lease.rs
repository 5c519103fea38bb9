//! Holds the lease of a deploy on its host and keeps it alive while the deploy runs.

use super::connect::failed;
use super::facts::refused;
use super::request::{AppRequest, RunOptions};
use crate::app::lease::{self, Lease};
use crate::diag::Diagnostic;
use crate::remote::{Remote, RemoteError};
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};

/// A lease that this run holds.
pub struct HeldLease {
    lease: Lease,
    lost: AtomicBool,
}

impl HeldLease {
    /// Takes the lease of an app. `request` has a record.
    ///
    /// # Errors
    /// When another deploy holds it, or the host cannot keep it.
    pub async fn take(request: &AppRequest, remote: &dyn Remote, options: &RunOptions<'_>) -> Result<HeldLease, Diagnostic> {
        let record = request.record.as_ref();
        let owner = record.map(|r| r.hash(format!("lease {}", options.who).as_bytes())).unwrap_or_default();
        let lease = Lease {
            file: request.spec.lease_file(),
            token: format!("{:032x}", rand::random::<u128>()),
            owner,
            holder: format!("{} since {}", options.who, options.clock.now()),
        };
        let output = remote.run(&lease::take(&lease), None).await.map_err(|e| failed(request, &e))?;
        match output.code {
            Some(0) => Ok(HeldLease { lease, lost: AtomicBool::new(false) }),
            Some(lease::HELD) => Err(held(request, &output.text())),
            _ => Err(at(request, refused("The lease of the deploy cannot be taken", &output))),
        }
    }

    /// Runs `work` and gives signs of life meanwhile.
    pub async fn during<T>(&self, remote: &dyn Remote, work: impl Future<Output = T>) -> T {
        let renew = async {
            loop {
                tokio::time::sleep(lease::RENEW).await;
                let answer = remote.run(&lease::renew(&self.lease), None).await;
                if matches!(&answer, Ok(output) if output.code == Some(lease::HELD)) {
                    self.lost.store(true, Ordering::Relaxed);
                }
            }
        };
        tokio::select! {
            result = work => result,
            () = renew => unreachable_renewal().await,
        }
    }

    /// Fails when somebody else has taken it over.
    ///
    /// # Errors
    /// What to do then.
    pub fn check(&self, request: &AppRequest) -> Result<(), Diagnostic> {
        if !self.lost.load(Ordering::Relaxed) {
            return Ok(());
        }
        let detail = format!(
            "This run gave no sign of life for {} seconds, and another deploy of app.{} has begun on {}.",
            lease::LEASE.as_secs(),
            request.label(),
            request.spec.host
        );
        let help = "Nothing more is done here. Wait for the other deploy, then plan again.";
        Err(at(request, Diagnostic::error("The lease of the deploy is lost", detail).help(help)))
    }

    /// Gives it back; a host that is gone drops it by itself later.
    pub async fn give_back(&self, remote: &dyn Remote) {
        let _: Result<_, RemoteError> = remote.run(&lease::give_back(&self.lease), None).await;
    }
}

/// The renewal has no end.
async fn unreachable_renewal<T>() -> T {
    std::future::pending().await
}

fn held(request: &AppRequest, answer: &str) -> Diagnostic {
    let (holder, age) = lease::parse_holder(answer);
    let detail = format!("{holder} deploys app.{} to {}; the last sign of life is {age} seconds old.", request.label(), request.spec.host);
    let help = format!("Wait until it is done. A run that died blocks nobody for longer than {} seconds.", lease::LEASE.as_secs());
    at(request, Diagnostic::error("Another deploy is at work", detail).help(help))
}

fn at(request: &AppRequest, diagnostic: Diagnostic) -> Diagnostic {
    diagnostic.or_at(Some(request.spec.span)).address(format!("app.{}", request.label()))
}

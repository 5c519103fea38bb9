//! What a deploy does from this machine: health checks that come from here, hooks that run here.

use super::{LineSink, RemoteCommand, RemoteOutput};
use crate::app::checks::HttpAnswer;
use async_trait::async_trait;
use std::path::Path;
use std::time::Duration;

/// This machine. Errors are sentences without secrets (URLs are not repeated).
#[async_trait]
pub trait Local: Send + Sync {
    /// One GET request; redirects are not followed.
    async fn http(&self, url: &str, timeout: Duration) -> Result<HttpAnswer, String>;
    /// Opens a connection to `host:port` and closes it.
    async fn tcp(&self, address: &str, timeout: Duration) -> Result<(), String>;
    /// Runs a command in a folder to its end; lines of both streams also go to `lines`.
    async fn run(&self, command: &RemoteCommand, dir: &Path, lines: LineSink<'_>) -> Result<RemoteOutput, String>;
}

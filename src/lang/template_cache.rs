//! Templates that were parsed already.

use crate::syntax::Template;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

type Entry = (String, Arc<Template>);

/// Parsed templates by name and text; clones share them.
#[derive(Clone, Default)]
pub struct TemplateCache(Arc<Mutex<BTreeMap<String, Entry>>>);

impl TemplateCache {
    /// The template called `name` with this text, parsed if it is not there.
    ///
    /// # Errors
    /// What `parse` fails with.
    pub fn get<E>(&self, name: &str, text: &str, parse: impl FnOnce() -> Result<Template, E>) -> Result<Arc<Template>, E> {
        let found = self.lock().get(name).filter(|(t, _)| t == text).map(|(_, template)| template.clone());
        if let Some(template) = found {
            return Ok(template);
        }
        let template = Arc::new(parse()?);
        self.lock().insert(name.to_string(), (text.to_string(), template.clone()));
        Ok(template)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

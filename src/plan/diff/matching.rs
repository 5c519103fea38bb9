//! Which prior element of a set a configured element continues.

use super::{Equal, meaning};
use crate::schema::{BlockSchema, Nesting};
use crate::value::{Path, Value};

/// Takes the first element out of `free` that fits.
pub(super) fn take<'a>(free: &mut Vec<&'a Value>, fits: impl Fn(&Value) -> bool) -> Option<&'a Value> {
    let at = free.iter().position(|v| fits(v))?;
    Some(free.remove(at))
}

/// Whether everything that `config` says is already so in `prior`: what the provider computes is
/// not compared.
pub(super) fn fits(block: &BlockSchema, equal: Equal, config: &Value, prior: &Value, path: &Path) -> bool {
    let attrs = block.attrs.iter().all(|(name, attr)| {
        let (Some(c), Some(p)) = (config.get(name), prior.get(name)) else { return true };
        let at = path.then(name.clone());
        if attr.write_only {
            return true;
        }
        if c.is_null() {
            return match &attr.default {
                Some(default) => meaning::same(&meaning::settle(attr, equal, &at, default.clone(), Some(p)), p),
                None => attr.computed || meaning::is_zero(p),
            };
        }
        meaning::same(&meaning::settle(attr, equal, &at, c.clone(), Some(p)), p)
    });
    attrs
        && block.blocks.iter().all(|(name, nested)| {
            let (Some(c), Some(p)) = (config.get(name), prior.get(name)) else { return true };
            let at = path.then(name.clone());
            if c.is_unknown() {
                return false;
            }
            match nested.nesting {
                Nesting::Single if c.is_null() => p.is_null() || nested.computed,
                Nesting::Single => !p.is_null() && fits(&nested.block, equal, c, p, &at),
                _ => {
                    let (cs, ps) = (c.items().unwrap_or(&[]), p.items().unwrap_or(&[]));
                    if cs.is_empty() && nested.computed {
                        return true;
                    }
                    let fit = |c: &Value, p: &Value| fits(&nested.block, equal, c, p, &at);
                    if cs.len() != ps.len() || nested.nesting == Nesting::List {
                        return cs.len() == ps.len() && cs.iter().zip(ps).all(|(c, p)| fit(c, p));
                    }
                    let mut free: Vec<&Value> = ps.iter().collect();
                    cs.iter().all(|c| take(&mut free, |p| fit(c, p)).is_some())
                }
            }
        })
}

//! One object as it is: for `state show`.

use super::body::{Pair, Remarks, block};
use super::lines::Lines;
use crate::addr::{InstanceAddr, Mode};
use crate::report::{Style, quoted};
use crate::schema::BlockSchema;
use crate::value::{Path, Value};

/// The object in the shape of its block.
#[must_use]
pub fn object_text(addr: &InstanceAddr, tainted: bool, value: &Value, schema: &BlockSchema, style: &Style) -> String {
    let mut lines = Lines::unmarked(style);
    let remarks = Remarks { replace: &[], notes: &[] };
    block(&mut lines, 0, schema, Pair { before: None, after: Some(value) }, &Path::default(), &remarks);
    let word = if addr.resource.mode == Mode::Data { "data" } else { "resource" };
    let note = if tainted { " (tainted)" } else { "" };
    let body = lines.finish();
    format!("# {addr}:{note}\n{word} {} {} {{\n{body}}}\n", quoted(&addr.resource.kind), quoted(&addr.resource.name))
}

//! What may stand in an `app` block.
//!
//! `file`, `hook`, `secret` and `fact` blocks have a label, so they have schemas of their own; everything else is
//! one body. Arguments of later versions are known by name and answer "not supported yet".

use super::{health, log, release, services};
use crate::schema::{BlockSchema, boolean, map_of, number, of, string};
use crate::value::Type;

/// The body of `app "name" { }` without its labelled blocks.
#[must_use]
pub fn schema() -> BlockSchema {
    BlockSchema::new()
        .attr("host", string().optional())
        .attr("hosts", of(Type::Dynamic).optional())
        .attr("rollback", boolean().optional())
        .attr("count", of(Type::Dynamic).optional().unsupported())
        .attr("for_each", of(Type::Dynamic).optional().unsupported())
        .attr("depends_on", of(Type::Dynamic).optional().unsupported())
        .block("ssh", ssh().single())
        .block("ready", ready().single())
        .block("source", source().single())
        .block("install", install().single())
        .block("releases", release::schema().single())
        .block("log", log::schema().single())
        .block("services", services::schema().single())
        .block("health", health::schema().list(0, usize::MAX))
}

/// The body of `file "path" { }`.
#[must_use]
pub fn file_schema() -> BlockSchema {
    BlockSchema::new()
        .attr("template", string().optional())
        .attr("vars", of(Type::Dynamic).optional())
        .attr("content", string().optional())
        .attr("base", string().optional())
        .attr("set", map_of(Type::String).optional())
        .attr("mode", string().optional())
        .attr("sudo", boolean().optional())
        .attr("owner", string().optional())
}

fn ssh() -> BlockSchema {
    BlockSchema::new()
        .attr("user", string().optional())
        .attr("port", number().optional())
        .attr("key", string().optional())
        .attr("jump", string().optional())
        .attr("config", string().optional())
        .attr("host_key", string().optional())
        .attr("timeout", string().optional())
}

fn ready() -> BlockSchema {
    BlockSchema::new().attr("file", string().required()).attr("timeout", string().optional())
}

fn source() -> BlockSchema {
    BlockSchema::new()
        .attr("git", string().required())
        .attr("ref", string().optional())
        .attr("path", string().required())
        .attr("submodules", boolean().optional())
        .attr("git_config", map_of(Type::String).optional())
        .attr("discard_changes", boolean().optional())
        .attr("depth", number().optional())
}

fn install() -> BlockSchema {
    BlockSchema::new()
        .attr("command", string().required())
        .attr("dir", string().optional())
        .attr("sudo", boolean().optional())
        .attr("env", map_of(Type::String).optional())
        .attr("run", string().optional())
}

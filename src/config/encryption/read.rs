//! From the blocks to plain data.

use super::scope::Static;
use super::{Encryption, RemoteStates, SealKey, SealMethod};
use crate::config::report::not_yet;
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::lang::evaluate;
use crate::syntax::{Attribute, Block, Body, ExprKind};
use crate::value::{Name, Type, Value, convert};
use std::collections::BTreeMap;

/// Blocks of one kind and name, merged: later arguments win.
#[derive(Clone, Default)]
pub(super) struct Merged<'a> {
    pub attrs: BTreeMap<Name, &'a Attribute>,
    pub blocks: BTreeMap<Name, &'a Block>,
    pub span: Option<Span>,
}

type Declared<'a> = BTreeMap<(Name, Name), Merged<'a>>;

pub(super) struct Reading<'a> {
    bodies: &'a [Body],
    pub(super) scope: &'a Static<'a>,
    pub(super) diags: &'a mut Diagnostics,
    pub(super) providers: Declared<'a>,
    methods: Declared<'a>,
}

impl<'a> Reading<'a> {
    pub fn new(bodies: &'a [Body], scope: &'a Static<'a>, diags: &'a mut Diagnostics) -> Self {
        let mut reading = Reading { bodies, scope, diags, providers: BTreeMap::new(), methods: BTreeMap::new() };
        reading.providers = reading.declared("key_provider");
        reading.methods = reading.declared("method");
        reading
    }

    pub fn encryption(mut self) -> Encryption {
        const BLOCKS: [&str; 5] = ["key_provider", "method", "state", "plan", "remote_state_data_sources"];
        for block in self.bodies.iter().flat_map(|b| &b.blocks).filter(|b| !BLOCKS.contains(&b.kind.name.as_ref())) {
            self.wrong(block.header, format!("\"{}\" is no block of an encryption block.", block.kind.name));
        }
        for attr in self.bodies.iter().flat_map(|b| &b.attributes) {
            self.wrong(attr.name.span, format!("\"{}\" is no argument of an encryption block.", attr.name.name));
        }
        let bodies = self.bodies;
        let of = |kind: &'static str| bodies.iter().flat_map(|b| b.blocks_of(kind)).collect::<Vec<_>>();
        let (state, plan, remote) = (of("state"), of("plan"), of("remote_state_data_sources"));
        Encryption { state: self.target("state", &state), plan: self.target("plan", &plan), remote: self.remote(&remote) }
    }

    /// `remote_state_data_sources`: a default, and targets for data sources by name.
    fn remote(&mut self, blocks: &[&'a Block]) -> RemoteStates {
        let mut targets: BTreeMap<Name, Vec<&'a Block>> = BTreeMap::new();
        let mut default = Vec::new();
        for block in blocks {
            self.only(&block.body, &[], &["default", "remote_state_data_source"]);
            default.extend(block.body.blocks_of("default"));
            for target in block.body.blocks_of("remote_state_data_source") {
                match target.labels.as_slice() {
                    [name] => targets.entry(name.name.clone()).or_default().push(target),
                    _ => self
                        .wrong(target.header, "A remote_state_data_source block has one label: the name of the data source.".to_string()),
                }
            }
        }
        let mut named = BTreeMap::new();
        for (name, blocks) in targets {
            named.extend(self.target("remote_state_data_source", &blocks).map(|methods| (name, methods)));
        }
        RemoteStates { default: self.target("default", &default), named }
    }

    pub(super) fn wrong(&mut self, span: Span, detail: String) {
        self.diags.push(Diagnostic::error("Invalid encryption", detail).at(span));
    }

    fn declared(&mut self, kind: &'static str) -> Declared<'a> {
        let mut all: Declared<'a> = BTreeMap::new();
        for block in self.bodies.iter().flat_map(|b| b.blocks_of(kind)) {
            let [ty, name] = block.labels.as_slice() else {
                self.wrong(block.header, format!("A {kind} block has two labels: {kind} \"type\" \"name\" {{ ... }}"));
                continue;
            };
            self.scope.declare(kind, &ty.name, &name.name);
            let merged = all.entry((ty.name.clone(), name.name.clone())).or_default();
            merged.span = Some(block.header);
            merged.attrs.extend(block.body.attributes.iter().map(|a| (a.name.name.clone(), a)));
            merged.blocks.extend(block.body.blocks.iter().map(|b| (b.kind.name.clone(), b)));
        }
        all
    }

    /// Blocks of one target: the method that writes, then its fallbacks.
    fn target(&mut self, name: &str, blocks: &[&'a Block]) -> Option<Vec<SealMethod>> {
        let last = *blocks.last()?;
        let latest = |key: &str| blocks.iter().rev().find_map(|b| b.body.attribute(key));
        let (method, enforced) = (latest("method"), latest("enforced"));
        let mut methods = Vec::new();
        // Only what is written here can be enforced.
        let known: &[&str] = if ["state", "plan"].contains(&name) { &["method", "enforced"] } else { &["method"] };
        self.only(&last.body, known, &["fallback"]);
        let Some(method) = method else {
            self.wrong(last.header, format!("The {name} block names no method."));
            return None;
        };
        methods.extend(self.method(method));
        let mut fallback = blocks.iter().rev().find_map(|b| b.body.blocks_of("fallback").next());
        while let Some(block) = fallback {
            self.only(&block.body, &["method"], &["fallback"]);
            match block.body.attribute("method") {
                Some(attr) => methods.extend(self.method(attr)),
                None => self.wrong(block.header, "A fallback block names a method.".to_string()),
            }
            fallback = block.body.blocks_of("fallback").next();
        }
        let enforced = enforced.and_then(|a| self.value(a, &Type::Bool)).and_then(|v| v.as_bool()).unwrap_or(false);
        if enforced && methods.contains(&SealMethod::Unencrypted) {
            self.wrong(last.header, format!("Encryption of the {name} is enforced, and one of its methods is unencrypted."));
        }
        Some(methods)
    }

    fn only(&mut self, body: &Body, attrs: &[&str], blocks: &[&str]) {
        for attr in body.attributes.iter().filter(|a| !attrs.contains(&a.name.name.as_ref())) {
            self.wrong(attr.name.span, format!("The argument \"{}\" is not expected here.", attr.name.name));
        }
        for block in body.blocks.iter().filter(|b| !blocks.contains(&b.kind.name.as_ref())) {
            self.wrong(block.header, format!("A block \"{}\" is not expected here.", block.kind.name));
        }
    }

    /// The value of an argument, without marks: all of an encryption block is secret.
    pub(super) fn value(&mut self, attr: &Attribute, ty: &Type) -> Option<Value> {
        let mut own = Diagnostics::new();
        let value = evaluate(&attr.expr, self.scope, &mut own).unmark_deep().0;
        let failed = own.has_errors();
        self.diags.extend(own);
        if failed {
            return None;
        }
        match convert(&value, ty) {
            Ok(value) if value.is_wholly_known() && !value.is_null() => Some(value),
            _ => {
                self.wrong(attr.expr.span, format!("The argument \"{}\" has no value of its type.", attr.name.name));
                None
            }
        }
    }

    pub(super) fn text(&mut self, attr: Option<&Attribute>) -> Option<String> {
        self.value(attr?, &Type::String)?.as_str().map(str::to_string)
    }

    /// A whole number above zero, or the default.
    pub(super) fn count(&mut self, attr: Option<&Attribute>, default: u32) -> Option<u32> {
        let Some(attr) = attr else { return Some(default) };
        let value = self.value(attr, &Type::Number)?;
        let number = value.as_i64().and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0);
        if number.is_none() {
            self.wrong(attr.expr.span, format!("The argument \"{}\" is a whole number above zero.", attr.name.name));
        }
        number
    }

    /// Bytes, written as a list of numbers.
    fn bytes(&mut self, attr: &Attribute) -> Option<Vec<u8>> {
        let value = self.value(attr, &Type::list(Type::Number))?;
        let byte = |v: &Value| v.as_i64().and_then(|n| u8::try_from(n).ok());
        let bytes: Option<Vec<u8>> = value.items().into_iter().flatten().map(byte).collect();
        if bytes.is_none() {
            self.wrong(attr.expr.span, format!("The argument \"{}\" is a list of bytes: whole numbers from 0 to 255.", attr.name.name));
        }
        bytes
    }

    /// `method.aes_gcm.name` or `method.unencrypted.name`
    fn method(&mut self, attr: &Attribute) -> Option<SealMethod> {
        let address = self.text(Some(attr))?;
        let found = self.methods.iter().find(|((kind, name), _)| format!("method.{kind}.{name}") == address);
        let Some(((kind, _), merged)) = found else {
            self.wrong(attr.expr.span, "A method is named like method.aes_gcm.name.".to_string());
            return None;
        };
        let (kind, Merged { attrs, blocks, span }) = (kind.clone(), merged.clone());
        if let Some(block) = blocks.values().next() {
            self.wrong(block.header, format!("A block \"{}\" is not expected here.", block.kind.name));
        }
        match kind.as_ref() {
            "unencrypted" => Some(SealMethod::Unencrypted),
            "aes_gcm" => {
                for (name, attr) in attrs.iter().filter(|(n, _)| !["keys", "aad"].contains(&n.as_ref())) {
                    self.wrong(attr.name.span, format!("\"{name}\" is no argument of the method \"aes_gcm\"."));
                }
                let aad = match attrs.get("aad") {
                    Some(attr) if !matches!(&*attr.expr.kind, ExprKind::Null) => self.bytes(attr)?,
                    _ => Vec::new(),
                };
                let Some(keys) = attrs.get("keys") else {
                    self.wrong(span.unwrap_or(attr.span), "The method \"aes_gcm\" needs keys = key_provider.<type>.<name>.".to_string());
                    return None;
                };
                self.keys(keys).map(|key| SealMethod::AesGcm(SealKey { aad, ..key }))
            }
            other => {
                self.diags.push(not_yet(&format!("The encryption method \"{other}\""), span.unwrap_or(attr.span)));
                None
            }
        }
    }
}

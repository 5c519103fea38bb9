//! From the blocks to plain data.

use super::scope::Static;
use super::{Encryption, KeyHash, KeySource, SealMethod};
use crate::config::report::not_yet;
use crate::diag::{Diagnostic, Diagnostics, Span};
use crate::lang::evaluate;
use crate::syntax::{Attribute, Block, Body};
use crate::value::{Name, Type, Value, convert};
use std::collections::BTreeMap;

/// Fewest characters of a passphrase and fewest rounds that OpenTofu takes.
const SHORTEST_PASSPHRASE: usize = 16;
const FEWEST_ITERATIONS: u32 = 200_000;

/// Blocks of one kind and name, merged: later arguments win.
#[derive(Default)]
struct Merged<'a> {
    attrs: BTreeMap<Name, &'a Attribute>,
    span: Option<Span>,
}

type Declared<'a> = BTreeMap<(Name, Name), Merged<'a>>;

pub(super) struct Reading<'a> {
    bodies: &'a [Body],
    scope: &'a Static<'a>,
    diags: &'a mut Diagnostics,
    providers: Declared<'a>,
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
        Encryption { state: self.target("state"), plan: self.target("plan") }
    }

    fn wrong(&mut self, span: Span, detail: String) {
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
        }
        all
    }

    /// `state` or `plan`: the method that writes, then its fallbacks.
    fn target(&mut self, name: &'static str) -> Option<Vec<SealMethod>> {
        let blocks: Vec<&Block> = self.bodies.iter().flat_map(|b| b.blocks_of(name)).collect();
        let last = *blocks.last()?;
        let latest = |key: &str| blocks.iter().rev().find_map(|b| b.body.attribute(key));
        let (method, enforced) = (latest("method"), latest("enforced"));
        let mut methods = Vec::new();
        self.only(&last.body, &["method", "enforced"], &["fallback"]);
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
    fn value(&mut self, attr: &Attribute, ty: &Type) -> Option<Value> {
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

    fn text(&mut self, attr: Option<&Attribute>) -> Option<String> {
        self.value(attr?, &Type::String)?.as_str().map(str::to_string)
    }

    /// A whole number above zero, or the default.
    fn count(&mut self, attr: Option<&Attribute>, default: u32) -> Option<u32> {
        let Some(attr) = attr else { return Some(default) };
        let value = self.value(attr, &Type::Number)?;
        let number = value.as_i64().and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0);
        if number.is_none() {
            self.wrong(attr.expr.span, format!("The argument \"{}\" is a whole number above zero.", attr.name.name));
        }
        number
    }

    /// `method.aes_gcm.name` or `method.unencrypted.name`
    fn method(&mut self, attr: &Attribute) -> Option<SealMethod> {
        let address = self.text(Some(attr))?;
        let found = self.methods.iter().find(|((kind, name), _)| format!("method.{kind}.{name}") == address);
        let Some(((kind, _), merged)) = found else {
            self.wrong(attr.expr.span, "A method is named like method.aes_gcm.name.".to_string());
            return None;
        };
        let (kind, span) = (kind.clone(), merged.span);
        let attrs = merged.attrs.clone();
        match kind.as_ref() {
            "unencrypted" => Some(SealMethod::Unencrypted),
            "aes_gcm" => {
                for (name, attr) in attrs.iter().filter(|(n, _)| n.as_ref() != "keys") {
                    self.diags.push(not_yet(&format!("The argument \"{name}\" of method \"aes_gcm\""), attr.name.span));
                }
                let Some(keys) = attrs.get("keys") else {
                    self.wrong(span.unwrap_or(attr.span), "The method \"aes_gcm\" needs keys = key_provider.<type>.<name>.".to_string());
                    return None;
                };
                self.keys(keys).map(SealMethod::AesGcm)
            }
            other => {
                self.diags.push(not_yet(&format!("The encryption method \"{other}\""), span.unwrap_or(attr.span)));
                None
            }
        }
    }

    fn keys(&mut self, attr: &Attribute) -> Option<KeySource> {
        let address = self.text(Some(attr))?;
        let found = self.providers.iter().find(|((kind, name), _)| format!("key_provider.{kind}.{name}") == address);
        let Some(((kind, _), merged)) = found else {
            self.wrong(attr.expr.span, "Keys are named like key_provider.pbkdf2.name.".to_string());
            return None;
        };
        let (kind, span, attrs) = (kind.clone(), merged.span.unwrap_or(attr.span), merged.attrs.clone());
        if kind.as_ref() != "pbkdf2" {
            self.diags.push(not_yet(&format!("The key provider \"{kind}\""), span));
            return None;
        }
        const KNOWN: [&str; 6] = ["passphrase", "key_length", "iterations", "hash_function", "salt_length", "encrypted_metadata_alias"];
        for (name, attr) in attrs.iter().filter(|(n, _)| !KNOWN.contains(&n.as_ref())) {
            self.diags.push(not_yet(&format!("The argument \"{name}\" of key provider \"pbkdf2\""), attr.name.span));
        }
        let get = |name: &str| attrs.get(name).copied();
        let Some(passphrase) = get("passphrase") else {
            self.wrong(span, "The key provider \"pbkdf2\" needs a passphrase.".to_string());
            return None;
        };
        let source = KeySource {
            meta_key: self.text(get("encrypted_metadata_alias")).unwrap_or(address),
            passphrase: self.text(Some(passphrase))?,
            key_length: self.count(get("key_length"), 32)? as usize,
            iterations: self.count(get("iterations"), 600_000)?,
            hash: KeyHash::named(&self.text(get("hash_function")).unwrap_or_else(|| "sha512".into())).or_else(|| {
                self.wrong(span, "hash_function is sha256 or sha512.".to_string());
                None
            })?,
            salt_length: self.count(get("salt_length"), 32)? as usize,
        };
        if source.passphrase.len() < SHORTEST_PASSPHRASE {
            self.wrong(passphrase.expr.span, format!("The passphrase has fewer than {SHORTEST_PASSPHRASE} characters."));
        }
        if source.iterations < FEWEST_ITERATIONS {
            self.wrong(span, format!("Fewer than {FEWEST_ITERATIONS} iterations make the passphrase easy to guess."));
        }
        if ![16, 24, 32].contains(&source.key_length) {
            self.wrong(span, "key_length is 16, 24 or 32 for AES-GCM.".to_string());
        }
        Some(source)
    }
}

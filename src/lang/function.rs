//! Functions as data: name, parameters, documentation, examples, body.
//!
//! What every function has in common is done here, once: counting and converting arguments,
//! refusing nulls, passing unknowns and marks on. A body therefore sees plain known values, unless
//! its parameters ask for more.

use super::CallEnv;
use crate::value::{Marks, Repr, Type, Value, convert};

/// One parameter.
#[derive(Clone, Copy)]
pub struct Param {
    /// Name, for messages and documentation.
    pub name: &'static str,
    /// What arguments are converted to.
    pub ty: fn() -> Type,
    /// Null reaches the body.
    pub nulls: bool,
    /// What of unknown values reaches the body.
    pub unknowns: Unknowns,
    /// Marks reach the body, which then answers for them; otherwise they spread to the result.
    pub marks: bool,
}

/// How a parameter takes unknown values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknowns {
    /// Anything unknown, even inside, makes the result unknown.
    Never,
    /// The argument is known, but something inside it may be unknown.
    Inside,
    /// Whatever comes.
    Any,
}

impl Param {
    /// A parameter that takes known, non-null, unmarked values.
    #[must_use]
    pub const fn new(name: &'static str, ty: fn() -> Type) -> Param {
        Param { name, ty, nulls: false, unknowns: Unknowns::Never, marks: false }
    }
    /// The parameter, taking nulls too.
    #[must_use]
    pub const fn nulls(self) -> Param {
        Param { nulls: true, ..self }
    }
    /// The parameter, taking unknowns inside a known value.
    #[must_use]
    pub const fn partial(self) -> Param {
        Param { unknowns: Unknowns::Inside, ..self }
    }
    /// The parameter, taking unknowns.
    #[must_use]
    pub const fn unknowns(self) -> Param {
        Param { unknowns: Unknowns::Any, ..self }
    }
    /// The parameter, taking marked values.
    #[must_use]
    pub const fn marks(self) -> Param {
        Param { marks: true, ..self }
    }
}

/// Type of the result, needed where an argument is unknown.
#[derive(Clone, Copy)]
pub enum Returns {
    /// Always this type, and never null.
    Always(fn() -> Type),
    /// Depends on the (converted) arguments.
    Depends(fn(&[Value]) -> Type),
}

/// How a function is carried out.
#[derive(Clone, Copy)]
pub enum Body {
    /// By this code, from converted arguments.
    Code(fn(&CallEnv, &[Value]) -> Result<Value, FunctionError>),
    /// By the evaluator, which sees the argument expressions themselves (`try`, `templatefile`).
    Evaluator,
}

/// One function of the language.
#[derive(Clone, Copy)]
pub struct Function {
    /// `cidrsubnet`
    pub name: &'static str,
    /// Fixed parameters.
    pub params: &'static [Param],
    /// Takes any number of further arguments.
    pub variadic: Option<Param>,
    /// One line: what it does.
    pub doc: &'static str,
    /// Expressions and their results, both in the language; each is a test.
    pub examples: &'static [(&'static str, &'static str)],
    /// Type of the result.
    pub returns: Returns,
    /// What it does.
    pub body: Body,
}

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionError {
    /// The argument to blame, from 0, if it is one.
    pub arg: Option<usize>,
    /// What is wrong, without a full stop.
    pub message: String,
}

impl FunctionError {
    /// A failure that no argument alone is to blame for.
    pub fn new(message: impl Into<String>) -> Self {
        FunctionError { arg: None, message: message.into() }
    }
    /// A failure because of one argument.
    pub fn arg(arg: usize, message: impl Into<String>) -> Self {
        FunctionError { arg: Some(arg), message: message.into() }
    }
}

impl std::fmt::Display for FunctionError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl Function {
    /// Parameter for the argument at a position.
    #[must_use]
    pub fn param(&self, position: usize) -> Option<&Param> {
        self.params.get(position).or(self.variadic.as_ref())
    }

    /// `cidrsubnet(prefix, newbits, netnum)`
    #[must_use]
    pub fn signature(&self) -> String {
        let mut names: Vec<String> = self.params.iter().map(|p| p.name.to_string()).collect();
        names.extend(self.variadic.iter().map(|p| format!("{}...", p.name)));
        format!("{}({})", self.name, names.join(", "))
    }

    /// Calls it. Arguments are converted to the parameter types; unknown arguments make an unknown
    /// result of the right type; marks of the arguments spread to the result.
    ///
    /// # Errors
    /// When the number or a type of the arguments is wrong, for a null that is not allowed, and
    /// what the function itself refuses. The message contains no sensitive value.
    pub fn call(&self, env: &CallEnv, args: &[Value]) -> Result<Value, FunctionError> {
        let Body::Code(body) = self.body else {
            return Err(FunctionError::new(format!("{}() can only be called in an expression", self.name)));
        };
        self.check_count(args.len())?;
        let mut marks = Marks::default();
        let mut ready = Vec::with_capacity(args.len());
        let mut unknown = false;
        for (position, arg) in args.iter().enumerate() {
            let Some(param) = self.param(position) else { continue };
            let value = prepare(param, position, arg)?;
            unknown |= match param.unknowns {
                Unknowns::Never => !value.is_wholly_known(),
                Unknowns::Inside => value.is_unknown(),
                Unknowns::Any => false,
            };
            if param.marks {
                ready.push(value);
            } else {
                let (plain, own) = value.unmark_deep();
                marks = marks.union(&own);
                ready.push(plain);
            }
        }
        if unknown {
            let own = ready.iter().fold(marks, |all, v| all.union(v.marks()));
            return Ok(self.unknown_result(&ready).mark(&own));
        }
        match body(env, &ready) {
            Ok(value) => Ok(value.mark(&marks)),
            Err(error) => Err(conceal(error, args)),
        }
    }

    /// What a call gives when an argument is unknown.
    #[must_use]
    pub fn unknown_result(&self, args: &[Value]) -> Value {
        match self.returns {
            Returns::Always(ty) => Value::unknown_not_null(ty()),
            Returns::Depends(ty) => Value::unknown(ty(args)),
        }
    }

    fn check_count(&self, given: usize) -> Result<(), FunctionError> {
        let least = self.params.len();
        let plural = |n: usize| if n == 1 { "1 argument".to_string() } else { format!("{n} arguments") };
        if given < least {
            let missing = self.params.get(given).map_or("", |p| p.name);
            let at_least = if self.variadic.is_some() { "at least " } else { "" };
            return Err(FunctionError::new(format!(
                "{} needs {at_least}{}, but there {} {given}; {missing:?} is missing",
                self.signature(),
                plural(least),
                if given == 1 { "is" } else { "are" },
            )));
        }
        if given > least && self.variadic.is_none() {
            let message = format!(
                "{} takes {}, but there are {given}",
                self.signature(),
                if least == 0 { "no arguments".into() } else { plural(least) }
            );
            return Err(FunctionError::arg(least, message));
        }
        Ok(())
    }
}

fn prepare(param: &Param, position: usize, arg: &Value) -> Result<Value, FunctionError> {
    let value = convert(arg, &(param.ty)()).map_err(|e| {
        let place = if e.path.0.is_empty() { String::new() } else { format!(" at {}", e.path) };
        FunctionError::arg(position, format!("invalid value for {:?}{place}: {}", param.name, e.message))
    })?;
    if value.is_null() && !param.nulls {
        return Err(FunctionError::arg(position, format!("invalid value for {:?}: it must not be null", param.name)));
    }
    Ok(value)
}

/// Takes the text of a message away if it shows something of a sensitive argument.
fn conceal(error: FunctionError, args: &[Value]) -> FunctionError {
    let shows = args.iter().any(|arg| shows_secret(arg, false, &error.message));
    if !shows {
        return error;
    }
    let message = "the value is not valid; what is wrong with it cannot be shown, because it is sensitive".to_string();
    FunctionError { arg: error.arg, message }
}

fn shows_secret(value: &Value, secret_above: bool, message: &str) -> bool {
    let secret = secret_above || value.marks().is_secret();
    match value.repr() {
        Repr::String(s) if secret => {
            !s.is_empty() && (message.contains(&**s) || message.contains(&format!("{s:?}").trim_matches('"').to_string()))
        }
        Repr::Number(n) if secret => message.contains(&n.to_string()),
        _ => value.children().any(|c| shows_secret(c, secret, message)),
    }
}

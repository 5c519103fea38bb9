//! `cost`: what an environment costs a month; and the line of a plan.

use super::args_govern::CostArgs;
use super::policy::{at_rest, quiet, region};
use super::prices::load;
use super::project::{Need, Project, open};
use super::session::Session;
use super::state::read;
use crate::addr::Mode;
use crate::diag::{Diagnostic, Diagnostics};
use crate::ops::cost::{Assumed, Estimate, Prices, decode, estimate, joined, planned};
use crate::ops::guard;
use crate::ops::objects::described;
use crate::plan::Plan;
use crate::plan::eval::Evaluator;
use crate::report::cost as report;
use crate::report::json::Line;
use crate::state::State;
use crate::value::Number;

/// Runs the command.
///
/// # Errors
/// When the environment does not load, or there are no prices.
pub async fn run(session: &Session, args: &CostArgs) -> Result<u8, Diagnostics> {
    let project = open(session, args.env.env.as_deref(), &quiet(&args.env).input, Need::Variables)?;
    let state = match read(&project).await {
        Ok(state) => state.map(|(state, _)| state).unwrap_or_default(),
        Err(diags) => {
            let why = diags.iter().map(|d| d.detail.clone()).next().unwrap_or_default();
            let d = Diagnostic::warning("The state cannot be read", format!("What is not written in the configuration is unknown: {why}"));
            session.report(&d.into());
            State::default()
        }
    };
    let eval = at_rest(session, &project, &state)?;
    let prices = load(&project.config.project_dir)?;
    let Some(region) = region(&project, &eval) else {
        let d = Diagnostic::error("No region", "Prices depend on the region, and the environment names none.");
        return Err(d.help("Write region into the environment block, or set AWS_REGION.").into());
    };
    if !prices.has(&region) {
        return Err(Diagnostic::error("No prices", no_prices(&region))
            .help(format!("Fetch them: envctl prices update -region {region}."))
            .into());
    }
    let mut diags = Diagnostics::new();
    let objects = joined(&described(&eval, Mode::Managed), &state);
    let addrs: Vec<String> = objects.iter().map(|o| o.addr.clone()).collect();
    let assumed = assumed(&project, &eval, &addrs, &mut diags);
    if diags.has_errors() {
        return Err(diags);
    }
    session.report(&diags);
    let estimate = estimate(&objects, &region, &prices, &assumed);
    let name = &project.config.name;
    if args.json {
        let document = report::document(&estimate, name, &region, &prices);
        session.out(&format!("{}\n", serde_json::to_string_pretty(&document).unwrap_or_default()));
    } else {
        session.out(&report::text(&estimate, name, &region, &prices, &session.style));
    }
    Ok(0)
}

fn no_prices(region: &str) -> String {
    format!("There are no prices of {region} here: none come with envctl, they are AWS's.")
}

fn assumed(project: &Project, eval: &Evaluator, addrs: &[String], diags: &mut Diagnostics) -> Assumed {
    let rules = project.config.environment.as_ref().map_or(&[][..], |e| &e.rules);
    let assumed = decode(rules, &eval.root_scope(), diags);
    for (name, at) in assumed.nobodys(addrs) {
        diags.push(Diagnostic::warning("An assumption about nothing", format!("No object has the address {name:?}.")).at(at));
    }
    assumed
}

/// What a plan makes of the cost.
#[derive(Clone, Debug)]
pub struct PlanCost {
    before: Estimate,
    after: Estimate,
    region: String,
    prices: Prices,
}

/// Prices a plan; why it cannot be done.
pub fn of_plan(project: &Project, eval: &Evaluator, plan: &Plan, diags: &mut Diagnostics) -> Result<PlanCost, String> {
    let prices: Prices = load(&project.config.project_dir).map_err(|d| {
        let why = d.iter().map(|d| d.detail.clone()).next().unwrap_or_default();
        d.into_iter().for_each(|d| diags.push(d.into_warning()));
        why
    })?;
    if prices.is_empty() {
        return Err("no prices are here; envctl prices update fetches them.".into());
    }
    let region = region(project, eval).ok_or("the environment names no region.")?;
    if !prices.has(&region) {
        return Err(no_prices(&region));
    }
    let (before, after) = planned(plan, &described(eval, Mode::Managed));
    let addrs: Vec<String> = before.iter().chain(&after).map(|o| o.addr.clone()).collect();
    let assumed = assumed(project, eval, &addrs, diags);
    let price = |objects| estimate(objects, &region, &prices, &assumed);
    let (before, after) = (price(&before), price(&after));
    Ok(PlanCost { before, after, region, prices })
}

impl PlanCost {
    /// The line of the plan.
    #[must_use]
    pub fn line(&self) -> Option<String> {
        report::plan_line(&self.before, &self.after)
    }

    /// The line of the plan's `-json` stream, with the same in numbers.
    #[must_use]
    pub fn json_line(&self) -> Line {
        let message = self.line().unwrap_or_else(|| "Nothing here costs anything by itself.".to_string());
        Line::cost(&message, report::plan_document(&self.before, &self.after, &self.region, &self.prices))
    }

    /// For guards.
    #[must_use]
    pub fn guarded(&self) -> guard::Estimate {
        guard::Estimate { known: Number::from(self.after.known.clone()), unknown: self.after.unknown.clone() }
    }
}

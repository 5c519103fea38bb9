//! `prices update`: prices from offer files of the AWS Price List, given or downloaded; and where they are kept.

use super::args_govern::{PricesCommand, PricesUpdateArgs};
use super::session::Session;
use crate::diag::{Diagnostic, Diagnostics};
use crate::fetch::document;
use crate::ops::cost::{OFFERS, Offer, Prices, read_offer};
use std::path::{Path, PathBuf};

/// Where AWS publishes its offer files; no credentials are needed.
const PUBLIC: &str = "https://pricing.us-east-1.amazonaws.com";
/// No offer file of one region is larger.
const LARGEST: u64 = 4 << 30;

/// Runs the command.
///
/// # Errors
/// A file that is no offer file, a region that is not named, a download that fails.
pub async fn run(session: &Session, command: &PricesCommand) -> Result<u8, Diagnostics> {
    let PricesCommand::Update(args) = command;
    let cwd = std::env::current_dir().map_err(|e| Diagnostic::error("No current folder", e.to_string()))?;
    let root = cwd.ancestors().find(|d| d.join("environments").is_dir()).unwrap_or(&cwd).to_path_buf();
    let mut prices = load(&root)?;
    let folder = folder(&root);
    std::fs::create_dir_all(&folder).map_err(|e| unwritable(&folder, &e))?;
    if args.from.is_empty() {
        download(session, args, &folder, &mut prices).await?;
    } else {
        for path in &args.from {
            let offer = read(path, args.region.first().filter(|_| args.region.len() == 1).map(String::as_str))?;
            take(session, args, &folder, &mut prices, offer, &path.display().to_string())?;
        }
    }
    Ok(0)
}

/// The prices of a project; none where none were fetched.
///
/// # Errors
/// When a file is damaged.
pub fn load(root: &Path) -> Result<Prices, Diagnostics> {
    let mut prices = Prices::default();
    let Ok(entries) = std::fs::read_dir(folder(root)) else { return Ok(prices) };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "json")).collect();
    paths.sort();
    for path in paths {
        let read = std::fs::read(&path).map_err(|e| e.to_string()).and_then(|bytes| prices.add(&bytes));
        read.map_err(|why| {
            let d = Diagnostic::error("Prices cannot be read", format!("{}: {why}.", path.display()));
            d.help("Remove the file, and fetch them again: envctl prices update.")
        })?;
    }
    Ok(prices)
}

/// Whether a project has prices.
#[must_use]
pub fn any(root: &Path) -> bool {
    folder(root).is_dir()
}

fn folder(root: &Path) -> PathBuf {
    root.join(".envctl/prices")
}

fn unwritable(path: &Path, e: &std::io::Error) -> Diagnostic {
    Diagnostic::error("Prices cannot be kept", format!("{}: {e}.", path.display()))
}

fn read(path: &Path, region: Option<&str>) -> Result<Offer, Diagnostic> {
    let failed = |why: String| Diagnostic::error("Not an offer file", format!("{}: {why}.", path.display()));
    let help = "An offer file is what https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AmazonEC2/current/REGION/index.json has.";
    let file = std::fs::File::open(path).map_err(|e| failed(e.to_string()))?;
    read_offer(file, region).map_err(|why| failed(why).help(help))
}

/// Keeps what an offer says, and tells it.
fn take(
    session: &Session,
    args: &PricesUpdateArgs,
    folder: &Path,
    prices: &mut Prices,
    mut offer: Offer,
    from: &str,
) -> Result<(), Diagnostics> {
    offer.regions.retain(|region, _| args.region.is_empty() || args.region.contains(region));
    let (code, published) = (offer.code.clone(), offer.published.clone());
    let count: usize = offer.regions.values().map(std::collections::BTreeMap::len).sum();
    let regions = prices.update(offer);
    for region in &regions {
        let path = folder.join(format!("{region}.json"));
        let text = prices.file(region).unwrap_or_default();
        let new = path.with_extension("new");
        std::fs::write(&new, text).and_then(|()| std::fs::rename(&new, &path)).map_err(|e| unwritable(&path, &e))?;
    }
    let known = if OFFERS.contains(&code.as_str()) { "" } else { "; no rule uses it" };
    let what = if regions.is_empty() {
        "nothing that is used here".to_string()
    } else {
        format!("{count} {} of {}", if count == 1 { "price" } else { "prices" }, regions.join(", "))
    };
    session.out(&format!("{code}, published {published}: {what} (from {from}){known}.\n"));
    Ok(())
}

/// Every offer of every region, one after the other through a file that is removed again.
async fn download(session: &Session, args: &PricesUpdateArgs, folder: &Path, prices: &mut Prices) -> Result<(), Diagnostics> {
    let set = |name: &str| session.env.get(name).filter(|v| !v.is_empty()).cloned();
    let mut regions = args.region.clone();
    if regions.is_empty() {
        regions.extend(set("AWS_REGION").or_else(|| set("AWS_DEFAULT_REGION")));
    }
    if regions.is_empty() {
        let d = Diagnostic::error("No region", "Prices are fetched by region, and neither -region nor AWS_REGION names one.");
        return Err(d.help("Add it: envctl prices update -region eu-central-1.").into());
    }
    let base = set("ENVCTL_PRICES_URL").unwrap_or_else(|| PUBLIC.into());
    for region in regions {
        for code in OFFERS {
            let url = format!("{}/offers/v1.0/aws/{code}/current/{region}/index.json", base.trim_end_matches('/'));
            let file = tempfile::Builder::new().prefix("offer-").tempfile_in(folder).map_err(|e| unwritable(folder, &e))?;
            document(&url, file.path(), LARGEST).await?;
            let offer = read(file.path(), Some(&region))?;
            take(session, &PricesUpdateArgs { region: vec![region.clone()], ..args.clone() }, folder, prices, offer, &url)?;
        }
    }
    Ok(())
}

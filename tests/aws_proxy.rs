//! The AWS test proxy as a program: `aws-proxy --upstream http://127.0.0.1:5000 [--port 0]`.
//! Prints `listening on http://127.0.0.1:PORT` and serves until it is killed.

#[path = "proxy/mod.rs"]
mod proxy;

use std::process::ExitCode;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("aws-proxy: {reason}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), String> {
    let mut upstream = None;
    let mut port = 0_u16;
    let mut args = std::env::args().skip(1);
    while let Some(flag) = args.next() {
        let value = args.next().ok_or(format!("{flag} needs a value"))?;
        match flag.as_str() {
            "--upstream" => upstream = Some(value),
            "--port" => port = value.parse().map_err(|_| format!("--port {value}: not a port"))?,
            _ => return Err(format!("{flag}: unknown; use --upstream URL and --port N")),
        }
    }
    let upstream = upstream.ok_or("--upstream URL is missing (moto's address)")?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(|error| format!("port {port}: {error}"))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    println!("listening on http://{address}");
    proxy::serve(listener, &upstream).await.map_err(|error| error.to_string())
}

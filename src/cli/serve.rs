//! `dermagraph serve`: the service.

use clap::Args;

use super::DatabaseArgs;
use crate::app::Application;

/// Arguments of `serve`.
#[derive(Args, Debug)]
pub struct ServeArgs {
    /// Address to listen on; port 0 takes any free port
    #[arg(long, env = "DERMAGRAPH_LISTEN", value_name = "HOST:PORT", default_value = "127.0.0.1:8080")]
    listen: String,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Serves until told to stop.
pub async fn run(args: ServeArgs) -> Result<(), String> {
    let store = args.database.open().await.map_err(|failure| failure.to_string())?;
    let application = Application::build(&store, &args.listen)
        .map_err(|failure| format!("cannot listen on {}: {failure}; give another address with --listen", args.listen))?;
    let address = application.address();
    println!("listening  http://{address}  (Ctrl-C stops it)");
    println!("  playground  http://{address}/");
    println!("  GraphQL     http://{address}/graphql");
    application.run_until_stopped().await.map_err(|failure| failure.to_string())
}

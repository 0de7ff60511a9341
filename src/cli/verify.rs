//! `dermagraph verify`: compares the database with the checksum of its latest revision.

use clap::Args;

use super::{
    DatabaseArgs,
    documents::{ConsoleProgress, error_message, print_line},
};
use crate::{
    content,
    library::{self, VerifyReport},
    plural,
};

/// Arguments of `verify`.
#[derive(Args)]
pub struct VerifyArgs {
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Verifies the database. A difference is an error.
pub async fn run(args: VerifyArgs) -> Result<(), String> {
    let writer = args.database.existing_writer().await.map_err(|failure| failure.to_string())?;
    let verified = library::verify(content::catalog(), &writer, &ConsoleProgress::new()).await;
    writer.close().await;
    let VerifyReport { revision, records, published, found, outdated, outdated_terms } =
        verified.map_err(|failure| error_message(&failure))?;
    if found != published {
        return Err(format!(
            "The library differs from revision {revision}: its checksum is {found}, and that of the revision is {published}. \
             Restore a backup, or export the library, correct it, and import it into a new database."
        ));
    }
    for change in &outdated {
        print_line(&format!("{} {}: {}", change.type_name, change.slug, change.field_names().join(", ")));
    }
    match outdated.len() {
        0 if outdated_terms > 0 => {
            return Err(format!(
                "The search terms of {} are outdated. Rebuild them with `dermagraph reindex`.",
                plural::count(outdated_terms, "record")
            ));
        }
        0 if revision == 0 => print_line("Nothing was published yet."),
        0 => {
            let records = plural::count(records, "record");
            print_line(&format!("Revision {revision} is intact: {records} with the checksum {found}."));
        }
        count => {
            return Err(format!(
                "Derived fields of {} are outdated. Export the library and import the export again to correct them.",
                plural::count(count, "record")
            ));
        }
    }
    Ok(())
}

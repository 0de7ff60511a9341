//! `dermagraph verify`: compares the database with the checksum of its latest revision.

use clap::Args;

use crate::{
    cli::{
        DatabaseArgs,
        documents::{ConsoleProgress, print_line},
    },
    content,
    library::{self, VerifyReport},
    plural,
    store::Writer,
};

/// Arguments of `verify`.
#[derive(Args)]
pub struct VerifyArgs {
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Verifies the database. A difference is an error.
pub async fn run(args: VerifyArgs) -> Result<(), String> {
    let verify = async |writer: &Writer| library::verify(content::catalog(), writer, &ConsoleProgress::new()).await;
    let VerifyReport { revision, records, published, found, outdated, outdated_terms } = args.database.run(verify).await?;
    if found != published {
        return Err(format!(
            "The library differs from revision {revision}: its checksum is {found}, and that of the revision is {published}. \
             Restore a backup, or export the library, correct it, and import it into a new database."
        ));
    }
    for change in &outdated {
        print_line(&format!("{} {}: {}", change.type_name, change.slug, change.field_names().join(", ")))?;
    }
    if !outdated.is_empty() {
        let records = plural::count(outdated.len(), "record");
        return Err(format!(
            "Derived fields of {records} are outdated. Export the library and import the export again to correct them."
        ));
    }
    if outdated_terms > 0 {
        let records = plural::count(outdated_terms, "record");
        return Err(format!("The search terms of {records} are outdated. Rebuild them with `dermagraph reindex`."));
    }
    if revision == 0 {
        print_line("Nothing was published yet.")
    } else {
        let records = plural::count(records, "record");
        print_line(&format!("Revision {revision} is intact: {records} with the checksum {found}."))
    }
}

//! `dermagraph export`: writes the library as content documents.

use std::path::PathBuf;

use clap::Args;

use crate::{
    cli::{
        DatabaseArgs,
        documents::{error_message, print_line},
    },
    content,
    library::{self, Leftovers},
    plural,
};

/// Arguments of `export`.
#[derive(Args)]
pub struct ExportArgs {
    /// Folder for the content documents; created if it is missing, replaced in one step if it exists
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// Write into a folder that is not empty: documents of an earlier export are replaced, or removed if their records
    /// are gone; documents that did not change, drafts and other files stay as they are
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Exports everything.
pub async fn run(args: ExportArgs) -> Result<(), String> {
    let files = args.database.run(async |writer| library::export(content::catalog(), writer).await).await?;
    let written = library::write_files(content::catalog(), &args.folder, &files, args.force);
    let Leftovers { removed, unchanged, drafts, lost } = written.map_err(|failure| error_message(&failure))?;
    for problem in lost {
        eprintln!("replaced {problem}");
    }
    for path in removed {
        print_line(&format!("removed {}", path.display()))?;
    }
    for path in unchanged {
        print_line(&format!("not removed {}: ids.yaml does not show that an earlier export wrote it", path.display()))?;
    }
    for (path, draft) in drafts {
        print_line(&format!("not removed from {}: {draft}, which is not in the library", path.display()))?;
    }
    print_line(&format!("{} written to {}.", plural::count(files.len(), "file"), args.folder.display()))
}

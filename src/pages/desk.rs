//! The editor's desk: the page in which the scripts of `web/desk` show the form. The page itself contains no records.

use maud::html;

use super::layout::{Head, Site, page};

/// Makes the page.
#[must_use]
pub fn make(site: &Site) -> String {
    let main = html! {
        link rel="stylesheet" href={ (site.root) "edit/desk.css" };
        link rel="stylesheet" href={ (site.root) "edit/document.css" };
        #desk {
            noscript {
                section.message {
                    h1 { "Editor’s desk" }
                    p { "The desk needs scripts. Without them, change content by GraphQL mutations or by files." }
                }
            }
        }
        p #status .visually-hidden role="status" {}
        script type="module" src={ (site.root) "edit/desk.js" } {}
    };
    let description = "Change the content documents of the library, see what differs, and publish.";
    page(site, &Head { title: "Editor’s desk", description, path: None, json_ld: None }, None, &main)
}

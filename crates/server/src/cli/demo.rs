//! `demo`: see [`crate::demo`].

use super::{Outcome, Terminal, args::DemoArgs};

pub(crate) async fn run(terminal: &Terminal, args: &DemoArgs) -> Outcome {
    crate::demo::run(terminal, &args.folder, args.keep_running).await
}

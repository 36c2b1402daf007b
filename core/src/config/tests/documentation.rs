//! `docs/options.md` is the registry.

use std::path::Path;

use crate::config::{options, options_markdown};

#[test]
fn docs_options_md_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/options.md");
    let wanted = options_markdown();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &wanted).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == wanted, "docs/options.md differs: run UPDATE_DOCS=1 cargo test -p tdsec-core");
}

#[test]
fn every_option_is_described_and_dangerous_ones_say_so() {
    for option in options() {
        assert!(!option.doc.is_empty() && !option.default.is_empty(), "{}", option.name);
        assert_eq!(option.dangerous, option.name.starts_with("danger_"), "{}", option.name);
        assert!(!option.doc.contains(['|', '\n']), "{} breaks the table", option.name);
    }
}

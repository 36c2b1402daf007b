//! What `libtdsec.so` exports is what `abi.txt` lists, what the header declares, and guarded.

use std::collections::BTreeSet;
use std::process::Command;

use crate::tools::{built, root, succeed};

/// They return constants.
const UNGUARDED: [&str; 2] = ["tdsec_version", "tdsec_abi_version"];

fn exported() -> BTreeSet<String> {
    let listed = succeed(Command::new("nm").args(["-D", "--defined-only"]).arg(built("libtdsec.so")));
    listed.lines().map(|line| line.split_whitespace().last().unwrap().to_owned()).collect()
}

#[test]
fn the_library_exports_the_frozen_list_and_nothing_else() {
    let path = root().join("ffi-c/abi.txt");
    let exported: String = exported().into_iter().map(|name| name + "\n").collect();
    if std::env::var_os("UPDATE_ABI").is_some() {
        std::fs::write(&path, &exported).unwrap();
    }
    let frozen = std::fs::read_to_string(&path).unwrap();
    assert_eq!(exported, frozen, "ffi-c/abi.txt is not what the library exports; a name that was released stays");
}

#[test]
fn the_header_declares_what_is_exported() {
    let header = std::fs::read_to_string(root().join("include/tdsec.h")).unwrap();
    let declared: BTreeSet<String> = header
        .lines()
        .filter(|line| !line.trim_start().starts_with('*') && !line.starts_with("typedef"))
        .filter_map(|line| line.split_once('(')?.0.rsplit([' ', '*']).next())
        .filter(|name| name.starts_with("tdsec_"))
        .map(str::to_owned)
        .collect();
    assert_eq!(declared, exported());
}

#[test]
fn the_soname_carries_the_number_of_the_abi() {
    let header = std::fs::read_to_string(root().join("include/tdsec.h")).unwrap();
    let number = header.lines().find_map(|line| line.strip_prefix("#define TDSEC_ABI_VERSION ")).unwrap();
    let dynamic = succeed(Command::new("readelf").arg("-d").arg(built("libtdsec.so")));
    assert!(dynamic.contains(&format!("Library soname: [libtdsec.so.{number}]")), "{dynamic}");
}

/// No panic crosses the border: releases unwind, and every export runs inside the guard that catches.
#[test]
fn every_export_passes_the_border_guard() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(manifest.contains("panic = \"unwind\""));
    let mut guarded = BTreeSet::new();
    for file in std::fs::read_dir(root().join("ffi-c/src")).unwrap() {
        let source = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let functions: Vec<(&str, &str)> = source
            .split("fn ")
            .skip(1)
            .filter_map(|text| Some((name_of(text)?, text.split("\n}\n").next()?)))
            .collect();
        let passes = |body: &str| body.contains("guard::");
        let helpers: Vec<&str> = functions.iter().filter(|(_, body)| passes(body)).map(|(name, _)| *name).collect();
        let calls_helper = |body: &str| helpers.iter().any(|helper| body.contains(&format!("    {helper}(")));
        let exports = functions.iter().filter(|(name, _)| name.starts_with("tdsec_"));
        guarded
            .extend(exports.filter(|(_, body)| passes(body) || calls_helper(body)).map(|(name, _)| (*name).to_owned()));
    }
    guarded.extend(UNGUARDED.map(str::to_owned));
    assert_eq!(guarded, exported());
}

fn name_of(text: &str) -> Option<&str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next().filter(|name| !name.is_empty())
}

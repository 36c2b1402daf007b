//! `include/tdsec.h` is what cbindgen makes of this crate and the core's tables; `UPDATE_HEADER=1` writes it.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use cbindgen::{Builder, Config, DocumentationStyle, Language, Style};
use tdsec_core::{DataType, ErrorCode, EventName, Precision, Severity};

/// What holds for every function.
const RULES: &str = "\
/*
 * tdsec: secure, fast connectivity to TDengine. Generated from ffi-c; do not edit.
 *
 * What holds for every function, unless its own comment says otherwise:
 *
 * Answers      A function that returns int32_t returns TDSEC_OK or the number of an error. Its last parameter, error,
 *              may be NULL; else *error becomes NULL or the error, which then belongs to the caller. Other
 *              out-parameters are written only if the function returns TDSEC_OK.
 * Ownership    What comes through a pointer to a handle (tdsec_connection **) belongs to the caller, who frees it
 *              once, by the _free function of its type, in any order: what was made from a handle outlives it. A
 *              handle given as a parameter is borrowed for the length of the call, as are texts and structures.
 *              Texts returned as const char * belong to the handle they were asked of.
 * NULL         A handle, a text or an out-parameter that is NULL is answered by TDSEC_INVALID_ARGUMENT. A function
 *              that has no error to give returns 0, false or NULL for a handle that is NULL.
 * Mistakes     A handle of another type is answered as NULL is, and freeing it as what it is not does nothing. Closing
 *              twice is fine. Using or freeing a handle that was freed before is a defect of the program, as with
 *              free(): nothing promises to notice.
 * Text         UTF-8, ended by a NUL. What is not UTF-8 is answered by TDSEC_INVALID_ARGUMENT.
 * Time         Milliseconds where a number is asked for. docs/options.md has the units and defaults of the options.
 * Threads      Each function says what may run at the same time. No function uses the caller's thread afterwards, and
 *              no signal handler, locale or environment variable is changed. None may be called in a signal handler.
 * fork         Handles belong to the process that made them: in a child, calls on connections, results and pools
 *              answer TDSEC_FORKED and freeing them touches nothing of the parent's. New ones work.
 * Limits       Nothing waits for ever: connect_timeout bounds connecting, acquire_timeout or timeout_ms waiting for a
 *              connection of a pool, request_timeout or timeout_ms each answer of the server.
 */
";

const ARROW: &str = "\
#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE
struct ArrowSchema;
struct ArrowArray;
/** The Arrow C stream interface; the caller releases it by its own release. */
struct ArrowArrayStream {
  int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
  int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
  const char *(*get_last_error)(struct ArrowArrayStream *);
  void (*release)(struct ArrowArrayStream *);
  void *private_data;
};
#endif
";

/// Names of the crate's types in C.
const NAMES: [(&str, &str); 30] = [
    ("Config", "tdsec_config"),
    ("Connection", "tdsec_connection"),
    ("QueryResult", "tdsec_result"),
    ("Block", "tdsec_block"),
    ("Certificate", "tdsec_certificate"),
    ("Error", "tdsec_error"),
    ("Cancel", "tdsec_cancel"),
    ("Pool", "tdsec_pool"),
    ("PoolCounts", "tdsec_pool_counts"),
    ("Source", "tdsec_source"),
    ("Issued", "tdsec_issued"),
    ("Token", "tdsec_token"),
    ("TokenOptions", "tdsec_token_options"),
    ("Tokens", "tdsec_tokens"),
    ("Column", "tdsec_column"),
    ("Field", "tdsec_field"),
    ("ConnectOptions", "tdsec_connect_options"),
    ("QueryOptions", "tdsec_query_options"),
    ("AcquireOptions", "tdsec_acquire_options"),
    ("ConnectionCallback", "tdsec_connection_callback"),
    ("ResultCallback", "tdsec_result_callback"),
    ("TotpCallback", "tdsec_totp_callback"),
    ("BlockCallback", "tdsec_block_callback"),
    ("TokenCallback", "tdsec_token_callback"),
    ("FreeCallback", "tdsec_free_callback"),
    ("Event", "tdsec_event"),
    ("Events", "tdsec_events"),
    ("LogCallback", "tdsec_log_callback"),
    ("MetricsServer", "tdsec_metrics_server"),
    ("FFI_ArrowArrayStream", "struct ArrowArrayStream"),
];

/// As in the library and its soname, which `abi.rs` compares.
const ABI_VERSION: u32 = 0;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn constants() -> String {
    let version = env!("CARGO_PKG_VERSION");
    let mut text = format!(
        "/** The release and the number of the ABI this header describes; see tdsec_version and tdsec_abi_version. */\n\
         #define TDSEC_VERSION \"{version}\"\n#define TDSEC_ABI_VERSION {ABI_VERSION}\n\n"
    );
    text.push_str(
        "/** Numbers of the errors; 0 is success. tdsec_error_remedy says what to do. */\nenum {\n  TDSEC_OK = 0,\n",
    );
    for code in ErrorCode::ALL {
        let _ = writeln!(text, "  /** {} */\n  TDSEC_{} = {},", code.cause(), code.name(), code.number());
    }
    text.push_str("};\n\n/** Types of columns, by TDengine's numbers. */\nenum {\n");
    for data_type in DataType::ALL {
        let name = data_type.name().replace(' ', "_");
        let _ = writeln!(text, "  TDSEC_TYPE_{name} = {},", data_type.number());
    }
    text.push_str("};\n\n/** Units of the timestamps of a result. */\nenum {\n");
    for (name, precision) in [
        ("MILLISECOND", Precision::Millisecond),
        ("MICROSECOND", Precision::Microsecond),
        ("NANOSECOND", Precision::Nanosecond),
    ] {
        let _ = writeln!(text, "  TDSEC_{name} = {},", precision.number());
    }
    text.push_str("};\n\n/** How much an event matters. */\nenum {\n");
    for severity in Severity::ALL {
        let _ = writeln!(text, "  TDSEC_SEVERITY_{} = {},", severity.name().to_uppercase(), severity.number());
    }
    text.push_str("};\n\n/** Kinds of values of an event's fields. */\nenum {\n");
    for (number, name) in ["TEXT", "INTEGER", "REAL", "BOOL"].iter().enumerate() {
        let _ = writeln!(text, "  TDSEC_FIELD_{name} = {number},");
    }
    text.push_str("};\n\n/* Names of the events; docs/events.md has their fields. */\n");
    for event in EventName::ALL {
        let constant = event.name().replace('.', "_").to_uppercase();
        let _ = writeln!(text, "/** {} */\n#define TDSEC_EVENT_{constant} \"{}\"", event.sentence(), event.name());
    }
    text
}

fn generate() -> String {
    let mut config = Config {
        language: Language::C,
        style: Style::Both,
        cpp_compat: true,
        usize_is_size_t: true,
        include_guard: Some("TDSEC_H".into()),
        documentation_style: DocumentationStyle::Doxy,
        no_includes: true,
        sys_includes: ["stdbool.h", "stddef.h", "stdint.h"].map(String::from).into(),
        header: Some(RULES.trim_end().into()),
        after_includes: Some(format!("\n{}\n{ARROW}", constants())),
        ..Config::default()
    };
    config.export.rename = NAMES.iter().map(|(rust, c)| ((*rust).to_owned(), (*c).to_owned())).collect();
    config.export.exclude = vec!["FFI_ArrowArrayStream".into()];
    let bindings = Builder::new().with_crate(env!("CARGO_MANIFEST_DIR")).with_config(config).generate().unwrap();
    let mut bytes = Vec::new();
    bindings.write(&mut bytes);
    String::from_utf8(bytes).unwrap()
}

#[test]
fn the_committed_header_is_the_generated_one() {
    let path = root().join("include/tdsec.h");
    let made = generate();
    if std::env::var_os("UPDATE_HEADER").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == made, "include/tdsec.h is not what the crate says; run the test with UPDATE_HEADER=1");
}

#[test]
fn the_header_compiles_as_c99_and_as_cpp() {
    let header = root().join("include/tdsec.h");
    for (compiler, language, standard) in [("gcc", "c", "-std=c99"), ("g++", "c++", "-std=c++17")] {
        let flags = ["-Wall", "-Wextra", "-Werror", "-pedantic", "-fsyntax-only", standard, "-x", language];
        let output = Command::new(compiler).args(flags).arg(&header).output().unwrap();
        assert!(output.status.success(), "{compiler}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

//! `tdsec probe`.

use std::fmt::Write as _;
use std::io::{self, Read as _};
use std::path::Path;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tdsec::{Config, EXPIRY_WARNING_DAYS, Error, ErrorCode, Probe, blocking};

use crate::args::Probe as Arguments;
use crate::output::{Report, certificate_json, certificate_text, error_json, error_text};

pub(crate) fn run(arguments: &Arguments) -> Result<Report, Error> {
    let config = config(arguments)?;
    let probes = blocking::wait(tdsec::probe(&config))?;
    let now = SystemTime::now();
    let well = probes.iter().all(|probe| probe.error.is_none());
    let mut text = String::new();
    for probe in &probes {
        describe(&mut text, probe, &config, now);
    }
    for warning in config.warnings() {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "warning: {warning}");
    }
    let endpoints: Vec<Value> = probes.iter().map(|probe| to_json(probe, now)).collect();
    let warnings: Vec<String> = config.warnings().iter().map(ToString::to_string).collect();
    Ok(Report { text, json: json!({ "well": well, "endpoints": endpoints, "warnings": warnings }), well })
}

fn config(arguments: &Arguments) -> Result<Config, Error> {
    let mut builder = Config::builder().address(&arguments.address)?;
    for option in &arguments.options {
        let (name, value) = option.split_once('=').ok_or_else(|| {
            Error::new(ErrorCode::OptionInvalid, "an option is written as NAME=VALUE").with_option("option")
        })?;
        builder = builder.set(name, value)?;
    }
    if let Some(ca) = &arguments.ca {
        builder = builder.set("tls_ca", &ca.to_string_lossy())?;
    }
    if let Some(token) = token(arguments)? {
        builder = builder.set("bearer_token", &token)?;
    }
    builder.build()
}

/// Not on the command line, where other users of the machine could read it.
fn token(arguments: &Arguments) -> Result<Option<String>, Error> {
    const MOST: u64 = 64 << 10;
    let unreadable = |what: String| Error::new(ErrorCode::FileUnreadable, what).with_option("bearer_token");
    if let Some(name) = &arguments.token_env {
        let token = std::env::var(name);
        return token.map(Some).map_err(|_| unreadable(format!("the environment has no variable {name}")));
    }
    let Some(path) = &arguments.token_file else { return Ok(None) };
    let mut text = String::new();
    let read = if path == Path::new("-") {
        io::stdin().take(MOST).read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(MOST).read_to_string(&mut text))
    };
    read.map_err(|error| unreadable(format!("cannot read {}: {error}", path.display())).with_source(error))?;
    Ok(Some(text.lines().next().unwrap_or_default().to_owned()))
}

fn describe(text: &mut String, probe: &Probe, config: &Config, now: SystemTime) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{}", probe.endpoint);
    for (at, certificate) in probe.certificates.iter().enumerate() {
        let _ = write!(text, "certificate {at}\n{}", certificate_text(certificate, now));
        if certificate.days_left(now) < EXPIRY_WARNING_DAYS {
            let _ = writeln!(text, "  warning    ends in {} days", certificate.days_left(now));
        }
    }
    if let Some(tls) = &probe.tls {
        let exchange = if tls.key_exchange.is_empty() { "-" } else { &tls.key_exchange };
        let _ = writeln!(text, "tls          {}, {}, {exchange}", tls.version, tls.cipher_suite);
        for certificate in tls.client_certificates.iter().take(1) {
            let days = certificate.days_left(now);
            let _ = writeln!(text, "identity     {} ({days} days left)", certificate.subject);
        }
    }
    if config.tls().is_some() && !probe.certificates.is_empty() {
        let _ = writeln!(text, "stapled      {}", probe.stapled_ocsp.unwrap_or("nothing"));
    }
    if let Some(resumed) = probe.resumption {
        let _ = writeln!(text, "resumption   {}", if resumed { "yes" } else { "no" });
    }
    for (phase, duration) in &probe.phases {
        let _ = writeln!(text, "{:<12} {:.1} ms", phase.name(), milliseconds(*duration));
    }
    match (&probe.error, &probe.server_version) {
        (Some(error), _) => text.push_str(&error_text(error)),
        (None, Some(version)) => {
            let _ = writeln!(text, "credential   accepted ({}); server {version}", config.credential().kind());
        }
        (None, None) => text.push_str("credential   none given, none shown\n"),
    }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

fn to_json(probe: &Probe, now: SystemTime) -> Value {
    let phases: serde_json::Map<String, Value> =
        probe.phases.iter().map(|(phase, took)| (phase.name().into(), json!(milliseconds(*took)))).collect();
    let certificates = |list: &[tdsec::Certificate]| -> Vec<Value> {
        list.iter().map(|certificate| certificate_json(certificate, now)).collect()
    };
    let tls = probe.tls.as_ref().map(|tls| {
        json!({
            "version": tls.version,
            "cipher_suite": tls.cipher_suite,
            "key_exchange": tls.key_exchange,
            "client_certificates": certificates(&tls.client_certificates),
        })
    });
    json!({
        "endpoint": probe.endpoint.to_string(),
        "tls": tls,
        "certificates": certificates(&probe.certificates),
        "stapled_ocsp": probe.stapled_ocsp,
        "resumption": probe.resumption,
        "phases_ms": phases,
        "server_version": probe.server_version,
        "error": probe.error.as_ref().map(error_json),
    })
}

//! `tdsec probe`.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tdsec::{Config, EXPIRY_WARNING_DAYS, Error, Probe, blocking};

use crate::args::Server;
use crate::output::{Report, certificate_json, certificate_text, error_json, error_text};

pub(crate) fn run(server: &Server) -> Result<Report, Error> {
    let config = server.config()?;
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

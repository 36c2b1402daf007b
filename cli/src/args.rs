//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Secure connectivity to TDengine: look at a server, make and check certificates, rotate tokens.
///
/// Exit codes: 0 all is well; 1 something is wrong with what was looked at; 2 the command line or a file is wrong, nothing was done.
#[derive(Debug, Parser)]
#[command(name = "tdsec", version, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    /// Print one JSON object instead of text
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Look at a server: certificates, TLS, resumption, time of each phase, and the credential if one is given
    Probe(Server),
    /// Make, show and check certificates
    Cert {
        #[command(subcommand)]
        command: Cert,
    },
    /// Make, list, rotate and revoke tokens; watch a rotation
    Token {
        #[command(subcommand)]
        command: Token,
    },
}

/// A server, and what to log in with.
#[derive(Debug, Args)]
pub(crate) struct Server {
    /// Address in the spelling of any connector, such as wss://host:6041
    pub(crate) address: String,
    #[command(flatten)]
    pub(crate) login: Login,
}

#[derive(Debug, Args)]
pub(crate) struct Login {
    /// Any option of docs/options.md (may be repeated)
    #[arg(short, long = "option", value_name = "NAME=VALUE")]
    pub(crate) options: Vec<String>,
    /// File with the CAs to trust
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// File with the bearer token, alone or as `tdsec token rotate` publishes it; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "token_env")]
    pub(crate) token_file: Option<PathBuf>,
    /// Environment variable that holds the same
    #[arg(long, value_name = "NAME")]
    pub(crate) token_env: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    /// List the tokens that the user of the login may see
    List {
        #[command(flatten)]
        server: Server,
    },
    /// Make a token; it is shown this once
    Create {
        #[command(flatten)]
        server: Server,
        #[command(flatten)]
        making: MakingToken,
        /// Name of the token, unique in the cluster
        #[arg(long)]
        name: String,
        /// Write the token to this file, for its owner only, instead of showing it
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Forbid its use; open sessions go on
    Disable {
        #[command(flatten)]
        server: Server,
        /// Name of the token
        #[arg(long)]
        name: String,
    },
    /// Allow its use again
    Enable {
        #[command(flatten)]
        server: Server,
        /// Name of the token
        #[arg(long)]
        name: String,
    },
    /// Remove it for ever; open sessions go on
    Drop {
        #[command(flatten)]
        server: Server,
        /// Name of the token
        #[arg(long)]
        name: String,
    },
    /// Make a token, publish it, see that it works, retire those before it
    Rotate {
        #[command(flatten)]
        server: Server,
        #[command(flatten)]
        rotating: Rotating,
        /// How long the earlier tokens stay good for clients that have not heard yet
        #[arg(long, value_name = "DURATION", default_value = "5m")]
        grace: String,
        /// Say what would be done, and do nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// A token leaked: publish another one that names it as revoked, so that pools leave it within seconds, and drop those
    /// this command made before for this user and place
    Revoke {
        #[command(flatten)]
        server: Server,
        #[command(flatten)]
        rotating: Rotating,
        /// Do it; without this the command only says what it would do
        #[arg(long)]
        now: bool,
    },
    /// Open a pool with a token source and tell what happens to its tokens, until interrupted
    Watch {
        #[command(flatten)]
        server: Server,
        /// Where tokens come from, such as file:/run/secrets/token or nacos:server_addr=h1:8848 (docs/sources.md)
        #[arg(long, value_name = "SOURCE")]
        source: String,
        /// End after this time
        #[arg(long = "for", value_name = "DURATION")]
        span: Option<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct MakingToken {
    /// The user whom the token logs in
    #[arg(long)]
    pub(crate) user: String,
    /// Days it lives; 0 is for ever
    #[arg(long, value_name = "DAYS", default_value_t = 1)]
    pub(crate) ttl_days: u32,
    /// Free text that SHOW TOKENS tells
    #[arg(long)]
    pub(crate) info: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Rotating {
    #[command(flatten)]
    pub(crate) making: MakingToken,
    /// Where clients read their token; it is written there
    #[arg(long, value_name = "SOURCE")]
    pub(crate) to: String,
    /// Names of the tokens are this and a number
    #[arg(long, value_name = "TEXT", default_value = "tdsec")]
    pub(crate) prefix: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Cert {
    /// Make a certificate authority: ca.pem and ca.key
    Ca {
        /// Its name
        #[arg(long, default_value = "tdsec CA")]
        name: String,
        #[command(flatten)]
        making: Making,
    },
    /// Make a server's certificate: server.pem and server.key, as taosAdapter's [ssl] section takes them
    Server {
        /// DNS names and IP addresses it is for; the first is also its common name
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
        #[command(flatten)]
        issuer: IssuerFiles,
        #[command(flatten)]
        making: Making,
    },
    /// Make a client's certificate: client.pem and client.key
    Client {
        /// Its common name: the user or device
        name: String,
        #[command(flatten)]
        issuer: IssuerFiles,
        #[command(flatten)]
        making: Making,
    },
    /// Make a key and a signing request for another CA: server.csr and server.key
    Csr {
        /// DNS names and IP addresses it is for; the first is also its common name
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
        #[command(flatten)]
        making: Making,
    },
    /// Renew a certificate in place: the same names and purposes, a new validity, a new key unless --key is given
    Renew {
        /// The certificate to renew
        certificate: PathBuf,
        /// Keep this key; otherwise a new one is written beside the certificate
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
        #[command(flatten)]
        issuer: IssuerFiles,
        /// Days it is valid from now on
        #[arg(long, default_value_t = 397)]
        days: u32,
    },
    /// Say what is in a file of certificates
    Show {
        /// PEM or DER
        file: PathBuf,
    },
    /// Check a certificate as a client of this host would, and its key; 1 if anything is wrong
    Check {
        /// PEM or DER, the server's own certificate first
        file: PathBuf,
        /// The name or address clients connect to
        #[arg(long)]
        host: Option<String>,
        /// CAs that clients trust; the operating system's without it
        #[arg(long, value_name = "FILE")]
        ca: Option<PathBuf>,
        /// Its private key
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
        /// Fewest days it must still be valid
        #[arg(long, default_value_t = 30)]
        days: u32,
    },
}

#[derive(Debug, Args)]
pub(crate) struct IssuerFiles {
    /// Certificate of the CA
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: PathBuf,
    /// Its key; beside the certificate, with the ending .key, if not given
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_key: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Making {
    /// Directory to write to; made if it is missing
    #[arg(long, value_name = "DIRECTORY", default_value = ".")]
    pub(crate) out: PathBuf,
    /// Days it is valid; 3650 for a CA and 397 for others if not given
    #[arg(long)]
    pub(crate) days: Option<u32>,
    /// Kind of key
    #[arg(long, value_enum, default_value_t = KeyKind::P256)]
    pub(crate) key_type: KeyKind,
    /// Overwrite files that are there
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum KeyKind {
    /// ECDSA P-256
    P256,
    /// ECDSA P-384
    P384,
    /// Ed25519
    Ed25519,
    /// RSA of 2048 bits
    Rsa2048,
    /// RSA of 3072 bits
    Rsa3072,
    /// RSA of 4096 bits
    Rsa4096,
}

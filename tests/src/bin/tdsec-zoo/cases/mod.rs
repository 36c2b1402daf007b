//! The cases: what a server shows, what a client is told, what must come of it.

mod chains;
mod files;
mod identities;
mod keys;
mod names;
mod pins;
mod protocol;
mod revocation;
mod validity;

use std::path::PathBuf;

use tdsec_testserver::tls::TlsVersion;

use tdsec_tests::certificates::{self as make, Ca, Chain, NAME, Workshop};

/// What listens.
pub(crate) enum Served {
    /// The test server with this chain.
    Chain {
        chain: Chain,
        versions: (TlsVersion, TlsVersion),
        /// Demands a client certificate of this CA.
        client_ca: Option<PathBuf>,
        /// Staples this answer.
        ocsp: Option<PathBuf>,
    },
    /// `openssl s_server` with these arguments: what rustls would not do.
    OpenSsl(String),
    /// The test server without TLS.
    Plain,
    /// Accepts and closes.
    Closing,
}

/// One cell's worth.
pub(crate) struct Case {
    pub(crate) group: &'static str,
    pub(crate) name: String,
    pub(crate) served: Served,
    /// Besides the address and the token.
    pub(crate) options: Vec<(&'static str, String)>,
    /// Scheme of the address.
    pub(crate) scheme: &'static str,
    /// With the token of the server; not beside a password.
    pub(crate) token: bool,
    /// `None`: it connects.
    pub(crate) expected: Option<&'static str>,
    /// What the error's text has to name.
    pub(crate) names: Option<String>,
}

impl Case {
    pub(crate) fn option(mut self, name: &'static str, value: impl Into<String>) -> Case {
        self.options.retain(|(known, _)| *known != name);
        self.options.push((name, value.into()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Case {
        self.options.retain(|(known, _)| *known != name);
        self
    }

    fn served(mut self, change: impl FnOnce(&mut Served)) -> Case {
        change(&mut self.served);
        self
    }

    fn versions(self, min: TlsVersion, max: TlsVersion) -> Case {
        self.served(|served| {
            if let Served::Chain { versions, .. } = served {
                *versions = (min, max);
            }
        })
    }

    fn staples(self, path: PathBuf) -> Case {
        self.served(|served| {
            if let Served::Chain { ocsp, .. } = served {
                *ocsp = Some(path);
            }
        })
    }

    fn demands(self, ca: PathBuf) -> Case {
        self.served(|served| {
            if let Served::Chain { client_ca, .. } = served {
                *client_ca = Some(ca);
            }
        })
    }
}

/// Collects the cases of one group.
pub(crate) struct Zoo {
    pub(crate) root: Ca,
    pub(crate) workshop: Workshop,
    group: &'static str,
    cases: Vec<Case>,
}

impl Zoo {
    /// A case whose client trusts the root and wants [`NAME`].
    fn add(&mut self, name: &str, chain: Chain, expected: Option<&'static str>) {
        let case = self.case(name, chain, expected);
        self.push(case);
    }

    fn push(&mut self, case: Case) {
        self.cases.push(case);
    }

    fn case(&self, name: &str, chain: Chain, expected: Option<&'static str>) -> Case {
        let versions = (TlsVersion::V1_2, TlsVersion::V1_3);
        self.served(name, Served::Chain { chain, versions, client_ca: None, ocsp: None }, expected)
    }

    fn served(&self, name: &str, served: Served, expected: Option<&'static str>) -> Case {
        Case {
            group: self.group,
            name: name.into(),
            served,
            options: vec![("tls_ca", self.root.pem()), ("tls_server_name", NAME.into())],
            scheme: "wss",
            token: true,
            expected,
            names: None,
        }
    }

    /// A good certificate of the root.
    fn good(&self) -> Chain {
        make::leaf(&self.root, |_| {})
    }
}

type AddGroup = fn(&mut Zoo);

/// All of them, and the folder with their files.
pub(crate) fn all() -> (Vec<Case>, Workshop) {
    let mut zoo = Zoo { root: make::ca("zoo root"), workshop: Workshop::new(), group: "", cases: Vec::new() };
    let groups: [(&'static str, AddGroup); 9] = [
        ("keys", keys::add),
        ("validity", validity::add),
        ("names", names::add),
        ("chains", chains::add),
        ("revocation", revocation::add),
        ("pins", pins::add),
        ("protocol", protocol::add),
        ("identities", identities::add),
        ("files", files::add),
    ];
    for (group, add) in groups {
        zoo.group = group;
        add(&mut zoo);
    }
    (zoo.cases, zoo.workshop)
}

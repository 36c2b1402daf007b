//! Makes certificates, lists and stapled answers for the zoo and the proxies: with rcgen, and with openssl where a
//! certificate has to be a bad one. Panics where it cannot: these are tools of tests.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose, PublicKeyData, RevokedCertParams, RsaKeySize,
    SanType,
};
use sha2::{Digest, Sha256};

/// Who issues.
pub type Ca = CertifiedIssuer<'static, KeyPair>;

/// The name the good certificates are for.
pub const NAME: &str = "db.example";

/// A chain with its key, PEM, as a server is started with it.
#[derive(Clone, Debug)]
pub struct Chain {
    /// Its own first.
    pub certificates: String,
    /// PKCS#8, PEM.
    pub key: String,
    /// SHA-256 of the public key, 64 hexadecimal digits.
    pub pin: String,
}

impl Chain {
    /// With these certificates after its own.
    pub fn with(mut self, more: &[String]) -> Chain {
        self.certificates.extend(more.iter().map(String::as_str));
        self
    }
}

/// A root with this common name.
pub fn ca(name: &str) -> Ca {
    ca_with(name, KeyPair::generate().expect("a key"), |_| {})
}

/// A root with this key, changed.
pub fn ca_with(name: &str, key: KeyPair, change: impl FnOnce(&mut CertificateParams)) -> Ca {
    CertifiedIssuer::self_signed(ca_params(name, change), key).expect("a CA")
}

/// A CA below another.
pub fn intermediate(name: &str, above: &Ca, change: impl FnOnce(&mut CertificateParams)) -> Ca {
    CertifiedIssuer::signed_by(ca_params(name, change), KeyPair::generate().expect("a key"), above).expect("a CA")
}

fn ca_params(name: &str, change: impl FnOnce(&mut CertificateParams)) -> CertificateParams {
    let mut params = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    change(&mut params);
    params
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = rcgen::date_time_ymd(2024, 1, 1);
    params.not_after = rcgen::date_time_ymd(2100, 1, 1);
    params
}

/// What a good leaf says.
pub fn leaf_params() -> CertificateParams {
    let mut params = named("the server");
    params.subject_alt_names = vec![dns(NAME)];
    params.serial_number = Some(77.into());
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params
}

/// A good leaf, changed.
pub fn leaf(issuer: &Ca, change: impl FnOnce(&mut CertificateParams)) -> Chain {
    leaf_with(issuer, KeyPair::generate().expect("a key"), change)
}

/// A good leaf with this key, changed.
pub fn leaf_with(issuer: &Ca, key: KeyPair, change: impl FnOnce(&mut CertificateParams)) -> Chain {
    let mut params = leaf_params();
    change(&mut params);
    chain(params.signed_by(&key, issuer).expect("a leaf").pem(), &key)
}

/// A leaf that signed itself, changed.
pub fn self_signed(change: impl FnOnce(&mut CertificateParams)) -> Chain {
    let (mut params, key) = (leaf_params(), KeyPair::generate().expect("a key"));
    change(&mut params);
    chain(params.self_signed(&key).expect("a leaf").pem(), &key)
}

fn chain(certificate: String, key: &KeyPair) -> Chain {
    Chain { certificates: certificate, key: key.serialize_pem(), pin: pin(key) }
}

/// SHA-256 of the public key, 64 hexadecimal digits.
pub fn pin(key: &KeyPair) -> String {
    Sha256::digest(key.subject_public_key_info()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A new RSA key.
pub fn rsa(size: RsaKeySize) -> KeyPair {
    KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, size).expect("an RSA key")
}

/// A DNS name.
pub fn dns(name: &str) -> SanType {
    SanType::DnsName(name.try_into().expect("a name"))
}

/// An IP address.
pub fn ip(address: &str) -> SanType {
    SanType::IpAddress(address.parse().expect("an address"))
}

/// A list of `issuer` that names these serial numbers and is current until `end`.
pub fn list(issuer: &Ca, revoked: &[u64], end: i32) -> String {
    let entry = |serial: &u64| RevokedCertParams {
        serial_number: (*serial).into(),
        revocation_time: rcgen::date_time_ymd(2024, 1, 1),
        reason_code: None,
        invalidity_date: None,
    };
    let params = CertificateRevocationListParams {
        this_update: rcgen::date_time_ymd(2024, 1, 1),
        next_update: rcgen::date_time_ymd(end, 1, 1),
        crl_number: 1.into(),
        issuing_distribution_point: None,
        revoked_certs: revoked.iter().map(entry).collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    params.signed_by(issuer).and_then(|list| list.pem()).expect("a list")
}

/// A folder for what openssl reads and writes, removed at the end.
#[derive(Debug)]
pub struct Workshop(PathBuf);

impl Workshop {
    /// An empty one.
    #[expect(clippy::new_without_default, reason = "it makes a folder")]
    pub fn new() -> Workshop {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = format!("tdsec-workshop-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a folder");
        Workshop(path)
    }

    /// The path of a file in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes a file.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        std::fs::write(self.path(name), content).expect("a file");
        self.path(name)
    }

    /// A text file.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("a file of openssl")
    }

    /// `openssl <arguments>` in the folder; it must be content.
    pub fn openssl(&self, arguments: &str) {
        let mut command = Command::new("openssl");
        command.args(arguments.split(' ')).current_dir(&self.0);
        let output = command.output().expect("openssl is installed");
        assert!(output.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// What a responder of `issuer` answers about `leaf`; `revoked` by its index.
    pub fn stapled(&self, name: &str, issuer: &Ca, leaf: &Chain, revoked: bool) -> PathBuf {
        self.write("ocsp-ca.pem", issuer.pem());
        self.write("ocsp-ca.key", issuer.key().serialize_pem());
        self.write("ocsp-leaf.pem", &leaf.certificates);
        let state = if revoked { "R\t400101000000Z\t240101000000Z" } else { "V\t400101000000Z\t" };
        self.write("ocsp-index.txt", format!("{state}\t4D\tunknown\t/CN=the server\n"));
        self.openssl(&format!(
            "ocsp -index ocsp-index.txt -rsigner ocsp-ca.pem -rkey ocsp-ca.key -CA ocsp-ca.pem -issuer ocsp-ca.pem \
             -cert ocsp-leaf.pem -ndays 7 -no_nonce -noverify -respout {name}"
        ));
        self.path(name)
    }

    /// The folder itself.
    pub fn folder(&self) -> &Path {
        &self.0
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

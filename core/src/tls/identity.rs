//! The client's certificate and key (TLS-7, CRT-3): read, matched and judged before a server sees them.

use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use p12_keystore::{KeyStore, Pkcs12ImportPolicy};
use pkcs8::EncryptedPrivateKeyInfoRef;
use pkcs8::der::Decode as _;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject, SectionKind};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;
use zeroize::Zeroizing;

use super::certificate::Certificate;
use super::digest::{self, Digest};
use super::files::{self, Content, Stamps};
use super::kept::{self, Kept};
use super::roots;
use crate::config::{ClientIdentity, KeyPermissions, Material, Passphrase};
use crate::error::{Error, ErrorCode, Result};
use crate::event::{Event, EventName};
use crate::observe;
use crate::secret::Secret;

const CERT: &str = "tls_cert";
const KEY: &str = "tls_key";
const SOURCE: &str = "tls_key_passphrase_source";

/// A certificate whose key matches and whose time has come, as of the last good reading.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) key: Arc<CertifiedKey>,
    pub(super) certificates: Arc<[Certificate]>,
    pub(super) fingerprint: Digest,
}

impl Identity {
    /// # Errors
    /// What is wrong with the files, if there was no good reading before; `CLIENT_CERTIFICATE_EXPIRED` of a good one
    /// that has ended meanwhile.
    pub(super) fn read(identity: &ClientIdentity, provider: &CryptoProvider) -> Result<Arc<Identity>> {
        static KEPT: Kept<Identity> = Kept::new();
        let kept = KEPT.get(
            &of(identity),
            || stamps(identity),
            || load(identity, provider),
            |error| kept::tell_unusable(CERT, error),
        )?;
        check_validity(&kept.certificates)?;
        Ok(kept)
    }
}

/// Stands for everything the options say.
fn of(identity: &ClientIdentity) -> Digest {
    let passphrase = match identity.passphrase() {
        None => String::new(),
        Some(Passphrase::Value(secret)) => format!("value {}", secret.fingerprint()),
        Some(other) => format!("{other:?}"),
    };
    let permissions = format!("{:?}", identity.permissions());
    let key = identity.key().map(digest::of_material).unwrap_or_default();
    digest::of([&digest::of_material(identity.certificate())[..], &key, passphrase.as_bytes(), permissions.as_bytes()])
}

fn stamps(identity: &ClientIdentity) -> Stamps {
    let mut stamps = Stamps::default();
    let mut add = |path: &Path| stamps.push(path);
    identity.certificate().path().map(&mut add);
    identity.key().and_then(Material::path).map(&mut add);
    if let Some(Passphrase::File(path)) = identity.passphrase() {
        add(path);
    }
    stamps
}

fn load(identity: &ClientIdentity, provider: &CryptoProvider) -> Result<Identity> {
    let invalid = ErrorCode::CertificateFileInvalid;
    let certificate = read_one(CERT, identity.certificate(), invalid)?;
    let passphrase = || passphrase(identity.passphrase());
    let (chain, key) = if roots::is_der(&certificate.bytes) && Certificate::from_der(&certificate.bytes).is_none() {
        check_permissions(CERT, identity.certificate(), identity.permissions())?;
        from_pkcs12(&certificate, passphrase()?.as_ref())?
    } else {
        let chain = roots::parse(CERT, &certificate)?;
        let (option, place) = match identity.key() {
            Some(key) => (KEY, key),
            None => (CERT, identity.certificate()),
        };
        check_permissions(option, place, identity.permissions())?;
        let content = read_one(option, place, ErrorCode::KeyFileInvalid)?;
        (chain, private_key(option, &content, passphrase)?)
    };
    assemble(chain, key, provider)
}

fn read_one(option: &'static str, material: &Material, invalid: ErrorCode) -> Result<Content> {
    match material {
        Material::Path(path) => files::read_file(option, path, invalid),
        Material::Value(bytes) => Ok(Content { name: format!("the value of {option}"), bytes: bytes.clone() }),
    }
}

fn assemble(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    provider: &CryptoProvider,
) -> Result<Identity> {
    let signing = provider.key_provider.load_private_key(key).map_err(|error| {
        Error::new(ErrorCode::KeyFileInvalid, "the private key of the client certificate cannot be used")
            .with_option(KEY)
            .with_source(error)
    })?;
    let certificates: Option<Vec<Certificate>> = chain.iter().map(|der| Certificate::from_der(der)).collect();
    let Some(certificates) = certificates.filter(|certificates| !certificates.is_empty()) else {
        let error = Error::new(ErrorCode::CertificateFileInvalid, "tls_cert: a certificate cannot be read");
        return Err(error.with_option(CERT));
    };
    check_validity(&certificates)?;
    let fingerprint = digest::of(chain.iter().map(|der| &**der));
    let key = CertifiedKey::new(chain, signing);
    match key.keys_match() {
        Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => {}
        Err(_) => {
            let text = "the private key does not belong to the client certificate";
            return Err(Error::new(ErrorCode::CertificateKeyMismatch, text).with_option(KEY));
        }
    }
    Ok(Identity { key: Arc::new(key), certificates: certificates.into(), fingerprint })
}

/// A server would refuse it with an alert that says less.
fn check_validity(certificates: &[Certificate]) -> Result<()> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let now = i64::try_from(now).unwrap_or(i64::MAX);
    let Some(leaf) = certificates.first() else { return Ok(()) };
    let text = if now > leaf.not_after {
        format!("the client certificate of {} ended {} days ago", leaf.subject, (now - leaf.not_after) / 86_400)
    } else if now < leaf.not_before {
        format!("the client certificate of {} is not valid yet", leaf.subject)
    } else {
        return Ok(());
    };
    Err(Error::new(ErrorCode::ClientCertificateExpired, text).with_option(CERT))
}

fn check_permissions(option: &'static str, place: &Material, permissions: KeyPermissions) -> Result<()> {
    let Some(path) = place.path().filter(|path| permissions != KeyPermissions::Ignore && is_exposed(path)) else {
        return Ok(());
    };
    let text = format!("{option}: others than its owner may read the private key in {}", path.display());
    if permissions == KeyPermissions::Refuse {
        return Err(Error::new(ErrorCode::KeyFileExposed, text).with_option(option));
    }
    observe::tell(Event::new(EventName::KeyExposed).with("option", option).with("message", text));
    Ok(())
}

#[cfg(unix)]
fn is_exposed(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_exposed(_: &Path) -> bool {
    false
}

fn passphrase(from: Option<&Passphrase>) -> Result<Option<Secret>> {
    let missing = |text: String| Error::new(ErrorCode::KeyPassphrase, text).with_option(SOURCE);
    match from {
        None => Ok(None),
        Some(Passphrase::Value(secret)) => Ok(Some(secret.clone())),
        Some(Passphrase::Environment(name)) => std::env::var(name)
            .map(|text| Some(Secret::new(text)))
            .map_err(|_| missing(format!("the environment has no variable {name} with text in it"))),
        Some(Passphrase::File(path)) => {
            let content = files::read_file(SOURCE, path, ErrorCode::KeyPassphrase)?;
            let line = content.bytes.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
            let text = std::str::from_utf8(line).map_err(|_| missing(format!("{} is no text", path.display())))?;
            Ok(Some(Secret::new(text)))
        }
    }
}

fn wrong_passphrase(given: bool) -> Error {
    let text = match given {
        true => "the private key is encrypted, and the passphrase does not open it",
        false => "the private key is encrypted, and no passphrase was given",
    };
    Error::new(ErrorCode::KeyPassphrase, text).with_option("tls_key_passphrase")
}

fn private_key(
    option: &'static str,
    content: &Content,
    passphrase: impl Fn() -> Result<Option<Secret>>,
) -> Result<PrivateKeyDer<'static>> {
    let invalid = |why: &str| {
        Error::new(ErrorCode::KeyFileInvalid, format!("{option}: {} {why}", content.name)).with_option(option)
    };
    if roots::is_der(&content.bytes) {
        return match EncryptedPrivateKeyInfoRef::from_der(&content.bytes) {
            Ok(encrypted) => decrypt(&encrypted, passphrase()?),
            Err(_) => PrivateKeyDer::try_from(content.bytes.to_vec()).map_err(|_| invalid("holds no private key")),
        };
    }
    let (kind, bytes) = key_section(&content.bytes).map_err(&invalid)?;
    match kind {
        KeyKind::Encrypted => {
            let encrypted = EncryptedPrivateKeyInfoRef::from_der(&bytes)
                .map_err(|_| invalid("holds an encrypted key that cannot be read"))?;
            decrypt(&encrypted, passphrase()?)
        }
        KeyKind::Plain => PrivateKeyDer::from_pem_slice(&content.bytes).map_err(|_| invalid("holds no private key")),
    }
}

enum KeyKind {
    Plain,
    Encrypted,
}

/// The first key of a PEM text, whatever else is in it.
fn key_section(text: &[u8]) -> Result<(KeyKind, Zeroizing<Vec<u8>>), &'static str> {
    const ENCRYPTED: &[u8] = b"-----BEGIN ENCRYPTED PRIVATE KEY-----";
    const LEGACY: &[u8] = b"Proc-Type: 4,ENCRYPTED";
    let holds = |label: &[u8]| text.windows(label.len()).any(|window| window == label);
    if holds(LEGACY) {
        return Err("holds a key encrypted in OpenSSL's old way; convert it with: openssl pkcs8 -topk8");
    }
    if holds(ENCRYPTED) {
        let body = encrypted_body(text, ENCRYPTED).ok_or("holds an encrypted key that is cut off or damaged")?;
        return Ok((KeyKind::Encrypted, body));
    }
    let mut sections = <(SectionKind, Vec<u8>)>::pem_slice_iter(text);
    let is_key = |kind: &SectionKind| {
        matches!(kind, SectionKind::PrivateKey | SectionKind::RsaPrivateKey | SectionKind::EcPrivateKey)
    };
    match sections.find(|section| section.as_ref().map_or(true, |(kind, _)| is_key(kind))) {
        Some(Ok((_, bytes))) => Ok((KeyKind::Plain, Zeroizing::new(bytes))),
        Some(Err(pem::Error::NoItemsFound)) | None => Err("holds no private key"),
        Some(Err(_)) => Err("holds PEM that is cut off or damaged"),
    }
}

/// rustls knows no label for encrypted keys: the section is handed to it under a label it knows.
fn encrypted_body(text: &[u8], begin: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    const END: &[u8] = b"-----END ENCRYPTED PRIVATE KEY-----";
    let from = text.windows(begin.len()).position(|window| window == begin)? + begin.len();
    let rest = text.get(from..)?;
    let body = rest.get(..rest.windows(END.len()).position(|window| window == END)?)?;
    let plain = [&b"-----BEGIN PRIVATE KEY-----"[..], body, b"-----END PRIVATE KEY-----\n"].concat();
    let (_, der) = <(SectionKind, Vec<u8>)>::from_pem_slice(&plain).ok()?;
    Some(Zeroizing::new(der))
}

fn decrypt(encrypted: &EncryptedPrivateKeyInfoRef<'_>, passphrase: Option<Secret>) -> Result<PrivateKeyDer<'static>> {
    let Some(passphrase) = passphrase else { return Err(wrong_passphrase(false)) };
    let plain = encrypted.decrypt(passphrase.expose()).map_err(|_| wrong_passphrase(true))?;
    Ok(PrivatePkcs8KeyDer::from(plain.as_bytes().to_vec()).into())
}

fn from_pkcs12(
    content: &Content,
    passphrase: Option<&Secret>,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
    let invalid = |why: &str| {
        let text = format!("{CERT}: {} {why}", content.name);
        Error::new(ErrorCode::CertificateFileInvalid, text).with_option(CERT)
    };
    let word = passphrase.map(Secret::expose).unwrap_or_default();
    let store =
        KeyStore::from_pkcs12(&content.bytes, word, Pkcs12ImportPolicy::Relaxed).map_err(|error| match error {
            p12_keystore::error::Error::MacError(_) => wrong_passphrase(passphrase.is_some()),
            _ => invalid("is neither a certificate nor a PKCS#12 file that can be read"),
        })?;
    let Some((_, chain)) = store.private_key_chain() else { return Err(invalid("holds no private key")) };
    let certificates = chain.certs().iter().map(|der| CertificateDer::from(der.as_der().to_vec())).collect();
    let key = PrivateKeyDer::try_from(chain.key().as_der().to_vec());
    Ok((certificates, key.map_err(|_| invalid("holds a private key of an unknown kind"))?))
}

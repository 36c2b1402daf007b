//! `tls_ca`: files, directories, values; what is wrong with them; what happens when they change.

use super::*;

#[tokio::test]
async fn a_ca_is_a_file_a_directory_or_bytes() {
    let (folder, authority) = (Folder::new(), authority("ca"));
    let server = Server::new(&issue(&authority));
    let file = folder.replace("ca.pem", authority.pem());
    folder.replace("notes.txt", "not read");
    for config in [
        set_path(builder(), "tls_ca", &file),
        set_path(builder(), "tls_ca", &folder.0),
        builder().set_bytes("tls_ca", authority.der().to_vec()).unwrap(),
        builder().set_bytes("tls_ca", authority.pem()).unwrap(),
    ] {
        server.connect(&config.build().unwrap()).await.unwrap();
    }
}

#[tokio::test]
async fn a_bad_file_is_named_and_its_content_is_not() {
    let folder = Folder::new();
    let pem = authority("ca").pem();
    let write = |name: &str, content: &[u8]| folder.replace(name, content);
    std::fs::create_dir(folder.path("directory")).unwrap();
    let garbage: Vec<u8> = b"HUNTER2 ".repeat(1_310_720);
    for (path, wanted) in [
        (folder.path("missing.pem"), ErrorCode::FileUnreadable),
        (write("empty.pem", b""), ErrorCode::CertificateFileInvalid),
        (folder.path("directory"), ErrorCode::CertificateFileInvalid),
        (write("text.pem", b"HUNTER2 is no certificate"), ErrorCode::CertificateFileInvalid),
        (write("cut.pem", &pem.as_bytes()[..pem.len() / 2]), ErrorCode::CertificateFileInvalid),
        (write("der.pem", &[0x30, 0x03, 0x02, 0x01, 0x01]), ErrorCode::CertificateFileInvalid),
        (write("key.pem", KeyPair::generate().unwrap().serialize_pem().as_bytes()), ErrorCode::CertificateFileInvalid),
        (write("garbage.pem", &garbage), ErrorCode::CertificateFileInvalid),
        ("/dev/null".into(), ErrorCode::FileUnreadable),
    ] {
        let config = set_path(builder(), "tls_ca", &path).build().unwrap();
        let error = client(&config, config.tls().unwrap(), &config.endpoints()[0]).unwrap_err();
        assert_eq!((error.code(), error.option()), (wanted, Some("tls_ca")), "{error}");
        let shown = format!("{error} {error:?}");
        assert!(shown.contains(path.to_str().unwrap()) || wanted != ErrorCode::FileUnreadable, "{shown}");
        assert!(!shown.contains("HUNTER2"), "{shown}");
    }
}

#[tokio::test]
async fn a_replaced_ca_counts_at_the_next_connect_and_a_broken_one_never() {
    let (folder, old, new) = (Folder::new(), authority("old"), authority("new"));
    let (by_old, by_new) = (Server::new(&issue(&old)), Server::new(&issue(&new)));
    let file = folder.replace("ca.pem", old.pem());
    let config = set_path(builder(), "tls_ca", &file).build().unwrap();
    by_old.connect(&config).await.unwrap();
    assert_eq!(code(&by_new.connect(&config).await), Some(ErrorCode::TlsUntrustedRoot));

    folder.replace("ca.pem", &new.pem()[..200]);
    by_old.connect(&config).await.unwrap();
    std::fs::remove_file(&file).unwrap();
    by_old.connect(&config).await.unwrap();

    folder.replace("ca.pem", new.pem());
    by_new.connect(&config).await.unwrap();
    let outcome = by_old.connect(&config).await;
    assert_eq!(code(&outcome), Some(ErrorCode::TlsUntrustedRoot), "a session of the old trust is not resumed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_being_rewritten_never_fails_a_connect() {
    let (folder, used, other) = (Folder::new(), authority("used"), authority("other"));
    let server = Server::new(&issue(&used));
    let contents = [used.pem(), other.pem() + &used.pem()];
    let file = folder.replace("ca.pem", &contents[0]);
    let config = set_path(builder(), "tls_ca", &file).build().unwrap();
    server.connect(&config).await.unwrap();
    let ended = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let writer = {
        let (ended, file) = (Arc::clone(&ended), file.clone());
        std::thread::spawn(move || {
            for content in contents.iter().cycle().take_while(|_| !ended.load(Ordering::Relaxed)) {
                // In place and in pieces, as an editor does it: a reader may see nothing, half of it, or all.
                let mut open = std::fs::File::create(&file).unwrap();
                for piece in content.as_bytes().chunks(content.len() / 3) {
                    std::io::Write::write_all(&mut open, piece).unwrap();
                    std::thread::yield_now();
                }
            }
        })
    };
    for _ in 0..100 {
        server.connect(&config).await.unwrap();
    }
    ended.store(true, Ordering::Relaxed);
    writer.join().unwrap();
}

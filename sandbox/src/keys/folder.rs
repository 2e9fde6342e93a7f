//! Key folders: one file per key, as any language can read and write them.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::Path,
};

use super::{KeyError, Keys, parse::KeyTexts};

impl Keys {
    /// Reads a key folder: `mchid.txt`, `mch_cert.pem`, `apiv3_key.txt`, `plat_key.pem`, `plat_cert.pem`,
    /// `wxp_key.pem`, `wxp_key_id.txt`, and `mch_key.pem` if it is there.
    ///
    /// # Errors
    /// The first file that is missing or cannot be used, or holds a secret and can be read by others.
    pub fn load(folder: &Path) -> Result<Self, KeyError> {
        check_folder(folder)?;
        for file in FILES.iter().filter(|file| file.secret) {
            check_private(folder, file.name)?;
        }
        Self::load_readable(folder)
    }

    /// The same, even if others can read the files.
    ///
    /// # Errors
    /// The first file that is missing or cannot be used.
    pub fn load_readable(folder: &Path) -> Result<Self, KeyError> {
        check_folder(folder)?;
        let read = |name: &str| required(folder, name);
        let keys = Self::from_texts(KeyTexts {
            mchid: read("mchid.txt")?,
            mch_cert: read("mch_cert.pem")?,
            mch_key: optional(folder, "mch_key.pem")?,
            apiv3_key: read("apiv3_key.txt")?,
            plat_key: read("plat_key.pem")?,
            plat_cert: read("plat_cert.pem")?,
            wxp_key: read("wxp_key.pem")?,
            wxp_key_id: read("wxp_key_id.txt")?,
            wxp_pub: String::new(),
        })?;
        Ok(Self { folder: Some(folder.display().to_string()), ..keys })
    }

    /// Writes a key folder with fresh throwaway keys, and what the client needs: `mch_key.pem`, `mch_serial.txt`,
    /// `plat_serial.txt`, `wxp_pub.pem`. Files with secrets can be read by their owner only.
    ///
    /// # Errors
    /// When one of the files exists already (then nothing is written), or cannot be written.
    pub fn init(folder: &Path) -> Result<Self, KeyError> {
        for file in FILES {
            if fs::symlink_metadata(folder.join(file.name)).is_ok() {
                return Err(KeyError::new(
                    file.name,
                    "exists already, nothing was written",
                    "name another folder",
                ));
            }
        }
        let keys = Self::generate()?;
        create(folder).map_err(|error| cannot("write", &folder.display().to_string(), &error))?;
        for file in FILES {
            write(folder, file, (file.text)(&keys))
                .map_err(|error| cannot("write", file.name, &error))?;
        }
        Ok(keys)
    }
}

/// One file of a key folder.
struct KeyFile {
    name: &'static str,
    secret: bool,
    text: fn(&Keys) -> &str,
}

const FILES: &[KeyFile] = &[
    KeyFile { name: "mchid.txt", secret: false, text: Keys::mchid },
    KeyFile { name: "mch_cert.pem", secret: false, text: Keys::mch_cert_pem },
    KeyFile {
        name: "mch_key.pem",
        secret: true,
        text: |keys| keys.mch_key_pem().unwrap_or_default(),
    },
    KeyFile { name: "mch_serial.txt", secret: false, text: Keys::mch_serial },
    KeyFile { name: "apiv3_key.txt", secret: true, text: Keys::apiv3_key },
    KeyFile { name: "plat_key.pem", secret: true, text: |keys| &keys.texts.plat_key },
    KeyFile { name: "plat_cert.pem", secret: false, text: Keys::plat_cert_pem },
    KeyFile { name: "plat_serial.txt", secret: false, text: Keys::plat_serial },
    KeyFile { name: "wxp_key.pem", secret: true, text: |keys| &keys.texts.wxp_key },
    KeyFile { name: "wxp_pub.pem", secret: false, text: Keys::wxp_pub_pem },
    KeyFile { name: "wxp_key_id.txt", secret: false, text: Keys::wxp_key_id },
];

/// A file that is there and holds a secret is its owner's alone.
#[cfg(unix)]
fn check_private(folder: &Path, name: &str) -> Result<(), KeyError> {
    use std::os::unix::fs::PermissionsExt as _;
    let Ok(metadata) = fs::metadata(folder.join(name)) else { return Ok(()) };
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    let problem = format!("others can read it (mode {mode:03o})");
    Err(KeyError::new(name, problem, "run `chmod 600` on it, or start with --allow-readable-keys"))
}

/// Other systems have other means, which are not looked at.
#[cfg(not(unix))]
fn check_private(_: &Path, _: &str) -> Result<(), KeyError> {
    Ok(())
}

fn check_folder(folder: &Path) -> Result<(), KeyError> {
    if folder.is_dir() {
        return Ok(());
    }
    let name = folder.display().to_string();
    Err(KeyError::new(&name, "is no folder", format!("make one with --init {name}")))
}

fn required(folder: &Path, name: &str) -> Result<String, KeyError> {
    optional(folder, name)?.ok_or_else(|| {
        let remedy = format!("put it into {}, or make a new folder with --init", folder.display());
        KeyError::new(name, "is missing", remedy)
    })
}

/// The file's text without surrounding blanks, which editors like to add.
fn optional(folder: &Path, name: &str) -> Result<Option<String>, KeyError> {
    match fs::read_to_string(folder.join(name)) {
        Ok(text) => Ok(Some(text.trim().to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            Err(KeyError::new(name, "is not text", "give PEM or plain text, not DER or UTF-16"))
        }
        Err(error) => Err(cannot("read", name, &error)),
    }
}

fn cannot(what: &str, name: &str, error: &io::Error) -> KeyError {
    KeyError::new(
        name,
        format!("cannot {what} it: {error}"),
        "check the folder and its permissions",
    )
}

fn create(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

/// Writes one file that must not exist yet, ended by a line feed.
fn write(folder: &Path, file: &KeyFile, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, if file.secret { 0o600 } else { 0o644 });
    options.open(folder.join(file.name))?.write_all(format!("{}\n", text.trim()).as_bytes())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    /// A folder of the test's own, removed at its end.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir()
                .join(format!("wechatpay-sandbox-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&folder);
            Self(folder)
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_made_folder_can_be_loaded_and_its_secrets_are_private() {
        let scratch = Scratch::new("init");
        let made = Keys::init(&scratch.0).unwrap();
        let loaded = Keys::load(&scratch.0).unwrap();
        assert_eq!(loaded.mch_serial(), made.mch_serial());
        assert_eq!(loaded.wxp_pub_pem().trim(), made.wxp_pub_pem().trim());
        assert_eq!(fs::read_dir(&scratch.0).unwrap().count(), FILES.len());
        #[cfg(unix)]
        for file in FILES {
            use std::os::unix::fs::PermissionsExt as _;
            let mode =
                fs::metadata(scratch.0.join(file.name)).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode & 0o077 == 0, file.secret, "{} has mode {mode:o}", file.name);
        }
    }

    #[cfg(unix)]
    #[test]
    fn secrets_that_others_can_read_are_refused_unless_that_is_allowed() {
        use std::os::unix::fs::PermissionsExt as _;
        let scratch = Scratch::new("readable");
        Keys::init(&scratch.0).unwrap();
        let set = |name: &str, mode| {
            fs::set_permissions(scratch.0.join(name), fs::Permissions::from_mode(mode)).unwrap();
        };
        set("wxp_pub.pem", 0o666);
        assert!(Keys::load(&scratch.0).is_ok());
        for name in ["mch_key.pem", "apiv3_key.txt", "plat_key.pem", "wxp_key.pem"] {
            set(name, 0o640);
            let error = Keys::load(&scratch.0).unwrap_err();
            assert_eq!(error.file(), name);
            assert!(
                error.to_string().contains("mode 640")
                    && error.to_string().contains("--allow-readable-keys")
            );
            assert!(Keys::load_readable(&scratch.0).is_ok());
            set(name, 0o600);
        }
    }

    #[test]
    fn init_overwrites_nothing_and_then_writes_nothing() {
        let scratch = Scratch::new("keep");
        fs::create_dir_all(&scratch.0).unwrap();
        fs::write(scratch.0.join("wxp_key_id.txt"), "mine").unwrap();
        let error = Keys::init(&scratch.0).unwrap_err();
        assert_eq!(error.file(), "wxp_key_id.txt");
        assert_eq!(fs::read_dir(&scratch.0).unwrap().count(), 1);
        assert_eq!(fs::read_to_string(scratch.0.join("wxp_key_id.txt")).unwrap(), "mine");
    }

    #[test]
    fn missing_and_binary_files_are_named() {
        let scratch = Scratch::new("missing");
        fs::create_dir_all(&scratch.0).unwrap();
        assert_eq!(Keys::load(&scratch.0).unwrap_err().file(), "mchid.txt");
        fs::write(scratch.0.join("mchid.txt"), "1900000001\n").unwrap();
        fs::write(scratch.0.join("mch_cert.pem"), [0xff, 0xfe]).unwrap();
        let error = Keys::load(&scratch.0).unwrap_err();
        assert_eq!(
            (error.file(), error.to_string().contains("is not text")),
            ("mch_cert.pem", true)
        );
    }
}
